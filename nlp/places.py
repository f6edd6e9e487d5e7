"""Places in a message: found by a trained tagger and by rules, joined to whole addresses, read into their parts.

The tagger (model `places`) knows addresses and sights among other names, so that a company or a person is none; the
rules know what residents write and news does not: house numbers, estates, starred-out districts. The second tagger
(model `address`) reads the parts of each place found.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from nlp import sequence
from nlp.linear import MODELS
from nlp.lists import place_suffixes
from nlp.normalise import normalise
from nlp.place_rules import rule_places
from nlp.segment import Word
from nlp.segment import words as cut_words
from nlp.sequence import Span
from nlp.sequence_features import features
from nlp.sequence_store import F32
from nlp.types import Place, PlaceType

Elements = tuple[tuple[str, str], ...]

# Parts of an address and the type of place that each is.
ELEMENTS: dict[str, PlaceType] = {
    "country": "district", "prov": "district", "city": "district", "district": "district", "devZone": "district",
    "town": "street", "community": "community", "road": "road", "subRoad": "road", "roadno": "number",
    "subroadno": "number", "poi": "facility", "subpoi": "facility", "houseno": "number", "cellno": "number",
    "floorno": "number", "roomno": "number",
}  # fmt: skip
# The most telling part names the whole: an estate on a road in a district is an estate.
_TELLING: tuple[PlaceType, ...] = ("estate", "facility", "road", "community", "street", "district", "number")
_SCENE, _ADDRESS = "scene", "address"
# Rules add what the tagger leaves out where it sees at least so much of a place there (mean probability).
_ENOUGH: dict[PlaceType, float] = {
    "number": 0.0, "estate": 0.1, "road": 0.2, "street": 0.2, "community": 0.2, "district": 0.28, "facility": 0.35,
}  # fmt: skip
# The tagger learnt from news; where people live is called after companies and stars, but ends like an estate or a road.
_OWN_WORD = frozenset({"estate", "road", "street", "community"})
_PUBLIC = (
    "医院",
    "卫生院",
    "学校",
    "小学",
    "中学",
    "幼儿园",
    "大学",
    "学院",
    "派出所",
    "图书馆",
    "体育馆",
    "博物馆",
    "养老院",
)
_EDGES = " 　\n\t，。、；：！？,.;:!?\"'“”《》〈〉-—"
_BREAK = "\n\n\n"
_STOPS = re.compile(r"[，,。；！？!?;\n]")
_LONGEST = 60
# Parts are read of so many places and characters: a message that names more is no message.
_MOST_READ, _MOST_CHARS = 40, 1_500


class PlaceFinder:
    """Both taggers, loaded once. Reading changes nothing, so threads share one.

    Raises nlp.linear.ModelError when a model file is missing, damaged or swapped.
    """

    def __init__(self, folder: Path = MODELS) -> None:
        self._places = sequence.load("places", folder)
        self._address = sequence.load("address", folder)
        self.digest = "".join(str(tagger.header["sha256"])[:3] for tagger in (self._places, self._address))

    def find(self, words: Sequence[Word], normalised: str, original: str) -> tuple[Place, ...]:
        """Places of a message in order, none overlapping; their text is cut from `original`."""
        if not words:
            return ()
        scores = self._places.scores(normalised, features(normalised, words))
        spans = self._places.spans(self._places.best(scores))
        found = join_places(
            spans,
            rule_places(list(words), normalised),
            normalised,
            self._places.chances(scores, (_ADDRESS, _SCENE)),
        )
        elements = self._read(found, words)
        found = [_ended(place, parts) for place, parts in zip(found, elements, strict=True)]
        return tuple(
            Place(original[p.start : p.end], p.start, p.end, _type_of(p, parts), parts)
            for p, parts in zip(found, elements, strict=True)
        )

    def _read(self, found: Sequence[Place], words: Sequence[Word]) -> list[Elements]:
        """Parts of the first places of a message; the others get none."""
        starts = [word.start for word in words]
        texts: list[tuple[str, list[Word]]] = []
        chars = 0
        for place in found[:_MOST_READ]:
            chars += len(place.text)
            if chars > _MOST_CHARS:
                break
            near = words[max(0, bisect_right(starts, place.start) - 1) : bisect_left(starts, place.end)]
            texts.append((place.text, _inside(near, place.start, place.end)))
        return self.elements(texts) + [()] * (len(found) - len(texts))

    def elements(self, texts: Sequence[tuple[str, Sequence[Word]]]) -> list[Elements]:
        """Parts of normalised addresses, given with their words; all are read in one go."""
        if not texts:
            return []
        stream, words, starts = framed(texts)
        parts: list[list[tuple[str, str]]] = [[] for _ in texts]
        which = 0
        for span in self._address.tag(stream, words):
            while which + 1 < len(starts) and span.start >= starts[which + 1]:
                which += 1
            if span.label in ELEMENTS:
                parts[which].append((stream[span.start : span.end], span.label))
        return [tuple(found) for found in parts]


def framed(texts: Sequence[tuple[str, Sequence[Word]]]) -> tuple[str, list[Word], list[int]]:
    """Texts end to end with line breaks around each, so that none sees its neighbours; their words; where each starts."""
    stream, words, starts = "", [], []
    for text, own in texts:
        words += [Word("\n", "x", len(stream) + i) for i in range(len(_BREAK))]
        stream += _BREAK
        starts.append(len(stream))
        words += [Word(word.text, word.tag, word.start + len(stream)) for word in own]
        stream += text
    words += [Word("\n", "x", len(stream) + i) for i in range(len(_BREAK))]
    return stream + _BREAK, words, starts


def _inside(words: Sequence[Word], start: int, end: int) -> list[Word]:
    """Words of a stretch, cut at its ends and counted from its start."""
    return [
        Word(
            word.text[max(0, start - word.start) : end - word.start], word.tag, max(word.start, start) - start
        )
        for word in words
        if word.start < end and word.start + len(word.text) > start
    ]


def _trimmed(span: Span, text: str) -> Place:
    """The tagger's span without blanks and stops at its ends, and up to the first stop inside."""
    start, end = span.start, span.end
    while start < end and text[start] in _EDGES:
        start += 1
    stop = _STOPS.search(text, start, end)
    end = stop.start() if stop else end
    while start < end and text[end - 1] in _EDGES:
        end -= 1
    return Place(text[start:end], start, end, "facility" if span.label == _SCENE else "road")


