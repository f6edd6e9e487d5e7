"""Neighbours' requests of the same trouble: from the index or by words, with one rule of what may be shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from flask import Flask
from sqlalchemy import select

from nlp.similar import SimilarIndex
from tests.plugin_app import app_config
from webapp import create_app
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.jobs import tasks
from webapp.models import Area, Category, ServiceRequest, utcnow
from webapp.services import casework, similar, similar_index, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft

LAMP = "柳树社区门口的路灯三天不亮，晚上看不见路"
AGAIN = "柳树社区门口的路灯还是不亮，晚上看不见路，请尽快修"
DISPATCHER, REVIEWER = Actor(Role.DISPATCHER), Actor(Role.REVIEWER)


def _report(text: str = LAMP, area: str = "T111", **values: object) -> ServiceRequest:
    return submit.submit_request(RequestDraft(text=text, area_code=area, **values)).request  # type: ignore[arg-type]


def _area(code: str = "T111") -> Area:
    return db.session.scalars(select(Area).where(Area.code == code)).one()


def _found(text: str = AGAIN, **values: object) -> list[int]:
    hits = similar.same_trouble(text, _area(), **values)  # type: ignore[arg-type]
    assert all(0 < hit.likeness <= 1 for hit in hits)
    return [hit.request.id for hit in hits]


def _step(request: ServiceRequest, action: Action, actor: Actor, **values: object) -> None:
    casework.act(request.service_request_id, Step(action, "测试", **values), actor)  # type: ignore[arg-type]


@pytest.fixture
def only_index(context: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Takes up what is new; nothing is then read or compared outside the index."""
    monkeypatch.setattr(similar.queries, "by_words", None)
    monkeypatch.setattr(similar, "FRESH", 0)
    return similar_index.take_up


@pytest.fixture(params=["index", "fresh", "words"])
def way(
    request: pytest.FixtureRequest, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], object]:
    """Each way in which candidates are found, made ready after the requests are stored."""
    if request.param == "words":
        return lambda: None
    monkeypatch.setattr(similar.queries, "by_words", None)
    if request.param == "fresh":
        # The index is there, and what follows is too new for it.
        similar_index.take_up()
        return lambda: None
    monkeypatch.setattr(similar, "FRESH", 0)
    return similar_index.take_up


def test_the_same_trouble_is_found_and_other_troubles_are_not(way: Callable[[], object]) -> None:
    lamp, _hole = _report(), _report("北门的井盖丢了，电动车差点掉进去")
    way()
    assert _found() == [lamp.id]
    assert _found("幼儿园什么时候报名") == []
    assert _found("。") == []


def test_only_what_may_be_shown_is_offered(way: Callable[[], object]) -> None:
    shown, own = _report(), _report()
    _report(is_public=False)
    _report(area="T211")
    _step(_report(), Action.MARK_OUT_OF_SCOPE, DISPATCHER)
    _step(_report(), Action.MERGE, DISPATCHER, merge_into=shown.service_request_id)
    old = _report()
    old.received_at = utcnow() - timedelta(days=61)
    db.session.commit()
    way()
    assert _found(exclude_id=own.id) == [shown.id]


def test_of_one_category_where_it_is_given(way: Callable[[], object]) -> None:
    category = db.session.scalars(select(Category).where(Category.code == "010101")).one()
    _report(), _report()
    mine = _report(category_code="010101")
    way()
    assert _found(category=category) == [mine.id]
    assert len(_found(limit=2)) == 2


def test_what_happens_to_a_request_decides_whether_it_is_kept(only_index: Callable[[], int]) -> None:
    first, second = _report(), _report()
    assert only_index() == 2
    assert only_index() == 0
    _step(second, Action.MERGE, DISPATCHER, merge_into=first.service_request_id)
    assert (only_index(), _found()) == (1, [first.id])
    _step(second, Action.UNMERGE, DISPATCHER)
    assert (only_index(), sorted(_found())) == (1, [first.id, second.id])
    _step(first, Action.MARK_OUT_OF_SCOPE, DISPATCHER)
    assert (only_index(), _found()) == (1, [second.id])
    _step(first, Action.ASSIGN, DISPATCHER, department_code="HR")
    assert (only_index(), sorted(_found())) == (1, [first.id, second.id])
    assert only_index() == 0


def test_taking_up_again_what_was_taken_up_changes_nothing(only_index: Callable[[], int]) -> None:
    """As after a crash between saving and remembering."""
    request = _report()
    only_index()
    note = similar_index.folder() / "TAKEN"
    later = _report("柳树社区北门的井盖丢了，电动车差点掉进去")
    before = note.read_text()
    assert only_index() == 1
    note.write_text(before)
    assert only_index() == 0
    assert (_found(), _found("北门的井盖丢了")) == ([request.id], [later.id])


