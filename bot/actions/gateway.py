"""The bot's hands: the few things the dialogue does with the platform, on the pages' own services and database.

Everything goes in and out as plain JSON values, because slots are JSON. Each function runs inside :func:`in_app`.
Nothing here calls the web process: a web thread may be waiting for this very answer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import structlog
from flask import Flask, current_app
from flask_babel import gettext

from bot.actions import words
from webapp import create_app, crypto
from webapp.domain.rating import Rating, tags_for
from webapp.domain.workflow import OPEN_STATUSES, Action, Solved, Status
from webapp.errors import NotFound
from webapp.i18n import local
from webapp.queries import chat as lookup
from webapp.services import casework, chat, language, locating, matching, reviews, submit
from webapp.services import follow_up as following
from webapp.services.actor import RESIDENT
from webapp.services.similar import same_trouble

logger = structlog.get_logger("bot")
T = TypeVar("T")
# Below this probability the category is asked about instead of asserted.
SURE = 0.6
# A service that nobody named is asked about, however likely: a question costs a tap, a wrong vote is counted.
UNNAMED = 0.7
LIKELY = 0.2  # where no service is as likely as that, the words are about the last topic or about nothing published
WORTH_SHOWING = 0.25  # below this one, a person decides and nothing is shown
URGENCY_LINES = {
    "emergency": "\n按紧急办理：2 小时内处理",
    "urgent": "\n按加急办理：24 小时内处理",
}


@cache
def application() -> Flask:
    """The web application's object, for its configuration and database; made once per process."""
    return create_app()


async def in_app(function: Callable[..., T], *args: Any) -> T:
    """Run ``function(*args)`` in a thread with an application context: the event loop never waits for a database."""

    def inside() -> T:
        with application().app_context():
            return function(*args)

    return await asyncio.to_thread(inside)


def warm_up() -> None:
    """Load configuration and models now, so that the first resident does not wait for them."""
    try:
        with application().app_context():
            guess("小区门口的路灯坏了")
    except Exception as error:
        # Not migrated yet, say: the server must start all the same.
        logger.warning("warm-up failed", error=type(error).__name__)


def hotline() -> str:
    """The city's hotline number."""
    return str(current_app.config["HOTLINE_PHONE"])


def seal(text: str) -> str:
    """Encrypt personal data for its short stay in a slot; '' stays ''."""
    return crypto.encrypt(text) or ""


def _unseal(token: str) -> str:
    return crypto.decrypt(token) or ""


def _speaker(sender: str) -> tuple[str, str]:
    """Identity (keyed hash) and request channel of a Rasa sender id."""
    conversation = lookup.conversation_by_sender(sender)
    if conversation is None:
        return crypto.keyed_hash("chat", sender), "chat"
    return conversation.identity, "wechat" if conversation.channel == "wechat" else "chat"


def guess(text: str) -> dict[str, Any]:
    """What the language layer reads in ``text``: category, its rivals, request type, urgency, place.

    Keys: ``category`` (code or ''), ``category_name``, ``sure``, ``options`` ([[code, name], …]), ``type``,
    ``urgency``, ``place`` ('' if none is named). With a failing language layer everything is empty.
    """
    analysis = language.read(text)
    if analysis is None:
        return {"category": "", "category_name": "", "sure": False, "options": [], "type": "", "urgency": "normal",
                "place": place_in(text)}  # fmt: skip
    options: list[list[str]] = []
    for candidate in analysis.categories[:3]:
        known = lookup.known_category(candidate.code)
        if known is not None and [known.code, known.name] not in options:
            options.append([known.code, known.name])
    likely = bool(options) and analysis.categories[0].probability >= WORTH_SHOWING
    best = options[0] if likely else ["", ""]
    sure = bool(options) and analysis.categories[0].probability >= SURE
    return {
        "category": best[0], "category_name": best[1], "sure": sure, "options": options,
        "type": analysis.request_type, "urgency": analysis.urgency, "place": _joined(text, analysis.places),
    }  # fmt: skip


def place_in(text: str) -> str:
    """The place that ``text`` names, its parts joined as written, or ''."""
    analysis = language.read(text)
    return _joined(text, analysis.places if analysis is not None else ())


