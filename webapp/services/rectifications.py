"""差评整改: every step on a bad review through the one table of ``domain/rectification.py``, each a fact with its time."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from webapp import crypto
from webapp.domain.rating import Rating, is_bad
from webapp.domain.rectification import (
    OPEN,
    RULES,
    IllegalStep,
    ReasonRequired,
    RectificationAction,
    RectificationStatus,
    StepNotAllowed,
    due_after,
    step,
)
from webapp.domain.workflow import Role
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Rectification, Review, utcnow
from webapp.queries import deadlines
from webapp.queries.feedback_policy import rectification_policy
from webapp.services import audit, outbox, sweeping
from webapp.services.actor import RESIDENT, SYSTEM, Actor
from webapp.workdays import is_workday

A, S = RectificationAction, RectificationStatus
MAX_TEXT = 2000


def own_review(review_id: str, actor: Actor) -> Review:
    """The review, if this actor's department is the one that was rated. Raises ``NotFound``, ``Forbidden``."""
    review = db.session.scalar(select(Review).where(Review.review_id == review_id))
    if review is None:
        raise NotFound(_("没有找到这条评价。"))
    if actor.role in (Role.CLERK, Role.HEAD) and actor.department_id != review.department_id:
        raise Forbidden(_("这条评价属于其他单位，您不能操作。"))
    return review


def due(moment: datetime, workdays: int) -> datetime:
    """Close of business of the ``workdays``-th working day of China after ``moment``."""
    return due_after(moment, workdays, deadlines.policy(), is_workday)


def follow_rating(review: Review, at: datetime) -> None:
    """Start a rectification with a bad word, end it with a better one of the same person. The caller commits."""
    bad = review.rating is not None and is_bad(review.rating)
    mending = review.rectification
    if mending is None:
        if bad:
            begun = Rectification(department_id=review.department_id, status=S.OPENED.value)
            _start_clocks(begun, at)
            review.rectification = begun
        return
    action = A.RESTART if bad else A.RESCIND
    if (S(mending.status), action) in RULES:
        mending.status = step(S(mending.status), action, SYSTEM.role).value
        if bad:
            _start_clocks(mending, at)


def _start_clocks(mending: Rectification, at: datetime) -> None:
    policy = rectification_policy()
    mending.opened_at, mending.verified_at = at, None
    mending.verify_due_at, mending.rectify_due_at = due(at, policy.verify), due(at, policy.reply)


def move(
    review_id: str, action: RectificationAction, actor: Actor, reason: str = "", version: int | None = None
) -> tuple[Review, Rectification]:
    """Do one step of the table in the caller's transaction; ``version`` is the one that the actor saw.

    Raises ``NotFound``, ``Forbidden`` (another department or role), ``Conflict`` (stale, or no step of this status),
    ``InvalidInput`` (nothing was written where a reason is needed).
    """
    review = own_review(review_id, actor)
    mending = review.rectification
    if mending is None:
        raise NotFound(_("这条评价没有需要整改的内容。"))
    if version is not None and version != mending.version:
        raise Conflict(_("这条差评刚被别人处理过，请看最新情况后再操作；您写的内容还在下面。"))
    try:
        mending.status = step(S(mending.status), action, actor.role, reason).value
    except IllegalStep:
        message = _("这条差评现在的状态是“%(status)s”，不能做这一步。", status=_(S(mending.status).label))
        raise Conflict(message) from None
    except StepNotAllowed:
        raise Forbidden(_("您的岗位不能做这一步操作。")) from None
    except ReasonRequired:
        needed = _("请写明整改措施。") if action is A.RECTIFY else _("请写明理由。")
        raise InvalidInput(needed, "text") from None
    return review, mending


def verify(
    review_id: str, actor: Actor, version: int | None = None, at: datetime | None = None
) -> Rectification:
    """The department has looked into it. Commits. Raises as :func:`move`."""
    _review, mending = move(review_id, A.VERIFY, actor, "", version)
    mending.verified_at = at or utcnow()
    audit.record("rectification.verify", review_id, actor.user_id)
    db.session.commit()
    return mending


