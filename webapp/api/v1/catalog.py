"""``/api/v1/services``, ``/categories``, ``/areas``: what there is to rate and report."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.v1.schemas import In, ServiceOut
from webapp.extensions import db
from webapp.incoming import Blueprint
from webapp.models import Area, Category, Service
from webapp.security import public
from webapp.services.reviews import find_service

bp = Blueprint("api_catalog", __name__, url_prefix="/api/v1", description="服务事项、分类与区划")


class NodeOut(Schema):
    """A node of a tree."""

    code = fields.String()
    name = fields.String()
    level = fields.Integer()
    parent_code = fields.String(allow_none=True)


class AreaQuery(In):
    parent_code = fields.String(load_default=None)


@bp.route("/services")
@public
class Services(MethodView):
    """All published services."""

    @bp.response(200, ServiceOut(many=True))
    def get(self) -> Any:
        """Published services by name."""
        statement = select(Service).where(Service.is_active.is_(True)).options(joinedload(Service.department))
        return db.session.scalars(statement.order_by(Service.name)).all()


@bp.route("/services/<service_code>")
@public
class OneService(MethodView):
    """One service."""

    @bp.response(200, ServiceOut)
    def get(self, service_code: str) -> Service:
        """One published service."""
        return find_service(service_code)


def _nodes(model: type[Category] | type[Area], *where: Any) -> list[dict[str, Any]]:
    parent = select(model.id, model.code).subquery()
    statement = (
        select(model.code, model.name, model.level, parent.c.code)
        .outerjoin(parent, parent.c.id == model.parent_id)
        .where(*where)
        .order_by(model.code)
    )
    return [
        {"code": code, "name": name, "level": level, "parent_code": up}
        for code, name, level, up in db.session.execute(statement)
    ]


@bp.route("/categories")
@public
class Categories(MethodView):
    """The category tree."""

    @bp.response(200, NodeOut(many=True))
    def get(self) -> list[dict[str, Any]]:
        """All active categories, by code."""
        return _nodes(Category, Category.is_active.is_(True))


@bp.route("/areas")
@public
class Areas(MethodView):
    """The area tree, one level at a time."""

    @bp.arguments(AreaQuery, location="query")
    @bp.response(200, NodeOut(many=True))
    def get(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        """The areas below ``parent_code``; without it, the city and its districts."""
        if query["parent_code"]:
            parent = select(Area.id).where(Area.code == query["parent_code"]).scalar_subquery()
            return _nodes(Area, Area.parent_id == parent)
        return _nodes(Area, Area.level <= 2)
