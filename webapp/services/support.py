"""我也遇到: one tap supports a neighbour's request, counted once per person."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.models import ServiceRequest, Support, utcnow
from webapp.services import casework, rollups


def support(number: str, identity: str) -> ServiceRequest:
    """Count this identity's support once. Commits. Raises ``NotFound``."""
    request = casework.find(number)
    known = db.session.scalar(
        select(Support.id).where(Support.request_id == request.id, Support.identity == identity)
    )
    if known is None:
        db.session.add(Support(request_id=request.id, identity=identity, created_at=utcnow()))
        try:
            db.session.flush()
            rollups.add_supporters(request, 1)
            db.session.commit()
        except IntegrityError:
            # Two taps at once: the other one counted.
            db.session.rollback()
    return request
