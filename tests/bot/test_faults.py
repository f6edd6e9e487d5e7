"""The action server is down: Rasa answers 200 with nothing, and the resident's words still reach a person."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.bot.running import environment, free_port, process, wait_for
from tests.plugin_app import app_config
from tools.bot_model import BOT_DIR
from tools.environments import BOT
from webapp import create_app
from webapp.extensions import db
from webapp.services import chat

pytestmark = pytest.mark.needs_bot


def test_action_server_down(tmp_path: Path, bot_model: Path) -> None:
    port, nobody = free_port(), free_port()
    url, log = f"http://127.0.0.1:{port}", tmp_path / "rasa.log"
    command = [
        str(BOT.folder / "bin" / "rasa"),
        "run",
        "--interface",
        "127.0.0.1",
        "--port",
        str(port),
        "--model",
        str(bot_model),
    ]
    app = create_app(
        app_config(tmp_path / "city.sqlite3", tmp_path) | {"RASA_URL": url, "CHAT_TIMEOUT_S": 30.0}
    )
    env = environment(tmp_path, f"http://127.0.0.1:{nobody}/webhook")
    with process(command, BOT_DIR, env, log), app.app_context():
        db.create_all()
        wait_for(f"{url}/", log)
        conversation = chat.conversation_of(f"web:{uuid.uuid4().hex}", "web", "visitor")
        answers = chat.receive(conversation, "海棠新村3号楼电梯坏了")
        assert [m.author for m in answers] == ["system"]
        assert "已经收到并保存" in answers[0].text
        assert conversation.needs_human
        assert [m.text for m in conversation.messages if m.author == "resident"] == ["海棠新村3号楼电梯坏了"]
        assert "海棠新村" not in log.read_text(errors="replace")
        db.session.remove()
        db.engine.dispose()
