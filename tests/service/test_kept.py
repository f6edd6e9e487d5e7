"""Results kept between pages: found again, given up after a write, computed once for many threads."""

from __future__ import annotations

import threading
import time

import pytest
from flask import Flask

from webapp.extensions import db
from webapp.queries import kept
from webapp.services import reviews


def review() -> None:
    reviews.submit_review(reviews.ReviewDraft("HR-001", f"k{time.monotonic_ns()}", 4))


def test_kept_until_something_is_written(context: Flask) -> None:
    calls: list[int] = []

    def compute() -> int:
        calls.append(1)
        return len(calls)

    assert [kept.kept("a", compute), kept.kept("a", compute)] == [1, 1]
    review()
    assert kept.kept("a", compute) == 2
    assert kept.kept("b", compute) == 3
    assert kept.kept("a", compute) == 2


def test_what_may_lag_and_what_only_casework_moves(context: Flask) -> None:
    values = iter(range(10))
    assert kept.kept("lag", lambda: next(values), tolerate=60) == 0
    assert kept.kept("cases", lambda: next(values), cases_only=True) == 1
    review()
    assert kept.kept("lag", lambda: next(values), tolerate=60) == 0
    assert kept.kept("cases", lambda: next(values), cases_only=True) == 1
    kept.forget()
    assert kept.kept("lag", lambda: next(values), tolerate=60) == 2


def test_old_results_end(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter(range(10))
    assert kept.kept("old", lambda: next(values)) == 0
    monkeypatch.setattr(kept, "MAX_AGE_S", 0.0)
    assert kept.kept("old", lambda: next(values)) == 1


def test_only_so_many_are_kept(context: Flask) -> None:
    for number in range(kept.CAPACITY + 5):
        kept.kept(number, lambda: 1)
    values = iter([2])
    assert kept.kept(0, lambda: next(values)) == 2
    assert kept.kept(kept.CAPACITY + 4, lambda: 3) == 1


def test_many_threads_compute_once(app: Flask) -> None:
    calls: list[int] = []

    def compute() -> int:
        calls.append(1)
        time.sleep(0.2)
        return 7

    found: list[int] = []

    def work() -> None:
        with app.app_context():
            found.append(kept.kept("shared", compute))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [7] * 6
    assert len(calls) == 1


def test_one_look_at_the_ids_per_transaction(context: Flask) -> None:
    looks: list[int] = []

    def look() -> int:
        looks.append(1)
        return len(looks)

    assert [kept.once("look", look), kept.once("look", look)] == [1, 1]
    review()
    assert kept.once("look", look) == 2
    db.session.commit()
    assert kept.once("look", look) == 3
    db.session.execute(db.text("DELETE FROM outbox"))
    assert kept.once("look", look) == 4


def test_a_look_grows_old(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter(range(3))
    assert kept.once("look", lambda: next(values)) == 0
    monkeypatch.setattr(kept, "ONCE_S", -1.0)
    assert kept.once("look", lambda: next(values)) == 1


def test_only_what_was_touched_is_made_anew(context: Flask) -> None:
    made: list[int] = []

    def double(value: tuple[int, ...]) -> int:
        made.append(value[0])
        return 2 * value[0]

    def all_of(values: dict[str, tuple[int, ...]]) -> dict[str, int]:
        parts = kept.parts_of("doubles")
        return {name: parts.get(name, double, value) for name, value in values.items()}

    assert all_of({"a": (1,), "b": (2,)}) == {"a": 2, "b": 4}
    assert all_of({"a": (1,), "b": (3,)}) == {"a": 2, "b": 6}
    assert made == [1, 2, 3]
    kept.forget()
    assert all_of({"a": (1,)}) == {"a": 2}
    assert made == [1, 2, 3, 1]


def test_a_result_may_be_renewed_until_it_is_old(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter(range(10))

    def renewed(old: int, since: kept.Ids, newest: kept.Ids) -> int | None:
        assert newest[0] > (since[0] or 0)
        return old + 100 if old < 100 else None

    def find() -> int:
        return kept.kept("renewed", lambda: next(values), renew=renewed)

    assert find() == 0
    review()
    assert [find(), find()] == [100, 100]
    review()
    assert find() == 1
    review()
    monkeypatch.setattr(kept, "MAX_AGE_S", 0.0)
    assert find() == 2
