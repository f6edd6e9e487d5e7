"""Staff's corrections become the city's model: through the services, the commands and the administration's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from nlp.adapt_judge import Outcome
from tests.factories.bikes import messages
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import AuditEntry, Correction, ServiceRequest, utcnow
from webapp.services import audit, language, learning
from webapp.services.actor import Actor
from webapp.services.casework import Step, act
from webapp.services.submit import RequestDraft, submit_request

Login = Callable[[str], FlaskClient]
NEW = "地铁口共享单车到处乱停，行人没法走路，麻烦催一下运营公司"
CODE = "010101"


def _store(
    count: int, field: str = "category", corrected: str = CODE, predicted: str = "", first: int = 0
) -> None:
    """So many cases, each with a correction, without the casework around them."""
    texts = messages(first + count)[first:]
    sample = submit_request(RequestDraft(text="窗口没人", service_code="HR-001")).request
    now = utcnow() - timedelta(days=30)
    for n, text in enumerate(texts):
        request = ServiceRequest(
            service_request_id=f"MPL{first + n:06d}", secret_hash="x", channel="web", text=text, status="accepted",
            received_at=now + timedelta(minutes=n), received_day=now.date(), area_id=sample.area_id,
            department_id=sample.department_id, due_at=now, request_type="complaint",
        )  # fmt: skip
        db.session.add(request)
        db.session.flush()
        db.session.add(
            Correction(request_id=request.id, field=field, predicted=predicted, corrected=corrected)
        )
    db.session.commit()


def _leaf() -> str:
    return language.analyzer().analyze(NEW).category


@pytest.mark.usefixtures("context")
def test_sixty_corrections_change_what_the_running_analyzer_says() -> None:
    before = _leaf()
    assert before != CODE
    _store(60)
    done = learning.retrain_city()
    assert done.version == "city-0001"
    assert _leaf() == CODE
    read = language.read(NEW)
    assert read is not None
    assert read.model.endswith(" city-0001")
    # What has nothing to do with bicycles is read as before.
    wages = "公司拖欠农民工工资三个月，劳动监察大队不处理"
    plain = language.default_analyzer().analyze(wages)
    assert language.analyzer().analyze(wages).category == plain.category
    entry = db.session.query(AuditEntry).filter_by(action="model.retrain").one()
    assert entry.subject == "city-0001"
    assert entry.details["trained_on"] + entry.details["held_out"] == 60
    assert entry.details["tree"][0] == "better"
    assert audit.first_broken() is None
    card = (language.city_folder() / "city-0001" / "card.md").read_text(encoding="utf-8")
    assert "# City model city-0001" in card
    assert "Learning curve" in card


@pytest.mark.usefixtures("context")
def test_rolling_back_and_forth() -> None:
    before = _leaf()
    _store(60)
    learning.retrain_city()
    learning.roll_back("base", None)
    assert _leaf() == before
    assert learning.in_service() == "base"
    learning.roll_back("city-0001", None)
    assert _leaf() == CODE
    with pytest.raises(Exception, match="city-0404"):
        learning.roll_back("city-0404", None)
    assert learning.in_service() == "city-0001"
    subjects = [e.subject for e in db.session.query(AuditEntry).filter_by(action="model.rollback")]
    assert subjects == ["base", "city-0001"]


@pytest.mark.usefixtures("context")
def test_a_dry_run_changes_nothing() -> None:
    before = _leaf()
    _store(60)
    done = learning.retrain_city(dry_run=True)
    assert done.outcome.model is not None
    assert done.version is None
    assert not language.city_folder().exists()
    assert _leaf() == before
    assert db.session.query(AuditEntry).filter_by(action="model.retrain").count() == 0


@pytest.mark.usefixtures("context")
def test_a_worse_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second candidate learned the opposite of what staff say: it is stored nowhere and the first keeps serving."""
    _store(60)
    assert learning.retrain_city().version == "city-0001"
    from nlp import adapt_judge

    fit = adapt_judge.fit_city

    def spoiled(*args: object, **more: object) -> object:
        model = fit(*args, **more)  # type: ignore[arg-type]
        for delta in model.deltas.values():
            np.negative(delta.weights, out=delta.weights)
            np.negative(delta.bias, out=delta.bias)
        return model

    monkeypatch.setattr(adapt_judge, "fit_city", spoiled)
    done = learning.retrain_city()
    assert done.version is None
    assert {j.verdict for j in done.outcome.judgements if j.head == "tree"} == {"worse_on_corrections"}
    assert learning.in_service() == "city-0001"
    assert [version.name for version in learning.versions()] == ["city-0001"]
    assert _leaf() == CODE


