"""Looks at personal data are on record, and those that are unlike the peers' are pointed at."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from tests.factories import Town
from tests.factories.town import _hashed
from webapp.domain.looks import MANY, SOME, far_more, is_night
from webapp.domain.workflow import Action
from webapp.extensions import db
from webapp.models import AuditEntry, Conversation, User
from webapp.queries import kept, watch
from webapp.services import audit, casework, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
# Ten in the morning in the city.
MORNING = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)


@pytest.fixture
def case(app: Flask) -> str:
    with app.app_context():
        draft = RequestDraft(
            text="社保窗口没人", service_code="HR-001", contact_phone="13800001111", identity="x"
        )
        return submit.submit_request(draft).request.service_request_id


def _trail(app: Flask, *actions: str) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.query(AuditEntry).filter(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        return [(row.action, row.subject) for row in rows]


def test_opening_a_case_is_one_look_until_ten_minutes_later(app: Flask, login: Login, case: str) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        clerk, head = login("clerk"), login("head")
        for _n in range(3):
            clerk.get(f"/desk/requests/{case}")
        assert _trail(app, "case.view") == [("case.view", case)]
        head.get(f"/desk/requests/{case}")
        assert len(_trail(app, "case.view")) == 2
        clock.shift(timedelta(minutes=11))
        clerk.get(f"/desk/requests/{case}")
        assert len(_trail(app, "case.view")) == 3
        # What was refused was not seen.
        login("clerk.housing").get(f"/desk/requests/{case}")
        assert len(_trail(app, "case.view")) == 3


def test_each_unmasking_is_on_record_also_the_second_in_a_minute(app: Flask, login: Login, case: str) -> None:
    clerk = login("clerk")
    clerk.post(f"/desk/requests/{case}/contact")
    clerk.post(f"/desk/requests/{case}/contact")
    assert _trail(app, "contact.unmask") == [("contact.unmask", case)] * 2


def test_opening_a_chat_and_its_words(app: Flask, login: Login) -> None:
    with app.app_context():
        chat = Conversation(sender="s", channel="web", identity="x", needs_human=True)
        db.session.add(chat)
        db.session.commit()
        number = chat.id
    agent = login("hotline_agent")
    for _n in range(2):
        agent.get(f"/desk/inbox/{number}")
        agent.get(f"/desk/inbox/{number}/messages")
    agent.post(f"/desk/inbox/{number}/words")
    assert _trail(app, "chat.view", "chat.unmask") == [
        ("chat.view", f"conversation:{number}"), ("chat.unmask", f"conversation:{number}"),
    ]  # fmt: skip


def test_a_look_makes_no_result_old(context: Flask, town: Town) -> None:
    computed: list[int] = []

    def compute() -> int:
        computed.append(1)
        return len(computed)

    assert kept.kept("looks", compute) == 1
    audit.record("case.view", "MP1", town.users["clerk"])
    db.session.commit()
    assert kept.kept("looks", compute) == 1
    audit.record("setting.save", "x", town.users["admin"])
    db.session.commit()
    assert kept.kept("looks", compute) == 2


# --- unlike the peers --------------------------------------------------------------------------------------------


def _unmask(user_id: int, subjects: list[str], at: datetime) -> None:
    with time_machine.travel(at, tick=False):
        for subject in subjects:
            audit.record("contact.unmask", subject, user_id)
        db.session.commit()


@pytest.fixture
def colleagues(context: Flask, town: Town) -> dict[str, int]:
    """Four more clerks of HR besides ``clerk``, so that there are peers."""
    for n in range(4):
        db.session.add(User(
            username=f"peer{n}", name=f"同事{n}", role="clerk", password_hash=_hashed(),
            department_id=town.departments["HR"], area_id=town.areas["T"],
        ))  # fmt: skip
    db.session.commit()
    return {user.username: user.id for user in db.session.query(User)}


def _found(days: int = 30) -> dict[str, watch.Looker]:
    with time_machine.travel(MORNING + timedelta(hours=1), tick=False):
        return {one.user.username: one for one in watch.lookers(days)}


def _worked(user_id: int, count: int) -> list[str]:
    """Cases that the user has noted something on."""
    user, numbers = db.session.get_one(User, user_id), []
    for n in range(count):
        draft = RequestDraft(text=f"社保窗口没人，第{n}次", service_code="HR-001", identity=f"{user_id}-{n}")
        numbers.append(submit.submit_request(draft).request.service_request_id)
        casework.act(numbers[-1], Step(Action.ADD_NOTE, "已联系"), Actor.of(user))
    return numbers


def test_far_more_than_the_peers(colleagues: dict[str, int]) -> None:
    for name, count in (("clerk", 10), ("peer0", 3), ("peer1", 3), ("peer2", 3), ("peer3", 2)):
        _unmask(colleagues[name], _worked(colleagues[name], count), MORNING)
    found = _found()
    assert {name: one.marks for name, one in found.items() if one.marks} == {"clerk": ("many",)}
    assert (found["clerk"].count, found["clerk"].usual[0]) == (10, 2.5)
    assert next(iter(found)) == "clerk"


def test_what_everybody_does_is_nothing_unusual(colleagues: dict[str, int]) -> None:
    for name in ("clerk", "peer0", "peer1", "peer2", "peer3"):
        _unmask(colleagues[name], _worked(colleagues[name], 4) * 4, NIGHT)
    assert [one.marks for one in _found().values()] == [()] * 5


def test_at_night(colleagues: dict[str, int]) -> None:
    for name, at in (("clerk", NIGHT), ("peer0", MORNING), ("peer1", MORNING), ("peer2", MORNING)):
        _unmask(colleagues[name], _worked(colleagues[name], 4), at)
    found = _found()
    assert (found["clerk"].marks, found["clerk"].night) == (("night",), 4)
    assert all(not one.marks for name, one in found.items() if name != "clerk")


def test_cases_that_one_never_worked_on(colleagues: dict[str, int]) -> None:
    others = _worked(colleagues["peer0"], 4)
    _unmask(colleagues["peer0"], others, MORNING)
    _unmask(colleagues["clerk"], others, MORNING)
    found = _found()
    assert found["clerk"].marks == ("strange",)
    assert sorted(found["clerk"].strange) == sorted(others)
    assert found["peer0"].strange == []


def test_older_looks_are_another_span(colleagues: dict[str, int]) -> None:
    _unmask(colleagues["clerk"], ["MP1"] * 20, MORNING - timedelta(days=20))
    assert _found(7) == {}
    assert _found(30)["clerk"].count == 20


def test_the_page_says_it_in_words(app: Flask, login: Login, town: Town) -> None:
    with app.app_context():
        for n in range(12):
            audit.record("contact.unmask", f"MP{n}", town.users["reviewer"])
        db.session.commit()
    auditor = login("auditor")
    page = auditor.get("/admin/audit/watch?days=7").text
    assert "测试回访员" in page
    assert "次数远多于同岗位" in page
    assert "查看没办理过的" in page
    assert "/admin/audit?username=reviewer" in page
    assert auditor.get("/admin/audit/watch?days=x").status_code == 200
    assert login("admin").get("/admin/audit/watch").status_code == 403


@given(st.integers(0, 60), st.lists(st.integers(0, 60), max_size=9), st.sampled_from([MANY, SOME]))
def test_the_rule_is_monotonous(count: int, peers: list[int], least: int) -> None:
    if far_more(count, peers, least):
        assert count >= least
        assert far_more(count + 1, peers, least)
        assert not peers or count > min(peers)
    if peers and far_more(count, [peer + 1 for peer in peers], least):
        assert far_more(count, peers, least)


@pytest.mark.parametrize(
    ("hour", "night"), [(0, True), (5, True), (6, False), (12, False), (21, False), (22, True)]
)
def test_night(hour: int, night: bool) -> None:
    assert is_night(hour) is night


# --- the trail in words, and its export --------------------------------------------------------------------------


def test_moves_of_accounts_are_told_in_words(app: Flask, login: Login, town: Town) -> None:
    form = {
        "username": "clerk", "name": "测试经办人", "role": "head", "department_code": "HOUSING", "area_code": "T1",
        "active": "1",
    }  # fmt: skip
    assert login("admin").post(f"/admin/users/{town.users['clerk']}", data=form).status_code == 302
    page = login("auditor").get("/admin/audit?action=user.role").text
    for words in (
        "岗位：经办人 → 单位负责人",
        "单位：市人社局 → 市住建局",
        "区划：小城市 → 东门区",
        "账号 测试经办人（clerk）",
    ):
        assert words in page, words


def test_administration_and_audit_never_meet_in_one_account(app: Flask, login: Login, town: Town) -> None:
    admin, form = login("admin"), {"username": "auditor", "name": "某", "active": "1"}
    address = f"/admin/users/{town.users['auditor']}"
    refused = admin.post(address, data={**form, "role": "admin"})
    assert refused.status_code == 422
    assert "不能是同一个账号" in refused.text
    # Nor by a detour.
    assert admin.post(address, data={**form, "role": "reviewer"}).status_code == 302
    assert admin.post(address, data={**form, "role": "admin"}).status_code == 422
    assert admin.post(address, data={**form, "role": "auditor"}).status_code == 302


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "grid_worker", "area_code": ""}, "area_code"),
        ({"role": "grid_worker", "area_code": "T"}, "area_code"),
    ],
)
def test_a_grid_worker_has_a_grid(login: Login, change: dict[str, str], field: str) -> None:
    form = {"username": "new", "name": "新", "password": "quite a long one", "active": "1", **change}
    answer = login("admin").post("/admin/users/new", data=form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_an_official_without_an_area_is_the_citys(app: Flask, login: Login, town: Town) -> None:
    form = {
        "username": "mayor",
        "name": "市长",
        "role": "official",
        "password": "quite a long one",
        "active": "1",
    }
    assert login("admin").post("/admin/users/new", data=form).status_code == 302
    with app.app_context():
        assert db.session.query(User).filter_by(username="mayor").one().area_id == town.areas["T"]


def test_the_trail_is_exported_as_filtered_and_that_is_on_record(app: Flask, login: Login, case: str) -> None:
    login("clerk").post(f"/desk/requests/{case}/contact")
    auditor = login("auditor")
    page = auditor.get("/admin/audit?action=contact.unmask").text
    address = re.search(r'href="(/admin/audit/export\?[^"]*format=csv[^"]*)"', page)
    assert address
    answer = auditor.get(address.group(1).replace("&amp;", "&"))
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert case in lines[1]
    assert "查看联系方式" in lines[1]
    book = load_workbook(io.BytesIO(auditor.get("/admin/audit/export?format=xlsx").data))
    assert book.worksheets[0].max_row > 3
    with app.app_context():
        taken = db.session.query(AuditEntry).filter_by(action="audit.export").order_by(AuditEntry.id).all()
        assert taken[0].details["rows"] == 1
        assert "action=contact.unmask" in taken[0].details["query"]
    assert auditor.get("/admin/audit/export?format=exe").status_code == 302


def test_the_state_of_the_chain_is_told(login: Login) -> None:
    page = login("auditor").get("/admin/audit").text
    assert "数据库禁止改动和删除" in page
    assert re.search(r"共 \d+ 条，最新哈希 [0-9a-f]{16}", page)
