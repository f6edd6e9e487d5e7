"""Fixtures of the bot's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.running import RunningBot, start_bot


@pytest.fixture(scope="session")
def running_bot(tmp_path_factory: pytest.TempPathFactory, bot_model: Path) -> Iterator[RunningBot]:
    """Rasa and the action server, trained and started once."""
    with start_bot(tmp_path_factory.mktemp("bot"), bot_model) as running:
        yield running
