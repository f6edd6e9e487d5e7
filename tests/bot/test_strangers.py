"""What strangers say: answers to the card, announcements, frames around a matter, two wishes at once."""

from __future__ import annotations

import random

import pytest

from bot.actions import confirm_reading, consent, matters, questions, wishes, words
from bot.actions.base import Said
from tests.bot.residents.goals import GOALS
from tests.bot.residents.play import play, spoken
from tests.bot.residents.resident import Wanted, broken, missing, wording
from tests.bot.residents.speech import Speech, bank
from tests.bot.running import RunningBot
from webapp.extensions import db


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("我这个跟他那个不一样", "apart"),
        ("不了，我自己单独的", "apart"),
        ("别合，分开", "apart"),
        ("两码事", "apart"),
        ("各报各的", "apart"),
        ("不要跟他们一起", "apart"),
        ("行，跟他们一块儿", "together"),
        ("那就一块办", "together"),
        ("合并就合并吧", "together"),
        ("对", ""),
        ("不用", ""),
        ("路灯也坏了", ""),
    ],
)
def test_joining_a_neighbours_case(text: str, how: str) -> None:
    assert confirm_reading.apart_or_together(text) == how


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("地址换一下，水岸名都6栋", "水岸名都6栋"),
        ("地址要改，改到棉纺厂家属院7栋", "棉纺厂家属院7栋"),
        ("不是那里，是澜庭花园", "澜庭花园"),
        ("把楼号换成32栋", "32栋"),
        ("地方错了，建设路25号院", "建设路25号院"),
        ("路灯坏了", ""),
        ("对的", ""),
    ],
)
def test_the_place_is_to_be_changed(text: str, place: str) -> None:
    assert confirm_reading.changed_place(text) == place


def test_signs_for_yes() -> None:
    assert all(confirm_reading.is_sign(text) for text in ("👌", "1", "欧克", "👍🏻", "y"))
    assert not any(confirm_reading.is_sign(text) for text in ("2", "不", "路灯", "12"))


@pytest.mark.parametrize(
    "text", ["我看了，没错", "差不多就是这个意思", "对不对？对啊", "写得蛮好", "收到", "那就这么交上去"]
)
def test_more_ways_to_say_yes(text: str) -> None:
    assert consent.read(text).settles


@pytest.mark.parametrize("text", ["没写错", "没搞错", "没有错"])
def test_not_wrong_is_not_wrong(text: str) -> None:
    assert not words.says_wrong(text)


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("我想说个事情", True),
        ("师傅你好，麻烦你个事", True),
        ("你们管不管事的", True),
        ("我有个情况要反映", True),
        ("请问这里能反映问题吗", True),
        ("路灯坏了", False),
        ("停水了", False),
        ("没有问题", False),
        ("我要投诉物业", False),
        ("问下公积金的事", False),
    ],
)
def test_announcements(text: str, only: bool) -> None:
    assert words.announces(text) is only


@pytest.mark.parametrize("text", ["大概几天处理", "多少个工作日", "好久能解决嘛", "几天有回音"])
def test_how_long(text: str) -> None:
    assert questions.about_reporting(text) == "about_time"


def _said(text: str, intent: str, confidence: float = 0.5) -> Said:
    return Said(text, intent, confidence, {})


def test_a_frame_is_no_matter() -> None:
    assert matters.core("你好，路灯坏了，啥时候能弄好，气死我了") == "路灯坏了"
    assert matters.core("谢谢") == "谢谢"


@pytest.mark.needs_bot
@pytest.mark.parametrize(
    ("text", "intent", "told"),
    [
        ("不好意思又来麻烦你们楼下麻将馆通宵吵得睡不着", "deny", True),
        ("打扰了，快递三轮车在小区里横冲直撞没人管", "greet", True),
        ("暖气片摸着冰凉，能不能帮忙解决一下", "ask_service", True),
        ("谢谢", "thank", False),
        ("好的，那先这样吧，我去接孩子了", "goodbye", False),
        ("身份证丢了怎么补办", "ask_service", False),
        ("修好了，灯都亮了，谢谢你们", "thank", False),
    ],
)
def test_a_trouble_behind_small_talk(text: str, intent: str, told: bool, running_bot: RunningBot) -> None:
    with running_bot.app.app_context():
        assert matters.told(_said(text, intent)) is told


@pytest.mark.needs_bot
@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("澜庭花园东门路灯不亮，另外问一下居住证在哪里办", "澜庭花园东门路灯不亮"),
        ("学府路18号井盖没了。对了，办身份证要带什么", "学府路18号井盖没了"),
        ("办身份证要带什么", ""),
        ("澜庭花园东门路灯不亮，什么时候能修", ""),
        ("两个事，一是广场舞吵到十点，二是路灯不亮", ""),
    ],
)
def test_a_trouble_and_a_question(text: str, matter: str, running_bot: RunningBot) -> None:
    with running_bot.app.app_context():
        found, question, code = wishes.trouble_and_question(text)
        assert found == matter
        assert bool(question and code) is bool(matter)


def test_phrases_have_two_halves() -> None:
    assert all(len(phrases) > 1 for phrases in bank().values())
    shown, kept = (Speech(random.Random(1), held) for held in (False, True))
    assert not {shown.phrase("troubles") for _ in range(99)} & {kept.phrase("troubles") for _ in range(99)}


def test_a_wording_is_known_by_its_text() -> None:
    assert (
        wording("记下了：路灯坏了\n这是在什么地方？说个大概的地址就行，比如小区、楼号、路名。")
        == "report_ask_place"
    )
    assert wording("好的，已经取消，没有提交。您想说的时候再找我。") == "cancelled"
    assert wording("别的话") == ""


def test_what_is_wrong_is_found() -> None:
    resident = GOALS[0](Speech(random.Random(1), held=False))
    assert broken(resident, ["report_card"], "a", "b") == []
    assert broken(resident, ["report_ask_place"], "a", "a") == [
        "said the same twice",
        "asked for the place again",
        "must not come: report_ask_place",
    ]
    assert broken(resident, ["emergency_fire"], "a", "b") == ["false alarm: emergency_fire"]
    assert missing(Wanted(requests=1, address="8号楼"), {"requests": 0, "address": None}) == [
        "requests: 0 instead of 1",
        "address: None without '8号楼'",
    ]


@pytest.mark.needs_bot
@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: str(goal.__name__))
def test_residents_come_through(goal: object, running_bot: RunningBot) -> None:
    """Of three residents with each goal two at least; `python -m tests.bot.residents` plays hundreds."""
    with running_bot.app.app_context():
        outcomes = [play(goal(Speech(random.Random(seed), held=False)), running_bot) for seed in range(3)]  # type: ignore[operator]
        db.session.remove()
    failed = [spoken(outcome) for outcome in outcomes if outcome.wrong]
    assert len(failed) <= 1, "\n".join(failed)
