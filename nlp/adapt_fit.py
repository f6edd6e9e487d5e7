"""Fitting what a city's corrections add to a prior: penalised maximum likelihood with the prior's log-odds as offset.

A Bayesian update in the usual sense: the shipped model is the mean of a Gaussian prior over the city's weights, the
penalty its precision, the fit its posterior mode. Two recipes:

* open: staff's agreement is among the examples, so the data say how often the prior is right; label offsets and the
  prior's sharpness are fitted, too;
* guarded: (nearly) all examples are the prior's mistakes. Taken at face value they would teach that it is never
  right. Given that a message was chosen because `predicted` was wrong, only the choice among the others is evidence:
  most of the weight lies on that conditional likelihood, and offsets and sharpness stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.city_prior import F64

_STEPS = 100
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Recipe:
    """Penalties (precisions of the Gaussian prior) on weights, label offsets and the prior's sharpness; the share of
    the plain likelihood in examples that correct the prior."""

    weights: float
    bias: float
    scale: float
    plain: float


OPEN = Recipe(weights=0.03, bias=0.1, scale=5.0, plain=1.0)
GUARDED = Recipe(weights=0.1, bias=1e6, scale=1e6, plain=0.3)


@dataclass(frozen=True, slots=True)
class Sample:
    """n messages of one head. vectors (n, V); logits (n, O); targets (n, O) ≥ 0: how well each outcome agrees with
    what staff said (several may); weights (n,)."""

    vectors: sp.csr_matrix
    logits: F64
    targets: F64
    weights: F64

    def pick(self, where: NDArray[np.intp]) -> Sample:
        return Sample(self.vectors[where], self.logits[where], self.targets[where], self.weights[where])

    @property
    def agreed(self) -> NDArray[np.bool_]:
        """Where the prior's first choice is (one of) what staff said."""
        first = self.logits.argmax(axis=1)
        return np.asarray(self.targets[np.arange(len(first)), first] >= 0.5 * self.targets.max(axis=1))


@dataclass(frozen=True, slots=True)
class Fitted:
    """weights (V, C), bias (C,), scale."""

    weights: F64
    bias: F64
    scale: float

    def logits(self, vectors: sp.csr_matrix, prior: F64, reach: F64) -> F64:
        return np.asarray((1 + self.scale) * prior + (vectors @ self.weights + self.bias) @ reach)


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


def fit(sample: Sample, reach: F64, recipe: Recipe) -> Fitted:
    """Fit with L-BFGS. reach (C, O): which outcomes a label's weights move."""
    size, count = sample.vectors.shape[1], len(reach)
    plain = np.where(sample.agreed, 1.0, recipe.plain)
    blocked = np.where(
        np.arange(sample.logits.shape[1]) == sample.logits.argmax(axis=1)[:, None], _NEVER, 0.0
    )
    both = bool((plain < 1).any())

    def loss(flat: F64) -> tuple[float, F64]:
        weights, bias, scale = flat[:-1][count:].reshape(size, count), flat[:count], flat[-1]
        scores = (1 + scale) * sample.logits + (sample.vectors @ weights + bias) @ reach
        losses, slopes = _set_loss(scores, sample.targets)
        if both:
            others, their_slopes = _set_loss(scores + blocked, np.where(blocked < 0, 0.0, sample.targets))
            losses = np.where(plain < 1, plain * losses + (1 - plain) * others, losses)
            share = plain[:, None]
            slopes = np.where(share < 1, share * slopes + (1 - share) * their_slopes, slopes)
        slopes = slopes * sample.weights[:, None]
        moved = slopes @ reach.T
        value = float(losses @ sample.weights) + 0.5 * (
            recipe.weights * float((weights**2).sum())
            + recipe.bias * float((bias**2).sum())
            + recipe.scale * float(scale**2)
        )
        gradient = np.concatenate(
            (
                moved.sum(axis=0) + recipe.bias * bias,
                (sample.vectors.T @ moved + recipe.weights * weights).ravel(),
                [float((slopes * sample.logits).sum()) + recipe.scale * scale],
            )
        )
        return value, gradient

    start = np.zeros(count + size * count + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    return Fitted(found[count:-1].reshape(size, count), found[:count], float(found[-1]))


def fit_temperature(scores: F64, targets: F64, weights: F64) -> float:
    """The temperature (0.5-5) under which what staff said is likeliest."""
    grid = np.geomspace(0.5, 5.0, 40)
    losses = [float(_set_loss(scores / value, targets)[0] @ weights) for value in grid]
    return round(float(grid[int(np.argmin(losses))]), 3)
