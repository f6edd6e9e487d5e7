"""Small text rules of the desk: placeholders, mentions, excerpts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.excerpts import excerpt
from webapp.domain.mentions import mentioned
from webapp.domain.reply_templates import fill, has_stray_braces, placeholders, unknown_placeholders

VALUES = {"编号": "MP1", "期限": "{{编号}}"}


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        ("{{编号}}已收到", "MP1已收到"),
        ("{{ 编号 }}", "MP1"),
        ("{{期限}}", "{{编号}}"),
        ("{{没有}}", "{{没有}}"),
        ("{编号}", "{编号}"),
        ("", ""),
    ],
    ids=["plain", "spaces", "values are no templates", "unknown stays", "single braces", "empty"],
)
def test_filling(body: str, filled: str) -> None:
    assert fill(body, VALUES) == filled


@pytest.mark.parametrize(
    ("body", "unknown", "stray"),
    [
        ("{{编号}}", [], False),
        ("{{编号", [], True),
        ("编号}}", [], True),
        ("{{编 号}}", ["编 号"], False),
        ("{{}}", [""], False),
        ("{{a}}{{b}}{{a}}", ["a", "b"], False),
    ],
)
def test_what_is_wrong_with_a_template(body: str, unknown: list[str], stray: bool) -> None:
    assert (unknown_placeholders(body, VALUES), has_stray_braces(body)) == (unknown, stray)


@given(st.text("{}编号x ", max_size=30))
def test_a_checked_template_leaves_no_braces(body: str) -> None:
    if not unknown_placeholders(body, VALUES) and not has_stray_braces(body):
        left = fill(body, dict.fromkeys(VALUES, "v"))
        assert placeholders(left) == []


@pytest.mark.parametrize(
    ("note", "found", "unknown"),
    [
        ("@王小明请看", {"王小明"}, []),
        ("请＠王小明、@李四 看", {"王小明", "李四"}, []),
        ("@王小明明早去", {"王小明明"}, []),
        ("@张三看", set(), ["张三看"]),
        ("发到 li@city.gov", set(), []),
        ("@ 王小明", set(), []),
        ("王小明", set(), []),
    ],
    ids=["no space", "two", "the longer name", "nobody", "an address", "a lone sign", "no sign"],
)
def test_mentions(note: str, found: set[str], unknown: list[str]) -> None:
    names = {"王小明", "李四"} | ({"王小明明"} if "王小明明" in found else set())
    assert mentioned(note, names) == (found, unknown)


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("路灯坏了", ["路灯"], "[路灯]坏了"),
        ("前面很长很长很长很长的一段话，然后路灯坏了", ["路灯"], "…长很长很长的一段话，然后[路灯]坏了"),
        ("LED灯和led屏", ["led"], "[LED]灯和[led]屏"),
        ("路灯路", ["路", "路灯"], "[路灯][路]"),
        ("没有", ["路灯"], ""),
        ("路灯", [], ""),
        ("a.b", ["."], "a[.]b"),
    ],
)
def test_excerpts(text: str, words: list[str], shown: str) -> None:
    assert "".join(f"[{piece}]" if hit else piece for piece, hit in excerpt(text, words)) == shown


@given(st.text(max_size=80), st.lists(st.text(max_size=4), max_size=3))
def test_an_excerpt_is_a_stretch_of_the_text(text: str, words: list[str]) -> None:
    pieces = excerpt(text, words)
    stretch = [
        piece
        for place, (piece, _hit) in enumerate(pieces)
        if piece != "…" or place not in (0, len(pieces) - 1)
    ]
    assert "".join(stretch) in text
