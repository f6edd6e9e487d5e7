"""Where hashed ids stand in a long sorted list: a table over their first bits, then a step or two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
Index = NDArray[np.intp]
# Buckets for each id: with four, hardly one bucket holds more than three.
_ROOM = 4


class Lookup:
    """ids: sorted, distinct, shape (V,). Reading changes nothing."""

    def __init__(self, ids: U32) -> None:
        bits = max(1, min(22, (_ROOM * len(ids)).bit_length()))
        self._shift = np.uint32(32 - bits)
        sizes = np.bincount(ids >> self._shift, minlength=1 << bits)
        self._first = (np.cumsum(sizes) - sizes).astype(np.int32)
        self._steps = max(0, int(sizes.max()) - 1)
        # Behind the last: numbers at which every step stops.
        self._ids = np.concatenate((ids, np.full(self._steps + 1, 0xFFFFFFFF, dtype=np.uint32)))
        self._unknown = len(ids)

    def rows(self, wanted: U32) -> Index:
        """Position of each of `wanted`, in its shape; V where there is none."""
        at = self._first.take(wanted >> self._shift).astype(np.intp)
        for _ in range(self._steps):
            at += self._ids.take(at) < wanted
        at[self._ids.take(at) != wanted] = self._unknown
        return np.minimum(at, self._unknown, out=at)
