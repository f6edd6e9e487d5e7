"""Where a request belongs when nobody chose: read in the words, recorded, and never against what was chosen."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from nlp.gazetteer import Gazetteer
from tests.factories import Town
from webapp.extensions import db
from webapp.models import Area, ServiceRequest, utcnow
from webapp.services import administration, casework, locating, rollups, submit
from webapp.services.submit import RequestDraft

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
HALF = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 2], [0, 2], [0, 0]]]}
LAMP = "柳树社区门口的路灯三天不亮，晚上看不见路"


def _stored(**values: object) -> ServiceRequest:
    values.setdefault("text", LAMP)
    return submit.submit_request(RequestDraft(**values)).request  # type: ignore[arg-type]


def _name(code: str, *nicknames: str) -> None:
    area = db.session.scalars(select(Area).where(Area.code == code)).one()
    values = {"name": area.name, "population": str(area.population), "nicknames": "\n".join(nicknames)}
    administration.save_area(area, values, by=1)


def _recorded(request: ServiceRequest) -> str | None:
    assigned = next(event for event in request.events if event.event_type == "assigned")
    return assigned.data.get("area")


@pytest.mark.parametrize("channel", ["web", "chat", "wechat", "hotline", "open311"])
def test_the_words_place_a_request_of_every_channel(context: Flask, channel: str) -> None:
    request = _stored(channel=channel)
    assert request.area.code == "T111"
    assert request.department.code == "T1-OFFICE"
    assert _recorded(request) == "T111"
    assert request.analysis is not None
    assert request.analysis["area"] == "T111"
    assert request.analysis["area_confidence"] >= locating.SURE
    assert rollups.verify() == []


def test_what_was_chosen_stays_and_the_words_are_kept_beside_it(context: Flask) -> None:
    request = _stored(area_code="T211")
    assert request.area.code == "T211"
    assert _recorded(request) is None
    assert request.analysis is not None
    assert request.analysis["area"] == "T111"


def test_a_position_says_more_than_words(context: Flask) -> None:
    for code, outline in (("T", SQUARE), ("T2", HALF)):
        db.session.scalars(select(Area).where(Area.code == code)).one().outline = outline
    db.session.commit()
    inside = _stored(latitude=1.0, longitude=0.5)
    assert inside.area.code == "T2"
    assert _recorded(inside) is None
    outside = _stored(latitude=50.0, longitude=50.0)
    assert outside.area.code == "T111"


def test_an_unsure_guess_is_only_shown(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "SURE", 0.95)
    # The name with a slip of the pen.
    request = _stored(text="石挢社区的路灯三天不亮")
    assert request.analysis is not None
    assert request.analysis["area"] == "T211"
    assert 0 < request.analysis["area_confidence"] < locating.SURE
    assert request.area.code == "T"
    assert _recorded(request) is None


@pytest.mark.parametrize(
    ("text", "address", "code"),
    [
        ("路灯三天不亮", "柳树社区12号", "T111"),
        ("柳树社区和石桥社区之间的路灯不亮", "石桥社区门口", "T211"),
        ("我们柳树社区门口的路灯不亮", "东门区", "T111"),
        ("东门区安居花园的路灯不亮", "安居花园3号楼", "T1111"),
        ("西门区安居花园的路灯不亮", "安居花园3号楼", "T2111"),
        ("柳树社区门口的路灯不亮", "3号楼下面", "T111"),
        ("路灯三天不亮", "3号楼下面", "T"),
    ],
)
def test_address_and_words_together(context: Flask, text: str, address: str, code: str) -> None:
    _name("T1111", "安居花园")
    _name("T2111", "安居花园")
    assert _stored(text=text, address=address).area.code == code


def test_a_new_nickname_is_known_at_once(context: Flask) -> None:
    assert _stored(text="翠湖名邸停水一整天").area.code == "T"
    _name("T2111", "翠湖名邸")
    assert _stored(text="翠湖名邸停水一整天").area.code == "T2111"


def test_another_process_change_is_noticed_and_nothing_is_built_in_vain(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[int] = []

    class Counted(Gazetteer):
        def __init__(self, entries: list[object]) -> None:
            built.append(len(entries))
            super().__init__(entries)  # type: ignore[arg-type]

    monkeypatch.setattr(locating, "Gazetteer", Counted)
    monkeypatch.setattr(locating, "MAX_AGE_S", 0.0)
    for _ in range(3):
        assert locating.area_named("翠湖名邸停水") is None
    assert built == [9]
    # As another process would: nothing here is told.
    with db.engine.begin() as connection:
        later = utcnow() + timedelta(seconds=1)
        connection.execute(
            update(Area).where(Area.code == "T2111").values(nicknames=["翠湖名邸"], updated_at=later)
        )
    found = locating.area_named("翠湖名邸停水")
    assert found is not None
    assert found.code == "T2111"
    assert built == [9, 9]


def test_while_one_thread_builds_others_go_on_with_what_they_have(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, finish = threading.Event(), threading.Event()
    with app.app_context():
        old = locating.gazetteer()
        _name("T2111", "翠湖名邸")

    class Slow(Gazetteer):
        def __init__(self, entries: list[object]) -> None:
            started.set()
            assert finish.wait(60)
            super().__init__(entries)  # type: ignore[arg-type]

    def build() -> None:
        with app.app_context():
            locating.gazetteer()

    monkeypatch.setattr(locating, "Gazetteer", Slow)
    builder = threading.Thread(target=build)
    builder.start()
    try:
        assert started.wait(60)
        with app.app_context():
            assert locating.gazetteer() is old
    finally:
        finish.set()
        builder.join()
    with app.app_context():
        assert isinstance(locating.gazetteer(), Slow)


def test_grids_are_told_apart_by_their_community(context: Flask, town: Town) -> None:
    for code in ("T1111", "T2111"):
        area = db.session.scalars(select(Area).where(Area.code == code)).one()
        area.name = "第1网格"
    db.session.commit()
    found = locating.area_named("石桥社区第一网格的楼道灯坏了")
    assert found is not None
    assert found.code == "T2111"
    assert locating.area_named("第1网格的楼道灯坏了") is None


def test_areas_that_contain_each_other_cost_nobody_their_report(context: Flask, town: Town) -> None:
    with db.engine.begin() as connection:
        connection.execute(update(Area).where(Area.code == "T1").values(parent_id=town.areas["T11"]))
    request = _stored()
    assert (request.status, request.area.code) == ("assigned", "T")
    assert request.request_type


def test_reading_again_places_what_is_still_nowhere_and_moves_nothing(context: Flask) -> None:
    nowhere, placed = _stored(text="翠湖名邸停水一整天"), _stored()
    _name("T2111", "翠湖名邸")
    _name("T211", "柳树社区")
    for request in (nowhere, placed):
        casework.read_again(request)
    assert (nowhere.area.code, placed.area.code) == ("T2111", "T111")
