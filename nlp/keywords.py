"""Keywords: the message's content words by tf-idf, early ones first among equals."""

from __future__ import annotations

from nlp.features import word_ids
from nlp.linear import Linear
from nlp.lists import word_list
from nlp.segment import Word
from nlp.stopwords import stopwords

_CONTENT_TAGS = ("n", "v", "a", "i", "l", "j", "eng", "x", "")
# Polite openings and the vocabulary of asking: in every message, about none.
_PLAIN = word_list("plain_words")
# What is longer is no word but a key held down, or somebody's code.
_LONGEST = 30


def keywords(words: list[Word], model: Linear, limit: int = 6) -> tuple[str, ...]:
    """Up to `limit` words, best first. Digits and single characters are no keywords (nor is a phone number)."""
    chosen: dict[str, int] = {}
    places: dict[str, int] = {}
    for index, word in enumerate(words):
        text = word.text
        if (
            not 2 <= len(text) <= _LONGEST
            or text in _PLAIN
            or text in stopwords()
            or any(char.isdigit() for char in text)
        ):
            continue
        if not text[0].isalpha() or (word.tag and not word.tag.startswith(_CONTENT_TAGS)):
            continue
        chosen[text] = chosen.get(text, 0) + 1
        places.setdefault(text, index)
    if not chosen:
        return ()
    names = list(chosen)
    weights = model.idf_of(word_ids(names))
    tags = {word.text: word.tag for word in words}

    def rank(item: tuple[int, str]) -> tuple[float, int]:
        index, name = item
        noun = 1.3 if tags[name].startswith(("n", "")) and not tags[name].startswith("v") else 1.0
        return -float(weights[index]) * noun * (1 + min(chosen[name], 5)) ** 0.5, places[name]

    return tuple(name for _, name in sorted(enumerate(names), key=rank)[:limit])
