"""The audit page: who may read it, what it says, filters in the address, and tampering that it notices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update

from tests.factories import tampering
from webapp.extensions import db
from webapp.models import AuditEntry
from webapp.services import audit
from webapp.views.admin.audit_words import ACTIONS

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def entries(app: Flask, town: object) -> None:
    """Three entries besides the sign-ins of the test."""
    with app.app_context():
        audit.record("contact.unmask", "MP123", 1)
        audit.record("review.set_aside", "service:x", None, reviews=[f"PJ{n}" for n in range(80)])
        audit.record("odd.action", ATTACK, 1, note=ATTACK)
        db.session.commit()


def _rows(page: str) -> list[str]:
    return re.findall(r'<tr data-action="([\w.]+)">', page)


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["login", "odd.action", "review.set_aside", "contact.unmask"]),
        ("action=contact.unmask", ["contact.unmask"]),
        ("words=MP12", ["contact.unmask"]),
        ("username=auditor", ["login"]),
        ("username=测试审计员", ["login"]),
        ("username=nobody", []),
        ("until=2001-01-01", []),
        ("since=2001-01-01&action=login", ["login"]),
        ("since=2999-01-01", []),
        ("since=9999-12-31&until=0001-01-01&action=login", ["login"]),
        ("since=yesterday&action=login&page=²", ["login"]),
        ("words=%25", []),
    ],
)
def test_filters(login: Login, query: str, expected: list[str]) -> None:
    answer = login("auditor").get(f"/admin/audit?{query}")
    assert answer.status_code == 200
    assert _rows(answer.text) == expected
    assert expected or "没有符合条件的记录" in answer.text


@pytest.mark.usefixtures("entries")
def test_it_is_readable_and_harmless(login: Login) -> None:
    page = login("admin").get("/admin/audit").text
    assert "查看联系方式" in page
    assert "(80) PJ0, PJ1" in page
    assert ATTACK not in page


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (None, "审计记录完整"),
        (update(AuditEntry).where(AuditEntry.id == 2).values(subject="MP999"), "从第 2 条起对不上"),
        (
            delete(AuditEntry).where(AuditEntry.id == select(func.max(AuditEntry.id)).scalar_subquery()),
            "末尾缺了",
        ),
    ],
    ids=["whole", "edited", "end removed"],
)
def test_verifying(app: Flask, login: Login, tamper: object, says: str) -> None:
    auditor = login("auditor")
    assert "还没有校验过" in auditor.get("/admin/audit").text
    if tamper is not None:
        with app.app_context():
            tampering.tamper(tamper)
    page = auditor.post("/admin/audit/verify", follow_redirects=True).text
    assert says in page
    assert "上次校验" in page
    assert ('<span class="badge badge-good">完整</span>' in page) == (tamper is None)
    assert _rows(page)[0] == "audit.verify"


@pytest.mark.parametrize("user", ["clerk", "head", "dispatcher", "official", "reviewer"])
def test_nobody_else_reads_or_verifies_it(login: Login, user: str) -> None:
    browser = login(user)
    assert browser.get("/admin/audit").status_code == 403
    assert browser.post("/admin/audit/verify").status_code == 403


def test_every_action_has_a_word() -> None:
    """What the services record is what the page can name."""
    import pathlib

    source = "\n".join(
        path.read_text(encoding="utf-8") for path in pathlib.Path("webapp/services").glob("*.py")
    )
    recorded = set(re.findall(r'(?:\brecord|_saved)\(\s*(?:\w+, )?"([a-z]+\.[a-z_]+)"', source))
    assert len(recorded) > 10
    assert recorded - set(ACTIONS) == set()
