"""Rasa's store forgets by the clock and keeps no number or secret; run inside Rasa's own environment."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tools.bot_model import BOT_DIR, QUIET
from tools.environments import BOT

pytestmark = pytest.mark.needs_bot
# One dialogue of three days ago and one of now; then a second store starts on the same file, as after a restart.
PROGRAM = """
import asyncio, json, sqlite3, sys, time
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
print(json.dumps(rows))
"""


def test_old_dialogues_go_and_numbers_are_masked(tmp_path: Path) -> None:
    file = tmp_path / "rasa.sqlite3"
    spoken = [
        "电话13800138765",
        "打138 0013 8765",
        "一三八零零一三八七六五",
        "身份证110101199003071234",
        "K7W3QX",
    ]
    env = {**os.environ, **QUIET, "RASA_TRACKER_URL": f"sqlite:///{file}"}
    done = subprocess.run(
        [str(BOT.python), "-c", PROGRAM, str(file), json.dumps(spoken)],
        cwd=BOT_DIR, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = json.loads(done.stdout.splitlines()[-1])
    assert {sender for sender, _ in rows} == {f"new{n}" for n in range(len(spoken))}
    kept = "".join(json.loads(data)["text"] for _, data in rows)
    for secret in ("0013", "零零一三八", "19900307", "K7W3QX"):
        assert secret not in kept
