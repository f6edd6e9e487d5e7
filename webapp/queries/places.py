"""Where something is: the area picker, the smallest area at a point, and areas as people name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from webapp.domain import geo
from webapp.extensions import db
from webapp.models import AREA_LEVELS, Area

# The picker stops at communities: nobody knows the number of their grid.
PICKED_LEVELS = (2, 3, 4)
_DISTRICT, _COMMUNITY = 2, 4


@dataclass(frozen=True, slots=True)
class AreaOption:
    """A choice of the area picker; ``parent`` is the code of the area above."""

    code: str
    name: str
    level: int
    parent: str


def area_options() -> list[AreaOption]:
    """Districts, streets and communities, each directly before the areas inside it."""
    rows = db.session.execute(
        select(Area.id, Area.code, Area.name, Area.level, Area.parent_id)
        .where(Area.level.in_(PICKED_LEVELS))
        .order_by(Area.code)
    ).all()
    codes = {row.id: row.code for row in rows}
    inside: dict[int | None, list[AreaOption]] = {}
    for row in rows:
        option = AreaOption(row.code, row.name, row.level, codes.get(row.parent_id, ""))
        inside.setdefault(row.parent_id if row.level > PICKED_LEVELS[0] else None, []).append(option)
    ids = {row.code: row.id for row in rows}

    def below(parent: int | None) -> list[AreaOption]:
        return [o for option in inside.get(parent, []) for o in (option, *below(ids[option.code]))]

    return below(None)


def area_by_code(code: str | None) -> Area | None:
    """The area with this code."""
    return db.session.scalar(select(Area).where(Area.code == code)) if code else None


def area_at(latitude: float, longitude: float) -> Area | None:
    """The smallest area whose outline holds the point (degrees); None outside the city.

    Walks down the tree, so that only the outlines beside the way are looked at. An area without an outline ends it.
    """
    found: Area | None = None
    candidates = db.session.scalars(select(Area).where(Area.level == min(AREA_LEVELS))).all()
    while candidates:
        inside = next(
            (a for a in candidates if a.outline and geo.contains(a.outline, (longitude, latitude))), None
        )
        if inside is None:
            break
        found = inside
        candidates = db.session.scalars(select(Area).where(Area.parent_id == inside.id)).all()
    return found


def around(latitude: float, longitude: float) -> Sequence[Area]:
    """Communities of the district at a point (degrees) that have an outline; [] outside the city."""
    district = area_at(latitude, longitude)
    while district is not None and district.level > _DISTRICT:
        district = district.parent
    if district is None or district.level < _DISTRICT:
        return []
    inside = (
        select(Area).where(Area.level == _COMMUNITY, Area.path.startswith(district.path)).order_by(Area.code)
    )
    return [area for area in db.session.scalars(inside) if area.outline]


def line_of(area: Area) -> str:
    """District, street, community as one line, without the city and the grid: 「东城区 鼓台街道 钟楼社区」."""
    ids = [int(part) for part in area.path.split("/") if part]
    names = db.session.scalars(
        select(Area.name).where(Area.id.in_(ids), Area.level.in_(PICKED_LEVELS)).order_by(Area.level)
    ).all()
    return " ".join(names) or area.name


def picked(area: Area) -> str:
    """Code of the area itself or of the nearest one above it that the picker offers; "" for the city."""
    at: Area | None = area
    while at is not None and at.level not in PICKED_LEVELS:
        at = at.parent
    return at.code if at else ""
