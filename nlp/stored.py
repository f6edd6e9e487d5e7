"""Model files: an .npz of numbers beside a JSON header that carries version and checksum.

Nothing is unpickled. A file whose bytes do not match the header's SHA-256 is refused, so that a damaged or
swapped model never answers a resident.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT = 2


class ModelError(RuntimeError):
    """A model file is missing, damaged or of another format."""


def save(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any], name: str, folder: Path) -> Path:
    """Write `<name>.npz` and `<name>.json`; the same numbers give the same bytes. Returns the .npz path."""
    buffer = io.BytesIO()
    # numpy's stub takes the keyword allow_pickle for one of the arrays.
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    data = buffer.getvalue()
    signed = {
        **header,
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npz"
    path.write_bytes(data)
    text = json.dumps(signed, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return path


def load(name: str, folder: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """(arrays, header) of a model. Raises ModelError when a file is missing, of another format, or not what was signed."""
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
        return {key: arrays[key] for key in arrays.files}, header
