"""Places in a message: found by a trained tagger and by rules, joined to whole addresses, read into their parts.

The tagger (model `places`) knows addresses and sights among other names, so that a company or a person is none; the
rules know what residents write and news does not: house numbers, estates, starred-out districts. A quick gate (model
`place_gate`) tells where the tagger has to look at all. The second tagger (model `address`) reads the parts of each
place found.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from nlp import place_gate, sequence
from nlp.linear import MODELS
from nlp.lists import place_suffixes
from nlp.normalise import normalise
from nlp.place_join import ADDRESS, SCENE, join_places
from nlp.place_rules import rule_places
from nlp.segment import Word
from nlp.segment import words as cut_words
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
_BREAK = "\n\n\n"
# Names up to this length that hold no other part's end before their own are not worth a look at their parts.
_SHORT = 6
_MIXED = re.compile(r"[0-9省市区县镇乡村路街道巷号栋幢楼与和及]")
# Parts are read of so many places and characters: a message that names more is no message.
_MOST_READ, _MOST_CHARS = 40, 1_500


class PlaceFinder:
    """Both taggers and the gate before the first, loaded once. Reading changes nothing, so threads share one.

    Raises nlp.linear.ModelError when a model file is missing, damaged or swapped.
    """

    def __init__(self, folder: Path = MODELS) -> None:
        self._places = sequence.load("places", folder)
        self._address = sequence.load("address", folder)
        self._gate = place_gate.load(folder)
        parts = (self._places, self._address, self._gate)
        self.digest = "".join(str(part.header["sha256"])[:3] for part in parts)

    def find(self, words: Sequence[Word], normalised: str, original: str) -> tuple[Place, ...]:
        """Places of a message in order, none overlapping; their text is cut from `original`."""
        if not words:
            return ()
        ruled = rule_places(list(words), normalised)
        look = self._places.look(normalised, words)
        stretches = self._gate.stretches(self._gate.scores(look), ruled)
        if not stretches:
            return ()
        spans, chances = self._places.tag_within(look, stretches, (ADDRESS, SCENE))
        found = join_places(spans, ruled, normalised, chances)
        elements = self._read(found, words)
        found = [_ended(place, parts) for place, parts in zip(found, elements, strict=True)]
        return tuple(
            Place(original[p.start : p.end], p.start, p.end, _type_of(p, parts), parts)
            for p, parts in zip(found, elements, strict=True)
        )

    def _read(self, found: Sequence[Place], words: Sequence[Word]) -> list[Elements]:
        """Parts of the first places of a message; the others get none."""
        starts = [word.start for word in words]
        out = [_plain(place.text) for place in found]
        wanted = [i for i, parts in enumerate(out) if not parts][:_MOST_READ]
        texts: list[tuple[str, list[Word]]] = []
        chars = 0
        for i in wanted:
            place = found[i]
            chars += len(place.text)
            if chars > _MOST_CHARS:
                break
            near = words[max(0, bisect_right(starts, place.start) - 1) : bisect_left(starts, place.end)]
            texts.append((place.text, _inside(near, place.start, place.end)))
        for i, parts in zip(wanted, self.elements(texts), strict=False):
            out[i] = parts
        return out

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


def _plain(text: str) -> Elements:
    """The one part of a short name that ends like one thing only (东湖公园); () where the tagger has to look."""
    if len(text) > _SHORT or _MIXED.search(text, 0, len(text) - 1):
        return ()
    kind = _suffix_type(text)
    if kind == "district":
        return ((text, {"省": "prov", "市": "city"}.get(text[-1], "district")),)
    part = {
        "estate": "poi",
        "facility": "poi",
        "road": "road",
        "street": "town",
        "community": "community",
    }.get(kind or "")
    return ((text, part),) if part else ()


def _suffix_type(text: str) -> str | None:
    """Type of place that the text's last characters name."""
    suffixes = place_suffixes()
    return next(
        (suffixes[text[i:]] for i in range(max(0, len(text) - 6), len(text)) if text[i:] in suffixes), None
    )


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
    return cast(PlaceType, _suffix_type(text) or "facility")


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
