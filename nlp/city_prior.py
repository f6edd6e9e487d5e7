"""The shipped answers as odds: the prior of the city's own model, and the floor under its urgency."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LEVELS = ("normal", "urgent", "emergency")
_HALF = 0.5
# The rules' levels as odds: what staff's corrections must outweigh before a message counts as more pressing.
_URGENCY = {"normal": (0.97, 0.025, 0.005), "urgent": (0.1, 0.85, 0.05), "emergency": (0.02, 0.03, 0.95)}


def prior_logits(forum: F64, leaves: F64, types: F64, level: str) -> dict[str, F64]:
    """The shipped answers as log-odds per head: probabilities of the forum's labels, of the leaves, of the five types
    (`REQUEST_TYPES`), and the level found."""
    parts = {"forum": forum, "tree": leaves, "request_type": types, "urgency": np.array(_URGENCY[level])}
    return {head: np.log(np.maximum(part, 1e-9)) for head, part in parts.items()}


def raised(level: str, own: F64) -> str:
    """The rules' level, or a more pressing one that the city's model finds likelier than not. Never a lesser one."""
    likely = chances(own)
    found = 2 if likely[2] >= _HALF else 1 if likely[1] + likely[2] >= _HALF else 0
    return LEVELS[max(LEVELS.index(level), found)]


def chances(logits: F64) -> F64:
    """Softmax."""
    exponents = np.exp(logits - logits.max())
    return np.asarray(exponents / exponents.sum(), dtype=np.float64)
