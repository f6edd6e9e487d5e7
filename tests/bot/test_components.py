"""Parts of ours in Rasa, run in its own environment, once for all tests: the store forgets by the clock and keeps no number
or secret; what the action server answers is checked as Rasa itself would.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from tools.bot_model import BOT_DIR, QUIET
from tools.environments import BOT

pytestmark = pytest.mark.needs_bot
SPOKEN = [
    "电话13800138765",
    "打138 0013 8765",
    "一三八零零一三八七六五",
    "身份证110101199003071234",
    "K7W3QX",
]
ANSWERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a slot and a bubble": {
        "events": [{"event": "slot", "timestamp": None, "name": "place", "value": "海棠新村"}],
        "responses": [{"text": "好"}],
    },
    "a form's end": {"events": [{"event": "active_loop", "timestamp": None, "name": None}], "responses": []},
    "no list": {"events": {}},
    "an event of no kind": {"events": [{"timestamp": None}]},
    "a bubble that is a word": {"responses": ["好"]},
}
# One dialogue of three days ago and one of now; then a second store starts on the same file, as after a restart.
PROGRAM = """
import asyncio, json, sqlite3, sys, time
from components import channel
from jsonschema import ValidationError, validate
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from components.tracker_store import ExpiringTrackerStore

def store():
    return ExpiringTrackerStore(domain=Domain.empty())

def said(sender, text, at):
    tracker = DialogueStateTracker(sender, [])
    tracker.update(UserUttered(text, timestamp=at))
    return tracker

async def main():
    first, now = store(), time.time()
    await first.save(said("old", "三天前的话", now - 72 * 3600))
    for number, text in enumerate(json.loads(sys.argv[2])):
        await first.save(said(f"new{number}", text, now))

asyncio.run(main())
second = store()
rows = []
for _ in range(50):
    with sqlite3.connect(sys.argv[1]) as connection:
        rows = connection.execute("SELECT sender_id, data FROM events").fetchall()
    if all(sender != "old" for sender, _ in rows):
        break
    time.sleep(0.1)

def is_refused(check, *args):
    try:
        check(*args)
    except ValidationError:
        return True
    return False

spec, action = RemoteAction.action_response_format_spec(), RemoteAction("any", None)
verdicts = {
    name: (is_refused(action._validate_action_result, answer), is_refused(validate, answer, spec))
    for name, answer in json.loads(sys.argv[3]).items()
}
print(json.dumps({"rows": rows, "verdicts": verdicts}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the program prints."""
    file = tmp_path_factory.mktemp("rasa") / "rasa.sqlite3"
    env = {**os.environ, **QUIET, "RASA_TRACKER_URL": f"sqlite:///{file}"}
    done = subprocess.run(
        [str(BOT.python), "-c", PROGRAM, str(file), json.dumps(SPOKEN), json.dumps(ANSWERS)],
        cwd=BOT_DIR, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def test_old_dialogues_go_and_numbers_are_masked(told: Any) -> None:
    rows = told["rows"]
    assert {sender for sender, _ in rows} == {f"new{n}" for n in range(len(SPOKEN))}
    kept = "".join(json.loads(data)["text"] for _, data in rows)
    for secret in ("0013", "零零一三八", "19900307", "K7W3QX"):
        assert secret not in kept


def test_answers_are_refused_as_by_rasa(told: Any) -> None:
    ours = {name: verdict[0] for name, verdict in told["verdicts"].items()}
    assert ours == {name: verdict[1] for name, verdict in told["verdicts"].items()}
    assert [name for name, refused in ours.items() if refused] == list(ANSWERS)[3:]
