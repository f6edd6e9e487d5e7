"""Word vectors: what a message's words mean on average, also of words that no labelled message had.

A file maps hashed word ids to small vectors learned from unlabelled messages (nlp/train_vectors.py). A message is the
mean of its words' vectors weighted by inverse document frequency, once over all words and once over the first ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp import stored
from nlp.features import word_ids
from nlp.linear import MODELS

F32 = NDArray[np.float32]
LEAD_WORDS = 12
_TINY = np.float32(1e-20)


@dataclass(frozen=True, slots=True)
class Vectors:
    """ids: sorted ids of single words, shape (V,). idf: (V,). table: (V, D), each row of unit length × 127."""

    ids: NDArray[np.uint32]
    idf: F32
    table: NDArray[np.int8]
    header: dict[str, Any]

    @property
    def width(self) -> int:
        """Numbers in a message's vector: those of all words, then those of the first words."""
        return 2 * self.table.shape[1]

    def rows(self, ids: NDArray[np.uint32]) -> NDArray[np.intp]:
        """Row of each word, given by its id; -1 for one that has no vector."""
        at = np.searchsorted(self.ids, ids)
        at[at == len(self.ids)] = 0
        return np.where(self.ids[at] == ids, at, -1)

    def known_rows(self, words: list[str]) -> NDArray[np.intp]:
        """Rows of those of some words that have a vector, in their order."""
        rows = self.rows(word_ids(words)) if words else np.zeros(0, np.intp)
        return rows[rows >= 0]

    def units(self, rows: NDArray[np.intp]) -> F32:
        """Vectors of unit length, shape (rows, D)."""
        picked = self.table[rows].astype(np.float32)
        return picked / np.maximum(np.linalg.norm(picked, axis=1, keepdims=True), 1.0)

    def of_rows(self, rows: Sequence[int]) -> F32:
        """Vector of a message given the rows of its words in order, shape (width,); zeros where no word is known."""
        known = [row for row in rows if row >= 0]
        lead = sum(row >= 0 for row in rows[:LEAD_WORDS])
        idf = self.idf.take(known)
        shares = np.zeros((2, len(known)), dtype=np.float32)
        shares[0] = idf
        shares[1, :lead] = idf[:lead]
        shares /= np.maximum(127 * shares.sum(axis=1, keepdims=True), _TINY)
        out: F32 = shares @ self.table.take(known, axis=0).astype(np.float32)
        return out.reshape(-1)

    def of(self, words: list[str]) -> F32:
        """Vector of a message given as its words."""
        return (
            self.of_rows(self.rows(word_ids(words)).tolist()) if words else np.zeros(self.width, np.float32)
        )


def save(vectors: Vectors, name: str, folder: Path = MODELS) -> Path:
    """Write `<name>.npz` and its signed header."""
    arrays: dict[str, NDArray[Any]] = {
        "ids": vectors.ids,
        "idf": vectors.idf.astype(np.float16),
        "table": vectors.table,
    }
    return stored.save(arrays, vectors.header, name, folder)


def load(name: str, folder: Path = MODELS) -> Vectors:
    """Read the file. Raises ModelError when it is missing, of another format, or not what was signed."""
    arrays, header = stored.load(name, folder)
    return Vectors(arrays["ids"], arrays["idf"].astype(np.float32), arrays["table"], header)


@cache
def shipped() -> Vectors:
    """The shipped file, read once a process. Raises ModelError as `load` does."""
    return load("vectors")
