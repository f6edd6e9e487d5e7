"""Every step of the workflow through the page: offered to the right role, done, and never offered to others."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.workflow import RULES, Action, Role, Status, allowed_actions
from webapp.extensions import db
from webapp.models import Category, Correction, ServiceRequest
from webapp.services import casework, events, follow_up, rollups, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft
from webapp.views.desk.presenting import ACTION_ORDER

Login = Callable[[str], FlaskClient]
STAFF = (
    Role.CLERK,
    Role.HEAD,
    Role.DISPATCHER,
    Role.HOTLINE_AGENT,
    Role.REVIEWER,
    Role.GRID_WORKER,
    Role.OFFICIAL,
)
# How a case of HR gets into a status: the steps and who does them.
WAYS: dict[Status, tuple[tuple[Action, Role], ...]] = {
    Status.ASSIGNED: (),
    Status.OBJECTED: ((Action.OBJECT, Role.CLERK),),
    Status.ACCEPTED: ((Action.ACCEPT, Role.CLERK),),
    Status.PAUSED: ((Action.ACCEPT, Role.CLERK), (Action.PAUSE, Role.CLERK)),
    Status.RESOLVED: ((Action.ACCEPT, Role.CLERK), (Action.RESOLVE, Role.CLERK)),
    Status.REOPENED: ((Action.ACCEPT, Role.CLERK), (Action.RESOLVE, Role.CLERK), (Action.REOPEN, Role.REVIEWER)),
    Status.CLOSED: ((Action.ACCEPT, Role.CLERK), (Action.RESOLVE, Role.CLERK), (Action.CLOSE, Role.REVIEWER)),
    Status.OUT_OF_SCOPE: ((Action.MARK_OUT_OF_SCOPE, Role.DISPATCHER),),
    Status.MERGED: ((Action.MERGE, Role.DISPATCHER),),
}  # fmt: skip
# Corrections of what the language layer read stand beside the steps.
ASIDE = {Action.CORRECT_CATEGORY, Action.CORRECT_TYPE, Action.CORRECT_URGENCY, Action.CORRECT_AREA}
# Offered where an office has been called in (tests/web/test_desk_joint.py).
JOINT = {Action.REPORT_JOINT, Action.CALL_OFF}
HANDING_OVER = (Action.ASSIGN, Action.TRANSFER, Action.GRANT_OBJECTION)
DEPARTMENT_STEPS = (*HANDING_OVER, Action.CALL_IN)
# Every row of the table that a member of staff may do on the page, with the first role that may.
ROWS = [
    (status, action, next(role for role in STAFF if role in RULES[status, action].roles))
    for status in WAYS
    for action in ACTION_ORDER
    if (status, action) in RULES and RULES[status, action].roles & set(STAFF)
]


def _find(number: str) -> ServiceRequest:
    return db.session.query(ServiceRequest).filter_by(service_request_id=number).one()


def _earlier(_town: Town) -> str:
    """An earlier case that others can be merged into."""
    draft = RequestDraft(text="社保窗口没人", service_code="HR-001", area_code="T1111")
    return submit.submit_request(draft).request.service_request_id


@pytest.fixture
def earlier(after: After) -> str:
    told: str = after(_earlier)
    return told


def _case(app: Flask, status: Status, earlier: str) -> str:
    with app.app_context():
        draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001", area_code="T1111")
        request = submit.submit_request(draft).request
        number = request.service_request_id
        for action, role in WAYS[status]:
            step = Step(action, "写明了原因", merge_into=earlier)
            casework.act(number, step, Actor(role, department_id=request.department_id))
        assert request.status == status.value
        return number


def _offered(page: str) -> set[str]:
    return set(re.findall(r'name="action" value="(\w+)"', page)) - ASIDE


@pytest.mark.parametrize(("status", "action", "role"), ROWS, ids=lambda value: str(value))
def test_every_row_of_the_table(
    app: Flask, login: Login, earlier: str, status: Status, action: Action, role: Role
) -> None:
    number = _case(app, status, earlier)
    browser = login(role.value)
    page = browser.get(f"/desk/requests/{number}")
    assert action.value in _offered(page.text)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    form = {"action": action.value, "note": "写明了原因和依据", "version": version.group(1)}
    form["department_code"] = "HOUSING" if action in DEPARTMENT_STEPS else ""
    form |= {"merge_into": earlier, "workdays": "3"}
    answer = browser.post(f"/desk/requests/{number}/act", data=form)
    assert answer.status_code == 302, answer.text
    with app.app_context():
        request = _find(number)
        done = next(event for event in request.events if event.note == "写明了原因和依据")
        assert done.status == RULES[status, action].status_after.value
        assert done.user_id is not None
        # What is taken out of another case goes back to work at once.
        assert request.status == (Status.ASSIGNED if action is Action.UNMERGE else done.status)
        if action in HANDING_OVER:
            # Whoever had it stays responsible until the one asked accepts.
            taken = request.department if status is Status.OUT_OF_SCOPE else request.asked_department
            assert taken is not None
            assert taken.code == "HOUSING"
        assert events.broken_chains() == []


@pytest.mark.parametrize("status", list(WAYS), ids=lambda value: str(value))
def test_the_page_offers_what_the_table_allows_and_nothing_else(
    app: Flask, login: Login, earlier: str, status: Status
) -> None:
    number = _case(app, status, earlier)
    with app.app_context():
        unheard = follow_up.is_waiting(_find(number))
    for role in STAFF:
        page = login(role.value).get(f"/desk/requests/{number}").text
        allowed = {a.value for a in allowed_actions(status, role)}
        # These have forms of their own, with what they need besides words.
        mediation = {Action.REFER_MEDIATION, Action.END_MEDIATION}
        hidden = {*ASIDE, *JOINT, *mediation, Action.FOLLOW_UP, Action.SUPPLEMENT, Action.VERIFY}
        assert _offered(page) == allowed - hidden, role
        assert ("登记回访" in page) == (Action.FOLLOW_UP in allowed and unheard), role
        assert ('/mediation"' in page) == (Action.REFER_MEDIATION in allowed), role
        # On the worker's own page: it needs a photo.
        assert (f'href="/grid/{number}"' in page) == (Action.VERIFY in allowed), role
        assert ("更正分类" in page) == (Action.CORRECT_CATEGORY in allowed), role
        assert ("改为其他类型" in page) == (Action.CORRECT_TYPE in allowed), role
        assert ("调整紧急程度" in page) == (Action.CORRECT_URGENCY in allowed), role


@pytest.mark.parametrize(
    ("status", "action", "role"), [row for row in ROWS if RULES[row[0], row[1]].note_required]
)
def test_a_reason_that_is_needed_is_asked_for(
    app: Flask, login: Login, earlier: str, status: Status, action: Action, role: Role
) -> None:
    number = _case(app, status, earlier)
    form = {"action": action.value, "note": "  ", "department_code": "HOUSING", "merge_into": earlier}
    answer = login(role.value).post(f"/desk/requests/{number}/act", data=form)
    assert answer.status_code == 422
    assert f'id="step-{action.value}" open' in answer.text
    with app.app_context():
        assert _find(number).status == status.value


@pytest.mark.parametrize(
    ("action", "form", "field"),
    [
        (Action.EXTEND, {"workdays": "99"}, "workdays"),
        (Action.EXTEND, {"workdays": "0"}, "workdays"),
        (Action.TRANSFER, {"department_code": "NONE"}, "department_code"),
        (Action.MERGE, {"merge_into": ""}, "merge_into"),
        (Action.MERGE, {"merge_into": "MP000000000"}, "merge_into"),
    ],
)
def test_what_a_step_needs(
    app: Flask, login: Login, earlier: str, action: Action, form: dict[str, str], field: str
) -> None:
    number = _case(app, Status.ACCEPTED, earlier)
    data = {"action": action.value, "note": "写了很久的理由", **form}
    answer = login("dispatcher").post(f"/desk/requests/{number}/act", data=data)
    assert answer.status_code in (404, 422)
    assert "写了很久的理由" in answer.text
    with app.app_context():
        assert _find(number).status == Status.ACCEPTED.value


def test_a_department_that_once_had_the_case_may_still_read_it(
    app: Flask, login: Login, earlier: str
) -> None:
    number = _case(app, Status.ACCEPTED, earlier)
    clerk = login("clerk")
    form = {"action": "transfer", "note": "属住建", "department_code": "HOUSING"}
    assert clerk.post(f"/desk/requests/{number}/act", data=form).status_code == 302
    taken = login("clerk.housing").post(f"/desk/requests/{number}/act", data={"action": "accept"})
    assert taken.status_code == 302
    page = clerk.get(f"/desk/requests/{number}")
    assert page.status_code == 200
    assert _offered(page.text) == set()
    assert clerk.post(f"/desk/requests/{number}/contact").status_code == 404
    assert clerk.post(f"/desk/requests/{number}/act", data={**form, "action": "accept"}).status_code == 403


def test_one_click_on_a_guessed_category(app: Flask, login: Login, earlier: str) -> None:
    number = _case(app, Status.ASSIGNED, earlier)
    with app.app_context():
        request = _find(number)
        request.analysis = {**(request.analysis or {}), "categories": [["010101", "科技服务", 0.42]]}
        db.session.commit()
    clerk = login("clerk")
    page = clerk.get(f"/desk/requests/{number}").text
    button = re.search(r'name="category_code" value="010101">\s*<button[^>]*>科技服务 <span[^>]*>42%', page)
    assert button
    form = {"action": "correct_category", "category_code": "010101"}
    assert clerk.post(f"/desk/requests/{number}/act", data=form).status_code == 302
    with app.app_context():
        request = _find(number)
        assert request.category is not None
        assert request.category.code == "010101"
        assert not request.needs_human


def test_an_area_read_in_the_words_is_marked_and_confirmed_or_corrected(app: Flask, login: Login) -> None:
    with app.app_context():
        draft = RequestDraft(text="柳树社区门口的社保窗口总没有人", service_code="HR-001")
        number = submit.submit_request(draft).request.service_request_id
    clerk = login("clerk")
    page = clerk.get(f"/desk/requests/{number}").text
    assert "（从原话识别，请核对）" in page
    assert re.search(r'name="area_code" value="T111">\s*<button[^>]*>“柳树社区”没错 <span[^>]*>100%', page)
    assert (
        clerk.post(
            f"/desk/requests/{number}/act", data={"action": "correct_area", "area_code": "nowhere"}
        ).status_code
        == 422
    )
    clerk.post(f"/desk/requests/{number}/act", data={"action": "correct_area", "area_code": "T211"})
    page = clerk.get(f"/desk/requests/{number}").text
    assert "从原话识别" not in page
    assert "<dd>石桥社区</dd>" in page
    with app.app_context():
        corrected = _find(number).events[-1]
        assert (corrected.event_type, corrected.public) == ("area_corrected", False)
        assert corrected.data == {"from": "T111", "to": "T211"}
        kept = db.session.query(Correction).filter_by(field="area").one()
        assert (kept.predicted, kept.corrected) == ("T111", "T211")
        assert rollups.verify() == []
        assert events.broken_chains() == []


def test_one_click_says_that_the_doubted_category_is_right(app: Flask, login: Login, earlier: str) -> None:
    """The category may come from a rule or a person, and the model's three guesses all be others."""
    number = _case(app, Status.ASSIGNED, earlier)
    with app.app_context():
        request = _find(number)
        category = db.session.query(Category).filter(Category.code != "010101").first()
        assert category is not None
        request.needs_human, request.category_id = True, category.id
        request.analysis = {**(request.analysis or {}), "categories": [["010101", "科技服务", 0.42]]}
        db.session.commit()
        code, name = category.code, category.name
    clerk = login("clerk")
    page = clerk.get(f"/desk/requests/{number}").text
    assert re.search(rf'name="category_code" value="{code}">\s*<button[^>]*>“{name}”没错', page)
    clerk.post(f"/desk/requests/{number}/act", data={"action": "correct_category", "category_code": code})
    assert "没错" not in clerk.get(f"/desk/requests/{number}").text
    with app.app_context():
        assert not _find(number).needs_human
