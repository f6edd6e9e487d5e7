"""What is known of each word, worked out when it is first met: residents use the same few thousand again and again."""

from __future__ import annotations

from typing import NamedTuple

from nlp.features import word_ids
from nlp.linear import F32, Linear
from nlp.lists import word_list
from nlp.stopwords import stopwords
from nlp.vectors import Vectors

# Polite openings and the vocabulary of asking: in every message, about none.
_PLAIN = word_list("plain_words")
# What is longer is no word but a key held down, or somebody's code.
_LONGEST = 30
# Forget everything rather than grow for ever on made-up words. Words of more than eight characters are not kept at all.
_REMEMBERED, _KEPT_LENGTH = 50_000, 8


class Known(NamedTuple):
    """Of a word: its inverse document frequency, whether it is no function word or punctuation (`topic`), whether it
    says something by itself (`content`: a topic word of two letters and more), whether it may be a keyword, and its
    row in the word vectors (-1: none)."""

    idf: float
    topic: bool
    content: bool
    keyword: bool
    vector: int


class Vocabulary:
    """Facts on words by a model's document frequencies and their vectors. Reading adds to a dictionary only: threads
    may share it."""

    def __init__(self, model: Linear, vectors: Vectors) -> None:
        self._model, self._vectors = model, vectors
        self._known: dict[str, Known] = {}

    def look_up(self, words: list[str]) -> list[Known]:
        """One entry for each word, in their order."""
        known = self._known
        new = [word for word in set(words) if word not in known]
        if not new:
            return [known[word] for word in words]
        ids = word_ids(new)
        weights, rows = self._model.idf_of(ids).tolist(), self._vectors.rows(ids).tolist()
        found = {word: self._judge(word, idf, row) for word, idf, row in zip(new, weights, rows, strict=True)}
        everything = {**found, **{word: known[word] for word in words if word not in found}}
        if len(known) > _REMEMBERED:
            self._known = known = {}
        known.update((word, entry) for word, entry in found.items() if len(word) <= _KEPT_LENGTH)
        return [everything[word] for word in words]

    def vector(self, known: list[Known]) -> F32:
        """The vector of a message (`Vectors.of`) given what is known of its words."""
        return self._vectors.of_rows([entry.vector for entry in known])

    @staticmethod
    def _judge(word: str, idf: float, vector: int) -> Known:
        topic = word not in stopwords()
        content = topic and len(word) > 1 and word[0].isalpha()
        plain = word in _PLAIN or len(word) > _LONGEST or any(char.isdigit() for char in word)
        return Known(idf, topic, content, content and not plain, vector)
