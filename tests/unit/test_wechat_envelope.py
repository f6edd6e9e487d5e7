"""WeChat's XML, read as wechatpy reads it; XML that does harm is not read at all."""

from __future__ import annotations

import pytest
import xmltodict
from wechatpy import parse_message

from webapp.gateways.wechat.envelope import BadEnvelope, incoming, read_fields, text_reply

HEAD = (
    "<ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oUser]]></FromUserName>"
    "<CreateTime>1348831860</CreateTime>"
)


def _message(rest: str) -> str:
    return f"<xml>{HEAD}{rest}</xml>"


@pytest.mark.parametrize(
    ("rest", "ours", "theirs"),
    [
        ("<MsgType>text</MsgType><Content><![CDATA[<b>&]]></Content><MsgId>1</MsgId>", "Content", "content"),
        ("<MsgType>image</MsgType><PicUrl>http://p</PicUrl><MediaId>m</MediaId><MsgId>1</MsgId>", "PicUrl", "image"),
        ("<MsgType>voice</MsgType><Recognition>路灯坏了</Recognition><MsgId>1</MsgId>", "Recognition", "recognition"),
        ("<MsgType>location</MsgType><Location_X>23.1</Location_X><Location_Y>113.3</Location_Y>"
         "<Scale>20</Scale><Label>位置</Label><MsgId>1</MsgId>", "Label", "label"),
        ("<MsgType>link</MsgType><Title>t</Title><Url>http://u</Url><MsgId>1</MsgId>", "Url", "url"),
        ("<MsgType>event</MsgType><Event>CLICK</Event><EventKey>REPORT</EventKey>", "EventKey", "key"),
        ("<MsgType>event</MsgType><Event>SCAN</Event><EventKey>HR-001</EventKey>", "EventKey", "scene_id"),
    ],
    ids=["text", "image", "voice", "location", "link", "click", "scan"],
)  # fmt: skip
def test_fields_as_wechatpy_reads_them(rest: str, ours: str, theirs: str) -> None:
    message, other = incoming(read_fields(_message(rest).encode())), parse_message(_message(rest))
    assert message.get(ours) == str(getattr(other, theirs))
    assert (message.openid, message.account) == (other.source, other.target)
    assert message.kind == other.type
    assert message.get("CreateTime") == str(int(other.create_time.timestamp()))


def test_events_are_told_from_messages() -> None:
    event = incoming(read_fields(_message("<MsgType>event</MsgType><Event>SCAN</Event>").encode()))
    text = incoming(read_fields(_message("<MsgType>text</MsgType><Event>SCAN</Event>").encode()))
    assert (event.event, text.event) == ("scan", "")


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB + _message("<MsgType>text</MsgType><Content>&b;</Content>"),
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + _message("<MsgType>text</MsgType><Content>&a;</Content>"),
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + _message("<MsgType>text</MsgType>"),
        "", "{}", "<xml>", "<html></html>", "\x00", '<?xml version="1.0" encoding="nonsense"?><xml/>',
        "<xml/>", "<xml><MsgType>text</MsgType></xml>",
        f"<xml><ToUserName>g</ToUserName><FromUserName>{'o' * 200}</FromUserName><MsgType>text</MsgType></xml>",
    ],
    ids=["entity bomb", "external entity", "external dtd", "empty", "json", "unclosed", "html", "zero", "encoding", "no fields",
         "no sender", "endless sender"],
)  # fmt: skip
def test_harmful_or_foreign_xml_is_refused(body: str) -> None:
    with pytest.raises(BadEnvelope):
        incoming(read_fields(body.encode()))


def test_controls_and_spaces_around_do_not_stay() -> None:
    assert read_fields(_message("<Content> 路\u007f灯 \n</Content>").encode())["Content"] == "路灯"


@pytest.mark.parametrize("content", ["您好", "<a & b>", "x]]>y", "一\n二", "😀"])
def test_a_reply_says_what_it_should(content: str) -> None:
    read = xmltodict.parse(text_reply("oUser", "gh_1", content, 1348831860))["xml"]
    assert read == {
        "ToUserName": "oUser", "FromUserName": "gh_1", "CreateTime": "1348831860", "MsgType": "text", "Content": content,
    }  # fmt: skip
