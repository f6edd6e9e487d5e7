"""What must not be in the tracked tree: addresses of registries, paths of one machine, secrets of a demo."""

from __future__ import annotations

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# In pieces, so that this file does not find itself.
FORBIDDEN = {
    "a package registry's host": r"pypi\.o"
    r"rg|pythonhoste"
    r"d|registry\.npmj"
    r"s|npmmirro"
    r"r|/simple/?\"",
    "an index option in a lock": r"^--(extra-)?index-u" r"rl|^--find-link" r"s",
    "a path of one machine": r"(?<![\w.])/(wor" r"k|roo" r"t|hom" r"e/\w+|tm" r"p|op" r"t)/\w",
}
LOCKS = ["requirements/web.txt", "requirements/dev.txt", "bot/requirements.lock.txt"]


@cache
def tracked_texts() -> dict[str, str]:
    """Path → text of every tracked text file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    texts = {}
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes())[:8000]:
            texts[name] = content.decode("utf-8", "replace")
    return texts


@pytest.mark.parametrize("what", sorted(FORBIDDEN))
def test_no_file_contains(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = [
        f"{name}: {hit.group()}" for name, text in tracked_texts().items() if (hit := pattern.search(text))
    ]
    assert not found


def test_no_database_model_or_secret_is_tracked() -> None:
    unwanted = re.compile(r"(\.sqlite3?|\.tar\.gz|\.pkl|\.pickle|\.env|\.pem|/secret_key|/field_keys)$")
    assert not [name for name in tracked_texts() if unwanted.search(name)]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    pins = re.split(r"\n(?=\w)", (ROOT / lock).read_text().strip())
    assert len(pins) > 50
    assert not [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin or "==" not in pin.split()[0]]


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime = {_name(item) for item in project["project"]["dependencies"]}
    tools = {_name(item) for group in project["dependency-groups"].values() for item in group}
    assert runtime <= _pins("requirements/web.txt").keys()
    assert runtime | tools <= _pins("requirements/dev.txt").keys()


def test_tests_run_with_the_versions_that_production_runs() -> None:
    dev = _pins("requirements/dev.txt")
    differing = {name: pin for name, pin in _pins("requirements/web.txt").items() if dev.get(name) != pin}
    assert not differing


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")


def _pins(lock: str) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE):
        pins.setdefault(name.lower(), set()).add(version)
    return pins
