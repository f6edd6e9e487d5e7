"""A resident speaks: the words are stored first, then read, dispatched and announced."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select

from webapp import crypto
from webapp.domain.workflow import Action, EventType, Role, transition
from webapp.domain.workflow import Status as S
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import ServiceRequest, utcnow
from webapp.queries import places
from webapp.queries.directory import Directory, directory
from webapp.services import casework, dispatch, events, language, matching, outbox, photos, sweeping
from webapp.services.actor import RESIDENT, SYSTEM

MAX_TEXT = 5000
CHANNELS = ("web", "chat", "wechat", "hotline", "counter", "grid", "import", "open311")


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What a resident says. Only ``text`` is needed; everything else is taken as given, never guessed over."""

    text: str
    channel: str = "web"
    identity: str | None = None
    address: str = ""
    area_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    category_code: str | None = None
    service_code: str | None = None
    request_type: str = ""
    urgency: str = "normal"  # anything else was recognised before (an emergency in chat), never lowered
    contact_name: str = ""
    contact_phone: str = ""
    is_public: bool = True
    merge_into: str = ""  # a neighbour's request of the same trouble that the resident chose to join
    photos: Sequence[BinaryIO] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The stored request and the secret that opens it, which is shown once and stored only as a hash."""

    request: ServiceRequest
    secret: str


def secret_hash(number: str, secret: str) -> str:
    """Hash of a case's secret, bound to its tracking number (64 hex digits)."""
    return crypto.keyed_hash(f"secret:{number}", secret.strip().upper())


def _checked_text(text: str) -> str:
    text = text.strip()
    if len(text) < 2:
        raise InvalidInput(_("请写下您要反映的事情，至少两个字。"), "text")
    if len(text) > MAX_TEXT:
        raise InvalidInput(_("内容太长了，请控制在 %(limit)s 字以内。", limit=MAX_TEXT), "text")
    return text


def _checked_phone(phone: str) -> str:
    digits = crypto.phone_digits(phone)
    if phone.strip() and not 7 <= len(digits) <= 15:
        raise InvalidInput(_("电话号码好像不对，请检查；也可以不填。"), "contact_phone")
    return digits


def _known(ids: dict[str, int], field: str, code: str | None) -> int | None:
    if not code:
        return None
    if code not in ids:
        raise InvalidInput(_("没有找到编号“%(code)s”，请重新选择。", code=code[:40]), field)
    return ids[code]


def _area_id(draft: RequestDraft, known: Directory) -> int:
    """The area that the resident chose, else the one at the position given, else the city."""
    chosen = _known(known.area_ids, "area_code", draft.area_code)
    if chosen is None and draft.latitude is not None and draft.longitude is not None:
        here = places.area_at(draft.latitude, draft.longitude)
        chosen = here.id if here is not None else None
    return chosen or known.city_id


def submit_request(draft: RequestDraft, received_at: datetime | None = None) -> Submitted:
    """Store, read, dispatch. Raises ``InvalidInput`` naming the field; nothing is stored then.

    The words are committed before the language layer sees them: if reading or dispatching fails, the request stays
    ``received``, a sweep (:func:`dispatch_received`) tries again, and a person sees it.
    """
    text, digits = _checked_text(draft.text), _checked_phone(draft.contact_phone)
    moment = received_at or utcnow()
    known = directory()
    services = {code: service for code, (service, _department) in known.services.items()}
    number, secret = crypto.new_number("MP"), crypto.new_secret()
    request = ServiceRequest(
        service_request_id=number, secret_hash=secret_hash(number, secret), channel=draft.channel, text=text,
        subject=subject_of(text), status=S.RECEIVED.value, received_at=moment, received_day=local(moment).date(),
        is_public=draft.is_public, address=draft.address.strip()[:200], latitude=draft.latitude,
        longitude=draft.longitude, area_id=_area_id(draft, known),
        category_id=_known(known.category_ids, "category_code", draft.category_code),
        service_id=_known(services, "service_code", draft.service_code),
        department_id=known.responsible_department_id(None, known.city_id), identity=draft.identity,
        contact_name=crypto.encrypt(draft.contact_name.strip()[:40]), contact_phone=crypto.encrypt(digits),
        phone_index=crypto.keyed_hash("phone", digits) if digits else None, request_type=draft.request_type,
        urgency=draft.urgency, due_at=dispatch.deadline(moment, draft.urgency),
    )  # fmt: skip
    db.session.add(request)
    photos.attach(request, list(draft.photos))
    events.append(request, EventType.RECEIVED, RESIDENT, data=fingerprint(text), at=moment)
    db.session.commit()
    if not (draft.merge_into and _joined(request, draft.merge_into, moment)):
        read_and_dispatch(request, moment)
    return Submitted(request, secret)


def _joined(request: ServiceRequest, number: str, at: datetime) -> bool:
    """Read ``request`` and merge it into the neighbour's; False if that one is gone. Commits."""
    try:
        casework.apply_step(request, casework.Step(Action.MERGE, merge_into=number), RESIDENT, at)
    except (NotFound, InvalidInput):
        return False
    language.apply_to_request(request, language.read(request.text, request.address))
    db.session.commit()
    return True


def subject_of(text: str) -> str:
    """First sentence, at most 40 characters: a title until a clerk writes a better one."""
    first = text.replace("\n", "。").split("。")[0].strip()
    return first if len(first) <= 40 else first[:39] + "…"


def fingerprint(text: str) -> dict[str, str]:
    # The chain then also proves that the resident's words were not changed; it does not repeat them.
    return {"text_sha256": hashlib.sha256(text.encode()).hexdigest()}


def read_and_dispatch(request: ServiceRequest, at: datetime | None = None) -> None:
    """Let the language layer read a received request and assign it to the responsible department. Commits."""
    filled = language.apply_to_request(request, language.read(request.text, request.address))
    department_code = dispatch.route(request)
    if request.service_id is None:
        # By category first, as to who is asked; then how it is handled counts in the score of the service it is about.
        request.service_id = matching.service_of(request.category_id, request.text)
    step = transition(S(request.status), Action.ASSIGN, Role.SYSTEM)
    request.status = step.status.value
    request.assigned_at = at or utcnow()
    event = events.append(
        request, step.event_type, SYSTEM, data={"department": department_code} | filled, at=at
    )
    outbox.notify_reporter(request, event)
    db.session.commit()


def dispatch_received(limit: int = 500) -> int:
    """Sweep: read and dispatch what is still ``received`` (the process died in between). Returns how many."""
    waiting = db.session.scalars(
        select(ServiceRequest).where(ServiceRequest.status == S.RECEIVED.value).limit(limit)
    ).all()
    return sweeping.each(waiting, read_and_dispatch)


def open_case(number: str, secret: str) -> ServiceRequest:
    """The request with this tracking number, opened by its secret or by the last four digits of the phone given.

    Raises ``NotFound`` with one message for a wrong number and a wrong secret, so that numbers cannot be tried out.
    """
    import hmac

    number, secret = number.strip().upper(), secret.strip().upper()
    request = db.session.scalar(select(ServiceRequest).where(ServiceRequest.service_request_id == number))
    if request is not None:
        if hmac.compare_digest(request.secret_hash, secret_hash(number, secret)):
            return request
        phone = crypto.decrypt(request.contact_phone) or ""
        if len(secret) == 4 and len(phone) >= 7 and hmac.compare_digest(phone[-4:], secret):
            return request
    raise NotFound(_("没有找到这个编号，或查询码不对。请核对收到的编号和查询码。"))
