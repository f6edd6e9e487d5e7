"""What must not be found in logs and in Rasa's own store, and what nobody can force."""

from __future__ import annotations

import sqlite3
import uuid

import httpx
import pytest

from tests.bot.running import RunningBot
from webapp.extensions import db
from webapp.services import chat

pytestmark = pytest.mark.needs_bot
PHONE = "13800138765"
STORY = "白鹭小区十七号楼后面的歪脖子柳树挡住了监控"


@pytest.fixture
def reported(running_bot: RunningBot) -> RunningBot:
    """A report with a phone has been made."""
    with running_bot.app.app_context():
        conversation = chat.conversation_of(f"web:{uuid.uuid4().hex}", "web", uuid.uuid4().hex)
        chat.receive(conversation, STORY)
        answers = chat.receive(conversation, f"对，我电话{PHONE}")
        assert "单号" in answers[0].text
        db.session.remove()
    return running_bot


@pytest.mark.parametrize("log", ["rasa.log", "actions.log"])
def test_logs_hold_no_words_and_no_phone(reported: RunningBot, log: str) -> None:
    text = (reported.folder / log).read_text(errors="replace")
    assert "歪脖子柳树" not in text
    assert PHONE not in text


def test_tracker_holds_no_phone_and_no_secret(reported: RunningBot) -> None:
    with sqlite3.connect(reported.folder / "rasa.sqlite3") as connection:
        events = "\n".join(row[0] for row in connection.execute("SELECT data FROM events"))
    connection.close()
    assert "138****8765" in events  # the message is there, and masked
    assert PHONE not in events
    assert '"secret": "***"' in events


@pytest.mark.parametrize(
    "command", ["/restart", "/session_start", '/inform{"hazard": "gas"}', "//human", '/inform{"rating": 1}']
)
def test_typed_commands_are_words(running_bot: RunningBot, command: str) -> None:
    answer = httpx.post(
        f"{running_bot.rasa_url}/webhooks/rest/webhook",
        json={"sender": f"test:{uuid.uuid4().hex}", "message": command},
        timeout=30,
    ).json()
    # A command obeyed would answer nothing, register something or hand over; words are not understood, or greeted.
    shown = "".join(str(part.get("text")) for part in answer)
    assert answer
    assert "单号" not in shown


def test_no_management_endpoints(running_bot: RunningBot) -> None:
    for path in ("/conversations/x/tracker", "/model/parse", "/domain"):
        assert httpx.get(f"{running_bot.rasa_url}{path}", timeout=10).status_code == 404
