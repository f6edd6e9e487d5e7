"""Reading only where a place may stand: the gate, and parts of a text that score as they do in the whole."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from nlp import place_gate
from nlp.linear import MODELS, ModelError
from nlp.normalise import normalise
from nlp.place_gate import AROUND, CHARACTERS, PAIRS, WORDS
from nlp.places import default_finder, find_places
from nlp.segment import Word, words
from nlp.sequence import Span, Tagger
from nlp.sequence_features import Layout
from nlp.train_gate import Texts, _kept, _labels
from nlp.types import Place

TEXT = (
    "我是阳光花园3栋的住户，幸福路18号门口的路灯坏了三个星期，晚上 什么都看不见\n人民医院旁边的东湖公园也一样，"
    "老人出门很不方便。希望有关部门尽快派人来修，谢谢！"
)


def _stretches(seed: int, size: int) -> list[tuple[int, int]]:
    rng = random.Random(seed)
    out = []
    start = rng.randint(0, 8)
    while start < size:
        out.append((start, min(size, start + rng.randint(1, 12))))
        start = out[-1][1] + rng.randint(1, 25)
    return out


@pytest.mark.parametrize("seed", range(6))
def test_stretches_score_as_they_do_in_the_whole_text(seed: int) -> None:
    tagger = default_finder()._places
    look, stretches = tagger.look(TEXT, words(TEXT)), _stretches(seed, len(TEXT))
    whole = tagger.scores(look)
    wanted = np.concatenate([whole[start:end] for start, end in stretches])
    assert tagger.scores(look, stretches) == pytest.approx(wanted, abs=1e-4)


def test_a_stretch_that_is_the_whole_text_gives_all_its_spans() -> None:
    tagger, cut = default_finder()._places, words(TEXT)
    look = tagger.look(TEXT, cut)
    spans, chances = tagger.tag_within(look, [(0, len(TEXT))], ("address", "scene"))
    assert spans == tagger.tag(TEXT, cut) != []
    assert chances == pytest.approx(tagger.chances(tagger.scores(look), ("address", "scene")), abs=1e-5)


def test_the_layout_tells_words_from_gaps() -> None:
    cut = [Word("路灯", "n", 1), Word("坏", "v", 3), Word("三星期", "", 5)]
    layout = Layout(cut, 9)
    assert layout.index.tolist() == [3, 0, 0, 1, 3, 2, 2, 2, 3]
    assert layout.position.tolist() == [0, 1, 3, 4, 0, 1, 2, 3, 0]
    assert [code - code % 4 for code in layout.codes.tolist() if code] == [4, 4, 28, 92, 92, 92]
    assert [layout.codes[at] for at in (0, 4, 8)] == [0, 0, 0]
    assert Layout([], 3).codes.tolist() == [0, 0, 0]


def test_paths_found_together_are_the_best_of_each() -> None:
    rng = np.random.default_rng(4)
    tagger = Tagger.__new__(Tagger)
    tagger.labels = ("O", "B-a", "I-a")
    tagger.transitions = rng.normal(size=(3, 3)).astype(np.float32)
    tagger._into = tagger.transitions.T.copy()
    tagger.start, tagger.end = rng.normal(size=(2, 3)).astype(np.float32)
    pieces = [rng.normal(size=(size, 3)).astype(np.float32) for size in (2, 5, 1, 5, 3)]
    ends = [(True, False), (False, False), (False, True), (True, True), (False, False)]

    def total(path: tuple[int, ...], scores: np.ndarray, begins: bool, ends_: bool) -> float:
        first = tagger.start if begins else tagger.transitions[0]
        last = tagger.end if ends_ else tagger.transitions[:, 0]
        moves = sum(tagger.transitions[a, b] for a, b in itertools.pairwise(path))
        return float(first[path[0]] + last[path[-1]] + moves + sum(scores[range(len(path)), path]))

    for path, scores, (begins, ends_) in zip(tagger._paths(pieces, ends), pieces, ends, strict=True):
        every = itertools.product(range(3), repeat=len(scores))
        assert tuple(path) == max(every, key=lambda one, s=scores, b=begins, e=ends_: total(one, s, b, e))


def test_the_gate_adds_up_what_stands_around_a_character() -> None:
    gate, look = place_gate.load(), default_finder()._places.look(TEXT, words(TEXT))
    slow = []
    for at in range(len(TEXT)):
        total = gate.header["bias"]
        for table, values, looked in (
            (gate.character, look.ids, CHARACTERS), (gate.word, look.layout.codes, WORDS), (gate.pair, look.pairs, PAIRS),
        ):  # fmt: skip
            for column, shift in enumerate(looked):
                if 0 <= at + shift < len(TEXT):
                    total += float(table[values[at + shift], column])
        slow.append(total)
    assert gate.scores(look) == pytest.approx(slow, abs=1e-4)


def test_the_tagger_reads_around_what_scores_and_what_the_rules_found() -> None:
    gate = place_gate.load()
    scores = np.full(60, gate.header["open_above"] - 1, dtype=np.float32)
    assert gate.stretches(scores, []) == []
    scores[[0, 30, 32]] = gate.header["open_above"] + 1
    assert gate.stretches(scores, []) == [(0, AROUND + 1), (30 - AROUND, 33 + AROUND)]
    ruled = Place("三号楼", 57, 60, "number")
    assert gate.stretches(scores, [ruled])[-1] == (57 - AROUND, 60)


def test_most_messages_without_a_place_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    inside = Tagger.tag_within
    monkeypatch.setattr(
        Tagger, "tag_within", lambda self, look, *rest: read.append(look.text) or inside(self, look, *rest)
    )
    plain = [
        "社保卡丢了怎么办",
        "公司拖欠工资三个月了",
        "物业态度太差了",
        "工资一直不发",
        "谢谢你们",
        "孩子发烧了怎么办",
    ]
    for text in plain:
        assert find_places(words(text), text, text) == ()
    assert len(read) <= len(plain) // 2
    text = normalise("建设路坑洼不平，老人摔倒了")
    assert find_places(words(text), text, text)[0].text == "建设路"
    assert read[-1] == text


def test_a_damaged_or_foreign_gate_is_refused(tmp_path: Path) -> None:
    for end in ("npz", "json"):
        shutil.copy(MODELS / f"place_gate.{end}", tmp_path)
    header = json.loads((tmp_path / "place_gate.json").read_text(encoding="utf-8"))
    (tmp_path / "place_gate.json").write_text(json.dumps({**header, "sha256": "0"}), encoding="utf-8")
    with pytest.raises(ModelError, match="checksum"):
        place_gate.load(tmp_path)


def test_the_gate_says_what_it_lets_through() -> None:
    header = place_gate.load().header
    assert header["places_kept"] >= 0.995
    assert header["characters_read"] <= 0.6
    assert (MODELS / "place_gate.npz").stat().st_size < 500_000


def test_the_gate_learns_from_texts_that_are_not_held_out_and_is_judged_on_the_others() -> None:
    tagger = default_finder()._places
    looks = [tagger.look(text, words(text)) for text in ("在建设路", "去东湖公园玩")]
    data = Texts(looks, [[Span("address", 1, 4)], [Span("scene", 1, 5)]], [False, True])
    assert _labels(data).tolist() == [0, 1, 1, 1, -1, -1] + [-1] * 8
    gate = place_gate.load()
    assert _kept(gate, data, -100.0) == (1.0, 1.0)
    assert _kept(gate, data, 100.0) == (0.0, 0.0)
