"""An alarm that is more likely false than not calls a person, but sets no clock of two hours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from nlp.danger import DOUBTFUL
from webapp.services import language, submit
from webapp.services.submit import RequestDraft


@pytest.mark.parametrize(
    ("reasons", "urgency"),
    [(("danger",), "emergency"), (("danger", DOUBTFUL), "urgent"), (("gas",), "emergency")],
)
def test_a_doubtful_alarm_is_urgent_and_seen_by_a_person(
    context: Flask, monkeypatch: pytest.MonkeyPatch, reasons: tuple[str, ...], urgency: str
) -> None:
    calm = language.read("柳树社区门口的路灯不亮")
    assert calm is not None
    heard = replace(calm, urgency="emergency", reasons=reasons, needs_human=True)
    monkeypatch.setattr(language, "read", lambda text, address="": heard)
    request = submit.submit_request(RequestDraft(text="柳树社区门口的路灯不亮")).request
    assert request.urgency == urgency
    assert request.needs_human
