"""Versions of the city's model in a folder, which one serves, and processes that notice a change by themselves.

    city-0001/  model.npz model.json card.md
    city-0002/  …
    current     name of the version that serves, or "base"

A version is written beside the others under another name and renamed when whole; `current` is replaced by renaming,
too. A reader therefore sees the old state or the new one, never half of one.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nlp import city_files
from nlp.city import CityModel
from nlp.linear import ModelError

logger = logging.getLogger(__name__)
BASE = "base"
NAME = re.compile(r"city-(\d{4,})")
CHECK_S = 2.0


class Version(NamedTuple):
    """A stored version: its name, whether it serves, its header (empty when unreadable) and what is wrong with it."""

    name: str
    serves: bool
    header: Mapping[str, Any]
    problem: str


def current_name(folder: Path) -> str:
    """Name of the version that is to serve; "base" when none is."""
    try:
        name = (folder / "current").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return BASE
    return name if NAME.fullmatch(name) else BASE


def names(folder: Path) -> list[str]:
    """Names of all stored versions, oldest first."""
    found = [path.name for path in folder.glob("city-*") if path.is_dir() and NAME.fullmatch(path.name)]
    return sorted(found, key=lambda name: int(name.removeprefix("city-")))


def load(folder: Path, name: str, base_id: str, forum: tuple[str, ...]) -> CityModel:
    """A stored version. Raises ModelError: unknown, damaged, or made for other shipped models than `base_id`."""
    if not NAME.fullmatch(name) or not (folder / name).is_dir():
        raise ModelError(f"there is no version {name!r}")
    model = city_files.load(folder / name, forum)
    if model.version != name:
        raise ModelError(f"{name}: the files say that they are {model.version}")
    if model.header.get("base") != base_id:
        raise ModelError(f"{name}: made for other shipped models; run `flask nlp retrain`")
    return model


def versions(folder: Path, base_id: str, forum: tuple[str, ...]) -> list[Version]:
    """Every stored version, newest first, each checked as it would be before it serves."""
    serving, out = current_name(folder), []
    for name in reversed(names(folder)):
        header: Mapping[str, Any] = {}
        problem = ""
        try:
            header = city_files.read_header(folder / name)
            load(folder, name, base_id, forum)
        except ModelError as error:
            problem = str(error)
        out.append(Version(name, name == serving, header, problem))
    return out


def store(folder: Path, model: CityModel, card: str) -> str:
    """Write a model as the next version, without putting it into service. Returns its name.

    `card` is Markdown in which ``{version}`` stands for the name. Raises OSError when the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        while True:
            known = names(folder)
            name = f"city-{int(known[-1].removeprefix('city-')) + 1 if known else 1:04d}"
            city_files.write(replace(model, header={**model.header, "version": name}), draft)
            (draft / "card.md").write_text(card.replace("{version}", name), encoding="utf-8")
            draft.chmod(0o755)
            try:
                draft.rename(folder / name)
            except OSError:
                if not (folder / name).exists():
                    raise
                continue  # somebody else took the number
            return name
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put_into_service(folder: Path, name: str, base_id: str, forum: tuple[str, ...]) -> None:
    """Make a stored version (or "base") the one that serves. Raises ModelError when it could not serve."""
    if name != BASE:
        load(folder, name, base_id, forum)
    folder.mkdir(parents=True, exist_ok=True)
    handle, path = tempfile.mkstemp(prefix=".current-", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(path).chmod(0o644)
    Path(path).replace(folder / "current")


class Serving:
    """The version that serves, for one process: looks at `current` at most every `check_s` seconds, swaps whole.

    What cannot be loaded is logged once and leaves the model before it in service.
    """

    def __init__(self, folder: Path, base_id: str, forum: tuple[str, ...], check_s: float = CHECK_S) -> None:
        self.folder, self._base_id, self._forum, self.check_s = folder, base_id, forum, check_s
        self._lock = threading.Lock()
        self._model: CityModel | None = None
        self._seen: tuple[int, ...] | None = None
        self._next = 0.0
        self.problem = ""

    def model(self) -> CityModel | None:
        """The model to use now; None: the shipped one alone. Cheap; never raises, never waits for another thread."""
        if time.monotonic() >= self._next and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._model

    def refresh(self) -> CityModel | None:
        """Look now, whenever the last look was."""
        with self._lock:
            self._look()
        return self._model

    def _look(self) -> None:
        self._next = time.monotonic() + self.check_s
        try:
            stat = (self.folder / "current").stat()
            seen: tuple[int, ...] = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        except OSError:
            seen = ()
        if seen == self._seen:
            return
        self._seen = seen
        name = current_name(self.folder)
        try:
            self._model = None if name == BASE else load(self.folder, name, self._base_id, self._forum)
            self.problem = ""
        except (ModelError, OSError, ValueError, KeyError) as error:
            self.problem = str(error)
            logger.warning("the city's model stays as it was: %s", error)
