"""The figures and folds of ``tools.bot_report``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import bot_figures as figures
from tools.bot_figures import Read
from tools.bot_folds import Example, folds, groups, load, random_folds, write


def test_near_identical_examples_are_one_group() -> None:
    examples = [Example("thank", text) for text in ("谢谢你", "谢谢你啊", "谢谢你了", "辛苦了同志")]
    assert sorted(len(group) for group in groups(examples)) == [1, 3]


def test_the_same_words_of_two_intents_are_two_groups() -> None:
    assert len(groups([Example("deny", "不是"), Example("correct", "不是")])) == 2


def test_no_group_lies_in_two_folds_and_every_example_in_one() -> None:
    texts = [f"{thing}坏了{end}" for thing in ("电梯", "路灯", "水管", "门禁") for end in ("", "啊", "了吧")]
    examples = [Example("report", text) for text in texts]
    parts = folds(examples, 3)
    assert sorted(e.text for part in parts for e in part) == sorted(texts)
    where = {e.text: number for number, part in enumerate(parts) for e in part}
    assert all(where[f"{thing}坏了"] == where[f"{thing}坏了啊"] for thing in ("电梯", "路灯", "水管", "门禁"))


def test_random_folds_spread_each_intent_and_are_the_same_again() -> None:
    examples = [Example(intent, f"{intent}{n}") for intent in ("greet", "thank") for n in range(10)]
    parts = random_folds(examples, 5)
    assert parts == random_folds(examples, 5)
    assert all(sorted(e.intent for e in part) == ["greet"] * 2 + ["thank"] * 2 for part in parts)
    assert sorted(e.text for part in parts for e in part) == sorted(e.text for e in examples)
    assert [e.text for e in parts[0]] != [examples[i].text for i in (0, 5, 10, 15)]


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    examples = [Example("inform", "电话[13800001234](phone)"), Example("greet", "你好")]
    lists = [{"regex": "phone", "examples": "- 1[0-9]{10}\n"}]
    write(examples, lists, tmp_path / "nlu.yml")
    assert load(tmp_path / "nlu.yml") == (examples, lists)
    assert examples[0].text == "电话13800001234"


def test_wilson_interval() -> None:
    # Newcombe 1998, table I: 81 of 263.
    assert figures.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_score_per_class() -> None:
    reads = [Read("a", "x", "x"), Read("b", "x", "y"), Read("c", "y", "y"), Read("d", "y", "y")]
    scores = figures.per_class(reads)
    assert (scores["x"].precision, scores["x"].recall, scores["x"].support) == (1.0, 0.5, 2)
    assert scores["y"].f1 == pytest.approx(0.8)
    assert figures.accuracy(reads) == 0.75
    assert figures.confusions(reads) == [("x", "y", 1)]


def test_a_wrong_value_is_neither_right_nor_missing() -> None:
    score = figures.of_values(
        [Read("a", "1", "1"), Read("b", "2", "3"), Read("c", "", "4"), Read("d", "", "")]
    )
    assert (score.precision, score.recall, score.support) == (pytest.approx(1 / 3), 0.5, 2)
