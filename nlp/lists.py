"""Hand-written word lists in data/lists: white space between words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def word_list(name: str) -> frozenset[str]:
    """The words of data/lists/<name>.txt."""
    return frozenset((DATA / "lists" / f"{name}.txt").read_text(encoding="utf-8").split())
