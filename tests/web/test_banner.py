"""What `make run` tells people to try is there."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tools.readiness import banner


def test_every_address_of_the_banner_answers(client: FlaskClient) -> None:
    text = banner({"PORT": "8000", "MINPING_VAR": "var"}, "", 1)
    paths = set(re.findall(r"http://127\.0\.0\.1:8000(/\S*)", text))
    assert len(paths) == 3
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)
