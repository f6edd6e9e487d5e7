"""评价: one identity × one service use = one vote; a bad one starts a rectification."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from webapp import crypto
from webapp.domain.consent import CURRENT
from webapp.domain.integrity import Reason
from webapp.domain.rating import Rating, tags_for
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Review, Service, ServiceRequest, utcnow
from webapp.services import asking_once, audit, language, rectifications, staff_networks
from webapp.services.actor import Actor
from webapp.services.retention_people import retired_voter

MAX_COMMENT = 1000
RETRIES = 4


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """A resident's word on a service. ``matter`` names an online matter (一事一评); else the visit is today's.

    ``address`` is where it was sent from, as far as known; it is not stored.
    """

    service_code: str
    identity: str
    rating: int | None
    tags: list[str] = field(default_factory=list)
    comment: str = ""
    channel: str = "web"
    matter: str = ""
    consent: str = CURRENT.version  # every door shows the wording, or leads to it
    address: str = ""


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
            Review.service_id == service.id,
            Review.use_key == use,
            # However long ago the identity was cut off: one person, one use, one vote.
            Review.identity.in_((draft.identity, retired_voter(service.id, use, draft.identity))),
        )
    )
    if review is None:
        review = Review(
            review_id=crypto.new_number("PJ"), service_id=service.id, department_id=service.department_id,
            area_id=service.department.area_id, channel=draft.channel, identity=draft.identity, use_key=use,
            scope="per_matter" if draft.matter else service.scope, created_at=moment, is_default=False,
            created_day=local(moment).date(),
        )  # fmt: skip
        review.asked = asking_once.was_asked(review, moment)
        db.session.add(review)
    review.rating, review.tags, review.comment = draft.rating, tags, comment
    review.consent_version, review.words_masked_at = draft.consent, None
    review.prediction = review.anger = None
    if staff_networks.is_staff(service.department.code, draft.address):
        # Set aside with its reason and listed, like any other; whoever looks after it may count it again.
        review.set_aside = Reason.STAFF_NETWORK.value
    # As with requests: the words are safe before anything reads them.
    rectifications.follow_rating(review, moment)
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
        review.asked = review.asked or request.sampled is not None
        db.session.commit()


def reply_to_review(review_id: str, text: str, actor: Actor, at: datetime | None = None) -> Review:
    """The department's public reply. Commits. Raises ``NotFound``, ``Forbidden``, ``InvalidInput``."""
    review = rectifications.own_review(review_id, actor)
    if not text.strip():
        raise InvalidInput(_("请写下回复内容。"), "reply")
    review.reply, review.replied_at = text.strip()[:2000], at or utcnow()
    audit.record("review.reply", review.review_id, actor.user_id)
    db.session.commit()
    return review
