"""Pauses: the stored deadline is always what the definition says, and no pause outlives the cap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import pauses
from webapp.domain.deadlines import (
    DEFAULT_POLICY,
    ClockState,
    Escalation,
    clock_state,
    effective_due,
    escalation,
    total_pause,
)
from webapp.domain.pauses import AlreadyOverdue, Pause, PauseUsedUp

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
DUE = START + timedelta(days=7)
CAP = DEFAULT_POLICY.max_pause


def test_an_overdue_clock_cannot_be_stopped() -> None:
    assert pauses.begin(DUE, DUE, 0).began_at == DUE
    with pytest.raises(AlreadyOverdue):
        pauses.begin(DUE, DUE + timedelta(seconds=1), 0)


def test_nothing_is_left_of_a_cap_that_is_used_up() -> None:
    left = pauses.begin(DUE, START, int(CAP.total_seconds()) - 1)
    assert left.ends_at - left.began_at == timedelta(seconds=1)
    with pytest.raises(PauseUsedUp):
        pauses.begin(DUE, START, int(CAP.total_seconds()))


@pytest.mark.parametrize(
    ("after", "moved"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(hours=5), timedelta(hours=5)),
        (CAP, CAP),
        (CAP * 3, CAP),
        (-timedelta(hours=1), timedelta(0)),
    ],
    ids=["at once", "five hours", "the cap", "long past the cap", "a clock that went backwards"],
)
def test_the_deadline_moves_by_the_pause_and_no_more(after: timedelta, moved: timedelta) -> None:
    pause = pauses.begin(DUE, START, 0)
    assert pause.due == DUE + CAP
    assert pause.due_if_ended(START + after) == DUE + moved


def test_a_stopped_clock_is_neither_due_nor_overdue_until_the_cap() -> None:
    pause = pauses.begin(DUE, DUE, 0)

    def state(now: datetime) -> tuple[ClockState, Escalation]:
        facts = {"pause_ends_at": pause.ends_at}
        return clock_state(now, pause.due, **facts), escalation(now, pause.due, **facts)

    assert state(DUE + timedelta(hours=1)) == (ClockState.PAUSED, Escalation.NONE)
    assert state(pause.ends_at) == (ClockState.DUE_SOON, Escalation.CLERK)
    assert state(pause.ends_at + timedelta(seconds=1)) == (ClockState.OVERDUE, Escalation.HEAD)


# Hours of work and of waiting in turn; the last wait may still run.
TURNS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 200)), max_size=6)


@given(turns=TURNS, running=st.booleans(), later=st.integers(0, 400))
def test_the_stored_deadline_is_the_definition_at_every_moment(
    turns: list[tuple[int, int]], running: bool, later: int
) -> None:
    now, due, used = START, DUE, 0
    taken: list[tuple[datetime, datetime | None]] = []
    open_pause: Pause | None = None
    for number, (work, wait) in enumerate(turns):
        now += timedelta(hours=work)
        try:
            open_pause = pauses.begin(due, now, used)
        except pauses.CannotPause:
            continue
        due = open_pause.due
        if running and number == len(turns) - 1:
            taken.append((now, None))
            break
        taken.append((now, now + timedelta(hours=wait)))
        now += timedelta(hours=wait)
        due, used, open_pause = open_pause.due_if_ended(now), used + open_pause.seconds(now), None
    now += timedelta(hours=later)
    expected = effective_due(DUE, total_pause(taken, now))
    stopped_until = open_pause.ends_at if open_pause else None
    # Overdue is one comparison with the stored deadline, while a pause runs, too.
    assert (now > due) == (now > expected)
    if open_pause is None:
        assert due == expected
    else:
        assert open_pause.due_if_ended(now) == expected
        assert (clock_state(now, due, pause_ends_at=stopped_until) is ClockState.PAUSED) == (
            now < open_pause.ends_at
        )
    assert used <= CAP.total_seconds()
