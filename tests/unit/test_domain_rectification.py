"""差评整改: what leads where, who may, and what no walk through the table can ever do."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.deadlines import DEFAULT_POLICY
from webapp.domain.rectification import (
    OPEN,
    RULES,
    IllegalStep,
    ReasonRequired,
    RectificationAction,
    RectificationPolicy,
    RectificationStatus,
    StepNotAllowed,
    allowed_steps,
    due_after,
    is_independent,
    rectification_policy_from,
    step,
)
from webapp.domain.workflow_words import Role

S, A = RectificationStatus, RectificationAction
DEPARTMENT = {Role.CLERK, Role.HEAD}


@pytest.mark.parametrize(
    ("status", "action", "role", "after"),
    [
        (S.OPENED, A.VERIFY, Role.CLERK, S.VERIFIED),
        (S.OPENED, A.RECTIFY, Role.HEAD, S.RECTIFIED),
        (S.VERIFIED, A.RECTIFY, Role.CLERK, S.RECTIFIED),
        (S.VERIFIED, A.APPEAL, Role.CLERK, S.APPEALED),
        (S.APPEALED, A.GRANT, Role.REVIEWER, S.SET_ASIDE),
        (S.APPEALED, A.REFUSE, Role.REVIEWER, S.APPEAL_REFUSED),
        (S.APPEAL_REFUSED, A.RECTIFY, Role.CLERK, S.RECTIFIED),
        (S.RECTIFIED, A.FOLLOW_UP, Role.RESIDENT, S.FOLLOWED_UP),
        (S.RECTIFIED, A.GIVE_UP, Role.SYSTEM, S.UNREACHED),
        (S.UNREACHED, A.FOLLOW_UP, Role.RESIDENT, S.FOLLOWED_UP),
        (S.APPEALED, A.RESCIND, Role.SYSTEM, S.RESCINDED),
        (S.RESCINDED, A.RESTART, Role.SYSTEM, S.OPENED),
        (S.SET_ASIDE, A.RESTORE, Role.AUDITOR, S.APPEAL_REFUSED),
    ],
)
def test_the_ways_of_a_bad_review(status: S, action: A, role: Role, after: S) -> None:
    assert step(status, action, role, "because") is after


@pytest.mark.parametrize(
    ("status", "action", "role", "error"),
    [
        (S.RECTIFIED, A.APPEAL, Role.CLERK, IllegalStep),
        (S.APPEAL_REFUSED, A.APPEAL, Role.CLERK, IllegalStep),
        (S.APPEALED, A.RECTIFY, Role.CLERK, IllegalStep),
        (S.SET_ASIDE, A.GRANT, Role.REVIEWER, IllegalStep),
        (S.OPENED, A.FOLLOW_UP, Role.RESIDENT, IllegalStep),
        (S.FOLLOWED_UP, A.RESCIND, Role.SYSTEM, IllegalStep),
        (S.APPEALED, A.GRANT, Role.CLERK, StepNotAllowed),
        (S.APPEALED, A.GRANT, Role.HEAD, StepNotAllowed),
        (S.OPENED, A.VERIFY, Role.REVIEWER, StepNotAllowed),
        (S.RECTIFIED, A.FOLLOW_UP, Role.CLERK, StepNotAllowed),
    ],
)
def test_what_cannot_be_done(status: S, action: A, role: Role, error: type[Exception]) -> None:
    with pytest.raises(error):
        step(status, action, role, "because")


@pytest.mark.parametrize("action", [A.GRANT, A.REFUSE])
@pytest.mark.parametrize("reason", ["", " \n"])
def test_a_decision_needs_its_reason(action: A, reason: str) -> None:
    with pytest.raises(ReasonRequired):
        step(S.APPEALED, action, Role.REVIEWER, reason)


def test_no_department_sets_a_review_aside_or_speaks_for_the_resident() -> None:
    for (_status, action), rule in RULES.items():
        if rule.status_after is S.SET_ASIDE or action is A.FOLLOW_UP:
            assert not rule.roles & DEPARTMENT


@given(st.lists(st.tuples(st.sampled_from(list(A)), st.sampled_from(list(Role))), max_size=40))
def test_no_walk_sets_aside_without_an_appeal_or_appeals_after_refusal(walk: list[tuple[A, Role]]) -> None:
    status, appeals, refused = S.OPENED, 0, False
    for action, role in walk:
        try:
            after = step(status, action, role, "because")
        except (IllegalStep, StepNotAllowed):
            continue
        assert action in allowed_steps(status, role)
        if action is A.APPEAL:
            assert not refused
            appeals += 1
        refused = (refused or action is A.REFUSE) and action is not A.RESTART
        if after is S.SET_ASIDE:
            assert appeals
            assert role is Role.REVIEWER
        status = after


def test_open_means_that_the_department_is_still_to_act() -> None:
    acting = {status for (status, action) in RULES if action in (A.VERIFY, A.RECTIFY)}
    assert acting | {S.APPEALED} == OPEN


def test_fifteen_working_days_skip_weekends_and_end_at_close_of_business() -> None:
    # Friday 6 March 2026 10:00 in China; the 15th working day after it is Friday 27 March.
    found = due_after(datetime(2026, 3, 6, 2, tzinfo=UTC), RectificationPolicy().reply, DEFAULT_POLICY)
    assert found == datetime(2026, 3, 27, 18, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("role", "department", "independent"),
    [
        (Role.REVIEWER, 9, True),
        (Role.REVIEWER, None, True),
        (Role.REVIEWER, 3, False),
        (Role.CLERK, 9, False),
        (Role.OFFICIAL, None, False),
    ],
)
def test_who_is_independent(role: Role, department: int | None, independent: bool) -> None:
    assert is_independent(role, department, [3, 4]) is independent


def test_a_citys_rules_replace_the_defaults_within_limits() -> None:
    assert rectification_policy_from({"reply": 12}) == RectificationPolicy(reply=12)
    assert rectification_policy_from({"unknown": 1}) == RectificationPolicy()
    with pytest.raises(ValueError, match="reply"):
        rectification_policy_from({"reply": 0})
