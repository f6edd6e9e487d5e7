"""Topics, their heat and their growth. All texts are invented."""

from __future__ import annotations

import io
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.cli import main
from nlp.clusters import cluster
from nlp.heat import MOST, concentration, count, heat
from nlp.terms import read_terms
from nlp.topics import Assignment, Known, TopicMessage, assign_topics, find_topics
from nlp.trouble_rows import time_of, topic_messages

START = datetime(2026, 3, 1, tzinfo=UTC)
PLANT = [
    "金桂苑小区旁边新建了混凝土搅拌站，粉尘很大，整夜噪音",
    "投诉金桂苑门口的搅拌站，噪音扰民，粉尘飘进屋里",
    "搅拌站离金桂苑小区不到百米，噪音粉尘让人受不了",
    "金桂苑小区业主要求搬走搅拌站，粉尘污染严重",
]
OTHER_PLANT = [
    "银杏湾小区旁边新建了混凝土搅拌站，粉尘很大，整夜噪音",
    "投诉银杏湾小区门口的搅拌站，噪音扰民，粉尘飘进屋里",
    "搅拌站离银杏湾小区不到百米，噪音粉尘让人受不了",
]
SUBSIDY = [
    "请问租房补贴什么时候发放，我一月份就申请了",
    "租房补贴申请通过两个月了还没发放",
    "咨询租房补贴的申请条件和发放时间",
]
ALONE = ["图书馆周末能不能延长开放", "河里有人电鱼", "新生儿医保在哪里办"]


def messages(*groups: list[str]) -> list[TopicMessage]:
    texts = [text for group in groups for text in group]
    return [
        TopicMessage(i, text, when=START + timedelta(days=i), writer=f"w{i}") for i, text in enumerate(texts)
    ]


def members(*groups: list[str]) -> list[set[int]]:
    return [{int(str(key)) for key in topic.members} for topic in find_topics(messages(*groups))]


def test_one_trouble_is_one_topic_and_two_estates_are_two() -> None:
    found = members(PLANT, OTHER_PLANT, SUBSIDY, ALONE)
    assert sorted(found, key=min) == [{0, 1, 2, 3}, {4, 5, 6}, {7, 8, 9}]


def test_a_chain_of_look_alikes_does_not_glue_estates() -> None:
    bridge = ["金桂苑小区和银杏湾小区旁边都有搅拌站，噪音扰民，粉尘很大"]
    found = members(PLANT, OTHER_PLANT, bridge)
    assert not any({0, 4} <= group for group in found)


def test_two_rare_names_hold_different_faults_of_one_thing_together() -> None:
    faults = [
        "交付的房子墙面渗水，开发商不修",
        "消防通道被封死，物业说以后再说",
        "承诺的会所变成了售楼处，业主被骗",
    ]
    named = [f"鸿栢翠岚{fault}" for fault in faults]
    assert members(faults, ALONE) == []
    assert members(named, ALONE) == [{0, 1, 2}]


def test_a_crowd_that_joined_one_message_makes_a_topic() -> None:
    def found(likes: int) -> list[tuple[object, ...]]:
        batch = [*messages(PLANT), TopicMessage(9, ALONE[0], when=START, writer="x", likes=likes)]
        return [topic.members for topic in find_topics(batch)]

    assert found(80) == [(0, 1, 2, 3)]
    assert found(2000) == [(9,), (0, 1, 2, 3)]


def test_a_topic_has_title_place_period_and_counts() -> None:
    topic = find_topics(messages(PLANT, ALONE))[0]
    assert topic.title.startswith("金桂苑：")
    assert {"搅拌站", "粉尘"} <= set(topic.title.removeprefix("金桂苑：").split("、"))
    assert topic.place == "金桂苑"
    assert (topic.since, topic.until) == (START, START + timedelta(days=3))
    assert (topic.writers, topic.likes, topic.heat) == (4, 0, 4.0)
    assert json.loads(json.dumps(topic.as_dict()))["members"] == [0, 1, 2, 3]


def test_titles_show_no_personal_data() -> None:
    texts = [f"{text}，我叫周小桂，电话13812345678" for text in PLANT]
    topic = find_topics(messages(texts))[0]
    assert "13812345678" not in topic.title
    assert "周小桂" not in topic.title


def test_the_order_of_the_input_does_not_decide_who_belongs_together() -> None:
    def together(texts: list[str]) -> set[frozenset[str]]:
        return {frozenset(texts[i] for i in group) for group in members(texts)}

    texts = PLANT + OTHER_PLANT + SUBSIDY + ALONE
    for seed in range(3):
        assert together(random.Random(seed).sample(texts, len(texts))) == together(texts)


def test_topics_are_deterministic_and_none_come_from_nothing() -> None:
    batch = messages(PLANT, SUBSIDY, ALONE)
    assert find_topics(batch) == find_topics(batch)
    assert find_topics([]) == []
    assert find_topics(messages(["", "  ", "。", "\ud800"])) == []
    assert len(find_topics(messages(ALONE), smallest=1)) == 3


