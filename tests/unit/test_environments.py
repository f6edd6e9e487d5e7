"""A second ``make run`` installs and trains nothing, and a changed lock or dialogue is noticed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tools import bot_model, environments, progress
from tools.environments import BOT, WEB, Environment
from tools.progress import Failed, run_step


@pytest.fixture
def ready(tmp_path: Path) -> Environment:
    lock = tmp_path / "lock.txt"
    lock.write_text("flask==3.1.3\n")
    environment = Environment("web", tmp_path / "venv", lock)
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    environment.stamp.write_text(environment.key())
    return environment


def test_a_stamped_environment_is_left_alone(ready: Environment) -> None:
    assert environments.ensure(ready) is False


def test_a_changed_lock_is_installed(ready: Environment) -> None:
    ready.lock.write_text("flask==3.1.4\n")
    assert not ready.is_ready()


def test_an_interrupted_installation_is_not_taken_for_a_finished_one(ready: Environment) -> None:
    ready.stamp.unlink()
    assert not ready.is_ready()


@pytest.mark.parametrize("made", ["nothing", "python, no pip"])
def test_an_environment_that_was_not_made_to_the_end_is_made_anew(
    made: str, ready: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready.stamp.unlink()
    if made == "nothing":
        ready.python.unlink()
    titles: list[str] = []
    monkeypatch.setattr(environments, "ROOT", ready.folder.parent)
    monkeypatch.setattr(environments, "run_step", lambda lane, title, command: titles.append(title))
    environments.ensure(ready)
    (ready.folder / "bin" / "pip").touch()
    ready.python.touch()
    ready.stamp.unlink()
    environments.ensure(ready)
    assert titles == ["creating venv", "installing 1 packages", "installing 1 packages"]


@pytest.mark.parametrize("environment", [WEB, BOT])
@pytest.mark.parametrize("with_uv", [True, False])
def test_every_installer_checks_hashes(
    environment: Environment, with_uv: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments.shutil, "which", lambda name: f"bin/{name}" if with_uv else None)
    command = environments.install_command(environment)
    assert "--require-hashes" in command
    assert (command[0] == "bin/uv") is with_uv


def test_the_model_is_named_after_what_it_is_trained_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_model, "ROOT", tmp_path)
    monkeypatch.setattr(bot_model, "BOT_DIR", tmp_path)
    monkeypatch.setattr(bot_model, "NLP_MODELS", tmp_path / "models")
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text("language: zh\n")
    before = bot_model.model_path()
    assert bot_model.model_path() == before
    (tmp_path / "data" / "nlu.yml").write_text('version: "3.1"\n')
    assert bot_model.model_path() != before


def test_a_failed_step_shows_the_end_of_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ROOT", tmp_path)
    monkeypatch.setattr(progress, "LOGS", tmp_path / "log")
    with pytest.raises(Failed, match=r"(?s)exit 3.*out of paper"):
        run_step("test", "printing", ["sh", "-c", "echo out of paper; exit 3"])


def test_after_a_stop_no_step_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_stopping", threading.Event())
    monkeypatch.setattr(progress, "LOGS", tmp_path / "log")
    progress.stop_steps()
    with pytest.raises(Failed, match="not begun"):
        run_step("test", "touching", ["touch", str(tmp_path / "touched")])
    assert not (tmp_path / "touched").exists()


def test_progress_shows_what_is_said_not_when_and_how_loudly(tmp_path: Path) -> None:
    log = tmp_path / "step.log"
    log.write_text("reading\r\033[92m2026-11-25 16:16:37 INFO     rasa.engine  - Finished training\033[0m\n")
    assert progress.last_line(log) == "rasa.engine  - Finished training"
    assert progress.last_line(tmp_path / "nothing") == ""


def test_a_signals_handler_may_speak_in_the_middle_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C in the wrong millisecond would otherwise wait for itself, and leave everything running."""
    assert progress._lock.acquire(blocking=False)
    try:
        assert progress._lock.acquire(blocking=False), "the same thread must not wait for itself"
        progress._lock.release()
        progress.say("web", "SIGINT received")
    finally:
        progress._lock.release()
    assert "SIGINT received" in capsys.readouterr().out
