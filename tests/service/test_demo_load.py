"""The city in a database: readings real, chains valid, roll-ups true, accounts that open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select

from nlp import analyze
from tests.plugin_app import app_config
from webapp import create_app
from webapp.demo import bulk_words, history, load, roster
from webapp.demo.load import Loaded
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import (
    Area,
    Category,
    Department,
    Rectification,
    RequestEvent,
    Review,
    Service,
    ServiceRequest,
    Support,
    User,
)  # fmt: skip
from webapp.queries import evaluation, replaying
from webapp.queries.categories import early_hints
from webapp.queries.findings import stand_out
from webapp.queries.tallies import Window
from webapp.services import accounts, audit, dispatch, events, reviews, rollups, submit

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def city_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Loaded]:
    folder = tmp_path_factory.mktemp("city")
    app = create_app(app_config(folder / "city.sqlite3", folder))
    with app.app_context():
        db.create_all()
        loaded = load.load_city(NOW, requests=260, reviews=420)
        db.session.remove()
        db.engine.dispose()
    return folder / "city.sqlite3", loaded


@pytest.fixture
def city(city_file: tuple[Path, Loaded], tmp_path: Path) -> Iterator[Flask]:
    shutil.copy(city_file[0], tmp_path / "city.sqlite3")
    app = create_app(app_config(tmp_path / "city.sqlite3", tmp_path))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def loaded(city_file: tuple[Path, Loaded]) -> Loaded:
    return city_file[1]


@pytest.mark.usefixtures("city")
class TestLoaded:
    def test_counts_are_those_reported(self, loaded: Loaded) -> None:
        def count(model: type) -> int:
            return db.session.scalar(select(func.count()).select_from(model)) or 0

        assert (count(ServiceRequest), count(RequestEvent)) == (loaded.requests, loaded.events)
        assert count(Review) == loaded.reviews
        assert (count(Service), count(User) > 200, count(Department) > 60) == (91, True, True)
        assert count(Support) > 0
        assert count(Rectification) > 20

    def test_rollups_equal_a_rebuild_and_chains_verify(self) -> None:
        assert rollups.verify() == []
        assert replaying.all_differences() == []
        assert events.broken_chains() == []
        assert audit.first_broken() is None

    def test_readings_are_what_the_language_layer_says(self) -> None:
        for request in db.session.scalars(select(ServiceRequest).order_by(ServiceRequest.id).limit(40)):
            reading = analyze(request.text)
            assert request.sentiment == round(reading.sentiment * 1000)
            assert request.model == reading.model
        review = db.session.scalars(select(Review).where(Review.comment != "")).first()
        assert review is not None
        assert review.prediction == round((analyze(review.comment).expected_rating - 1) / 4 * 1000)
        silent = db.session.scalars(select(Review).where(Review.comment == "")).first()
        assert silent is not None
        assert silent.prediction is None

    def test_bought_votes_are_set_aside_and_stay(self, loaded: Loaded) -> None:
        service = db.session.scalar(select(Service).where(Service.service_code == "cg-004"))
        assert service is not None
        aside = select(func.count()).where(Review.set_aside.is_not(None))
        of_service = db.session.scalar(aside.where(Review.service_id == service.id)) or 0
        assert of_service >= 180
        assert loaded.set_aside - of_service <= 3

    def test_the_stories_stand_out_to_somebody_who_does_not_know_them(self) -> None:
        window = Window.ending(NOW.date(), 90)
        services = evaluation.service_scorecards(window)
        found = stand_out(services, [], services[0].plain_rates)
        # In a city this small no change is beyond chance; in the whole one this service is the only one named.
        changed = {card.unit.code: card.change for card in services if card.change is not None}
        assert max(changed, key=changed.__getitem__) == "zw-001"
        assert changed["zw-001"] > 8
        assert [card.unit.code for card in found.brushed] == ["cg-004"]
        (hint,) = [hint for hint in early_hints(NOW.date()) if hint.category == "0402"]
        assert (hint.trouble.name, hint.spot.name) == ("噪声污染", "澜庭社区")
        assert min(hint.trouble.count, hint.spot.count) > hint.count / 2

    def test_areas_form_a_tree_with_outlines(self) -> None:
        grid = db.session.scalars(select(Area).where(Area.level == 5)).first()
        assert grid is not None
        assert grid.path.count("/") == 5
        assert grid.outline is not None
        assert grid.outline["type"] == "Polygon"
        assert grid.nicknames

    def test_dispatch_uses_the_citys_rules(self) -> None:
        category = db.session.scalar(select(Category).where(Category.code == "030703"))
        district = db.session.scalar(select(Area).where(Area.name == "南浦区"))
        assert district is not None
        assert dispatch.responsible_department(category, district).code == "nanpu.cg"

    def test_a_listed_account_signs_in(self) -> None:
        listed = roster.listed_staff()
        assert ("clerk.rs", "clerk") in [row[:2] for row in listed]
        assert accounts.check_password("clerk.rs", load.PASSWORD).role == "clerk"

    def test_the_sample_case_opens(self, loaded: Loaded) -> None:
        assert submit.open_case(loaded.sample_number, loaded.sample_secret).status == "resolved"

    def test_a_second_load_is_refused(self) -> None:
        with pytest.raises(ValueError, match="already holds a city"):
            load.load_city(NOW)

    def test_cli_leaves_a_loaded_city_alone(self, city: Flask) -> None:
        before = db.session.scalar(select(func.count(Review.id)))
        answer = city.test_cli_runner().invoke(args=["demo", "load", "--if-empty"])
        assert (answer.exit_code, "nothing loaded" in answer.output) == (0, True)
        assert city.test_cli_runner().invoke(args=["demo", "load"]).exit_code == 1
        assert db.session.scalar(select(func.count(Review.id))) == before

    def test_cli_lists_logins(self, city: Flask) -> None:
        short = city.test_cli_runner().invoke(args=["demo", "logins"]).output
        every = city.test_cli_runner().invoke(args=["demo", "logins", "--all"]).output
        assert "official.city" in short
        assert load.PASSWORD in short
        assert ("official.dongcheng" in short, "official.dongcheng" in every) == (False, True)
        # One of each role is shown, and all means all.
        assert {line.split()[1] for line in short.splitlines()[:9]} == {role.value for role in Role} - {
            "resident",
            "system",
        }
        assert len(every.splitlines()) > db.session.query(User).count()


def test_production_wants_a_password_of_its_own(tmp_path: Path) -> None:
    app = create_app(app_config(tmp_path / "empty.sqlite3", tmp_path) | {"ENVIRONMENT": "production"})
    with app.app_context():
        db.create_all()
        answer = app.test_cli_runner().invoke(args=["demo", "load"])
        assert answer.exit_code == 1
        assert "--password" in answer.output
        assert load.is_empty()
        db.engine.dispose()


def test_cli_makes_the_tables_first_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(app_config(tmp_path / "new.sqlite3", tmp_path))
    monkeypatch.setattr(load, "load_city", lambda *_args, **_options: Loaded(1, 2, 3, 0, "MP1", "S1"))
    answer = app.test_cli_runner().invoke(args=["demo", "load", "--if-empty", "--migrate"])
    assert answer.exit_code == 0, answer.output
    assert "a case to track: MP1, secret S1" in answer.output
    with app.app_context():
        assert load.is_empty()
        db.engine.dispose()


def _filled(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small city whose ordinary reviews come by the bulk path, checked as a loaded city is."""
    monkeypatch.setattr(history, "MANY", 100)
    monkeypatch.setattr(bulk_words, "POOL", 12)
    app = create_app(app_config(folder / "unused", folder) | {"SQLALCHEMY_DATABASE_URI": url})
    with app.app_context():
        db.create_all()
        before = _schema()
        try:
            loaded = load.load_city(NOW, requests=60, reviews=3000)
            assert _schema() == before
            assert db.session.scalar(select(func.count()).select_from(Review)) == loaded.reviews > 2900
            assert rollups.verify() == []
            review = db.session.scalars(
                select(Review).where(Review.comment != "").order_by(Review.id.desc())
            ).first()
            assert review is not None
            assert review.prediction == round((analyze(review.comment).expected_rating - 1) / 4 * 1000)
            assert review.created_at.tzinfo is not None
            mended = db.session.scalars(
                select(Rectification).where(Rectification.rectified_at.is_not(None))
            ).first()
            assert mended is not None
            assert mended.rectified_at is not None
            assert mended.opened_at < mended.rectified_at
            # Whoever comes next gets the next number.
            fresh = reviews.submit_review(reviews.ReviewDraft("zw-001", "next", 2))
            assert fresh.id == loaded.reviews + 1
            assert rollups.verify() == []
        finally:
            db.session.remove()
            db.drop_all()
            db.engine.dispose()


