"""Whether danger or despair stands in the words themselves."""

from __future__ import annotations

import pytest

from nlp import danger_words


@pytest.mark.parametrize(
    "text",
    [
        "楼下着火了", "满屋煤气味", "电梯里关着两个人",
        "有人拿刀砍人", "老人摔在地上起不来，头上有血", "孩子掉河里了", "我爷爷倒在地上不动了",
        "他说要杀了我，我好怕", "高压线掉下来了", "孩子走丢了", "他要跳楼", "桥断了，有车掉下去",
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
    ],
)  # fmt: skip
def test_a_nuisance_is_no_danger(text: str) -> None:
    assert not danger_words.in_words(text)


@pytest.mark.parametrize(
    ("text", "despair"), [("活着没意思", True), ("我想解脱", True), ("电话就不留了，你们直接处理", False)]
)
def test_despair(text: str, despair: bool) -> None:
    assert danger_words.own_life(text) is despair
