"""Composite official indicators by hand, and where they and the score part."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.official import (
    DEFAULT_INDICES,
    Agreement,
    IndexValue,
    OfficialIndex,
    Standing,
    compare,
    index_value,
)
from webapp.domain.rates import RateTally, wilson
from webapp.domain.scores import Tier

TALLY = RateTally(
    contacted_yes=18,
    contacted_no=2,
    solved_yes=12,
    solved_partly=3,
    solved_no=5,
    satisfied=(2, 3, 5, 4, 6),
    unreached=7,
)


def test_a_districts_formula_by_hand() -> None:
    # .1 · 18/20 + .5 · 12/20 + .4 · (4 + 6 + .9 · 5) / 20 = .09 + .30 + .29 = .68.
    found = index_value(TALLY, DEFAULT_INDICES[0])
    assert found.value == pytest.approx(68.0)
    # MOVER: √Σ w² (p − l)² with Wilson's limits of 18, 12 and 14.5 of 20.
    lows = [wilson(k, 20)[0] for k in (18, 12, 14.5)]
    down = sqrt(
        sum(
            (w * (k / 20 - low)) ** 2 for w, k, low in zip((0.1, 0.5, 0.4), (18, 12, 14.5), lows, strict=True)
        )
    )
    assert found.low == pytest.approx(68.0 - 100 * down)
    assert (found.high or 0) > 68


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        # (4 + 6 + 5) / 20
        ("basically satisfied counts in full", OfficialIndex("x", 0, 0, 1), 75.0),
        ("and not at all", OfficialIndex("x", 0, 0, 1, basically=0.0), 50.0),
        # (12 + .5 · 3) / 20
        ("partly solved counts half", OfficialIndex("x", 0, 1, 0, partly=0.5), 67.5),
        # weights 1 and 3 are a quarter and three quarters of 90 and 60
        ("weights need not sum to 1", OfficialIndex("x", 1, 3, 0), 67.5),
    ],
)
def test_variants(name: str, index: OfficialIndex, value: float) -> None:
    assert index_value(TALLY, index).value == pytest.approx(value), name


def test_an_index_without_answers_has_no_number() -> None:
    found = index_value(RateTally(contacted_yes=5), DEFAULT_INDICES[0])
    assert (found.value, found.low, found.high) == (None, None, None)
    # What carries no weight is not missed.
    assert index_value(RateTally(solved_yes=5), OfficialIndex("x", 0, 1, 0)).value == 100


counts = st.integers(0, 200)


@given(counts, counts, counts, counts, counts, st.lists(counts, min_size=5, max_size=5), st.floats(0, 1))
def test_any_counts_give_an_interval_around_the_value(
    yes: int, no: int, solved: int, partly: int, unsolved: int, levels: list[int], basically: float
) -> None:
    tally = RateTally(
        contacted_yes=yes, contacted_no=no, solved_yes=solved, solved_partly=partly, solved_no=unsolved,
        satisfied=levels,
    )  # fmt: skip
    found = index_value(tally, OfficialIndex("x", 0.1, 0.5, 0.4, basically=basically))
    if found.value is not None:
        assert 0 <= (found.low or 0) <= found.value + 1e-9 <= (found.high or 0) + 1e-9 <= 100 + 1e-6


def standing(key: str, tier: Tier, parts: Mapping[str, float], solved: int, satisfied: int) -> Standing:
    """A unit with a score of 70 and an index of 400 answers each."""
    tally = RateTally(
        contacted_yes=380, contacted_no=20, solved_yes=solved, solved_no=400 - solved,
        satisfied=(400 - satisfied, 0, 0, 0, satisfied),
    )  # fmt: skip
    weights = {"E": 0.4, "R": 0.35, "T": 0.15, "V": 0.1}
    return Standing(key, 70.0, tier, parts, weights, index_value(tally, DEFAULT_INDICES[0]))


EVEN = {"E": 0.8, "R": 0.7, "T": 0.9, "V": 0.9}


def test_a_fine_index_and_a_poor_score_are_told_apart_by_what_the_index_does_not_see() -> None:
    peers = [standing(f"p{i}", Tier.AROUND, EVEN, 280, 300) for i in range(8)]
    polished = standing("x", Tier.BELOW, EVEN | {"E": 0.5}, 360, 380)
    found = compare([*peers, polished])["x"]
    assert (found.stands, found.agreement) == (Tier.ABOVE, Agreement.CONTRADICT)
    assert [pull.key for pull in found.score_pulls] == ["E"]
    # 70 · .4 · ln(.5 / mean of eight .8 and one .5).
    assert found.score_pulls[0].points == pytest.approx(70 * 0.4 * log(0.5 / ((8 * 0.8 + 0.5) / 9)))
    assert [pull.key for pull in found.index_pulls] == ["resolution", "satisfaction"]
    # .5 · (360 − mean of 280 × 8 and 360) / 400 · 100
    assert found.index_pulls[0].points == pytest.approx(50 * (360 - (8 * 280 + 360) / 9) / 400)


@pytest.mark.parametrize(
    ("tier", "solved", "agreement"),
    [
        (Tier.ABOVE, 380, Agreement.AGREE),
        (Tier.AROUND, 380, Agreement.DIFFER),
        (Tier.BELOW, 380, Agreement.CONTRADICT),
        (Tier.ABOVE, 100, Agreement.CONTRADICT),
        (Tier.INSUFFICIENT, 380, Agreement.UNKNOWN),
    ],
)
def test_agreement(tier: Tier, solved: int, agreement: Agreement) -> None:
    peers = [standing(f"p{i}", Tier.AROUND, EVEN, 280, 300) for i in range(8)]
    found = compare([*peers, standing("x", tier, EVEN, solved, solved)])
    assert found["x"].agreement is agreement
    if solved == 380:
        assert found["p0"].agreement is Agreement.AGREE
        assert not found["p0"].score_pulls


def test_a_lone_unit_cannot_be_compared_without_an_index() -> None:
    nothing = Standing("x", 70.0, Tier.AROUND, EVEN, {}, IndexValue(DEFAULT_INDICES[0], None, None, None, {}))
    assert compare([nothing])["x"].agreement is Agreement.UNKNOWN
