"""The place that most of a group of messages name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from nlp.mask import mask_personal_data
from nlp.normalise import normalise
from nlp.segment import words
from nlp.terms import names_one
from nlp.types import Place

# A place is the topic's when so large a part of the messages name it.
_COMMON: Final = 0.3
_NEARNESS: Final = {
    "estate": 1.0,
    "community": 0.9,
    "road": 0.9,
    "facility": 0.9,
    "street": 0.5,
    "district": 0.3,
}
_NO_NAME: Final = tuple("vpdlucrz")
_WIDE: Final = frozenset(["street", "district"])
# So many names are compared; what fewer say is not common.
_COMPARED: Final = 50


def _is_name(place: str) -> bool:
    """Whether this is a name, and no piece of a sentence that ends like one (车到站, 车位正对着小区)."""
    return not any(word.tag[:1] in _NO_NAME for word in words(normalise(place)))


def place_of(texts: Sequence[str], places: Sequence[Sequence[Place]]) -> str:
    """The place that most members name, "" when none is common; districts and streets only where nothing nearer is.

    `places`: those found in each text. A name counts wherever it occurs, however the words around it were cut.
    """
    seen = Counter(
        (name.text, name.type) for found in places for name in {Place(p.text, 0, 0, p.type) for p in found}
    )
    best, score = "", 0.0
    for (name, kind), times in sorted(seen.most_common(_COMPARED)):
        if times < 2 and len(texts) > 2:
            continue
        share = sum(name in text for text in texts) / len(texts)
        weight = _NEARNESS.get(kind, 0.0) * share
        if share >= _COMMON and weight > score and _is_name(name) and (kind in _WIDE or names_one(name)):
            best, score = name, weight
    return mask_personal_data(best)
