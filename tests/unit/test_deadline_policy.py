"""A city's clocks as values: whole, within limits, and refused by the field that is wrong."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.deadline_policy import LIMITS, OutOfRange, checked, policy_from, values_of
from webapp.domain.deadlines import DEFAULT_POLICY, Urgency


def test_nothing_set_is_the_default() -> None:
    assert policy_from({}) == DEFAULT_POLICY
    assert policy_from(values_of(DEFAULT_POLICY)) == DEFAULT_POLICY
    assert set(values_of(DEFAULT_POLICY)) == set(LIMITS)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"emergency_hours": 0}, "emergency_hours"),
        ({"ordinary_workdays": 7.5}, "ordinary_workdays"),
        ({"urgent_hours": "bald"}, "urgent_hours"),
        ({"urgent_hours": None}, "urgent_hours"),
        ({"urgent_hours": "nan"}, "urgent_hours"),
        ({"max_pause_days": 31}, "max_pause_days"),
        ({"emergency_hours": 1, "emergency_warn_hours": 1}, "emergency_warn_hours"),
        ({"ordinary_workdays": 1, "ordinary_warn_hours": 24}, "ordinary_warn_hours"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, object], field: str) -> None:
    with pytest.raises(OutOfRange) as caught:
        checked(values)
    assert caught.value.field == field


def test_what_is_set_is_in_force() -> None:
    policy = policy_from({"urgent_hours": "12", "ordinary_workdays": 5, "max_pause_days": 0, "unknown": 1})
    assert policy.allowances[Urgency.URGENT].hours == 12
    assert policy.allowances[Urgency.ORDINARY].workdays == 5
    assert policy.allowances[Urgency.COMPLEX] == DEFAULT_POLICY.allowances[Urgency.COMPLEX]
    assert policy.max_pause == timedelta(0)


@given(st.dictionaries(st.sampled_from(sorted(LIMITS)), st.floats(allow_nan=True) | st.text(max_size=4)))
def test_any_values_are_refused_or_make_a_policy_that_can_be_written_again(values: dict[str, object]) -> None:
    try:
        found = checked(values)
    except OutOfRange:
        return
    assert checked(found) == found
    assert values_of(policy_from(found)) == pytest.approx(found)
