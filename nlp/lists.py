"""Hand-written word lists in data/lists: white space between words."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of data/lists/<name>.txt."""
    return frozenset((DATA / "lists" / f"{name}.txt").read_text(encoding="utf-8").split())


@cache
def place_suffixes() -> dict[str, str]:
    """Last words of place names → type of place (data/place_suffixes.csv)."""
    with (DATA / "place_suffixes.csv").open(encoding="utf-8", newline="") as file:
        return {word: row["type"] for row in csv.DictReader(file) for word in row["words"].split()}
