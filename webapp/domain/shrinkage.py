"""Small samples borrow from their peers: beta-binomial and gamma-Poisson models.

Empirical Bayes with hyper-parameters by maximum likelihood (Efron and Morris, JASA 70, 1975; Carter and Rolph,
JASA 69, 1974). A peak alone pretends to know how much peers differ, which makes intervals too short when they
are few; so the spread between peers is averaged over its whole likelihood, with every standard deviation equally
likely beforehand (Gelman, Bayesian Analysis 1, 2006), and the error of the peers' mean is carried along (Morris,
JASA 78, 1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, digamma, gammaln

Floats = NDArray[np.float64]

_TIGHTNESS: Final = np.geomspace(1.0, 3000.0, 24)  # a + b of the beta prior
_SHAPES: Final = np.geomspace(0.2, 2000.0, 60)  # shape of the gamma prior


@dataclass(frozen=True, slots=True)
class Posterior:
    """Mean, variance and pull (0…1, how far towards the peers) per unit; the peers' mean and standard deviation
    at the likelihood's peak."""

    mean: Floats
    variance: Floats
    pull: Floats
    peer_mean: float
    peer_spread: float


def _softmax(log_weight: Floats) -> Floats:
    weight: Floats = np.exp(log_weight - log_weight.max())
    return weight / weight.sum()


def _mix(weight: Floats, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of a mixture; weight (k,), means and variances (k, units)."""
    mean = weight @ means
    return mean, weight @ (variances + means**2) - mean**2


def beta_binomial_log_likelihood(
    successes: Floats, trials: Floats, mean: Floats, tightness: Floats
) -> Floats:
    """Σ over units of log P(successes | trials, Beta(mean·tightness, (1 − mean)·tightness)), without the
    binomial coefficient; mean and tightness of shape (k,), result (k,)."""
    a, b = (mean * tightness)[:, None], ((1 - mean) * tightness)[:, None]
    terms: Floats = betaln(a + successes, b + trials - successes) - betaln(a, b)
    return terms.sum(axis=1)


def trigamma(x: Floats) -> Floats:
    """ψ′ for positive x to 10⁻⁹, by recurrence to x + 6 and the asymptotic series (Abramowitz and Stegun 6.4.12).

    scipy's polygamma goes through the Hurwitz zeta function and takes ten times as long.
    """
    head = np.zeros_like(x)
    for step in range(6):
        head += 1 / (x + step) ** 2
    z = 1 / (x + 6)
    z2 = z * z
    tail: Floats = z + z2 / 2 + z * z2 * (1 / 6 - z2 * (1 / 30 - z2 * (1 / 42 - z2 / 30)))
    return head + tail


def _best_means(successes: Floats, trials: Floats) -> tuple[Floats, Floats]:
    """Per tightness, the most likely mean and its variance; a uniform prior keeps it off 0 and 1.

    Newton's method on the logit, damped; the variance is the inverse curvature there (Laplace).
    """
    s = _TIGHTNESS
    grand = (successes.sum() + 1) / (trials.sum() + 2)
    logit = np.full(len(s), np.log(grand / (1 - grand)))
    for _ in range(6):
        m = 1 / (1 + np.exp(-logit))
        a, b = (m * s)[:, None], ((1 - m) * s)[:, None]
        slope = digamma(a + successes) - digamma(a) - digamma(b + trials - successes) + digamma(b)
        bend = trigamma(a + successes) - trigamma(a) + trigamma(b + trials - successes) - trigamma(b)
        d1, d2 = s * slope.sum(axis=1), s**2 * bend.sum(axis=1)
        v = m * (1 - m)
        gradient = d1 * v + 1 - 2 * m
        curvature = np.maximum(-(d2 * v * v + d1 * v * (1 - 2 * m)) + 2 * v, 0.25 * v)
        logit = logit + np.clip(gradient / curvature, -1.0, 1.0)
    m = 1 / (1 + np.exp(-logit))
    return m, (m * (1 - m)) ** 2 / curvature


def beta_binomial(successes: Floats, trials: Floats) -> Posterior:
    """Posterior of each unit's true rate; units without trials stand at the peers' mean. Shape (units,).

    Given the prior's mean m and tightness s the posterior is Beta(m·s + successes, (1 − m)·s + failures): a unit
    is pulled towards m by s / (s + trials). With τ² = m(1 − m)/(s + 1) between units and σ² = m(1 − m)·s/(s + 1)
    within, that is σ²/n / (τ² + σ²/n), the normal model's shrinkage; so votes with their trials' worth of
    information go through here too, and stay between 0 and 1. m is integrated by Laplace's method, s over its
    likelihood.
    """
    return _beta_binomial(*(np.asarray(given, dtype=float).tobytes() for given in (successes, trials)))


@lru_cache(maxsize=64)
def _beta_binomial(successes_bytes: bytes, trials_bytes: bytes) -> Posterior:
    """:func:`beta_binomial` of float64 arrays. Remembered: a new vote leaves all peers' R, T and V as they are."""
    successes, trials = np.frombuffer(successes_bytes), np.frombuffer(trials_bytes)
    m, m_variance = _best_means(successes, trials)
    s = _TIGHTNESS
    log_likelihood = beta_binomial_log_likelihood(successes, trials, m, s)
    # Uniform in the standard deviation, which falls with the root of the tightness, on a grid of log steps.
    log_weight = log_likelihood + 0.5 * np.log(m_variance) - 0.5 * np.log(s)
    total = trials[None, :] + s[:, None]
    means = (successes[None, :] + (m * s)[:, None]) / total
    pull = s[:, None] / total
    variances = means * (1 - means) / (total + 1) + pull**2 * m_variance[:, None]
    weight = _softmax(log_weight)
    mean, variance = _mix(weight, means, variances)
    best = int(log_likelihood.argmax())
    pulled: Floats = weight @ pull
    for shared in (mean, variance, pulled):
        shared.flags.writeable = False
    return Posterior(
        mean, variance, pulled, float(m[best]), float(np.sqrt(m[best] * (1 - m[best]) / (s[best] + 1)))
    )


def beta_shape(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """a and b of the beta distribution with this mean and variance, kept inside what a beta can be."""
    mean = np.clip(mean, 1e-3, 1 - 1e-3)
    limit = mean * (1 - mean)
    size = limit / np.clip(variance, 1e-9, 0.9 * limit) - 1
    return mean * size, (1 - mean) * size


def gamma_poisson(counts: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Shape and rate of each unit's posterior gamma for counts ~ Poisson(λ · exposure). Shape (units,).

    λ ~ Gamma(α, α/μ) with α and μ by maximum likelihood (negative binomial): posterior Gamma(α + counts, α/μ +
    exposure). Units without exposure stay at the prior. Raises ValueError where no unit has any exposure.
    """
    seen = exposure > 0
    if not seen.any():
        raise ValueError("no unit has an exposure")
    y, e, a = counts[seen], exposure[seen], _SHAPES[:, None]
    mu = np.full(len(_SHAPES), max(y.sum(), 0.5) / e.sum())[:, None]
    for _ in range(30):
        weight = 1 / (a + mu * e)
        mu = np.maximum((weight * y).sum(axis=1), 1e-9)[:, None] / (weight * e).sum(axis=1)[:, None]
    terms = gammaln(a + y) - gammaln(a) + a * np.log(a / (a + mu * e)) + y * np.log(mu * e / (a + mu * e))
    best = int(terms.sum(axis=1).argmax())
    alpha, centre = _SHAPES[best], float(mu[best, 0])
    return alpha + np.where(seen, counts, 0.0), alpha / centre + np.where(seen, exposure, 0.0)
