"""``/api/v1/reviews``: rate a service."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import current_app, request
from flask.views import MethodView

from webapp.api.v1.schemas import ReviewIn, ReviewOut
from webapp.extensions import limiter
from webapp.incoming import Blueprint
from webapp.models import Review
from webapp.security import public, visitor_identity
from webapp.services.reviews import ReviewDraft, submit_review

bp = Blueprint("api_reviews", __name__, url_prefix="/api/v1/reviews", description="评价")


@bp.route("")
@public
class Reviews(MethodView):
    """The way to rate."""

    decorators: ClassVar = [limiter.limit(lambda: current_app.config["RATE_SUBMIT"], methods=["POST"])]

    @bp.arguments(ReviewIn)
    @bp.response(201, ReviewOut)
    def post(self, data: dict[str, Any]) -> Review:
        """Rate one use of a service; rating the same use again replaces the earlier word."""
        address = request.remote_addr or ""
        return submit_review(ReviewDraft(identity=visitor_identity(), channel="web", address=address, **data))
