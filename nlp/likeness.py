"""How much two messages speak of the same trouble: 0 nothing in common, 1 the same words.

The cosine of tf-idf vectors (Salton & Buckley 1988, log tf), lowered when both name an estate or village and neither
mentions the other's: the same broken lift in two estates is two troubles.
"""

from __future__ import annotations

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


def likeness(a: Terms, b: Terms, a_rare: F64, b_rare: F64) -> float:
    """Likeness of two messages, 0–1; `a_rare` and `b_rare` are the weights of their terms (see `rarity`)."""
    value = cosine(a.ids, unit(a, a_rare), b.ids, unit(b, b_rare))
    return min(1.0, value * (DIFFERENT_PLACE if different_place(a, b) else 1.0))