def _allowed(place: Place, over: Sequence[Span], chances: F32) -> bool:
    """Whether a place found by rule may stand beside the tagger's spans; `over` are those it overlaps."""
    if not over:
        return float(chances[place.start : place.end].mean()) >= _ENOUGH[place.type]
    if any(span.label in (_SCENE, _ADDRESS) for span in over):
        return False
    same = all((span.start, span.end) == (place.start, place.end) for span in over)
    return same and (place.type in _OWN_WORD or place.text.endswith(_PUBLIC))


def join_places(spans: Sequence[Span], ruled: Sequence[Place], text: str, chances: F32) -> list[Place]:
    """One list of places: the tagger's spans, the rules' where they do not contradict it, touching ones joined.

    `spans` and `ruled` are in order; chances: (n,) how likely each character belongs to a place.
    """
    found: list[tuple[Place, bool]] = []
    kept: list[Span] = []
    for span in spans:
        if span.label in (_SCENE, _ADDRESS):
            place = _trimmed(span, text)
            kept.append(Span(span.label, place.start, place.end))
            found.append((place, span.label == _SCENE))
        else:
            kept.append(span)
    starts, ends = [span.start for span in kept], [span.end for span in kept]
    for place in ruled:
        over = kept[bisect_right(ends, place.start) : bisect_left(starts, place.end)]
        if _allowed(place, over, chances):
            found.append((place, False))
    out: list[Place] = []
    for place, alone in sorted(found, key=lambda item: item[0].start):
        last = out[-1] if out else None
        if last and last.end == place.start and not alone and place.end - last.start <= _LONGEST:
            out[-1] = Place(text[last.start : place.end], last.start, place.end, last.type)
        elif place.start < place.end:
            out.append(place)
    return out


def _ended(place: Place, parts: Elements) -> Place:
    """The place without what follows its house or room number (502室漏水)."""
    if not parts or ELEMENTS[parts[-1][1]] != "number":
        return place
    size = place.text.rfind(parts[-1][0]) + len(parts[-1][0])
    return Place(place.text[:size], place.start, place.start + size, place.type)


def _type_of(place: Place, parts: Elements) -> PlaceType:
    kinds = {_kind(text, part) for text, part in parts}
    return next((kind for kind in _TELLING if kind in kinds), place.type)


def _kind(text: str, part: str) -> PlaceType:
    """Type of a part; a named spot is what its name ends in."""
    if part not in ("poi", "subpoi"):
        return ELEMENTS[part]
    suffixes = place_suffixes()
    for size in range(min(6, len(text)), 0, -1):
        kind = suffixes.get(text[-size:])
        if kind:
            return "estate" if kind == "estate" else "community" if kind == "community" else "facility"
    return "facility"


@cache
def default_finder() -> PlaceFinder:
    """The finder of this process."""
    return PlaceFinder()


def find_places(words: Sequence[Word], normalised: str, original: str) -> tuple[Place, ...]:
    """Places of a message with the shipped models; see PlaceFinder.find."""
    return default_finder().find(words, normalised, original)


def address_elements(address: str) -> Elements:
    """The parts of an address as (text, kind), in order; kinds are those of ELEMENTS. Text as normalised."""
    clean = normalise(address)
    return default_finder().elements([(clean, cut_words(clean))])[0]
