"""Let simulated residents talk to the running bot, and note what went wrong."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.bot.residents.resident import MOST_TURNS, Resident, broken, missing, wording
from tests.bot.running import RunningBot
from webapp import crypto
from webapp.domain.conduct import wants_no_name
from webapp.extensions import db
from webapp.models import Conversation, Review, ServiceRequest
from webapp.services import chat

LONGEST = 16  # turns, after which nobody would go on


@dataclass
class Outcome:
    """How one conversation went: all of it, and what was wrong."""

    kind: str
    register: str = ""
    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def play(resident: Resident, running: RunningBot) -> Outcome:
    """Play one resident to the end, within the application's context."""
    identity = f"visitor-{uuid.uuid4().hex}"
    conversation = chat.conversation_of(f"web:{uuid.uuid4().hex}", "web", identity)
    outcome = Outcome(resident.kind)
    said, expect, before, filed_at = resident.first, resident.expect, "", 0
    for turn in range(1, LONGEST + 1):
        answers = chat.receive(conversation, said)
        shown = "\n".join(message.text for message in answers if message.text)
        heard = [wording(message.text) for message in answers if message.text]
        outcome.lines += [f"> {said}", f"    {'/'.join(heard)} {shown[:160]!r}"]
        outcome.wrong += broken(resident, heard, shown, before)
        if expect and not any(re.match(expect, name) for name in heard):
            outcome.wrong.append(f"after {said!r}: {'/'.join(heard)} instead of {expect}")
        if not filed_at and any(name.endswith("_done") for name in heard):
            filed_at = turn
            if turn - resident.extra > MOST_TURNS:
                outcome.wrong.append(f"{turn - resident.extra} turns to the tracking number")
        if all(message.author != "bot" for message in answers):
            break  # a person was called
        following = resident.reply(heard)
        if following is None:
            break
        said, expect, before = following.text, following.expect, shown
    else:
        outcome.wrong.append("never came to an end")
    db.session.refresh(conversation)
    if not any(wants_no_name(line) for line in outcome.lines):
        # Whoever asks to stay unknown cannot be found by their identity afterwards.
        outcome.wrong += missing(resident.wanted, _stored(conversation, identity))
    if resident.asides or resident.after:
        outcome.wrong.append("could not say all")
    return outcome


def _stored(conversation: Conversation, identity: str) -> dict[str, Any]:
    requests = db.session.query(ServiceRequest).filter_by(identity=identity).order_by(ServiceRequest.id).all()
    reviews = db.session.query(Review).filter_by(identity=identity).all()
    found: dict[str, Any] = {
        "requests": len(requests), "reviews": len(reviews), "handler": conversation.handler,
        "rating": reviews[0].rating if reviews else None,
    }  # fmt: skip
    if requests:
        first = requests[0]
        phone, name = crypto.decrypt(first.contact_phone) or "", crypto.decrypt(first.contact_name) or ""
        found |= {
            "address": first.address, "text": first.text, "phone": phone[-4:], "surname": name[:1],
            "joined": first.merged_into_id is not None,
        }  # fmt: skip
    return found


def spoken(outcome: Outcome) -> str:
    """A conversation as lines to be read, with what was wrong with it."""
    return "\n".join(
        [f"== {outcome.kind} ({outcome.register})", *outcome.lines, *(f"  !! {w}" for w in outcome.wrong)]
    )
