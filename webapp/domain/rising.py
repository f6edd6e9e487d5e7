"""Words that more people use than before: log-odds with an informative Dirichlet prior.

Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 16 (2008), § 3.5.1. Raw counts name the words that are
always common, ratios those that are always rare; the log-odds of a word in one window against the other, with both
windows together as the prior and divided by its standard error, names neither. Among hundreds of words some look new by
chance: Benjamini and Hochberg (JRSS B 57, 1995) keep the share of false ones among those shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

PRIOR_SHARE: Final = 0.1
"""The prior weighs as much as a tenth of the words of both windows"""
FALSE_SHARE: Final = 0.1
"""So many of the words shown may be there by chance"""
LEAST_PEOPLE: Final = 5
"""Fewer people make no word a sign, and must not be recognisable by it"""


@dataclass(frozen=True, slots=True)
class Rising:
    """A word, people who used it now and before, its odds now over its odds before (shrunk), and the z-score."""

    word: str
    now: int
    before: int
    ratio: float
    z: float


def rising(
    now: Mapping[str, int],
    before: Mapping[str, int],
    least: int = LEAST_PEOPLE,
    false_share: float = FALSE_SHARE,
) -> list[Rising]:
    """Words used more, the surest first. The maps count people per word in each window.

    Empty where either window has no words: without a yardstick nothing rises.
    """
    words = sorted({*now, *before})
    y = np.array([now.get(w, 0) for w in words], dtype=float)
    x = np.array([before.get(w, 0) for w in words], dtype=float)
    if not words or y.sum() <= 0 or x.sum() <= 0:
        return []
    total = y + x
    size = PRIOR_SHARE * total.sum()
    prior = size * total / total.sum()
    odds_now = (y + prior) / (y.sum() + size - y - prior)
    odds_before = (x + prior) / (x.sum() + size - x - prior)
    delta = np.log(odds_now) - np.log(odds_before)
    z = delta / np.sqrt(1 / (y + prior) + 1 / (x + prior))
    # Which words are tested must not depend on the way they went, or chance alone would make them rise.
    chosen = _discoveries(ndtr(-z), total >= least, false_share) & (y >= least)
    found = [
        Rising(words[i], int(y[i]), int(x[i]), float(np.exp(delta[i])), float(z[i]))
        for i in np.flatnonzero(chosen)
    ]
    return sorted(found, key=lambda line: -line.z)


def _discoveries(
    chances: NDArray[np.float64], tested: NDArray[np.bool_], false_share: float
) -> NDArray[np.bool_]:
    """Which tests to believe, of those in ``tested``: the largest k with p₍ₖ₎ ≤ k/m · share, and all below."""
    kept = np.zeros(len(chances), dtype=bool)
    places = np.flatnonzero(tested)
    if len(places) == 0:
        return kept
    order = places[np.argsort(chances[places], kind="stable")]
    allowed = false_share * np.arange(1, len(order) + 1) / len(order)
    below = np.flatnonzero(chances[order] <= allowed)
    if len(below):
        kept[order[: below[-1] + 1]] = True
    return kept