def test_clusters_hold_every_message_once_even_very_long_ones() -> None:
    texts = [*PLANT, PLANT[0] * 800, "", *ALONE]
    groups = cluster([read_terms(text) for text in texts])
    assert sorted(i for group in groups for i in group) == list(range(len(texts)))
    assert any({0, 4} <= set(group) for group in groups)


def test_likes_and_supporters_heat_a_topic_and_dislikes_cool_it() -> None:
    at = [START]
    assert heat(1, 0, 0, 0, at) < heat(1, 1, 0, 0, at) < heat(2, 0, 0, 0, at)
    assert heat(1, 0, 100, 0, at) == 11.0
    assert heat(1, 0, 100, 36, at) == 9.0
    assert heat(1, 0, 0, 100, at) == 1.0
    assert heat(10, 0, 0, 0, at) > heat(1, 0, 50, 0, at)


def test_the_same_messages_within_a_month_are_hotter_than_over_a_year() -> None:
    month = [START + timedelta(days=3 * i) for i in range(8)]
    year = [START + timedelta(days=45 * i) for i in range(8)]
    assert concentration(month) == 1.0
    assert concentration(year) == pytest.approx(1 / 8)
    assert heat(8, 0, 0, 0, month) > heat(8, 0, 0, 0, year)
    assert concentration([None, None]) == 1.0


def test_one_writer_counts_once_and_unknown_writers_each() -> None:
    same = [TopicMessage(i, text, writer="w") for i, text in enumerate(PLANT)]
    assert find_topics(same)[0].writers == 1
    assert find_topics([TopicMessage(i, text) for i, text in enumerate(PLANT)])[0].writers == 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", 12),
        (3.9, 3),
        ("", 0),
        (None, 0),
        (-5, 0),
        ("nan", 0),
        ("inf", 0),
        ("1e300", MOST),
        ("很多", 0),
        ([], 0),
    ],
)
def test_counts_take_anything(value: object, expected: int) -> None:
    assert count(value) == expected


@settings(max_examples=40)
@given(st.one_of(st.text(max_size=8), st.floats(), st.integers(), st.none()))
def test_no_value_makes_a_heat_that_is_no_number(value: object) -> None:
    batch = [TopicMessage(i, t, likes=value, dislikes=value, supporters=value) for i, t in enumerate(PLANT)]
    found = find_topics(batch)[0].heat
    assert 0 <= found <= 4 + 4 * MOST


def test_new_messages_join_their_topic_or_open_one() -> None:
    known = [Known("plant", text) for text in PLANT[:3]] + [Known("subsidy", text) for text in SUBSIDY[:2]]
    answer = assign_topics([PLANT[3], ALONE[0], SUBSIDY[2], OTHER_PLANT[0], OTHER_PLANT[1]], known)
    assert [(a.topic, a.opened) for a in answer] == [
        ("plant", None), (None, 0), ("subsidy", None), (None, 1), (None, 1),
    ]  # fmt: skip
    assert answer[1].likeness == 0


def test_assigning_from_nothing_opens_topics_and_blank_ones_stand_alone() -> None:
    assert assign_topics([], []) == []
    answer = assign_topics([PLANT[0], "", PLANT[1], ""], [])
    assert [a.opened for a in answer] == [0, 1, 0, 2]
    assert answer[0] == Assignment(None, 0, 0.0)


def test_assigning_one_by_one_in_any_order_ends_in_the_same_topics_as_the_batch() -> None:
    texts = PLANT[:3] + SUBSIDY[:2]
    for order in list(permutations(texts))[::17]:
        opened = [a.opened for a in assign_topics(list(order), [])]
        assert {opened[i] for i, text in enumerate(order) if text in PLANT}.isdisjoint(
            opened[i] for i, text in enumerate(order) if text in SUBSIDY
        )
        assert len(set(opened)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026/3/1 9:05:07", datetime(2026, 3, 1, 9, 5, 7, tzinfo=UTC)),
        ("2026-03-01T09:05", datetime(2026, 3, 1, 9, 5, tzinfo=UTC)),
        ("2026年3月1日", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-13-45", None),
        ("昨天", None),
        (None, None),
    ],
)
def test_times_are_read_as_exports_write_them(text: object, expected: datetime | None) -> None:
    assert time_of(text) == expected


def test_rows_come_from_csv_with_subject_and_detail() -> None:
    rows = "msg_id,subject,detail,time,likes\n7,搅拌站扰民,整夜施工,2026/3/1 1:02:03,5\n8,,,,\n".encode(
        "utf-8-sig"
    )
    found = list(topic_messages(io.BytesIO(rows)))
    assert [(m.key, m.whole, m.likes) for m in found] == [("7", "搅拌站扰民 整夜施工", "5")]


def test_the_command_line_prints_topics(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = [json.dumps({"id": i, "text": text, "likes": i}) for i, text in enumerate(PLANT + SUBSIDY)] + [
        "{"
    ]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    assert main(["topics", "--top", "1"]) == 0  # 3 writers and √15 beat 4 writers and √6
    out = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [(t["rank"], t["messages"], t["likes"], t["members"]) for t in out] == [(1, 3, 15, [4, 5, 6])]
