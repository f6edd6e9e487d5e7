"""Votes that should not count, and the crowds that must."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from webapp.domain.integrity import (
    IntegrityPolicy,
    Reason,
    Vote,
    bursts,
    copied_texts,
    identity_cap,
    influence,
    near_identical_share,
    rings,
    screen,
    selection_gap,
    staff_votes,
)
from webapp.domain.near_text import near_identical

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
PRAISE = "窗口的小李耐心细致，十分钟就把居住证办好了，点赞"


def vote(vote_id: int, identity: str, level: int = 5, hours: float = 0, **more: object) -> Vote:
    return Vote(vote_id, str(more.pop("unit", "u")), identity, level, START + timedelta(hours=hours), **more)  # type: ignore[arg-type]


def quiet_history(count: int = 60, level: int | None = None) -> list[Vote]:
    """A vote every eleven hours by different people, of mixed opinion: four of five content."""
    return [vote(1000 + i, f"h{i}", level or (5 if i % 5 else 2), hours=11 * i) for i in range(count)]


def test_beyond_the_cap_the_latest_votes_stand() -> None:
    votes = [vote(i, "one", hours=i) for i in range(5)]
    assert [(s.vote_id, s.reason, s.evidence) for s in identity_cap(votes)] == [
        (0, Reason.IDENTITY_CAP, 5),
        (1, Reason.IDENTITY_CAP, 4),
    ]


def test_the_cap_is_per_unit_and_per_window() -> None:
    elsewhere = [vote(i, "one", unit=f"u{i}") for i in range(9)]
    seldom = [vote(20 + i, "two", hours=24 * 15 * i) for i in range(9)]
    assert identity_cap(elsewhere) == []
    # Within 30 days of any vote lie the next two: three in all, which is the cap.
    assert identity_cap(seldom) == []
    assert len(identity_cap(seldom, IntegrityPolicy(cap=2))) == 7


def test_votes_from_the_departments_own_network() -> None:
    assert [s.vote_id for s in staff_votes([vote(1, "a"), vote(2, "b", staff_network=True)])] == [2]


def test_forty_praises_within_an_hour_are_a_burst() -> None:
    crowd = [vote(i, f"b{i}", 5, hours=300 + i / 60) for i in range(40)]
    found = bursts([*quiet_history(), *crowd])
    assert {s.vote_id for s in found} == set(range(40))
    assert {(s.reason, s.evidence) for s in found} == {(Reason.BURST, 40)}


def test_a_busy_hour_of_mixed_opinions_stands() -> None:
    crowd = [vote(i, f"b{i}", 1 + i % 5, hours=300 + i / 60) for i in range(40)]
    assert bursts([*quiet_history(), *crowd]) == []


def test_a_busy_hour_at_a_counter_that_everybody_likes_stands() -> None:
    # Where 61 of 62 are content, twenty content votes in an hour have a chance of .72: no conspiracy.
    crowd = [vote(i, f"b{i}", 5, hours=300 + i / 60) for i in range(20)]
    assert bursts([*quiet_history(level=5), *crowd]) == []


def test_an_ordinary_history_raises_no_alarm() -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        hours = np.sort(rng.uniform(0, 24 * 90, 300))
        votes = [vote(i, f"p{i}", int(rng.integers(4, 6)), hours=float(h)) for i, h in enumerate(hours)]
        assert bursts(votes) == []


def test_the_first_day_has_no_history_to_judge_by() -> None:
    assert bursts([vote(i, f"b{i}", 5, hours=i / 60) for i in range(40)]) == []


def drip(people: int, votes: int, days: float, first: float = 20.0, level: int = 5) -> list[Vote]:
    """Votes spread evenly over days, by people in turn."""
    return [vote(i, f"d{i % people}", level, hours=24 * (first + days * i / votes)) for i in range(votes)]


def test_praise_that_comes_in_over_a_week_is_a_burst_and_as_many_stand_as_are_honest() -> None:
    # Of that week's 77 votes 12 or 13 are honest fives, which nobody can tell from the 60 bought ones.
    history = quiet_history()
    found = {s.vote_id for s in bursts([*history, *drip(60, 60, 7)])}
    fives = [
        v for v in history if v.level == 5 and 20 * 24 <= (v.at - START).total_seconds() / 3600 <= 27 * 24
    ]
    standing = len(fives) + 60 - len(found)
    assert len(fives) <= standing <= len(fives) + 8
    assert not [v for v in history if v.level != 5 and v.vote_id in found]


def test_a_slow_wave_of_anger_stands() -> None:
    assert bursts([*quiet_history(), *drip(60, 60, 7, level=1)]) == []
    assert bursts([*quiet_history(), *drip(60, 60, 1, level=1)]) == []


def test_a_campaign_of_the_usual_opinion_stands() -> None:
    crowd = [replace(v, level=5 if v.vote_id % 5 else 2) for v in drip(60, 60, 7)]
    assert bursts([*quiet_history(), *crowd]) == []


def test_what_an_earlier_look_set_aside_is_no_measure_of_the_usual() -> None:
    # Two weeks of bought praise, the first of which is set aside already: the second is still beyond the usual.
    crowd = drip(200, 200, 14, first=13)
    unknown = {s.vote_id for s in bursts([*quiet_history(), *crowd])}
    known = [replace(v, aside=Reason.BURST) if v.vote_id < 100 else v for v in crowd]
    found = {s.vote_id for s in bursts([*quiet_history(), *known])}
    assert len(found & set(range(100, 200))) >= 80
    assert len(unknown) < 100


def test_staffs_votes_make_no_crowd_of_their_neighbours() -> None:
    crowd = [replace(v, staff_network=True) for v in drip(60, 60, 7)]
    found = screen([*quiet_history(), *crowd])
    assert {s.reason for s in found} == {Reason.STAFF_NETWORK}


def test_a_ring_of_regulars_counts_once_each() -> None:
    # Twelve people who all give three fives, where four of five others are content: .8¹² = .069 is no proof.
    # Among people of whom half are content .5¹² = .0002 is.
    ring = drip(12, 36, 25)
    mixed = [vote(1000 + i, f"h{i}", 5 if i % 2 else 2, hours=11 * i) for i in range(60)]
    assert rings([*quiet_history(), *ring]) == []
    found = rings([*mixed, *ring])
    assert {s.vote_id for s in found} == set(range(24))
    assert {(s.reason, s.evidence) for s in found} == {(Reason.IDENTITY_CAP, 12)}


def test_a_few_regulars_are_no_ring() -> None:
    mixed = [vote(1000 + i, f"h{i}", 5 if i % 2 else 2, hours=11 * i) for i in range(60)]
    assert rings([*mixed, *drip(7, 21, 25)]) == []


def test_copies_by_several_people_are_found_and_the_first_stands() -> None:
    votes = [vote(i, f"c{i}", text=PRAISE + "！" * i, hours=i) for i in range(4)]
    votes.append(vote(9, "x", text="等了两个小时才轮到我，叫号系统还坏了", hours=9))
    assert [(s.vote_id, s.reason, s.evidence) for s in copied_texts(votes)] == [
        (i, Reason.NEAR_IDENTICAL, 4) for i in (1, 2, 3)
    ]


def test_one_person_repeating_themselves_is_not_a_copy_ring() -> None:
    assert copied_texts([vote(i, "same", text=PRAISE) for i in range(5)]) == []


def test_short_thanks_are_everybodys_words() -> None:
    assert near_identical(["很好，谢谢！"] * 6) == []


def test_the_same_words_are_found_behind_many_that_are_nearly_the_same() -> None:
    # One letter changed in the middle: 17 of 23 trigrams, not alike enough, but in the same buckets and earlier.
    base = "今天去社区服务中心办理老年优待证一次就办成了"
    nearly = [base[:i] + letter + base[i + 1 :] for i in range(4, 18) for letter in "厅台楼"]
    found = near_identical([*nearly, base, base + "！", base])
    assert [cluster for cluster in found if len(nearly) in cluster] == [[len(nearly) + i for i in range(3)]]


def test_likeness_is_jaccard_of_trigrams() -> None:
    # 22 letters have 20 trigrams; changing the last letter changes one: 19 / 21 = .905.
    # Changing one in the middle changes three: 17 / 23 = .739.
    base = "今天去社区服务中心办理老年优待证一次就办成了"
    end, middle = base[:-1] + "啦", base[:10] + "厅" + base[11:]
    assert len(base) == 22
    assert near_identical([base, end, middle]) == [[0, 1]]
    assert near_identical([base, middle], 0.9) == []
    assert near_identical_share([base, end, middle]) == pytest.approx(2 / 3)
    assert near_identical_share([]) == 0


def test_screen_names_each_vote_once_under_its_first_reason() -> None:
    crowd = [vote(i, "one", 5, hours=300 + i / 60, text=PRAISE, staff_network=i < 2) for i in range(40)]
    found = screen([*quiet_history(), *crowd])
    assert [s.vote_id for s in found] == list(range(40))
    assert [s.reason for s in found[:3]] == [Reason.STAFF_NETWORK, Reason.STAFF_NETWORK, Reason.IDENTITY_CAP]
    assert {s.reason for s in found[37:]} == {Reason.BURST}
    assert screen([]) == []


def test_influence_of_leaving_one_out() -> None:
    # Votes 1, 1 by a and .5, 0 by b, c: mean .625. Without a .25 (−.375), without b .667, without c .833.
    found = influence([5, 5, 3, 1], ["a", "a", "b", "c"])
    assert list(found) == ["a", "c", "b"]
    assert list(found.values()) == pytest.approx([-0.375, 0.208333, 0.041667], abs=1e-6)
    assert influence([5, 5], ["a", "a"]) == {}
    with pytest.raises(ValueError, match="one identity"):
        influence([5], ["a", "b"])


def test_gap_between_those_who_came_and_those_who_were_asked() -> None:
    # Means .2 (80 × 1, 20 × 5) and .8 (20 × 1, 80 × 5); variances 100 · .16 / 99 = .161616 each;
    # √(2 · .0016162) = .056854; −.6 ± 1.959964 · .056854 = ± .111432.
    gap = selection_gap([80, 0, 0, 0, 20], [20, 0, 0, 0, 80])
    assert gap is not None
    assert (gap.difference, gap.low, gap.high) == pytest.approx((-0.6, -0.711432, -0.488568), abs=1e-5)
    assert gap.clear
    same = selection_gap([0, 0, 0, 0, 50], [0, 0, 0, 0, 30])
    assert same is not None
    assert not same.clear
    assert selection_gap([9, 0, 0, 0, 0], [0, 0, 0, 0, 30]) is None
