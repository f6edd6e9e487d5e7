"""The workflow's table: what leads where, who may, and what no walk through it can ever do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.workflow import (
    OPEN_STATUSES,
    PUBLIC_EVENTS,
    RULES,
    Action,
    EventType,
    IllegalTransition,
    NoteRequired,
    Role,
    RoleNotAllowed,
    Solved,
    Status,
    after_follow_up,
    allowed_actions,
    transition,
)
from webapp.domain.workflow_words import EVENT_OF_ACTION

DEPARTMENT = {Role.CLERK, Role.HEAD, Role.GRID_WORKER}


@pytest.mark.parametrize(
    ("status", "action", "role", "after"),
    [
        (Status.RECEIVED, Action.ASSIGN, Role.SYSTEM, Status.ASSIGNED),
        (Status.RECEIVED, Action.MERGE, Role.RESIDENT, Status.MERGED),
        (Status.RECEIVED, Action.MARK_OUT_OF_SCOPE, Role.HOTLINE_AGENT, Status.OUT_OF_SCOPE),
        (Status.ASSIGNED, Action.ACCEPT, Role.CLERK, Status.ACCEPTED),
        (Status.ASSIGNED, Action.OBJECT, Role.HEAD, Status.OBJECTED),
        (Status.OBJECTED, Action.GRANT_OBJECTION, Role.DISPATCHER, Status.ASSIGNED),
        (Status.OBJECTED, Action.REFUSE_OBJECTION, Role.DISPATCHER, Status.ASSIGNED),
        (Status.ACCEPTED, Action.EXTEND, Role.HEAD, Status.ACCEPTED),
        (Status.ACCEPTED, Action.TRANSFER, Role.CLERK, Status.ASSIGNED),
        (Status.ACCEPTED, Action.SUPERVISE, Role.OFFICIAL, Status.ACCEPTED),
        (Status.ACCEPTED, Action.REPLY, Role.CLERK, Status.ACCEPTED),
        (Status.ACCEPTED, Action.RESOLVE, Role.GRID_WORKER, Status.RESOLVED),
        (Status.RESOLVED, Action.FOLLOW_UP, Role.RESIDENT, Status.FOLLOWED_UP),
        (Status.RESOLVED, Action.CLOSE, Role.SYSTEM, Status.CLOSED),
        (Status.FOLLOWED_UP, Action.CLOSE, Role.SYSTEM, Status.CLOSED),
        (Status.FOLLOWED_UP, Action.REOPEN, Role.SYSTEM, Status.REOPENED),
        (Status.REOPENED, Action.ACCEPT, Role.CLERK, Status.ACCEPTED),
        (Status.CLOSED, Action.REOPEN, Role.RESIDENT, Status.REOPENED),
        (Status.MERGED, Action.UNMERGE, Role.DISPATCHER, Status.RECEIVED),
        (Status.ACCEPTED, Action.PAUSE, Role.CLERK, Status.PAUSED),
        (Status.PAUSED, Action.RESUME, Role.REVIEWER, Status.ACCEPTED),
        (Status.PAUSED, Action.RESUME, Role.SYSTEM, Status.ACCEPTED),
        (Status.PAUSED, Action.SUPPLEMENT, Role.RESIDENT, Status.PAUSED),
        (Status.PAUSED, Action.RESOLVE, Role.CLERK, Status.RESOLVED),
        (Status.PAUSED, Action.TRANSFER, Role.HEAD, Status.ASSIGNED),
        (Status.PAUSED, Action.CORRECT_URGENCY, Role.DISPATCHER, Status.ACCEPTED),
        (Status.ACCEPTED, Action.CALL_IN, Role.CLERK, Status.ACCEPTED),
        (Status.REOPENED, Action.REPORT_JOINT, Role.HEAD, Status.REOPENED),
        (Status.PAUSED, Action.CALL_OFF, Role.DISPATCHER, Status.PAUSED),
        (Status.OBJECTED, Action.ESCALATE, Role.SYSTEM, Status.OBJECTED),
    ],
)
def test_the_ways_of_a_request(status: Status, action: Action, role: Role, after: Status) -> None:
    result = transition(status, action, role, "because")
    assert (result.status, result.event_type) == (after, EVENT_OF_ACTION[action])


def test_what_no_row_allows_is_illegal_for_everybody() -> None:
    with pytest.raises(IllegalTransition):
        transition(Status.RECEIVED, Action.RESOLVE, Role.CLERK, "done")
    with pytest.raises(IllegalTransition):
        transition(Status.CLOSED, Action.CLOSE, Role.SYSTEM, "again")


def test_another_role_is_told_so() -> None:
    with pytest.raises(RoleNotAllowed) as caught:
        transition(Status.ASSIGNED, Action.ACCEPT, Role.RESIDENT)
    assert (caught.value.status, caught.value.action, caught.value.role) == (
        Status.ASSIGNED,
        Action.ACCEPT,
        Role.RESIDENT,
    )


@pytest.mark.parametrize("note", [None, "", "  \n"])
def test_an_objection_needs_a_reason(note: str | None) -> None:
    with pytest.raises(NoteRequired):
        transition(Status.ASSIGNED, Action.OBJECT, Role.CLERK, note)


def test_a_department_never_closes_its_own_case() -> None:
    closing = [rule for rule in RULES.values() if rule.status_after is Status.CLOSED]
    moved = [r for (s, a), r in RULES.items() if r.status_after is Status.CLOSED and s is not Status.CLOSED]
    assert closing
    assert moved
    assert not any(rule.roles & DEPARTMENT for rule in moved)


def test_nobody_but_the_residents_word_chooses_after_a_follow_up() -> None:
    for action in (Action.CLOSE, Action.REOPEN):
        assert RULES[Status.FOLLOWED_UP, action].roles == {Role.SYSTEM}
    assert after_follow_up(Solved.YES) is Action.CLOSE
    assert after_follow_up(Solved.PARTLY) is after_follow_up(Solved.NO) is Action.REOPEN


def test_auditors_and_admins_never_touch_a_case() -> None:
    assert not any(rule.roles & {Role.AUDITOR, Role.ADMIN} for rule in RULES.values())


def test_officials_can_supervise_whatever_is_open_and_residents_can_always_add_words() -> None:
    for status in Status:
        assert Action.SUPPLEMENT in allowed_actions(status, Role.RESIDENT)
        if status in OPEN_STATUSES:
            assert Action.SUPERVISE in allowed_actions(status, Role.OFFICIAL)


def test_allowed_actions_are_those_that_transition_accepts() -> None:
    for status in Status:
        for role in Role:
            accepted = []
            for action in Action:
                try:
                    transition(status, action, role, "note")
                except (IllegalTransition, RoleNotAllowed):
                    continue
                accepted.append(action)
            assert allowed_actions(status, role) == tuple(accepted)


def test_a_person_with_two_roles_may_do_what_either_may() -> None:
    both = set(allowed_actions(Status.ACCEPTED, [Role.CLERK, Role.OFFICIAL]))
    assert both == set(allowed_actions(Status.ACCEPTED, Role.CLERK)) | set(
        allowed_actions(Status.ACCEPTED, Role.OFFICIAL)
    )


def test_the_public_does_not_see_internal_notes() -> None:
    assert EventType.NOTE_ADDED not in PUBLIC_EVENTS
    assert {EventType.RESOLVED, EventType.SUPERVISED, EventType.OBJECTED} <= PUBLIC_EVENTS


def test_every_word_has_a_chinese_name_and_every_action_an_event() -> None:
    assert set(EVENT_OF_ACTION) == set(Action)
    for word in (*Status, *Action, *Role, *EventType, *Solved):
        assert word.label
        assert not word.label.isascii()


@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(Role)), max_size=60))
def test_no_walk_closes_a_case_without_the_resident_or_their_silence(
    steps: list[tuple[Action, Role]],
) -> None:
    status, path = Status.RECEIVED, [Status.RECEIVED]
    for action, role in steps:
        try:
            after = transition(status, action, role, "note").status
        except (IllegalTransition, RoleNotAllowed):
            continue
        if after is Status.CLOSED and status is not Status.CLOSED:
            assert status in (Status.RESOLVED, Status.FOLLOWED_UP)
            assert role not in DEPARTMENT | {Role.OFFICIAL, Role.DISPATCHER}
        if after is Status.RESOLVED and status is not Status.RESOLVED:
            assert Status.ACCEPTED in path
        if after is Status.FOLLOWED_UP and status is not Status.FOLLOWED_UP:
            assert status is Status.RESOLVED
        status = after
        path.append(status)


@given(st.lists(st.tuples(st.sampled_from(Action), st.sampled_from(Role)), max_size=80))
def test_no_walk_stops_a_clock_that_nobody_works_by_or_escalates_an_answer(
    steps: list[tuple[Action, Role]],
) -> None:
    status = Status.RECEIVED
    for action, role in steps:
        try:
            after = transition(status, action, role, "note").status
        except (IllegalTransition, RoleNotAllowed):
            continue
        if after is Status.PAUSED and status is not Status.PAUSED:
            assert (status, action) == (Status.ACCEPTED, Action.PAUSE)
            assert role in (Role.CLERK, Role.HEAD)
        if action is Action.ESCALATE:
            assert role is Role.SYSTEM
            assert status not in (Status.RESOLVED, Status.CLOSED, Status.MERGED, Status.OUT_OF_SCOPE)
        if action in (Action.CALL_IN, Action.CALL_OFF, Action.REPORT_JOINT, Action.ESCALATE):
            # Others help, the lead decides.
            assert after is status
        status = after


def test_a_pause_needs_a_reason_and_an_end_does_not() -> None:
    assert RULES[Status.ACCEPTED, Action.PAUSE].note_required
    assert not RULES[Status.PAUSED, Action.RESUME].note_required


def test_every_status_can_be_reached_and_none_is_a_dead_end() -> None:
    def reach(start: Status) -> set[Status]:
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for (status, _), rule in RULES.items():
                if status is here and rule.status_after not in seen:
                    seen.add(rule.status_after)
                    todo.append(rule.status_after)
        return seen

    assert reach(Status.RECEIVED) == set(Status)
    for status in Status:
        assert Status.CLOSED in reach(status)
