"""Ratings: five levels, what they are worth, what is bad."""

import pytest

from webapp.domain.rating import RATING_LABELS, RATING_TAGS, Rating, ReviewScope, is_bad, tags_for, vote


def test_a_vote_runs_from_0_to_1_in_quarters() -> None:
    assert [vote(level) for level in (1, 2, 3, 4, 5)] == [0, 0.25, 0.5, 0.75, 1]


def test_only_the_two_lowest_levels_are_bad() -> None:
    assert [is_bad(level) for level in (1, 2, 3, 4, 5)] == [True, True, False, False, False]


@pytest.mark.parametrize("level", [0, 6, -1])
def test_no_other_level_exists(level: int) -> None:
    for function in (vote, is_bad, tags_for):
        with pytest.raises(ValueError, match="Rating"):
            function(level)


def test_every_level_has_a_name_and_distinct_tags_of_its_own_kind() -> None:
    assert len({RATING_LABELS[r] for r in Rating}) == 5
    for rating in Rating:
        assert len(set(RATING_TAGS[rating])) == len(RATING_TAGS[rating]) >= 5
    assert not set(tags_for(5)) & set(tags_for(1))


def test_scopes_are_named() -> None:
    assert ReviewScope.PER_VISIT.label == "一次一评"
    assert ReviewScope.PER_MATTER.label == "一事一评"
