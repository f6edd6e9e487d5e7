"""What a group of messages is called: the title that says most of it, and the place most of them name."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from nlp.likeness import F64
from nlp.mask import mask_personal_data
from nlp.terms import READ_CHARS, Terms, names_one, read_terms
from nlp.types import Place

_TITLE_CHARS: Final = 40
_SENTENCE: Final = re.compile(r"[。！？!?；;\n]")
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
_WIDE: Final = frozenset(["street", "district"])
# Titles of this many members are compared; in a larger group the most central are among the first anyway.
_COMPARED: Final = 50


def _heading(text: str) -> str:
    sentence = next((part for part in _SENTENCE.split(text[:READ_CHARS]) if part.strip()), text)
    line = " ".join(mask_personal_data(sentence).split())
    return line if len(line) <= _TITLE_CHARS else line[: _TITLE_CHARS - 1] + "…"


def title_of(
    subjects: Sequence[str], closeness: F64, terms: Sequence[Terms], likes: Sequence[int], place: str
) -> str:
    """The heading whose words the members share most; naming the place and being liked speak for it, too.

    `subjects`: a subject or text per member, of which the first sentence counts; `closeness`: how central each
    member is, shape (N,). Masked, at most 40 characters, a member's own words rather than a machine's phrase.
    """
    shared = Counter(term for member in terms for term in member.ids.tolist())
    best, title = (-1.0, -1.0), ""
    for index in np.argsort(-closeness, kind="stable")[:_COMPARED].tolist():
        heading = _heading(subjects[index])
        ids = read_terms(heading).ids.tolist()
        said = sum(shared[term] for term in ids) / (len(terms) * max(4, len(ids)))
        said *= (1 + 0.25 * math.log10(1 + likes[index])) * (1.5 if place and place in heading else 1.0)
        if heading and (round(said, 6), round(float(closeness[index]), 6)) > best:
            best, title = (round(said, 6), round(float(closeness[index]), 6)), heading
    return title


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
        if share >= _COMMON and weight > score and (kind in _WIDE or names_one(name)):
            best, score = name, weight
    return mask_personal_data(best)
