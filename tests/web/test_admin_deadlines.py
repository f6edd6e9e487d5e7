"""The city's clocks on the administration's page: saved, audited, shown, and refused with everything typed kept."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient

from webapp.domain.deadline_policy import values_of
from webapp.domain.deadlines import DEFAULT_POLICY
from webapp.queries import deadlines
from webapp.services import audit

Login = Callable[[str], FlaskClient]
FORM = {field: f"{value:g}" for field, value in values_of(DEFAULT_POLICY).items()}


def test_a_change_is_in_force_and_in_the_history(app: Flask, login: Login) -> None:
    admin = login("admin")
    assert "还没有改过" in admin.get("/admin/deadlines").text
    assert admin.post("/admin/deadlines", data={**FORM, "urgent_hours": "12"}).status_code == 302
    page = admin.get("/admin/deadlines").text
    assert "紧急 · 几小时内办结：24 → 12" in page
    assert 'value="12"' in page
    with app.app_context():
        assert deadlines.policy().allowances["urgent"].hours == 12  # type: ignore[index]
        assert audit.first_broken() is None
    assert "deadline_policy" in admin.get("/admin/audit?action=setting.save").text


def test_what_is_wrong_is_said_beside_the_field(app: Flask, login: Login) -> None:
    admin = login("admin")
    answer = admin.post("/admin/deadlines", data={**FORM, "ordinary_workdays": "7.5", "urgent_hours": "13"})
    assert answer.status_code == 422
    assert "请填写 1 到 60 之间的整数。" in answer.text
    assert 'value="7.5"' in answer.text
    assert 'value="13"' in answer.text
    with app.app_context():
        assert deadlines.policy() == DEFAULT_POLICY


def test_only_administrators(login: Login) -> None:
    assert login("dispatcher").get("/admin/deadlines").status_code == 403
