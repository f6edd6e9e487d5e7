"""A call on the phone, or what a grid worker saw: staff write a request down for somebody else."""

from __future__ import annotations

from webapp.extensions import db
from webapp.services import audit
from webapp.services.actor import Actor
from webapp.services.submit import RequestDraft, Submitted, submit_request


def take_down(draft: RequestDraft, actor: Actor) -> Submitted:
    """Submit what somebody told ``actor``, and note in the audit trail who wrote it down. Commits.

    Raises ``InvalidInput`` naming the field; nothing is stored then.
    """
    done = submit_request(draft)
    audit.record("request.take_down", done.request.service_request_id, actor.user_id, channel=draft.channel)
    db.session.commit()
    return done
