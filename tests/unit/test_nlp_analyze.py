"""The contract of `python -m nlp analyze` and of `nlp.analyze`, which says the same in process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nlp
from nlp import FORUM_CATEGORIES, REQUEST_TYPES, URGENCIES, analyze, cli, taxonomy
from nlp.normalise import MAX_CHARS, normalise
from nlp.segment import tokens

ROOT = Path(__file__).parents[2]
KEYS = {
    "forum_category", "forum_categories", "category", "categories", "request_type", "sentiment", "danger", "expected_rating",
    "anger", "urgency", "places", "keywords", "summary", "service", "needs_human", "reasons", "model",
    "area", "area_confidence",
}  # fmt: skip


def _run(data: bytes, *arguments: str, **environment: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "nlp", "analyze", *arguments], input=data, capture_output=True, cwd=ROOT, check=True,
        env={**os.environ, **environment}, timeout=120,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def _check(answer: dict[str, object]) -> None:
    assert set(answer) == KEYS
    assert answer["forum_category"] in FORUM_CATEGORIES
    guesses = answer["forum_categories"]
    assert isinstance(guesses, list)
    assert len(guesses) == 3
    assert guesses[0][0] == answer["forum_category"]
    assert guesses[0][1] >= guesses[1][1] >= guesses[2][1] >= 0
    leaves = answer["categories"]
    assert isinstance(leaves, list)
    assert len(leaves) == 3
    for code, name, probability in leaves:
        assert taxonomy.by_code()[code].name == name
        assert taxonomy.by_code()[code].level == 3
        assert 0 <= probability <= 1
    assert answer["category"] == leaves[0][0]
    assert answer["request_type"] in REQUEST_TYPES
    assert answer["urgency"] in URGENCIES
    for key in ("sentiment", "anger"):
        value = answer[key]
        assert isinstance(value, float)
        assert 0 <= value <= 1
    rating = answer["expected_rating"]
    assert isinstance(rating, float)
    assert 1 <= rating <= 5
    assert answer["service"] is None
    assert isinstance(answer["needs_human"], bool)


def test_one_line_out_for_each_line_in_whatever_stands_there() -> None:
    lines = [
        "小区门口的路灯坏了一个星期".encode(),
        '{"text": "请问居住证怎么办理？", "id": 7}'.encode(),
        b"",
        b"   \t",
        b'{"text": ',
        b'{"words": 1}',
        b'{"text": 5}',
        b"\xff\xfe\xfa broken",
        b'{"text": "\\ud800 \xe8\xb7\xaf\xe7\x81\xaf"}',
        b"[" * 20_000,
        "{不是JSON的一句话".encode(),
        ("垃圾没人清运。" * 3000).encode(),
        "😀👍🏻".encode(),
        b"!!!",
    ]
    answers = _run(b"\n".join(lines) + b"\n")
    assert len(answers) == len(lines)
    wrong = {2, 3, 4, 5, 6, 7, 10}
    assert {i for i, answer in enumerate(answers) if "error" in answer} == wrong
    for index, answer in enumerate(answers):
        if index not in wrong:
            _check(answer)
    assert answers[0]["forum_category"] == "城乡建设"
    assert answers[1]["request_type"] == "inquiry"


def test_formats_can_be_forced() -> None:
    reader = nlp.default_analyzer()
    assert "error" in json.loads(cli.answer(reader, "路灯坏了".encode(), "jsonl"))
    _check(json.loads(cli.answer(reader, '{"text": "路灯坏了"}'.encode(), "text")))
    assert cli.answer(reader, "路灯坏了".encode(), "auto") == cli.answer(
        reader, '{"text":"路灯坏了"}'.encode(), "auto"
    )


def test_a_line_without_end_and_windows_line_ends_count() -> None:
    assert list(cli._lines(io.BytesIO("路灯坏了\r\n\n井盖丢了".encode()))) == [
        "路灯坏了".encode(),
        b"",
        "井盖丢了".encode(),
    ]


def test_of_a_line_over_a_megabyte_the_beginning_is_kept() -> None:
    long = "垃圾".encode() * (1 << 19)
    lines = list(cli._lines(io.BytesIO(long + b"\n" + "路灯坏了".encode())))
    assert [len(line) for line in lines] == [1 << 20, 12]
    _check(json.loads(cli.answer(nlp.default_analyzer(), lines[0], "auto")))


def test_reads_a_file_and_says_when_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "messages.txt"
    file.write_text("物业乱收费\n\n", encoding="utf-8")
    answers = _run(b"", str(file))
    _check(answers[0])
    assert answers[1] == {"error": "no text"}
    gone = subprocess.run(
        [sys.executable, "-m", "nlp", "analyze", str(tmp_path / "none")], capture_output=True, cwd=ROOT
    )
    assert gone.returncode == 2
    assert b"Traceback" not in gone.stderr


def test_another_process_says_the_same_as_the_function() -> None:
    text = "三号楼电梯坏了十天，老人下不了楼，物业不管"
    assert _run(text.encode() + b"\n", PYTHONHASHSEED="1")[0] == json.loads(
        json.dumps(analyze(text).as_dict())
    )


def test_jieba_takes_over_where_rjieba_is_missing() -> None:
    answers = _run("出租车不打表还拒载乘客\n请问社保卡丢了怎么补办\n".encode(), MINPING_SEGMENTER="jieba")
    for answer in answers:
        _check(answer)
    assert answers[0]["forum_category"] == "交通运输"
    assert answers[1]["forum_category"] == "劳动和社会保障"


@settings(max_examples=150)
@given(st.text(max_size=400))
def test_any_text_is_read_or_called_blank(text: str) -> None:
    if normalise(text).strip():
        analysis = analyze(text)
        _check(json.loads(json.dumps(analysis.as_dict())))
        assert analyze(text) == analysis
        for place in analysis.places:
            assert text[place.start : place.end] == place.text
    else:
        with pytest.raises(ValueError, match="no text"):
            analyze(text)


@settings(max_examples=60)
@given(
    st.text(alphabet="煤气味跳楼价死人电梯困在3号楼幢路小区。，! \n我叫不想活了孩子着火没有", max_size=200)
)
def test_rules_never_raise_on_their_own_words(text: str) -> None:
    if text.strip():
        analyze(text)


def test_threads_share_one_analyzer() -> None:
    texts = [f"第{i}栋楼下烧烤店油烟扰民" for i in range(8)]
    expected = [analyze(text) for text in texts]
    found: dict[int, nlp.Analysis] = {}
    threads = [
        threading.Thread(target=lambda i=i: found.__setitem__(i, nlp.default_analyzer().analyze(texts[i])))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[i] for i in range(8)] == expected


@pytest.mark.parametrize(
    ("plain", "odd"),
    [
        ("物业乱收费停车费涨到800元", "物業亂收費停車費漲到８００元"),
        ("阳光花园3号楼电梯坏了", "陽光花園３號樓電梯壞了"),
        ("请问医保怎么报销", "請問醫保怎麼報銷"),
    ],
)
def test_traditional_characters_and_full_width_digits_read_alike(plain: str, odd: str) -> None:
    one, other = analyze(plain), analyze(odd)
    assert (one.forum_categories, one.category, one.request_type, one.sentiment) == (
        other.forum_categories, other.category, other.request_type, other.sentiment,
    )  # fmt: skip
    assert [place.start for place in one.places] == [place.start for place in other.places]
    assert all(odd[place.start : place.end] == place.text for place in other.places)


def test_text_cut_into_words_reads_as_raw_text_does() -> None:
    raw = "尊敬的领导，我们学校周末违规补课，还乱收资料费，请教育局查处"
    cut = "学校 周末 违规 补课 乱收 资料费 教育局 查处"
    assert analyze(cut).forum_category == analyze(raw).forum_category == "教育文体"
    assert tokens("学校 周末 违规 补课 乱收 资料费") == ["学校", "周末", "违规", "补课", "乱收", "资料费"]


def test_a_long_message_is_read_up_to_the_limit_and_no_further() -> None:
    head = ("垃圾没人清运，臭气熏天。" * MAX_CHARS)[:MAX_CHARS]
    assert analyze(head) == analyze(head + "家里煤气泄漏了" * 10)


def test_places_are_spans_of_the_text() -> None:
    text = "幸福路18号阳光花园3栋2单元，靠近东湖公园，3月5号开始停水"
    places = {place.text: place for place in analyze(text).places}
    # An address is one place; its parts keep their own kinds.
    home = places["幸福路18号阳光花园3栋2单元"]
    assert home.type == "estate"
    assert home.elements == (
        ("幸福路", "road"), ("18号", "roadno"), ("阳光花园", "poi"), ("3栋", "houseno"), ("2单元", "cellno"),
    )  # fmt: skip
    assert places["东湖公园"].type == "facility"
    assert not any("5号" in text for text in places)


def test_keywords_are_words_of_the_message_without_numbers() -> None:
    found = analyze("您好，烧烤店油烟直排到居民楼，油烟太大，电话13800001111").keywords
    assert "油烟" in found
    assert not any(char.isdigit() for word in found for char in word)


def test_a_key_held_down_is_no_keyword() -> None:
    found = analyze("路灯坏了" + "a" * 5000 + " 求维修")
    assert "路灯" in found.keywords
    assert max(map(len, found.keywords)) <= 30


def test_doubt_and_danger_ask_for_a_person() -> None:
    sure = analyze("公司拖欠农民工工资三个月，劳动监察大队一直不处理，请帮我们讨回工资")
    assert not sure.needs_human
    assert analyze("不想活了").needs_human
    assert "self_harm" in analyze("不想活了").reasons
    doubtful = analyze("嗯嗯好的")
    assert doubtful.needs_human
    assert "low_confidence" in doubtful.reasons