_BLAME = re.compile(r"差(?!点)|不[答理管]|推诿|推来推去|踢皮球|凶|骂|太慢|排队|等了|跑了|为难|刁难|敷衍")


def is_only_place(text: str) -> bool:
    """Whether ``text`` says where and nothing else: a house, an estate, a street, a spot beside one."""
    if not words.says_building(text) or len(text) > 40:
        return False
    if words.merge_place("某处", text) != text:
        return True
    rest = words.bare(text)
    for named in (place_in(text), lookup.place_named(text)):
        rest = rest.replace(words.bare(named), "") if named else rest
    return len(_AROUND.sub("", rest)) <= 3


_AROUND = re.compile("[那这]边|[那这][里儿]|附近|一带|旁边|的|在|是|就")
# A house number often follows an estate's name that the language layer does not know.
_BEFORE = re.compile(r"[一-龥]{2,6}(?:小区|花园|家园|佳苑|雅居|苑|公寓|新村|社区|家属院|村|路|街|巷|大道)$")
_NOT_NAME = re.compile(r"^.*(?:我们?|俺们?|住在?|就?在|到|的|是|去|和|跟|您|你)(?=.{2})")


def _joined(text: str, places: Any) -> str:
    """Neighbouring spans as one stretch of the text (「新城小区」+「3号楼」); the first stretch wins.

    The city's own estates and areas count even where the language layer does not know them.
    """
    stretch: tuple[int, int] | None = None
    for place in sorted(places, key=lambda p: p.start):
        if stretch is None:
            stretch = place.start, place.end
        elif place.start - stretch[1] <= 2 and not set(text[stretch[1] : place.start]) & set(
            "，。！？；,.!?;"
        ):
            stretch = stretch[0], place.end
    known = lookup.place_named(text)
    if stretch is None:
        return known
    before, found = text[: stretch[0]], text[slice(*stretch)]
    if known and before.endswith(known):
        return known + found
    named = _BEFORE.search(before)
    return (_NOT_NAME.sub("", named[0]) if named else "") + found


def sounds_unhappy(text: str) -> bool:
    """Whether the language layer hears a complaint rather than praise in ``text``."""
    analysis = language.read(text)
    return analysis is not None and analysis.sentiment < 0.5 and bool(_BLAME.search(text))


def find_category(words: str) -> list[str] | None:
    """``[code, name]`` of the category that ``words`` name or describe; None when there is no telling."""
    named = lookup.category_named(words)
    if named is not None:
        return [named.code, named.name]
    found = guess(words)
    return [found["category"], found["category_name"]] if found["category"] and len(words) >= 3 else None


def category_name(code: str) -> str:
    """Name of a category by its code; '' for an unknown one."""
    category = lookup.known_category(code)
    return category.name if category is not None and category.code == code else ""


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
    """Store a request from the chat. ``known`` may hold category, type, sealed phone and name, join, emergency.

    Returns number, secret, department, due (local, to be read out), url, people (who reported it). Raises the services' errors.
    """
    identity, channel = _speaker(sender)
    stored = submit.submit_request(
        submit.RequestDraft(
            text=text, channel=channel, identity=identity, address=place,
            category_code=known.get("category") or None, service_code=known.get("service"), request_type=known.get("type") or "",
            urgency="emergency" if known.get("emergency") else "normal",
            contact_name=_unseal(known.get("name", "")),
            contact_phone=_unseal(known.get("phone", "")), merge_into=known.get("join") or "",
        )
    )  # fmt: skip
    request = stored.request
    leading = request.merged_into or request
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
    identity, _ = _speaker(sender)
    if lookup.own_request(number, identity) is None:
        return False
    casework.act(number, casework.Step(Action.SUPPLEMENT, note), RESIDENT)
    return True


def match_services(text: str) -> list[list[Any]]:
    """Services that ``text`` may mean: ``[[code, name, score], …]``, likest first.

    Where a name or nickname stands in the text the score is 1 and the probability, else a part of the probability.
    """
    hits = matching.likely(text)
    if max((hit.probability for hit in hits), default=0.0) < LIKELY:
        return []
    return [
        [h.service_code, h.name, round(1 + h.probability if h.named else UNNAMED * h.probability, 3)]
        for h in hits
    ]


