"""The first things of a city: its root area, an office of last resort, the category tree, one administrator.

Everything else is then made on the administrator's pages.
"""

from __future__ import annotations

from sqlalchemy import func, select

from nlp.taxonomy import categories
from webapp.domain.workflow import Role
from webapp.errors import Conflict, InvalidInput
from webapp.extensions import db
from webapp.models import Area, Category, Department
from webapp.services import accounts, audit

CITY = "CITY"
# The directory takes a department with this word in its code for the office of its area.
OFFICE = "OFFICE"


def found_city(name: str, username: str, password: str) -> None:
    """Write them into an empty database, all or nothing. Commits.

    Raises ``Conflict`` when the database already holds a city, ``InvalidInput`` for an unusable name or password.
    """
    name = name.strip()
    if db.session.scalar(select(func.count(Area.id))):
        raise Conflict("this database already holds a city")
    if not 0 < len(name) <= 60:
        raise InvalidInput("a city needs a name of at most 60 characters")
    city = Area(code=CITY, name=name, level=1)
    db.session.add(city)
    db.session.flush()
    city.path = f"{city.id}/"
    db.session.add(
        Department(code=OFFICE, name=f"{name}12345热线中心", short_name="热线中心", area_id=city.id)
    )
    known: dict[str | None, Category] = {}
    for node in categories():
        known[node.code] = Category(
            code=node.code, name=node.name, level=node.level, parent=known.get(node.parent_code)
        )
        db.session.add(known[node.code])
    audit.record("city.found", CITY, None, name=name)
    try:
        # Commits everything, or refuses the account and with it the city.
        accounts.save_user(
            None, username=username, name=username, role=Role.ADMIN, department_code=None, area_code=CITY,
            password=password, active=True, by=None,
        )  # fmt: skip
    except Exception:
        db.session.rollback()
        raise
