"""What a message is about, as hashed words that can be stored, compared and indexed.

One segmentation pass gives the words that tell the topic (no function words, no punctuation); each is kept as the
32-bit id of `nlp.features`, how often it occurs, and what it names if it stands inside a place. Nothing here can be
read back into text, digits all count as 0, and only numbers that are part of a place (7号线, 12栋) are told apart.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import linear
from nlp.features import word_ids
from nlp.linear import Linear
from nlp.normalise import normalise
from nlp.place_rules import rule_places
from nlp.segment import Word, words
from nlp.stopwords import topic_words
from nlp.types import Place

Ids = NDArray[np.uint32]
Small = NDArray[np.uint8]

# The trouble is told in the first screenful; reading on costs time and finds the same.
READ_CHARS: Final = 2_000
# Words inside a place as rare as this name it (丽水, 滨河); more common ones describe it (高档, 老旧, 附近).
_NAMING_IDF: Final = 7.3
# Kinds of a term, as bits: names an estate or village, names a road, names another place, is a place's number.
HOME: Final = 1
ROAD: Final = 2
SITE: Final = 4
NUMBER: Final = 8
_KIND_OF: Final = {
    "estate": HOME,
    "community": HOME,
    "road": ROAD,
    "street": ROAD,
    "facility": SITE,
    "number": NUMBER,
}
# Characters that belong to what stands before a name.
_GLUED: Final = frozenset("省市州区县镇乡村在到去至从离由是看叫住的")
_RECORD: Final = np.dtype([("id", "<u4"), ("count", "u1"), ("kind", "u1")])


class Terms(NamedTuple):
    """Distinct terms of one message: ids sorted ascending, counts 1–255 and kinds (bits), all of shape (N,)."""

    ids: Ids
    counts: Small
    kinds: Small

    def pack(self) -> bytes:
        """Six bytes a term, little-endian; `unpack` reads them."""
        record = np.empty(len(self.ids), dtype=_RECORD)
        record["id"], record["count"], record["kind"] = self
        return record.tobytes()


def unpack(data: bytes) -> Terms:
    """The inverse of `Terms.pack`. Raises ValueError when the length is not a whole number of terms."""
    record = np.frombuffer(data, dtype=_RECORD)
    return Terms(record["id"], record["count"], record["kind"])


@cache
def prior() -> Linear:
    """The forum model: how rare words are in residents' messages, before the city's own are many."""
    return linear.load("forum")


def _names(word: str) -> list[str]:
    """What a word inside a place may name: itself, or its pairs of characters.

    The segmenter meets a city's names for the first time and glues what stands before to them (市金桂, 在金桂);
    the pairs of both share 金桂.
    """
    if len(word) < 2 or any(char.isdigit() for char in word):
        return []
    word = word[1:] if len(word) > 2 and word[0] in _GLUED else word
    return [word[i : i + 2] for i in range(len(word) - 1)]


def names_one(place: str) -> bool:
    """Whether a place's words name a particular one (滨河苑) rather than a sort (若干小区, 配套幼儿园)."""
    pairs = [pair for word in words(normalise(place)) for pair in _names(word.text)]
    return bool(pairs) and bool(rare_as_names(word_ids(pairs)).any())


def _place_terms(cut: list[Word], clean: str, places: tuple[Place, ...]) -> tuple[dict[str, int], list[str]]:
    """Kind by naming word, and the numbers of places spelled out in letters, so that they stay apart."""
    naming: dict[str, int] = {}
    numbers: list[str] = []
    at = 0
    for place in places:
        # 银杏湾 may be a bay; 银杏湾小区 is none.
        kind = HOME if clean.startswith("小区", place.end) else _KIND_OF.get(place.type, 0)
        if kind and any(char.isdigit() for char in place.text):
            numbers.append("#" + clean[place.start : place.end].translate(_SPELLED))
        while at < len(cut) and cut[at].start < place.start:
            at += 1
        for word in cut[at:]:
            if word.start >= place.end:
                break
            if kind != NUMBER and kind:
                naming[word.text] = naming.get(word.text, 0) | kind
    return naming, numbers


_SPELLED: Final = str.maketrans("0123456789", "qwertyuiop")


class Reading(NamedTuple):
    """One pass over a message: its terms, and its places with spans in the text as given."""

    terms: Terms
    places: tuple[Place, ...]


def read_terms(text: str) -> Terms:
    """Terms of a message; its first dozen words count twice (the subject names the topic). Never raises.

    A text beyond `READ_CHARS` is read up to there; a blank one, or one of punctuation only, has no terms.
    """
    return read(text).terms


def read(text: str) -> Reading:
    """Terms and places of a message; see `read_terms`."""
    clean = normalise(text[:READ_CHARS])
    cut = words(clean)
    places = tuple(rule_places(cut, clean))
    naming, numbers = _place_terms(cut, clean, places)
    kept = topic_words([word.text for word in cut if word.text[0].isalnum()])
    counts: dict[str, int] = {}
    kinds: dict[str, int] = dict.fromkeys(numbers, NUMBER)
    for word in [*kept, *numbers]:
        kind = naming.get(word, 0)
        for name in _names(word) if kind else [word]:
            counts[name] = counts.get(name, 0) + 1
            kinds[name] = kinds.get(name, 0) | kind
    return Reading(_terms(counts, kinds), places)


def rare_as_names(ids: Ids) -> NDArray[np.bool_]:
    """Which terms, shape (N,), are as rare in residents' messages as names are."""
    return prior().idf_of(ids) >= _NAMING_IDF


def _terms(counts: dict[str, int], kinds: dict[str, int]) -> Terms:
    if not counts:
        return Terms(np.zeros(0, np.uint32), np.zeros(0, np.uint8), np.zeros(0, np.uint8))
    names = list(counts)
    ids, first = np.unique(word_ids(names), return_index=True)
    kind = np.array([kinds.get(name, 0) for name in names], dtype=np.uint8)[first]
    count = np.minimum(np.array(list(counts.values()))[first], 255).astype(np.uint8)
    telling = rare_as_names(ids) | (kind == NUMBER)
    return Terms(ids, count, np.where(telling, kind, 0).astype(np.uint8))
