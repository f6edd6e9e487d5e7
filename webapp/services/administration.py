"""What administrators change: services, departments, categories, areas, dispatch rules, settings. All audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.rating import ReviewScope
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Area, Category, Department, DispatchRule, PastSetting, Service, Setting, utcnow
from webapp.queries import policy
from webapp.services import audit

T = TypeVar("T", Area, Category, Department, Service)


def _required(values: Mapping[str, str], field: str, length: int) -> str:
    text = values.get(field, "").strip()
    if not text:
        raise InvalidInput(_("这一项必须填写。"), field)
    if len(text) > length:
        raise InvalidInput(_("最多 %(length)s 个字。", length=length), field)
    return text


def _number(values: Mapping[str, str], field: str) -> int:
    text = values.get(field, "").strip() or "0"
    # isdecimal, not isdigit: "²" is a digit that int() refuses; nine digits fit every database's integers.
    if not text.isdecimal() or len(text) > 9:
        raise InvalidInput(_("请填写不小于零的整数。"), field)
    return int(text)


def _lines(text: str) -> list[str]:
    """One entry a line (or separated by 、 or ,), without empty or repeated ones."""
    parts = text.replace("、", "\n").replace("，", "\n").replace(",", "\n").splitlines()
    return list(dict.fromkeys(part.strip() for part in parts if part.strip()))


def by_code(model: type[T], code: str | None, field: str) -> T:
    """The row with this code. Raises ``InvalidInput`` naming the form's field."""
    column = Service.service_code if model is Service else model.code  # type: ignore[attr-defined]
    found = db.session.scalar(select(model).where(column == code))
    if found is None:
        raise InvalidInput(_("请从列表中选择。"), field)
    return found


def _new_code(model: type[T], values: Mapping[str, str], field: str) -> str:
    code = _required(values, field, 20 if model is Area else 40)
    if not all(c.isalnum() or c in ".-_" for c in code):
        raise InvalidInput(_("编号只能用字母、数字和 . - _"), field)
    column = Service.service_code if model is Service else model.code  # type: ignore[attr-defined]
    if db.session.scalar(select(model.id).where(column == code)) is not None:
        raise Conflict(_("这个编号已被使用。"), field)
    return code


def save_service(service: Service | None, values: Mapping[str, str], by: int) -> Service:
    """Create (None) or change a service. Commits. Raises ``InvalidInput`` or ``Conflict`` naming the field."""
    with db.session.no_autoflush:
        department = by_code(Department, values.get("department_code"), "department_code")
        name = _required(values, "name", 120)
        uses = _number(values, "monthly_uses")
        scope = values.get("scope", "")
        if scope not in tuple(ReviewScope):
            raise InvalidInput(_("请选择评价方式。"), "scope")
        category = (
            by_code(Category, values["category_code"], "category_code")
            if values.get("category_code")
            else None
        )
        if service is None:
            service = Service(service_code=_new_code(Service, values, "service_code"))
            db.session.add(service)
        service.name, service.department_id, service.scope, service.monthly_uses = (
            name,
            department.id,
            scope,
            uses,
        )
        service.department = department
        service.category_id = category.id if category else None
        service.nicknames, service.materials = (
            _lines(values.get("nicknames", "")),
            _lines(values.get("materials", "")),
        )
        service.description = values.get("description", "").strip()[:2000]
        service.place, service.hours = (
            values.get("place", "").strip()[:200],
            values.get("hours", "").strip()[:120],
        )
        service.phone = values.get("phone", "").strip()[:40]
        service.is_active = values.get("is_active") == "1"
    return _saved(service, "service.save", service.service_code, by)


