"""A reviewer is told what became of their bad review: in their chat, on WeChat, or by text message if they left a number."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from webapp import crypto
from webapp.extensions import db
from webapp.gateways.sms import SmsGateway
from webapp.models import Review
from webapp.services import asking, bubbles, quiet_hours


def text_of(review: Review, what: str) -> str:
    """The message about ``what`` (rectified, appealed, granted, refused) happened to a review."""
    mending = review.rectification
    service = review.service.name
    if mending is None:
        return ""
    if what == "rectified":
        return _(
            "您评价的「%(service)s」已整改：%(measure)s\n请您说一句满不满意（不用登录）：%(url)s",
            service=service, measure=mending.measure, url=asking.rectification_link(mending),
        )  # fmt: skip
    if what == "appealed":
        return _(
            "承办单位对您给「%(service)s」的评价提出申诉，由其他单位的回访员独立审核。审核期间您的评价照常计入。",
            service=service,
        )
    decision = mending.appeal.decision if mending.appeal else ""
    if what == "granted":
        return _(
            "您给「%(service)s」的评价经独立审核不再计入得分，评价仍保留并列明理由。审核意见：%(decision)s",
            service=service, decision=decision,
        )  # fmt: skip
    return _(
        "承办单位对您给「%(service)s」的评价提出的申诉被驳回，您的评价照常计入，单位须继续整改。审核意见：%(decision)s",
        service=service, decision=decision,
    )  # fmt: skip


def tell(sms: SmsGateway, payload: dict[str, Any]) -> None:
    """Deliver one message of the outbox; repeating it is harmless in the chat. Commits. Raises ``Busy``."""
    review = db.session.get_one(Review, payload["review_id"])
    text = text_of(review, payload["what"])
    phone = crypto.decrypt(review.contact_phone)
    spoken = review.channel in ("chat", "wechat")
    conversation_id = bubbles.latest(review.identity, review.channel) if spoken else None
    if conversation_id is not None and bubbles.tell(
        conversation_id, f"review-{review.id}-{payload['what']}", text
    ):
        return
    if phone:
        quiet_hours.wait_for_morning()
        sms.send(phone, text, payload["message_id"])
