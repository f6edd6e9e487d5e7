"""Many at once: no lost update, no fork, no word lost, and the roll-ups still equal a recount."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from nlp import Analysis
from tests.factories import Town
from webapp.domain.workflow import Action, IllegalTransition, Role
from webapp.errors import MinpingError
from webapp.extensions import db
from webapp.models import Objection, Review, ServiceRequest, utcnow
from webapp.queries import replaying
from webapp.services import (
    audit,
    casework,
    escalation,
    events,
    language,
    outbox,
    reviews,
    rollups,
    submit,
    support,
)
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

REFUSED = (MinpingError, IllegalTransition, StaleDataError)


@pytest.fixture
def both(either_app: Flask, town: Town) -> tuple[Flask, Town]:
    """The small town on either database."""
    return either_app, town


def _together(app: Flask, jobs: list[Callable[[], object]]) -> list[object]:
    """Run the jobs at the same moment, each with a connection of its own; results or the errors they raised."""
    gate = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[place] = jobs[place]()
            except Exception as error:
                results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _whole(app: Flask) -> None:
    with app.app_context():
        assert rollups.verify() == []
        assert events.broken_chains() == []
        assert replaying.all_differences() == []
        assert audit.first_broken() is None


def _submit(app: Flask) -> str:
    with app.app_context():
        draft = RequestDraft(
            text="社保窗口一直没人，等了一上午", service_code="HR-001", identity="x", channel="chat"
        )
        return submit.submit_request(draft).request.service_request_id


def test_many_speak_and_rate_at_once(both: tuple[Flask, Town]) -> None:
    app, _town = both

    def report(n: int) -> object:
        return submit.submit_request(RequestDraft(text=f"第{n}号楼电梯坏了", identity=f"r{n}")).secret

    def rate(n: int) -> object:
        return reviews.submit_review(reviews.ReviewDraft("HR-001", f"v{n}", 1 + n % 5)).id

    jobs: list[Callable[[], object]] = [lambda n=n: report(n) for n in range(6)]  # type: ignore[misc]
    jobs += [lambda n=n: rate(n) for n in range(6)]  # type: ignore[misc]
    results = _together(app, jobs)
    assert [r for r in results if isinstance(r, Exception)] == []
    with app.app_context():
        assert db.session.query(ServiceRequest).count() == 6
        assert db.session.query(Review).count() == 6
    _whole(app)


def test_of_two_clerks_one_wins(both: tuple[Flask, Town]) -> None:
    app, town = both
    number = _submit(app)
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    results = _together(app, [lambda: casework.act(number, Step(Action.ACCEPT), clerk).sequence] * 4)
    assert len([r for r in results if isinstance(r, int)]) == 1
    assert all(isinstance(r, (int, *REFUSED)) for r in results), results
    _whole(app)


@pytest.mark.needs_postgres
def test_of_two_steps_the_second_waits_before_it_touches_anything(postgres_app: Flask, town: Town) -> None:
    """Else each could hold what the other needs next: the request and its objection, written in opposite orders."""
    number = _submit(postgres_app)
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    with postgres_app.app_context():
        casework.act(number, Step(Action.OBJECT, "不归我们"), clerk)
    dispatcher = Actor(Role.DISPATCHER, town.users["dispatcher"])
    refuse = Step(Action.REFUSE_OBJECTION, "仍由你办")
    statements: list[str] = []
    second: list[object] = []

    def act() -> None:
        with postgres_app.app_context():
            connection = db.session.connection()
            sqlalchemy_event.listen(
                connection, "before_cursor_execute", lambda *said: statements.append(said[2])
            )
            try:
                second.append(casework.act(number, refuse, dispatcher))
            except StaleDataError as error:
                second.append(error)

    with postgres_app.app_context():
        request = casework.find(number)
        casework.apply_step(request, refuse, dispatcher, utcnow())
        db.session.flush()
        other = threading.Thread(target=act)
        other.start()
        other.join(1)
        assert other.is_alive()
        assert not [said for said in statements if said.startswith(("UPDATE", "INSERT"))]
        db.session.commit()
    other.join(30)
    assert isinstance(second[0], StaleDataError)
    _whole(postgres_app)


def test_a_double_tap_is_one_vote_and_one_support(both: tuple[Flask, Town]) -> None:
    app, _town = both
    number = _submit(app)
    draft = reviews.ReviewDraft("HR-001", "same", 2, comment="等太久")
    results = _together(
        app, [lambda: reviews.submit_review(draft).id] * 3 + [lambda: support.support(number, "n").id] * 3
    )
    assert [r for r in results if isinstance(r, Exception)] == []
    with app.app_context():
        assert db.session.query(Review).count() == 1
        assert casework.find(number).supporters == 1
    _whole(app)


def test_of_two_reviews_of_one_objection_one_counts(both: tuple[Flask, Town]) -> None:
    app, town = both
    number = _submit(app)
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    with app.app_context():
        casework.act(number, Step(Action.OBJECT, "不归我们"), clerk)
    dispatcher = Actor(Role.DISPATCHER, town.users["dispatcher"])
    grant = Step(Action.GRANT_OBJECTION, "改派", department_code="HOUSING")
    results = _together(
        app,
        [
            lambda: casework.act(number, grant, dispatcher).sequence,
            lambda: casework.act(number, Step(Action.REFUSE_OBJECTION, "仍由你办"), dispatcher).sequence,
            lambda: casework.act(number, Step(Action.ACCEPT), clerk).sequence,
        ],
    )
    assert all(isinstance(r, (int, *REFUSED)) for r in results), results
    assert any(isinstance(r, int) for r in results)
    with app.app_context():
        assert db.session.query(Objection).filter(Objection.reviewed_at.is_(None)).count() == 0
        assert db.session.query(Objection).count() == 1
    _whole(app)


def test_sweeps_that_meet_tell_each_level_once(both: tuple[Flask, Town]) -> None:
    app, _town = both
    number = _submit(app)
    with app.app_context():
        late = casework.find(number).due_at + timedelta(hours=1)
    _together(app, [lambda: escalation.sweep(late)] * 3)
    with app.app_context():
        told = [e for e in casework.find(number).events if e.event_type == "escalated"]
        assert len(told) == 1
    _whole(app)


DYING = """
import os, signal, sys
from pathlib import Path
from tests.plugin_app import app_config
from webapp import create_app
from webapp.services import language, submit
app = create_app(app_config(Path(sys.argv[1]), Path(sys.argv[1]).parent))
# The process dies the moment the language layer is asked: after the words were committed, before the dispatch.
language.read = lambda text, address="": os.kill(os.getpid(), signal.SIGKILL)
with app.app_context():
    submit.submit_request(submit.RequestDraft(text="路灯坏了，天黑看不见路", identity="x"))