def save_department(department: Department | None, values: Mapping[str, str], by: int) -> Department:
    """Create (None) or change a department. Commits. Raises ``InvalidInput`` or ``Conflict`` naming the field."""
    with db.session.no_autoflush:
        area = by_code(Area, values.get("area_code"), "area_code")
        parent = (
            by_code(Department, values["parent_code"], "parent_code") if values.get("parent_code") else None
        )
        name = _required(values, "name", 120)
        if department is None:
            department = Department(code=_new_code(Department, values, "code"))
            db.session.add(department)
        elif parent is not None and parent.id == department.id:
            raise InvalidInput(_("上级不能是自己。"), "parent_code")
        department.name, department.short_name = name, values.get("short_name", "").strip()[:40]
        department.area_id, department.parent_id = area.id, parent.id if parent else None
        department.phone = values.get("phone", "").strip()[:40]
        department.is_active = values.get("is_active") == "1"
    return _saved(department, "department.save", department.code, by)


def save_category(category: Category, values: Mapping[str, str], by: int) -> Category:
    """Rename, switch on or off. Codes are the standard's and stay. Commits."""
    category.name = _required(values, "name", 120)
    category.is_active = values.get("is_active") == "1"
    return _saved(category, "category.save", category.code, by)


def save_area(area: Area | None, values: Mapping[str, str], by: int) -> Area:
    """Create (None, below ``parent_code``) or change an area. Commits. Raises ``InvalidInput`` naming the field."""
    with db.session.no_autoflush:
        name, population = _required(values, "name", 80), _number(values, "population")
        if area is None:
            parent = by_code(Area, values.get("parent_code"), "parent_code")
            if parent.level >= 5:
                raise InvalidInput(_("网格下面不能再分。"), "parent_code")
            area = Area(
                code=_new_code(Area, values, "code"), level=parent.level + 1, parent_id=parent.id, name=name
            )
            db.session.add(area)
            db.session.flush()
            area.path = f"{parent.path}{area.id}/"
        area.name, area.population, area.nicknames = name, population, _lines(values.get("nicknames", ""))
    return _saved(area, "area.save", area.code, by)


def save_rule(values: Mapping[str, str], by: int) -> DispatchRule:
    """Set who answers for a category in an area (and below). Commits. Raises ``InvalidInput`` naming the field."""
    category = by_code(Category, values.get("category_code"), "category_code")
    area = by_code(Area, values.get("area_code"), "area_code")
    department = by_code(Department, values.get("department_code"), "department_code")
    rule = db.session.scalar(
        select(DispatchRule).where(DispatchRule.category_id == category.id, DispatchRule.area_id == area.id)
    )
    if rule is None:
        rule = DispatchRule(category_id=category.id, area_id=area.id, department_id=department.id)
        db.session.add(rule)
    rule.department_id = department.id
    subject = f"{category.code}@{area.code}"
    return _saved(rule, "rule.save", subject, by, department=department.code)


def delete_rule(rule_id: int, by: int) -> None:
    """Remove a rule; the next more general one then decides. Commits. Raises ``NotFound``."""
    rule = db.session.get(DispatchRule, rule_id)
    if rule is None:
        raise NotFound(_("没有找到这条规则，可能已被删除。"))
    audit.record("rule.delete", f"{rule.category.code}@{rule.area.code}", by, department=rule.department.code)
    db.session.delete(rule)
    db.session.commit()


def save_setting(name: str, value: Any, by: int) -> None:
    """Store a named setting. Commits; old and new value stand in the trail.

    The scoring policy holds from today on: windows that have ended go on being scored by the one before.
    """
    setting = db.session.get(Setting, name)
    before = setting.value if setting else None
    if name == policy.SETTING and before != value:
        yesterday = local(utcnow()).date() - timedelta(days=1)
        db.session.add(PastSetting(name=name, last_day=yesterday, value=before or {}))
    if setting is None:
        db.session.add(Setting(name=name, value=value))
    else:
        setting.value = value
    audit.record("setting.save", name, by, before=before, after=value)
    db.session.commit()


U = TypeVar("U")


def _saved(thing: U, action: str, subject: str, by: int, **details: Any) -> U:
    audit.record(action, subject, by, **details)
    db.session.commit()
    return thing
