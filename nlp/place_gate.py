"""Where in a message a place may stand: a quick look before the tagger's long one.

Most of what residents write names no place. This linear model over the characters, character pairs and word tags
around a character was fitted on what the tagger found (nlp/train_gate.py); the tagger reads only what it lets through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nlp import stored
from nlp.linear import MODELS
from nlp.sequence import Look, Stretch
from nlp.sequence_store import F32
from nlp.types import Place

# Characters, pairs (from their first character) and word tags looked at: so far from the character in question.
CHARACTERS, PAIRS, WORDS = range(-2, 3), range(-2, 2), range(-2, 3)
# The tagger reads so many characters on either side of what is let through.
AROUND = 6
_FURTHEST = 2


@dataclass(frozen=True, slots=True)
class Gate:
    """character: (characters, 5), word: (tags, 5), pair: (pairs, 4), a column for each place looked at."""

    character: F32
    word: F32
    pair: F32
    header: dict[str, Any]

    def scores(self, look: Look) -> F32:
        """How much each character looks like part of a place (log-odds), shape (n,)."""
        size = len(look.ids)
        seen = np.zeros((size + 2 * _FURTHEST, len(CHARACTERS)), dtype=np.float32)
        inner = seen[_FURTHEST : _FURTHEST + size]
        self.character.take(look.ids, axis=0, out=inner, mode="clip")
        inner += self.word.take(look.layout.codes, axis=0)
        inner[:, : len(PAIRS)] += self.pair.take(look.pairs, axis=0)
        total = seen[:size, 0] + float(self.header["bias"])
        for column in range(1, len(CHARACTERS)):
            total += seen[column : column + size, column]
        return total

    def stretches(self, scores: F32, ruled: Sequence[Place]) -> list[Stretch]:
        """What the tagger has to read, in order, none touching: around the places found by rule and what scores high."""
        size = len(scores)
        wanted = np.zeros(size + 2, dtype=np.int8)
        inner = wanted[1:-1]
        edges = np.flatnonzero(scores > float(self.header["open_above"])).tolist()
        for at in edges:
            inner[max(0, at - AROUND) : at + AROUND + 1] = 1
        for place in ruled:
            inner[max(0, place.start - AROUND) : place.end + AROUND] = 1
        changes = np.flatnonzero(wanted[1:] != wanted[:-1]).tolist()
        return list(zip(changes[::2], changes[1::2], strict=True))


def save(gate: Gate, folder: Path = MODELS) -> Path:
    """Write `place_gate.npz` and its signed header."""
    arrays = {name: getattr(gate, name).astype(np.float16) for name in ("character", "word", "pair")}
    return stored.save(arrays, gate.header, "place_gate", folder)


def load(folder: Path = MODELS) -> Gate:
    """Read the file. Raises ModelError when it is missing, of another format, or not what was signed."""
    arrays, header = stored.load("place_gate", folder)
    return Gate(**{name: array.astype(np.float32) for name, array in arrays.items()}, header=header)
