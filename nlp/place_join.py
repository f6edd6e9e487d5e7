"""One list of places from two finders: the tagger's spans, and the rules' places where they do not contradict it."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from nlp.sequence import Span
from nlp.sequence_store import F32
from nlp.types import Place, PlaceType

SCENE, ADDRESS = "scene", "address"
# Rules add what the tagger leaves out where it sees at least so much of a place there (mean probability).
_ENOUGH: dict[PlaceType, float] = {
    "number": 0.0, "estate": 0.1, "road": 0.28, "street": 0.2, "community": 0.2, "district": 0.28, "facility": 0.35,
}  # fmt: skip
# News calls a hospital or school an organisation; to residents it is where something happened.
_ENOUGH_PUBLIC = 0.1
# The tagger learnt from news; where people live is called after companies and stars, but ends like an estate or a road.
_OWN_WORD = frozenset({"estate", "road", "street", "community"})
# fmt: off
_PUBLIC = (
    "医院", "卫生院", "学校", "小学", "中学", "幼儿园", "大学", "学院", "派出所", "图书馆", "体育馆", "博物馆", "养老院",
)
# fmt: on
_EDGES = " 　\n\t，。、；：！？,.;:!?\"'“”《》〈〉-—"
_STOPS = re.compile(r"[，,。；！？!?;\s]")
_LONGEST = 60


def _trimmed(span: Span, text: str) -> Place:
    """The tagger's span without blanks and stops at its ends, and up to the first stop inside."""
    start, end = span.start, span.end
    while start < end and text[start] in _EDGES:
        start += 1
    stop = _STOPS.search(text, start, end)
    end = stop.start() if stop else end
    while start < end and text[end - 1] in _EDGES:
        end -= 1
    return Place(text[start:end], start, end, "facility" if span.label == SCENE else "road")


def _allowed(place: Place, over: Sequence[Span], chances: F32) -> bool:
    """Whether a place found by rule may stand beside the tagger's spans; `over` are those it overlaps."""
    if not over:
        enough = _ENOUGH_PUBLIC if place.text.endswith(_PUBLIC) else _ENOUGH[place.type]
        return float(chances[place.start : place.end].mean()) >= enough
    if any(span.label in (SCENE, ADDRESS) for span in over):
        return False
    if place.type == "number":
        return True
    same = all((span.start, span.end) == (place.start, place.end) for span in over)
    return same and (place.type in _OWN_WORD or place.text.endswith(_PUBLIC))


def join_places(spans: Sequence[Span], ruled: Sequence[Place], text: str, chances: F32) -> list[Place]:
    """One list of places: the tagger's spans, the rules' where they do not contradict it, touching ones joined.

    `spans` and `ruled` are in order; chances: (n,) how likely each character belongs to a place.
    """
    found: list[tuple[Place, bool]] = []
    kept: list[Span] = []
    for span in spans:
        if span.label in (SCENE, ADDRESS):
            place = _trimmed(span, text)
            kept.append(Span(span.label, place.start, place.end))
            found.append((place, span.label == SCENE))
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
