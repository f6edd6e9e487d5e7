"""The banks of sentences, all written for this project, and their loader."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

GROUP_FILES = ("home", "street", "rights")


@cache
def bank(name: str) -> dict[str, Any]:
    """One TOML file of this folder, parsed. Raises FileNotFoundError for an unknown name."""
    text = resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def groups() -> dict[str, dict[str, Any]]:
    """Groups of troubles by key, in the order of the files."""
    return {group["key"]: group for name in GROUP_FILES for group in bank(name)["group"]}
