"""Reading the gold sets of our own (nlp/gold)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

GOLD = Path(__file__).parent / "gold"


class Gold(NamedTuple):
    """A message of ours, its label, on which side of the split it stands, and (urgency) why."""

    text: str
    label: str
    split: str
    reason: str = ""


def read_gold(name: str, split: str | None = None) -> list[Gold]:
    """One gold set, or one side of it; empty where the package was installed without it."""
    path = GOLD / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Gold(*row[:4]) for row in list(csv.reader(file))[1:]]
    return [row for row in rows if split in (None, row.split)]
