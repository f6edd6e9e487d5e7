"""并案: several reports of one trouble under the earliest one; every reporter is counted and told, and it can be undone.

Counting: a request's ``supporters`` are the people beside its reporter: one tap or one merged report each, a person with
both once. A merged request brings those who had joined it before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import exists, select

from webapp import crypto
from webapp.domain.workflow import Action
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import ServiceRequest, Support
from webapp.services import rollups
from webapp.services.actor import Actor
from webapp.services.steps import Effect, Step


def lead_of(request: ServiceRequest) -> ServiceRequest:
    """The request that carries the work: itself, or the one that it was merged into, over any number of steps."""
    while request.merged_into is not None:
        request = request.merged_into
    return request


def joined(request: ServiceRequest) -> Iterator[ServiceRequest]:
    """All requests merged into this one, directly or over others."""
    if request.id is None:  # being imported: not stored yet, so nothing can point to it
        return
    for one in db.session.scalars(
        select(ServiceRequest).where(ServiceRequest.merged_into_id == request.id).order_by(ServiceRequest.id)
    ).all():
        yield one
        yield from joined(one)


def knows(request: ServiceRequest, identity: str | None, but: int | None = None) -> bool:
    """Whether this person is counted with ``request`` already, leaving out the merged request with id ``but``."""
    if identity is None:
        return False
    if request.identity == identity:
        return True
    r = ServiceRequest
    merged = exists().where(r.merged_into_id == request.id, r.identity == identity, r.id != (but or 0))
    known_as = (identity, crypto.retired(f"support:{request.id}", identity))
    tapped = exists().where(Support.request_id == request.id, Support.identity.in_(known_as))
    return bool(db.session.scalar(select(merged | tapped)))


def count(request: ServiceRequest, change: int) -> None:
    """Add to the people of a request and of those that carry it."""
    here: ServiceRequest | None = request
    while here is not None and change:
        rollups.add_supporters(here, change)
        here = here.merged_into


def _people(request: ServiceRequest, target: ServiceRequest) -> int:
    """How many residents a merged request adds; a grid worker who saw the same trouble is none of them."""
    seen_by_staff = request.channel == "grid" and request.identity is None
    counted = seen_by_staff or knows(target, request.identity, request.id)
    return request.supporters + (0 if counted else 1)


def find(number: str) -> ServiceRequest:
    """The request with this tracking number. Raises ``NotFound``."""
    from webapp.services import casework

    return casework.find(number)


def _merge(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    if not step.merge_into:
        raise InvalidInput(_("请填写要并入的诉求编号。"), "merge_into")
    target = lead_of(find(step.merge_into))
    if target.id == request.id or target.received_at > request.received_at:
        raise InvalidInput(_("只能并入更早的、另一件诉求。"), "merge_into")
    people = _people(request, target)
    request.merged_into_id, request.merged_into = target.id, target
    count(target, people)
    return {"into": target.service_request_id}


def _unmerge(request: ServiceRequest, step: Step, actor: Actor, at: datetime) -> dict[str, Any]:
    target = request.merged_into
    if target is None:
        return {}
    people = _people(request, target)
    request.merged_into_id = None
    request.merged_into = None
    count(target, -people)
    return {"from": target.service_request_id}


EFFECTS: dict[Action, Effect] = {Action.MERGE: _merge, Action.UNMERGE: _unmerge}
