"""Who comes by themselves, corrected by who was asked: self-selected votes and a random sample of the same cases.

Angry people may vote three times as readily as content ones; no weighting by channel sees that, because it depends
on the vote itself. A random sample of closed cases (a follow-up call) does: the odds of having come by oneself at
each level, against the level that is commonest, are what the readiness to vote differs by. They are Mantel and
Haenszel's common odds ratios over units and strata (JNCI 22, 1959), which stay right with a handful of words per
unit; votes are then weighted by the inverse of their readiness (inverse propensity: Elliott and Valliant, Statistical
Science 32, 2017). What still differs between a unit's weighted votes and its sample is selection of its own, found by
moments (DerSimonian and Laird, Controlled Clinical Trials 7, 1986); it limits how much any number of volunteers can
outweigh those who were asked.

Where only those are asked who had said nothing of their own accord, the sample stands for them alone, and what the
others said for the others: double sampling among the silent (Hansen and Hurwitz, JASA 41, 1946).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS: Final = np.arange(5) / 4
"""What a vote of level 1…5 is worth"""
MIN_SAMPLE: Final = 50
"""Fewer sampled words of all peers together cannot show who comes by themselves: nothing is corrected"""
_PRIOR: Final = 2.0  # sampled words that say "no difference" hold back the odds of a rare level
_FEW: Final = 0.05  # share of all pairs below which the commonest level cannot say what a word is worth
_MAX_ODDS: Final = 20.0
_CLEAR: Final = 2.5  # standard errors from which a cell's gap is its own, not chance (1 in 80)


@dataclass(frozen=True, slots=True)
class Heard:
    """What votes and sample say together; arrays of shape (units, strata) but for the last four.

    n           words that would know as much, all of one kind: 0 where nobody spoke
    mean        experience 0…1
    moved       mean less the plain mean of the votes (0 where there are none)
    readiness   of levels 1…5 to vote, shape (5,), 1 for the commonest level; all 1 without a sample
    common      variance that the readiness' own error adds to every mean alike
    sampled     words of the sample
    words       of the sample per level, shape (units, strata, 5), standing for all cases; 0 where too few were asked
    """

    n: Floats
    mean: Floats
    moved: Floats
    readiness: Floats
    common: float
    sampled: float
    words: Floats


def _ratio(top: Floats, bottom: Floats) -> Floats:
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    return np.divide(top, bottom, out=np.zeros(shape), where=bottom > 0)


def everybody(told: Floats, sample: Floats, closed: Floats) -> Floats:
    """Words that stand for all closed cases, levels 1…5 of shape (…, 5), from what was told and the silent who were asked.

    The share h = told / closed spoke by itself, so that p = h · p_told + (1 − h) · p_sample, worth
    1 / (h²/n_told + (1 − h)²/n_sample) words (Hansen and Hurwitz, 1946). Nothing where nobody was asked.
    """
    t, s = told.sum(axis=-1), sample.sum(axis=-1)
    h = _ratio(t, np.maximum(closed, t + s))
    worth = _ratio((s > 0).astype(float), _ratio(h**2, t) + _ratio((1 - h) ** 2, s))
    shares = h[..., None] * _ratio(told, t[..., None]) + (1 - h)[..., None] * _ratio(sample, s[..., None])
    words: Floats = worth[..., None] * shares
    return words


def readiness(votes: Floats, sample: Floats) -> Floats:
    """Odds of each level to have come by itself against the commonest level, shape (5,); counts (…, 5) per cell.

    Σ v_l s_r / n ÷ Σ v_r s_l / n over cells (Mantel and Haenszel), where v are votes, s the sample, n both together.
    """
    v, s = votes.reshape(-1, 5), sample.reshape(-1, 5)
    both = (v.sum(axis=1) > 0) & (s.sum(axis=1) > 0)
    v, s = v[both], s[both]
    if s.sum() < MIN_SAMPLE:
        return np.ones(5)
    reference = int(s.sum(axis=0).argmax())
    total = (v + s).sum(axis=1, keepdims=True)
    top: Floats = (v * s[:, [reference]] / total).sum(axis=0)
    bottom: Floats = (v[:, [reference]] * s / total).sum(axis=0)
    # What one sampled word, and as many votes as the commonest level has per sampled word, would add to both sides.
    pairs = float((v.sum(axis=1, keepdims=True) * s.sum(axis=1, keepdims=True) / total).sum())
    one = max(float(top[reference]), _FEW * pairs) / s[:, reference].sum()
    return np.clip((top + _PRIOR * one) / (bottom + _PRIOR * one), 1 / _MAX_ODDS, _MAX_ODDS)


def _own_selection(gap: Floats, noise: Floats, both: NDArray[np.bool_]) -> Floats:
    """Variance of selection per cell: common to all by moments, a cell's own where its gap is beyond chance.

    Weighted by 1 / noise: E Σ gap² / noise = Σ 1 + ω² Σ 1 / noise. Cells beyond chance are left out of what is
    common, or one brushed unit would take the trust in everybody's votes.
    """
    if not both.any():
        return np.zeros_like(gap)
    precision = np.where(both, 1 / np.maximum(noise, 1e-9), 0.0)
    # A first guess that outliers cannot move: the median of χ² with one degree of freedom is .455.
    ratio = float(np.median(gap[both] ** 2 * precision[both])) / 0.455
    usual = max(ratio - 1, 0.0) * float(np.median(noise[both]))
    beyond = both & (gap**2 > _CLEAR**2 * (noise + usual))
    rest = both & ~beyond
    if rest.any():
        excess = float((precision * gap**2)[rest].sum() - rest.sum()) / float(precision[rest].sum())
        usual = max(excess, 0.0)
    return np.where(beyond, np.maximum(gap**2 - noise, usual), usual)


def heard(
    votes: Floats, sample: Floats, spread: float, told: Floats | None = None, closed: Floats | None = None
) -> Heard:
    """Votes and sample as one; counts of levels 1…5 of shape (units, strata, 5), ``spread`` of a single word.

    The weighted votes have variance ω² + σ²/n (Kish's effective n), the sample σ²/n; they are put together by
    precision. Without a sample the votes stand as they are. ``told`` are words on the ``closed`` cases (units, strata)
    by those who were therefore not asked: no votes, but they came by themselves, and show with the votes who does.
    """
    n, raw_asked = votes.sum(axis=2), float(sample.sum())
    plain = _ratio(votes @ LEVELS, n)
    if raw_asked < MIN_SAMPLE:
        return Heard(n, plain, np.zeros_like(plain), np.ones(5), 0.0, raw_asked, np.zeros_like(votes))
    volunteers = votes
    if told is not None and closed is not None:
        volunteers, sample = votes + told, everybody(told, sample, closed)
    asked = sample.sum(axis=2)
    odds = readiness(volunteers, sample)
    answer = _ratio(sample @ LEVELS, asked)
    own = _own_selection(*_gaps(volunteers, odds, answer, asked, spread))
    corrected, effective = _weighed(votes, odds)
    trust = _ratio(effective, spread + own * effective)
    known = asked / spread
    mean = _ratio(trust * corrected + known * answer, trust + known)
    return Heard(
        n=spread * (trust + known),
        mean=mean,
        moved=np.where(n > 0, mean - plain, 0.0),
        readiness=odds,
        common=float(spread / raw_asked),
        sampled=raw_asked,
        words=sample,
    )


def _weighed(votes: Floats, odds: Floats) -> tuple[Floats, Floats]:
    """Mean of the votes weighted by the inverse of their readiness, and their effective number."""
    weighed = votes / odds
    weight = weighed.sum(axis=2)
    return _ratio(weighed @ LEVELS, weight), _ratio(weight**2, (votes / odds**2).sum(axis=2))


def _gaps(
    volunteers: Floats, odds: Floats, answer: Floats, asked: Floats, spread: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Weighted volunteers less those who were asked, the noise of that, and where both spoke."""
    corrected, effective = _weighed(volunteers, odds)
    both = (effective > 0) & (asked > 0)
    noise = spread * (_ratio(np.ones_like(effective), effective) + _ratio(np.ones_like(asked), asked))
    return np.where(both, corrected - answer, 0.0), noise, both
