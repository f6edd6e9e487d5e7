"""The city's own model: what its staff's corrections add to the shipped one.

For each head the shipped answer is the prior: scores = base + g·(x·W + base·M + b), x being the message's hashed
features; W, M and b are fitted on corrections (nlp/adapt.py). The gate g (0-1) says how much the message looks like those the
corrections came from: the mean log ratio of its words' frequencies there and in the shipped model's training data,
which that model's idf remembers. A message unlike them is read by the shipped model alone, so that nothing it
knows is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.city_prior import F64, LEVELS
from nlp.features import BLOCKS, Counts, blocks
from nlp.linear import F32, Linear
from nlp.types import REQUEST_TYPES

U32 = NDArray[np.uint32]
HEADS = ("forum", "tree", "request_type", "urgency")
_CLIP = 3.0
# Less open than this, nothing could be seen of what was learned.
_CLOSED = 1e-4
_HALF = 0.5


class Reading(NamedTuple):
    """A message as the shipped models read it: its features (topic words only, and all) and log-odds per head."""

    topic: Counts
    every: Counts
    logits: Mapping[str, F64]

    def features(self, head: str) -> Counts:
        return self.topic if head in ("forum", "tree") else self.every


def outcomes_of(head: str, forum: tuple[str, ...]) -> tuple[str, ...]:
    """What a head chooses from, in the order of its logits."""
    if head == "tree":
        return tuple(leaf.code for leaf in taxonomy.leaves())
    return {"forum": forum, "request_type": REQUEST_TYPES, "urgency": LEVELS}[head]


def values_of(features: Counts, base: Linear) -> F64:
    """Weights of a message's features, aligned with `features`: log tf · idf, each block a unit vector."""
    values = (1.0 + np.log(features.counts)) * base.idf_of(features.ids)
    block = blocks(features.ids)
    norms = np.bincount(block, weights=values * values, minlength=BLOCKS) ** 0.5
    return np.asarray(values / np.maximum(norms, 1e-12)[block], dtype=np.float64)


def positions(ids: U32, wanted: U32) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each of `wanted` stands in sorted `ids`, and whether it does."""
    if not len(ids):
        return np.zeros(len(wanted), dtype=np.intp), np.zeros(len(wanted), dtype=bool)
    at = np.searchsorted(ids, wanted)
    at[at == len(ids)] = 0
    return at, ids[at] == wanted


@dataclass(frozen=True, slots=True)
class Gate:
    """How much a message looks like those of the corrections. ids (V,) words; counts (V,): messages with the word."""

    ids: U32
    counts: F32
    messages: int
    centre: float
    slope: float = 8.0

    def ratio(self, topic: Counts, base: Linear, less: int = 0) -> float:
        """Mean clipped log ratio of the words' frequencies here and in the base's data. `less`: 1 leaves one out."""
        wanted = topic.ids[blocks(topic.ids) == 0]
        at, mine = positions(self.ids, wanted)
        new = np.zeros(len(wanted))
        new[mine] = self.counts[at[mine]] - less
        _, known = positions(base.ids, wanted)
        total = float(base.header.get("messages", 5000))
        old = np.where(known, (1 + total) / np.exp(base.idf_of(wanted) - 1.0) - 1, 0.0)
        here = (new > 0) | known
        if not here.any():
            return -_CLIP
        logs = np.log((new + _HALF) / (self.messages - less + 1)) - np.log((old + _HALF) / (total + 1))
        return float(np.clip(logs[here], -_CLIP, _CLIP).mean())

    def openness(self, topic: Counts, base: Linear) -> float:
        """0 (read by the shipped model alone) to 1 (all that was learned counts)."""
        return float(
            1 / (1 + np.exp(-np.clip(self.slope * (self.ratio(topic, base) - self.centre), -30, 30)))
        )


@dataclass(frozen=True, slots=True)
class Delta:
    """What one head learned: ids (V,), weights (V, C), bias (C,) for C labels, which may be inner nodes of the tree.

    mix (Z, C): weights of the shipped odds themselves (see `hints`). reach (C, O): 1 where a label covers an outcome.
    """

    ids: U32
    weights: F32
    bias: F32
    mix: F32
    gate: Gate
    temperature: float
    labels: tuple[str, ...]
    reach: F32

    def shifted(self, logits: F64, hints: F64, ids: U32, values: F64, openness: float) -> F64:
        """The head's new log-odds, shape (O,). ids, values: a message's features and their weights (see `values_of`)."""
        at, known = positions(self.ids, ids)
        shift = self.bias + hints @ self.mix
        if known.any():
            shift = shift + values[known] @ self.weights[at[known]]
        moved = logits + openness * (shift @ self.reach)
        return np.asarray(moved / (1 + openness * (self.temperature - 1)), dtype=np.float64)


def reach_of(labels: tuple[str, ...], outcomes: tuple[str, ...]) -> F32:
    """(C, O): which outcomes each label covers; a code of the tree covers the leaves below it."""
    tree = bool(outcomes) and outcomes[0].isdigit()
    return np.array(
        [[float(o.startswith(label) if tree else o == label) for o in outcomes] for label in labels],
        dtype=np.float32,
    ).reshape(len(labels), len(outcomes))


@dataclass(frozen=True, slots=True)
class CityModel:
    """All that a city taught: a delta for each head that learned something. Frozen: threads share it."""

    deltas: Mapping[str, Delta]
    header: Mapping[str, Any]

    @property
    def version(self) -> str:
        return str(self.header.get("version", ""))

    def read(self, reading: Reading, bases: Mapping[str, Linear]) -> dict[str, F64]:
        """Log-odds of every head after the city's own. `bases`: the shipped models by name."""
        out: dict[str, F64] = {}
        gates: dict[int, float] = {}
        parts: dict[str, tuple[F64, F64]] = {}
        for head, delta in self.deltas.items():
            gate, kind = delta.gate, "forum" if head == "tree" else head
            if id(gate) not in gates:
                gates[id(gate)] = gate.openness(reading.topic, bases["forum"])
            if not gates[id(gate)] > _CLOSED:
                out[head] = reading.logits[head]
                continue
            features = reading.features(head)
            if kind not in parts:
                parts[kind] = hints(head, reading), values_of(features, bases[base_of(head)])
            out[head] = delta.shifted(
                reading.logits[head], parts[kind][0], features.ids, parts[kind][1], gates[id(gate)]
            )
        return out


# Shares of the tree's first level count this much against log-odds: they say what the lexicon saw.
_LEXICON = 6.0


@cache
def _first_level() -> F32:
    """(leaves, 13): which group each leaf stands in."""
    codes = [leaf.code[:2] for leaf in taxonomy.leaves()]
    return np.array([[code == group for group in sorted(set(codes))] for code in codes], dtype=np.float32)


def hints(head: str, reading: Reading) -> F64:
    """What the shipped layer thinks, for a head to weigh anew, shape (Z,): for forum and tree the forum's odds and the
    tree's first-level shares, else the head's own odds; odds are centred."""
    categories = head in ("forum", "tree")
    odds = reading.logits["forum" if categories else head]
    odds = odds - odds.mean()
    if not categories:
        return odds
    return np.concatenate((odds, _LEXICON * (np.exp(reading.logits["tree"]) @ _first_level())))


def base_of(head: str) -> str:
    """Which shipped model lends a head its idf."""
    return "forum" if head in ("forum", "tree") else "request_type"
