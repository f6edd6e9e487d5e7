"""Gold sets of our own (nlp_gold/*.csv), and cases that once went wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from nlp import analyze, taxonomy
from nlp.train_gold import read_gold

URGENCY = read_gold("urgency")
TYPES = read_gold("request_type")
TREE = read_gold("category")


def test_gold_sets_are_large_enough_and_name_known_labels() -> None:
    levels = Counter(label for _, label in URGENCY)
    assert levels["emergency"] >= 40
    assert levels["urgent"] >= 20
    assert levels["normal"] >= 40
    assert set(Counter(label for _, label in TYPES)) == {
        "complaint",
        "help",
        "inquiry",
        "suggestion",
        "praise",
    }
    assert {code[:2] for _, code in TREE} >= {f"{number:02}" for number in range(1, 14)}
    assert all(taxonomy.by_code()[code].level == 3 for _, code in TREE)


def test_no_emergency_is_missed_and_few_alarms_are_false() -> None:
    answers = [(analyze(text).urgency, label) for text, label in URGENCY]
    called = [label for answer, label in answers if answer == "emergency"]
    emergencies = [answer for answer, label in answers if label == "emergency"]
    assert emergencies.count("emergency") / len(emergencies) >= 0.98
    assert called.count("emergency") / len(called) >= 0.9


@pytest.mark.parametrize(("text", "level"), [pair for pair in URGENCY if pair[1] == "normal"])
def test_figures_of_speech_and_questions_raise_no_alarm(text: str, level: str) -> None:
    assert analyze(text).urgency == level


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
    answers = [(analyze(text).request_type, label) for text, label in TYPES]
    for kind in ("praise", "help"):
        found = [answer for answer, label in answers if label == kind]
        assert found.count(kind) / len(found) >= 0.9, kind
        called = [label for answer, label in answers if answer == kind]
        assert called.count(kind) / len(called) >= 0.9, kind
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
    answers = [([guess.code for guess in analyze(text).categories], code) for text, code in TREE]
    assert sum(found[0] == code for found, code in answers) / len(answers) >= 0.9
    assert sum(found[0][:2] == code[:2] for found, code in answers) / len(answers) >= 0.93
    assert sum(code in found for found, code in answers) / len(answers) >= 0.93


def test_feelings_point_the_right_way() -> None:
    good = analyze("办事很快，工作人员非常热情耐心，很满意")
    bad = analyze("态度恶劣，推诿扯皮，太让人失望了")
    assert good.sentiment > 0.9 > 0.2 > bad.sentiment
    assert good.expected_rating > 4 > 2.5 > bad.expected_rating
    assert bad.anger > 0.5 > analyze("请问图书馆周一开门吗").anger
