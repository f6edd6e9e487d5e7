"""``services.json|xml`` and ``services/<code>.json|xml``: the kinds of request."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, jsonify, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.open311 import bp
from webapp.api.open311.formats import error, render
from webapp.extensions import db
from webapp.models import Category, Service
from webapp.security import public


def service_entries() -> list[dict[str, Any]]:
    """All kinds of request, categories first."""
    categories = (
        select(Category).where(Category.level == 2, Category.is_active.is_(True)).order_by(Category.code)
    )
    services = select(Service).where(Service.is_active.is_(True)).order_by(Service.service_code)
    return [_category(c) for c in db.session.scalars(categories.options(joinedload(Category.parent)))] + [
        _service(s) for s in db.session.scalars(services.options(joinedload(Service.department)))
    ]


def _category(category: Category) -> dict[str, Any]:
    group = category.parent.name if category.parent else ""
    return {
        "service_code": category.code, "service_name": category.name, "description": f"{group}：{category.name}",
        "metadata": False, "type": "realtime", "keywords": category.name, "group": group,
    }  # fmt: skip


def _service(service: Service) -> dict[str, Any]:
    return {
        "service_code": service.service_code, "service_name": service.name, "description": service.description,
        "metadata": False, "type": "realtime", "keywords": ",".join(service.nicknames),
        "group": service.department.name,
    }  # fmt: skip


@bp.get("/services.<any(json,xml):fmt>")
@public
def list_services(fmt: str) -> Response:
    """GET Service List."""
    return render(service_entries(), "services", "service", fmt)


@bp.get("/services/<code>.<any(json,xml):fmt>")
@public
def service_definition(code: str, fmt: str) -> Response:
    """GET Service Definition. No kind of request asks for extra attributes, so the list is empty."""
    if not any(entry["service_code"] == code for entry in service_entries()):
        return error(404, _("没有找到编号“%(code)s”，请重新选择。", code=code[:40]), fmt)
    definition = {"service_code": code, "attributes": []}
    if fmt == "json":
        return jsonify(definition)
    return render([definition], "service_definitions", "service_definition", fmt)


@bp.get("/discovery.<any(json,xml):fmt>")
@public
def discovery(fmt: str) -> Response:
    """GET Service Discovery."""
    base = url_for("open311.list_services", fmt="json", _external=True).rsplit("/", 1)[0]
    body = {
        "contact": current_app.config["HOTLINE_PHONE"],
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2", "url": base, "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }  # fmt: skip
    return jsonify(body) if fmt == "json" else render([body], "discovery", "entry", fmt)
