"""The life of one request, played through the real workflow table until ``now`` cuts it off. Pure and seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from webapp.demo import patterns, teamwork
from webapp.demo.catalog import Catalog
from webapp.demo.places import City
from webapp.demo.records import DemoEvent, DemoRequest
from webapp.demo.writing import Writer
from webapp.domain.deadlines import DEFAULT_POLICY, DeadlinePolicy, Urgency, due_at, extended_due_at
from webapp.domain.workflow import (
    PUBLIC_EVENTS,
    Action,
    EventType,
    Role,
    Solved,
    Status,
    after_follow_up,
    transition,
)


@dataclass(slots=True)
class World:
    """What every life needs: the city, its catalogue, the pen, the clock and the calendar."""

    city: City
    catalog: Catalog
    writer: Writer
    now: datetime
    is_workday: patterns.IsWorkday
    policy: DeadlinePolicy = DEFAULT_POLICY
    due_cache: dict[tuple[Any, ...], datetime] = field(default_factory=dict)

    def deadline(self, at: datetime, urgency: str) -> datetime:
        """Deadline by the real policy; working-day clocks depend on the local day alone, so they are remembered."""
        kind = Urgency.ORDINARY if urgency == "normal" else Urgency(urgency)
        if kind is not Urgency.ORDINARY:
            return due_at(at, kind, self.policy, self.is_workday)
        key = (patterns.local_day(at), kind)
        if key not in self.due_cache:
            self.due_cache[key] = due_at(at, kind, self.policy, self.is_workday)
        return self.due_cache[key]


class _NotYetError(Exception):
    """The next step lies in the future."""


_STAFF_NAME = {
    Role.CLERK: "clerk.{}", Role.HEAD: "head.{}", Role.DISPATCHER: "dispatcher", Role.REVIEWER: "reviewer",
    Role.HOTLINE_AGENT: "hotline",
}  # fmt: skip
_QUESTIONS = ("inquiry", "suggestion", "praise")


# (category, area, the department that really answers): what the dispatch rules do not know yet.
UNWRITTEN = ("030503", "990104000000", "beize.zj")


class Life:
    """Plays one request. ``solve`` overrides the department's latent share of really solved cases."""

    def __init__(
        self, world: World, rng: random.Random, request: DemoRequest, solve: float | None = None
    ) -> None:
        self.world, self.rng, self.request = world, rng, request
        department = world.catalog.departments[request.department_code]
        self.on_time, self.solve = department.on_time, department.solve if solve is None else solve
        # Closing at once without looking is what the story's department does.
        self.hasty = department.on_time > 0.96 and department.solve < 0.4
        self.urgent = request.urgency != "normal"

    def play(self) -> None:
        """All steps up to now."""
        try:
            self._received()
            if not self._aside():
                self._objected()
                self._handled()
        except _NotYetError:
            self._supervised()

    def _do(
        self, at: datetime, action: Action, role: Role, note: str = "", data: dict[str, Any] | None = None,
        department: str | None = None, actor: str | None = None,
    ) -> datetime:  # fmt: skip
        """Take a step and return when: never before the one before it."""
        request = self.request
        if at < request.events[-1].at:
            at = request.events[-1].at + timedelta(minutes=self.rng.uniform(1, 20))
        if at > self.world.now:
            raise _NotYetError
        moved = transition(Status(request.status), action, role, note)
        request.status = moved.status.value
        self._note(at, moved.event_type, role, note, data or {}, department, actor)
        return at

    def _note(
        self, at: datetime, kind: EventType, role: Role, note: str, data: dict[str, Any],
        department: str | None = None, actor: str | None = None,
    ) -> None:  # fmt: skip
        request = self.request
        own = department or request.department_code
        username = actor
        if username is None and role in _STAFF_NAME:
            username = _STAFF_NAME[role].format(own.removesuffix(".OFFICE"))
        if role in (Role.DISPATCHER, Role.REVIEWER, Role.HOTLINE_AGENT):
            own = "OFFICE.rx"
        request.events.append(
            DemoEvent(
                at, kind.value, request.status, role.value, username, own, note, kind in PUBLIC_EVENTS, data
            )
        )

    def _later(self, at: datetime, hours: float) -> datetime:
        """Some time after ``at``: log-normal around ``hours``, in office hours unless urgent."""
        moved = at + timedelta(hours=hours * self.rng.lognormvariate(0, 0.7))
        return moved if self.urgent else patterns.office_time(self.rng, moved, self.world.is_workday)

    def _received(self) -> None:
        request = self.request
        by_agent = request.channel == "hotline"
        role = Role.HOTLINE_AGENT if by_agent else Role.RESIDENT
        self._note(request.received_at, EventType.RECEIVED, role, "", {})
        wait = (
            timedelta(minutes=self.rng.uniform(2, 25))
            if by_agent
            else timedelta(seconds=self.rng.uniform(1, 4))
        )
        at = min(request.received_at + wait, self.world.now)
        self._do(at, Action.ASSIGN, Role.SYSTEM, data=self._filed())
        request.assigned_at = at

    def _filed(self) -> dict[str, Any]:
        """What the event says that files the request (webapp.services.events.facts)."""
        r = self.request
        facts = {
            "category": r.category_code, "area": r.area_code, "urgency": r.urgency, "request_type": r.request_type,
            "department": r.department_code, "due": r.due_at.isoformat(),
        }  # fmt: skip
        return {"department": r.department_code, "facts": facts}

    def _accept(self, at: datetime) -> datetime:
        """Whoever is asked accepts, and is responsible from then on."""
        request = self.request
        taker = request.asked_code or request.department_code
        at = self._do(at, Action.ACCEPT, Role.CLERK, data={"department": taker}, department=taker)
        request.department_code, request.asked_code, request.accepted_at = taker, None, at
        return at

    def _aside(self) -> bool:
        """A few are beyond the city's remit."""
        request = self.request
        if request.story or self.rng.random() > 0.018:
            return False
        at = self._later(request.received_at, 5)
        self._do(
            at, Action.MARK_OUT_OF_SCOPE, Role.DISPATCHER, self.world.writer.note(self.rng, "out_of_scope")
        )
        return True

    def _objected(self) -> None:
        request, rng, write = self.request, self.rng, self.world.writer.note
        elsewhere = self._belongs_elsewhere()
        if rng.random() > (0.7 if elsewhere else 0.05) or self.hasty:
            return
        at = self._later(request.received_at, 6)
        self._do(at, Action.OBJECT, Role.CLERK, write(rng, "object"))
        request.objection_count += 1
        at = self._later(at, 5)
        office = elsewhere or self._office()
        if (rng.random() < 0.55 or elsewhere) and office != request.department_code:
            data = {"from": request.department_code, "department": office}
            self._do(at, Action.GRANT_OBJECTION, Role.DISPATCHER, write(rng, "object_granted"), data)
            request.asked_code, request.assigned_at = office, at
        else:
            self._do(at, Action.REFUSE_OBJECTION, Role.DISPATCHER, write(rng, "object_refused"))

    def _belongs_elsewhere(self) -> str:
        """Roads of one new district are not handed over to the city yet: a rule that nobody has written down."""
        request = self.request
        lies_there = request.area_code.startswith(UNWRITTEN[1][:6])
        fits = request.category_code.startswith(UNWRITTEN[0]) and lies_there and not request.story
        return UNWRITTEN[2] if fits else ""

    def _office(self) -> str:
        """The street or district office of the request's area."""
        city = self.world.city
        for place in city.ancestors(self.request.area_code):
            for key, code in city.keys.items():
                if code == place.code:
                    return key if place.level == "street" else f"{key}.OFFICE"
        return self.request.department_code

    def _handled(self) -> None:
        request, rng = self.request, self.rng
        start = request.events[-1].at
        accepted = self._later(start, 0.3 if self.urgent else 1.2 if self.hasty else 5)
        accepted = self._accept(accepted)
        if rng.random() < 0.45 and not self.hasty:
            self._reply(self._later(accepted, 0.2), self.world.writer.note(rng, "accept"))
        if rng.random() < 0.035:
            accepted = self._transferred(accepted)
        if rng.random() < 0.04 and not self.urgent:
            self._extended(accepted)
        if not self.hasty and not self.urgent and request.request_type in ("complaint", "help"):
            teamwork.pause_and_call(self, accepted)
        self._resolved_and_followed(self._resolve_at(accepted), self.solve, again=0)

    def _transferred(self, at: datetime) -> datetime:
        request = self.request
        office = self._office()
        if office == request.department_code:
            return at
        at = self._later(at, 8)
        data = {"from": request.department_code, "department": office}
        at = self._do(at, Action.TRANSFER, Role.CLERK, self.world.writer.note(self.rng, "transfer"), data)
        request.asked_code, request.assigned_at = office, at
        request.transfer_count += 1
        return self._accept(self._later(at, 4))

    def _extended(self, at: datetime) -> None:
        request = self.request
        at = self._later(at, 20)
        if at >= request.due_at:
            return
        before = request.due_at
        longer = extended_due_at(before, 5, 0, self.world.policy, self.world.is_workday)
        data = {"from": before.isoformat(), "to": longer.isoformat(), "due": longer.isoformat()}
        self._do(at, Action.EXTEND, Role.HEAD, self.world.writer.note(self.rng, "extend"), data)
        request.due_at, request.extended = longer, True

    def _reply(self, at: datetime, text: str) -> None:
        at = self._do(at, Action.REPLY, Role.CLERK, text)
        self.request.responded_at = self.request.responded_at or at

    def _resolve_at(self, accepted: datetime) -> datetime:
        request, rng = self.request, self.rng
        left = request.due_at - accepted
        if self.hasty:
            return self._later(accepted, 3)
        if rng.random() < self.on_time and left > timedelta(minutes=10):
            quick = (
                rng.betavariate(1.6, 3.0) if request.request_type in _QUESTIONS else rng.betavariate(2.2, 2.4)
            )
            at = accepted + left * quick
            at = at if self.urgent else patterns.office_time(rng, at, self.world.is_workday)
            return min(
                at, request.due_at - timedelta(minutes=rng.uniform(2, 90)) if left.days else request.due_at
            )
        late = timedelta(hours=rng.expovariate(1 / 6) if self.urgent else 24 * rng.expovariate(1 / 2.5) + 2)
        return max(accepted, request.due_at) + late

    def _outcome(self, solve: float) -> Solved:
        request, draw = self.request, self.rng.random()
        share = min(0.98, solve + 0.12) if request.request_type in _QUESTIONS else solve
        share = 1.0 if request.request_type == "praise" else share
        if draw < share:
            return Solved.YES
        return Solved.PARTLY if draw < share + (1 - share) * 0.4 else Solved.NO

    def _resolved_and_followed(self, at: datetime, solve: float, again: int) -> None:
        request, rng, writer = self.request, self.rng, self.world.writer
        truth = self._outcome(solve)
        text = writer.answer(rng, request.group, request.theme, request.request_type, truth.value)
        at = self._do(at, Action.RESOLVE, Role.CLERK, text, teamwork.unanswered(request))
        teamwork.settle(request, at)
        request.resolved_at = at
        request.responded_at = request.responded_at or at
        reached = 0.42 if again > 1 else 0.66
        if rng.random() > reached or request.request_type == "praise":
            closing = at + timedelta(days=self.world.policy.silence_days, hours=rng.uniform(0.2, 5))
            closing = self._do(closing, Action.CLOSE, Role.SYSTEM, writer.note(rng, "close_silent"))
            request.closed_at = closing
            request.unreached = request.solved is None
            return
        self._followed_up(at, truth, solve, again)

    def _followed_up(self, resolved: datetime, truth: Solved, solve: float, again: int) -> None:
        request, rng, writer = self.request, self.rng, self.world.writer
        by_resident = rng.random() < 0.55
        at = resolved + timedelta(hours=min(rng.lognormvariate(2.6, 0.9), 6.8 * 24))
        if not by_resident:
            at = patterns.office_time(rng, at, self.world.is_workday)
        satisfied = rng.choices((1, 2, 3, 4, 5), _SATISFIED[truth])[0]
        contacted = rng.random() < (
            0.4 if self.hasty else {Solved.YES: 0.93, Solved.PARTLY: 0.8, Solved.NO: 0.55}[truth]
        )
        words = {"contacted": contacted, "solved": truth.value, "satisfied": satisfied}
        note = writer.note(rng, f"follow_{truth.value}") if rng.random() < 0.6 else ""
        self._do(at, Action.FOLLOW_UP, Role.RESIDENT if by_resident else Role.REVIEWER, note, words)
        request.contacted, request.solved, request.satisfied = contacted, truth.value, satisfied
        action = after_follow_up(truth)
        self._do(at, action, Role.SYSTEM)
        if action is Action.CLOSE:
            request.closed_at = at
            return
        request.reopened_count += 1
        request.resolved_at = None
        accepted = self._later(at, 5)
        self._accept(accepted)
        second = self._later(accepted, 8 if self.hasty else 40)
        self._resolved_and_followed(second, solve * 0.9, again + 1)

    def _supervised(self) -> None:
        """An official asks about some of the overdue ones."""
        request, world = self.request, self.world
        open_ = request.status in ("assigned", "accepted", "objected")
        if not open_ or request.due_at > world.now - timedelta(hours=20) or self.rng.random() > 0.3:
            return
        at = max(request.due_at, request.events[-1].at) + timedelta(hours=self.rng.uniform(1, 18))
        if at < world.now:
            note = world.writer.note(self.rng, "supervise")
            self._do(at, Action.SUPERVISE, Role.OFFICIAL, note, department="zf", actor="official.city")
            request.supervised_at = at


_SATISFIED = {
    Solved.YES: (1, 2, 10, 35, 52), Solved.PARTLY: (8, 26, 42, 20, 4), Solved.NO: (52, 33, 12, 2, 1),
}  # fmt: skip


def merge_into(request: DemoRequest, earlier: DemoRequest, rng: random.Random, world: World) -> None:
    """File a fresh request under an earlier one of the same trouble."""
    life = Life(world, rng, request)
    life._note(request.received_at, EventType.RECEIVED, Role.RESIDENT, "", {})
    at = min(request.received_at + timedelta(seconds=2), world.now)
    life._do(at, Action.ASSIGN, Role.SYSTEM, data=life._filed())
    request.assigned_at = at
    at = patterns.office_time(rng, at + timedelta(hours=rng.uniform(0.3, 6)), world.is_workday)
    try:
        life._do(at, Action.MERGE, Role.DISPATCHER, world.writer.note(rng, "merge"), {"into": earlier.number})
    except _NotYetError:
        return
    request.merged_into = earlier.key
    earlier.merged_count += 1
