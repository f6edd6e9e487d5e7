"""A resident speaks: the words are stored first, then read, dispatched and announced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp import crypto
from webapp.domain import consent
from webapp.domain.conduct import is_about_staff
from webapp.domain.workflow import Action, EventType, Role, transition
from webapp.domain.workflow import Status as S
from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import ServiceRequest, utcnow
from webapp.queries import places
from webapp.queries.directory import Directory, directory
from webapp.queries.masking import without_name
from webapp.services import (
    casework,
    conduct,
    dispatch,
    events,
    language,
    matching,
    outbox,
    photos,
    sealing,
    sweeping,
)
from webapp.services.actor import RESIDENT, SYSTEM, Actor
from webapp.services.photos import Encoded

MAX_TEXT = 5000
SPOKEN = ("chat", "wechat")
# Where a request of a named draft says that it comes from.
DRAFT_SOURCE = "draft"
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
    anonymous: bool = False  # no identity, no contact: nothing that leads back to the person or their browser
    about_staff: bool = (
        False  # the resident says that it is about an office or its staff (found in the words, too)
    )
    consent: str = ""  # version of the consent given (webapp.domain.consent)
    merge_into: str = ""  # a neighbour's request of the same trouble that the resident chose to join
    photos: Sequence[BinaryIO | Encoded] = field(default_factory=tuple)
    source_id: str | None = None  # what a sender that may send twice calls it; stored once per channel
    # Names this draft: said again after a crash, it is the same request and not a second one.
    draft_key: str = ""


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


def checked_phone(phone: str) -> str:
    """The digits of a phone number, '' for none. Raises ``InvalidInput``."""
    digits = crypto.phone_digits(phone)
    if phone.strip() and not 7 <= len(digits) <= 15:
        raise InvalidInput(_("电话号码好像不对，请检查；也可以不填。"), "contact_phone")
    return digits


def _checked_anonymous(draft: RequestDraft) -> None:
    if draft.anonymous and (draft.contact_name.strip() or draft.contact_phone.strip()):
        raise InvalidInput(_("匿名提交不留姓名和电话。请清空这两项，或者取消匿名。"), "anonymous")
    if draft.consent and consent.known(draft.consent) is None:
        raise InvalidInput(
            _("没有这个版本的同意书：%(version)s。", version=draft.consent[:12]), "consent_version"
        )


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


def submit_request(
    draft: RequestDraft, received_at: datetime | None = None, actor: Actor = RESIDENT
) -> Submitted:
    """Store, read, dispatch. Raises ``InvalidInput`` naming the field; nothing is stored then.

    ``actor`` is who says it: a resident, or a grid worker who saw it. A second request with the same ``source_id``
    raises ``IntegrityError``.

    The words are committed before the language layer sees them: if reading or dispatching fails, the request stays
    ``received``, a sweep (:func:`dispatch_received`) tries again, and a person sees it.
    """
    text, digits = _checked_text(draft.text), checked_phone(draft.contact_phone)
    _checked_anonymous(draft)
    if (stored := _stored_before(draft)) is not None:
        return stored
    moment = received_at or utcnow()
    known = directory()
    services = {code: service for code, (service, _department) in known.services.items()}
    number, secret, salt = (
        crypto.new_number("MP"),
        _secret_of(draft) or crypto.new_secret(),
        sealing.new_salt(),
    )
    service_id, category_id = (
        _known(services, "service_code", draft.service_code),
        _known(known.category_ids, "category_code", draft.category_code),
    )
    area_id = _area_id(draft, known)
    request = ServiceRequest(
        service_request_id=number, secret_hash=secret_hash(number, secret), channel=draft.channel, text=text,
        subject=without_name(subject_of(text), draft.contact_name.strip()),
        status=S.RECEIVED.value, received_at=moment, received_day=local(moment).date(),
        is_public=draft.is_public, address=draft.address.strip()[:200], latitude=draft.latitude,
        longitude=draft.longitude, area_id=area_id, category_id=category_id, service_id=service_id,
        department_id=known.responsible_department_id(None, known.city_id),
        identity=None if draft.anonymous else draft.identity, anonymous=draft.anonymous,
        consent_version=draft.consent, words_salt=salt,
        contact_name=crypto.encrypt(draft.contact_name.strip()[:40]), contact_phone=crypto.encrypt(digits),
        phone_index=crypto.keyed_hash("phone", digits) if digits else None, request_type=draft.request_type,
        urgency=draft.urgency, due_at=dispatch.deadline(moment, draft.urgency),
        source=DRAFT_SOURCE if draft.draft_key else draft.channel if draft.source_id else None,
        source_id=_source_id(draft) or draft.source_id,
    )  # fmt: skip
    about_staff = draft.about_staff or is_about_staff(text)
    if about_staff:
        # From the first moment on; who exactly is meant, the dispatch finds out.
        owner = dict(known.services.values()).get(service_id or 0)
        routed = owner or known.responsible_department_id(category_id, area_id)
        request.reported_department_id = conduct.named_in(text) or routed
        request.is_public = False
    db.session.add(request)
    photos.attach(request, list(draft.photos))
    events.append(request, EventType.RECEIVED, actor, data=_first_data(text, salt, draft), at=moment)
    try:
        db.session.commit()
    except IntegrityError:
        # The same draft twice at once: the other one stored it.
        db.session.rollback()
        if (stored := _stored_before(draft)) is None:
            raise
        return stored
    # What is to stay hidden from an office is not laid beside what it may see.
    if about_staff or not (draft.merge_into and _joined(request, draft.merge_into, moment)):
        # In a chat the answer itself names the department; saying so twice would also use up one of WeChat's five messages.
        read_and_dispatch(request, moment, announce=draft.channel not in SPOKEN)
    return Submitted(request, secret)


def _source_id(draft: RequestDraft) -> str | None:
    return crypto.keyed_hash("draft", draft.draft_key) if draft.draft_key else None


def _secret_of(draft: RequestDraft) -> str:
    """The secret of a named draft: the same whenever it is said, or what was shown the first time would open nothing."""
    return crypto.secret_of("draft-secret", draft.draft_key) if draft.draft_key else ""


def _stored_before(draft: RequestDraft) -> Submitted | None:
    """What was stored of this very draft before, if the process died between storing and remembering it."""
    if not draft.draft_key:
        return None
    request = db.session.scalar(
        select(ServiceRequest).where(
            ServiceRequest.source == DRAFT_SOURCE, ServiceRequest.source_id == _source_id(draft)
        )
    )
    return Submitted(request, _secret_of(draft)) if request is not None else None


def _joined(request: ServiceRequest, number: str, at: datetime) -> bool:
    """Read ``request`` and merge it into the neighbour's; False if that one is gone. Commits."""
    language.apply_to_request(request, language.read(request.text, request.address))
    request.due_at = dispatch.deadline(request.received_at, request.urgency, request.complexity)
    try:
        casework.apply_step(request, casework.Step(Action.MERGE, merge_into=number), RESIDENT, at)
    except (NotFound, InvalidInput):
        return False
    db.session.commit()
    return True


