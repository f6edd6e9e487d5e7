"""What people send to the account and tap in it: words and numbers, voice, photos, positions, codes, the menu."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests.plugin_wechat_push import Pusher, StandIn
from webapp.extensions import db
from webapp.gateways.wechat.twin import Twin
from webapp.models import Attachment, ChatMessage, Conversation, WechatDelivery, WechatFollower
from webapp.services import chat
from webapp.services.actor import SYSTEM

CARD = [
    {
        "text": "对不对？",
        "buttons": [{"title": "对，提交", "payload": "/affirm"}, {"title": "取消", "payload": "取消"}],
    }
]
LEVELS = ("非常满意", "满意", "基本满意", "不满意", "非常不满意")


def _bubbles() -> list[tuple[str, str]]:
    statement = select(ChatMessage.author, ChatMessage.text).order_by(ChatMessage.id)
    return [(author, words) for author, words in db.session.execute(statement)]


def test_commands_are_words(wechat: Pusher, bot: StandIn) -> None:
    wechat.say("/restart")
    assert bot.words == ["restart"]


def test_a_number_presses_the_button_it_was_offered_with(
    wechat: Pusher, bot: StandIn, context: Flask
) -> None:
    bot.answers = lambda _sender, message: CARD if message == "路灯坏了" else [{"text": "好"}]
    assert wechat.say("路灯坏了").endswith("1. 对，提交\n2. 取消")
    wechat.say("１")
    assert bot.words == ["路灯坏了", "/affirm"]
    assert ("resident", "对，提交") in _bubbles()
    wechat.say("1")
    assert bot.words[-1] == "1"


def test_a_number_that_is_not_on_the_list_gets_the_list_again(
    wechat: Pusher, bot: StandIn, context: Flask
) -> None:
    bot.answers = lambda *_: CARD
    wechat.say("路灯坏了")
    assert wechat.say("7").endswith("1. 对，提交\n2. 取消")
    assert bot.words == ["路灯坏了"]
    wechat.say("1")
    assert bot.words[-1] == "/affirm"
    wechat.say("12号楼")
    assert bot.words[-1] == "12号楼"


def test_a_menu_message_is_a_button(wechat: Pusher, bot: StandIn) -> None:
    bot.answers = lambda *_: CARD
    wechat.say("路灯坏了")
    wechat.say("对，提交", bizmsgmenuid="101")
    assert bot.words[-1] == "/affirm"


def test_five_is_the_best_level(wechat: Pusher, bot: StandIn) -> None:
    question = [{"text": "您满意吗？", "buttons": [{"title": level, "payload": level} for level in LEVELS]}]
    bot.answers = lambda *_: question
    assert "5. 非常满意\n4. 满意" in wechat.say("我要评价")
    wechat.say("5")
    assert bot.words[-1] == "非常满意"


def test_several_reasons_at_once(wechat: Pusher, bot: StandIn) -> None:
    tags = ["等候久", "态度差", "跳过"]
    bot.answers = lambda *_: [
        {"text": "哪里不满意？", "buttons": [{"title": tag, "payload": tag} for tag in tags]},
        {"custom": {"type": "tags", "options": tags, "multiple": True}},
    ]
    assert "可以选几个" in wechat.say("不满意")
    wechat.say("1、2")
    assert bot.words[-1] == "等候久、态度差"


def test_voice_is_words_or_asked_for_again(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    assert wechat.do("voice", MediaId="m", Format="amr", Recognition="路灯坏了。") == "听到：路灯坏了。"
    assert "没听清" in wechat.do("voice", MediaId="m", Format="amr", Recognition="")
    assert "没听清" in wechat.do("voice", MediaId="m", Format="amr")
    assert len(bot.heard) == 1


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, "视频我看不了"),
        ("shortvideo", {"MediaId": "m"}, "视频我看不了"),
        ("link", {"Title": "通知", "Description": "d", "Url": "http://x/"}, "链接我打不开"),
        ("file", {"Title": "a.pdf"}, "文件我打不开"),
        ("text", {"Content": "【收到不支持的消息类型，暂无法显示】"}, "这种消息我看不到"),
        ("text", {"Content": "   "}, "这种消息我看不到"),
        ("location", {"Location_X": "far", "Location_Y": "away"}, "位置没收到"),
        ("location", {"Location_X": "nan", "Location_Y": "1"}, "位置没收到"),
    ],
)
def test_what_the_bot_cannot_take_is_answered_kindly(
    wechat: Pusher, bot: StandIn, kind: str, fields: dict[str, str], words: str
) -> None:
    assert words in wechat.do(kind, **fields)
    assert bot.heard == []


@pytest.mark.parametrize("kind", ["hologram", "music"])
def test_unknown_kinds_are_met_with_silence(wechat: Pusher, bot: StandIn, context: Flask, kind: str) -> None:
    assert wechat.push(wechat.message(kind)).text == "success"
    assert db.session.scalars(select(WechatFollower)).all() == []


def test_a_position_reaches_the_bot(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    fields = {"Location_X": "23.134521", "Location_Y": "113.358803", "Scale": "20", "Label": "柳树社区南门"}
    wechat.do("location", **fields)
    assert bot.words == ["/send_position"]
    stored = db.session.scalars(select(ChatMessage)).first()
    assert stored is not None
    assert stored.text == "柳树社区南门"
    assert stored.payload["position"]["latitude"] == 23.134521


def _photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "green").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("by_id", [True, False], ids=["media id", "address only"])
def test_a_photo_is_fetched_and_kept(
    wechat: Pusher, twin: Twin, bot: StandIn, context: Flask, by_id: bool
) -> None:
    media_id, address = twin.add_picture(_photo())
    if not by_id:
        wechat.app.config["WECHAT_APP_SECRET"] = ""
    picture = "" if by_id else address
    assert wechat.do("image", MediaId=media_id, PicUrl=picture) == "听到：/send_photo"
    photo = db.session.scalars(select(Attachment)).one()
    assert (photo.width, photo.height, photo.message_id is not None) == (64, 48, True)


@pytest.mark.parametrize(
    "address",
    ["", "http://127.0.0.1:9/x.jpg", "file:///etc/passwd", "http://localhost/", "http://[", "not an address"],
)
def test_a_photo_that_cannot_be_had_is_asked_for_again(
    wechat: Pusher, twin: Twin, bot: StandIn, context: Flask, address: str
) -> None:
    assert "照片没有收到" in wechat.do("image", MediaId="unknown", PicUrl=address)
    assert bot.heard == []
    assert _bubbles()[0] == ("resident", "［照片，没有收到］")


def test_what_is_no_photo_is_said_so(wechat: Pusher, twin: Twin, bot: StandIn) -> None:
    media_id, address = twin.add_picture(b"GIF89a and no more")
    assert "不是可以识别的照片" in wechat.do("image", MediaId=media_id, PicUrl=address)


def test_a_new_follower_is_greeted_with_numbers(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    greeting = wechat.do("event", Event="subscribe")
    assert "民评" in greeting
    assert "1. 反映问题\n2. 评价服务\n3. 查进度" in greeting
    assert bot.heard == []
    wechat.say("2")
    assert bot.words == ["我要评价"]


@pytest.mark.parametrize(
    "fields",
    [
        {"Event": "subscribe", "EventKey": "qrscene_HR-001", "Ticket": "t"},
        {"Event": "SCAN", "EventKey": "HR-001", "Ticket": "t"},
    ],
    ids=["subscribe", "scan"],
)
def test_a_services_code_begins_its_rating(
    wechat: Pusher, bot: StandIn, context: Flask, fields: dict[str, str]
) -> None:
    message = wechat.message("event", **fields)
    answers = [wechat.push(message), wechat.push(message)]
    assert answers[0].data == answers[1].data
    assert wechat.read(answers[0]).endswith("听到：我要评价社会保险关系转移")
    assert bot.words == ["我要评价社会保险关系转移"]
    assert db.session.scalars(select(WechatFollower)).one().service_code == "HR-001"


def test_the_code_chooses_where_the_bot_asks_which_service(wechat: Pusher, bot: StandIn) -> None:
    pick = '/inform{"service_code": "HR-001"}'
    which = [{"text": "哪一个？", "buttons": [{"title": "社会保险关系转移", "payload": pick}]}]
    bot.answers = lambda _sender, message: [{"text": "您满意吗？"}] if message == pick else which
    assert wechat.do("event", Event="SCAN", EventKey="HR-001").endswith("您满意吗？")
    assert bot.words == ["我要评价社会保险关系转移", pick]


def test_the_code_of_no_service(wechat: Pusher, bot: StandIn) -> None:
    assert "没有找到" in wechat.do("event", Event="SCAN", EventKey="123")
    assert "民评" in wechat.do("event", Event="subscribe", EventKey="qrscene_123", openid="oNew")
    assert bot.heard == []


def test_two_scans_in_one_second_are_two(wechat: Pusher, bot: StandIn) -> None:
    first, second = (
        wechat.message("event", Event="SCAN", EventKey=code, CreateTime=1) for code in ("HR-001", "HR-002")
    )
    assert wechat.read(wechat.push(first)) != wechat.read(wechat.push(second))


@pytest.mark.parametrize(("key", "words"), [("REPORT", "我要反映问题"), ("HUMAN", "转人工")])
def test_the_menu_speaks(wechat: Pusher, bot: StandIn, key: str, words: str) -> None:
    assert wechat.do("event", Event="CLICK", EventKey=key) == f"听到：{words}"


def test_a_menu_item_of_yesterday_offers_the_beginnings(wechat: Pusher, bot: StandIn) -> None:
    assert "1. 反映问题" in wechat.do("event", Event="CLICK", EventKey="GONE")


@pytest.mark.parametrize(
    "event", ["LOCATION", "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "VIEW", "unheard_of", ""]
)
def test_events_that_nobody_speaks_with(wechat: Pusher, bot: StandIn, context: Flask, event: str) -> None:
    fields = {"Latitude": "23.137466", "Longitude": "113.352425", "Precision": "119.385040"}
    assert wechat.push(wechat.message("event", Event=event, **fields)).text == "success"
    assert _bubbles() == []
    assert db.session.scalars(select(WechatDelivery)).all() == []


def test_leaving_is_noted_and_coming_back(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    def follows() -> bool:
        db.session.expire_all()
        return db.session.scalars(select(WechatFollower.subscribed)).one()

    assert wechat.push(wechat.message("event", Event="unsubscribe")).text == "success"
    wechat.say("你好")
    assert follows()
    assert wechat.push(wechat.message("event", Event="unsubscribe")).text == "success"
    assert not follows()
    wechat.do("event", Event="subscribe")
    assert follows()


def test_a_person_answers(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    wechat.say("转人工")
    conversation = db.session.scalars(select(Conversation)).one()
    chat.hand_over(conversation.sender, "asked")
    assert wechat.say("有人吗") == ""
    assert len(bot.heard) == 1
    chat.reply_as_person(conversation.id, "您好，我在", SYSTEM)
    # The account may not call WeChat: what waits comes with the next word.
    assert wechat.say("好").endswith("您好，我在")
    assert wechat.say("好") == ""


def test_nobody_is_left_in_silence_for_long(wechat: Pusher, bot: StandIn, context: Flask) -> None:
    wechat.say("转人工")
    conversation = db.session.scalars(select(Conversation)).one()
    chat.hand_over(conversation.sender, "asked")
    with time_machine.travel(time.time() + 3600):
        assert "工作人员会在这里回复您" in wechat.say("还有人吗")
        assert wechat.say("喂") == ""
        assert "工作人员会在这里回复您" in wechat.do("event", Event="CLICK", EventKey="RATE")
        assert "工作人员会在这里回复您" in wechat.do("event", Event="SCAN", EventKey="HR-001")
    assert len(bot.heard) == 1
