"""Written conversations, played through the web's own chat service with the real Rasa and the real action server."""

from __future__ import annotations

import re
import time
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.bot.running import RunningBot
from webapp import crypto
from webapp.domain import geo
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import Area, ChatMessage, Conversation, Review, ServiceRequest
from webapp.services import casework, chat, chat_media, replies, submit
from webapp.services.actor import Actor

FOLDER = Path(__file__).resolve().parents[2] / "bot" / "tests" / "conversations"
CONVERSATIONS = [
    pytest.param(
        spec,
        id=f"{file.stem}: {spec['name']}",
        # What the bot does not manage yet stays on view, with the reason.
        marks=[pytest.mark.xfail(reason=spec["fails"], strict=False)] if "fails" in spec else [],
    )
    for file in sorted(FOLDER.glob("*.yml"))
    for spec in yaml.safe_load(file.read_text(encoding="utf-8"))
]
# From the first word to the tracking number, when the resident cooperates.
MOST_TURNS = 4

pytestmark = pytest.mark.needs_bot


def test_there_are_enough_conversations() -> None:
    assert len(CONVERSATIONS) >= 60


@pytest.mark.parametrize("spec", CONVERSATIONS)
def test_conversation(spec: dict[str, Any], running_bot: RunningBot) -> None:
    with running_bot.app.app_context():
        play(spec, running_bot)
        db.session.remove()


def play(spec: dict[str, Any], running: RunningBot) -> None:
    """Say the turns of one conversation and check answers (regular expressions) and database."""
    for text in spec.get("before", []):
        submit.submit_request(submit.RequestDraft(text=text, area_code=_area_of(text), identity="neighbour"))
    for question, answer in spec.get("answered", {}).items():
        _answer(question, answer)
    if "answered" in spec:
        # The action server may know of a new public answer so late.
        time.sleep(replies.MAX_AGE_S)
    identity = f"visitor-{uuid.uuid4().hex}"
    conversation = chat.conversation_of(f"web:{uuid.uuid4().hex}", "web", identity)
    last = ""
    for turn in spec["turns"]:
        if "meanwhile" in turn:
            _resolve(identity)
            continue
        if "if_asked" in turn and not re.search(turn["if_asked"], last):
            continue  # what nobody asked for, a resident does not answer
        answers = _said(turn, conversation, running)
        db.session.refresh(conversation)
        last = _shown(answers)
        _check_answer(turn, answers, running)
    _check_stored(spec.get("stored", {}), conversation, identity)


def _said(turn: dict[str, Any], conversation: Conversation, running: RunningBot) -> list[ChatMessage]:
    if "photo" in turn:
        return chat_media.receive_photo(conversation, _picture(turn["photo"]))
    if "position" in turn:
        return chat_media.receive_position(conversation, *_inside(turn["position"]), turn.get("label", ""))
    return chat.receive(conversation, _typed(turn, conversation, running))


def _picture(colour: str) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    out.seek(0)
    return out


def _inside(name: str) -> tuple[float, float]:
    """A point (latitude, longitude) in the area of this name."""
    area = db.session.scalars(db.select(Area).where(Area.name == name)).one()
    assert area.outline is not None
    longitude, latitude = geo.centroid(area.outline)
    return latitude, longitude


def _answer(question: str, answer: str) -> None:
    """Somebody once asked, and the department answered in public."""
    asker = f"asker-{uuid.uuid4().hex}"
    submit.submit_request(submit.RequestDraft(text=question, identity=asker, request_type="inquiry"))
    _resolve(asker, answer)


def _resolve(identity: str, note: str = "已派人修好") -> None:
    """The department takes up everything that this identity reported, and says that it is done."""
    for request in db.session.scalars(db.select(ServiceRequest).filter_by(identity=identity)):
        clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.department.area_id)
        casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, casework.Step(Action.RESOLVE, note), clerk)


def _area_of(text: str) -> str | None:
    from webapp.services.locating import area_named

    area = area_named(text)
    return area.code if area else None


def _fill(text: str, running: RunningBot) -> str:
    return text.replace("{number}", running.case.sample_number).replace(
        "{secret}", running.case.sample_secret
    )


def _typed(turn: dict[str, Any], conversation: Conversation, running: RunningBot) -> str:
    if "press" not in turn:
        return _fill(turn["say"], running)
    payloads = {title: payload for payload, title in conversation.offered.items()}
    assert turn["press"] in payloads, f"no button {turn['press']!r} among {list(payloads)}"
    return payloads[turn["press"]]


def _shown(answers: list[ChatMessage]) -> str:
    """What the resident reads: every bubble, then the buttons."""
    titles = [b["title"] for m in answers for b in m.payload.get("buttons") or []]
    return "\n".join([*(m.text for m in answers), *titles])


def _check_answer(turn: dict[str, Any], answers: list[ChatMessage], running: RunningBot) -> None:
    shown = _shown(answers)
    # Once a person is called, the platform answers until they come.
    author = "system" if turn.get("platform") else "bot"
    assert all(m.author == author for m in answers), f"not the {author}'s answer: {shown}"
    for wanted in turn.get("see", []):
        assert re.search(_fill(wanted, running), shown), f"{wanted!r} missing in:\n{shown}"
    for unwanted in turn.get("not", []):
        assert not re.search(unwanted, shown), f"{unwanted!r} must not be in:\n{shown}"
    assert "/inform" not in shown
    cards = [m.payload["custom"]["type"] for m in answers if m.payload.get("custom")]
    for card in turn.get("card", []):
        assert card in cards, f"no {card} card among {cards}"


def _check_stored(wanted: dict[str, Any], conversation: Conversation, identity: str) -> None:
    requests = db.session.query(ServiceRequest).filter_by(identity=identity).all()
    reviews = db.session.query(Review).filter_by(identity=identity).all()
    found: dict[str, Any] = {
        "requests": len(requests), "reviews": len(reviews), "handler": conversation.handler,
    }  # fmt: skip
    if requests:
        found |= _request_facts(requests[0])
    if reviews:
        found |= {"rating": reviews[0].rating, "tags": reviews[0].tags}
    for name, value in wanted.items():
        if name == "text":
            assert value in requests[0].text
        elif name == "comment":
            assert value in reviews[0].comment
        else:
            assert found.get(name) == value, f"{name}: {found.get(name)!r} instead of {value!r}"


def _request_facts(request: ServiceRequest) -> dict[str, Any]:
    phone, name = crypto.decrypt(request.contact_phone) or "", crypto.decrypt(request.contact_name) or ""
    return {
        "status": request.status, "satisfied": request.satisfied, "solved": request.solved,
        "address": request.address, "urgency": request.urgency, "type": request.request_type, "name": name,
        "phone_tail": phone[-4:], "merged": request.merged_into_id is not None,
        "photos": len(request.attachments), "community": _community(request.area), "located": request.latitude is not None,
        "supplements": sum(e.event_type == "supplemented" for e in request.events),
    }  # fmt: skip


def _community(area: Area | None) -> str:
    while area is not None and area.level > 4:
        area = area.parent
    return area.name if area is not None else ""


def _turns_to_number(spec: dict[str, Any]) -> int:
    return next((n for n, turn in enumerate(spec["turns"], 1) if "单号" in turn.get("see", [])), 0)


@pytest.mark.parametrize("spec", [p for p in CONVERSATIONS if str(p.id).startswith("report: ")])
def test_cooperating_residents_get_a_number_in_four_turns(spec: dict[str, Any]) -> None:
    # Conversations that correct something or report twice need more by their nature.
    if "correction" not in spec["name"]:
        assert _turns_to_number(spec) <= MOST_TURNS
