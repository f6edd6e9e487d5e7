"""每月一题: one a month and area, tasks to departments, progress in public, an end with words; and the topics behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.workflow import Role
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import AuditEntry, MonthlyNote, Notification, Topic, TopicRequest, utcnow
from webapp.queries import monthly as queries
from webapp.services import hot_topics, monthly, submit
from webapp.services.actor import Actor
from webapp.services.monthly import Draft
from webapp.services.submit import RequestDraft

DRAFT = Draft(date(2026, 5, 17), "物业费涨价要先公示", "很多人反映，一直没办好。", evidence={"kind": "hot"})
LATER = utcnow().date() + timedelta(days=20)


@pytest.fixture
def official(app: Flask, town: Town) -> Actor:
    return Actor(Role.OFFICIAL, town.users["official"], None, town.areas["T"])


@pytest.fixture
def head(town: Town) -> Actor:
    return Actor(Role.HEAD, town.users["head"], town.departments["HR"], None)


@pytest.fixture
def context(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        yield


pytestmark = pytest.mark.usefixtures("context")


def test_a_topic_is_taken_on_once_a_month_and_area(official: Actor, town: Town) -> None:
    topic = monthly.adopt(DRAFT, official)
    assert (topic.month, topic.status, topic.area_id) == (date(2026, 5, 1), "running", town.areas["T"])
    with pytest.raises(Conflict) as problem:
        monthly.adopt(replace(DRAFT, month=date(2026, 5, 2), title="别的"), official)
    assert problem.value.field == "month"
    monthly.adopt(replace(DRAFT, month=date(2026, 6, 1)), official)
    # A district takes on its own.
    monthly.adopt(DRAFT, replace(official, area_id=town.areas["T1"]))
    assert [t.month for t in queries.topics()] == [date(2026, 6, 1), date(2026, 5, 1), date(2026, 5, 1)]
    assert (
        db.session.scalar(select(AuditEntry.user_id).where(AuditEntry.action == "monthly.adopt"))
        == official.user_id
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "长" * 61}, "title"),
        ({"reason": ""}, "reason"),
        ({"month": None}, "month"),
    ],
    ids=["no title", "long title", "no reason", "no month"],
)
def test_what_is_missing_is_said(official: Actor, change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        monthly.adopt(replace(DRAFT, **change), official)  # type: ignore[arg-type]
    assert problem.value.field == field
    assert queries.topics() == []


def test_an_origin_must_exist(official: Actor) -> None:
    with pytest.raises(NotFound):
        monthly.adopt(replace(DRAFT, category="999999"), official)
    with pytest.raises(NotFound):
        monthly.adopt(replace(DRAFT, hot_topic=77), official)
    with pytest.raises(Forbidden):
        monthly.adopt(DRAFT, replace(official, area_id=None))


def test_a_department_is_told_of_its_task_notes_progress_and_ends_it(official: Actor, head: Actor) -> None:
    topic = monthly.adopt(DRAFT, official)
    task = monthly.add_task(topic.id, "HR", "核查收费公示", LATER, official)
    told = db.session.scalars(select(Notification).where(Notification.kind == "monthly")).all()
    assert [n.user_id for n in told] == [head.user_id]
    monthly.note(topic.id, task.id, "查了一半，联系人 13800001111", False, head)
    note = db.session.scalars(select(MonthlyNote)).one()
    assert "13800001111" not in note.text
    with pytest.raises(Conflict, match="还有"):
        monthly.end(topic.id, False, "办好了", official)
    monthly.note(topic.id, task.id, "全部查完", True, head)
    assert task.done_at is not None
    with pytest.raises(Conflict):
        monthly.note(topic.id, task.id, "再写一条", False, head)
    assert monthly.end(topic.id, False, "三十个小区都公示了", official).status == "done"
    with pytest.raises(Conflict):
        monthly.add_task(topic.id, "HR", "再来", LATER, official)


def test_giving_up_needs_words_but_no_finished_tasks(official: Actor) -> None:
    topic = monthly.adopt(DRAFT, official)
    monthly.add_task(topic.id, "HR", "核查", LATER, official)
    with pytest.raises(InvalidInput):
        monthly.end(topic.id, True, " ", official)
    assert monthly.end(topic.id, True, "并入上级专项", official).status == "dropped"


def test_others_keep_their_hands_off(official: Actor, head: Actor, town: Town) -> None:
    topic = monthly.adopt(DRAFT, official)
    task = monthly.add_task(topic.id, "HR", "核查", LATER, official)
    east = replace(official, area_id=town.areas["T1"])
    housing = replace(head, department_id=town.departments["HOUSING"])
    for work in (
        lambda: monthly.add_task(topic.id, "HR", "核查", LATER, east),
        lambda: monthly.end(topic.id, True, "不办了", head),
        lambda: monthly.note(topic.id, task.id, "我来写", False, housing),
        lambda: monthly.note(topic.id, task.id, "我来写", False, east),
    ):
        with pytest.raises(Forbidden):
            work()
    # The city's official reaches into a district's topic.
    own = monthly.adopt(replace(DRAFT, month=date(2026, 7, 1)), east)
    assert monthly.leads(own, official)


def test_a_task_needs_a_department_words_and_a_day_ahead(official: Actor) -> None:
    topic = monthly.adopt(DRAFT, official)
    for department, task, due, field in (
        ("NO", "核查", LATER, "department"), ("HR", "", LATER, "task"), ("HR", "核查", None, "due"),
        ("HR", "核查", date(2020, 1, 1), "due"),
    ):  # fmt: skip
        with pytest.raises(InvalidInput) as problem:
            monthly.add_task(topic.id, department, task, due, official)
        assert problem.value.field == field


def test_a_stale_form_changes_nothing(official: Actor, head: Actor) -> None:
    topic = monthly.adopt(DRAFT, official)
    task = monthly.add_task(topic.id, "HR", "核查", LATER, official)
    old = task.version
    monthly.note(topic.id, task.id, "先写的", True, head, version=old)
    with pytest.raises(Conflict):
        monthly.note(topic.id, task.id, "后写的", True, official, version=old)
    assert [n.text for n in topic.notes] == ["先写的"]


# --- hot topics ------------------------------------------------------------------------------------------------------


def _reports(count: int, text: str, first: int = 0, days: int = 3) -> None:
    for number in range(first, first + count):
        submit.submit_request(
            RequestDraft(
                text=f"{text}，已经第{number}天了",
                category_code="010101",
                area_code="T1111",
                identity=f"p{number}",
            ),
            utcnow() - timedelta(days=days, minutes=number),
        )


HORN = "奶茶店的喇叭循环喊一整天，吵得睡不着觉"


def test_what_many_report_is_one_topic_with_its_place_and_its_cases() -> None:
    _reports(6, HORN)
    submit.submit_request(
        RequestDraft(text="我要咨询失业保险金怎么申领", area_code="T2111", identity="other")
    )
    assert hot_topics.refresh() >= 1
    topic = queries.hot_topics()[0]
    assert (topic.requests, topic.people, topic.area.code, topic.communities) == (6, 6, "T1111", 1)
    assert topic.category is not None
    assert topic.category.code == "010101"
    standing = queries.standings([topic.id])[topic.id]
    assert (standing.open, standing.solved, standing.unsolved) == (6, 0, 0)


def test_one_persons_many_reports_are_no_topic() -> None:
    for number in range(6):
        submit.submit_request(
            RequestDraft(text=f"{HORN}，第{number}次反映", identity="one", area_code="T1111")
        )
    hot_topics.refresh()
    assert queries.hot_topics() == []


def test_a_sweep_again_finds_the_same_and_leaves_nothing_behind() -> None:
    _reports(6, HORN)
    hot_topics.refresh()
    before = [(t.title, t.requests) for t in queries.hot_topics()]
    hot_topics.refresh()
    assert [(t.title, t.requests) for t in queries.hot_topics()] == before
    assert len(db.session.scalars(select(Topic)).all()) == len(before)
    hot_topics.refresh(utcnow() + timedelta(days=60))
    assert db.session.scalars(select(TopicRequest)).all() == []


def test_a_topic_that_was_taken_on_stays_and_grows(official: Actor) -> None:
    _reports(6, HORN)
    hot_topics.refresh()
    hot = queries.hot_topics()[0]
    monthly.adopt(replace(DRAFT, hot_topic=hot.id), official)
    _reports(3, HORN, first=20, days=1)
    hot_topics.refresh()
    db.session.expire_all()
    assert [(t.id, t.requests) for t in queries.hot_topics()] == [(hot.id, 9)]
    hot_topics.refresh(utcnow() + timedelta(days=60))
    assert [t.id for t in queries.hot_topics()] == [hot.id]


def test_complaints_about_an_office_make_no_topic(town: Town) -> None:
    from webapp.models import ServiceRequest

    _reports(6, HORN)
    for request in db.session.scalars(select(ServiceRequest)):
        request.reported_department_id = town.departments["HR"]
    db.session.commit()
    hot_topics.refresh()
    assert queries.hot_topics() == []
