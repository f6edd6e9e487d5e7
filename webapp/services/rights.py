"""A resident's rights over what is stored about a request: see it, put it right, take it off the public pages, have it
deleted. Number and secret are the key; no account is needed. Everything is in the audit trail, without the data itself.

Seeing, correcting the contact and withdrawing from the public pages happen at once. Deletion and correction of the words
are decided by a person within ``RIGHTS_WORKDAYS`` working days (PIPL articles 45 to 50), and executed when granted. What
other law requires to be kept stays: the course and result of the case without personal data (article 47, 档案法).
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from webapp import crypto
from webapp.domain.deadlines import add_workdays
from webapp.domain.workflow import Role
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, DataRequest, ServiceRequest, User, utcnow
from webapp.queries import deadlines
from webapp.queries.sealed import clear_note
from webapp.services import anonymity, audit, case_files, retention, retention_words, rights_notice
from webapp.services.actor import Actor
from webapp.services.notifications import hidden_from, notify_user
from webapp.services.submit import checked_phone, secret_hash
from webapp.workdays import is_workday

DECIDERS = (Role.ADMIN, Role.DISPATCHER)
KINDS = ("erasure", "correction")
MAX_WORDS = 1000


def open_data(number: str, secret: str) -> ServiceRequest:
    """The request, for the holder of its secret; the last digits of a phone, which others may know, are not enough.

    Raises ``NotFound`` with one message for a wrong number and a wrong secret.
    """
    number = number.strip().upper()
    request = db.session.scalar(select(ServiceRequest).where(ServiceRequest.service_request_id == number))
    if request is None or not hmac.compare_digest(request.secret_hash, secret_hash(number, secret)):
        raise NotFound(_("没有找到这个编号，或查询码不对。这里需要六位查询码，不能用手机号后四位。"))
    audit.record("data.open", request.service_request_id)
    db.session.commit()
    return request


def correct_contact(request: ServiceRequest, name: str, phone: str) -> None:
    """Store another name and phone, or none. Commits. Raises ``InvalidInput`` for what is no phone number."""
    digits = checked_phone(phone)
    if request.anonymous and (name.strip() or digits):
        raise InvalidInput(_("这件诉求是匿名提交的，不保存姓名和电话。"), "contact_name")
    if crypto.decrypt(request.contact_name) != name.strip()[:40]:
        for part, value in retention_words.before_forgetting_name(request).items():
            setattr(request, part, value)
    request.contact_name = crypto.encrypt(name.strip()[:40])
    request.contact_phone = crypto.encrypt(digits)
    request.phone_index = crypto.keyed_hash("phone", digits) if digits else None
    audit.record(
        "data.contact", request.service_request_id, None, phone=bool(digits), name=bool(name.strip())
    )
    db.session.commit()


def withdraw_publication(request: ServiceRequest) -> None:
    """Take a request off the public pages, the API and Open311. Commits."""
    request.is_public = False
    audit.record("data.unpublish", request.service_request_id)
    db.session.commit()


def requests_about(request: ServiceRequest) -> list[DataRequest]:
    """What was asked about this request's data, newest first."""
    statement = select(DataRequest).where(DataRequest.request_id == request.id)
    return list(db.session.scalars(statement.order_by(DataRequest.id.desc())))


def ask(request: ServiceRequest, kind: str, words: str = "", at: datetime | None = None) -> DataRequest:
    """Ask for deletion or correction; a person decides by ``due_at``. Commits.

    Raises ``InvalidInput``, and ``Conflict`` while the same is already being decided.
    """
    moment, words = at or utcnow(), words.strip()
    if kind not in KINDS:
        raise InvalidInput(_("请选择要申请什么。"), "kind")
    if len(words) > MAX_WORDS:
        raise InvalidInput(_("请控制在 %(limit)s 字以内。", limit=MAX_WORDS), "words")
    if kind == "correction" and not words:
        raise InvalidInput(_("请写明哪里不对、应当怎样。"), "words")
    if any(earlier.kind == kind and not earlier.outcome for earlier in requests_about(request)):
        raise Conflict(_("同样的申请已经在处理，请等待决定。"))
    due = add_workdays(moment, current_app.config["RIGHTS_WORKDAYS"], deadlines.policy(), is_workday)
    asked = DataRequest(
        request_id=request.id, kind=kind, words=crypto.encrypt(words), created_at=moment, due_at=due
    )
    db.session.add(asked)
    db.session.flush()
    audit.record(f"data.ask_{kind}", request.service_request_id)
    _tell_deciders(request, asked)
    db.session.commit()
    return asked


