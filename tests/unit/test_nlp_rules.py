"""Gold sets of our own (nlp/gold), and cases that once went wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from nlp import REQUEST_TYPES, analyze, taxonomy
from nlp.train_gold_rows import read_gold

# Only the dev side may be looked at, and so it is what tests may fail on; `python -m nlp evaluate` prints both.
URGENCY = read_gold("urgency", "dev")
TYPES = read_gold("request_type", "dev")
TREE = read_gold("category", "dev")


def test_gold_sets_are_large_enough_and_name_known_labels() -> None:
    levels = Counter(row.label for row in read_gold("urgency", "test"))
    assert levels["emergency"] >= 100
    assert levels["urgent"] >= 50
    assert levels["normal"] >= 100
    assert set(Counter(row.label for row in TYPES)) == set(REQUEST_TYPES)
    tree = read_gold("category")
    assert {row.label[:2] for row in tree} >= {f"{number:02}" for number in range(1, 14)}
    assert all(taxonomy.by_code()[row.label].level == 3 for row in tree)


@pytest.mark.parametrize("name", ["urgency", "request_type", "category"])
def test_no_message_stands_on_two_sides_of_a_split(name: str) -> None:
    sides: dict[str, set[str]] = {}
    for row in read_gold(name):
        sides.setdefault("".join(filter(str.isalnum, row.text)), set()).add(row.split)
    assert [text for text, found in sides.items() if len(found) > 1] == []


def test_no_emergency_is_missed_and_not_too_many_alarms_are_false() -> None:
    answers = [(analyze(row.text).urgency, row.label) for row in URGENCY]
    called = [label for answer, label in answers if answer == "emergency"]
    emergencies = [answer for answer, label in answers if label == "emergency"]
    assert emergencies.count("emergency") / len(emergencies) >= 0.98
    assert called.count("emergency") / len(called) >= 0.6


def test_a_danger_to_oneself_is_said_to_be_one() -> None:
    found = ["self_harm" in analyze(row.text).reasons for row in URGENCY if row.reason == "self_harm"]
    assert len(found) >= 8
    assert sum(found) / len(found) >= 0.9


def test_a_danger_in_the_middle_of_a_long_story_is_found() -> None:
    story = (
        "我们小区物业费每年都在涨，停车位也不够，去年答应修的凉亭到现在没有动静，业主群里天天吵。"
        "昨天到今天楼道里都有一股很浓的煤气味，大家头晕。"
        "另外绿化带没人修剪，快递柜又坏了，希望有关部门督促物业把这些事情一件一件办好，给大家一个交代，谢谢。"
    )
    assert analyze(story).urgency == "emergency"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("楼下起火了", "emergency"),  # 火了 alone is a figure of speech
        ("二楼上火苗窜出来了", "emergency"),
        ("公司门口有工人聚集闹事", "urgent"),
        ("一旦着火，消防车根本进不来", "normal"),
        ("新闻里说外地发生火灾，建议我们这里加强检查", "normal"),
        ("女儿墙有裂缝", "normal"),
        ("不要等到房子塌了才来管", "normal"),
        ("再不处理我就跳楼", "emergency"),
        ("跳楼机排队太久", "normal"),
        ("想死的心都有了", "emergency"),
        ("闻到煤气味，已经报修三天没人来", "emergency"),
        ("去年这里着过火", "normal"),
        ("去年着过火，现在又着火了", "emergency"),
        ("家里煤氣洩漏", "emergency"),
    ],
)
def test_context_decides(text: str, level: str) -> None:
    assert analyze(text).urgency == level


def test_request_types_of_short_messages() -> None:
    answers = [(analyze(row.text).request_type, row.label) for row in TYPES]
    assert sum(answer == label for answer, label in answers) / len(answers) >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "感谢领导百忙之中看我的留言，路灯坏了半年，请尽快处理，谢谢",
        "谢谢你们的回复，但是问题没有解决，还是没有人来修",
        "服务态度好差，等了两个小时",
    ],
)
def test_polite_complaints_are_no_praise(text: str) -> None:
    assert analyze(text).request_type != "praise"


def test_leaves_of_the_tree() -> None:
    answers = [([guess.code for guess in analyze(row.text).categories], row.label) for row in TREE]
    assert sum(found[0] == code for found, code in answers) / len(answers) >= 0.85
    assert sum(found[0][:2] == code[:2] for found, code in answers) / len(answers) >= 0.9
    assert sum(code in found for found, code in answers) / len(answers) >= 0.93


def test_feelings_point_the_right_way() -> None:
    good = analyze("办事很快，工作人员非常热情耐心，很满意")
    bad = analyze("态度恶劣，推诿扯皮，太让人失望了")
    assert good.sentiment > 0.9 > 0.2 > bad.sentiment
    assert good.expected_rating > 4 > 2.5 > bad.expected_rating
    assert bad.anger > 0.5 > analyze("请问图书馆周一开门吗").anger
