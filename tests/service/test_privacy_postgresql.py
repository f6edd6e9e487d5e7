"""Keys, retention, deletion, notifications and two sweepers at once on PostgreSQL, as on SQLite."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.factories import Town
from tests.service.test_postgresql import assert_books_balance, city
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation, Notification, OutboxMessage, ServiceRequest, utcnow
from webapp.services import (
    anonymity,
    casework,
    chat,
    digests,
    escalation,
    keys,
    notifications,
    notify,
    retention,
    rights,
    sealing,
    submit,
)
from webapp.services.actor import RESIDENT, Actor
from webapp.services.reviews import ReviewDraft, submit_review
from webapp.services.submit import RequestDraft
from webapp.services.support import support

pytestmark = pytest.mark.needs_postgres
__all__ = ["city"]
PHONE = "13812345678"
LONG = timedelta(days=500)


def _life(number: int, ago: timedelta) -> ServiceRequest:
    draft = RequestDraft(
        text=f"第{number}处路灯坏了，我叫王小明，电话{PHONE}", contact_name="王小明", contact_phone=PHONE,
        identity=f"p{number}", service_code="HR-001",
    )  # fmt: skip
    request = submit.submit_request(draft, utcnow() - ago).request
    casework.act(request.service_request_id, casework.Step(Action.SUPPLEMENT, f"打{PHONE}"), RESIDENT)
    support(request.service_request_id, "neighbour")
    submit_review(ReviewDraft("HR-001", f"p{number}", 2, comment=f"电话{PHONE}"), utcnow() - ago)
    return request


def test_personal_data_from_the_first_word_to_its_end(city: tuple[Flask, Town]) -> None:
    app, _town = city
    old, asked, still = (_life(n, LONG) for n in range(3))
    db.session.execute(
        update(ServiceRequest)
        .where(ServiceRequest.id == old.id)
        .values(status="closed", closed_at=utcnow() - LONG)
    )
    talk = chat.conversation_of("web:p", "chat", "p")
    db.session.add(ChatMessage(conversation_id=talk.id, author="resident", text=f"电话{PHONE}", payload={}))
    talk.last_message_at = utcnow() - LONG
    db.session.commit()
    from webapp.services import rollups

    rollups.rebuild()
    app.config["FIELD_KEYS"] = ["new", "test"]
    assert sum(keys.rotate().values()) == 9
    assert not any(state.old or state.unreadable for state in keys.status())
    app.config["FIELD_KEYS"] = ["new"]
    said = retention.run(dry_run=True)
    assert retention.run() == said
    assert (said["contact"], said["chat"]) == (1, 1)
    assert sum(retention.run().values()) == 0
    rights.decide(rights.ask(asked, "erasure"), True, "", Actor(Role.ADMIN))
    assert anonymity.sweep() == 0
    db.session.expire_all()
    assert [r.contact_phone is None for r in (old, asked, still)] == [True, True, False]
    assert db.session.scalar(select(func.count(Conversation.id))) == 0
    assert sealing.broken_notes() == []
    assert sealing.changed_words() == []
    assert_books_balance()


def test_workers_that_sweep_at_once_tell_everybody_once(city: tuple[Flask, Town]) -> None:
    app, town = city
    notifications.take_up_events()
    notifications.save_settings(town.users["clerk"], [], "clerk@example.org", True)
    late = _life(1, timedelta(days=30))
    late.due_at = utcnow() - timedelta(days=3)
    db.session.commit()

    def sweep(work: object) -> object:
        with app.app_context():
            try:
                return work()  # type: ignore[operator]
            finally:
                db.session.remove()

    works = [notifications.take_up_events, escalation.sweep, notify.deliver] * 3
    with ThreadPoolExecutor(len(works)) as pool:
        for future in [pool.submit(sweep, work) for work in works]:
            # Of two that collide one gives up, and its work is there already or is done by the next sweep.
            if (error := future.exception()) is not None:
                assert type(error).__name__ in ("IntegrityError", "PendingRollbackError", "StaleDataError")
    for work in works:
        sweep(work)
    db.session.expire_all()
    told = db.session.execute(select(Notification.user_id, Notification.key)).all()
    assert len(told) == len(set(told)) > 2
    workday = utcnow().replace(year=2026, month=11, day=26, hour=2)
    for _round in range(2):
        digests.sweep(workday)
    assert db.session.scalar(select(func.count(OutboxMessage.id)).where(OutboxMessage.kind == "digest")) == 1
