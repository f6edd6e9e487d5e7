"""Linear models as small files: an .npz of numbers beside a JSON header that carries version and checksum.

Nothing is unpickled. A file whose bytes do not match the header's SHA-256 is refused, so that a damaged or
swapped model never answers a resident.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.features import BLOCKS, Counts, blocks

MODELS = Path(__file__).parent / "models"
FORMAT = 2

F32 = NDArray[np.float32]


class ModelError(RuntimeError):
    """A model file is missing, damaged or of another format."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear scorer over hashed features.

    ids: sorted feature ids, shape (V,). idf: (V,). weights: (V, K), K one score per label. bias: (K,).
    header: name, version, labels, temperature and whatever else the head needs.
    """

    ids: NDArray[np.uint32]
    idf: F32
    weights: F32
    bias: F32
    header: dict[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.header["labels"])

    @property
    def lead(self) -> int:
        """How many of the first words it reads once more apart (`count_features`)."""
        return int(self.header["lead"])

    @property
    def version(self) -> str:
        return str(self.header["version"])

    def scores(self, features: Counts) -> NDArray[np.float64]:
        """Raw scores, shape (K,). Each block of features is weighted as a unit vector (tf-idf, log tf)."""
        at = np.searchsorted(self.ids, features.ids)
        at[at == len(self.ids)] = 0
        known = self.ids[at] == features.ids
        at = at[known]
        if not len(at):
            return self.bias.astype(np.float64)
        values = (1.0 + np.log(features.counts[known])) * self.idf[at]
        block = blocks(features.ids[known])
        norms = np.bincount(block, weights=values * values, minlength=BLOCKS) ** 0.5
        values /= norms[block]
        return values @ self.weights[at] + self.bias

    def probabilities(self, features: Counts) -> NDArray[np.float64]:
        """Calibrated probabilities of the labels, shape (number of labels,)."""
        return self.calibrated(self.scores(features))

    def calibrated(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Softmax (or, for one score, the logistic function) of raw scores over the temperature."""
        scores = scores / float(self.header["temperature"])
        if len(scores) == 1:
            positive = 1.0 / (1.0 + np.exp(-np.clip(scores[0], -30.0, 30.0)))
            return np.array([1.0 - positive, positive])
        exponents = np.exp(scores - scores.max())
        return np.asarray(exponents / exponents.sum(), dtype=np.float64)

    def idf_of(self, ids: NDArray[np.uint32]) -> F32:
        """Inverse document frequency of features; those the model has never kept count as the rarest."""
        at = np.searchsorted(self.ids, ids)
        at[at == len(self.ids)] = 0
        return np.where(self.ids[at] == ids, self.idf[at], self.idf.max()).astype(np.float32)


def save(model: Linear, name: str, folder: Path = MODELS) -> Path:
    """Write `<name>.npz` and `<name>.json`; the same numbers give the same bytes. Returns the .npz path."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        ids=model.ids.astype(np.uint32),
        idf=model.idf.astype(np.float16),
        weights=model.weights.astype(np.float16),
        bias=model.bias.astype(np.float32),
    )
    data = buffer.getvalue()
    header = {
        **model.header,
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npz"
    path.write_bytes(data)
    text = json.dumps(header, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return path


def load(name: str, folder: Path = MODELS) -> Linear:
    """Read a model. Raises ModelError when a file is missing, of another format, or not what was signed."""
    try:
        header = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        data = (folder / f"{name}.npz").read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(f"model {name}: cannot be read: {error}") from error
    if header.get("format") != FORMAT:
        raise ModelError(f"model {name}: format {header.get('format')!r}, expected {FORMAT}")
    if hashlib.sha256(data).hexdigest() != header.get("sha256"):
        raise ModelError(
            f"model {name}: checksum does not match its header; the file is damaged or was swapped"
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return Linear(
            ids=arrays["ids"],
            idf=arrays["idf"].astype(np.float32),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            header=header,
        )