"""


def test_words_survive_a_killed_process(app: Flask, tmp_path: Path) -> None:
    database = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    done = subprocess.run(
        [sys.executable, "-c", DYING, database], cwd=Path(app.root_path).parent, check=False
    )
    assert done.returncode == -signal.SIGKILL
    with app.app_context():
        request = db.session.query(ServiceRequest).one()
        assert (request.status, request.text) == ("received", "路灯坏了，天黑看不见路")
        assert submit.dispatch_received() == 1
        assert request.status == "assigned"
    _whole(app)


def test_one_case_that_cannot_be_read_holds_up_no_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    read = language.read

    def choosy(text: str, address: str = "") -> Analysis | None:
        if "毒" in text:
            raise ZeroDivisionError
        return read(text, address)

    with app.app_context():
        with monkeypatch.context() as crash:
            crash.setattr(submit, "read_and_dispatch", lambda *_args, **_how: None)
            for text in ("路灯坏了第一处", "毒一样的字", "路灯坏了第三处"):
                submit.submit_request(RequestDraft(text=text))
        monkeypatch.setattr(language, "read", choosy)
        assert submit.dispatch_received() == 2
        found = db.session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).all()
        assert [request.status for request in found] == ["assigned", "received", "assigned"]
    _whole(app)


def test_a_message_that_fails_is_sent_later_and_only_then_done(app: Flask) -> None:
    with app.app_context():
        outbox.enqueue("chat", request_id=1)
        db.session.commit()

        def broken(payload: dict[str, object]) -> None:
            raise ConnectionError("carrier down")

        assert outbox.deliver_pending({"chat": broken}) == {"sent": 0, "failed": 1}
        # Not before a minute has passed.
        assert outbox.deliver_pending({"chat": broken}) == {"sent": 0, "failed": 0}


@pytest.mark.parametrize("count", [8])
def test_the_same_secret_never_opens_two_cases(app: Flask, count: int) -> None:
    with app.app_context():
        done = [submit.submit_request(RequestDraft(text="路灯坏了", identity="x")) for _ in range(count)]
        assert len({d.request.service_request_id for d in done}) == count
        with pytest.raises(MinpingError):
            submit.open_case(done[0].request.service_request_id, done[1].secret)
