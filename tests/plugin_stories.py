"""What has happened in the town before a test begins: played once by each worker, copied for each test.

Filling a city through the services, as residents and staff would, takes many times as long as looking at one page of it.
"""

from __future__ import annotations

import copy
import filecmp
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask

from tests.factories import Town
from tests.plugin_app import Prototype, closing
from webapp.extensions import db
from webapp.models import utcnow

T = TypeVar("T")
Story = Callable[[Town], T]
After = Callable[[Story[Any]], Any]


class Stories:
    """Towns in which something has happened, each played once; tests get copies of what it left behind."""

    def __init__(self, prototype: Prototype, database: Path, town: Town, folder: Path) -> None:
        self._prototype, self._database, self._town, self._folder = prototype, database, town, folder
        self._played: dict[object, tuple[Path, object]] = {}

    def copy(self, story: Story[T], to: Path) -> T:
        """Put database and files of the town after ``story`` into ``to``; return what the story returned."""
        # What happened "today" did so on the day of the test, at midnight in whichever time zone, too.
        key = (story, f"{utcnow():%Y-%m-%d %H}")
        if key not in self._played:
            folder = self._folder / str(len(self._played))
            folder.mkdir()
            shutil.copy(self._database, folder / "minping.sqlite3")
            with closing(self._prototype.copy(folder, {})) as app, app.app_context():
                self._played[key] = folder, story(self._town)
        folder, told = self._played[key]
        shutil.copytree(folder, to, dirs_exist_ok=True)
        return copy.deepcopy(told)  # type: ignore[return-value]


@pytest.fixture(scope="session")
def stories(
    prototype: Prototype, town_database: tuple[Path, Town], tmp_path_factory: pytest.TempPathFactory
) -> Stories:
    """What this worker has played so far."""
    return Stories(prototype, *town_database, tmp_path_factory.mktemp("stories"))


@pytest.fixture
def after(app: Flask, stories: Stories, town_database: tuple[Path, Town], tmp_path: Path) -> After:
    """``after(story)``: in this test's town that has happened which ``story(town)`` does; what the story returns.

    The story is a function of its module (it is known by its identity), runs in an application context, and returns
    plain values. It comes before everything else that the test writes.
    """

    def copied(story: Story[T]) -> T:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        own = tmp_path / "minping.sqlite3"
        assert filecmp.cmp(town_database[0], own, shallow=False), "something was written before the story"
        return stories.copy(story, tmp_path)

    return copied
