"""Tagger files, kept as all model files are (stored.py), but packed: large tables are 8-bit with a scale per row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp import stored
from nlp.linear import MODELS

_LARGE = 20_000
F32 = NDArray[np.float32]


def quantise(table: F32, levels: int = 127) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """(codes, scales) of a table (N, K): row i is about codes[i] · scales[i]; fewer levels pack smaller."""
    scales = (np.abs(table).max(axis=1, keepdims=True) / levels).astype(np.float16)
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    return np.clip(np.rint(table / safe), -levels, levels).astype(np.int8), scales


def restore(codes: NDArray[np.int8], scales: NDArray[np.float16]) -> F32:
    """The table that `quantise` was given, to within half a step."""
    return codes.astype(np.float32) * scales.astype(np.float32)


def _planes(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Large arrays of wide numbers as rows of bytes of like weight, which pack a sixth smaller; nothing is lost."""
    out: dict[str, NDArray[Any]] = {}
    for key, array in arrays.items():
        if array.dtype.itemsize > 1 and array.nbytes > _LARGE:
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            shape = ",".join(map(str, array.shape))
            rows = little.reshape(-1, 1).view(np.uint8)
            out[f"{key}|{little.dtype.str[1:]}|{shape}"] = np.ascontiguousarray(rows.T)
        else:
            out[key] = array
    return out


def _joined(key: str, array: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """The way back from `_planes` for one entry."""
    name, _, rest = key.partition("|")
    if not rest:
        return key, array
    kind, _, shape = rest.partition("|")
    whole = np.ascontiguousarray(array.T).view(f"<{kind}")
    return name, whole.reshape([int(size) for size in shape.split(",")])


def save(name: str, arrays: dict[str, NDArray[Any]], header: dict[str, Any], folder: Path = MODELS) -> Path:
    """Write `<name>.npz` and `<name>.json`; the same numbers give the same bytes. Returns the .npz path."""
    return stored.save(_planes(arrays), header, name, folder)


def load(name: str, folder: Path = MODELS) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """(arrays, header). Raises ModelError when a file is missing, of another format, or not what was signed."""
    arrays, header = stored.load(name, folder)
    return dict(_joined(key, array) for key, array in arrays.items()), header
