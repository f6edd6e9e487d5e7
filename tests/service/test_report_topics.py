"""Hot topics and 每月一题 in monthly reports: the counts of the period, tasks as they stand, no share without an interval."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.factories import Town
from webapp.domain.claims import Verdict
from webapp.domain.periods import Period
from webapp.domain.report_topics import Hot, Taken, hot_lines, taken_lines
from webapp.domain.workflow import Action, Role, Solved
from webapp.i18n import local
from webapp.models import utcnow
from webapp.queries import report_topics
from webapp.queries.evaluation import today
from webapp.queries.reach import Bounds
from webapp.queries.tallies import Window
from webapp.services import casework, follow_up, hot_topics, monthly, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft
from webapp.views.reports import files
from webapp.views.reports.document import Document, Grid, Points

TEXT = "消防通道停满了车，救护车进不来，就在柳树社区"


@pytest.fixture
def town_with_topic(app: Flask, town: Town) -> Flask:
    """Seven people with one trouble, six of them heard; a topic of this month with a task done and one to do."""
    with app.app_context():
        for number, word in enumerate([Solved.YES] * 4 + [Solved.NO] * 2 + [None]):
            request = submit.submit_request(
                RequestDraft(text=TEXT, area_code="T1111", category_code="010101", identity=f"p{number}"),
                utcnow() - timedelta(days=5),
            ).request
            if word is None:
                continue
            clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
            casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
            casework.act(request.service_request_id, Step(Action.RESOLVE, "已办"), clerk)
            follow_up.answer(request, follow_up.FollowUp(True, word, 4), RESIDENT)
        hot_topics.refresh()
        official = Actor(Role.OFFICIAL, town.users["official"], None, town.areas["T"])
        draft = monthly.Draft(local(utcnow()).date(), "消防通道不停车", "很多人反映。", "010101")
        topic = monthly.adopt(draft, official)
        due = local(utcnow()).date() + timedelta(days=10)
        first = monthly.add_task(topic.id, "HR", "划线立牌", due, official)
        monthly.add_task(topic.id, "HOUSING", "一周查一次，电话13812345678", due, official)
        monthly.note(topic.id, first.id, "已划线", True, official)
    return app


def _report(app: Flask, department: str = "", language: str = "zh_CN", day: date | None = None) -> Document:
    with app.test_request_context(f"/?lang={language}"):
        last = day or today()
        period = Period("last30", last - timedelta(days=29), last)
        return files.of_department(period, department) if department else files.of_place(period, "", Bounds())


def _section(document: Document, title: str) -> tuple[str, list[Grid]]:
    section = next(s for s in document.sections if s.title == title)
    said = "\n".join(item for b in section.blocks if isinstance(b, Points) for item in b.items)
    return said, [b for b in section.blocks if isinstance(b, Grid)]


def test_the_citys_report_tells_hot_topics_and_the_months_topic(town_with_topic: Flask) -> None:
    document = _report(town_with_topic)
    said, (grid,) = _section(document, "热点问题")
    assert "本期 7 件" in said
    assert "6 人答复，说解决了的占 66.7%（区间 " in said
    (row,) = grid.rows
    assert "消防通道停满了车" in row[0]
    assert (row[2], row[4]) == ("7", "4 ÷ 6")
    said, (tasks,) = _section(document, "每月一题")
    assert "消防通道不停车" in said
    assert "派出任务 2 项，完成 1 项，到期没完成 0 项" in said
    assert "本期同类诉求 7 件；6 人答复，说解决了的占 66.7%（区间 " in said
    assert [line[3] for line in tasks.rows] == ["已完成", "进行中"]
    assert "已划线" in tasks.rows[0][4]
    assert "13812345678" not in str(tasks.rows)


def test_a_departments_report_tells_its_own_tasks(town_with_topic: Flask) -> None:
    _said, (tasks,) = _section(_report(town_with_topic, "HR"), "每月一题里的任务")
    assert [row[0] for row in tasks.rows] == ["划线立牌"]
    assert "每月一题里的任务" not in [s.title for s in _report(town_with_topic, "T1-OFFICE").sections]


def test_every_format_and_language_takes_them(town_with_topic: Flask) -> None:
    english = _report(town_with_topic, language="en")
    assert "said solved (interval" in _section(english, "Hot topics")[0]
    with town_with_topic.test_request_context("/?lang=zh_CN"):
        for kind in files.FORMATS:
            assert files.as_file(_report(town_with_topic), kind)


def test_topics_of_other_weeks_are_not_passed_off_as_the_periods(town_with_topic: Flask) -> None:
    with town_with_topic.app_context():
        assert report_topics.covered(Window.ending(today(), 30))
        assert not report_topics.covered(Window.ending(today() - timedelta(days=20), 30))
        last = today() - timedelta(days=20)
    said, grids = _section(_report(town_with_topic, day=last), "热点问题")
    assert "不覆盖本期的大部分" in said
    assert grids == []


def test_a_district_sees_its_own_and_the_citys(town_with_topic: Flask, town: Town) -> None:
    with town_with_topic.app_context():
        window = Window.ending(today(), 30)
        assert len(report_topics.hot_topics(window, town.areas["T1"])) == 1
        assert report_topics.hot_topics(window, town.areas["T2"]) == []
        assert len(report_topics.monthly_topics(window, town.areas["T2"])) == 1
        assert report_topics.monthly_topics(Window.ending(today() - timedelta(days=70), 30), None) == []


def test_no_share_is_claimed_from_a_few_answers() -> None:
    (line,) = hot_lines([Hot("甲", "乙", 9, 3, 2, 4)])
    assert "share" not in line.values
    lines = taken_lines(Taken("2026-10", "甲", "乙", "在办", 3, 1, 1, 20, 2, 4))
    assert lines[0].verdict is Verdict.DOWN
    assert lines[1].verdict is Verdict.UNKNOWN
    assert hot_lines([])[0].verdict is Verdict.UNCLEAR
    assert len(taken_lines(Taken("2026-10", "甲", "乙", "在办", 0, 0, 0))) == 1
