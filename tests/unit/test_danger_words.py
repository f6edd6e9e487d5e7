"""Whether danger or despair stands in the words themselves."""

from __future__ import annotations

import pytest

from nlp import danger_words, urgency
from nlp.analyzer import default_analyzer


@pytest.mark.parametrize(
    "text",
    [
        "楼下着火了", "满屋煤气味", "电梯里关着两个人",
        "有人拿刀砍人", "老人摔在地上起不来，头上有血", "孩子掉河里了", "我爷爷倒在地上不动了",
        "他说要杀了我，我好怕", "高压线掉下来了", "孩子走丢了",
        "瓷砖砸到人了", "他要跳楼", "桥断了，有车掉下去",
    ],
)  # fmt: skip
def test_danger(text: str) -> None:
    assert danger_words.in_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "楼下烧烤天天冒烟，家里全是烟", "打车绕路多收了四十块", "煤气灶打不着火",
        "燃气费怎么又涨了", "儿子也不来看我", "一楼不同意装电梯",
        "栏杆断了，怕小孩掉下去", "去年做了心脏手术", "饭店油烟大，烟囱对着我家冒黑烟", "水管爆了没人修",
        "楼上装修从早砸到晚", "天天砸到半夜十二点",
    ],
)  # fmt: skip
def test_a_nuisance_is_no_danger(text: str) -> None:
    assert not danger_words.in_words(text)


@pytest.mark.parametrize(
    ("text", "despair"), [("活着没意思", True), ("我想解脱", True), ("电话就不留了，你们直接处理", False)]
)
def test_despair(text: str, despair: bool) -> None:
    assert danger_words.own_life(text) is despair


@pytest.mark.parametrize(
    "text",
    [
        "那味儿直接把我送走，我当场原地去世，垃圾房太臭了", "再这么熏下去我人都没了，楼下饭店油烟太大",
        "楼下又在半夜施工，我真的会谢，吵得半条命都没了",
    ],
)  # fmt: skip
def test_dying_of_annoyance_is_no_emergency(text: str) -> None:
    assert default_analyzer().analyze(text).urgency == "normal"


@pytest.mark.parametrize(
    "text", ["有人从楼上摔下来不动了，满地是血，我当场原地去世", "楼下着火了，烟直接把我送走，快来人"]
)
def test_a_figure_of_speech_hides_no_danger(text: str) -> None:
    assert default_analyzer().analyze(text).urgency == "emergency"


@pytest.mark.parametrize("text", ["他被车撞了当场去世", "电线把他电倒了，当场没了呼吸"])
def test_a_real_death_is_no_figure_of_speech(text: str) -> None:
    assert not urgency.exaggerates(text)