@pytest.mark.usefixtures("context")
def test_a_damaged_version_is_refused_and_the_one_before_serves_on() -> None:
    _store(60)
    learning.retrain_city()
    _store(30, first=60)
    assert learning.retrain_city().version == "city-0002"
    learning.roll_back("city-0001", None)
    file = language.city_folder() / "city-0002" / "model.npz"
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(Exception, match="checksum"):
        learning.roll_back("city-0002", None)
    assert learning.in_service() == "city-0001"
    assert _leaf() == CODE


@pytest.mark.usefixtures("context")
def test_without_corrections_nothing_is_learned() -> None:
    done = learning.retrain_city()
    assert done.version is None
    assert isinstance(done.outcome, Outcome)
    assert done.outcome.trained == 0


@pytest.mark.usefixtures("context")
def test_the_last_word_counts_and_personal_data_is_masked() -> None:
    _store(1, field="request_type", corrected="praise", predicted="complaint")
    request = db.session.query(ServiceRequest).filter_by(service_request_id="MPL000000").one()
    request.text = "我叫王小明，电话13812345678，共享单车乱停"
    db.session.add(
        Correction(request_id=request.id, field="request_type", predicted="praise", corrected="suggestion")
    )
    db.session.commit()
    examples = learning.examples()
    assert [(e.field, e.label, e.agreed) for e in examples] == [("request_type", "suggestion", False)]
    assert "13812345678" not in examples[0].text
    assert "王小明" not in examples[0].text


@pytest.mark.usefixtures("context")
def test_handled_cases_that_nobody_corrected_count_as_agreement() -> None:
    clerk = Actor(Role.CLERK)
    answered = submit_request(
        RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001")
    ).request
    waiting = submit_request(RequestDraft(text="社保窗口排队太久", service_code="HR-001")).request
    clerk = Actor(Role.CLERK, department_id=answered.department_id)
    number = answered.service_request_id
    act(number, Step(Action.ACCEPT), clerk)
    act(number, Step(Action.RESOLVE, "已增开窗口"), clerk)
    # Nothing was ever corrected: nothing to learn, agreement alone teaches nothing.
    assert learning.examples() == []
    act(waiting.service_request_id, Step(Action.CORRECT_TYPE, request_type="praise"), clerk)
    found = {(e.text, e.label, e.agreed) for e in learning.examples()}
    assert found == {(answered.text, answered.request_type, True), (waiting.text, "praise", False)}


def test_the_commands(app: Flask) -> None:
    runner = app.test_cli_runner()
    with app.app_context():
        _store(60)
    dry = runner.invoke(args=["nlp", "retrain", "--dry-run", "--card"])
    assert dry.exit_code == 0, dry.output
    assert "a new version would serve" in dry.output
    assert "Learning curve" in dry.output
    done = runner.invoke(args=["nlp", "retrain"])
    assert done.exit_code == 0, done.output
    assert "in service: city-0001" in done.output
    listed = runner.invoke(args=["nlp", "versions"]).output
    assert "* city-0001" in listed
    assert "  base" in listed
    assert runner.invoke(args=["nlp", "rollback", "base"]).output == "in service: base\n"
    assert "* base" in runner.invoke(args=["nlp", "versions"]).output
    wrong = runner.invoke(args=["nlp", "rollback", "city-7777"])
    assert wrong.exit_code == 1
    assert "city-7777" in wrong.output
    with app.app_context():
        path = Path(app.config["VAR_DIR"]) / "city-model"
        assert language.city_folder() == path
        assert (path / "city-0001" / "card.md").is_file()


def test_the_page_lists_versions_and_goes_back(app: Flask, login: Login) -> None:
    with app.app_context():
        _store(60)
        learning.retrain_city()
    admin = login("admin")
    page = admin.get("/admin/models").text
    assert "city-0001" in page
    assert "更好，已采用" in page
    assert 'name="version" value="base"' in page
    assert 'name="version" value="city-0001"' not in page
    answer = admin.post("/admin/models/serve", data={"version": "base"}, follow_redirects=True)
    assert "已切换" in answer.text
    assert 'name="version" value="city-0001"' in answer.text
    refused = admin.post("/admin/models/serve", data={"version": "../x"}, follow_redirects=True)
    assert "不能投入使用" in refused.text
    auditor = login("auditor")
    assert "改用这个版本" not in auditor.get("/admin/models").text
    assert auditor.post("/admin/models/serve", data={"version": "base"}).status_code == 403


