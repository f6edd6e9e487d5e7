"""A resident is told what was decided about their own data: in their chat, on WeChat, or by text message.

After a deletion nothing leads to the person any more. So where the answer goes is noted before: the conversation by its
id, the phone number encrypted beside the decision, until the answer has gone or ``KEPT`` is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Table, update

from webapp import crypto
from webapp.extensions import db
from webapp.gateways.sms import SmsGateway
from webapp.i18n import local
from webapp.models import DataRequest
from webapp.services import bubbles, outbox, quiet_hours

KEPT = timedelta(days=7)


def announce(asked: DataRequest) -> None:
    """Queue word of the decision, in the caller's transaction and before anything is deleted; nobody to tell: nothing."""
    request = asked.request
    spoken = request.channel in ("chat", "wechat")
    conversation_id = bubbles.latest(request.identity, request.channel) if spoken else None
    asked.answer_to = request.contact_phone or None
    if conversation_id is not None or asked.answer_to:
        outbox.enqueue(
            "data_request",
            f"data_request:{asked.id}",
            data_request_id=asked.id,
            conversation_id=conversation_id,
        )


def text_of(asked: DataRequest) -> str:
    """What the resident reads. Word of a deletion names no number: it would lead from the person to the case again."""
    day = local(asked.created_at)
    if asked.executed_at is not None:
        return _(
            "您 %(month)s 月 %(day)s 日申请删除个人信息，现已删除：姓名、电话、照片、与您的关联和原话里的个人信息都不再保存。"
            "办理经过和结果不含个人信息，依法保留。",
            month=day.month, day=day.day,
        )  # fmt: skip
    values = {"month": day.month, "day": day.day, "number": asked.request.service_request_id}
    where = _("说明请凭编号和查询码查看：%(url)s/my-data", url=current_app.config["PUBLIC_URL"])
    if asked.kind == "erasure":
        said = _("您 %(month)s 月 %(day)s 日就诉求 %(number)s 申请删除个人信息，未获同意。", **values)
    elif asked.outcome == "granted":
        said = _("您 %(month)s 月 %(day)s 日就诉求 %(number)s 申请更正内容，已更正。", **values)
    else:
        said = _("您 %(month)s 月 %(day)s 日就诉求 %(number)s 申请更正内容，未获同意。", **values)
    return said + where


def tell(sms: SmsGateway, payload: dict[str, Any]) -> None:
    """Deliver one message of the outbox; repeating it is harmless in the chat. Raises ``Busy``, ``Postponed``."""
    asked = db.session.get_one(DataRequest, payload["data_request_id"])
    text, conversation_id = text_of(asked), payload["conversation_id"]
    if conversation_id is None or not bubbles.tell(conversation_id, f"data-request-{asked.id}", text):
        phone = crypto.decrypt(asked.answer_to)
        if phone:
            quiet_hours.wait_for_morning()
            sms.send(phone, text, payload["message_id"])
    asked.answer_to = None


def forget_numbers(now: datetime) -> None:
    """Delete the numbers that an answer could not be sent to (caller's transaction)."""
    table: Table = DataRequest.__table__  # type: ignore[assignment]
    late = (table.c.answer_to.is_not(None), table.c.decided_at < now - KEPT)
    db.session.connection().execute(update(table).where(*late).values(answer_to=None))
