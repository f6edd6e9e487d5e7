"""How Chinese text sounds, roughly: for homophone typos (公鸡金), pinyin (gongjijin) and initials (gjj).

Every sound is one private-use character, so that a text's sounds are a string that can be searched like any other.
Sounds that input methods and accents mix up count as one: zh/z, ch/c, sh/s, n-/l-, -ng/-n. The table holds
the usual reading of each of the 6,763 characters of GB 2312 (from pypinyin, MIT licence) and, under `also`, the others
that snownlp knows (MIT licence): data/pinyin.csv.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from typing import NamedTuple

from nlp.lists import DATA

_FIRST = 0xE000  # Unicode's private use area
_LONGEST = 6  # letters of the longest syllable
_LETTERS = re.compile(r"[a-z]{2,60}")
_SPACE_BETWEEN = re.compile(r"(?<=[\uE000-\uF8FF])[ '](?=[\uE000-\uF8FF])")


class _Tables(NamedTuple):
    """`of_char`: code point → usual sound, for str.translate; `also`: code point → other sounds.

    `of_syllable`: pinyin → sound. `initial_of`: code point → letter.
    """

    of_char: dict[int, str]
    also: dict[int, str]
    of_syllable: dict[str, str]
    initial_of: dict[int, str]


def _blurred(syllable: str) -> str:
    for exact, blurred in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(exact):
            syllable = blurred + syllable[2:]
    if syllable[0] == "n" and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    return syllable.removesuffix("g") if syllable.endswith("ng") else syllable


@cache
def _tables() -> _Tables:
    sounds: dict[str, str] = {}
    of_char: dict[int, str] = {}
    also: dict[int, str] = {}
    of_syllable: dict[str, str] = {}
    initial_of: dict[int, str] = {}
    with (DATA / "pinyin.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            syllable = row["syllable"]
            sound = sounds.setdefault(_blurred(syllable), chr(_FIRST + len(sounds)))
            of_syllable[syllable] = sound
            for char in row["characters"]:
                of_char[ord(char)] = sound
                initial_of[ord(char)] = syllable[0]
            for char in row["also"]:
                also[ord(char)] = also.get(ord(char), "") + sound
    return _Tables(of_char, also, of_syllable, initial_of)


def initials(text: str) -> str:
    """First letters of each character's pinyin (公积金 → gjj); characters without a reading are left out."""
    table = _tables().initial_of
    return "".join(table[ord(char)] for char in text if ord(char) in table)


def syllables(letters: str) -> str | None:
    """The sounds of lower-case pinyin without tones, or None where it cannot be read as such.

    Of several readings the one with the fewest syllables; linear in the length of `letters`.
    """
    table = _tables().of_syllable
    best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST), end):
            before, sound = best[start], table.get(letters[start:end])
            if before is None or sound is None:
                continue
            if (current := best[end]) is None or before[0] + 1 < current[0]:
                best[end] = before[0] + 1, before[1] + sound
    return best[-1][1] if best[-1] is not None else None


def spelt(text: str) -> str:
    """A text in lower case in which pinyin, also with spaces or apostrophes between, is replaced by its sounds."""
    if _LETTERS.search(text) is None:
        return text
    return _SPACE_BETWEEN.sub("", _LETTERS.sub(lambda m: syllables(m.group()) or m.group(), text))


def sounds(text: str) -> str:
    """A text in lower case as sounds; pinyin in it is read too, anything else is kept as it is."""
    return spelt(text).translate(_tables().of_char)


def is_sound(char: str) -> bool:
    """True for a character that stands for a sound."""
    return "\ue000" <= char <= "\uf8ff"


def sound_alike(one: str, other: str) -> bool:
    """True when two characters share a sound; a character without a reading shares none."""
    tables = _tables()
    mine, theirs = (tables.of_char.get(ord(c), "") + tables.also.get(ord(c), "") for c in (one, other))
    return not set(mine).isdisjoint(theirs)
