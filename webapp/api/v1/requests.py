"""``/api/v1/requests``: report, list, look up."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from flask import current_app
from flask.views import MethodView
from flask_babel import gettext as _

from webapp.api.v1.schemas import PageIn, RequestCreated, RequestIn, RequestList, RequestOut, request_view
from webapp.errors import NotFound
from webapp.extensions import limiter
from webapp.incoming import Blueprint
from webapp.queries import joint
from webapp.queries import requests as queries
from webapp.queries.masking import masked_for
from webapp.security import public, visitor_identity
from webapp.services import casework
from webapp.services.submit import RequestDraft, submit_request

bp = Blueprint("api_requests", __name__, url_prefix="/api/v1/requests", description="诉求 / 工单")


@bp.route("")
@public
class Requests(MethodView):
    """The public requests, and the way to add one."""

    decorators: ClassVar = [limiter.limit(lambda: current_app.config["RATE_SUBMIT"], methods=["POST"])]

    @bp.arguments(RequestIn)
    @bp.response(201, RequestCreated)
    def post(self, data: dict[str, Any]) -> dict[str, Any]:
        """Report a problem, ask, suggest or thank."""
        identity = None if data["anonymous"] else visitor_identity()
        done = submit_request(RequestDraft(channel="web", identity=identity, **data))
        return {
            "service_request_id": done.request.service_request_id, "secret": done.secret,
            "status": done.request.status, "due_at": done.request.due_at,
            "track_url": f"{current_app.config['PUBLIC_URL']}/track",
        }  # fmt: skip

    @bp.arguments(PageIn, location="query")
    @bp.response(200, RequestList)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Public requests, newest first."""
        items, total = queries.public_requests(
            page=query["page"],
            page_size=query["page_size"],
            status=query["status"],
            area_code=query["area_code"],
        )
        offices = joint.at_work([item.id for item in items])
        views = [
            request_view(item, partial(masked_for, request=item), with_events=False, at_work=offices)
            for item in items
        ]
        return {"items": views, "total": total, "page": query["page"]}


@bp.route("/<number>")
@public
class OneRequest(MethodView):
    """One public request with its timeline."""

    @bp.response(200, RequestOut)
    def get(self, number: str) -> dict[str, Any]:
        """The public view of a request."""
        request = casework.find(number)
        if not request.is_public:
            raise NotFound(_("没有找到编号为 %(number)s 的诉求。", number=number[:20]))
        return request_view(request, partial(masked_for, request=request))
