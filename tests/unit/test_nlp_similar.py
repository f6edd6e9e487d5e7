"""The index of earlier messages: what it finds, forgets and survives. All texts are invented."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.cli import main
from nlp.similar import Match, Message, SimilarIndex, SimilarIndexBusy, SimilarIndexError
from nlp.terms import HOME, read_terms, unpack
from nlp.variations import Source, variations

LIFT = "金桂苑小区3号楼的电梯已经停了三天，老人上下楼很不方便，物业一直没有派人来修。"
LIFT_AGAIN = "我们金桂苑小区电梯又停运了，物业不管，老人没法上下楼。"
LIFT_ELSEWHERE = "银杏湾小区3号楼的电梯已经停了三天，老人上下楼很不方便，物业一直没有派人来修。"
OTHERS = [
    "石榴路路灯坏了两盏，晚上走路看不清。",
    "河边烧烤摊油烟太大，开窗全是味道。",
    "请问新生儿医保在哪里办理，需要带什么材料？",
    "公交12路早高峰间隔太长，站台挤满了人。",
    "工地半夜两点还在打桩，孩子睡不着。",
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SimilarIndex]:
    with SimilarIndex.open(tmp_path / "index") as opened:
        for key, text in enumerate([LIFT, *OTHERS]):
            opened.add(key, text)
        opened.save()
        yield opened


def keys(matches: list[Match]) -> list[int]:
    return [match.key for match in matches]


def test_a_copy_is_found_with_full_likeness(index: SimilarIndex) -> None:
    assert index.find(LIFT)[0] == Match(0, 1.0)


def test_the_same_trouble_in_other_words_is_found(index: SimilarIndex) -> None:
    match = index.find(LIFT_AGAIN)[0]
    assert match.key == 0
    assert 0.3 < match.likeness < 0.9


def test_another_estate_is_another_trouble_even_word_for_word(index: SimilarIndex) -> None:
    index.add(50, LIFT_ELSEWHERE)
    index.save()
    assert keys(index.find(LIFT)) == [0]
    assert keys(index.find(LIFT_ELSEWHERE)) == [50]
    assert set(keys(index.find(LIFT, least=0.0))) >= {0, 50}


def test_an_estate_is_the_same_whatever_stands_before_its_name() -> None:
    plain, glued = read_terms("金桂苑小区停水"), read_terms("我住在本市金桂苑小区，停水了")
    assert set(plain.ids[plain.kinds & HOME > 0]) & set(glued.ids)


def test_unrelated_and_blank_messages_find_nothing(index: SimilarIndex) -> None:
    for text in ("", "  \n", "。。。！！", "图书馆周末延长开放时间好吗"):
        assert index.find(text) == []


def test_what_is_not_saved_is_not_found_and_is_dropped_on_close(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path) as first:
        first.add(1, LIFT)
        assert first.find(LIFT) == []
    with SimilarIndex.open(tmp_path) as second:
        assert len(second) == 0


def test_removed_messages_are_gone_and_the_rest_stays(index: SimilarIndex) -> None:
    index.remove(0)
    index.remove(999)
    index.save()
    assert index.find(LIFT) == []
    assert len(index) == len(OTHERS)


def test_a_key_holds_one_text_the_last(index: SimilarIndex) -> None:
    index.add(0, "柿子巷垃圾桶满了没人清运")
    index.add(0, "柿子巷路面塌了一个坑")
    index.save()
    assert len(index) == 1 + len(OTHERS)
    assert index.find(LIFT) == []
    assert keys(index.find("柿子巷路面有坑")) == [0]


def test_growing_message_by_message_equals_building_at_once(tmp_path: Path) -> None:
    texts = list(variations([Source(LIFT + OTHERS[0] + OTHERS[4]), Source(OTHERS[1] + OTHERS[3])], 60))
    with SimilarIndex.open(tmp_path / "grown") as grown:
        for key, text in enumerate(texts):
            grown.add(key, text)
            if key % 7 == 0:
                grown.save()
        grown.save()
        built = SimilarIndex.rebuild(tmp_path / "built", [Message(k, t) for k, t in enumerate(texts)])
        for text in texts[::6]:
            assert grown.find(text, 10) == built.find(text, 10)


def test_since_leaves_out_what_is_older(tmp_path: Path) -> None:
    with SimilarIndex.open(tmp_path) as opened:
        opened.add(1, LIFT, when=1_000)
        opened.add(2, LIFT, when=2_000)
        opened.save()
        assert keys(opened.find(LIFT)) == [1, 2]
        assert keys(opened.find(LIFT, since=1_500)) == [2]
        assert keys(opened.find(LIFT, exclude={2})) == [1]


def test_another_opening_sees_what_is_saved(index: SimilarIndex, tmp_path: Path) -> None:
    reader = SimilarIndex.open(tmp_path / "index")
    index.add(77, LIFT_AGAIN)
    assert 77 not in keys(reader.find(LIFT_AGAIN))
    index.save()
    assert keys(reader.find(LIFT_AGAIN))[0] == 77
    SimilarIndex.rebuild(tmp_path / "index", [Message(5, LIFT)])
    assert keys(reader.find(LIFT)) == [5]


def test_one_writer_at_a_time(index: SimilarIndex, tmp_path: Path) -> None:
    other = SimilarIndex.open(tmp_path / "index")
    index.add(90, LIFT)
    with pytest.raises(SimilarIndexBusy):
        other.add(91, LIFT)
    with pytest.raises(SimilarIndexBusy):
        SimilarIndex.rebuild(tmp_path / "index", [Message(1, LIFT)])
    index.save()
    other.add(91, LIFT)
    other.save()
    assert {90, 91} <= set(keys(index.find(LIFT)))


def test_a_forked_process_reads_on(index: SimilarIndex) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0 if keys(index.find(LIFT)) == [0] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_killed_writer_loses_only_what_was_not_saved(tmp_path: Path) -> None:
    code = (
        "import os, sys; from nlp.similar import SimilarIndex; index = SimilarIndex.open(sys.argv[1]);"
        "index.add(1, sys.argv[2]); index.save(); index.add(2, sys.argv[2]); os._exit(9)"
    )
    ended = subprocess.run([sys.executable, "-c", code, tmp_path / "index", LIFT], check=False)
    assert ended.returncode == 9
    with SimilarIndex.open(tmp_path / "index") as opened:
        assert keys(opened.find(LIFT)) == [1]
        opened.add(3, LIFT)
        opened.save()
        assert keys(opened.find(LIFT)) == [1, 3]


def _largest(folder: Path, ending: str) -> Path:
    return max(folder.rglob(f"*.{ending}"), key=lambda path: path.stat().st_size)


@pytest.mark.parametrize("ending", ["idx", "term", "store", "fast"])
def test_a_damaged_file_is_noticed_and_rebuilding_helps(
    index: SimilarIndex, tmp_path: Path, ending: str
) -> None:
    index.close()
    path = _largest(tmp_path / "index", ending)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0x40
    # Put in place by rename: shortening a file that somebody has mapped ends their process.
    path.with_suffix(".bad").write_bytes(data)
    path.with_suffix(".bad").replace(path)
    with pytest.raises(SimilarIndexError, match="damaged"):
        SimilarIndex.open(tmp_path / "index")
    again = SimilarIndex.rebuild(tmp_path / "index", [Message(0, LIFT)])
    assert keys(again.find(LIFT)) == [0]
    assert keys(SimilarIndex.open(tmp_path / "index").find(LIFT)) == [0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("CURRENT", "no json"),
        ("CURRENT", '{"format": 99, "reader": "x", "part": "000001"}'),
        ("000001/meta.json", "{"),
    ],
)
def test_a_broken_or_foreign_index_says_so(
    index: SimilarIndex, tmp_path: Path, name: str, content: str
) -> None:
    index.close()
    (tmp_path / "index" / name).write_text(content)
    with pytest.raises(SimilarIndexError):
        SimilarIndex.open(tmp_path / "index")


def test_of_two_texts_with_one_key_a_rebuild_keeps_the_last(tmp_path: Path) -> None:
    rebuilt = SimilarIndex.rebuild(tmp_path, [Message(1, OTHERS[0]), Message(1, LIFT)])
    assert len(rebuilt) == 1
    assert keys(rebuilt.find(LIFT)) == [1]
    assert rebuilt.find(OTHERS[0]) == []


def test_a_failed_rebuild_leaves_the_old_index(index: SimilarIndex, tmp_path: Path) -> None:
    def breaking() -> Iterator[Message]:
        yield Message(5, LIFT)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        SimilarIndex.rebuild(tmp_path / "index", breaking())
    assert keys(SimilarIndex.open(tmp_path / "index").find(LIFT)) == [0]


def test_very_long_and_odd_messages_are_taken(index: SimilarIndex) -> None:
    long = LIFT_AGAIN * 740
    assert len(long) > 19_000
    for key, text in enumerate([long, "", "\ud800\x00", "😀" * 50, "a" * 20_000], 100):
        index.add(key, text)
        index.find(text)
    index.save()
    assert keys(index.find(long))[0] == 100


def test_no_digit_of_a_phone_number_is_told_apart() -> None:
    one, other = read_terms("路灯坏了，电话13812345678"), read_terms("路灯坏了，电话13987654321")
    assert one.pack() == other.pack()


def test_numbers_of_places_are_told_apart() -> None:
    assert read_terms("地铁3号线太挤").pack() != read_terms("地铁7号线太挤").pack()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=80))
def test_terms_are_deterministic_and_survive_packing(text: str) -> None:
    terms = read_terms(text)
    assert terms.pack() == read_terms(text).pack()
    assert unpack(terms.pack()).pack() == terms.pack()
    assert (terms.counts >= 1).all()
    assert (terms.ids[:-1] < terms.ids[1:]).all()


def test_negative_keys_are_refused(index: SimilarIndex) -> None:
    with pytest.raises(ValueError, match="negative"):
        index.add(-1, LIFT)


def test_the_command_line_adds_and_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def run(action: str, *lines: str) -> list[dict[str, object]]:
        stream = io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()))
        monkeypatch.setattr(sys, "stdin", stream)
        assert main(["similar", "--index", str(tmp_path / "index"), action]) == 0
        return [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]

    rows = [json.dumps({"id": key, "text": text}) for key, text in enumerate([LIFT, OTHERS[0]])]
    assert run("add", *rows, "no json", '{"id": "x", "text": "路灯坏了"}') == [
        {"error": "not valid JSON"}, {"error": "no whole number as id"}, {"messages": 2},
    ]  # fmt: skip
    found = run("find", json.dumps({"id": 9, "text": LIFT}), '{"id": 1}')
    assert found == [{"id": 9, "similar": [{"key": 0, "likeness": 1.0}]}, {"error": "no text"}]
    assert run("remove", "0") == [{"messages": 1}]
    assert run("rebuild", *rows) == [{"messages": 2}]


def test_only_among_the_keys_given(index: SimilarIndex) -> None:
    index.add(50, LIFT)
    index.save()
    assert keys(index.find(LIFT_AGAIN)) == [0, 50]
    assert keys(index.find(LIFT_AGAIN, among=[1, 2, 50, 10**9])) == [50]
    assert index.find(LIFT_AGAIN, among=[50], since=1) == []
    assert index.find(LIFT_AGAIN, among=[]) == []


def test_which_keys_are_saved(index: SimilarIndex) -> None:
    assert index.saved([0, 3, 10**9]) == {0, 3}
    assert index.saved([]) == set()
    index.remove(3)
    assert index.saved([0, 3]) == {0, 3}
    index.save()
    assert index.saved([0, 3]) == {0}


def test_a_text_that_is_not_saved_is_as_like_as_if_it_were(index: SimilarIndex) -> None:
    asked = "柳树小区的电梯又坏了"
    others = ["柳树小区3号楼电梯停了三天", "柳树小区东门的路灯不亮", ""]
    said = index.compare(asked, others)
    for key, other in enumerate(others, 100):
        index.add(key, other)
    index.save()
    found = {match.key: match.likeness for match in index.find(asked, among=[100, 101, 102], least=0.0)}
    assert said == [found[100], found[101], 0.0]
    assert said[0] > 0.3
    assert index.compare(asked, []) == []
