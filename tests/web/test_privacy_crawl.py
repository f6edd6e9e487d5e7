"""A phone, an ID number and a name go in at every door; no page, role, API, export, message or log shows them again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from tests.plugin_app import app_config
from tests.plugin_stories import After
from webapp import create_app
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.gateways.mail import ConsoleMail
from webapp.models import Notification, OutboxMessage, RequestEvent, User
from webapp.services import casework, digests, escalation, notifications, notify, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
PHONE, CARD, NAME = "13987654321", "110101199003077758", "欧阳若兰"
SPOKEN = "139 8765 4321"
SECRETS = (PHONE, SPOKEN, CARD, NAME, "若兰")
SAID = f"社保窗口不给办，我叫{NAME}，身份证{CARD}，电话{PHONE}"
ROLES = [role.value for role in Role if role not in (Role.RESIDENT, Role.SYSTEM)]
LINK = re.compile(r'(?:href|src|action)="([^"#]+)"')
# What a crawler must not follow: it would end its own session.
AVOID = ("/account/logout", "/preferences", "/static/")
MOST = 140


def _act(number: str, action: Action, note: str, actor: Actor) -> None:
    casework.act(number, casework.Step(action, note), actor)


def _cases(town: Town) -> list[str]:
    """Two cases of HR, one of them answered, each full of personal data wherever people can write."""
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    made = []
    for _round in range(2):
        draft = RequestDraft(
            text=f"{NAME}来反映：{SAID}。{NAME}",
            address=f"柳树巷3号楼，联系电话{SPOKEN}", service_code="HR-001", area_code="T111",
            contact_name=NAME, contact_phone=PHONE, identity="somebody",
        )  # fmt: skip
        made.append(submit.submit_request(draft).request.service_request_id)
        _act(made[-1], Action.SUPPLEMENT, f"补充一下，我的电话是{PHONE}，我叫{NAME}", RESIDENT)
        _act(made[-1], Action.ACCEPT, f"已电话{PHONE}联系", clerk)
        _act(made[-1], Action.ADD_NOTE, f"本人身份证{CARD}", clerk)
    _act(made[0], Action.REPLY, f"已回电{SPOKEN}，请{PHONE}保持畅通", clerk)
    _act(made[0], Action.RESOLVE, f"已给身份证{CARD}办好", clerk)
    return made


@pytest.fixture
def numbers(after: After) -> list[str]:
    told: list[str] = after(_cases)
    return told


@pytest.fixture
def spoken(app: Flask, client: FlaskClient, numbers: list[str]) -> None:
    """The same in a chat, in a review, and through the APIs."""
    client.post("/api/v1/chat/messages", json={"text": SAID})
    client.post("/services/HR-001/rate", data={"rating": "1", "comment": SAID})
    client.post("/api/v1/reviews", json={"service_code": "HR-001", "rating": 1, "comment": SAID})
    fields = {"description": SAID, "service_code": "0101", "phone": PHONE, "first_name": NAME}
    assert client.post("/open311/v2/requests.json", data=fields).status_code == 201
    answer = client.post(
        "/api/v1/requests", json={"text": SAID, "contact_name": NAME, "contact_phone": PHONE}
    )
    assert answer.status_code == 201


def _leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def _paths(browser: FlaskClient, page: str, path: str) -> Iterator[str]:
    for link in LINK.findall(page):
        parts = urlsplit(urljoin(f"http://localhost{path}", link.replace("&amp;", "&")))
        if parts.netloc == "localhost" and not parts.path.startswith(AVOID):
            yield f"{parts.path}?{parts.query}" if parts.query else parts.path


def _key(path: str) -> str:
    """Pages that differ by a number alone are looked at a few times, not a thousand."""
    return (
        re.sub(r"\d+", "#", path.partition("?")[0])
        + "?"
        + "&".join(sorted(part.partition("=")[0] for part in path.partition("?")[2].split("&")))
    )


def _crawl(browser: FlaskClient, starts: list[str]) -> int:
    """Follow every link from ``starts``; returns how many pages were read. Fails on the first that leaks."""
    waiting, seen, kinds, read = list(starts), set(starts), dict[str, int](), 0
    while waiting and read < MOST:
        path = waiting.pop(0)
        kinds[_key(path)] = kinds.get(_key(path), 0) + 1
        if kinds[_key(path)] > 2:
            continue
        answer = browser.get(path)
        read += 1
        body = answer.get_data()
        text = body.decode("utf-8", "replace") + json.dumps(dict(answer.headers), ensure_ascii=False)
        assert not _leaks(text), (
            path,
            answer.status_code,
            [text[max(0, text.find(s) - 120) : text.find(s) + 40] for s in _leaks(text)],
        )
        if answer.mimetype == "text/html":
            new = [found for found in _paths(browser, text, path) if found not in seen]
            seen.update(new)
            waiting += new
    return read


def _starts(app: Flask, numbers: list[str]) -> list[str]:
    """Every page without a variable part, and those of the cases."""
    with app.app_context():
        plain = [
            rule.rule for rule in app.url_map.iter_rules()
            if "GET" in rule.methods and "<" not in rule.rule and not rule.rule.startswith(AVOID)
        ]  # fmt: skip
    cases = [
        f"/{place}/{number}"
        for number in numbers
        for place in ("desk/requests", "requests", "api/v1/requests")
    ]
    lists = ["/api/v1/requests", "/open311/v2/requests.json", "/open311/v2/requests.xml", "/desk/?view=all"]
    searches = [f"/desk/?view=all&words={number}" for number in numbers]
    return [*plain, *cases, *lists, *searches, *(f"/open311/v2/requests/{n}.json" for n in numbers)]


@pytest.mark.usefixtures("spoken")
def test_the_public_sees_none_of_it(app: Flask, numbers: list[str]) -> None:
    assert _crawl(app.test_client(), _starts(app, numbers)) > 40


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("role", ROLES)
def test_no_role_sees_it_before_unmasking(app: Flask, login: Login, numbers: list[str], role: str) -> None:
    with app.app_context():
        notifications.take_up_events()
    assert _crawl(login(role), _starts(app, numbers)) > 30


def test_after_unmasking_it_is_seen_once_and_on_record(app: Flask, login: Login, numbers: list[str]) -> None:
    clerk = login("clerk")
    page = clerk.post(f"/desk/requests/{numbers[0]}/contact").text
    for secret in (PHONE, NAME, f"补充一下，我的电话是{PHONE}"):
        assert secret in page
    assert not _leaks(clerk.get(f"/desk/requests/{numbers[0]}").text)


def test_exports_hold_none_of_it(login: Login, app: Flask, numbers: list[str]) -> None:
    official = login("official")
    with app.app_context():
        exports = [
            rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and "export" in rule.rule
        ]
    pages = [official.get("/insight/").text, official.get("/insight/departments").text]
    links = {
        link.replace("&amp;", "&")
        for page in pages
        for link in LINK.findall(page)
        if "format" in link or "export" in link
    }
    assert links or exports
    for link in links:
        assert not _leaks(official.get(link).get_data().decode("utf-8", "replace")), link


def test_what_is_stored_in_the_clear_is_not_in_chains_messages_or_the_audit(
    app: Flask, town: Town, numbers: list[str]
) -> None:
    with app.app_context():
        notifications.take_up_events()
        casework.act(numbers[1], casework.Step(Action.SUPPLEMENT, f"还有，电话{PHONE}"), RESIDENT)
        notifications.take_up_events()
        escalation.sweep()
        for table in (
            "request_events",
            "outbox",
            "audit_entries",
            "notifications",
            "settings",
            "corrections",
        ):
            rows = db.session.execute(db.metadata.tables[table].select()).all()
            assert not _leaks(repr(rows)), table
        assert db.session.scalar(db.select(db.func.count(RequestEvent.id))) > 8
        assert db.session.scalar(db.select(db.func.count(OutboxMessage.id))) > 2
        assert db.session.scalar(db.select(db.func.count(Notification.id))) > 0


def test_messages_to_residents_and_staff_hold_none_of_it(app: Flask, town: Town, numbers: list[str]) -> None:
    said: list[str] = []

    class Carrier:
        def send(self, phone: str, text: str, message_id: str) -> None:
            said.extend([text, message_id])

    class Mail(ConsoleMail):
        def send(self, to: str, subject: str, text: str, message_id: str) -> None:
            said.extend([subject, text, message_id])

    with app.app_context():
        notifications.take_up_events()
        casework.act(numbers[1], casework.Step(Action.SUPPLEMENT, f"还有，电话{PHONE}"), RESIDENT)
        notifications.take_up_events()
        user = db.session.get_one(User, town.users["clerk"])
        notifications.save_settings(user.id, [], "clerk@example.org", True)
        digests.send(Mail(), {"user_id": user.id, "message_id": "d:1"})
        notify.deliver(Carrier())
    assert len(said) > 4
    assert not _leaks("\n".join(said))


def test_logs_hold_none_of_it(town_database: tuple[Path, Town], tmp_path: Path) -> None:
    import shutil

    shutil.copy(town_database[0], tmp_path / "m.sqlite3")
    loud = {"PROPAGATE_EXCEPTIONS": False, "LOG_LEVEL": "DEBUG"}
    app = create_app({**app_config(tmp_path / "m.sqlite3", tmp_path), **loud})
    browser = app.test_client()
    with structlog.testing.capture_logs() as lines:
        fields = {"text": SAID, "contact_name": NAME, "contact_phone": PHONE, "step": "send", "draft": "d1"}
        browser.post("/report", data=fields)
        made = browser.post("/api/v1/requests", json={"text": SAID, "contact_phone": PHONE}).json
        browser.post("/my-data", data={"number": made["service_request_id"], "secret": made["secret"]})
        at = f"/my-data/{made['service_request_id']}"
        browser.post(f"{at}/contact", data={"contact_name": NAME, "contact_phone": PHONE})
        browser.post(f"{at}/ask", data={"kind": "erasure", "words": SAID})
        browser.post("/desk/callers", data={"phone": PHONE})
        browser.get(f"/requests?words={PHONE}")
        with app.app_context():
            notify.deliver()
            notifications.take_up_events()
    written = json.dumps(lines, ensure_ascii=False, default=str)
    assert len(lines) >= 8
    assert not _leaks(written)
    assert "127.0.0.1" not in written
