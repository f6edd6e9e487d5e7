"""What residents write that is no plain sentence: pictures, pinyin, anger, counted matters, what no city decides."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from bot.actions import contact, elsewhere, place_spans, places, questions, report_reading, several, words

ROOT = Path(__file__).resolve().parents[2]


def plain(text: str) -> str:
    # Rasa's environment is another one; this module of it is pure.
    spec = importlib.util.spec_from_file_location("plain", ROOT / "bot/components/plain.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.plain(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("👌", "好的"), ("👍👍", "好的"), ("❌", "不对"), ("？", "在吗"), ("dui", "对"), ("bu留", "不留"), ("shi de", "是的"),
        ("Yes", "对"), ("No phone, thanks", "不留电话"), ("How long will it take?", "多久能处理"),
        ("😡😡", "😡😡"), ("路灯坏了👌", "路灯坏了👌"), ("wifi坏了", "wifi坏了"), ("88", "88"), ("OK", "OK"),
    ],
)  # fmt: skip
def test_pictures_and_pinyin(text: str, said: str) -> None:
    assert plain(text) == said


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("你们政府是吃干饭的吗？？我打了三次12345都没人管！！", True), ("打了八遍没一个人管，一群吃干饭的", True),
        ("路灯坏了打了三次12345没人管", False), ("小区停水打了好几遍热线", False), ("路灯坏了", False),
    ],
)  # fmt: skip
def test_anger_without_a_matter(text: str, only: bool) -> None:
    assert report_reading.only_anger(text) is only


@pytest.mark.parametrize(
    "text",
    ["给你们点个大大的赞，稻穗路那个坑修了四个月越修越大", "谢谢你们啊，三个月了还没人修"],
)
def test_irony_is_no_praise(text: str) -> None:
    assert report_reading.turns_to_trouble(text)


def test_plain_praise_is_no_irony() -> None:
    assert not report_reading._irony("窗口小姑娘教了我三遍，真心谢谢她")


def test_where_all_of_several_matters_are() -> None:
    text = "第一楼道灯坏了，第二垃圾没人收，第三井盖松了，都在新城小区2号楼"
    place, parts = several.shared_place(text, ["楼道灯坏了", "垃圾没人收", "井盖松了，都在新城小区2号楼"])
    assert place == "新城小区2号楼"
    assert parts == ["楼道灯坏了", "垃圾没人收", "井盖松了"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("路灯不亮 建设路 快点", "建设路"), ("工地吵 高新路", "高新路"), ("垃圾臭，金桂苑5栋", "金桂苑5栋"),
        ("小区停水三天了", ""), ("路灯坏了", ""), ("我家在农村", ""), ("没有出路", ""),
        ("和平里小区整个停水一天一夜了", "和平里小区"), ("我们小区整个停水", ""), ("隔壁老小区又停电", ""),
    ],
)  # fmt: skip
def test_a_place_by_its_shape(text: str, place: str) -> None:
    assert place_spans.clause_named(text) == place


def test_where_somebody_used_to_live() -> None:
    text = "我原来住在新湖街那边的碧涛苑，前年搬到翠屏小区，8号楼顶层"
    spans = [
        (text.index(name), text.index(name) + len(name)) for name in ("新湖街", "碧涛苑", "翠屏小区", "8号楼")
    ]
    assert place_spans.joined(text, spans, "") == "翠屏小区8号楼"


@pytest.mark.parametrize(
    ("text", "own"), [("小区停水三天了", "小区"), ("和平路又堵了", "和平路"), ("帆影街3号", "帆影街3号")]
)
def test_the_place_of_a_clause_that_tells_more(text: str, own: str) -> None:
    assert place_spans.own_part(text) == own


def test_words_that_lead_to_a_place() -> None:
    assert places.trimmed("喺锦浦街康乐苑") == "锦浦街康乐苑"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("银行把我的卡冻了不给解，你们管管", "12378"),
        ("法院判我赔三万，我不服，能改判不", "12368"), ("我家小子想去当兵该找谁", "征兵"),
        ("银行门口乱停车", ""), ("退伍军人优待证怎么办", ""), ("法院路路灯坏了", ""), ("高铁站门口有黑车", ""),
    ],
)  # fmt: skip
def test_what_no_city_decides(text: str, number: str) -> None:
    advice = elsewhere.guidance(text)
    assert number in advice
    assert bool(advice) is bool(number)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("你是真人吗", True),
        ("跟我说话的是人还是机器啊", True),
        ("转人工", False),
        ("你是机器人听不懂，找个真人来", False),
    ],
)
def test_who_answers(text: str, asks: bool) -> None:
    assert questions.about_bot(text) is asks


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("你好，请问这里是反映问题的地方吗", "about_here"), ("那我能跟你说事吗", "about_here"), ("这个你们管吗", "about_can"),
        ("要留电话吗", "about_privacy"), ("有人联系我吗", "about_time"),
        ("那怎么发", "about_photo"), ("物业不管", ""), ("没人管", ""),
    ],
)  # fmt: skip
def test_asked_along_the_way(text: str, wording: str) -> None:
    assert questions.about_reporting(text) == wording


@pytest.mark.parametrize(
    ("text", "right"),
    [("7号楼，打错了", "7号楼"), ("是三号楼，我说错了", "三号楼"), ("不是五号楼，是六号楼", "六号楼")],
)
def test_what_is_right_stands_in_front(text: str, right: str) -> None:
    assert words.corrected(text) == right


@pytest.mark.parametrize("text", ["你好", "您好", "在吗", "早上好"])
def test_a_greeting_agrees_to_nothing(text: str) -> None:
    assert not words.is_yes(text)


@pytest.mark.parametrize(("text", "name"), [("我姓李", "李"), ("又换了个姓孙的来看", ""), ("免贵姓赵", "赵")])
def test_whose_name_it_is(text: str, name: str) -> None:
    assert contact.name_in(text) == name
