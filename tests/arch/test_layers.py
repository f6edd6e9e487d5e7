"""Who may import whom (import-linter's contracts in pyproject.toml), and the rules that imports alone cannot tell."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUEST_BOUND = {"request", "session", "current_user"}


def test_imports_follow_the_arrows() -> None:
    # In a process of its own: lint_imports() configures logging and switches off every logger there is, after which
    # the tests that come later in this process hear nothing.
    command = [Path(sys.executable).with_name("lint-imports"), "--config", "pyproject.toml", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Relative path and syntax tree of every module of ours under ``folders``."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


LAYERS = ("domain", "models", "services", "queries", "gateways", "jobs")


def test_the_request_stops_at_views_and_api() -> None:
    found = [
        f"{name}: {alias.name}"
        for name, tree in modules(*(f"webapp/{layer}" for layer in LAYERS), "nlp", "bot/actions")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in {"flask", "flask_login"}
        for alias in node.names
        if alias.name in REQUEST_BOUND
    ]
    assert not found


def test_only_services_commit() -> None:
    layers = [*(layer for layer in LAYERS if layer != "services"), "views", "api"]
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules(*(f"webapp/{layer}" for layer in layers), "bot/actions")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert not found


def test_nobody_uses_the_legacy_query_interface() -> None:
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules("webapp", "bot/actions")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "query"
        and getattr(node.value, "id", "")[:1].isupper()
    ]
    assert not found


def test_no_naive_datetimes_are_made() -> None:
    """``utcnow`` gives a naive time, which compares wrongly with the aware ones everywhere else."""
    found = [
        f"{name}:{node.lineno}"
        for name, tree in modules("webapp", "nlp", "bot/actions")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"utcnow", "utcfromtimestamp"}
    ]
    assert not found


@pytest.mark.parametrize(
    "place",
    ["app.py", "webapp/domain", "webapp/models", "webapp/services", "webapp/queries", "webapp/gateways", "webapp/views",
     "webapp/api", "webapp/jobs", "webapp/templates", "webapp/static", "webapp/translations", "webapp/migrations",
     "nlp", "bot/config.yml", "bot/domain", "bot/data", "bot/tests", "bot/actions"],
)  # fmt: skip
def test_the_layout_is_the_designs(place: str) -> None:
    assert (ROOT / place).exists()
