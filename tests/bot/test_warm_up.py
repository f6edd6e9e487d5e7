"""The process that serves the bot's actions has loaded its models before it listens."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# The SDK makes the actions in one process and sends them, pickled, to the one that serves.
STARTING = """
import pickle, sys
from bot.actions.report import StartReport
sys.stdout.buffer.write(pickle.dumps(StartReport()))
"""
SERVING = """
import pickle, sys
from webapp.services import language

pickle.load(sys.stdin.buffer)
print(language._reader.cache_info().currsize)
"""


@pytest.fixture(scope="module")
def made() -> bytes:
    """An action as the SDK's first process makes it, pickled."""
    return subprocess.run([sys.executable, "-c", STARTING], capture_output=True, check=True).stdout


@pytest.mark.parametrize("migrated", [True, False])
def test_serving_process_is_warm(
    made: bytes, tmp_path: Path, town_database: tuple[Path, object], migrated: bool
) -> None:
    database = town_database[0] if migrated else tmp_path / "empty.sqlite3"
    env = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "MINPING_VAR": str(tmp_path)}
    served = subprocess.run(
        [sys.executable, "-c", SERVING], env=env, input=made, capture_output=True, check=True
    )
    assert served.stdout.split()[-1] == b"1", served.stderr
