"""The hash chain: any change to a stored event shows."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.chain import GENESIS_HASH, canonical_json, event_hash, verify_chain


class Colour(StrEnum):
    RED = "red"


def chain(payloads: list[dict[str, object]]) -> list[tuple[str, dict[str, object]]]:
    events, previous = [], GENESIS_HASH
    for payload in payloads:
        previous = event_hash(previous, payload)
        events.append((previous, payload))
    return events


def test_the_hash_is_sha256_of_the_previous_hash_and_the_canonical_json() -> None:
    expected = hashlib.sha256(GENESIS_HASH.encode() + b'\n{"a":1,"\xe4\xb8\xad":"\xe6\x96\x87"}').hexdigest()
    assert event_hash(GENESIS_HASH, {"中": "文", "a": 1}) == expected


def test_a_time_is_the_same_in_every_zone_and_an_enum_is_its_value() -> None:
    utc = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    china = utc.astimezone(timezone(timedelta(hours=8)))
    assert canonical_json({"at": utc, "c": Colour.RED}) == canonical_json({"at": china, "c": "red"})


@pytest.mark.parametrize(
    ("value", "error"),
    [(datetime(2026, 1, 1), TypeError), ({1}, TypeError), (float("nan"), ValueError)],  # noqa: DTZ001
)
def test_what_has_no_single_spelling_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        event_hash(GENESIS_HASH, {"value": value})


def test_a_hash_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="64"):
        event_hash("", {})


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.integers()), min_size=1, max_size=8),
    st.data(),
)
def test_a_changed_or_missing_event_is_found_where_it_happened(
    payloads: list[dict[str, object]], data: st.DataObject
) -> None:
    events = chain(payloads)
    assert verify_chain(events) is None
    index = data.draw(st.integers(0, len(events) - 1))
    stored, payload = events[index]
    assert verify_chain([*events[:index], (stored, {**payload, "added": 1.5}), *events[index + 1 :]]) == index
    if index < len(events) - 1:
        assert verify_chain([*events[:index], *events[index + 1 :]]) == index
