"""Danger told without its words is believed, and a plain complaint raises no alarm."""

from __future__ import annotations

import pytest

from nlp import alarm, danger_words
from nlp.analyzer import default_analyzer

TOLD = [
    "小孩坐在五楼窗户外面，谁也够不着",
    "老公抄起板凳要砸我，我躲在卫生间",
    "我手一碰栏杆就麻，孩子也被打了一下",
]
PLAIN = [
    "路灯坏了三天没人修",
    "楼下广场舞太吵，睡不着",
    "出租车多收了我二十块",
    "办证要带什么材料",
    "电话不留了",
]


@pytest.mark.parametrize("text", TOLD)
def test_danger_without_its_words(text: str) -> None:
    assert not danger_words.in_words(text)
    assert alarm.believed(text)
    assert alarm.worth_a_word(text, default_analyzer().analyze(text).danger)


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_complaint(text: str) -> None:
    assert not alarm.believed(text)
    assert not alarm.worth_a_word(text, default_analyzer().analyze(text).danger)


def test_a_long_story_needs_a_word_of_it() -> None:
    story = "我在这住了二十多年了，以前一直挺好的，老伴身体不好需要静养，" * 3
    assert not alarm.worth_a_word(story, 0.9)
    assert alarm.worth_a_word(f"{story}现在她晕过去了", 0.9)


def test_a_rule_is_sure() -> None:
    assert default_analyzer().analyze("厨房里一股煤气味").danger == 1
    assert default_analyzer().analyze("。").danger == 0
