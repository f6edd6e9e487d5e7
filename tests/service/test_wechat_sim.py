"""``flask wechat-sim`` as a process, with lines on its standard input, against the application on a port of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.serving import make_server

from tests.plugin_wechat_push import AES_KEY, APP_ID, TOKEN, StandIn
from webapp.extensions import db
from webapp.models import ChatMessage, WechatDelivery, WechatFollower

Sim = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def sim(app: Flask, free_port: int, tmp_path: Path, bot: StandIn) -> Iterator[Sim]:
    """Run the console with some lines; it and the application share an account."""
    account = {
        "WECHAT_APP_ID": APP_ID, "WECHAT_APP_SECRET": "a secret", "WECHAT_TOKEN": TOKEN,
        "WECHAT_AES_KEY": AES_KEY, "WECHAT_API_URL": f"http://127.0.0.1:{free_port}",
    }  # fmt: skip
    app.config.update(account, WECHAT_MODE="compatible", WECHAT_ANSWER_S=1.5)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def run(lines: str, *options: str, url: str = f"http://127.0.0.1:{server.port}/wechat") -> Any:
        command = [sys.executable, "-m", "flask", "--app", "app", "wechat-sim", "--url", url, *options]
        return subprocess.run(
            command, input=lines, capture_output=True, text=True, check=False, timeout=120,
            cwd=Path(app.root_path).parent, env={**os.environ, **account, "MINPING_VAR": str(tmp_path / "sim")},
        )  # fmt: skip

    yield run
    server.shutdown()
    server.server_close()


def _slow_for_some(_sender: str, message: str) -> list[dict[str, Any]]:
    if "慢" in message:
        time.sleep(3)
    return [{"text": f"听到：{message}"}]


SCRIPT = """\
# An evening at home.
/subscribe
路灯坏了
这条很慢
/wait 30
/expire
这条也很慢
/wait 30
/location 23.1291 113.2644 柳树街道
/image {picture}
/voice 水管也坏了
/scan HR-001
/unsubscribe
"""


@pytest.mark.parametrize("options", [[], ["--aes", "--duplicate", "3"]], ids=["plain", "safe, three at once"])
def test_an_evening_by_script(sim: Sim, app: Flask, bot: StandIn, tmp_path: Path, options: list[str]) -> None:
    bot.answers = _slow_for_some
    picture = tmp_path / "lamp.jpg"
    Image.new("RGB", (64, 48), "grey").save(picture)
    done = sim(SCRIPT.format(picture=picture), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "│ 听到：路灯坏了" in done.stdout
    late = done.stdout.split("customer-service message")[1:]
    assert [part.split("│ ")[1].split("\n")[0] for part in late] == ["听到：这条很慢", "听到：这条也很慢"]
    with app.app_context():
        said = select(ChatMessage.text).where(ChatMessage.author == "resident").order_by(ChatMessage.id)
        words = list(db.session.scalars(said))
        assert words.count("路灯坏了") == words.count("水管也坏了") == 1
        follower = db.session.scalars(select(WechatFollower)).one()
        assert (follower.subscribed, follower.service_code) == (False, "HR-001")
        assert db.session.query(WechatDelivery).filter(WechatDelivery.reply.is_(None)).count() == 0


def test_what_cannot_be_done_is_said_and_counts(sim: Sim, free_port: int) -> None:
    done = sim("/frobnicate\n/image nowhere.jpg\n/location here\n/wait 0.1\n")
    assert done.returncode == 1
    for said in ("no /frobnicate", "nowhere.jpg: No such file", "as in: /location", "no message came"):
        assert said in done.stdout
    assert done.stderr == ""


def test_an_application_that_is_down_is_what_wechat_would_show(sim: Sim) -> None:
    done = sim("在吗\n", url="http://127.0.0.1:9/wechat")
    assert done.returncode == 1
    assert "3 deliveries): ConnectError: nothing listens there" in done.stdout