def certain_service(text: str) -> dict[str, str]:
    """``service`` and ``category_name`` where ``text`` names exactly one service: its department then answers."""
    hits = [hit for hit in matching.likely(text) if hit.named]
    return {"service": hits[0].service_code, "category_name": hits[0].name} if len(hits) == 1 else {}


def service_facts(code: str) -> dict[str, Any]:
    """What is published about a service. Raises ``NotFound``."""
    service = reviews.find_service(code)
    return {
        "code": service.service_code, "name": service.name, "description": service.description,
        "materials": list(service.materials or []), "place": service.place, "hours": service.hours,
        "phone": service.phone, "department": service.department.name,
        "url": f"{current_app.config['PUBLIC_URL']}/services/{service.service_code}",
    }  # fmt: skip


def rating_label(level: int) -> str:
    """Chinese name of a level (1-5)."""
    return Rating(level).label


def rating_tags(level: int) -> list[str]:
    """Tags offered with a level (1-5)."""
    return list(tags_for(level))


def submit_review(sender: str, code: str, level: int, tags: list[str], comment: str) -> None:
    """Store a review from the chat. Raises the services' errors."""
    identity, channel = _speaker(sender)
    reviews.submit_review(
        reviews.ReviewDraft(
            service_code=code, identity=identity, rating=level, tags=tags, comment=comment, channel=channel
        )
    )


def own_progress(sender: str, number: str = "") -> list[dict[str, Any]]:
    """Where this sender's own requests stand: the one with ``number``, or the newest few."""
    identity, _ = _speaker(sender)
    if number:
        own = lookup.own_request(number, identity)
        return [_progress(own)] if own is not None else []
    return [_progress(request) for request in lookup.requests_of(identity)]


def opened_progress(number: str, secret: str) -> dict[str, Any]:
    """Where a request stands, opened by its secret or the phone's last digits. Raises ``NotFound``."""
    return _progress(submit.open_case(number, secret))


def _progress(request: Any) -> dict[str, Any]:
    leading = request.merged_into or request
    answers = [
        e.note for e in leading.events if e.public and e.note and e.event_type in ("replied", "resolved")
    ]
    return {
        "number": request.service_request_id, "subject": request.subject, "status": Status(request.status).label,
        "department": leading.department.name, "answer": answers[-1] if answers else "",
        "due": "" if leading.resolved_at or leading.closed_at else due_words(leading.due_at),
        "url": f"{current_app.config['PUBLIC_URL']}/track",
        # Whether the resident's own word is what it waits for, and whether anybody still works on it.
        "asks_back": request.status == Status.RESOLVED, "open": Status(leading.status) in OPEN_STATUSES,
    }  # fmt: skip


def follow_up(
    sender: str, number: str, contacted: bool, solved: str, satisfied: int, note: str
) -> dict[str, Any]:
    """Store the sender's word on their resolved request; department and due moment (local words) as they are then.

    Raises ``NotFound`` when it is not theirs or no longer waits for their word.
    """
    identity, _ = _speaker(sender)
    request = lookup.own_request(number, identity)
    if request is None or request.status != Status.RESOLVED:
        raise NotFound(gettext("这件事已经不在等您的回访了，说“查进度”可以看它现在怎么样。"))
    following.answer(request, following.FollowUp(contacted, Solved(solved), satisfied, note), RESIDENT)
    return {"department": request.department.name, "due": due_words(request.due_at)}


def change_level(sender: str, code: str, level: int) -> None:
    """Rate anew what this sender rated before, with the words given then. Raises the services' errors."""
    identity, _ = _speaker(sender)
    earlier = lookup.last_review(code, identity)
    tags = [tag for tag in earlier.tags if tag in tags_for(level)] if earlier is not None else []
    submit_review(sender, code, level, tags, earlier.comment if earlier is not None else "")


def hand_over(sender: str, reason: str) -> bool:
    """A person takes over this conversation; False when the platform does not know it (``rasa shell``)."""
    if lookup.conversation_by_sender(sender) is None:
        return False
    chat.hand_over(sender, reason)
    return True
