"""The same services on PostgreSQL: a whole life of a request, and residents who all speak at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.factories import Town, make_town
from tests.plugin_app import app_config
from webapp import create_app
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import audit, casework, events, follow_up, rollups, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step

pytestmark = pytest.mark.needs_postgres
TOGETHER = 12


@pytest.fixture
def city(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Flask, Town]]:
    """The small town in an empty PostgreSQL database."""
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    app = create_app({**app_config(tmp_path / "unused", tmp_path), "SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        db.create_all()
        town = make_town()
        yield app, town
        db.session.remove()
        db.drop_all()
        db.engine.dispose()


def assert_books_balance() -> None:
    """Roll-ups equal a recount, and no chain of events or audit entries is broken."""
    assert rollups.verify() == []
    assert events.broken_chains() == []
    assert audit.first_broken() is None


def test_a_request_from_first_word_to_last(city: tuple[Flask, Town]) -> None:
    _, town = city
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    done = submit.submit_request(
        submit.RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001")
    )
    number = done.request.service_request_id
    casework.act(number, Step(Action.ACCEPT), clerk)
    casework.act(number, Step(Action.RESOLVE, "已增开窗口"), clerk)
    follow_up.answer(done.request, follow_up.FollowUp(True, Solved.YES, 5), RESIDENT)
    assert submit.open_case(number, done.secret).status == "closed"
    assert_books_balance()


def test_residents_who_speak_at_once_are_all_heard(city: tuple[Flask, Town]) -> None:
    app, _ = city

    def speak(number: int) -> str:
        with app.app_context():
            draft = submit.RequestDraft(text=f"柳树社区{number}号楼的路灯坏了", area_code="T111")
            return submit.submit_request(draft).request.service_request_id

    with ThreadPoolExecutor(TOGETHER) as pool:
        numbers = list(pool.map(speak, range(TOGETHER)))
    assert len(set(numbers)) == TOGETHER
    assert db.session.scalar(select(func.count(ServiceRequest.id))) == TOGETHER
    assert_books_balance()
