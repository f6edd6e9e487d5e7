"""The bot's hands for requests: storing one, adding to it, telling where it stands, and the resident's word on it."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext

from bot.actions import gateway, gateway_media
from webapp.domain.conduct import wants_no_name
from webapp.domain.consent import CURRENT
from webapp.domain.workflow import OPEN_STATUSES, Action, EventType, Solved, Status
from webapp.errors import NotFound
from webapp.i18n import local
from webapp.queries import chat as lookup
from webapp.queries.sealed import clear_note
from webapp.services import (
    anonymity,
    casework,
    contact_later,
    locating,
    merging,
    submit,
)
from webapp.services import follow_up as following
from webapp.services.actor import RESIDENT
from webapp.services.similar import same_trouble


def similar(text: str, place: str, category: str) -> dict[str, Any] | None:
    """A neighbour's open request of the same trouble in the area that ``place`` names: number, subject, status, where."""
    area = locating.area_named(text, place)
    if area is None or area.level < 3:
        return None
    found = same_trouble(text, area, lookup.known_category(category), limit=1)
    if not found:
        return None
    request = found[0].request
    return {
        "number": request.service_request_id, "subject": request.subject,
        "status": Status(request.status).label, "where": request.address or request.area.name,
    }  # fmt: skip


def submit_request(sender: str, text: str, place: str, known: dict[str, Any]) -> dict[str, Any]:
    """Store a request from the chat. ``known`` may hold category, type, sealed phone and name, position, join, emergency,
    anonymous (also heard in the words: then no link to the conversation stays, nor the words in it).

    Returns number, secret, department, due (local, to be read out), url, people (who reported it). Raises the services' errors.
    """
    identity, channel = gateway.speaker(sender)
    here = known.get("position") or {}
    anonymous = bool(known.get("anonymous")) or wants_no_name(text)
    stored = submit.submit_request(
        submit.RequestDraft(
            text=text, channel=channel, identity=identity, address=place,
            latitude=here.get("latitude"), longitude=here.get("longitude"),
            category_code=known.get("category") or None, service_code=known.get("service"), request_type=known.get("type") or "",
            # What was promised on the card is what the clock is set by.
            urgency="emergency" if known.get("emergency") else "urgent" if known.get("urgency") == "urgent" else "normal",
            # Somebody who asked to stay unknown has perhaps told a number before thinking of it.
            contact_name="" if anonymous else gateway.unseal(known.get("name", "")),
            contact_phone="" if anonymous else gateway.unseal(known.get("phone", "")), anonymous=anonymous,
            merge_into=known.get("join") or "", consent=CURRENT.version,
            draft_key=f"{sender}:{known['draft']}" if known.get("draft") else "",
        )
    )  # fmt: skip
    request = stored.request
    if request.text != text.strip():
        # Stored before a crash, put right since.
        casework.act(request.service_request_id, casework.Step(Action.SUPPLEMENT, text), RESIDENT)
    gateway_media.give_photos(sender, request)
    # Nor may those who answer chats read a complaint about themselves there.
    shielded = anonymous or request.reported_department_id is not None
    conversation = lookup.conversation_by_sender(sender) if shielded else None
    if conversation is not None:
        anonymity.forget_words(conversation, request)
    leading = merging.lead_of(request)
    return {
        "number": request.service_request_id, "secret": stored.secret, "department": leading.department.name,
        "due": due_words(leading.due_at), "url": f"{current_app.config['PUBLIC_URL']}/track",
        "people": leading.supporters + 1,
    }  # fmt: skip


def due_words(moment: Any) -> str:
    """A deadline as people say it: 「6月3日17:00」."""
    here = local(moment)
    return f"{here.month}月{here.day}日{here:%H:%M}"


def supplement(sender: str, number: str, note: str) -> bool:
    """Add ``note`` to a request of this sender; False if it is not theirs."""
    identity, _ = gateway.speaker(sender)
    if lookup.own_request(number, identity) is None:
        return False
    casework.act(number, casework.Step(Action.SUPPLEMENT, note), RESIDENT)
    return True


