"""Places by rule: words that end like a place, with what names them in front; and house numbers.

Rules over the words already cut: a place ends in 小区, 路, 街道 … and begins where the naming words begin. Spans
count characters of the text as given (normalising moves none).
"""

from __future__ import annotations

import re
from typing import cast

from nlp.lists import place_suffixes, word_list
from nlp.segment import Word
from nlp.stopwords import stopwords
from nlp.types import Place, PlaceType

_TYPE_OF = cast(dict[str, PlaceType], place_suffixes())
# End like a place, are none (or name no particular one).
_NOT_PLACES = word_list("not_places")
_BREAKS = word_list("place_breaks")
# 东湖 公园: lakes and hills lend their names.
_NATURAL = frozenset("湖山江河湾岛塔")
_UNITS = frozenset(["号", "栋", "幢", "号楼", "单元", "室", "组", "期", "楼"])
_MAX_SUFFIX = max(map(len, _TYPE_OF))
# Words that may stand inside a name, by jieba's tag.
_PROPER = ("ns", "nr", "nz", "nt", "j", "f", "x", "b", "m", "i", "s", "g", "t", "z", "q", "l", "eng")
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z第.)）〕\]])(?:[A-Za-z]?[0-9]{1,5}[A-Za-z]?|[一二三四五六七八九十]{1,3})(?:-[0-9]{1,4}){0,3}"
    r"(?:号楼|号院|号门|号(?!线|文|令|公告|码|称|召|角|的时候|晚|早|上午|下午|凌晨|开始|之前|以后|左右|、)|栋|幢|单元|室|弄|组(?!织|成|合|长|委|建|装))"
)
_DATE_BEFORE = re.compile(r"(?:月|月份|本月|这月)$")
_METRO = re.compile(r"(?:地铁|轨道交通|轻轨)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})号线")
_MASKED = re.compile(r"[A-Z][0-9]{0,2}(?:市|区|县)")


_LAST = frozenset(suffix[-1] for suffix in _TYPE_OF)


def _ending(text: str) -> tuple[str, PlaceType] | None:
    if text[-1] not in _LAST:
        return None
    for size in range(min(_MAX_SUFFIX, len(text)), 0, -1):
        kind = _TYPE_OF.get(text[-size:])
        if kind:
            return text[-size:], kind
    return None


def _names(word: Word) -> bool:
    if word.text in _BREAKS or not word.text[0].isalnum() or word.text in _UNITS:
        return False
    if word.text in stopwords() and word.text != "人民":
        return False
    if not word.tag or word.tag.startswith(_PROPER):
        return True
    # Common words are part of a name only when short (阳光 + 花园), never a whole phrase.
    return word.tag.startswith(("n", "a", "v")) and len(word.text) <= 3


def _begin(words: list[Word], index: int, kind: PlaceType) -> int:
    """Index of the first word of the name that ends at `index`: up to three naming words, without a gap."""
    first = index
    limit = 3 if kind in ("estate", "facility") else 2
    while first > 0 and index - first < limit:
        previous = words[first - 1]
        touching = previous.start + len(previous.text) == words[first].start
        if not touching or not _names(previous):
            break
        ending = _ending(previous.text)
        # 中关村 街道: a street may be named after a village; otherwise a place before is a place of its own.
        village = kind == "street" and ending is not None and ending[1] == "community"
        natural = ending is not None and ending[0] in _NATURAL and len(previous.text) > 1
        if (
            ending
            and not village
            and not natural
            and (previous.text == ending[0] or previous.text not in _NOT_PLACES)
        ):
            break
        first -= 1
    return first


def _suffix_places(words: list[Word]) -> list[Place]:
    out: list[Place] = []
    for index, word in enumerate(words):
        ending = _ending(word.text)
        if ending is None:
            continue
        suffix, kind = ending
        named = len(word.text) > len(suffix) and word.text not in _NOT_PLACES
        if named and not word.tag.startswith(("ns", "nr", "nz", "nt", "j", "n", "x")) and word.tag:
            continue
        whole = word.text == suffix or word.text in _NOT_PLACES
        first = _begin(words, index, kind) if whole or word.tag.startswith("n") else index
        proper = (
            not word.tag or word.tag.startswith(("ns", "nt", "nz", "nr")) or len(word.text) > len(suffix) + 1
        )
        if first == index and (whole or not proper):
            continue
        start, end = words[first].start, word.start + len(word.text)
        text = "".join(item.text for item in words[first : index + 1])
        if text in _NOT_PLACES or len(text) < 2:
            continue
        out.append(Place(text, start, end, kind))
    return out


def _pattern_places(normalised: str) -> list[Place]:
    out = [
        Place(match.group(), match.start(), match.end(), "number")
        for match in _NUMBER.finditer(normalised)
        if not _DATE_BEFORE.search(normalised[max(0, match.start() - 3) : match.start()])
    ]
    out += [Place(m.group(), m.start(), m.end(), "facility") for m in _METRO.finditer(normalised)]
    return out + [Place(m.group(), m.start(), m.end(), "district") for m in _MASKED.finditer(normalised)]


def rule_places(words: list[Word], normalised: str) -> list[Place]:
    """Places that the rules see, in order, none overlapping (the longer wins); text cut from `normalised`."""
    found = sorted(_pattern_places(normalised) + _suffix_places(words), key=lambda p: (p.start, -p.end))
    out: list[Place] = []
    for place in found:
        if out and place.start < out[-1].end:
            if place.end - place.start > out[-1].end - out[-1].start:
                out.pop()
            else:
                continue
        out.append(Place(normalised[place.start : place.end], place.start, place.end, place.type))
    return out
