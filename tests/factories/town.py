"""小城: one city, two districts, one street each with a community and a grid; four departments; staff of every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import Area, Category, Department, DispatchRule, Service, User
from webapp.services.accounts import hash_password

PASSWORD = "correct horse"

# (code, name, parent code, level, population)
AREAS = (
    ("T", "小城市", None, 1, 50_000),
    ("T1", "东门区", "T", 2, 30_000),
    ("T2", "西门区", "T", 2, 20_000),
    ("T11", "柳树街道", "T1", 3, 30_000),
    ("T21", "石桥街道", "T2", 3, 20_000),
    ("T111", "柳树社区", "T11", 4, 10_000),
    ("T211", "石桥社区", "T21", 4, 10_000),
    ("T1111", "柳树第一网格", "T111", 5, 1_000),
    ("T2111", "石桥第一网格", "T211", 5, 1_000),
)
# (code, name, area code)
DEPARTMENTS = (
    ("CITY-OFFICE", "市诉求办", "T"),
    ("T1-OFFICE", "东门区综合办", "T1"),
    ("HOUSING", "市住建局", "T"),
    ("HR", "市人社局", "T"),
)
# (code, name): first and second level of DB44/T 2479-2024 that the tests use
CATEGORIES = (("01", "科教文体"), ("0101", "科技事务"), ("010101", "科技服务"))
# (code, name, nicknames, department code)
SERVICES = (
    ("HR-001", "社会保险关系转移", ["社保转移", "社保咋转"], "HR"),
    ("HR-002", "失业保险金申领", ["失业金"], "HR"),
    ("HOUSING-001", "住房维修资金使用", ["维修基金"], "HOUSING"),
)


@cache
def _hashed() -> str:
    # Argon2 is slow on purpose: once is enough for all test accounts.
    return hash_password(PASSWORD)


@dataclass
class Town:
    """Ids by code, so that tests in another session can use them."""

    areas: dict[str, int] = field(default_factory=dict)
    departments: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)


def _areas(town: Town) -> None:
    paths: dict[str | None, str] = {None: ""}
    for code, name, parent, level, population in AREAS:
        area = Area(code=code, name=name, level=level, population=population, nicknames=[])
        area.parent_id = town.areas[parent] if parent else None
        db.session.add(area)
        db.session.flush()
        area.path = paths[code] = f"{paths[parent]}{area.id}/"
        town.areas[code] = area.id


def _catalog(town: Town) -> None:
    for code, name, area in DEPARTMENTS:
        department = Department(code=code, name=name, short_name=name[1:], area_id=town.areas[area])
        db.session.add(department)
        db.session.flush()
        town.departments[code] = department.id
    for code, name in CATEGORIES:
        category = Category(
            code=code, name=name, level=len(code) // 2, parent_id=town.categories.get(code[:-2])
        )
        db.session.add(category)
        db.session.flush()
        town.categories[code] = category.id
    db.session.add(
        DispatchRule(
            category_id=town.categories["01"],
            area_id=town.areas["T"],
            department_id=town.departments["HOUSING"],
        )
    )
    for code, name, nicknames, department_code in SERVICES:
        service = Service(
            service_code=code, name=name, nicknames=nicknames, department_id=town.departments[department_code],
            materials=["身份证"], place="政务大厅 3 号窗口", hours="工作日 9:00–17:00", phone="0000-12345",
            monthly_uses=600,
        )  # fmt: skip
        db.session.add(service)
        db.session.flush()
        town.services[code] = service.id


def _staff(town: Town) -> None:
    """One account per role, named like the role; clerk and head belong to HR, ``clerk.housing`` to HOUSING."""
    places = {Role.CLERK: "HR", Role.HEAD: "HR"}
    rows = [(role.value, role, places.get(role)) for role in Role if role not in (Role.RESIDENT, Role.SYSTEM)]
    rows += [("clerk.housing", Role.CLERK, "HOUSING"), ("clerk.office", Role.CLERK, "CITY-OFFICE")]
    for username, role, department in rows:
        user = User(
            username=username, name=f"测试{role.label}", role=role.value, password_hash=_hashed(),
            department_id=town.departments[department] if department else None,
            area_id=town.areas["T1111"] if role is Role.GRID_WORKER else town.areas["T"],
        )  # fmt: skip
        db.session.add(user)
        db.session.flush()
        town.users[username] = user.id


def make_town() -> Town:
    """Fill the empty database of the current application context; commits."""
    town = Town()
    _areas(town)
    _catalog(town)
    _staff(town)
    db.session.commit()
    return town
