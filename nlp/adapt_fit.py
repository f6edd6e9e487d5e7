"""Fitting what a city's corrections add to a prior: penalised maximum likelihood with the prior's log-odds as offset.

A Bayesian update in the usual sense: the shipped model is the mean of a Gaussian prior over the city's weights, the
penalty its precision, the fit its posterior mode. Two recipes:

* open: staff's agreement is among the examples, so the data say how often the prior is right; label offsets and the
  prior's sharpness are fitted, too;
* guarded: (nearly) all examples are the prior's mistakes. Taken at face value they would teach that it is never
  right. Given that a message was chosen because `predicted` was wrong, only the choice among the others is evidence:
  a good part of the weight lies on that conditional likelihood, and offsets and sharpness stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp.city_prior import F64

_STEPS = 100
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Recipe:
    """Standard deviations of the Gaussian prior on the words' weights, on label offsets, and on what the prior's own
    odds weigh (0: not fitted); the share of the plain likelihood in examples that correct the prior."""

    weights: float
    bias: float
    mix: float
    plain: float


OPEN = Recipe(weights=9.0, bias=3.0, mix=0.45, plain=1.0)
GUARDED = Recipe(weights=4.0, bias=0.0, mix=0.0, plain=0.6)


@dataclass(frozen=True, slots=True)
class Sample:
    """n messages of one head. vectors (n, V); logits (n, O): the prior; hints (n, Z): its odds as dense features;
    targets (n, O) ≥ 0: how well each outcome agrees with what staff said (several may); weights (n,)."""

    vectors: sp.csr_matrix
    logits: F64
    hints: F64
    targets: F64
    weights: F64

    def pick(self, where: NDArray[np.intp]) -> Sample:
        return Sample(
            self.vectors[where],
            self.logits[where],
            self.hints[where],
            self.targets[where],
            self.weights[where],
        )

    @property
    def agreed(self) -> NDArray[np.bool_]:
        """Where the prior's first choice is (one of) what staff said."""
        first = self.logits.argmax(axis=1)
        return np.asarray(self.targets[np.arange(len(first)), first] >= 0.5 * self.targets.max(axis=1))


@dataclass(frozen=True, slots=True)
class Fitted:
    """weights (V, C), bias (C,), mix (Z, C)."""

    weights: F64
    bias: F64
    mix: F64

    def logits(self, sample: Sample, reach: F64) -> F64:
        """The new log-odds, shape (n, O)."""
        return sample.logits + (sample.vectors @ self.weights + sample.hints @ self.mix + self.bias) @ reach


def softmax(scores: F64) -> F64:
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def _set_loss(scores: F64, targets: F64) -> tuple[F64, F64]:
    """−log Σ target · p per message and its gradient with respect to the scores."""
    likely = softmax(scores)
    joint = likely * targets
    mass = np.maximum(joint.sum(axis=1, keepdims=True), 1e-12)
    return -np.log(mass[:, 0]), likely - joint / mass


def recipe_for(sample: Sample, least_agreed: float = 0.25) -> Recipe:
    """Open where at least a quarter of the examples agree with the prior, else guarded."""
    return OPEN if sample.agreed.mean() >= least_agreed else GUARDED


def _losses(sample: Sample, plain: F64, scores: F64) -> tuple[F64, F64]:
    """Loss and gradient per message; where `plain` is below 1, mixed with the choice among the prior's other labels."""
    losses, slopes = _set_loss(scores, sample.targets)
    if (plain < 1).any():
        first = np.arange(scores.shape[1]) == sample.logits.argmax(axis=1)[:, None]
        others, their = _set_loss(np.where(first, _NEVER, scores), np.where(first, 0.0, sample.targets))
        losses = np.where(plain < 1, plain * losses + (1 - plain) * others, losses)
        share = plain[:, None]
        slopes = np.where(share < 1, share * slopes + (1 - share) * their, slopes)
    return losses, slopes * sample.weights[:, None]


def fit(sample: Sample, reach: F64, recipe: Recipe) -> Fitted:
    """Fit with L-BFGS, in units of the prior's standard deviations. reach (C, O): which outcomes a label moves."""
    # Here, because every process that reads would load it and only retraining needs it.
    from scipy.optimize import minimize

    size, count, hints = sample.vectors.shape[1], len(reach), sample.hints.shape[1]
    plain = np.where(sample.agreed, 1.0, recipe.plain)
    ends = (count, count + hints * count)

    def parts(flat: F64) -> Fitted:
        bias, mix, weights = np.split(flat, ends)
        return Fitted(
            weights.reshape(size, count) * recipe.weights,
            bias * recipe.bias,
            mix.reshape(hints, count) * recipe.mix,
        )

    def loss(flat: F64) -> tuple[float, F64]:
        losses, slopes = _losses(sample, plain, parts(flat).logits(sample, reach))
        moved = slopes @ reach.T
        gradient = (moved.sum(axis=0) * recipe.bias, sample.hints.T @ moved * recipe.mix,
                    sample.vectors.T @ moved * recipe.weights)  # fmt: skip
        value = float(losses @ sample.weights) + 0.5 * float(flat @ flat)
        return value, flat + np.concatenate([np.asarray(part).ravel() for part in gradient])

    start = np.zeros(count + hints * count + size * count)
    return parts(minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x)


def fit_temperature(scores: F64, targets: F64, weights: F64) -> float:
    """The temperature (0.5-5) under which what staff said is likeliest."""
    grid = np.geomspace(0.5, 5.0, 40)
    losses = [float(_set_loss(scores / value, targets)[0] @ weights) for value in grid]
    return round(float(grid[int(np.argmin(losses))]), 3)
