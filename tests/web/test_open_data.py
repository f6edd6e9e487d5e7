"""Open data and departments as residents see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import Review, utcnow
from webapp.services import open_data, public_scores, rectifications, reviews
from webapp.services.actor import Actor
from webapp.services.reviews import ReviewDraft

AT = datetime(2025, 7, 10, 3, tzinfo=UTC)


@pytest.fixture
def published(app: Flask, town: Town) -> None:
    """One month: HR-001 with 30 good votes and 6 bad ones, HR-002 with 3 votes, HOUSING-001 with 20."""
    with app.app_context():
        for service, level, count in (
            ("HR-001", 5, 30), ("HR-001", 1, 6), ("HR-002", 4, 3), ("HOUSING-001", 5, 12), ("HOUSING-001", 2, 8),
        ):  # fmt: skip
            for number in range(count):
                reviews.submit_review(ReviewDraft(service, f"{service}{level}{number}", level), AT)
        number = db.session.query(Review).filter_by(rating=1).first().review_id
        clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
        rectifications.rectify(number, "增加了一名引导员，电话13912345678", clerk)
        assert open_data.publish_due(datetime(2025, 8, 20, tzinfo=UTC)) == ["2025-07"]


@pytest.mark.usefixtures("published")
def test_the_files_are_at_addresses_that_stay(client: FlaskClient) -> None:
    page = client.get("/open-data").text
    for table in ("reviews", "rates", "indicators", "requests", "appeals"):
        for kind in ("csv", "json"):
            assert f'href="/open-data/2025-07/{table}.{kind}"' in page
            assert client.get(f"/open-data/2025-07/{table}.{kind}").status_code == 200
    answer = client.get("/open-data/2025-07/reviews.csv")
    assert answer.data.startswith(b"\xef\xbb\xbfperiod,revision,department_code")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    found = client.get("/open-data/2025-07/reviews.json").json
    assert (found["period"], found["revision"], found["smallest"]) == ("2025-07", 1, 5)
    lines = {(r["service_code"], r["measure"]): r for r in found["records"]}
    assert lines["HR-002", "votes"] == lines["HR-002", "votes"] | {"count": None, "suppressed": True}
    assert client.get("/api/v1/open-data/2025-07/reviews").json["records"] == found["records"]
    assert [p["period"] for p in client.get("/api/v1/open-data").json] == ["2025-07"]


@pytest.mark.parametrize(
    "path",
    ["/open-data/2024-01/reviews.csv", "/open-data/2025-07/secrets.json", "/api/v1/open-data/x/reviews"],
)
@pytest.mark.usefixtures("published")
def test_what_is_not_published_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_dictionary_and_the_api_description_know_every_table(client: FlaskClient) -> None:
    page = client.get("/open-data/dictionary").text
    for name in ("level_5", "aside_burst", "clock_not_due", "unheard", "rectified_satisfied"):
        assert f"<code>{name}</code>" in page
    assert "/api/v1/open-data/{period}/{table}" in client.get("/api/openapi.json").json["paths"]


def test_before_the_first_month_the_pages_say_so(client: FlaskClient) -> None:
    assert "还没有公布过数据" in client.get("/open-data").text
    assert "还没有公布过人数" in client.get("/departments/HR").text


@pytest.mark.usefixtures("published")
def test_a_department_tells_its_numbers_and_what_it_put_right(client: FlaskClient) -> None:
    page = client.get("/departments/HR").text
    assert "增加了一名引导员" in page
    assert "13912345678" not in page
    assert "社会保险关系转移" in page
    assert "好评率" in page
    assert 'href="/departments/HR"' in client.get("/services").text
    assert client.get("/departments/NONE").status_code == 404


def test_departments_stand_in_tiers_without_ranks(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        for service in ("HR-001", "HOUSING-001"):
            for number in range(40):
                reviews.submit_review(ReviewDraft(service, f"{number}", 5 if service == "HR-001" else 1))
        assert public_scores.close_day(utcnow() + timedelta(days=1))
    page = client.get("/departments").text
    above, below = page.index('id="tier-1">高于目标'), page.index('id="tier-2">低于目标')
    assert above < page.index("市人社局") < below < page.index("市住建局")
