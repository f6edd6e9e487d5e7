"""The 12345 category tree (codes and names of DB44/T 2479-2024) and how the forum's seven labels map onto it."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from nlp.types import Category

_DATA = Path(__file__).parent / "data"


@cache
def categories() -> tuple[Category, ...]:
    """All nodes of the tree, parents before children, in the standard's order."""
    with (_DATA / "categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Category(row["code"], row["name"], row["code"][:-2] or None, len(row["code"]) // 2)
            for row in csv.DictReader(file)
        )


@cache
def by_code() -> dict[str, Category]:
    """Every node by its code."""
    return {category.code: category for category in categories()}


@cache
def leaves() -> tuple[Category, ...]:
    """The third-level nodes, the ones a request is filed under."""
    return tuple(category for category in categories() if category.level == 3)


def path_names(code: str) -> tuple[str, ...]:
    """Names from the first level down to `code`. Raises KeyError for an unknown code."""
    return tuple(by_code()[code[:end]].name for end in range(2, len(code) + 1, 2))


@cache
def forum_mapping() -> dict[str, dict[str, float]]:
    """For each of the forum's seven labels: level-2 code → share (sums to 1), set by hand from the names."""
    out: dict[str, dict[str, float]] = {}
    with (_DATA / "forum_map.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out.setdefault(row["label"], {})[row["code"]] = float(row["weight"])
    for shares in out.values():
        total = sum(shares.values())
        for code in shares:
            shares[code] /= total
    return out