def test_an_event_committed_late_is_not_missed(only_index: Callable[[], int]) -> None:
    request = _report()
    only_index()
    # The number that the sweep saw is already behind this request's events.
    _report("柳树社区北门的井盖丢了，电动车差点掉进去")
    index = SimilarIndex.open(similar_index.folder())
    index.remove(request.id)
    index.save()
    assert _found() == []
    only_index()
    assert _found() == [request.id]


@pytest.mark.parametrize("lost", ["TAKEN", "CURRENT", "damaged", "other database"])
def test_the_sweep_mends_what_it_finds_broken(only_index: Callable[[], int], lost: str) -> None:
    request = _report()
    only_index()
    place = similar_index.folder()
    if lost == "damaged":
        (place / "CURRENT").write_text("{")
    elif lost == "other database":
        (place / "TAKEN").write_text(json.dumps({"event": 10**6}))
    else:
        (place / lost).unlink()
    assert only_index() == 1
    assert _found() == [request.id]
    assert only_index() == 0


def test_words_alone_find_it_while_there_is_no_index_and_that_is_said_once(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Mock()
    monkeypatch.setattr(similar_index, "logger", log)
    request = _report()
    assert _found() == _found() == [request.id]
    assert [call.kwargs for call in log.warning.mock_calls] == [{"reason": "missing"}]
    similar_index.take_up()
    assert _found() == [request.id]
    log.info.assert_called_once()
    (similar_index.folder() / "CURRENT").write_text("{")
    assert _found() == _found() == [request.id]
    assert len(log.warning.mock_calls) == 2
    assert "CURRENT cannot be read" in log.warning.mock_calls[1].kwargs["reason"]


def test_one_writer_at_a_time_and_readers_never_wait(only_index: Callable[[], int]) -> None:
    request = _report()
    only_index()
    later = _report()
    other = SimilarIndex.open(similar_index.folder())
    other.add(10**6, "别的进程正在写")
    assert only_index() == 0
    assert _found() == [request.id]
    other.close()
    assert only_index() == 1
    assert sorted(_found()) == [request.id, later.id]


def test_another_process_sees_what_was_saved(
    only_index: Callable[[], int], context: Flask, tmp_path: Path
) -> None:
    first = _report()
    only_index()
    config = app_config(tmp_path / "minping.sqlite3", tmp_path)
    reader = create_app(config)
    with reader.app_context():
        assert _found() == [first.id]
    second = _report()
    only_index()
    with reader.app_context():
        assert sorted(_found()) == [first.id, second.id]
        db.session.remove()
        db.engine.dispose()


def test_what_is_deleted_without_a_trace_is_gone_when_the_index_is_made_anew(context: Flask) -> None:
    kept, gone = _report(), _report()
    similar_index.take_up()
    gone.received_at = utcnow() - timedelta(days=90)
    db.session.commit()
    assert len(SimilarIndex.open(similar_index.folder())) == 2
    answer = context.test_cli_runner().invoke(args=["similar", "rebuild"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("1 requests in ")
    assert SimilarIndex.open(similar_index.folder()).saved([kept.id, gone.id]) == {kept.id}


def test_no_personal_data_and_no_words_lie_in_the_folder(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    added = SimilarIndex.add
    monkeypatch.setattr(
        SimilarIndex,
        "add",
        lambda self, key, text, when=0: texts.append(text) or added(self, key, text, when),
    )
    similar_index.take_up()
    _report(LAMP + "，我叫王小明，电话13800001234")
    similar_index.take_up()
    assert len(texts) == 1
    assert "路灯" in texts[0]
    assert "王小明" not in texts[0]
    assert "1380000" not in texts[0]
    stored = b"".join(path.read_bytes() for path in similar_index.folder().rglob("*") if path.is_file())
    assert "路灯".encode() not in stored
    assert b"1380000" not in stored


def test_a_folder_of_its_own_may_be_configured(context: Flask, tmp_path: Path) -> None:
    context.config["SIMILAR_DIR"] = tmp_path / "elsewhere"
    _report()
    similar_index.take_up()
    assert (tmp_path / "elsewhere" / "CURRENT").exists()
    assert not (tmp_path / "similar").exists()


def test_the_worker_runs_both_sweeps(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "flask_app", context)
    _report()
    tasks.take_up_similar.run()
    assert len(SimilarIndex.open(similar_index.folder())) == 1
    tasks.rebuild_similar.run()
    assert len(SimilarIndex.open(similar_index.folder())) == 1
    timetable = {entry["task"] for entry in tasks.app.conf.beat_schedule.values()}
    assert {"minping.take_up_similar", "minping.rebuild_similar"} <= timetable
