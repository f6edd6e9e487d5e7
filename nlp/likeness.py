"""How much two messages speak of the same trouble: 0 nothing in common, 1 the same words.

The cosine of tf-idf vectors (Salton & Buckley 1988, log tf), lowered when both name an estate or village and neither
mentions the other's: the same broken lift in two estates is two troubles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlp.terms import HOME, Ids, Terms, prior

F64 = NDArray[np.float64]

# Until a city has many messages of its own, the forum's count as so many.
_PRIOR_MESSAGES: Final = 500.0
_UNSEEN_RATE: Final = 1e-4
# Not 0: a name read wrongly should not hide a word-for-word copy from somebody who looks for it with least=0.
DIFFERENT_PLACE: Final = 0.1


def rarity(ids: Ids, frequency: F64 | None = None, messages: float = 0.0) -> F64:
    """Weight of terms, shape (N,): −log of the share of messages with them.

    `frequency`: in how many of `messages` messages each occurs. The share is blended with the one in the forum
    model's messages (as if `_PRIOR_MESSAGES` of them had been seen too), so that an index of ten messages already
    knows that 小区 is common. Without frequencies the forum's share alone counts.
    """
    frequency = np.zeros(len(ids)) if frequency is None else frequency
    model = prior()
    at = np.searchsorted(model.ids, ids)
    at[at == len(model.ids)] = 0
    share = np.where(model.ids[at] == ids, np.exp(1.0 - model.idf[at].astype(np.float64)), _UNSEEN_RATE)
    rate = (frequency + _PRIOR_MESSAGES * share) / (messages + _PRIOR_MESSAGES)
    return -np.log(np.minimum(rate, 0.999))


def unit(terms: Terms, rare: F64) -> F64:
    """The message's vector of length 1 over its ids, shape (N,); zeros when it says nothing."""
    values = (1.0 + np.log(terms.counts.astype(np.float64))) * rare
    norm = float(np.sqrt(values @ values))
    return values / norm if norm else values


def cosine(ids: Ids, values: F64, other_ids: Ids, other_values: F64) -> float:
    """Dot product of two sparse vectors given by sorted ids."""
    at = np.searchsorted(other_ids, ids)
    at[at == len(other_ids)] = 0
    if not len(other_ids):
        return 0.0
    return float(values @ np.where(other_ids[at] == ids, other_values[at], 0.0))


def _mentions(ids: Ids, names: Ids) -> bool:
    at = np.searchsorted(ids, names)
    at[at == len(ids)] = 0
    return bool((ids[at] == names).any())


def different_place(a: Terms, b: Terms) -> bool:
    """True when both name an estate or village and neither mentions a name of the other's."""
    homes_a, homes_b = a.ids[(a.kinds & HOME) > 0], b.ids[(b.kinds & HOME) > 0]
    if not len(homes_a) or not len(homes_b):
        return False
    return not _mentions(b.ids, homes_a) and not _mentions(a.ids, homes_b)


def likenesses(a: Terms, others: Sequence[Terms], a_rare: F64) -> F64:
    """Likeness (0–1) of one message to each of many, shape (len(others),), in one pass over all their terms.

    `a_rare` are the weights of its terms (see `rarity`).

    Terms of the others weigh as in `a` where shared, and as in the forum where not: asking an index about each
    term of each candidate would take longer than everything else.
    """
    out = np.zeros(len(others))
    full = [i for i, other in enumerate(others) if len(other.ids)]
    if not full or not len(a.ids):
        return out
    ids, counts, kinds = (np.concatenate([others[i][part] for i in full]) for part in range(3))
    starts = np.cumsum([0, *(len(others[i].ids) for i in full)])[:-1]
    at = np.searchsorted(a.ids, ids)
    at[at == len(a.ids)] = 0
    shared = a.ids[at] == ids
    rare = np.where(shared, a_rare[at], rarity(ids))
    values = (1.0 + np.log(counts.astype(np.float64))) * rare
    norms = np.sqrt(np.add.reduceat(values * values, starts))
    products = np.add.reduceat(np.where(shared, values * unit(a, a_rare)[at], 0.0), starts)
    homes = (kinds & HOME) > 0
    own = (a.kinds & HOME) > 0
    meets = np.logical_or.reduceat(shared & (homes | own[at]), starts)
    apart = np.logical_or.reduceat(homes, starts) & own.any() & ~meets
    out[full] = np.minimum(1.0, products / np.maximum(norms, 1e-12) * np.where(apart, DIFFERENT_PLACE, 1.0))
    return out