def test_a_broken_header_does_not_break_the_page(app: Flask, login: Login) -> None:
    with app.app_context():
        folder = language.city_folder() / "city-0001"
        folder.mkdir(parents=True)
        (folder / "model.json").write_text("{not json", encoding="utf-8")
    page = login("admin").get("/admin/models")
    assert page.status_code == 200
    assert "不能使用" in page.text


@pytest.mark.parametrize(
    ("user", "level", "expected"),
    [
        ("clerk", "emergency", 302), ("clerk", "urgent", 302), ("dispatcher", "urgent", 302), ("clerk", "", 422),
        ("clerk", "soon", 422), ("official", "urgent", 403), ("grid_worker", "urgent", 404),
    ],
)  # fmt: skip
def test_correcting_the_urgency(app: Flask, login: Login, user: str, level: str, expected: int) -> None:
    with app.app_context():
        request = submit_request(
            RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001")
        ).request
        number, due, before = request.service_request_id, request.due_at, request.urgency
    form = {"action": "correct_urgency", "urgency": level, "note": "家中有危重病人"}
    answer = login(user).post(f"/desk/requests/{number}/act", data=form)
    assert answer.status_code == expected
    with app.app_context():
        request = db.session.query(ServiceRequest).filter_by(service_request_id=number).one()
        kept = db.session.query(Correction).all()
        if expected == 302:
            assert (request.urgency, request.due_at < due) == (level, True)
            assert [(c.field, c.predicted, c.corrected) for c in kept] == [("urgency", before, level)]
            assert request.events[-1].public
        else:
            assert (request.urgency, request.due_at, kept) == (before, due, [])


def test_a_department_cannot_set_its_own_clock_back(app: Flask, login: Login) -> None:
    with app.app_context():
        draft = RequestDraft(text="社保窗口一直没人", service_code="HR-001", urgency="emergency")
        number = submit_request(draft).request.service_request_id
    form = {"action": "correct_urgency", "urgency": "normal", "note": "不急"}
    clerk = login("clerk")
    assert 'value="normal"' not in clerk.get(f"/desk/requests/{number}").text
    assert clerk.post(f"/desk/requests/{number}/act", data=form).status_code == 403
    dispatcher = login("dispatcher")
    assert 'value="normal"' in dispatcher.get(f"/desk/requests/{number}").text
    assert dispatcher.post(f"/desk/requests/{number}/act", data=form).status_code == 302
    assert clerk.post(f"/desk/requests/{number}/act", data={**form, "note": " "}).status_code == 422
    with app.app_context():
        request = db.session.query(ServiceRequest).filter_by(service_request_id=number).one()
        assert request.urgency == "normal"
        assert request.due_at - request.received_at > timedelta(days=5)


@pytest.mark.parametrize(("kind", "expected"), [("suggestion", 302), ("nonsense", 422), ("", 422)])
def test_correcting_the_type(app: Flask, login: Login, kind: str, expected: int) -> None:
    with app.app_context():
        request = submit_request(
            RequestDraft(text="社保窗口一直没人，等了一上午", service_code="HR-001")
        ).request
        number, before = request.service_request_id, request.request_type
    clerk = login("clerk")
    assert "改为其他类型" in clerk.get(f"/desk/requests/{number}").text
    form = {"action": "correct_type", "request_type": kind}
    assert clerk.post(f"/desk/requests/{number}/act", data=form).status_code == expected
    with app.app_context():
        request = db.session.query(ServiceRequest).filter_by(service_request_id=number).one()
        assert request.request_type == (kind if expected == 302 else before)
        assert db.session.query(Correction).count() == (expected == 302)
        if expected == 302:
            assert not request.events[-1].public


def test_reading_again_keeps_what_people_decided(app: Flask) -> None:
    from webapp.services import casework

    with app.app_context():
        request = submit_request(
            RequestDraft(text="家里闻到很浓的煤气味，头很晕", service_code="HR-001")
        ).request
        assert request.urgency == "emergency"
        step = Step(Action.CORRECT_URGENCY, "核实是邻居做饭", urgency="normal")
        act(request.service_request_id, step, Actor(Role.DISPATCHER))
        act(
            request.service_request_id,
            Step(Action.CORRECT_TYPE, request_type="inquiry"),
            Actor(Role.DISPATCHER),
        )
        casework.read_again(request)
        assert (request.urgency, request.request_type) == ("normal", "inquiry")
