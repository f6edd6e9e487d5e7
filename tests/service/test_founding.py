"""A real city begins with one command, and from there on with the administrator's pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.plugin_app import app_config
from webapp import create_app
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import rollups

FOUND = ["city", "found", "新城市", "--admin", "root", "--password"]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Flask]:
    """Migrated, and nothing in it."""
    app = create_app(app_config(tmp_path / "m.sqlite3", tmp_path))
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_from_nothing_to_a_report_that_reaches_its_department(empty: Flask) -> None:
    done = empty.test_cli_runner().invoke(args=[*FOUND, "long enough"])
    assert done.exit_code == 0, done.output
    admin, resident = empty.test_client(), empty.test_client()
    signed_in = admin.post("/account/login", data={"username": "root", "password": "long enough"})
    assert (signed_in.status_code, admin.get("/admin/").status_code) == (302, 200)
    for path in ("/", "/services", "/report", "/track", "/rate"):
        assert resident.get(path).status_code == 200
    for path in ("/insight/", "/insight/services", "/insight/areas"):
        assert admin.get(path).status_code == 200
    made = [
        admin.post("/admin/areas/new", data={"code": "D1", "name": "东区", "parent_code": "CITY", "population": "9"}),
        admin.post(
            "/admin/departments/new", data={"code": "LAMPS", "name": "路灯所", "area_code": "CITY", "is_active": "1"}
        ),
        admin.post("/admin/rules", data={"category_code": "03", "area_code": "CITY", "department_code": "LAMPS"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in made] == [302, 302, 302]
    for text, code in (("路灯坏了三天没人修", "030501"), ("想问问", "99")):
        body = {"text": text, "area_code": "D1", "category_code": code}
        assert resident.post("/api/v1/requests", json=body).status_code == 201
    with empty.app_context():
        found = db.session.query(ServiceRequest).order_by(ServiceRequest.id).all()
        assert [request.department.code for request in found] == ["LAMPS", "OFFICE"]
        assert rollups.verify() == []


def test_a_second_city_and_a_short_password_are_refused_whole(empty: Flask) -> None:
    runner = empty.test_cli_runner()
    short = runner.invoke(args=[*FOUND, "short"])
    assert (short.exit_code, "Error" in short.output) == (1, True)
    assert runner.invoke(args=[*FOUND, "long enough"]).exit_code == 0
    again = runner.invoke(args=[*FOUND, "long enough"])
    assert (again.exit_code, "already holds a city" in again.output) == (1, True)
