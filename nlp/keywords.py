"""Keywords: the message's content words by tf-idf, early ones first among equals."""

from __future__ import annotations

from nlp.segment import Word
from nlp.vocabulary import Known

_CONTENT_TAGS = ("n", "v", "a", "i", "l", "j", "eng", "x")


def keywords(words: list[Word], known: list[Known], limit: int = 6) -> tuple[str, ...]:
    """Up to `limit` words, best first. Digits and single characters are no keywords (nor is a phone number)."""
    counts: dict[str, int] = {}
    worth: dict[str, float] = {}
    for (text, tag, _), entry in zip(words, known, strict=True):
        if not entry.keyword or (tag and not tag.startswith(_CONTENT_TAGS)):
            continue
        counts[text] = counts.get(text, 0) + 1
        # What a message is about are things rather than doings.
        worth[text] = entry.idf * (1.0 if tag.startswith("v") else 1.3)

    # Sorting keeps the order of equals: that in which they came.
    return tuple(sorted(counts, key=lambda name: -worth[name] * (1 + min(counts[name], 5)) ** 0.5)[:limit])
