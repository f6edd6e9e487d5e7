"""Everybody counts once: the votes of residents who are also in the random sample, on the matter they were asked about.

The sample must stay as it was drawn, so that it is the vote that steps back: it keeps its place in the official
indicators and is left out where votes are weighed (``Review.asked``). A vote is on the same matter as a drawn case when it
names the case, or when the same identity gave it on the case's service from the receipt of the case until
``SAME_MATTER`` after the call. Somebody who voted under another identity (another browser) cannot be recognised.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from webapp.extensions import db
from webapp.models import FollowUpCall, Review, ServiceRequest

SAME_MATTER = timedelta(days=30)


def step_back(request: ServiceRequest) -> None:
    """Mark the votes that the resident of a drawn case has given on it. In the caller's transaction."""
    mine: ColumnElement[bool] = Review.service_request_id == request.id
    if request.identity is not None and request.service_id is not None:
        same = and_(
            Review.identity == request.identity, Review.service_id == request.service_id,
            Review.created_at >= request.received_at,
        )  # fmt: skip
        mine = or_(mine, same)
    for review in db.session.scalars(select(Review).where(mine, Review.asked.is_(False))):
        review.asked = True


def was_asked(review: Review, moment: datetime) -> bool:
    """Whether the one who gives this vote at ``moment`` was asked about the same matter as one drawn."""
    found = db.session.scalar(
        select(ServiceRequest.id)
        .join(FollowUpCall, FollowUpCall.request_id == ServiceRequest.id)
        .where(ServiceRequest.identity == review.identity, ServiceRequest.service_id == review.service_id)
        .where(ServiceRequest.sampled.is_not(None), ServiceRequest.received_at <= moment)
        .where(FollowUpCall.done_at >= moment - SAME_MATTER)
        .limit(1)
    )
    return found is not None