def subject_of(text: str) -> str:
    """First sentence, at most 40 characters: a title until a clerk writes a better one."""
    first = text.replace("\n", "。").split("。")[0].strip()
    return first if len(first) <= 40 else first[:39] + "…"


def _first_data(text: str, salt: str, draft: RequestDraft) -> dict[str, Any]:
    given = consent.known(draft.consent)
    agreed = {"consent": {"version": given.version, "sha256": given.digest}} if given else {}
    return sealing.fingerprint(text, salt) | agreed


def read_and_dispatch(request: ServiceRequest, at: datetime | None = None, announce: bool = True) -> None:
    """Let the language layer read a received request and assign it to the responsible department. Commits.

    ``announce``: tell the resident which one it is.
    """
    filled = language.apply_to_request(request, language.read(request.text, request.address))
    department_code = dispatch.route(request, at)
    department_code = conduct.shield_request(request, request.department_id) or department_code
    if request.service_id is None:
        # By category first, as to who is asked; then how it is handled counts in the score of the service it is about.
        request.service_id = matching.service_of(request.category_id, request.text)
    step = transition(S(request.status), Action.ASSIGN, Role.SYSTEM)
    at = at or events.not_before(request, utcnow())
    request.status = step.status.value
    request.assigned_at = at
    data = {"department": department_code, "facts": events.facts(request)} | filled
    event = events.append(request, step.event_type, SYSTEM, data=data, at=at)
    if announce:
        outbox.notify_reporters(request, event)
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
