"""A grid worker at the place: reports, things handled at once, steps, looks; and what arrives twice or too late."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select

from tests.factories import Town
from webapp.domain.rates import on_time_rate
from webapp.domain.workflow import Action, EventType, IllegalTransition, Role, Solved, Verdict
from webapp.errors import Conflict, Forbidden, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import Attachment, AuditEntry, RequestEvent, ServiceRequest, User, utcnow
from webapp.queries import desk, tallies
from webapp.queries import grid as queries
from webapp.queries.grid import Ask
from webapp.services import casework, events, follow_up, grid, grid_near, grid_report, rollups, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.grid import FieldStep
from webapp.services.grid_report import Report

ID = "a" * 32
CLERK = Actor(Role.CLERK, 900)


def photo(colour: str = "red") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    out.seek(0)
    return out


@pytest.fixture
def worker(context: Flask, town: Town) -> Actor:
    """The grid worker of 柳树第一网格 (T1111)."""
    return Actor.of(db.session.get_one(User, town.users["grid_worker"]))


@pytest.fixture
def user(worker: Actor) -> User:
    return db.session.get_one(User, worker.user_id)


@pytest.fixture
def filed(worker: Actor) -> Callable[..., ServiceRequest]:
    """``filed(area)`` is a resident's request there; ``answered=True``: a department has answered it."""

    def file(area: str = "T1111", answered: bool = False, **fields: object) -> ServiceRequest:
        draft = submit.RequestDraft(text="单元门口的路灯不亮了", area_code=area, **fields)  # type: ignore[arg-type]
        request = submit.submit_request(draft).request
        if answered:
            _answer(request)
        return request

    return file


def _answer(request: ServiceRequest) -> None:
    clerk = replace(CLERK, department_id=request.department_id, user_id=None)
    if request.status != "accepted":
        casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    casework.act(request.service_request_id, casework.Step(Action.RESOLVE, "已换灯泡"), clerk)


def _look(verdict: Verdict = Verdict.FIXED, note: str = "", client_id: str = ID, **more: object) -> FieldStep:
    return FieldStep(Action.VERIFY, client_id, note, [photo()], verdict.value, **more)  # type: ignore[arg-type]


def _count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# --- reports


