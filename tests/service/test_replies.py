"""Past public replies: quoted only when the question is much the same, public, and answered."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import casework, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.replies import past_reply
from webapp.services.submit import RequestDraft

QUESTION = "请问外地户籍的孩子可以在本地读公办幼儿园吗，需要哪些条件"
ANSWER = "可以，父母一方有居住证并连续缴纳社保一年即可报名，联系电话13800001234。"


def _asked(**values: object) -> ServiceRequest:
    draft = RequestDraft(text=QUESTION, area_code="T111", request_type="inquiry", **values)  # type: ignore[arg-type]
    return submit.submit_request(draft).request


def _answered(request: ServiceRequest, note: str = ANSWER) -> ServiceRequest:
    clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.department.area_id)
    casework.act(request.service_request_id, Step(Action.ACCEPT), clerk)
    casework.act(request.service_request_id, Step(Action.RESOLVE, note), clerk)
    return request


@pytest.fixture(autouse=True)
def _city(context: Flask) -> None:
    """Each test has the small town to itself."""


def test_the_same_question_in_other_words_finds_the_answer_with_its_day() -> None:
    request = _answered(_asked())
    found = past_reply("外地户籍孩子可以读公办幼儿园吗，需要什么条件")
    assert found is not None
    assert found.number == request.service_request_id
    assert "连续缴纳社保一年" in found.answer
    assert found.department == request.department.name
    assert found.at == request.events[-1].at


def test_personal_data_in_an_answer_is_starred_out() -> None:
    _answered(_asked())
    found = past_reply(QUESTION)
    assert found is not None
    assert "13800001234" not in found.answer


@pytest.mark.parametrize("question", ["养老金每月几号发放", "孩子发烧了怎么办", "你好"])
def test_another_question_finds_nothing(question: str) -> None:
    _answered(_asked())
    assert past_reply(question) is None


def test_an_open_question_has_no_answer() -> None:
    _asked()
    assert past_reply(QUESTION) is None


def test_what_is_not_public_is_not_quoted() -> None:
    _answered(_asked(is_public=False))
    assert past_reply(QUESTION) is None


def test_complaints_are_no_rules() -> None:
    request = _answered(_asked())
    request.request_type = "complaint"
    db.session.commit()
    assert past_reply(QUESTION) is None
