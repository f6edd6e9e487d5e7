"""评价: one identity × one service use = one vote; a bad one starts a rectification."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp import crypto
from webapp.domain.deadlines import DEFAULT_POLICY, RectificationStep, rectification_due_at
from webapp.domain.rating import Rating, is_bad, tags_for
from webapp.domain.workflow import Role
from webapp.errors import Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Rectification, Review, Service, ServiceRequest, utcnow
from webapp.services import audit, dispatch, language
from webapp.services.actor import Actor

MAX_COMMENT = 1000
RETRIES = 4


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """A resident's word on a service. ``matter`` names an online matter (一事一评); else the visit is today's."""

    service_code: str
    identity: str
    rating: int | None
    tags: list[str] = field(default_factory=list)
    comment: str = ""
    channel: str = "web"
    matter: str = ""


def find_service(code: str) -> Service:
    """The active service with this code. Raises ``NotFound``."""
    service = db.session.scalar(
        select(Service).where(Service.service_code == code, Service.is_active.is_(True))
    )
    if service is None:
        raise NotFound(_("没有找到这个服务事项，请从服务列表中重新选择。"))
    return service


def _checked(draft: ReviewDraft) -> tuple[list[str], str]:
    comment = draft.comment.strip()
    if draft.rating is None and not comment:
        raise InvalidInput(_("请选择满意程度，或者写下您的感受。"), "rating")
    if draft.rating is not None and draft.rating not in tuple(Rating):
        raise InvalidInput(_("请从五个等级中选择一个。"), "rating")
    if len(comment) > MAX_COMMENT:
        raise InvalidInput(_("评价内容太长了，请控制在 %(limit)s 字以内。", limit=MAX_COMMENT), "comment")
    offered = tags_for(draft.rating) if draft.rating else ()
    return [tag for tag in draft.tags if tag in offered], comment


def submit_review(draft: ReviewDraft, at: datetime | None = None) -> Review:
    """Store a review; rating the same use again replaces the earlier word. Commits.

    Raises ``NotFound`` for an unknown service, ``InvalidInput`` naming the field.
    """
    moment = at or utcnow()
    for _attempt in range(RETRIES):
        try:
            return _store(draft, moment)
        except (IntegrityError, StaleDataError):
            # The same use is being rated at the same moment (a double tap): the other word is there to replace now.
            db.session.rollback()
    return _store(draft, moment)


def _store(draft: ReviewDraft, moment: datetime) -> Review:
    service = find_service(draft.service_code)
    tags, comment = _checked(draft)
    use = draft.matter.strip()[:40] or local(moment).date().isoformat()
    review = db.session.scalar(
        select(Review).where(
            Review.service_id == service.id, Review.identity == draft.identity, Review.use_key == use
        )
    )
    if review is None:
        review = Review(
            review_id=crypto.new_number("PJ"), service_id=service.id, department_id=service.department_id,
            area_id=service.department.area_id, channel=draft.channel, identity=draft.identity, use_key=use,
            scope="per_matter" if draft.matter else service.scope, created_at=moment, is_default=False,
            created_day=local(moment).date(),
        )  # fmt: skip
        db.session.add(review)
    review.rating, review.tags, review.comment = draft.rating, tags, comment
    review.prediction = review.anger = None
    # As with requests: the words are safe before anything reads them.
    _open_rectification(review, moment)
    db.session.commit()
    if comment:
        language.apply_to_review(review, language.read(comment))
        db.session.commit()
    return review


def link_case(review_id: str, identity: str, request: ServiceRequest) -> None:
    """Note which case a bad review led to; only for the reviewer's own, anything else is passed over. Commits."""
    review = db.session.scalar(
        select(Review).where(Review.review_id == review_id, Review.identity == identity)
    )
    if review is not None and review.service_request_id is None:
        review.service_request_id = request.id
        db.session.commit()


def _open_rectification(review: Review, at: datetime) -> None:
    if review.rating is None or not is_bad(review.rating) or review.rectification is not None:
        return

    def due(step: RectificationStep) -> datetime:
        return rectification_due_at(at, step, DEFAULT_POLICY, dispatch.is_workday)

    review.rectification = Rectification(
        department_id=review.department_id, opened_at=at, verify_due_at=due(RectificationStep.VERIFY),
        rectify_due_at=due(RectificationStep.REPLY),
    )  # fmt: skip


def _own(review_id: str, actor: Actor) -> Review:
    review = db.session.scalar(select(Review).where(Review.review_id == review_id))
    if review is None:
        raise NotFound(_("没有找到这条评价。"))
    if actor.role in (Role.CLERK, Role.HEAD) and actor.department_id != review.department_id:
        raise Forbidden(_("这条评价属于其他单位，您不能操作。"))
    return review


def reply_to_review(review_id: str, text: str, actor: Actor, at: datetime | None = None) -> Review:
    """The department's public reply. Commits. Raises ``NotFound``, ``Forbidden``, ``InvalidInput``."""
    review = _own(review_id, actor)
    if not text.strip():
        raise InvalidInput(_("请写下回复内容。"), "reply")
    review.reply, review.replied_at = text.strip()[:2000], at or utcnow()
    audit.record("review.reply", review.review_id, actor.user_id)
    db.session.commit()
    return review


def rectify(
    review_id: str, step: RectificationStep, actor: Actor, measure: str = "", at: datetime | None = None
) -> Review:
    """Verify a bad review, or record what was put right. Commits.

    Raises ``NotFound`` when the review has no rectification, ``InvalidInput`` when the measure is missing.
    """
    review = _own(review_id, actor)
    mending = review.rectification
    if mending is None:
        raise NotFound(_("这条评价没有需要整改的内容。"))
    moment = at or utcnow()
    if step is RectificationStep.VERIFY:
        mending.verified_at = mending.verified_at or moment
    else:
        if not measure.strip():
            raise InvalidInput(_("请写明整改措施。"), "measure")
        mending.verified_at = mending.verified_at or moment
        mending.measure, mending.rectified_at = measure.strip()[:2000], moment
    audit.record(f"rectification.{step}", review.review_id, actor.user_id)
    db.session.commit()
    return review


def follow_up_rectification(
    review_id: str, satisfied: int, identity: str, at: datetime | None = None
) -> Review:
    """The reviewer's word on the rectification, by the same identity only. Commits."""
    review = db.session.scalar(
        select(Review).where(Review.review_id == review_id, Review.identity == identity)
    )
    if review is None or review.rectification is None or review.rectification.rectified_at is None:
        raise NotFound(_("没有找到这条评价。"))
    if satisfied not in tuple(Rating):
        raise InvalidInput(_("请选择满意程度。"), "satisfied")
    review.rectification.satisfied = satisfied
    review.rectification.followed_up_at = at or utcnow()
    db.session.commit()
    return review
