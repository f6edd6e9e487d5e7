"""我也遇到: one tap supports a neighbour's request, counted once per person."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.models import ServiceRequest, Support, utcnow
from webapp.services import casework, merging


def support(number: str, identity: str) -> ServiceRequest:
    """Count this identity's support once, with the request that carries the work; returns that one. Commits.

    Whoever reported it, or one merged into it, is counted already. Raises ``NotFound``.
    """
    request = merging.lead_of(casework.find(number))
    if merging.knows(request, identity):
        return request
    db.session.add(Support(request_id=request.id, identity=identity, created_at=utcnow()))
    try:
        db.session.flush()
        merging.count(request, 1)
        db.session.commit()
    except IntegrityError:
        # Two taps at once: the other one counted.
        db.session.rollback()
    return request
