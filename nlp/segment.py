"""Words of a message. One pass serves every head.

rjieba is jieba's algorithm and dictionary, compiled: 15 times as fast. jieba is the reference and takes over
where rjieba is not installed (or when ``MINPING_SEGMENTER=jieba``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple, Protocol

from nlp.normalise import normalise

# Text that came already cut ("小区 路灯 坏"): many single spaces between Chinese words.
_CUT_GAP = re.compile(r"[一-鿿] (?=[一-鿿])")
_OWN_WORD_FREQUENCY = 5_000


class Word(NamedTuple):
    """A word, its jieba part-of-speech tag and where it starts in the normalised text."""

    text: str
    tag: str
    start: int


class _Engine(Protocol):
    name: str

    def tag(self, text: str) -> list[tuple[str, str]]: ...
    def finely(self, text: str) -> list[str]: ...
    def add(self, word: str, tag: str) -> None: ...


class _RustEngine:
    name = "rjieba"

    def __init__(self) -> None:
        import rjieba

        self._jieba = rjieba.Jieba()

    def tag(self, text: str) -> list[tuple[str, str]]:
        return self._jieba.tag(text)  # type: ignore[no-any-return]

    def finely(self, text: str) -> list[str]:
        return self._jieba.cut_for_search(text)  # type: ignore[no-any-return]

    def add(self, word: str, tag: str) -> None:
        self._jieba.add_word(word, _OWN_WORD_FREQUENCY, tag)


class _PythonEngine:
    name = "jieba"

    def __init__(self) -> None:
        import logging

        import jieba
        from jieba import posseg

        jieba.setLogLevel(logging.WARNING)
        self._jieba = jieba.Tokenizer()
        self._jieba.initialize()
        # The tags of jieba's own dictionary; its posseg cutter is not used, as it cuts differently.
        tagger = posseg.POSTokenizer(self._jieba)
        tagger.initialize()
        self._tags: dict[str, str] = tagger.word_tag_tab

    def tag(self, text: str) -> list[tuple[str, str]]:
        return [(word, self._tags.get(word, "x")) for word in self._jieba.cut(text)]

    def finely(self, text: str) -> list[str]:
        return list(self._jieba.cut_for_search(text))

    def add(self, word: str, tag: str) -> None:
        self._jieba.add_word(word, _OWN_WORD_FREQUENCY, tag)
        self._tags[word] = tag


@cache
def engine() -> _Engine:
    """The segmenter of this process, loaded on first use (rjieba 0.2 s, jieba 1 s)."""
    if os.environ.get("MINPING_SEGMENTER", "rjieba") == "rjieba":
        try:
            return _RustEngine()
        except ImportError:
            pass
    return _PythonEngine()


def add_words(words: Iterable[str], tag: str = "ns") -> None:
    """Teach the segmenter the city's own words: streets, estates, departments. Not thread-safe: at start-up."""
    for word in words:
        if len(word) > 1:
            engine().add(normalise(word), tag)


def is_presegmented(text: str) -> bool:
    """True when the text looks cut into words already, one space between them."""
    head = text[:2_000]
    return len(_CUT_GAP.findall(head)) * 6 > len(head)


def words(normalised: str) -> list[Word]:
    """Words of an already normalised text, white space left out, in order. Linear in the text's length."""
    if is_presegmented(normalised):
        return [Word(match.group(), "", match.start()) for match in re.finditer(r"\S+", normalised)]
    out: list[Word] = []
    start = 0
    for text, tag in engine().tag(normalised):
        if not text.isspace():
            out.append(Word(text, tag, start))
        start += len(text)
    return out


def tokens(text: str) -> list[str]:
    """The words of a message as plain strings, for search and similarity."""
    return [word.text for word in words(normalise(text))]


# What a search engine sees of a text: letters and digits in runs, every other letter (a Chinese character) by itself.
_CHARACTERS = re.compile(r"[0-9a-z]+|[^\W_]")


def search_words(text: str) -> list[str]:
    """Words of a text for a search index, with the shorter words inside long ones: 人力 资源 人力资源. Lower case."""
    fine = engine().finely(normalise(text).lower())
    return [part for word in fine for part in ([word] if word.isalnum() else re.findall(r"[^\W_]+", word))]


def search_characters(text: str) -> list[str]:
    """A text as single characters, numbers and Latin words whole: 3 号 楼. Neighbours here are neighbours there."""
    return _CHARACTERS.findall(normalise(text).lower())
