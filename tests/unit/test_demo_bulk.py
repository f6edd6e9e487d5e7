"""Reviews drawn by the block: the city's own habits, whole rows, and the same ones from the same seed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from webapp.demo import bulk, bulk_words
from webapp.demo.history import MANY, build_history
from webapp.demo.rows import Ids
from webapp.extensions import db

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TOTAL = 60_500


@cache
def drawn() -> tuple[list[dict[str, Any]], list[dict[str, Any]], bulk.Bulk]:
    city, catalog, history = build_history(NOW, requests=10, reviews=MANY + 1)
    ids = Ids()
    ids.areas = {code: number for number, code in enumerate(city.places, 1)}
    ids.departments = {code: number for number, code in enumerate(catalog.departments, 1)}
    ids.services = {code: number for number, code in enumerate(catalog.services, 1)}
    words = bulk_words.unread_pool(bulk_words.compose_pool(history.reviewer))
    maker = bulk.Bulk(history.reviewer, ids, 5)
    reviews, rectifications = [], []
    for block in maker.blocks(TOTAL, 1, words):
        reviews += [dict(zip(bulk.REVIEW_COLUMNS, row, strict=True)) for row in block.reviews]
        rectifications += [
            dict(zip(bulk.RECTIFICATION_COLUMNS, row, strict=True)) for row in block.rectifications
        ]
    return reviews, rectifications, maker


@pytest.fixture(scope="module", autouse=True)
def _application_for_hashes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from tests.plugin_app import app_config
    from webapp import create_app

    folder = tmp_path_factory.mktemp("bulk")
    with create_app(app_config(folder / "settings.sqlite3", folder)).app_context():
        # The city's own clocks are asked for: none are set.
        db.create_all()
        yield


def test_every_review_is_one_use_by_somebody_in_the_past() -> None:
    reviews, _, _ = drawn()
    assert TOTAL - 600 < len(reviews) <= TOTAL
    assert [r["id"] for r in reviews] == list(range(1, len(reviews) + 1))
    for name in ("review_id", "use_key"):
        assert len({r[name] for r in reviews}) == len(reviews)
    assert all(r["created_at"] < f"{NOW:%Y-%m-%d %H:%M:%S}" for r in reviews)
    assert {r["scope"] for r in reviews} == {"per_visit", "per_matter"}
    assert all(r["is_default"] <= (r["rating"] == 5) for r in reviews)
    assert all(r["comment"] for r in reviews if r["rating"] is None)


def test_votes_follow_the_quality_of_each_service() -> None:
    reviews, _, maker = drawn()
    votes = defaultdict(list)
    for r in reviews:
        if r["rating"] and not r["is_default"]:
            votes[r["service_id"]].append((r["rating"] - 1) / 4)
    steady = ~maker.turning
    known = zip(maker.service_id[steady].tolist(), maker.quality[steady].tolist(), strict=True)
    gaps = [sum(votes[i]) / len(votes[i]) - quality for i, quality in known if len(votes[i]) > 400]
    assert len(gaps) > 20
    assert max(map(abs, gaps)) < 0.08
    assert abs(sum(gaps) / len(gaps)) < 0.02


def test_shares_are_those_of_the_city() -> None:
    reviews, rectifications, _ = drawn()
    share = sum(r["is_default"] for r in reviews) / len(reviews)
    assert share == pytest.approx(0.10, abs=0.01)
    bad = {r["id"] for r in reviews if (r["rating"] or 5) <= 2}
    assert {r["review_id"] for r in rectifications} == bad
    by_state = Counter(r["status"] for r in rectifications)
    assert set(by_state) == {"opened", "verified", "rectified", "followed_up", "unreached"}


def test_a_rectification_goes_forward() -> None:
    _, rectifications, _ = drawn()
    for r in rectifications:
        steps = [r[name] for name in ("opened_at", "verified_at", "rectified_at", "followed_up_at")]
        there = [step for step in steps if step is not None]
        assert there == sorted(there)
        assert steps[: len(there)] == there
        assert (r["satisfied"] is not None) == (r["status"] == "followed_up")
        assert bool(r["measure"]) == (r["rectified_at"] is not None)
