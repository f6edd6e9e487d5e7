"""The city's own model: what its staff's corrections add to the shipped one.

For each head the shipped answer is the prior: scores = base + g·(x·W + base·M + b), x being the message's hashed
features; W, M and b are fitted on corrections (nlp/adapt.py). The gate g (0-1) says how much the message looks like those the
corrections came from: the mean log ratio of its words' frequencies there and in the shipped model's training data,
which that model's idf remembers. A message unlike them is read by the shipped model alone, so that nothing it
knows is lost.

Stored like the shipped models: one .npz of numbers beside a JSON header with version and checksum, no pickle.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy
from nlp.city_prior import F64, LEVELS
from nlp.features import Counts
from nlp.linear import F32, Linear, ModelError
from nlp.types import REQUEST_TYPES

U32 = NDArray[np.uint32]
FORMAT = 1
HEADS = ("forum", "tree", "request_type", "urgency")
_CLIP = 3.0
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
    """Weights of a message's features, aligned with `features`: log tf · idf, words and characters as unit vectors."""
    values = (1.0 + np.log(features.counts)) * base.idf_of(features.ids)
    is_char = (features.ids & np.uint32(1)).astype(bool)
    squares = values * values
    chars = float(squares[is_char].sum())
    word = max(float(squares.sum()) - chars, 0.0) ** 0.5
    return np.asarray(values / np.where(is_char, chars**0.5 or 1.0, word or 1.0), dtype=np.float64)


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
        wanted = topic.ids[(topic.ids & np.uint32(1)) == 0]
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

    def shifted(self, logits: F64, hints: F64, features: Counts, base: Linear, openness: float) -> F64:
        """The head's new log-odds, shape (O,)."""
        at, known = positions(self.ids, features.ids)
        shift = self.bias + hints @ self.mix
        if known.any():
            shift = shift + values_of(features, base)[known] @ self.weights[at[known]]
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
        known: dict[int, float] = {}
        for head, delta in self.deltas.items():
            gate = delta.gate
            if id(gate) not in known:
                known[id(gate)] = gate.openness(reading.topic, bases["forum"])
            out[head] = delta.shifted(
                reading.logits[head], hints(head, reading), reading.features(head), bases[base_of(head)],
                known[id(gate)],
            )  # fmt: skip
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


def to_bytes(model: CityModel) -> bytes:
    """All numbers of a model as one .npz; the same numbers give the same bytes."""
    arrays: dict[str, NDArray[Any]] = {}
    for head, delta in model.deltas.items():
        arrays |= {
            f"{head}.ids": delta.ids.astype(np.uint32), f"{head}.weights": delta.weights.astype(np.float16),
            f"{head}.bias": delta.bias.astype(np.float32), f"{head}.mix": delta.mix.astype(np.float32),
            f"{head}.gate.ids": delta.gate.ids.astype(np.uint32),
            f"{head}.gate.counts": delta.gate.counts.astype(np.float32),
        }  # fmt: skip
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def write(model: CityModel, folder: Path) -> None:
    """Write ``model.npz`` and ``model.json`` into an existing folder."""
    data = to_bytes(model)
    heads = {
        head: {
            "labels": list(delta.labels), "temperature": delta.temperature,
            "gate": {"messages": delta.gate.messages, "centre": delta.gate.centre, "slope": delta.gate.slope},
        }
        for head, delta in model.deltas.items()
    }  # fmt: skip
    header = {**model.header, "format": FORMAT, "heads": heads, "bytes": len(data),
              "sha256": hashlib.sha256(data).hexdigest()}  # fmt: skip
    (folder / "model.npz").write_bytes(data)
    text = json.dumps(header, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")


def read_header(folder: Path) -> dict[str, Any]:
    """The header of a stored model. Raises ModelError when it cannot be read or has another format."""
    try:
        header = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder.name}: cannot be read: {error}") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise ModelError(f"{folder.name}: not a city model of format {FORMAT}")
    return header


def load(folder: Path, forum: tuple[str, ...]) -> CityModel:
    """Read a model. Raises ModelError when a file is missing, of another format, or not what was signed."""
    header = read_header(folder)
    try:
        data = (folder / "model.npz").read_bytes()
    except OSError as error:
        raise ModelError(f"{folder.name}: cannot be read: {error}") from error
    if hashlib.sha256(data).hexdigest() != header.get("sha256"):
        raise ModelError(
            f"{folder.name}: checksum does not match its header; the file is damaged or was swapped"
        )
    deltas: dict[str, Delta] = {}
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        for head, known in header["heads"].items():
            labels = tuple(known["labels"])
            gate = Gate(arrays[f"{head}.gate.ids"], arrays[f"{head}.gate.counts"], **known["gate"])
            deltas[head] = Delta(
                arrays[f"{head}.ids"], arrays[f"{head}.weights"].astype(np.float32), arrays[f"{head}.bias"],
                arrays[f"{head}.mix"], gate, known["temperature"], labels,
                reach_of(labels, outcomes_of(head, forum)),
            )  # fmt: skip
    return CityModel(deltas, header)