def _schema() -> set[str]:
    """Indexes and constraints of the tables that the bulk path takes them from."""
    found, look = set(), inspect(db.engine)
    for table in ("reviews", "rectifications"):
        found |= {f"index {i['name']} {i['column_names']} {i['unique']}" for i in look.get_indexes(table)}
        found |= {f"unique {u['name']} {u['column_names']}" for u in look.get_unique_constraints(table)}
        found |= {f"key {k['name']} {k['referred_table']}" for k in look.get_foreign_keys(table)}
    return found


def test_the_bulk_path_on_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _filled(f"sqlite:///{tmp_path / 'bulk.sqlite3'}", tmp_path, monkeypatch)


@pytest.mark.needs_postgres
def test_the_bulk_path_on_postgresql(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _filled(postgres_url.replace("postgresql://", "postgresql+psycopg://"), tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "wanted"), [(["--reviews", "70000"], 70_000), (["load", "--reviews", "9"], 9)]
)
def test_cli_takes_the_number_of_reviews_either_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], wanted: int
) -> None:
    app, given = create_app(app_config(tmp_path / "new.sqlite3", tmp_path)), []

    def note(_now: datetime, _seed: int, number: int, **_options: object) -> Loaded:
        given.append(number)
        return Loaded(1, 2, 3, 0, "MP1", "S1")

    monkeypatch.setattr(load, "load_city", note)
    with app.app_context():
        db.create_all()
        answer = app.test_cli_runner().invoke(args=["demo", *arguments])
        assert (answer.exit_code, given) == (0, [wanted]), answer.output
        db.engine.dispose()
