"""What `make run` tells people to try is there."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tools.environments import ROOT
from tools.readiness import banner, simulator


def test_every_address_of_the_banner_answers(client: FlaskClient) -> None:
    text = banner({"PORT": "8000", "MINPING_VAR": "var"}, "", 1)
    paths = set(re.findall(r"http://127\.0\.0\.1:8000(/\S*)", text))
    assert len(paths) == 3
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_the_twin_of_wechat_is_told_where_these_processes_are() -> None:
    assert simulator({"PORT": "8000", "MINPING_VAR": str(ROOT / "var")}) == ".venv/bin/flask wechat-sim"
    elsewhere = simulator({"PORT": "8100", "MINPING_VAR": "/x/a b"})
    assert elsewhere == "MINPING_VAR='/x/a b' .venv/bin/flask wechat-sim --url http://127.0.0.1:8100/wechat"
