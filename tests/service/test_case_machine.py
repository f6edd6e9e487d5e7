"""Whatever is done to cases, in whatever order and by whomever: what must be true of every case stays true."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.factories import Town
from webapp.domain.workflow import (
    RULES,
    UNANSWERED_STATUSES,
    Action,
    EventType,
    Role,
    Solved,
    Status,
    WorkflowError,
)
from webapp.errors import MinpingError
from webapp.extensions import db
from webapp.models import JointTask, Objection, ServiceRequest, Support
from webapp.queries import deadlines, replaying
from webapp.services import casework, escalation, events, follow_up, pausing, rollups, submit, support
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

START = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
EXAMPLES = 20
"""Lives per run of the suite; the profile "explore" plays as many as it says"""
PEOPLE = ("p1", "p2", "p3", None)
DICE = st.randoms(use_true_random=False)
ROLES = (
    Role.CLERK, Role.CLERK, Role.HEAD, Role.DISPATCHER, Role.REVIEWER, Role.HOTLINE_AGENT, Role.OFFICIAL,
    Role.GRID_WORKER, Role.RESIDENT,
)  # fmt: skip


class Cases(RuleBasedStateMachine):
    """Residents, staff and sweeps at work on a handful of cases; ``clean`` gives each example a database of its own."""

    town: Town
    clean: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.clean()
        self.now = START
        self.numbers: list[str] = []
        self.due: dict[str, datetime] = {}
        self.events_seen: dict[str, int] = {}

    # --- what people do ---------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from((0, 1, 3, 20, 30, 100, 300)))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours, seconds=7)

    @precondition(lambda self: len(self.numbers) < 5)
    @rule(
        service=st.sampled_from(("HR-001", "HOUSING-001", None)), area=st.sampled_from(("T1111", "T2111", None)),
        who=st.sampled_from(PEOPLE), joins=st.integers(0, 3), dice=DICE,
    )  # fmt: skip
    def report(
        self, service: str | None, area: str | None, who: str | None, joins: int, dice: Random
    ) -> None:
        lead = dice.choice(self.numbers) if joins == 3 and self.numbers else ""
        draft = RequestDraft(
            text="社保窗口一直没人，等了一上午",
            service_code=service,
            area_code=area,
            identity=who,
            merge_into=lead,
        )
        self.numbers.append(submit.submit_request(draft, self.now).request.service_request_id)

    @precondition(lambda self: self.numbers)
    @rule(dice=DICE)
    def anything(self, dice: Random) -> None:
        """Any action by anybody, most of them refused."""
        number, role = dice.choice(self.numbers), dice.choice(list(Role))
        self._act(dice, number, dice.choice(list(Action)), role, dice.choice((None, 1, 2, 3, 4)))

    @precondition(lambda self: self.numbers)
    @rule(dice=DICE)
    def act(self, dice: Random) -> None:
        self._possible(dice, moving=True)

    @precondition(lambda self: self.numbers)
    @rule(dice=DICE)
    def a_busy_day(self, dice: Random) -> None:
        for _ in range(4):
            self._possible(dice, moving=dice.random() < 0.7)
            self.now += timedelta(hours=dice.choice((0, 1, 6)))

    def _possible(self, dice: Random, moving: bool) -> None:
        """Something that the table allows: a move to another status, or something beside it."""
        number = dice.choice(self.numbers)
        request = casework.find(number)
        status = Status(request.status)
        rows = {
            action: [role for role in ROLES if role in rule.roles]
            for (here, action), rule in RULES.items()
            if here is status and moving == (rule.status_after is not status)
        }
        possible = [action for action, roles in rows.items() if roles]
        if not possible:
            return
        action = dice.choice(possible)
        role = dice.choice(rows[action])
        called = db.session.scalar(
            db.select(JointTask.department_id).where(
                JointTask.request_id == request.id, JointTask.ended_at.is_(None)
            )
        )
        own = dice.choice((request.department_id, request.asked_department_id or request.department_id))
        self._act(dice, number, action, role, called if action is Action.REPORT_JOINT else own)

    def _act(self, dice: Random, number: str, action: Action, role: Role, department: int | None) -> None:
        actor = Actor(role, self.town.users["clerk"], department, self.town.areas["T"])
        step = Step(
            action, dice.choice(("写明了理由", "写明了理由", "写明了理由", "")),
            department_code=dice.choice(sorted(self.town.departments)), category_code="010101", area_code="T211",
            request_type="complaint", urgency=dice.choice(("normal", "normal", "urgent", "emergency")),
            merge_into=dice.choice(self.numbers), workdays=dice.randint(1, 4),
            unanswered_note=dice.choice(("", "不能再等")), data={"level": 2} if action is Action.ESCALATE else {},
        )  # fmt: skip
        self._try(lambda: casework.act(number, step, RESIDENT if role is Role.RESIDENT else actor, self.now))

    @precondition(lambda self: self.numbers)
    @rule(dice=DICE, solved=st.sampled_from(Solved))
    def answer(self, dice: Random, solved: Solved) -> None:
        request = casework.find(dice.choice(self.numbers))
        self._try(lambda: follow_up.answer(request, follow_up.FollowUp(True, solved, 3), RESIDENT, self.now))

    @precondition(lambda self: self.numbers)
    @rule(dice=DICE, who=st.sampled_from(PEOPLE[:3]))
    def tap(self, dice: Random, who: str) -> None:
        support.support(dice.choice(self.numbers), who)

    @rule()
    def sweep(self) -> None:
        escalation.sweep(self.now)
        pausing.resume_used_up(self.now)
        follow_up.close_silent(self.now)

    def _try(self, step: Callable[[], object]) -> None:
        try:
            step()
        except (MinpingError, WorkflowError):
            db.session.rollback()

    # --- what is always true ----------------------------------------------------------------------------------------

    def _all(self) -> list[ServiceRequest]:
        return list(db.session.scalars(db.select(ServiceRequest).order_by(ServiceRequest.id)))

    @invariant()
    def the_rows_are_what_the_events_say(self) -> None:
        assert replaying.all_differences() == []

    @invariant()
    def somebody_answers_for_every_case(self) -> None:
        for request in self._all():
            assert request.department is not None
            if request.status not in (Status.ASSIGNED, Status.OBJECTED):
                assert request.asked_department_id is None, request.status
            waiting = db.session.scalar(
                db.select(db.func.count(Objection.id)).where(
                    Objection.request_id == request.id, Objection.reviewed_at.is_(None)
                )
            )
            assert waiting == (request.status == Status.OBJECTED)

    @invariant()
    def clocks_run_forwards(self) -> None:
        for request in self._all():
            number = request.service_request_id
            moments = [event.at for event in request.events]
            assert moments == sorted(moments)
            fresh = request.events[self.events_seen.get(number, 0) :]
            before = self.due.get(number, request.due_at)
            kinds = {event.event_type for event in fresh}
            excused = {EventType.URGENCY_CORRECTED} | {EventType.ASSIGNED}
            if request.due_at < before and not kinds & {str(kind) for kind in excused}:
                # Only the unused rest of a pause may be taken back.
                assert any("paused_s" in event.data for event in fresh)
            if request.due_at > before:
                moved = {
                    EventType.EXTENDED,
                    EventType.PAUSED,
                    EventType.URGENCY_CORRECTED,
                    EventType.ASSIGNED,
                }
                assert kinds & {str(kind) for kind in moved}
            assert (request.status == Status.PAUSED) == (request.paused_at is not None)
            assert request.paused_s <= deadlines.policy().max_pause.total_seconds()
            self.due[number], self.events_seen[number] = request.due_at, len(request.events)

    @invariant()
    def the_queues_show_what_the_clocks_say(self) -> None:
        names = {"overdue": deadlines.overdue, "due_soon": deadlines.due_soon, "paused": deadlines.paused}
        for name, condition in names.items():
            listed = set(db.session.scalars(db.select(ServiceRequest.id).where(condition(self.now))))
            clocks = {
                r.id
                for r in self._all()
                if r.status in UNANSWERED_STATUSES and deadlines.clock_of(r, self.now).value == name
            }
            assert listed == clocks, name

    @invariant()
    def everybody_is_counted_once(self) -> None:
        requests = self._all()
        for request in requests:
            merged = [r for r in requests if r.merged_into_id == request.id]
            taps = db.session.scalars(db.select(Support.identity).where(Support.request_id == request.id))
            people = ({*taps} | {r.identity for r in merged if r.identity}) - {request.identity}
            nameless = sum(r.identity is None for r in merged)
            assert request.supporters == len(people) + nameless + sum(r.supporters for r in merged)

    def teardown(self) -> None:
        assert rollups.verify() == []
        assert events.broken_chains() == []


def test_any_life_of_a_few_cases(
    context: Flask, town: Town, town_database: tuple[Path, Town], tmp_path: Path
) -> None:
    database = tmp_path / "minping.sqlite3"

    def clean() -> None:
        db.session.remove()
        db.engine.dispose()
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        shutil.copy(town_database[0], database)

    machine = type("Machine", (Cases,), {"town": town, "clean": staticmethod(clean)})
    lives = EXAMPLES if settings.default.derandomize else settings.default.max_examples
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=lives, stateful_step_count=30, deadline=None, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
