"""What a topic is called: place, kind, and only what several members said. All texts are invented."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nlp.headings import common_to, heading
from nlp.normalise import normalise
from nlp.segment import words
from nlp.terms import read
from nlp.topics import TopicMessage, find_topics

LANE = [
    "领导您好，消防通道停满了车，救护车进不来，我母亲去年做过手术。",
    "我今年七十三了，消防通道停满了车，救护车进不来。请回复。",
    "还有人管吗！消防通道停满了车，救护车进不来，拖车电话没人接",
    "反映一下，消防通道停满了车，天天如此",
]
FEES = [
    "物业费涨到每平米三块二，事先没有公示，大家都想换物业",
    "提个建议，物业费涨到每平米2.8元，事先没有公示",
    "你好，物业费涨到每平米四块五，事先没有公示。希望街道来指导",
]


def _heading(texts: Sequence[str], place: str = "", kind: str = "") -> str:
    return heading(texts, [read(text).places for text in texts], range(len(texts)), place, kind)


def test_a_heading_says_the_trouble_and_not_who_told_it() -> None:
    assert _heading(LANE, "", "车库车位管理") == "车库车位管理：消防通道停满了车，救护车进不来"
    assert _heading(LANE, "金桂苑", "车库车位管理").startswith("金桂苑车库车位管理：消防通道")
    assert _heading(LANE) == "消防通道停满了车，救护车进不来"


@pytest.mark.parametrize("texts", [LANE, FEES])
def test_no_word_stands_in_it_that_one_member_alone_said(texts: list[str]) -> None:
    said = [{word.text for word in words(normalise(text))} for text in texts]
    for word in words(normalise(_heading(texts))):
        if word.tag != "x":
            assert sum(word.text in member for member in said) >= common_to(len(texts)), word


def test_what_each_puts_differently_is_left_out() -> None:
    found = _heading(FEES)
    assert "物业费" in found
    assert not {"三块", "四块", "2.8"} & {found[i : i + 2] for i in range(len(found))}


def test_an_order_of_members_decides_nothing_but_ties() -> None:
    assert _heading(LANE[::-1]) == _heading(LANE)


def test_words_stand_for_members_that_share_no_sentence() -> None:
    texts = ["图书馆的空调坏了三天", "三楼空调不制冷，图书馆太热", "图书馆热，空调一直没修"]
    assert set(_heading(texts).split("、")) >= {"图书馆", "空调"}


def test_personal_data_that_all_members_hold_is_in_none() -> None:
    texts = [f"{text} 我叫周小桂，电话13812345678，身份证110101199003070011" for text in LANE]
    found = _heading(texts)
    assert "周小桂" not in found
    assert "138" not in found
    assert "1101" not in found


@pytest.mark.parametrize(("count", "least"), [(1, 1), (2, 2), (3, 3), (8, 3), (13, 4), (100, 25)])
def test_how_many_must_say_a_word(count: int, least: int) -> None:
    assert common_to(count) == least


def test_nothing_comes_from_nothing() -> None:
    assert _heading(["", "。", "\ud800"]) == ""
    assert _heading(["", ""], "金桂苑", "噪声") == "金桂苑噪声"


def test_a_topic_takes_the_kind_that_half_of_its_members_have() -> None:
    def title(kinds: Sequence[str]) -> str:
        batch = [
            TopicMessage(i, text, kind=kind) for i, (text, kind) in enumerate(zip(LANE, kinds, strict=True))
        ]
        return find_topics(batch, smallest=3)[0].title

    assert title(["停车", "停车", "消防", "噪声"]).startswith("停车：")
    assert title(["停车", "消防", "噪声", "电梯"]).startswith("消防通道")
