"""The city's model as files, like the shipped ones: one .npz of numbers beside a JSON header with version and checksum.

Nothing is unpickled; bytes that do not match the header's SHA-256 are refused.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.city import CityModel, Delta, Gate, outcomes_of, reach_of
from nlp.linear import ModelError

FORMAT = 1


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
    gates: dict[tuple[bytes, ...], Gate] = {}
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        for head, known in header["heads"].items():
            labels = tuple(known["labels"])
            gate = Gate(arrays[f"{head}.gate.ids"], arrays[f"{head}.gate.counts"], **known["gate"])
            # Heads that learned together share a gate, and a reader asks it once.
            gate = gates.setdefault(
                (gate.ids.tobytes(), gate.counts.tobytes(), repr(known["gate"]).encode()), gate
            )
            deltas[head] = Delta(
                arrays[f"{head}.ids"], arrays[f"{head}.weights"].astype(np.float32), arrays[f"{head}.bias"],
                arrays[f"{head}.mix"], gate, known["temperature"], labels,
                reach_of(labels, outcomes_of(head, forum)),
            )  # fmt: skip
    return CityModel(deltas, header)
