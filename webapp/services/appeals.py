"""申诉: a department contests a bad review; a reviewer of another department grants or refuses, with reasons, in time."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from webapp.domain.integrity import Reason
from webapp.domain.rectification import (
    Ground,
    RectificationAction,
    RectificationStatus,
    StepNotAllowed,
    is_independent,
    step,
)
from webapp.errors import Conflict, Forbidden, InvalidInput
from webapp.extensions import db
from webapp.models import Appeal, Rectification, Review, utcnow
from webapp.queries.feedback_policy import rectification_policy
from webapp.services import audit, rectifications
from webapp.services.actor import Actor
from webapp.services.rectifications import MAX_TEXT, due, move, tell

A, S = RectificationAction, RectificationStatus


def closes_at(mending: Rectification) -> datetime:
    """Until when the department may appeal."""
    return due(mending.opened_at, rectification_policy().appeal)


def may_appeal(mending: Rectification, at: datetime | None = None) -> bool:
    """Whether an appeal is still open to the department: once, in time, and before anything was put right."""
    open_to = S(mending.status) in (S.OPENED, S.VERIFIED)
    return open_to and mending.appeal is None and (at or utcnow()) <= closes_at(mending)


def appeal(
    review_id: str,
    ground: str,
    reason: str,
    actor: Actor,
    version: int | None = None,
    at: datetime | None = None,
) -> Appeal:
    """Contest a review. It stays counted until the appeal is granted. Commits.

    Raises ``InvalidInput`` naming ``ground`` or ``text``, ``Conflict`` for a second appeal or one too late, and what
    :func:`webapp.services.rectifications.move` raises.
    """
    review, moment = rectifications.own_review(review_id, actor), at or utcnow()
    mending = review.rectification
    if ground not in tuple(Ground):
        raise InvalidInput(_("请选择申诉的类型。"), "ground")
    if mending is not None and mending.appeal is not None:
        raise Conflict(_("这条差评已经申诉过，每条只能申诉一次。"))
    if mending is not None and moment > closes_at(mending):
        raise Conflict(_("申诉期限已过，请按要求整改并回复。"))
    review, mending = move(review_id, A.APPEAL, actor, reason, version)
    # Whoever contests it has looked into it.
    mending.verified_at = mending.verified_at or moment
    found = Appeal(
        rectification=mending, service_id=review.service_id, ground=ground, reason=reason.strip()[:MAX_TEXT],
        appealed_at=moment, appealed_by_id=actor.user_id, decide_due_at=due(moment, rectification_policy().decide),
    )  # fmt: skip
    db.session.add(found)
    audit.record("appeal.file", review_id, actor.user_id, ground=ground)
    tell(review, "appealed")
    db.session.commit()
    return found


def is_judge(review: Review, actor: Actor) -> bool:
    """Whether this actor may decide about this review: a reviewer, of another department than the one rated."""
    concerned = [
        review.department_id,
        *([review.department.parent_id] if review.department.parent_id else []),
    ]
    return is_independent(actor.role, actor.department_id, concerned)


def decide(
    review_id: str,
    granted: bool,
    reason: str,
    actor: Actor,
    version: int | None = None,
    at: datetime | None = None,
) -> Appeal:
    """Grant (the review is set aside, listed with its reason, never deleted) or refuse, and tell the reviewer. Commits.

    A refusal late in the clock leaves the department some working days: the time that deciding took is not its own.
    Raises ``Forbidden`` for somebody of the same department, and what ``rectifications.move`` raises.
    """
    review, moment = rectifications.own_review(review_id, actor), at or utcnow()
    if not is_judge(review, actor):
        raise Forbidden(_("申诉须由其他单位的回访员审核。"))
    review, mending = move(review_id, A.GRANT if granted else A.REFUSE, actor, reason, version)
    found = mending.appeal
    if found is None or found.appealed_by_id == actor.user_id:
        raise Forbidden(_("不能审核自己提出的申诉。"))
    found.granted, found.decision = granted, reason.strip()[:MAX_TEXT]
    found.decided_at, found.decided_by_id = moment, actor.user_id
    if granted:
        review.set_aside = review.set_aside or Reason.APPEAL.value
    else:
        least = due(moment, rectification_policy().after_refusal)
        mending.rectify_due_at = max(mending.rectify_due_at, least)
    audit.record("appeal.grant" if granted else "appeal.refuse", review_id, actor.user_id)
    tell(review, "granted" if granted else "refused")
    db.session.commit()
    return found


def overruled(review: Review, actor: Actor, reason: str, at: datetime) -> None:
    """An auditor counts the review again: the department has to put it right after all. The caller commits."""
    mending = review.rectification
    if mending is None or S(mending.status) is not S.SET_ASIDE:
        return
    try:
        mending.status = step(S.SET_ASIDE, A.RESTORE, actor.role, reason).value
    except StepNotAllowed:
        raise Forbidden(_("您的岗位不能做这一步操作。")) from None
    mending.rectify_due_at = max(mending.rectify_due_at, due(at, rectification_policy().after_refusal))
