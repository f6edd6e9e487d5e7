"""三调联动: refer a dispute to mediation with the resident's consent, and record how it ended, in the case's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain.deadlines import Urgency
from webapp.domain.mediation import Consent, Dispute, MediationKind, Outcome
from webapp.domain.workflow import Action
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Mediation, ServiceRequest, utcnow
from webapp.services import casework, dispatch
from webapp.services.actor import Actor


@dataclass(frozen=True, slots=True)
class Referral:
    """What a referral says. ``consent`` is how the resident agreed; without it nothing is referred."""

    kind: str
    dispute: str
    body: str
    consent: str
    note: str = ""
    version: int | None = None


def _check(referral: Referral) -> None:
    checks = (
        ("kind", referral.kind in tuple(MediationKind), _("请选择调解方式。")),
        ("dispute", referral.dispute in tuple(Dispute), _("请选择纠纷类型。")),
        ("body", 1 <= len(referral.body.strip()) <= 80, _("请填写调解组织，不超过 80 字。")),
        (
            "consent",
            referral.consent in tuple(Consent),
            _("调解要当事人自愿。请先征得居民同意，并选择同意的方式。"),
        ),
    )
    for field, fine, message in checks:
        if not fine:
            raise InvalidInput(message, field)


def running(request: ServiceRequest) -> Mediation | None:
    """The mediation of this request that has not ended."""
    return db.session.scalar(
        select(Mediation).where(Mediation.request_id == request.id, Mediation.ended_at.is_(None))
    )


def of_request(request: ServiceRequest) -> list[Mediation]:
    """All mediations of a request, newest first."""
    statement = select(Mediation).where(Mediation.request_id == request.id).order_by(Mediation.id.desc())
    return list(db.session.scalars(statement))


def refer(number: str, referral: Referral, actor: Actor, at: datetime | None = None) -> Mediation:
    """Refer a request's dispute to mediation; its clock runs on, as a complex one's (see the domain). Commits.

    Raises ``NotFound``, ``Forbidden``, ``Conflict`` (stale, or a mediation is running), ``InvalidInput`` naming the
    field, and the workflow's own errors.
    """
    request, moment = (
        casework.handled(number, Action.REFER_MEDIATION, actor, referral.version),
        at or utcnow(),
    )
    _check(referral)
    if running(request) is not None:
        raise Conflict(_("这件诉求正在调解，请先登记调解结果。"))
    body = referral.body.strip()
    data = {
        "kind": referral.kind, "dispute": referral.dispute, "body": body, "consent": referral.consent,
        **_more_time(request),
    }  # fmt: skip
    casework.apply_step(
        request, casework.Step(Action.REFER_MEDIATION, referral.note, data=data), actor, moment
    )
    mediation = Mediation(
        request_id=request.id, kind=referral.kind, dispute=referral.dispute, body=body, consent=referral.consent,
        referred_at=moment, referred_by_id=actor.user_id,
    )  # fmt: skip
    db.session.add(mediation)
    db.session.commit()
    return mediation


def _more_time(request: ServiceRequest) -> dict[str, str]:
    """Make it a complex request, whose deadline leaves time to hear both sides; never a sooner one."""
    if request.complexity == Urgency.COMPLEX:
        return {}
    before, request.complexity = request.due_at, Urgency.COMPLEX.value
    due = dispatch.deadline(request.received_at, request.urgency, request.complexity)
    if due <= before:
        return {}
    # A new deadline may pass anew.
    request.due_at, request.escalated_level = due, 0
    return {"due_from": before.isoformat(), "due_to": due.isoformat(), "due": due.isoformat()}


def end(
    number: str,
    mediation_id: int,
    outcome: str,
    note: str,
    actor: Actor,
    version: int | None = None,
    at: datetime | None = None,
) -> Mediation:
    """Record how a mediation ended. Commits. ``version`` is that of the mediation.

    Raises ``NotFound``, ``Forbidden``, ``Conflict`` (ended already), ``InvalidInput`` naming ``outcome`` or ``note``.
    """
    request, moment = casework.handled(number, Action.END_MEDIATION, actor, None), at or utcnow()
    mediation = db.session.get(Mediation, mediation_id)
    if mediation is None or mediation.request_id != request.id:
        raise NotFound(_("没有找到这次调解。"))
    if mediation.ended_at is not None or (version is not None and version != mediation.version):
        raise Conflict(_("这次调解的结果刚被别人登记过，请看最新进展。"))
    if outcome not in tuple(Outcome):
        raise InvalidInput(_("请选择调解结果。"), "outcome")
    if not note.strip():
        raise InvalidInput(_("请写明调解结果，居民会看到。"), "note")
    data = {"kind": mediation.kind, "body": mediation.body, "outcome": outcome}
    casework.apply_step(request, casework.Step(Action.END_MEDIATION, note, data=data), actor, moment)
    mediation.outcome, mediation.outcome_note = outcome, note.strip()[:2000]
    mediation.ended_at, mediation.ended_by_id = moment, actor.user_id
    db.session.commit()
    return mediation
