"""The demo accounts worth trying, as stored."""

from __future__ import annotations

from sqlalchemy import select

from webapp.demo.catalog import build_catalog
from webapp.demo.places import build_city
from webapp.extensions import db
from webapp.models import Department, User


def listed_staff(everyone: bool = False) -> list[tuple[str, str, str, str]]:
    """User name, role, name and department of the listed demo accounts (or all) that are in the database."""
    wanted = {p.username for p in build_catalog(build_city()).staff if everyone or p.listed}
    statement = (
        select(User.username, User.role, User.name, Department.name)
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.username.in_(wanted))
        .order_by(User.id)
    )
    return [
        (username, role, name, office or "") for username, role, name, office in db.session.execute(statement)
    ]
