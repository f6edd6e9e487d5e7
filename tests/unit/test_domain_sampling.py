"""回访抽样: a draw depends on seed and list alone, holds its shares, and favours nobody."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain.sampling import draw, follow_up_policy_from, quota, rank

numbers = st.lists(st.text("ABCDEFGH23456789", min_size=4, max_size=8), unique=True, max_size=30)
frames = st.dictionaries(st.sampled_from(["hr", "housing", "water", "roads"]), numbers, max_size=4)


@pytest.mark.parametrize(
    ("size", "percent", "minimum", "expected"),
    [
        (0, 10, 5, 0), (3, 10, 5, 3), (5, 10, 5, 5), (20, 10, 5, 5), (200, 10, 5, 20), (201, 10, 5, 21),
        (7, 100, 0, 7), (7, 1, 0, 1),
    ],
    ids=["empty", "fewer than the least", "just the least", "least beats share", "share", "rounded up", "all", "one"],
)  # fmt: skip
def test_how_many(size: int, percent: int, minimum: int, expected: int) -> None:
    assert quota(size, percent, minimum) == expected


def test_the_rule_in_print_gives_the_draw() -> None:
    """Whoever has a shell can check a draw: ``printf 'seed:number' | sha256sum``, the smallest are drawn."""
    assert rank("2026", "MP1") == "f5a2614f70dee21d37fbacfb854c71ed97c5969ff595ff129391cdd24457f655"
    frame = {"hr": [f"MP{i}" for i in range(50)]}
    chosen, strata = draw(frame, "2026", 10, 0)
    assert chosen == sorted(frame["hr"], key=lambda n: rank("2026", n))[:5]
    assert (strata["hr"].size, strata["hr"].drawn) == (50, 5)


@given(frames, st.text(min_size=1, max_size=10), st.integers(1, 100), st.integers(0, 10), st.randoms())
def test_order_of_the_list_does_not_matter(
    frame: dict[str, list[str]], seed: str, percent: int, minimum: int, chance: Random
) -> None:
    shuffled = {name: chance.sample(found, len(found)) for name, found in reversed(frame.items())}
    assert draw(frame, seed, percent, minimum) == draw(shuffled, seed, percent, minimum)


@given(frames, st.integers(1, 100), st.integers(0, 10))
def test_every_stratum_gets_its_share(frame: dict[str, list[str]], percent: int, minimum: int) -> None:
    distinct = {name: [f"{name}-{n}" for n in found] for name, found in frame.items()}
    chosen, strata = draw(distinct, "seed", percent, minimum)
    counts = Counter(number.split("-")[0] for number in chosen)
    assert len(set(chosen)) == len(chosen)
    for name, found in distinct.items():
        assert counts[name] == quota(len(found), percent, minimum) == strata[name].drawn
        assert set(found) >= {number for number in chosen if number.startswith(f"{name}-")}


def test_over_many_seeds_everybody_is_drawn_about_as_often() -> None:
    frame = {"hr": [f"MP{i}" for i in range(20)]}
    counts = Counter(number for seed in range(1000) for number in draw(frame, str(seed), 25, 0)[0])
    # 1000 draws at 1/4: standard deviation 13.7; five of them either way.
    assert all(181 <= counts[number] <= 319 for number in frame["hr"])


@pytest.mark.parametrize(
    ("seed", "percent", "minimum"), [("", 10, 0), ("s", 0, 0), ("s", 101, 0), ("s", 10, -1)]
)
def test_an_impossible_draw_is_refused(seed: str, percent: int, minimum: int) -> None:
    with pytest.raises(ValueError, match="a draw needs"):
        draw({"hr": ["MP1"]}, seed, percent, minimum)


def test_a_citys_rules_replace_the_defaults_within_limits() -> None:
    assert follow_up_policy_from({"sample_percent": 20}).sample_percent == 20
    with pytest.raises(ValueError, match="call_attempts"):
        follow_up_policy_from({"call_attempts": 99})
