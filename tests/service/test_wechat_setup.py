"""What an operator does for the official account: menu, QR codes, health. Against WeChat's twin over real HTTP."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from flask import Flask
from PIL import Image

from tests.plugin_wechat import Person
from webapp.config import load_config
from webapp.extensions import db
from webapp.gateways.wechat.cipher import MessageCipher
from webapp.gateways.wechat.twin import Twin
from webapp.services import wechat_delivery, wechat_setup
from webapp.services.wechat_menu import WORDS


@pytest.fixture(autouse=True)
def _database(twin: Twin) -> None:
    """Everything here speaks to the twin."""


def _run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["wechat", *arguments])
    return result.exit_code, result.output


def test_the_menu_shown_is_the_menu_set(app: Flask, twin: Twin) -> None:
    _code, shown = _run(app, "menu", "--show")
    assert twin.calls == {}
    assert _run(app, "menu")[0] == 0
    assert twin.menu == json.loads(shown)
    names = [button["name"] for button in twin.menu["button"]]
    assert names == ["反映问题", "评价服务", "更多"]


def test_every_item_of_the_menu_says_something(context: Flask) -> None:
    def leaves(buttons: list[dict[str, object]]) -> Iterator[dict[str, object]]:
        for button in buttons:
            inner = button.get("sub_button")
            yield from leaves(inner) if isinstance(inner, list) else [button]

    items = list(leaves(wechat_setup.menu()["button"]))
    keys = {item["key"] for item in items if item["type"] == "click"}
    assert keys == set(WORDS)
    client = context.test_client()
    addresses = [str(item["url"]) for item in items if item["type"] == "view"]
    assert addresses
    for address in addresses:
        assert client.get(address.removeprefix(context.config["PUBLIC_URL"])).status_code == 200


def test_a_qr_code_leads_to_its_service(app: Flask, twin: Twin, tmp_path: Path) -> None:
    code, output = _run(app, "qr", "HR-001", "HR-002", "--out", str(tmp_path / "codes"))
    assert code == 0, output
    assert sorted(twin.scenes.values()) == ["HR-001", "HR-002"]
    drawn = (tmp_path / "codes" / "HR-001.png").read_bytes()
    expected = io.BytesIO()
    segno.make(twin.address_of("HR-001"), error="q", micro=False).save(
        expected, kind="png", scale=16, border=4
    )
    assert drawn == expected.getvalue()


def test_all_services_get_one(app: Flask, tmp_path: Path) -> None:
    assert _run(app, "qr", "--all", "--out", str(tmp_path))[0] == 0
    assert sorted(path.stem for path in tmp_path.glob("*.png")) == ["HOUSING-001", "HR-001", "HR-002"]


def test_a_ticket_without_an_address_is_fetched_as_a_picture(app: Flask, twin: Twin, tmp_path: Path) -> None:
    twin.only_tickets = True
    code, output = _run(app, "qr", "HR-001", "--out", str(tmp_path))
    assert code == 0, output
    with Image.open(tmp_path / "HR-001.png") as picture:
        assert picture.format == "PNG"


@pytest.mark.parametrize(
    ("arguments", "said"), [(["HR-9"], "HR-9"), ([], "--all"), (["HR-001", "--all"], "--all")]
)
def test_a_mistyped_order_says_so(
    app: Flask, twin: Twin, tmp_path: Path, arguments: list[str], said: str
) -> None:
    code, output = _run(app, "qr", *arguments, "--out", str(tmp_path))
    assert code != 0
    assert said in output
    assert twin.calls == {}


def test_a_refusal_is_explained(app: Flask, twin: Twin) -> None:
    twin.failures["menu/create"].append(48001)
    code, output = _run(app, "menu")
    assert code == 1
    assert "48001" in output
    assert "Traceback" not in output


def test_status_of_a_good_account(app: Flask, twin: Twin, person: Person) -> None:
    app.config["WECHAT_TOKEN"] = "t"
    wechat_delivery.later(person.conversation_id)
    db.session.commit()
    code, output = _run(app, "status")
    assert code == 0, output
    assert "gave a token" in output
    assert "500000 of 500000 calls left for message/custom/send" in output
    assert "1 followers, 1 messages queued, 0 given up" in output
    # A token in the drawer does not mean that anybody answers.
    app.config["WECHAT_API_URL"] = "http://127.0.0.1:9"
    code, output = _run(app, "status")
    assert (code, "nothing answers" in output) == (1, True)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WECHAT_APP_SECRET", "wrong", "40125"),
        ("WECHAT_APP_SECRET", "", "not set"),
        ("WECHAT_API_URL", "http://127.0.0.1:9", "nothing answers"),
        ("WECHAT_TOKEN", "", "WECHAT_TOKEN is not set"),
    ],
)
def test_status_says_what_is_wrong(app: Flask, name: str, value: str, said: str) -> None:
    app.config[name] = value
    _code, output = _run(app, "status")
    assert said in output


def test_without_an_account_developers_get_the_twins(tmp_path: Path) -> None:
    env = {"MINPING_VAR": str(tmp_path), "WECHAT_SIM_PORT": "9123"}
    config = load_config(env)
    assert config["WECHAT_API_URL"] == "http://127.0.0.1:9123"
    assert all(config[f"WECHAT_{name}"] for name in ("APP_ID", "APP_SECRET", "TOKEN"))
    MessageCipher(config["WECHAT_AES_KEY"], config["WECHAT_APP_ID"])
    assert load_config(env)["WECHAT_TOKEN"] == config["WECHAT_TOKEN"]


@pytest.mark.parametrize(
    "env",
    [
        {"MINPING_ENV": "production", "SECRET_KEY": "s", "FIELD_KEYS": "f"},
        {"WECHAT_APP_ID": "wx1", "WECHAT_TOKEN": ""},
    ],
)
def test_nobody_gets_a_made_up_account_beside_a_real_one(tmp_path: Path, env: dict[str, str]) -> None:
    config = load_config({"MINPING_VAR": str(tmp_path), **env})
    assert config["WECHAT_API_URL"] == "https://api.weixin.qq.com"
    assert (config["WECHAT_TOKEN"], config["WECHAT_APP_SECRET"], config["WECHAT_AES_KEY"]) == ("", "", "")
