"""The banner comes when everything answers, and nothing is started before that."""

from __future__ import annotations

import pytest

from tools import readiness


def test_no_command_runs_while_the_supervisor_may_still_fork(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command's pipe, inherited by a process that is forked meanwhile, never ends: the banner would wait for ever."""
    happened: list[str] = []

    def check() -> bool:
        happened.append("asked")
        return happened.count("asked") == 3

    def logins(_env: dict[str, str]) -> str:
        happened.append("logins")
        return "clerk …"

    monkeypatch.setattr(readiness, "health_checks", lambda names, env: {"web": check})
    monkeypatch.setattr(readiness, "demo_logins", logins)
    readiness._wait(["web"], {"PORT": "8000", "MINPING_VAR": "var"})
    assert happened == ["asked", "asked", "asked", "logins"]
    assert "clerk …" in capsys.readouterr().out
