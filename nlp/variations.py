"""Many different messages from few, at run time, to measure an index by: sentences recombined, places renamed."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from nlp.normalise import normalise
from nlp.place_rules import rule_places
from nlp.segment import words

_BREAK: Final = re.compile(r"(?<=[。！？；，,.!?;\n])")
_FIRST: Final = "柏柳桦榆枫槐椿梓樟楠棠檀杉松竹兰芷蕙荷菱苇蒲芦萱葵薇"
_LAST: Final = "泉溪浦洲坪岭岗坡坞湾岸堤桥亭台阁苑庭园居邻里坊巷街"
_ENDS: Final = {"estate": "小区", "community": "村", "road": "路", "street": "街道", "facility": "广场"}
_LONGEST: Final = 2_000


class Source(NamedTuple):
    """A message to vary, and its group of near-copies ("" when unknown)."""

    text: str
    group: str = ""


# A piece of text, or the kind of a place to name anew.
_Part = tuple[str, str]


def _sentences(text: str) -> list[list[_Part]]:
    """Sentences as pieces of text and places; short ones are left out."""
    text = text[:_LONGEST]
    clean = normalise(text)
    places = [p for p in rule_places(words(clean), clean) if p.type in _ENDS]
    out = []
    begin = 0
    for sentence in _BREAK.split(clean):
        end, at = begin + len(sentence), begin
        parts: list[_Part] = []
        for place in places:
            if begin <= place.start and place.end <= end:
                parts += [(clean[at : place.start], ""), ("", place.type)]
                at = place.end
        parts.append((clean[at:end], ""))
        if len(sentence) > 4:
            out.append(parts)
        begin = end
    return out


def _said(rng: random.Random, sentences: Sequence[list[_Part]]) -> str:
    """The sentences with one invented name for all places, and other digits."""
    name = rng.choice(_FIRST) + rng.choice(_FIRST) + rng.choice(_LAST)
    text = "".join(name + _ENDS[kind] if kind else part for parts in sentences for part, kind in parts)
    shift = rng.randrange(10)
    return text.translate({48 + digit: 48 + (digit + shift) % 10 for digit in range(10)})


def variations(sources: Sequence[Source], count: int, seed: int = 5) -> Iterator[str]:
    """`count` texts of two to seven sentences running of one source, often with one or two of others.

    The same seed gives the same texts. Raises ValueError when no source has a sentence.
    """
    # Not for secrets: a seeded generator is what makes a measurement repeatable.
    rng = random.Random(seed)  # noqa: S311
    cut = [found for source in sources if (found := _sentences(source.text))]
    if not cut:
        raise ValueError("nothing to vary")
    for _ in range(count):
        own = rng.choice(cut)
        begin = rng.randrange(len(own))
        chosen = own[begin : begin + rng.randint(2, 7)]
        if rng.random() < 0.5:
            chosen = chosen + [rng.choice(rng.choice(cut)) for _ in range(rng.randint(1, 2))]
        yield _said(rng, chosen)
