"""``/grid/new``: report on the spot, with a photo, a place and few words."""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from webapp.domain.permissions import Permission
from webapp.domain.workflow import Status
from webapp.errors import Forbidden, InvalidInput, wants_json
from webapp.extensions import db
from webapp.models import Area, Category
from webapp.queries import desk, places
from webapp.queries import grid as queries
from webapp.security import staff
from webapp.services import casework, grid, grid_near, grid_report, language
from webapp.services.actor import Actor
from webapp.services.grid_near import Near
from webapp.views.filters import masked
from webapp.views.grid import bp, maps
from webapp.views.grid.presenting import own_area
from webapp.views.grid.reading import done, number, position, uploads


@bp.get("/new")
@staff(Permission.USE_GRID)
def new() -> str:
    """The empty form."""
    _own()
    return _page({}, {})


@bp.post("/new")
@staff(Permission.USE_GRID)
def send() -> Any:
    """File the report; without JavaScript first look for the same trouble nearby, if asked to."""
    form = request.form
    if "look" in form:
        return _page(form.to_dict(), {}, _near(), looked=True)
    said = _report()
    try:
        filed = grid_report.file(said, Actor.of(current_user))
    except InvalidInput as problem:
        db.session.rollback()
        if wants_json():
            raise
        return _page(form.to_dict(), {problem.field or "": problem.message}, _near()), 422
    mine = grid.is_mine(filed, Actor.of(current_user))
    code = filed.service_request_id
    sent = "report" if grid_report.handled_at_once(filed) or not said.on_the_spot else "not_at_once"
    return done(
        url_for("grid.case", number=code, sent=sent) if mine else url_for("grid.home", sent=code),
        number=code,
    )  # fmt: skip


@bp.post("/look")
@staff(Permission.USE_GRID)
def look() -> dict[str, Any]:
    """For the form while it is filled in: the area at the position, likely categories, the same trouble nearby."""
    text = request.form.get("text", "").strip()
    here = position()
    area = places.area_at(*here) if here else None
    own = _own()
    analysis = language.read(text) if len(text) > 3 else None
    return {
        "area": {"code": area.code, "name": _name(area), "own": area.path.startswith(own.path)} if area else None,
        "categories": [{"code": code, "name": name} for code, name, _share in (analysis.categories if analysis else [])[:3]],
        "urgent": bool(analysis and language.urgency_of(analysis) == "emergency"),
        "near": [_told(near) for near in _near()],
    }  # fmt: skip


def _own() -> Area:
    """The worker's grid. Raises ``Forbidden`` for a worker without one."""
    area = own_area()
    if area is None:
        raise Forbidden(_("您的账号还没有分配网格，请联系系统管理员。"))
    return area


def _name(area: Area) -> str:
    return area.name if area.level < 5 else f"{places.line_of(area).split(' ')[-1]} {area.name}"


def _category_code() -> str:
    return request.form.get("category_other", "") or request.form.get("category_code", "")


def _report() -> grid_report.Report:
    form, here, after = request.form, position(), uploads("after")
    return grid_report.Report(
        client_id=form.get("client_id", ""), text=form.get("text", ""), category_code=_category_code() or None,
        area_code=form.get("area_code") or None, address=form.get("address", ""),
        latitude=here[0] if here else None, longitude=here[1] if here else None,
        accuracy_m=number("accuracy", 1e6), join=form.get("join", ""), photos=uploads("photos"),
        on_the_spot=bool(after or form.get("result", "").strip()), after=after, result=form.get("result", ""),
    )  # fmt: skip


def _near() -> list[Near]:
    here = position()
    area = places.area_by_code(request.form.get("area_code")) or (places.area_at(*here) if here else None)
    category = db.session.scalar(select(Category).where(Category.code == _category_code()))
    point = (here[1], here[0]) if here else None
    return grid_near.same_here(request.form.get("text", ""), area or _own(), category, point)


def _told(near: Near) -> dict[str, Any]:
    item = near.request
    return {
        "number": item.service_request_id, "subject": masked(item.subject), "status": _(Status(item.status).label),
        "distance": near.distance_m, "mine": casework.may_handle(item, Actor.of(current_user)),
    }  # fmt: skip


def _page(
    typed: dict[str, str], errors: dict[str, str], near: list[Near] | None = None, looked: bool = False
) -> str:
    area = _own()
    return render_template(
        "grid/new.html", typed=typed, errors=errors, client_id=secrets.token_hex(16), near=near or [], looked=looked,
        often=queries.frequent_categories(area), categories=desk.category_choices(), areas=queries.nearby_areas(area),
        map=maps.of_area(area), photo_limit=current_app.config["PHOTO_LIMIT"],
    )  # fmt: skip