def _tell_deciders(request: ServiceRequest, asked: DataRequest) -> None:
    people = select(User).where(User.active.is_(True), User.role.in_([role.value for role in DECIDERS]))
    with force_locale("zh_CN"):
        words = _("居民申请删除个人信息：%(number)s", number=request.service_request_id)
        if asked.kind == "correction":
            words = _("居民申请更正：%(number)s", number=request.service_request_id)
    for user in db.session.scalars(people).all():
        if not hidden_from(request, user):
            notify_user(user.id, "data_request", words, "/desk/data-requests", f"data_request:{asked.id}")


def decide(asked: DataRequest, granted: bool, reason: str, actor: Actor, at: datetime | None = None) -> None:
    """Grant or refuse; a granted deletion is executed here and now, the resident is told. Commits.

    Raises ``InvalidInput`` for a refusal without a reason, ``Conflict`` for one that was decided before.
    """
    if asked.outcome:
        raise Conflict(_("这份申请刚被别人决定过，请刷新页面。"))
    if not reason.strip() and not (granted and asked.kind == "erasure"):
        raise InvalidInput(_("请写明理由或做了什么，居民会看到。"), "reason")
    moment = at or utcnow()
    asked.outcome, asked.reason = "granted" if granted else "refused", reason.strip()[:MAX_WORDS]
    asked.decided_at, asked.decided_by_id = moment, actor.user_id
    number = asked.request.service_request_id
    rights_notice.announce(asked)
    photos: set[str] = set()
    files: set[str] = set()
    if granted and asked.kind == "erasure":
        asked.executed_at = moment
        photos, files = erase(asked.request, moment)
    audit.record(f"data.{asked.outcome}", number, actor.user_id, kind=asked.kind)
    db.session.commit()
    db.session.expire_all()
    retention_words.delete_files(photos)
    case_files.delete_unused(files)


def erase(request: ServiceRequest, now: datetime) -> tuple[set[str], set[str]]:
    """Delete all personal data of a request, open or closed (caller's transaction).

    Returns the digests of photos and the names of staff's files, which the caller deletes once the rows are gone.

    The case itself, its course and its result stay, without anything that leads to the person.
    """
    _empty_chat(request)
    # The name is still known here, and is taken out of the words.
    retention_words.mask_request(request, now)
    retention.erase_contact(request)
    retention.cut_off_identity(request)
    retention.change(ServiceRequest, request.id, is_public=False)
    return set(retention_words.delete_photos(request)), case_files.forget(request)


def _empty_chat(request: ServiceRequest) -> None:
    """What was said for this request in its reporter's chat."""
    if request.identity is None:
        return
    since = request.received_at - anonymity.DIALOGUE
    talks = select(Conversation.id).where(Conversation.identity == request.identity)
    said = select(ChatMessage.id).where(ChatMessage.conversation_id.in_(talks))
    around = said.where(ChatMessage.created_at.between(since, request.received_at + anonymity.DIALOGUE))
    naming = said.where(ChatMessage.text.contains(request.service_request_id))
    anonymity.empty([*db.session.scalars(around), *db.session.scalars(naming)])


def stored(request: ServiceRequest) -> dict[str, Any]:
    """Everything that is stored about a request and its reporter, as plain JSON values, for the resident's download."""
    return {
        "service_request_id": request.service_request_id, "received_at": request.received_at.isoformat(),
        "channel": request.channel, "status": request.status, "text": request.text, "subject": request.subject,
        "address": request.address, "latitude": request.latitude, "longitude": request.longitude,
        "area": request.area.name, "department": request.department.name,
        "category": request.category.name if request.category else None,
        "service": request.service.name if request.service else None,
        "contact_name": crypto.decrypt(request.contact_name), "contact_phone": crypto.decrypt(request.contact_phone),
        "anonymous": request.anonymous, "is_public": request.is_public, "consent_version": request.consent_version,
        "linked_to_browser_or_account": request.identity is not None,
        "photos": [f"{photo.sha256}.jpg" for photo in request.attachments],
        "files_of_staff": [file.name for file in case_files.of(request, public_only=True)],
        "read_by_machine": {
            "request_type": request.request_type, "urgency": request.urgency, "model": request.model,
            "sentiment": request.sentiment, "anger": request.anger, **(request.analysis or {}),
        },
        "follow_up": {"contacted": request.contacted, "solved": request.solved, "satisfied": request.satisfied},
        "history": [
            {"at": e.at.isoformat(), "event": e.event_type, "role": e.role, "note": clear_note(e)}
            for e in request.events if e.public
        ],
        "data_requests": [
            {
                "kind": d.kind, "words": crypto.decrypt(d.words), "created_at": d.created_at.isoformat(),
                "due_at": d.due_at.isoformat(), "outcome": d.outcome, "reason": d.reason,
            }
            for d in requests_about(request)
        ],
    }  # fmt: skip
