"""Every residents' page: opens in both languages, one heading, labels, no internal ids; typed markup stays text."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.services import reviews, submit

PAGES = (
    "/", "/report", "/rate", "/rate?q=社保", "/rate/HR-001", "/rate/mine", "/track", "/services", "/services/HR-001",
    "/services/HR-001/qr", "/qr-sheets", "/requests", "/method", "/privacy", "/chat",
)  # fmt: skip
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>{{7*7}}"


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_page(client: FlaskClient, path: str, language: str) -> None:
    client.set_cookie("mp_lang", language)
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.text
    assert f'<html lang="{"en" if language == "en" else "zh-CN"}"' in page
    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert 'class="skip-link" href="#main"' in page
    assert '<main id="main"' in page
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    for field in re.findall(r"<(?:input|select|textarea) [^>]*>", page):
        if 'type="hidden"' in field or 'type="radio"' in field or 'type="checkbox"' in field:
            continue
        found = re.search(r' id="([^"]+)"', field)
        assert found is not None, field
        assert found[1] in labelled, field


@pytest.mark.parametrize(
    ("target", "lands"),
    [("/services?q=a", "/services?q=a"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil", "/"), ("", "/")],
)  # fmt: skip
def test_preferences_are_kept_and_lead_back_to_this_site(
    client: FlaskClient, target: str, lands: str
) -> None:
    answer = client.get("/preferences", query_string={"lang": "en", "text": "large", "next": target})
    assert answer.headers["Location"] == lands
    page = client.get("/").text
    assert '<html lang="en" class="large-text">' in page


def test_unknown_preferences_are_ignored(client: FlaskClient) -> None:
    client.get("/preferences?lang=xx&text=huge")
    assert '<html lang="zh-CN">' in client.get("/").text


def test_an_unknown_page_is_a_page(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "<h1>" in answer.text
    assert client.get("/api/v1/nowhere").json is not None


def test_markup_in_every_field_stays_text(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        done = submit.submit_request(
            submit.RequestDraft(text=EVIL, address=EVIL, contact_name=EVIL[:40], contact_phone="13800001234")
        )
        number = done.request.service_request_id
        reviews.submit_review(reviews.ReviewDraft("HR-001", "x", 1, comment=EVIL, matter=EVIL[:40]))
    client.post("/track", data={"number": number, "secret": done.secret})
    client.post(f"/track/{number}/supplement", data={"note": EVIL})
    client.post("/rate/HR-002", data={"rating": "1", "comment": EVIL})
    pages = {
        path: client.get(path)
        for path in (
            f"/track/{number}",
            "/track",
            "/requests",
            f"/requests/{number}",
            "/services/HR-001",
            "/rate/mine",
            "/",
        )
    }
    echoes = {
        "report": client.post("/report", data=dict.fromkeys(("text", "address", "latitude", "longitude", "draft"), EVIL)),
        "report again": client.post("/report", data={"text": "", "address": EVIL, "contact_name": EVIL, "contact_phone": EVIL}),
        "report send": client.post("/report", data={"step": "send", "text": EVIL, "contact_name": EVIL, "contact_phone": "1"}),
        "rate": client.post("/rate/HR-001", data={"rating": "9", "comment": EVIL, "via": EVIL}),
        "track": client.post("/track", data={"number": EVIL, "secret": EVIL}),
        "search": client.get("/rate", query_string={"q": EVIL}),
        "services": client.get("/services", query_string={"q": EVIL, "department": EVIL, "sort": EVIL}),
        "requests": client.get("/requests", query_string={"area": EVIL, "status": EVIL}),
        "missing": client.get(f"/requests/{EVIL}"),
        "tracked": client.get("/track", query_string={"number": EVIL}),
    }  # fmt: skip
    for name, answer in {**pages, **echoes}.items():
        assert answer.status_code < 500, name
        assert "<script>alert" not in answer.text, name
        assert "<img src=x" not in answer.text, name
        assert "&#39;&gt;49" not in answer.text, name
    assert "&lt;script&gt;" in pages[f"/requests/{number}"].text
    assert "&lt;script&gt;" in pages["/services/HR-001"].text
