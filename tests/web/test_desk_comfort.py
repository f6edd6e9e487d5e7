"""Saved filters, reply templates, files by staff, mentions, marks of what is new, and the print view."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from tests.factories import Town
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import (
    AuditEntry,
    CaseFile,
    Category,
    Mention,
    Notification,
    ReplyTemplate,
    SavedFilter,
    User,
)
from webapp.services import case_files, casework, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft, Submitted

Login = Callable[[str], FlaskClient]
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF"


@pytest.fixture
def done(app: Flask) -> Submitted:
    """A case of HR with a phone number in its words."""
    with app.app_context():
        return submit.submit_request(
            RequestDraft(
                text="社保窗口没人，打我13800001234", service_code="HR-001", contact_phone="13800001111"
            )
        )


@pytest.fixture
def number(done: Submitted) -> str:
    return done.request.service_request_id


def _photo(exif: bool = False) -> bytes:
    out, image = BytesIO(), Image.new("RGB", (40, 30), "red")
    data = Image.Exif()
    data[0x010F] = "SecretCamera"
    image.save(out, "JPEG", **({"exif": data} if exif else {}))
    return out.getvalue()


# --- saved filters --------------------------------------------------------------------------------------------------


def test_a_filter_is_saved_used_as_start_and_deleted(app: Flask, login: Login) -> None:
    clerk = login("clerk")
    typed = {
        "name": "急件",
        "view": "todo",
        "urgency": "urgent",
        "nonsense": "x",
        "page": "3",
        "is_default": "1",
    }
    assert clerk.post("/desk/filters", data=typed).location == "/desk/?view=todo&urgency=urgent"
    assert clerk.get("/desk/").location == "/desk/?view=todo&urgency=urgent"
    assert "急件" in clerk.get("/desk/?view=all").text
    with app.app_context():
        number = db.session.query(SavedFilter).one().id
    clerk.post(f"/desk/filters/{number}/unset")
    assert clerk.get("/desk/").status_code == 200
    assert login("clerk.housing").post(f"/desk/filters/{number}/remove").status_code == 404
    clerk.post(f"/desk/filters/{number}/remove")
    with app.app_context():
        assert db.session.query(SavedFilter).count() == 0


def test_only_one_filter_is_the_start_and_a_name_is_replaced(app: Flask, login: Login) -> None:
    clerk = login("clerk")
    for name, view in (("甲", "todo"), ("乙", "all"), ("甲", "overdue")):
        clerk.post("/desk/filters", data={"name": name, "view": view, "is_default": "1"})
    with app.app_context():
        kept = {(f.name, f.query, f.is_default) for f in db.session.query(SavedFilter)}
    assert kept == {("甲", "view=overdue", True), ("乙", "view=all", False)}


@pytest.mark.parametrize("name", ["", "  ", "长" * 41])
def test_a_filter_needs_a_name(app: Flask, login: Login, name: str) -> None:
    page = login("clerk").post("/desk/filters", data={"name": name, "view": "todo"}, follow_redirects=True)
    assert "请给筛选起个名字" in page.text
    with app.app_context():
        assert db.session.query(SavedFilter).count() == 0


@pytest.mark.parametrize(
    ("user", "shared", "seen"),
    [("head", "1", True), ("head", "", False), ("clerk.housing", "1", False), ("dispatcher", "1", False)],
)
def test_who_sees_a_shared_filter(login: Login, user: str, shared: str, seen: bool) -> None:
    login("clerk").post("/desk/filters", data={"name": "本科室急件", "view": "todo", "shared": shared})
    assert ("本科室急件" in login(user).get("/desk/?view=all").text) == seen


# --- reply templates ------------------------------------------------------------------------------------------------


def _template(browser: FlaskClient, **values: str) -> int:
    typed = {"title": "已受理", "body": "您好，{{编号}}由{{承办单位}}办理。", **values}
    return browser.post("/desk/templates", data=typed).status_code


@pytest.mark.parametrize(
    ("user", "values", "status"),
    [
        ("clerk", {}, 302),
        ("clerk", {"shared": "1"}, 403),
        ("head", {"shared": "1"}, 302),
        ("dispatcher", {"shared": "1"}, 302),
        ("clerk", {"title": " "}, 422),
        ("clerk", {"body": ""}, 422),
        ("clerk", {"body": "{{编码}}"}, 422),
        ("clerk", {"body": "{{编号"}, 422),
        ("clerk", {"status": "flying"}, 422),
        ("clerk", {"category_code": "99"}, 422),
        ("clerk", {"id": "77"}, 404),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_a_template_must_be(
    app: Flask, login: Login, user: str, values: dict[str, str], status: int
) -> None:
    assert _template(login(user), **values) == status
    with app.app_context():
        assert db.session.query(ReplyTemplate).count() == (status == 302)


def test_a_refused_template_says_what_can_be_used_and_keeps_the_words(login: Login) -> None:
    page = login("clerk").post("/desk/templates", data={"title": "x", "body": "写了很久 {{编码}}"}).text
    assert "{{编码}}" in page
    assert "{{编号}}" in page
    assert "写了很久" in page


def test_the_offices_templates_are_kept_by_its_head(app: Flask, login: Login) -> None:
    head, clerk = login("head"), login("clerk")
    _template(head, shared="1")
    with app.app_context():
        number = db.session.query(ReplyTemplate).one().id
    assert "已受理" in clerk.get("/desk/templates").text
    assert "已受理" not in login("clerk.housing").get("/desk/templates").text
    assert clerk.post(f"/desk/templates/{number}/remove").status_code == 404
    assert clerk.get(f"/desk/templates?edit={number}").status_code == 404
    assert (
        head.post(
            "/desk/templates", data={"id": number, "title": "改名", "body": "好", "shared": "1"}
        ).status_code
        == 302
    )
    assert "改名" in clerk.get("/desk/templates").text
    head.post(f"/desk/templates/{number}/remove")
    with app.app_context():
        assert db.session.query(ReplyTemplate).count() == 0


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        ({}, True),
        ({"status": "assigned"}, True),
        ({"status": "closed"}, False),
        ({"category_code": "01"}, True),
        ({"category_code": "010101"}, True),
    ],
)
def test_templates_are_offered_where_they_fit(
    app: Flask, login: Login, town: Town, number: str, values: dict[str, str], offered: bool
) -> None:
    with app.app_context():
        casework.find(number).category_id = town.categories["010101"]
        db.session.commit()
    clerk = login("clerk")
    assert _template(clerk, **values) == 302
    page = clerk.get(f"/desk/requests/{number}").text
    assert (f"您好，{number}由市人社局办理。" in page) == offered


def test_a_template_of_another_category_is_not_offered(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        db.session.add(Category(code="05", name="别的", level=1))
        db.session.commit()
    clerk = login("clerk")
    _template(clerk, category_code="05")
    assert f"您好，{number}" not in clerk.get(f"/desk/requests/{number}").text


def test_without_javascript_a_link_fills_the_step(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    _template(clerk)
    with app.app_context():
        template = db.session.query(ReplyTemplate).one().id
    page = clerk.get(f"/desk/requests/{number}?template={template}&step=reply").text
    assert f">\n您好，{number}由市人社局办理。</textarea>" in page


def test_placeholders_written_by_hand_are_filled_or_refused(app: Flask, login: Login, number: str) -> None:
    clerk, address = login("clerk"), f"/desk/requests/{number}/act"
    refused = clerk.post(address, data={"action": "reply", "note": "您的{{编码}}"})
    assert refused.status_code == 422
    assert "您的{{编码}}" in refused.text
    assert clerk.post(address, data={"action": "reply", "note": "您的{{编号}}"}).status_code == 302
    with app.app_context():
        assert casework.find(number).events[-1].note == f"您的{number}"


# --- files ----------------------------------------------------------------------------------------------------------


def _upload(browser: FlaskClient, number: str, data: bytes, name: str, **values: str) -> int:
    form = {"file": (BytesIO(data), name), **values}
    return browser.post(
        f"/desk/requests/{number}/files", data=form, content_type="multipart/form-data"
    ).status_code


def _got(browser: FlaskClient, address: str) -> TestResponse:
    """A file, read to its end and closed."""
    answer = browser.get(address)
    answer.get_data()
    answer.close()
    return answer


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (_photo(), "现场.jpg", "image"),
        (_photo(), "假的.pdf", "image"),
        (PDF, "../../../etc/报告.pdf", "pdf"),
        (PDF, "假的.jpg", "pdf"),
    ],
    ids=["photo", "photo called pdf", "pdf with a path", "pdf called photo"],
)
def test_a_file_is_what_its_content_says(
    app: Flask, login: Login, number: str, data: bytes, name: str, kind: str
) -> None:
    clerk = login("clerk")
    assert _upload(clerk, number, data, name) == 302
    with app.app_context():
        file = db.session.query(CaseFile).one()
        assert (file.kind, file.public) == (kind, False)
        assert "/" not in file.name
        assert file.name.endswith(".pdf" if kind == "pdf" else ".jpg")
        assert case_files.path_of(file).parent == app.config["UPLOAD_DIR"] / "case-files"
    answer = _got(clerk, f"/desk/requests/{number}/files/{file.id}")
    assert answer.headers["Content-Type"] == ("application/pdf" if kind == "pdf" else "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers.get("Content-Disposition", "").startswith("attachment") == (kind == "pdf")


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "leer.pdf"),
        (b"MZ\x90 program", "x.pdf"),
        (b"<svg onload=alert(1)>", "x.svg"),
        (b"PK\x03\x04", "x.docx"),
    ],
    ids=["empty", "program", "svg", "zip"],
)
def test_anything_else_is_refused(app: Flask, login: Login, number: str, data: bytes, name: str) -> None:
    assert _upload(login("clerk"), number, data, name) == 422
    with app.app_context():
        assert db.session.query(CaseFile).count() == 0


def test_limits_of_files(app: Flask, login: Login, number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = login("clerk")
    monkeypatch.setattr(case_files, "MAX_BYTES", 100)
    assert _upload(clerk, number, PDF + b" " * 100, "gross.pdf") == 422
    monkeypatch.setattr(case_files, "MOST", 1)
    assert _upload(clerk, number, PDF, "a.pdf") == 302
    assert _upload(clerk, number, PDF, "b.pdf") == 422


def test_photos_lose_what_the_camera_wrote(app: Flask, login: Login, number: str) -> None:
    _upload(login("clerk"), number, _photo(exif=True), "x.jpg")
    with app.app_context():
        data = case_files.path_of(db.session.query(CaseFile).one()).read_bytes()
    assert b"SecretCamera" not in data


def test_who_sees_a_file(app: Flask, login: Login, client: FlaskClient, done: Submitted, number: str) -> None:
    clerk = login("clerk")
    _upload(clerk, number, PDF, "内部.pdf")
    _upload(clerk, number, _photo(), "公开.jpg", public="1")
    with app.app_context():
        inner, outer = (file.id for file in db.session.query(CaseFile).order_by(CaseFile.id))
        assert {e.details["public"] for e in db.session.query(AuditEntry).filter_by(action="case.file")} == {
            True,
            False,
        }
    address = f"/track/{number}/files"
    assert client.get(f"{address}/{outer}").status_code == 404
    client.post("/track", data={"number": number, "secret": done.secret})
    page = client.get(f"/track/{number}").text
    assert f"{address}/{outer}" in page
    assert "内部.pdf" not in page
    assert _got(client, f"{address}/{outer}").status_code == 200
    assert client.get(f"{address}/{inner}").status_code == 404
    assert _got(login("dispatcher"), f"/desk/requests/{number}/files/{inner}").status_code == 200
    assert login("clerk.housing").get(f"/desk/requests/{number}/files/{inner}").status_code == 404
    assert _upload(login("clerk.housing"), number, PDF, "x.pdf") == 404


def test_a_file_of_another_case_is_not_served_under_this_one(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        other = submit.submit_request(
            RequestDraft(text="别的事情", service_code="HR-002")
        ).request.service_request_id
    clerk = login("clerk")
    _upload(clerk, other, PDF, "x.pdf")
    assert clerk.get(f"/desk/requests/{number}/files/1").status_code == 404


def test_a_file_goes_with_its_last_use(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    _upload(clerk, number, PDF, "a.pdf")
    _upload(clerk, number, PDF, "b.pdf")
    assert login("head").post(f"/desk/requests/{number}/files/1/remove").status_code == 404
    clerk.post(f"/desk/requests/{number}/files/1/remove")
    with app.app_context():
        path = case_files.path_of(db.session.query(CaseFile).one())
        assert path.exists()
    clerk.post(f"/desk/requests/{number}/files/2/remove")
    assert not path.exists()


# --- mentions, marks, print -----------------------------------------------------------------------------------------


def _note(browser: FlaskClient, number: str, note: str) -> str:
    data = {"action": "add_note", "note": note}
    return browser.post(f"/desk/requests/{number}/act", data=data, follow_redirects=True).text


def test_a_mention_waits_until_it_is_seen(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        head = db.session.query(User).filter_by(username="head").one().name
    page = _note(login("clerk"), number, f"@{head}请看一下")
    assert "没有提醒到" not in page
    browser = login("head")
    assert number in browser.get("/desk/?view=mentions").text
    assert number not in login("dispatcher").get("/desk/?view=mentions").text
    browser.get(f"/desk/requests/{number}")
    assert number not in browser.get("/desk/?view=mentions").text
    with app.app_context():
        assert db.session.query(Mention).one().seen_at is not None


def test_who_may_not_see_the_case_is_not_mentioned(app: Flask, login: Login, town: Town, number: str) -> None:
    with app.app_context():
        stranger = db.session.get(User, town.users["clerk.housing"])
        assert stranger is not None
        stranger.name = "外单位的人"
        db.session.commit()
    page = _note(login("clerk"), number, "@外单位的人 @没有这人 看")
    assert "没有提醒到：@外单位的人、@没有这人" in page
    with app.app_context():
        assert db.session.query(Mention).count() == 0
        # What was written is stored all the same.
        assert casework.find(number).events[-1].note.startswith("@外单位的人")


def test_whoever_is_mentioned_is_told(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        head = db.session.query(User).filter_by(username="head").one()
    _note(login("clerk"), number, f"@{head.name} 请看")
    with app.app_context():
        told = db.session.query(Notification).filter_by(kind="mention").one()
        assert (told.user_id, told.url) == (head.id, f"/desk/requests/{number}")
        assert number in told.subject


def test_only_notes_mention(app: Flask, login: Login, number: str) -> None:
    with app.app_context():
        head = db.session.query(User).filter_by(username="head").one().name
    login("clerk").post(f"/desk/requests/{number}/act", data={"action": "reply", "note": f"@{head} 您好"})
    with app.app_context():
        assert db.session.query(Mention).count() == 0


def test_what_is_new_is_marked(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    assert "mark-new" in clerk.get("/desk/").text
    clerk.get(f"/desk/requests/{number}")
    assert "mark-" not in clerk.get("/desk/").text
    assert number not in clerk.get("/desk/?fresh=1").text
    # One's own step is no news to oneself, but to a colleague.
    login("head").get(f"/desk/requests/{number}")
    clerk.post(f"/desk/requests/{number}/act", data={"action": "accept"}, follow_redirects=True)
    assert "mark-" not in clerk.get("/desk/").text
    assert "mark-changed" in login("head").get("/desk/").text
    with app.app_context():
        casework.act(number, Step(Action.SUPPLEMENT, "还是没人"), RESIDENT)
    assert "mark-changed" in clerk.get("/desk/").text
    assert number in clerk.get("/desk/?fresh=1").text


def test_a_look_writes_once(app: Flask, login: Login, number: str) -> None:
    clerk = login("clerk")
    clerk.get(f"/desk/requests/{number}")
    with app.app_context():
        version = casework.find(number).version
    clerk.get(f"/desk/requests/{number}")
    with app.app_context():
        assert casework.find(number).version == version


def test_the_print_view_hides_and_is_audited(app: Flask, login: Login, town: Town, number: str) -> None:
    with app.app_context():
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        casework.act(number, Step(Action.REPLY, "已联系您"), clerk)
    page = login("clerk").get(f"/desk/requests/{number}/print")
    assert page.status_code == 200
    assert "已联系您" in page.text
    assert "13800001234" not in page.text
    assert "13800001111" not in page.text
    assert login("clerk.housing").get(f"/desk/requests/{number}/print").status_code == 404
    with app.app_context():
        entry = db.session.query(AuditEntry).filter_by(action="request.print").one()
        assert (entry.subject, entry.user_id) == (number, town.users["clerk"])


def test_search_shows_where_it_was_found_without_personal_data(login: Login, number: str) -> None:
    page = login("clerk").get("/desk/?view=all&words=打我").text
    assert "<mark>打我</mark>" in page
    assert "13800001234" not in page
    assert "在全部诉求里查找" in login("clerk").get("/desk/?view=overdue&words=打我").text
