"""What was learned about the leaves of the 12345 tree, and how the voices that speak for a leaf are put together.

Lexicon, profile and meaning each say something of every leaf. The profile of a leaf is the damped sum of the tf-idf
vectors of the messages written for it, its names and its lexicon entries; its meaning is the mean of their word vectors.
A message is compared with both by cosine. The weights of the voices were fitted by cross-validation (nlp/train_tree.py),
so that the softmax of their sum is a probability.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import stored
from nlp.features import BLOCKS, Counts, blocks
from nlp.linear import MODELS
from nlp.tree_lexicon import F64, Branches

F32 = NDArray[np.float32]
# How sharply a cosine tells leaves apart before the voices are weighed.
_SHARP = 12.0
_TINY = 1e-9
# Length of the vectors of words and of characters; the two blocks of a message's lead are not read.
SCALES = np.array([1.0, 1.4, 0.0, 0.0])
# What speaks for a leaf, for its second level and for its first.
_LEAF = ("lexicon", "lexicon speaks", "leaf is 其他", "profile", "meaning")
_LEVEL_2 = ("lexicon, level 2", "lexicon, its leaves", "profile, level 2", "meaning, level 2")
_LEVEL_1 = ("lexicon, level 1", "profile, level 1", "meaning, level 1")
VOICES = (*_LEAF, *_LEVEL_2, *_LEVEL_1)


class Voices(NamedTuple):
    """What the voices say, in the order of `VOICES`: of leaves (5, L), second levels (4, ·) and first levels (3, ·)."""

    leaf: F64
    level_2: F64
    level_1: F64

    def of_leaves(self, branches: Branches) -> F64:
        """All voices for each leaf, shape (len(VOICES), L)."""
        return np.vstack((self.leaf, self.level_2[:, branches.parent], self.level_1[:, branches.top]))

    def sum(self, weights: F64, branches: Branches) -> F64:
        """Their weighted sum for each leaf, shape (L,)."""
        leaf, middle = len(_LEAF), len(_LEAF) + len(_LEVEL_2)
        scores = weights[:leaf] @ self.leaf
        scores += (weights[leaf:middle] @ self.level_2)[branches.parent]
        scores += (weights[middle:] @ self.level_1)[branches.top]
        return np.asarray(scores, dtype=np.float64)


def voices(evidence: tuple[F64, F64, F64], profile: F64, meaning: F64, branches: Branches) -> Voices:
    """evidence: of the lexicon (`Lexicon.evidence`). profile, meaning: cosines with each leaf, (L,).

    Of a level the profile and the meaning say the log share that its leaves have of the whole.
    """
    leaf, middle, top = evidence
    sharp = _SHARP * np.array((profile, meaning))
    shares = np.exp(sharp - sharp.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    of_2, of_1 = (
        np.log(np.add.reduceat(shares, begins, axis=1) + _TINY)
        for begins in (branches.begins, branches.top_begins)
    )
    speaks = (leaf != 0) | branches.is_other
    return Voices(
        np.array((leaf, speaks, branches.is_other, *sharp), dtype=np.float64),
        np.array((middle, np.add.reduceat(leaf, branches.begins), *of_2)),
        np.array((top, *of_1)),
    )


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Profiles and meanings of L leaves, and the weights of the voices.

    ids: sorted feature ids, (V,). idf: (V,). starts: (V + 1,), where the entries of a feature begin among `leaves` and
    `values`, its non-zero weights by leaf. meanings: (W, L), unit columns, for the standardised word vector
    (vector - mean) · scale. weights: (len(VOICES),).
    """

    ids: NDArray[np.uint32]
    idf: F32
    starts: NDArray[np.intp]
    leaves: NDArray[np.intp]
    values: F32
    mean: F32
    scale: F32
    meanings: F32
    weights: F64
    header: dict[str, Any]

    def profile(self, features: Counts) -> F64:
        """Cosine of a message's known features (of all its words) with each leaf's profile, times √(1 + 1.4²), shape (L,)."""
        at = np.searchsorted(self.ids, features.ids)
        at[at == len(self.ids)] = 0
        known = self.ids[at] == features.ids
        at, block = at[known], blocks(features.ids[known])
        values = (1.0 + np.log(features.counts[known])) * self.idf[at]
        norms = np.bincount(block, weights=values * values, minlength=BLOCKS) ** 0.5
        values *= SCALES[block] / np.maximum(norms, _TINY)[block]
        begin, length = self.starts[at], self.starts[at + 1] - self.starts[at]
        entries = np.repeat(begin - (np.cumsum(length) - length), length) + np.arange(int(length.sum()))
        weights = np.repeat(values, length) * self.values[entries]
        sums = np.bincount(self.leaves[entries], weights=weights, minlength=self.meanings.shape[1])
        return np.asarray(sums, dtype=np.float64)

    def meaning(self, vector: F32) -> F64:
        """Cosine of a message's word vector with each leaf's mean, shape (L,)."""
        standard = (vector - self.mean) * self.scale
        norm = float(np.linalg.norm(standard))
        return np.asarray(standard @ self.meanings, dtype=np.float64) / max(norm, _TINY)

    def voices(
        self, evidence: tuple[F64, F64, F64], features: Counts, vector: F32, branches: Branches
    ) -> Voices:
        """What every voice says of a message. evidence: of the lexicon; features, vector: of all its words."""
        return voices(evidence, self.profile(features), self.meaning(vector), branches)


def _bytes(numbers: NDArray[Any], most: float) -> NDArray[np.uint8]:
    return np.clip(np.rint(numbers / most * 255), 0, 255).astype(np.uint8)


def save(model: Knowledge, folder: Path = MODELS) -> Path:
    """Write `tree.npz` and its signed header: one byte a number, so what is read back differs a little."""
    most, largest = float(model.values.max()), np.maximum(np.abs(model.meanings).max(axis=0), _TINY)
    arrays: dict[str, NDArray[Any]] = {
        "ids": model.ids,
        "idf": model.idf.astype(np.float16),
        "counts": np.diff(model.starts).astype(np.uint16),
        "leaves": model.leaves.astype(np.uint16),
        "values": _bytes(model.values, most),
        "mean": model.mean.astype(np.float32),
        "scale": model.scale.astype(np.float32),
        "meanings": np.rint(model.meanings * 127 / largest).astype(np.int8),
        "weights": model.weights,
    }
    return stored.save(arrays, {**model.header, "most": most}, "tree", folder)


def load(folder: Path = MODELS) -> Knowledge:
    """Read the model. Raises ModelError when a file is missing, of another format, or not what was signed."""
    arrays, header = stored.load("tree", folder)
    meanings = arrays["meanings"].astype(np.float32)
    return Knowledge(
        ids=arrays["ids"],
        idf=arrays["idf"].astype(np.float32),
        starts=np.concatenate(([0], np.cumsum(arrays["counts"], dtype=np.intp))),
        leaves=arrays["leaves"].astype(np.intp),
        values=arrays["values"].astype(np.float32) * np.float32(header["most"] / 255),
        mean=arrays["mean"],
        scale=arrays["scale"],
        meanings=meanings / np.maximum(np.linalg.norm(meanings, axis=0), _TINY).astype(np.float32),
        weights=arrays["weights"],
        header=header,
    )