def rectify(
    review_id: str,
    measure: str,
    actor: Actor,
    version: int | None = None,
    at: datetime | None = None,
    *,
    also_reply: bool = False,
) -> Rectification:
    """Record what was put right, and ask the reviewer. ``also_reply`` publishes it as the reply. Commits.

    Raises as :func:`move`.
    """
    moment = at or utcnow()
    review, mending = move(review_id, A.RECTIFY, actor, measure, version)
    mending.verified_at = mending.verified_at or moment
    mending.measure, mending.rectified_at = measure.strip()[:MAX_TEXT], moment
    if also_reply and not review.reply:
        review.reply, review.replied_at = mending.measure, moment
        audit.record("review.reply", review_id, actor.user_id)
    audit.record("rectification.rectify", review_id, actor.user_id)
    tell(review, "rectified")
    db.session.commit()
    return mending


def tell(review: Review, what: str) -> None:
    """Queue a message to the reviewer, in the current transaction; without a way to reach them it stands on their page."""
    if review.channel in ("chat", "wechat") or review.contact_phone:
        outbox.enqueue("reviewer", review_id=review.id, what=what)


def leave_phone(review_id: str, identity: str, phone: str) -> None:
    """Keep (encrypted) the number at which the reviewer wants to be told what became of their bad review. Commits.

    Raises ``NotFound`` unless it is theirs, ``InvalidInput`` for what is no number.
    """
    review = db.session.scalar(
        select(Review).where(Review.review_id == review_id, Review.identity == identity)
    )
    if review is None or review.rectification is None:
        raise NotFound(_("没有找到这条评价。"))
    digits = crypto.phone_digits(phone)
    if not 7 <= len(digits) <= 15:
        raise InvalidInput(_("电话号码好像不对，请检查。"), "phone")
    review.contact_phone = crypto.encrypt(digits)
    db.session.commit()


def answer_own(review_id: str, satisfied: int, identity: str, at: datetime | None = None) -> Review:
    """The reviewer's word on the rectification, by the same identity only. Commits. Raises as :func:`answer`."""
    review = db.session.scalar(
        select(Review).where(Review.review_id == review_id, Review.identity == identity)
    )
    if review is None or review.rectification is None:
        raise NotFound(_("没有找到这条评价。"))
    answer(review.rectification, satisfied, at)
    return review


def may_answer(mending: Rectification, at: datetime | None = None) -> bool:
    """Whether the reviewer may speak about the rectification, or still correct what they said."""
    if (S(mending.status), A.FOLLOW_UP) not in RULES:
        return False
    if mending.status != S.FOLLOWED_UP or mending.followed_up_at is None:
        return True
    hours = rectification_policy().correction_hours
    return (at or utcnow()) - mending.followed_up_at <= timedelta(hours=hours)


def answer(mending: Rectification, satisfied: int, at: datetime | None = None) -> None:
    """Store (or, for some hours, correct) the reviewer's word on the rectification. Commits.

    Raises ``InvalidInput`` outside 1…5, ``NotFound`` before anything was put right, ``Conflict`` when it stands.
    """
    if satisfied not in tuple(Rating):
        raise InvalidInput(_("请选择满意程度。"), "satisfied")
    moment, status = at or utcnow(), S(mending.status)
    if (status, A.FOLLOW_UP) not in RULES:
        raise NotFound(_("没有找到这条评价。"))
    if not may_answer(mending, moment):
        raise Conflict(_("您已经评价过这次整改，谢谢。"))
    mending.status = step(status, A.FOLLOW_UP, RESIDENT.role).value
    if status is not S.FOLLOWED_UP:
        mending.followed_up_at = moment
    mending.satisfied = satisfied
    db.session.commit()


def close_silent(now: datetime | None = None, limit: int = 500) -> int:
    """Sweep: end follow-ups that got no answer, as unreached: neither satisfied nor dissatisfied."""
    moment = now or utcnow()
    since = moment - timedelta(days=rectification_policy().silence_days)
    waiting = db.session.scalars(
        select(Rectification)
        .where(Rectification.status == S.RECTIFIED.value, Rectification.rectified_at < since)
        .limit(limit)
    ).all()

    def give_up(mending: Rectification) -> None:
        mending.status = step(S(mending.status), A.GIVE_UP, SYSTEM.role).value
        mending.followed_up_at = moment
        db.session.commit()

    return sweeping.each(waiting, give_up)


def is_open(mending: Rectification) -> bool:
    """Whether the department still has to do something about it."""
    return S(mending.status) in OPEN
