"""180 days of the city: legal, dated, written by many hands, and telling the stories they should."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from webapp.demo import stories
from webapp.demo.catalog import CASE, Catalog
from webapp.demo.history import build_history
from webapp.demo.patterns import local_day
from webapp.demo.places import City
from webapp.demo.records import DemoRequest, DemoReview, History
from webapp.domain.integrity import Vote, screen
from webapp.domain.rating import tags_for
from webapp.domain.workflow import EVENT_OF_ACTION, RULES, EventType, Role, Status

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def told() -> tuple[City, Catalog, History]:
    return build_history(NOW)


@pytest.fixture(scope="module")
def history(told: tuple[City, Catalog, History]) -> History:
    return told[2]


def _legal(status: Status, event: object) -> bool:
    """Whether some action of the workflow table leads from ``status`` to this event."""
    kind, after, role = EventType(event.event_type), Status(event.status), Role(event.role)  # type: ignore[attr-defined]
    return any(
        before is status
        and EVENT_OF_ACTION[action] is kind
        and rule.status_after is after
        and role in rule.roles
        for (before, action), rule in RULES.items()
    )


def test_size_and_time(history: History) -> None:
    assert 18_000 <= len(history.requests) + len(history.reviews) <= 23_000
    moments = [r.received_at for r in history.requests] + [r.created_at for r in history.reviews]
    assert max(moments) <= NOW
    assert NOW - timedelta(days=181) <= min(moments)


def test_every_step_of_every_case_is_one_that_staff_could_take(history: History) -> None:
    for request in history.requests:
        assert request.events[0].event_type == EventType.RECEIVED.value
        status, at = Status.RECEIVED, request.received_at
        for event in request.events[1:]:
            assert _legal(status, event), (request.number, status, event)
            assert at <= event.at <= NOW, request.number
            status, at = Status(event.status), event.at
        assert status.value == request.status


def test_facts_agree_with_the_events(history: History) -> None:
    for request in history.requests:
        kinds = Counter(event.event_type for event in request.events)
        assert request.reopened_count == kinds[EventType.REOPENED.value]
        assert (request.closed_at is not None) == (request.status == Status.CLOSED.value)
        assert request.unreached == (request.closed_at is not None and request.solved is None)
        assert (request.merged_into is not None) == (request.status == Status.MERGED.value)
    by_key = {request.key: request for request in history.requests}
    for again in (r for r in history.requests if r.returns_to):
        earlier = by_key[again.returns_to or 0]
        assert earlier.returned
        assert timedelta(0) < again.received_at - (earlier.closed_at or NOW) < timedelta(days=31)


def test_some_are_open_and_some_of_those_overdue(history: History) -> None:
    open_ = [r for r in history.requests if r.status in ("assigned", "accepted", "objected", "reopened")]
    overdue = [r for r in open_ if r.due_at < NOW]
    assert len(open_) > 100
    assert 5 < len(overdue) < len(open_) / 2


def test_texts_are_whole_and_seldom_repeat(history: History) -> None:
    texts = [r.text for r in history.requests] + [r.comment for r in history.reviews if len(r.comment) > 12]
    assert not [text for text in texts if re.search(r"[{}]|None|，，|。。|？？|，。", text)]
    assert len(set(texts)) > 0.94 * len(texts)
    assert min(len(text) for text in texts) >= 4


def test_the_week_and_the_day_have_a_rhythm(history: History) -> None:
    by_day = Counter(local_day(r.received_at).weekday() for r in history.requests)
    assert by_day[0] > 1.3 * by_day[6]
    counters = [r for r in history.reviews if r.scope == "per_visit" and not r.story]
    assert mean(1 <= r.created_at.hour <= 10 for r in counters) > 0.88  # 9 to 18 o'clock in the city


def test_votes_scatter_around_each_services_truth(told: tuple[City, Catalog, History]) -> None:
    _, catalog, history = told
    votes: dict[str, list[float]] = defaultdict(list)
    for review in history.reviews:
        if review.rating and not review.is_default:
            votes[review.service_code].append((review.rating - 1) / 4)
    usual = [s for s in catalog.services.values() if s.kind != CASE and len(votes[s.service_code]) > 100]
    usual = [s for s in usual if s.service_code not in (stories.COUNTER_SERVICE, stories.BRUSHED_SERVICE)]
    assert len(usual) > 20
    for service in usual:
        assert mean(votes[service.service_code]) == pytest.approx(service.quality, abs=0.1), service.name


def test_tags_are_those_offered_with_the_level(history: History) -> None:
    for review in history.reviews:
        assert set(review.tags) <= set(tags_for(review.rating or 3) if review.rating else ())


def test_story_noise_at_one_estate(told: tuple[City, Catalog, History]) -> None:
    city, _, history = told
    recent = [r for r in history.requests if r.received_at > NOW - timedelta(days=21)]
    noise = Counter(r.area_code for r in recent if r.category_code == "040201")
    first, second = noise.most_common(3)[0], noise.most_common(3)[1]
    assert first[0] == city.noise_grid
    assert first[1] > 100
    grids = [count for code, count in noise.items() if city.places[code].level == "grid" and code != first[0]]
    assert max(grids) < 10, second


def test_story_counter_whose_manners_got_better(history: History) -> None:
    turn = NOW - timedelta(days=stories.COUNTER_TURN_DAYS_AGO)
    ours = [
        r
        for r in history.reviews
        if r.service_code == stories.COUNTER_SERVICE and r.rating and not r.is_default
    ]
    before = [r.rating or 0 for r in ours if r.created_at < turn]
    after = [r.rating or 0 for r in ours if r.created_at >= turn]
    assert mean(after) - mean(before) > 1.2
    assert sum("态度差" in r.tags for r in ours if r.created_at < turn) > 15
    assert sum("态度好" in r.tags for r in ours if r.created_at >= turn) > 15


def _solved_share(requests: Sequence[DemoRequest]) -> float:
    heard = [r for r in requests if r.solved]
    return mean(r.solved == "yes" for r in heard)


def test_story_department_that_closes_fast_and_solves_little(history: History) -> None:
    by_department: dict[str, list[DemoRequest]] = defaultdict(list)
    for request in history.requests:
        by_department[request.department_code].append(request)
    large = {code: found for code, found in by_department.items() if len(found) > 150}
    share = {code: _solved_share(found) for code, found in large.items()}
    first_answer = {code: _hours_to_first_answer(found) for code, found in large.items()}
    assert min(share, key=lambda code: share[code]) == stories.HASTY_DEPARTMENT
    assert min(first_answer, key=lambda code: first_answer[code]) == stories.HASTY_DEPARTMENT
    assert share[stories.HASTY_DEPARTMENT] < 0.45


def _hours_to_first_answer(requests: Sequence[DemoRequest]) -> float:
    waits = []
    for request in requests:
        answered = [e.at for e in request.events if e.event_type == EventType.RESOLVED.value]
        if answered and request.urgency == "normal":
            waits.append((answered[0] - request.received_at).total_seconds() / 3600)
    return mean(waits)


def test_story_bought_votes_are_found_and_no_others(history: History) -> None:
    votes, records = [], {}
    for number, review in enumerate(history.reviews):
        if review.rating and not review.is_default:
            votes.append(
                Vote(
                    number,
                    review.service_code,
                    review.identity,
                    review.rating,
                    review.created_at,
                    review.comment,
                )
            )
            records[number] = review
    found: list[DemoReview] = [records[s.vote_id] for s in screen(votes)]
    bought = [r for r in history.reviews if r.story == "brushing"]
    assert len(bought) == stories.BRUSHED_VOTES
    assert len({r.identity for r in bought}) == stories.BRUSHING_IDENTITIES
    assert sum(r.story == "brushing" for r in found) > 0.95 * len(bought)
    assert sum(r.story != "brushing" for r in found) <= 5


def test_nobody_real_can_be_called(history: History) -> None:
    phones = {r.contact_phone for r in history.requests if r.contact_phone}
    assert phones
    assert all(re.fullmatch(r"10\d{9}", phone) for phone in phones)


def test_the_same_seed_tells_the_same_history() -> None:
    first, again = (build_history(NOW, requests=60, reviews=80)[2] for _ in range(2))
    other = build_history(NOW, seed=5, requests=60, reviews=80)[2]
    assert first.requests == again.requests
    assert first.reviews == again.reviews
    assert [r.text for r in first.requests] != [r.text for r in other.requests]


def test_very_many_reviews_are_left_to_be_drawn() -> None:
    history = build_history(NOW, requests=10, reviews=60_001)[2]
    assert history.more == 60_001
    assert len(history.reviews) < 1000


def test_marks_do_not_pile_up(history: History) -> None:
    texts = [r.text for r in history.requests] + [r.comment for r in history.reviews]
    assert [t for t in texts if re.search("[？，；][，。；]|问一下，问一下", t)] == []


def test_a_districts_counter_answers_for_its_own_district(told: tuple[City, Catalog, History]) -> None:
    """Complaints about a counter count for the counter of the district that they were sent to, not all for one."""
    _city, catalog, history = told
    counters = {
        s.service_code: s.department_code for s in catalog.services.values() if "." in s.department_code
    }
    sent = [r for r in history.requests if r.group == "attitude"]
    assert len({r.service_code for r in sent}) == len(counters) == 4
    # Where an objection was granted, another office answers; a trouble that came back went where the first one went.
    first = [r for r in sent if not (r.objection_count or r.transfer_count or r.returns_to)]
    assert all(counters[r.service_code] == r.department_code for r in first)
