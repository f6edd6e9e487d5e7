"""``/wechat`` as WeChat's servers use it: verification, signatures, modes, repetitions, bodies that do harm."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import structlog
import xmltodict
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from wechatpy.crypto import WeChatCrypto

from tests.plugin_app import app_config
from tests.plugin_wechat_push import AES_KEY, Pusher, StandIn
from webapp import create_app
from webapp.extensions import db
from webapp.gateways.wechat import signature
from webapp.models import ChatMessage, Conversation
from webapp.services import chat


def _bubbles() -> list[tuple[str, str]]:
    statement = select(ChatMessage.author, ChatMessage.text).order_by(ChatMessage.id)
    return [(author, words) for author, words in db.session.execute(statement)]


def _verify(client: FlaskClient, token: str, **query: str) -> tuple[int, str]:
    given = {"timestamp": "1409735669", "nonce": "1320562132", "echostr": "4375120948345356249"}
    given["signature"] = signature.sign(token, given["timestamp"], given["nonce"])
    answer = client.get("/wechat", query_string=given | query)
    return answer.status_code, answer.text


def test_verification(wechat: Pusher, client: FlaskClient) -> None:
    assert _verify(client, wechat.token) == (200, "4375120948345356249")
    assert _verify(client, "another") == (403, "")
    assert _verify(client, wechat.token, signature="") == (403, "")
    assert _verify(client, wechat.token, nonce="1") == (403, "")
    assert client.get("/wechat").status_code == 403


def test_without_a_token_there_is_nothing(wechat: Pusher, client: FlaskClient) -> None:
    wechat.app.config["WECHAT_TOKEN"] = ""
    assert _verify(client, "") == (404, "")
    assert wechat.push(wechat.message("text", Content="你好")).status_code == 404


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "sealed"])
def test_words_reach_the_bot_and_its_answer_the_person(
    wechat: Pusher, bot: StandIn, context: Flask, sealed: bool
) -> None:
    wechat.sealed = sealed
    assert wechat.say("路灯坏了") == "听到：路灯坏了"
    assert _bubbles() == [("resident", "路灯坏了"), ("bot", "听到：路灯坏了")]
    conversation = db.session.scalars(select(Conversation)).one()
    assert bot.heard == [(conversation.sender, "路灯坏了")]
    assert (conversation.channel, conversation.sender[:3]) == ("wechat", "wx:")


def test_of_both_parts_the_sealed_one_counts(wechat: Pusher, bot: StandIn) -> None:
    wechat.sealed = True
    sealed = wechat.message("text", Content="密的")
    timestamp = str(int(time.time()))
    body = WeChatCrypto(wechat.token, AES_KEY, "wx-test").encrypt_message(
        f"<xml><ToUserName>gh_test</ToUserName><FromUserName>oUser</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>"
        f"<Content>密的</Content><MsgId>{sealed['MsgId']}</MsgId></xml>", "1320562132", timestamp,
    )  # fmt: skip
    both = body.replace(
        "<xml>", "<xml><MsgType>text</MsgType><Content>明的</Content><FromUserName>oOther</FromUserName>", 1
    )
    query = {"encrypt_type": "aes", "msg_signature": xmltodict.parse(body)["xml"]["MsgSignature"]}
    plain = Pusher(wechat.app)
    answer = plain.push(both, timestamp=timestamp, **query)
    assert wechat.read(answer) == "听到：密的"
    assert plain.push(both, timestamp=timestamp, **(query | {"msg_signature": "0" * 40})).status_code == 403
    assert plain.push(both, timestamp=timestamp, encrypt_type="aes").status_code == 403


@pytest.mark.parametrize(
    ("mode", "plain", "sealed"), [("plain", 200, 400), ("compatible", 200, 200), ("safe", 403, 200)]
)
def test_modes(wechat: Pusher, bot: StandIn, mode: str, plain: int, sealed: int) -> None:
    wechat.app.config["WECHAT_MODE"] = mode
    assert wechat.push(wechat.message("text", Content="明文")).status_code == plain
    wechat.sealed = True
    assert wechat.push(wechat.message("text", Content="密文")).status_code == sealed


def test_without_an_app_id_the_answer_is_for_whom_the_message_was(wechat: Pusher, bot: StandIn) -> None:
    wechat.app.config["WECHAT_APP_ID"] = ""
    wechat.sealed = True
    # The other side opens only what is for its own app.
    assert wechat.say("你好") == "听到：你好"
    wechat.app.config["WECHAT_APP_ID"] = "wx-other"
    assert wechat.push(wechat.message("text", Content="你好")).status_code == 400


def test_the_sealed_signature_is_enough(wechat: Pusher, bot: StandIn) -> None:
    wechat.sealed = True
    answer = wechat.push(wechat.message("text", Content="你好"), signature=None)
    assert wechat.read(answer) == "听到：你好"
    assert wechat.push(wechat.message("text", Content="你好"), signature="wrong").status_code == 403
    wechat.sealed = False
    unsigned = wechat.push(wechat.message("text", Content="你好"), signature=None, msg_signature="x")
    assert unsigned.status_code == 403


@pytest.mark.parametrize(
    "query",
    [{"signature": "0" * 40}, {"signature": None}, {"nonce": "other"}, {"timestamp": "soon"}, {"timestamp": ""},
     {"timestamp": "-1"}, {"timestamp": "9" * 40}, {"timestamp": "²"}],
)  # fmt: skip
def test_what_wechat_did_not_sign_is_refused(
    wechat: Pusher, bot: StandIn, context: Flask, query: dict[str, str]
) -> None:
    answer = wechat.push(wechat.message("text", Content="路灯坏了"), **query)
    assert (answer.status_code, answer.data) == (403, b"")
    assert bot.heard == []
    assert _bubbles() == []


@pytest.mark.parametrize("seconds", [-3600, -301, 301])
def test_what_was_overheard_cannot_be_sent_again_later(wechat: Pusher, bot: StandIn, seconds: int) -> None:
    late = str(int(time.time()) + seconds + (1 if seconds > 0 else -1))
    assert wechat.push(wechat.message("text", Content="路灯坏了"), timestamp=late).status_code == 403
    assert bot.heard == []


@pytest.mark.parametrize("timestamps", [(0, 0, 0), (0, 5, 10), (-290, -285, -280)])
def test_repetitions_get_the_first_answer(
    wechat: Pusher, bot: StandIn, context: Flask, timestamps: tuple[int, ...]
) -> None:
    message, now = wechat.message("text", Content="路灯坏了"), int(time.time())
    answers = [wechat.push(message, timestamp=str(now + shift)) for shift in timestamps]
    assert len({answer.data for answer in answers}) == 1
    assert wechat.read(answers[0]) == "听到：路灯坏了"
    assert len(bot.heard) == 1
    assert len(_bubbles()) == 2


def test_a_number_of_another_person_is_not_a_repetition(wechat: Pusher, bot: StandIn) -> None:
    assert wechat.say("我的事", MsgId=1, openid="oFirst") == "听到：我的事"
    assert wechat.say("别的事", MsgId=1, openid="oSecond") == "听到：别的事"


@pytest.mark.parametrize("number", ["", "not a number", "1" * 3000, "-1"])
def test_odd_message_ids(wechat: Pusher, bot: StandIn, number: str) -> None:
    message = wechat.message("text", Content="路灯坏了", MsgId=number)
    assert wechat.read(wechat.push(message)) == wechat.read(wechat.push(message)) == "听到：路灯坏了"
    assert len(bot.heard) == 1
    assert wechat.say("水管坏了", MsgId=number + "2") == "听到：水管坏了"


def test_bodies_that_do_harm(wechat: Pusher, bot: StandIn) -> None:
    entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'
    for body, status in ((entity, 400), ("", 400), ("{}", 400), ("x" * 1_000_000, 413), ("<xml/>", 400)):
        answer = wechat.push(body)
        assert (answer.status_code, answer.data) == (status, b"")
    assert bot.heard == []


@pytest.mark.parametrize("kind", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_the_body_counts_whatever_it_is_called(wechat: Pusher, bot: StandIn, kind: str) -> None:
    assert wechat.read(wechat.push(wechat.message("text", Content="你好"), content_type=kind)) == "听到：你好"


def test_long_words_are_kept_whole(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    words = "路灯坏了。" * 1000
    wechat.say(words)
    assert _bubbles()[0] == ("resident", words)
    assert bot.words == [words[: chat.MAX_MESSAGE]]


def test_no_openid_is_stored_or_logged(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    with structlog.testing.capture_logs() as logs:
        wechat.say("路灯坏了", openid="oVeryOwn")
        wechat.push("<xml", openid="oVeryOwn")
        wechat.push(wechat.message("text", openid="oVeryOwn", Content="路灯坏了"), signature="x")
    assert "oVeryOwn" not in str(logs)
    assert "路灯" not in str(logs)
    for table in ("wechat_followers", "wechat_deliveries", "conversations", "chat_messages"):
        assert "oVeryOwn" not in str(db.session.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"WECHAT_AES_KEY": "short"}, "WECHAT_AES_KEY"),
        ({"WECHAT_AES_KEY": AES_KEY, "WECHAT_MODE": "secret"}, "WECHAT_MODE"),
        ({"WECHAT_AES_KEY": "", "WECHAT_MODE": "safe"}, "needs WECHAT_AES_KEY"),
    ],
)
def test_settings_that_cannot_work_are_told_at_the_start(
    tmp_path: Path, settings: dict[str, str], complaint: str
) -> None:
    with pytest.raises(RuntimeError, match=complaint):
        create_app(app_config(tmp_path / "x", tmp_path) | settings)
