"""A call on the phone, or what a grid worker saw: staff write a request down for somebody else."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.queries import calls as queries
from webapp.services import audit
from webapp.services.actor import Actor
from webapp.services.submit import RequestDraft, Submitted, submit_request


def take_down(draft: RequestDraft, actor: Actor) -> Submitted:
    """Submit what somebody told ``actor``, and note in the audit trail who wrote it down. Commits.

    Raises ``InvalidInput`` naming the field; nothing is stored then. A case to join that is no longer open is one: the
    agent has just told the caller that theirs goes with it.
    """
    if draft.merge_into and not queries.can_be_joined(draft.merge_into):
        raise InvalidInput(_("要并入的诉求不在办理中了，请另选一件，或清空后单独登记。"), "merge_into")
    done = submit_request(draft)
    audit.record("request.take_down", done.request.service_request_id, actor.user_id, channel=draft.channel)
    db.session.commit()
    return done
