"""Written conversations, played through the web's own chat service with the real Rasa and the real action server."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bot.running import RunningBot
from webapp import crypto
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, Review, ServiceRequest
from webapp.services import casework, chat, submit
from webapp.services.actor import Actor

FOLDER = Path(__file__).resolve().parents[2] / "bot" / "tests" / "conversations"
CONVERSATIONS = [
    pytest.param(spec, id=f"{file.stem}: {spec['name']}")
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
    """Say the turns of one conversation and check answers and database."""
    for text in spec.get("before", []):
        submit.submit_request(submit.RequestDraft(text=text, area_code=_area_of(text), identity="neighbour"))
    identity = f"visitor-{uuid.uuid4().hex}"
    conversation = chat.conversation_of(f"web:{uuid.uuid4().hex}", "web", identity)
    for turn in spec["turns"]:
        if "meanwhile" in turn:
            _resolve(identity)
            continue
        answers = chat.receive(conversation, _typed(turn, conversation, running))
        db.session.refresh(conversation)
        _check_answer(turn, answers, running)
    _check_stored(spec.get("stored", {}), conversation, identity)


def _resolve(identity: str) -> None:
    """The department takes up everything that this identity reported, and says that it is done."""
    for request in db.session.scalars(db.select(ServiceRequest).filter_by(identity=identity)):
        clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.department.area_id)
        casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
        casework.act(request.service_request_id, casework.Step(Action.RESOLVE, "已派人修好"), clerk)


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


def _check_answer(turn: dict[str, Any], answers: list[ChatMessage], running: RunningBot) -> None:
    titles = [b["title"] for m in answers for b in m.payload.get("buttons") or []]
    shown = "\n".join([*(m.text for m in answers), *titles])
    assert all(m.author == "bot" for m in answers), f"not the bot's answer: {shown}"
    for wanted in turn.get("see", []):
        assert any(_fill(word, running) in shown for word in wanted.split("|")), (
            f"{wanted!r} missing in:\n{shown}"
        )
    for unwanted in turn.get("not", []):
        assert unwanted not in shown, f"{unwanted!r} must not be in:\n{shown}"
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
    }  # fmt: skip


def _turns_to_number(spec: dict[str, Any]) -> int:
    return next((n for n, turn in enumerate(spec["turns"], 1) if "单号" in turn.get("see", [])), 0)


@pytest.mark.parametrize("spec", [p for p in CONVERSATIONS if str(p.id).startswith("report: ")])
def test_cooperating_residents_get_a_number_in_four_turns(spec: dict[str, Any]) -> None:
    # Conversations that correct something or report twice need more by their nature.
    if "correction" not in spec["name"]:
        assert _turns_to_number(spec) <= MOST_TURNS
