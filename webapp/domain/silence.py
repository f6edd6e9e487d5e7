"""Who is not heard: how often residents of a place, or users of a service, speak, against what its size predicts.

Rates of small places jump about; they are shrunk to their peers' by a gamma-Poisson model (see
:mod:`webapp.domain.shrinkage`) and given their 95 % interval. Peers differ for good reasons, so that being below the
mean is no silence: a place is silent when even the upper end of its interval stays under two thirds of the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaincinv

from webapp.domain.shrinkage import gamma_poisson

SILENT_SHARE: Final = 2 / 3
LOUD_SHARE: Final = 3 / 2
_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Heard:
    """Voices of one unit per unit of exposure: raw, shrunk, its interval, and how many its size predicts.

    ``expected``  voices at the peers' mean rate
    ``silent``, ``loud``
                  beyond two thirds, or one and a half times, of the mean, interval and all
    """

    count: int
    exposure: float
    raw: float
    rate: float
    low: float
    high: float
    expected: float
    silent: bool
    loud: bool


def heard(units: Sequence[tuple[int, float]]) -> list[Heard | None]:
    """For each (voices, exposure) what was heard of it, in the same order; None where the exposure is unknown (0).

    All are one another's peers.
    """
    counts = np.array([count for count, _ in units], dtype=float)
    exposure = np.array([size for _, size in units], dtype=float)
    if not (exposure > 0).any():
        return [None] * len(units)
    shape, rate = gamma_poisson(counts, exposure)
    edge = (1 - _LEVEL) / 2
    low, high = (gammaincinv(shape, q) / rate for q in (edge, 1 - edge))
    known = exposure > 0
    mean = float(counts[known].sum() / exposure[known].sum())
    return [
        Heard(
            int(counts[i]), float(exposure[i]), float(counts[i] / exposure[i]), float(shape[i] / rate[i]),
            float(low[i]), float(high[i]), mean * float(exposure[i]),
            bool(high[i] < SILENT_SHARE * mean), bool(low[i] > LOUD_SHARE * mean),
        )
        if known[i]
        else None
        for i in range(len(units))
    ]  # fmt: skip
