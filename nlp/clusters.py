"""Which messages belong to one trouble: average-linkage clusters over a sparse graph of likeness.

Average linkage (Sokal & Michener 1958) joins two groups when their members are alike on average, so that a chain of
pairwise likeness does not glue one estate to the next, and pairs that name different estates count for little.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.likeness import DIFFERENT_PLACE, F64, rarity, unit
from nlp.terms import HOME, Ids, Terms, rare_as_names

# Average likeness at which two groups are one trouble. On the forum's messages everything from .12 to .16 gives the
# same well-known topics; below .1 topics of one theme run into one another.
SAME_TROUBLE: Final = 0.14
# Two words that at most this share of the messages use, both of them in two messages, name one thing (a developer and
# its estate, a school and its principal), also where nothing says 小区: such a pair is so much more alike. From 1.2 to
# 1.5 the forum's well-known topics are the same.
RARE: Final = 0.006
SAME_NAMES: Final = 1.3
NAMES: Final = 2
_FLOOR: Final = 0.04
_MOST_NEIGHBOURS: Final = 200
_EDGES: Final = 3_000_000
_CELLS: Final = 6_000_000


def vectors(messages: Sequence[Terms]) -> sp.csr_matrix:
    """Unit vectors of the messages, shape (N, distinct terms). Terms of one message only join none, and are 0."""
    every, column = np.unique(np.concatenate([m.ids for m in messages]), return_inverse=True)
    frequency = np.bincount(column, minlength=len(every)).astype(np.float64)
    rare = np.where(frequency > 1, rarity(every, frequency, float(len(messages))), 0.0)
    ends = np.cumsum([0, *(len(m.ids) for m in messages)])
    values = [unit(m, rare[column[ends[i] : ends[i + 1]]]) for i, m in enumerate(messages)]
    return sp.csr_matrix((np.concatenate(values), column, ends), shape=(len(messages), len(every)))


def may_name(ids: Ids, frequency: F64, messages: float) -> NDArray[np.bool_]:
    """Which terms, shape (N,), are so rare in these messages and in residents' language that two of them name a thing."""
    return (frequency <= max(2.0, RARE * messages)) & rare_as_names(ids)


def _neighbours(messages: Sequence[Terms], space: sp.csr_matrix) -> list[dict[int, float]]:
    """Likeness to the most alike messages, by index; symmetric."""
    size = len(messages)
    most = max(30, min(_MOST_NEIGHBOURS, _EDGES // size))

    def same_shape(values: NDArray[Any]) -> sp.csr_matrix:
        return sp.csr_matrix((values.astype(np.float32), space.indices, space.indptr), shape=space.shape)

    every = np.unique(np.concatenate([m.ids for m in messages]))
    frequency = np.bincount(space.indices, minlength=len(every)).astype(np.float64)
    rare = same_shape(may_name(every, frequency, size)[space.indices])
    names = same_shape(np.concatenate([(m.kinds & HOME) > 0 for m in messages]))
    words = same_shape(np.ones(space.nnz))
    homely = np.asarray(names.sum(axis=1)).ravel() > 0
    graph: list[dict[int, float]] = [{} for _ in range(size)]
    step = max(1, _CELLS // size)
    for begin in range(0, size, step):
        block = slice(begin, min(size, begin + step))
        alike = (space[block] @ space.T).toarray()
        mentioned = (names[block] @ words.T + words[block] @ names.T).toarray() > 0
        alike[homely[block, None] & homely[None, :] & ~mentioned] *= DIFFERENT_PLACE
        alike[(rare[block] @ rare.T).toarray() >= NAMES] *= SAME_NAMES
        for row in range(alike.shape[0]):
            _link(graph, begin + row, alike[row], most)
    return graph


def _link(graph: list[dict[int, float]], i: int, alike: F64, most: int) -> None:
    near = np.flatnonzero(alike >= _FLOOR)
    near = near[np.argsort(-alike[near], kind="stable")[: most + 1]]
    for j, value in zip(near.tolist(), alike[near].tolist(), strict=True):
        if j != i:
            graph[i][j] = graph[j][i] = round(value, 9)


def _agglomerate(sums: list[dict[int, float]], least: float) -> list[list[int]]:
    """Join the two groups that are most alike on average, again and again; `sums` is used up."""
    members = [[i] for i in range(len(sums))]
    version = [0] * len(sums)
    heap = [(-value, i, j, 0, 0) for i, near in enumerate(sums) for j, value in near.items() if i < j]
    heap = [entry for entry in heap if -entry[0] >= least]
    heapq.heapify(heap)
    while heap:
        _, i, j, at_i, at_j = heapq.heappop(heap)
        if version[i] != at_i or version[j] != at_j:
            continue
        members[i] += members[j]
        members[j] = []
        version[i] += 1
        version[j] = -1
        for k, value in sums[j].items():
            del sums[k][j]
            if k != i:
                sums[i][k] = sums[k][i] = sums[i].get(k, 0.0) + value
        sums[j] = {}
        for k, total in sums[i].items():
            average = total / (len(members[i]) * len(members[k]))
            if average >= least:
                a, b = (i, k) if i < k else (k, i)
                heapq.heappush(heap, (-average, a, b, version[a], version[b]))
    return [sorted(group) for group in members if group]


def cluster(messages: Sequence[Terms], least: float = SAME_TROUBLE) -> list[list[int]]:
    """Groups of indices, each ascending, ordered by their first; messages alone form groups of one.

    Deterministic. Time grows with the square of the number (3,500 messages: seconds; 50,000: minutes), memory with
    the number; for a growing store assign message by message (`nlp.topics.assign_topics`).
    """
    if not messages:
        return []
    return sorted(_agglomerate(_neighbours(messages, vectors(messages)), least))


def central(space: sp.csr_matrix, group: Sequence[int]) -> NDArray[np.float64]:
    """Mean likeness of each member of a group to the whole group, shape (len(group),)."""
    part = space[list(group)]
    return np.asarray(part @ np.asarray(part.sum(axis=0)).ravel(), dtype=np.float64) / len(group)
