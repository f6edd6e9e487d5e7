"""Full-text search on both databases: what is found, in which order, by whom, and what the index must not know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from tests.factories import Town
from tests.factories.tampering import tamper
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.models import FirstDispatch, OutboxMessage, RequestEvent, SearchText, ServiceRequest, User, utcnow
from webapp.queries import desk, search
from webapp.queries.desk import QueueFilter
from webapp.services import casework, search_index, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

TEXTS = {
    "lamp": ("柳树社区3号楼门口的路灯又坏了，晚上出门看不见", "澄江路12号"),
    "noise": ("楼下烧烤摊噪音扰民，凌晨两点还在吵，电话13812345678", "人民路112号"),
    "card": ("社会保险关系转移的窗口没有人，社保卡也办不了", "政务大厅"),
    "pipe": ("水管爆裂，路面积水，路灯杆也歪了", "滨河路８号"),
}


@pytest.fixture
def city(either_app: Flask, town: Town) -> Iterator[Town]:
    """The small town on SQLite and on PostgreSQL."""
    with either_app.app_context():
        yield town


@pytest.fixture
def cases(city: Town) -> dict[str, ServiceRequest]:
    """One case for each text, all of HR."""
    return {
        name: submit.submit_request(RequestDraft(text=text, address=address, service_code="HR-001")).request
        for name, (text, address) in TEXTS.items()
    }


def _found(words: str, user: str = "dispatcher") -> list[ServiceRequest]:
    who = db.session.scalar(select(User).where(User.username == user))
    assert who is not None
    return list(desk.queue(who, QueueFilter.from_query({"view": "all", "words": words})).items)


def _names(cases: dict[str, ServiceRequest], words: str, user: str = "dispatcher") -> set[str]:
    found = {item.id for item in _found(words, user)}
    return {name for name, item in cases.items() if item.id in found}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("路灯", {"lamp", "pipe"}),
        ("路灯 坏", {"lamp"}),
        ("路灯坏了", {"lamp"}),
        ("灯又坏", {"lamp"}),
        ("社保", {"card"}),
        ("保险 窗口", {"card"}),
        ("社會保險", {"card"}),
        ('"路灯杆"', {"pipe"}),
        ("“路灯坏了”", set()),
        ("12号", {"lamp"}),
        ("112号", {"noise"}),
        ("滨河路8号", {"pipe"}),
        ("３号楼", {"lamp"}),
        ("13812345678", set()),
        ("噪音 NOT 扰民", set()),
        ('路灯" OR chars:"社', set()),
        ("chars:路灯", set()),
        ("路灯*", {"lamp", "pipe"}),
        ("'", set()),
        ("' | 'a':*", set()),
    ],
)
def test_what_is_found(cases: dict[str, ServiceRequest], words: str, expected: set[str]) -> None:
    assert _names(cases, words) == expected


def test_numbers_find_their_case(cases: dict[str, ServiceRequest]) -> None:
    number = cases["card"].service_request_id
    assert _names(cases, number) == _names(cases, number.lower()) == _names(cases, number[:8]) == {"card"}
    assert _names(cases, f"{number} 路灯") == set()


def test_the_fitting_one_comes_first_and_of_two_alike_the_newer(cases: dict[str, ServiceRequest]) -> None:
    # One of five words is a better hit than one of ten.
    short = submit.submit_request(RequestDraft(text="路灯坏了", service_code="HR-001")).request
    assert _found("路灯")[0].id == short.id
    old = submit.submit_request(RequestDraft(text="路灯坏了", service_code="HR-001")).request
    old.received_at = utcnow() - timedelta(days=400)
    db.session.commit()
    assert [item.id for item in _found("路灯坏了")][:2] == [short.id, old.id]


def test_too_much_to_rank_comes_by_date(
    cases: dict[str, ServiceRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_RANKED", 1)
    assert [item.id for item in _found("路灯")] == [cases["pipe"].id, cases["lamp"].id]


@pytest.mark.parametrize(("user", "seen"), [("clerk", True), ("clerk.housing", False), ("dispatcher", True)])
def test_nobody_finds_what_they_may_not_see(cases: dict[str, ServiceRequest], user: str, seen: bool) -> None:
    assert bool(_names(cases, "路灯", user)) == seen


def test_answers_and_notes_are_found_and_corrections_followed(
    cases: dict[str, ServiceRequest], city: Town
) -> None:
    clerk = Actor(Role.CLERK, city.users["clerk"], city.departments["HR"])
    number = cases["lamp"].service_request_id
    casework.act(number, Step(Action.ACCEPT), clerk)
    casework.act(number, Step(Action.ADD_NOTE, "施工队长李师傅13911112222"), clerk)
    casework.act(number, Step(Action.RESOLVE, "已更换镇流器"), clerk)
    assert _names(cases, "镇流器") == _names(cases, "施工队长") == {"lamp"}
    assert _names(cases, "13911112222") == set()
    cases["lamp"].text = "全部改写"
    db.session.commit()
    assert _names(cases, "看不见") == set()
    assert _names(cases, "全部改写 镇流器") == {"lamp"}


def test_a_step_that_fails_leaves_the_index_as_it_was(cases: dict[str, ServiceRequest]) -> None:
    cases["lamp"].text = "没有保存的话"
    db.session.flush()
    db.session.rollback()
    assert _names(cases, "没有保存的话") == set()
    assert _names(cases, "看不见") == {"lamp"}


def test_what_is_taken_away_is_found_no_more(cases: dict[str, ServiceRequest]) -> None:
    search_index.forget([cases["noise"].id])
    assert _names(cases, "烧烤摊") == set()
    # Past the session, as a retention sweep may do it.
    db.session.execute(
        update(ServiceRequest).where(ServiceRequest.id == cases["lamp"].id).values(text="（已删除）"),
        execution_options={"synchronize_session": False},
    )
    assert search_index.refresh([cases["lamp"].id]) == 1
    assert _names(cases, "看不见") == set()


def test_a_deleted_request_takes_its_words_with_it(city: Town) -> None:
    gone = submit.submit_request(RequestDraft(text="很快删除的诉求", service_code="HR-001")).request.id
    for model in (OutboxMessage, FirstDispatch):
        db.session.execute(delete(model))
    tamper(delete(RequestEvent))
    db.session.execute(delete(ServiceRequest).where(ServiceRequest.id == gone))
    db.session.commit()
    assert search_index.count() == 0
    kept = submit.submit_request(RequestDraft(text="留下的诉求", service_code="HR-001")).request
    assert [item.id for item in _found("诉求")] == [kept.id]
    assert _found("很快删除") == []


def test_rebuild_and_sweep_find_what_was_missed(cases: dict[str, ServiceRequest]) -> None:
    db.session.execute(delete(SearchText))
    db.session.commit()
    assert _names(cases, "路灯") == set()
    assert search_index.take_up(limit=3) == 3
    assert search_index.take_up() == 1
    assert search_index.take_up() == 0
    assert search_index.rebuild() == search_index.count() == len(TEXTS)
    assert _names(cases, "路灯") == {"lamp", "pipe"}


def test_no_phrase_runs_from_one_part_into_the_next(cases: dict[str, ServiceRequest]) -> None:
    assert _names(cases, '"看不见澄江路"') == set()
    assert _names(cases, '"澄江路"') == {"lamp"}


def test_the_worker_sweeps(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "flask_app", context)
    submit.submit_request(RequestDraft(text="路灯坏了"))
    db.session.execute(delete(SearchText))
    db.session.commit()
    tasks.take_up_search.run()
    assert search_index.count() == 1
    assert "minping.take_up_search" in {e["task"] for e in tasks.app.conf.beat_schedule.values()}


@given(st.text(max_size=60))
def test_whatever_is_typed_is_letters_and_digits_in_the_end(typed: str) -> None:
    for term in search.parse(typed):
        assert term.chars
        assert all(part.isalnum() for part in (*term.words, *term.chars))
