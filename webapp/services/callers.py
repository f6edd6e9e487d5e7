"""Who is calling: earlier cases by the caller's number, through its keyed hash. Every look-up is in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp import crypto
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.queries import shield
from webapp.services import audit
from webapp.services.actor import Actor

LIMIT = 50


def cases_of(phone: str, actor: Actor) -> Sequence[ServiceRequest]:
    """Cases that were reported with this number, newest first, less those that must stay hidden from the actor. Commits.

    Raises ``InvalidInput`` for what is no whole number: a part of one finds nothing, so that numbers cannot be tried out.
    """
    digits = crypto.phone_digits(phone)
    if not 7 <= len(digits) <= 15:
        raise InvalidInput(_("请输入完整的电话号码。"), "phone")
    index = crypto.keyed_hash("phone", digits)
    found = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.phone_index == index, *shield.visible(actor.role, actor.department_id))
        .options(joinedload(ServiceRequest.department), joinedload(ServiceRequest.category))
        .order_by(ServiceRequest.received_at.desc()).limit(LIMIT)
    ).all()  # fmt: skip
    # Not the number, not even whole its hash: who was looked for is told by the cases that were found.
    audit.record(
        "contact.lookup", f"phone:{index[:12]}", actor.user_id, found=[r.service_request_id for r in found]
    )
    db.session.commit()
    return found
