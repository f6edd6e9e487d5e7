"""Borrowing from peers: against hand arithmetic and brute-force integration."""

import numpy as np
import pytest
from scipy.special import betaln, gammaln, polygamma

from webapp.domain.shrinkage import (
    beta_binomial,
    beta_binomial_log_likelihood,
    beta_shape,
    gamma_poisson,
    trigamma,
)


def array(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def test_likelihood_by_hand() -> None:
    # Uniform prior (m = .5, s = 2): one of one has chance 1/2; two of three in a given order B(3, 2) = 1/12.
    found = beta_binomial_log_likelihood(array(1, 2), array(1, 3), array(0.5), array(2))
    assert found[0] == pytest.approx(np.log(1 / 2) + np.log(1 / 12))


def brute_force(y: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means and variances on a fine grid: m uniform, standard deviation of the peers uniform."""
    m = np.linspace(0.002, 0.998, 400)
    s = np.geomspace(1, 3000, 200)
    a, b = np.outer(m, s), np.outer(1 - m, s)
    log = sum(betaln(a + yi, b + ni - yi) - betaln(a, b) for yi, ni in zip(y, n, strict=True))
    log = log - 0.5 * np.log(s)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    means = np.array([(weight * (a + yi) / (s + ni)).sum() for yi, ni in zip(y, n, strict=True)])
    squares = np.array(
        [
            (weight * (a + yi) * (a + yi + 1) / ((s + ni) * (s + ni + 1))).sum()
            for yi, ni in zip(y, n, strict=True)
        ]
    )
    return means, squares - means**2


@pytest.mark.parametrize(
    ("y", "n"),
    [
        (array(3, 8, 15, 2, 30, 9), array(10, 12, 20, 10, 40, 9)),
        (array(18, 17, 19, 20, 16, 18, 17, 19), array(20, 20, 20, 20, 20, 20, 20, 20)),
        (array(5, 50), array(10, 60)),
        (array(14), array(20)),
    ],
)
def test_posterior_is_that_of_brute_force(y: np.ndarray, n: np.ndarray) -> None:
    found = beta_binomial(y, n)
    means, variances = brute_force(y, n)
    assert found.mean == pytest.approx(means, abs=0.012)
    assert np.sqrt(found.variance) == pytest.approx(np.sqrt(variances), rel=0.12)


def test_a_lone_unit_keeps_its_own_rate() -> None:
    found = beta_binomial(array(70), array(100))
    assert found.mean[0] == pytest.approx(0.7, abs=0.01)
    # √(.7 · .3 / 100) = .0458
    assert np.sqrt(found.variance[0]) == pytest.approx(0.0458, rel=0.1)


def test_few_cases_go_further_towards_the_peers_than_many() -> None:
    # Twenty peers around .8; one of 0 out of 4 and one of 0 out of 400.
    y, n = np.append(np.full(20, 80.0), [0, 0]), np.append(np.full(20, 100.0), [4, 400])
    found = beta_binomial(y, n)
    assert found.mean[-1] < 0.02
    assert found.mean[-2] > 0.2
    assert found.pull[-2] > found.pull[0] > found.pull[-1]


def test_equal_peers_pull_hard_and_different_peers_hardly() -> None:
    n = np.full(10, 50.0)
    assert beta_binomial(np.full(10, 40.0), n).pull.min() > 0.5
    apart = beta_binomial(np.linspace(5, 45, 10), n)
    assert apart.pull.max() < 0.15


def test_all_yes_and_all_no_stay_inside() -> None:
    for y in (array(0, 0, 0), array(20, 30, 10)):
        found = beta_binomial(y, array(20, 30, 10))
        assert ((found.mean > 0) & (found.mean < 1)).all()
        assert (found.variance > 0).all()


def test_trigamma_is_scipys() -> None:
    x = np.geomspace(1e-3, 1e5, 200)
    assert trigamma(x) == pytest.approx(polygamma(1, x), rel=1e-8)


def test_beta_shape_gives_mean_and_variance_back() -> None:
    # Beta(8, 2): mean .8, variance 16 / (100 · 11).
    a, b = beta_shape(array(0.8), array(16 / 1100))
    assert (a[0], b[0]) == pytest.approx((8, 2))


def test_demand_is_shrunk_by_negative_binomial_likelihood() -> None:
    rng = np.random.default_rng(8)
    rate = rng.gamma(5, 0.02 / 5, 400)
    exposure = rng.uniform(50, 2_000, 400)
    counts = rng.poisson(rate * exposure).astype(float)
    shape, per = gamma_poisson(counts, exposure)
    alpha = float((shape - counts)[0])
    assert alpha == pytest.approx(5, rel=0.25)
    error = np.sqrt(np.mean((shape / per - rate) ** 2))
    assert error < 0.9 * np.sqrt(np.mean((counts / exposure - rate) ** 2))

    def likelihood(a: float) -> float:
        mu = 0.02
        terms = gammaln(a + counts) - gammaln(a) + a * np.log(a / (a + mu * exposure))
        return float((terms + counts * np.log(mu * exposure / (a + mu * exposure))).sum())

    assert likelihood(alpha) > max(likelihood(alpha / 1.6), likelihood(alpha * 1.6))


def test_demand_without_exposure_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="exposure"):
        gamma_poisson(array(1, 2), array(0, 0))