def add_contact(sender: str, number: str, phone: str, name: str = "") -> str:
    """Store a phone (and a name) with a request of this sender: its last four digits; '' if the request is not theirs."""
    identity, _ = gateway.speaker(sender)
    request = lookup.own_request(number, identity)
    return contact_later.add(request, phone, name) if request is not None else ""


def just_filed(sender: str) -> str:
    """Tracking number of the request that this sender filed in the last hour; '' without one."""
    identity, _ = gateway.speaker(sender)
    request = lookup.newest_request(identity, gateway_media.STILL_THAT_CASE)
    return str(request.service_request_id) if request is not None else ""


def promise(sender: str, number: str) -> dict[str, str]:
    """Number, department and due moment (local words) of a request of this sender, to be said once more."""
    progress = own_progress(sender, number)
    found = progress[0] if progress else {"number": number, "department": "工作人员", "due": ""}
    due = f"{found['due']}前" if found["due"] else "尽快"
    times = {name: str(value) for name, value in gateway.promised_times().items()}
    return {**times, "number": str(found["number"]), "department": str(found["department"]), "due": due}


def own_progress(sender: str, number: str = "") -> list[dict[str, Any]]:
    """Where this sender's own requests stand: the one with ``number``, or the newest few."""
    identity, _ = gateway.speaker(sender)
    if number:
        own = lookup.own_request(number, identity)
        return [_progress(own)] if own is not None else []
    return [_progress(request) for request in lookup.requests_of(identity)]


def opened_progress(number: str, secret: str) -> dict[str, Any]:
    """Where a request stands, opened by its secret or the phone's last digits. Raises ``NotFound``."""
    return _progress(submit.open_case(number, secret))


def _progress(request: Any) -> dict[str, Any]:
    leading = merging.lead_of(request)
    answers = [
        # What a neighbour's case says is masked; one's own is as it was said.
        clear_note(e) if leading is request else e.note
        for e in leading.events
        if e.public and e.note and e.event_type in ("replied", "resolved")
    ]
    return {
        "number": request.service_request_id, "subject": request.subject, "status": Status(request.status).label,
        "asked": asked_of_resident(request), "department": leading.department.name, "answer": answers[-1] if answers else "",
        "due": "" if leading.resolved_at or leading.closed_at else due_words(leading.due_at),
        "url": f"{current_app.config['PUBLIC_URL']}/track",
        # Whether the resident's own word is what it waits for, and whether anybody still works on it.
        "asks_back": request.status == Status.RESOLVED, "open": Status(leading.status) in OPEN_STATUSES,
    }  # fmt: skip


def asked_of_resident(request: Any) -> str:
    """What the office asked for when it stopped the clock, while it waits for the resident's answer; else ''."""
    if request.status != Status.PAUSED:
        return ""
    asked = [str(e.note) for e in request.events if e.event_type == EventType.PAUSED and e.note]
    return asked[-1] if asked else ""


def waiting_question(sender: str) -> dict[str, Any] | None:
    """The sender's own request that waits for their answer, as in :func:`own_progress`; None when none does."""
    return next((found for found in own_progress(sender) if found["asked"]), None)


def follow_up(
    sender: str, number: str, contacted: bool, solved: str, satisfied: int, note: str
) -> dict[str, Any]:
    """Store the sender's word on their resolved request; department and due moment (local words) as they are then.

    Raises ``NotFound`` when it is not theirs or no longer waits for their word.
    """
    identity, _ = gateway.speaker(sender)
    request = lookup.own_request(number, identity)
    if request is None or request.status != Status.RESOLVED:
        raise NotFound(gettext("这件事已经不在等您的回访了，说“查进度”可以看它现在怎么样。"))
    following.answer(request, following.FollowUp(contacted, Solved(solved), satisfied, note), RESIDENT)
    return {"department": request.department.name, "due": due_words(request.due_at)}
