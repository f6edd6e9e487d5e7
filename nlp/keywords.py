"""Keywords: a message's content words by tf-idf, things before doings, what is named at the beginning before the rest.

    worth = (count · idf) ^ 0.7 · (1.3 for what is no verb) · (2 in the first 60 characters)

Chosen on half of the forum's messages by how many keywords stand in the subject line; `evaluate --only keywords` prints
the other half.
"""

from __future__ import annotations

from nlp.segment import Word
from nlp.vocabulary import Known

_CONTENT_TAGS = ("n", "v", "a", "i", "l", "j", "eng", "x")
_EVENED, _THING, _EARLY, _EARLY_CHARS = 0.7, 1.3, 2.0, 60


def keywords(words: list[Word], known: list[Known], limit: int = 6) -> tuple[str, ...]:
    """Up to `limit` words, best first. Digits and single characters are no keywords (nor is a phone number)."""
    counts: dict[str, int] = {}
    worth: dict[str, float] = {}
    for (text, tag, start), entry in zip(words, known, strict=True):
        if not entry.keyword or (tag and not tag.startswith(_CONTENT_TAGS)):
            continue
        counts[text] = counts.get(text, 0) + 1
        if text not in worth:
            thing = 1.0 if tag.startswith("v") else _THING
            worth[text] = entry.idf**_EVENED * thing * (_EARLY if start < _EARLY_CHARS else 1.0)

    # Sorting keeps the order of equals: that in which they came.
    return tuple(sorted(counts, key=lambda name: -worth[name] * counts[name] ** _EVENED)[:limit])