@pytest.mark.parametrize(
    ("report", "field"),
    [
        pytest.param(Report(ID), "text", id="nothing at all"),
        pytest.param(Report(ID, photos=[photo()]), "text", id="a photo without words or category"),
        pytest.param(Report(ID, category_code="0101"), "text", id="a category without words or photo"),
        pytest.param(Report(ID, "灯坏了", category_code="9999"), "category_code", id="no such category"),
        pytest.param(Report(ID, "灯坏了", photos=[BytesIO(b"x")]), "photos", id="no photo"),
        pytest.param(Report(ID, "灯坏了", photos=[photo() for _ in range(5)]), "photos", id="too many photos"),
        pytest.param(Report("x", "灯坏了"), "client_id", id="an id too short"),
        pytest.param(Report("é" * 20, "灯坏了"), "client_id", id="an id of other letters"),
        pytest.param(Report(ID, "灯坏了", on_the_spot=True, result="换了"), "photos", id="at once: nothing before"),
        pytest.param(
            Report(ID, "灯坏了", on_the_spot=True, result="换了", photos=[photo()]), "after", id="at once: nothing after"
        ),
        pytest.param(
            Report(ID, "灯坏了", on_the_spot=True, photos=[photo()], after=[photo()]), "result", id="at once: no words"
        ),
        pytest.param(
            Report(ID, "灯坏了", on_the_spot=True, join="MP1", photos=[photo()], after=[photo()], result="换了"),
            "on_the_spot", id="at once, but somebody else's",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_named_and_nothing_is_stored(worker: Actor, report: Report, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        grid_report.file(report, worker)
    db.session.rollback()
    assert caught.value.field == field
    assert (_count(ServiceRequest), _count(Attachment)) == (0, 0)


def test_a_photo_and_a_category_say_enough(worker: Actor, town: Town) -> None:
    request = grid_report.file(Report(ID, category_code="010101", photos=[photo()]), worker)
    assert request.text == "现场拍照上报：科技服务"
    assert (request.channel, request.area_id, request.status) == ("grid", town.areas["T1111"], "assigned")
    # Who is responsible is the dispatch rule's answer, not the worker's.
    assert request.department_id == town.departments["HOUSING"]
    told = request.events[0]
    assert (told.event_type, told.role, told.user_id) == ("received", "grid_worker", worker.user_id)
    assert events.broken_chains() == []


def test_the_accuracy_of_the_position_is_on_record(worker: Actor) -> None:
    request = grid_report.file(
        Report(ID, "井盖没了", latitude=28.05, longitude=113.05, accuracy_m=12.4), worker
    )
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "request.take_down")).one()
    assert (entry.subject, entry.details) == (
        request.service_request_id,
        {"channel": "grid", "accuracy_m": 12},
    )


def test_a_report_sent_twice_is_stored_once(worker: Actor) -> None:
    first = grid_report.file(Report(ID, "路面塌了一块", photos=[photo()]), worker)
    second = grid_report.file(Report(ID, "路面塌了一块", photos=[photo()]), worker)
    assert second.id == first.id
    assert (_count(ServiceRequest), _count(Attachment)) == (1, 1)


def test_another_workers_same_id_is_another_report(worker: Actor) -> None:
    grid_report.file(Report(ID, "路面塌了一块"), worker)
    grid_report.file(Report(ID, "路面塌了一块"), replace(worker, user_id=(worker.user_id or 0) + 1))
    assert _count(ServiceRequest) == 2


def test_two_deliveries_at_once_are_one_report(worker: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    first = grid_report.file(Report(ID, "路面塌了一块"), worker)
    real, looked = grid_report._filed, []

    def too_early(key: str) -> ServiceRequest | None:
        """The second delivery looks before the first has committed."""
        looked.append(key)
        return real(key) if len(looked) > 1 else None

    monkeypatch.setattr(grid_report, "_filed", too_early)
    assert grid_report.file(Report(ID, "路面塌了一块"), worker).id == first.id
    assert (_count(ServiceRequest), len(looked)) == (1, 2)


# --- handled at once


def _at_once(text: str = "楼道堆了两个纸箱") -> Report:
    return Report(
        ID, text, on_the_spot=True, photos=[photo("red")], after=[photo("green")], result="和住户一起搬走了"
    )


def test_a_small_thing_is_answered_at_once_and_waits_for_the_residents_word(
    worker: Actor, town: Town
) -> None:
    request = grid_report.file(_at_once(), worker)
    assert [e.event_type for e in request.events] == ["received", "assigned", "accepted", "resolved"]
    assert request.status == "resolved"
    assert (request.contacted, request.solved, request.satisfied) == (None, None, None)
    assert request.department_id == request.events[1].department_id
    assert grid_report.handled_at_once(request)
    # Before stands with the report, after with the answer, and the chain proves which photo it was.
    after = request.events[-1]
    assert (len(request.attachments), len(after.photos)) == (1, 1)
    assert after.data["photos"] == [after.photos[0].sha256]
    assert after.photos[0].sha256 != request.attachments[0].sha256
    assert events.broken_chains() == []


def _department_counts() -> Counter[str]:
    found: Counter[str] = Counter()
    for (kind, *_rest), counts in rollups.recount().items():
        if kind == "department":
            found.update(counts)
    return found


def test_what_is_handled_at_once_buys_no_punctuality(worker: Actor, town: Town) -> None:
    """Who reports a trouble and answers it themselves is always in time: it is counted beside the clocks, until somebody
    asks for more and the office has to work on it like on anything else."""
    request = grid_report.file(_at_once(), worker)
    tally = tallies.rate_tally(_department_counts())
    rate = on_time_rate(tally)
    assert (rate.numerator, rate.denominator, rate.exclusions["on_the_spot"]) == (0, 0, 1)
    assert _department_counts()["returned_eligible"] == 0
    reviewer = Actor(Role.REVIEWER, town.users["reviewer"])
    number = request.service_request_id
    casework.act(number, Step(Action.REOPEN, "照片上还有纸箱"), reviewer)
    casework.act(number, Step(Action.RESOLVE, "又去清了一次"), worker)
    rate = on_time_rate(tallies.rate_tally(_department_counts()))
    assert (rate.numerator, rate.denominator, rate.exclusions["on_the_spot"]) == (1, 1, 0)
    assert rollups.verify() == []


def test_handled_at_once_and_sent_twice_is_answered_once(worker: Actor) -> None:
    first, second = grid_report.file(_at_once(), worker), grid_report.file(_at_once(), worker)
    assert first.id == second.id
    assert [e.event_type for e in second.events].count("resolved") == 1
    assert _count(Attachment) == 2


def test_what_was_cut_off_between_filing_and_answering_is_answered_by_the_next_delivery(
    worker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(grid_report, "_answer_at_once", lambda *_: (_ for _ in ()).throw(ConnectionError))
        with pytest.raises(ConnectionError):
            grid_report.file(_at_once(), worker)
    db.session.rollback()
    assert grid_report.file(_at_once(), worker).status == "resolved"
    assert _count(ServiceRequest) == 1


def test_danger_is_never_handled_at_once(worker: Actor) -> None:
    request = grid_report.file(_at_once("楼道里煤气泄漏，有人晕倒了，快来人"), worker)
    assert (request.urgency, request.status) == ("emergency", "assigned")
    assert not grid_report.handled_at_once(request)


def test_another_grids_thing_is_filed_but_not_answered(worker: Actor) -> None:
    request = grid_report.file(replace(_at_once(), area_code="T2111"), worker)
    assert request.status == "assigned"


# --- joining


def test_a_worker_who_joins_counts_as_no_resident(
    worker: Actor, filed: Callable[..., ServiceRequest]
) -> None:
    target = filed()
    joined = grid_report.file(
        Report(ID, "路灯确实不亮", join=target.service_request_id, photos=[photo()]), worker
    )
    db.session.refresh(target)
    assert (joined.status, joined.merged_into_id, target.supporters) == ("merged", target.id, 0)
    assert queries.joined_reports(target) == [joined]
    dispatcher = Actor(Role.DISPATCHER)
    casework.act(joined.service_request_id, casework.Step(Action.UNMERGE, "不是同一盏"), dispatcher)
    db.session.refresh(target)
    assert target.supporters == 0


def test_the_same_trouble_is_found_by_words_and_by_category_within_some_steps(
    worker: Actor, filed: Callable[..., ServiceRequest], town: Town
) -> None:
    here = filed(latitude=28.05, longitude=113.05, category_code="010101")
    filed(latitude=28.06, longitude=113.05, category_code="010101", is_public=False)
    far = filed(latitude=28.06, longitude=113.06, category_code="010101")
    category = here.category
    found = grid_near.same_here("", here.area, category, (113.0501, 28.05))
    assert [(n.request.id, n.distance_m) for n in found] == [(here.id, 10)]
    by_words = grid_near.same_here("单元门口的路灯不亮了", here.area, None, (113.0501, 28.05))
    assert [n.request.id for n in by_words] == [here.id, far.id]


# --- steps


def test_another_grids_case_is_not_there(worker: Actor, filed: Callable[..., ServiceRequest]) -> None:
    other = filed("T2111")
    with pytest.raises(NotFound):
        grid.act(other.service_request_id, FieldStep(Action.ADD_NOTE, ID, "看了"), worker)
    with pytest.raises(NotFound):
        grid.open_case(other.service_request_id, replace(worker, area_id=None))


@pytest.mark.parametrize(
    ("step", "field"),
    [
        pytest.param(FieldStep(Action.RESOLVE, ID, "修好了"), "photos", id="resolved without a photo"),
        pytest.param(FieldStep(Action.REPLY, ID, "  "), "note", id="a reply without words"),
        pytest.param(FieldStep(Action.TRANSFER, ID, "给别人"), "action", id="not a grid worker's step"),
        pytest.param(FieldStep(Action.VERIFY, ID, "好了", verdict="fixed"), "photos", id="a look without a photo"),
        pytest.param(FieldStep(Action.VERIFY, ID, "好了", [photo()], "perhaps"), "verdict", id="no verdict"),
        pytest.param(FieldStep(Action.VERIFY, ID, "", [photo()], "not_fixed"), "note", id="not fixed without words"),
        pytest.param(FieldStep(Action.VERIFY, ID, " ", [photo()], "partly"), "note", id="partly without words"),
    ],
)  # fmt: skip
def test_a_step_says_what_it_lacks(
    worker: Actor, filed: Callable[..., ServiceRequest], step: FieldStep, field: str
) -> None:
    request = filed(answered=step.action is Action.VERIFY)
    before = len(request.events)
    with pytest.raises(InvalidInput) as caught:
        grid.act(request.service_request_id, step, worker)
    assert caught.value.field == field
    assert len(request.events) == before


def test_accept_and_resolve_with_a_photo(worker: Actor, filed: Callable[..., ServiceRequest]) -> None:
    request = filed()
    number = request.service_request_id
    grid.act(number, FieldStep(Action.ACCEPT, "b" * 16, seen=len(request.events)), worker)
    # The second step was written offline on the page that the first one was written on: one's own news is no news.
    grid.act(number, FieldStep(Action.RESOLVE, "c" * 16, "换了灯泡", [photo()], seen=2), worker)
    assert (request.status, len(request.events[-1].photos)) == ("resolved", 1)
    assert request.attachments == []


def test_a_step_sent_twice_is_done_once(worker: Actor, filed: Callable[..., ServiceRequest]) -> None:
    request = filed()
    step = FieldStep(Action.ADD_NOTE, ID, "灯杆歪了", [photo()])
    first = grid.act(request.service_request_id, step, worker)
    assert grid.act(request.service_request_id, replace(step, photos=[photo()]), worker).id == first.id
    assert _count(Attachment) == 1


def test_somebody_elses_progress_is_a_conflict_and_a_note_is_none(
    worker: Actor, filed: Callable[..., ServiceRequest]
) -> None:
    request = filed()
    seen = len(request.events)
    clerk = Actor(Role.CLERK, department_id=request.department_id)
    casework.act(request.service_request_id, casework.Step(Action.ADD_NOTE, "约了周三"), clerk)
    grid.act(request.service_request_id, FieldStep(Action.REPLY, "b" * 16, "看过了", seen=seen), worker)
    casework.act(request.service_request_id, casework.Step(Action.SUPPLEMENT, "昨晚又灭了"), RESIDENT)
    with pytest.raises(Conflict):
        grid.act(request.service_request_id, FieldStep(Action.REPLY, "c" * 16, "都亮", seen=seen), worker)
    # Having seen it, the worker decides.
    assert (
        grid.act(request.service_request_id, FieldStep(Action.REPLY, "c" * 16, "都亮"), worker).note == "都亮"
    )


def test_a_simultaneous_step_of_another_is_a_conflict(
    worker: Actor, filed: Callable[..., ServiceRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    request = filed()
    real = grid.apply

    def meanwhile(*args: object, **more: object) -> RequestEvent:
        event = real(*args, **more)  # type: ignore[arg-type]
        with db.engine.begin() as other:
            other.execute(
                ServiceRequest.__table__.update()  # type: ignore[attr-defined]
                .where(ServiceRequest.id == request.id)
                .values(version=request.version + 5)
            )
        return event

    monkeypatch.setattr(grid, "apply", meanwhile)
    with db.session.no_autoflush, pytest.raises(Conflict):
        grid.act(request.service_request_id, FieldStep(Action.REPLY, ID, "看过了"), worker)
    assert [e.event_type for e in casework.find(request.service_request_id).events] == [
        "received",
        "assigned",
    ]


# --- is it fixed


@pytest.mark.parametrize(
    ("verdict", "note", "listed"),
    [(Verdict.FIXED, "", False), (Verdict.PARTLY, "只亮一半", True), (Verdict.NOT_FIXED, "还是不亮", True)],
)
def test_a_look_is_evidence_and_moves_nothing(
    worker: Actor, filed: Callable[..., ServiceRequest], town: Town, verdict: Verdict, note: str, listed: bool
) -> None:
    request = filed(answered=True)
    event = grid.act(request.service_request_id, _look(verdict, note), worker)
    assert (request.status, request.verdict, request.solved) == ("resolved", verdict.value, None)
    assert (event.event_type, event.public, event.data["verdict"]) == ("verified", True, verdict.value)
    assert event.data["photos"] == [p.sha256 for p in event.photos]
    assert queries.last_look(request) is event
    for role in ("reviewer", "official"):
        reviewer = db.session.get_one(User, town.users[role])
        found = desk.queue(reviewer, desk.QueueFilter(view="doubted"))
        assert [item.id for item in found.items] == ([request.id] if listed else []), role
        assert found.counts["doubted"] == int(listed)
    assert "doubted" not in desk.views_of(Role.CLERK, utcnow())


def test_a_reviewer_reopens_on_the_evidence_and_the_next_answer_is_looked_at_anew(
    worker: Actor, user: User, filed: Callable[..., ServiceRequest]
) -> None:
    request = filed(answered=True)
    grid.act(request.service_request_id, _look(Verdict.NOT_FIXED, "还是不亮"), worker)
    assert queries.task_of(request, user).ask is Ask.WAIT
    casework.act(
        request.service_request_id, casework.Step(Action.REOPEN, "现场照片为证"), Actor(Role.REVIEWER)
    )
    assert (request.status, request.verdict) == ("reopened", None)
    clerk = Actor(Role.CLERK, department_id=request.department_id)
    casework.act(request.service_request_id, casework.Step(Action.RESOLVE, "又换了一次"), clerk)
    assert queries.task_of(request, user).ask is Ask.VERIFY


def test_the_residents_word_counts_whatever_was_seen(
    worker: Actor, filed: Callable[..., ServiceRequest]
) -> None:
    request = filed(answered=True)
    grid.act(request.service_request_id, _look(Verdict.NOT_FIXED, "还是不亮"), worker)
    follow_up.answer(request, follow_up.FollowUp(True, Solved.YES, 5), RESIDENT)
    assert (request.status, request.solved) == ("closed", "yes")


@pytest.mark.parametrize(
    ("verdict", "closes"), [(None, True), ("fixed", True), ("partly", False), ("not_fixed", False)]
)
def test_silence_closes_nothing_that_was_seen_unfixed(
    worker: Actor, filed: Callable[..., ServiceRequest], verdict: str | None, closes: bool
) -> None:
    request = filed(answered=True)
    if verdict:
        grid.act(request.service_request_id, _look(Verdict(verdict), "看过了"), worker)
    assert follow_up.close_silent(utcnow() + timedelta(days=30)) == int(closes)
    assert request.status == ("closed" if closes else "resolved")


def test_nobody_verifies_their_own_work(worker: Actor, user: User) -> None:
    request = grid_report.file(_at_once(), worker)
    assert queries.task_of(request, user).ask is Ask.WAIT
    with pytest.raises(Forbidden):
        grid.act(request.service_request_id, _look(client_id="b" * 16), worker)
    other = replace(worker, user_id=(worker.user_id or 0) + 1)
    grid.act(request.service_request_id, _look(client_id="b" * 16), other)
    assert request.verdict == "fixed"


def test_what_nobody_has_answered_cannot_be_verified(
    worker: Actor, filed: Callable[..., ServiceRequest]
) -> None:
    request = filed()
    with pytest.raises(IllegalTransition):
        grid.act(request.service_request_id, _look(), worker)


def test_a_department_cannot_verify(context: Flask, filed: Callable[..., ServiceRequest]) -> None:
    request = filed(answered=True)
    clerk = Actor(Role.CLERK, department_id=request.department_id)
    with pytest.raises(Exception, match="RoleNotAllowed"):
        casework.act(
            request.service_request_id, casework.Step(Action.VERIFY, data={"verdict": "fixed"}), clerk
        )


# --- the list


def test_the_list_holds_the_own_grids_open_requests_and_what_they_ask(
    worker: Actor, user: User, filed: Callable[..., ServiceRequest], town: Town
) -> None:
    filed("T2111")
    filed("T111")
    look, taken, answered = filed(), filed(), filed(answered=True)
    closed = filed(answered=True)
    follow_up.answer(closed, follow_up.FollowUp(True, Solved.YES, 5), RESIDENT)
    grid.act(taken.service_request_id, FieldStep(Action.ACCEPT, ID), worker)
    found = {task.request.id: task.ask for task in queries.tasks(user)}
    assert found == {look.id: Ask.LOOK, taken.id: Ask.HANDLE, answered.id: Ask.VERIFY}
    user.department_id = look.department_id
    assert queries.task_of(look, user).ask is Ask.HANDLE
    user.area_id, user.area = None, None
    assert queries.tasks(user) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["a" * 8, "b" * 8, "c" * 8]), min_size=1, max_size=8))
def test_however_often_and_mixed_up_notes_arrive_each_is_stored_once(worker: Actor, ids: list[str]) -> None:
    request = submit.submit_request(submit.RequestDraft(text="路灯不亮", area_code="T1111")).request
    for client_id in ids:
        grid.act(request.service_request_id, FieldStep(Action.ADD_NOTE, client_id, client_id), worker)
    notes = [e.note for e in request.events if e.event_type == EventType.NOTE_ADDED]
    assert notes == list(dict.fromkeys(ids))
    assert events.broken_chains() == []


def test_photos_of_steps_keep_their_folder_small(worker: Actor, filed: Callable[..., ServiceRequest]) -> None:
    big = BytesIO()
    Image.new("RGB", (4000, 3000), "blue").save(big, "JPEG")
    big.seek(0)
    event = grid.act(filed().service_request_id, FieldStep(Action.ADD_NOTE, ID, "看", [big]), worker)
    folder: Path = db.session.get_bind().url.database and Path(db.session.get_bind().url.database).parent  # type: ignore[union-attr]
    stored = folder / "uploads" / f"{event.photos[0].sha256}.jpg"
    with Image.open(stored) as image:
        assert max(image.size) == 1600
