"""The JSON API: what callers send, what they get, what they are told when it is wrong."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


def _report(client: FlaskClient, **values: object) -> dict[str, str]:
    answer = client.post("/api/v1/requests", json={"text": "柳树小区路灯坏了三天，我叫王小明", **values})
    assert answer.status_code == 201, answer.text
    body: dict[str, str] = answer.json
    return body


def test_report_and_look_up(client: FlaskClient) -> None:
    created = _report(client, area_code="T111")
    assert created["secret"]
    assert created["status"] == "assigned"
    found = client.get(f"/api/v1/requests/{created['service_request_id']}").json
    assert found["area"]["code"] == "T111"
    assert [e["event_type"] for e in found["events"]] == ["received", "assigned"]
    assert "王小明" not in found["text"]
    listed = client.get("/api/v1/requests", query_string={"area_code": "T1"}).json
    assert listed["total"] == 1
    assert listed["items"][0]["service_request_id"] == created["service_request_id"]


def test_a_private_request_is_not_shown(client: FlaskClient) -> None:
    created = _report(client, is_public=False)
    assert client.get(f"/api/v1/requests/{created['service_request_id']}").status_code == 404
    assert client.get("/api/v1/requests").json["total"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 422), ({"text": "x"}, 422), ({"text": "路灯坏了", "latitude": 91}, 422), ({"text": 5}, 422)],
    ids=["nothing", "too short", "latitude", "type"],
)
def test_bad_reports_are_explained(client: FlaskClient, body: dict[str, object], status: int) -> None:
    answer = client.post("/api/v1/requests", json=body)
    assert answer.status_code == status
    assert answer.json["code"] == status


def test_a_review_replaces_the_earlier_one_of_the_day(client: FlaskClient) -> None:
    first = client.post("/api/v1/reviews", json={"service_code": "HR-001", "rating": 5}).json
    second = client.post("/api/v1/reviews", json={"service_code": "HR-001", "rating": 2}).json
    assert first["review_id"] == second["review_id"]
    assert second["rating"] == 2


@pytest.mark.parametrize("rating", [0, 6, "five"])
def test_impossible_ratings(client: FlaskClient, rating: object) -> None:
    answer = client.post("/api/v1/reviews", json={"service_code": "HR-001", "rating": rating})
    assert answer.status_code == 422


def test_chat_stores_words_when_the_bot_is_down(client: FlaskClient) -> None:
    answer = client.post("/api/v1/chat/messages", json={"sender": "s1", "text": "你好"})
    assert answer.status_code == 200
    assert answer.json["messages"][0]["author"] == "system"
    told = client.get("/api/v1/chat/messages", query_string={"sender": "s1"}).json
    assert next(m["text"] for m in told["messages"]) == "你好"
    assert client.get("/api/v1/chat/messages").json["messages"] == []


def test_openapi_describes_the_api(client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    assert {"/api/v1/requests", "/api/v1/reviews", "/api/v1/chat/messages", "/api/v1/services"} <= set(paths)


def test_catalog(client: FlaskClient) -> None:
    assert {s["service_code"] for s in client.get("/api/v1/services").json} >= {"HR-001", "HOUSING-001"}
    districts = client.get("/api/v1/areas", query_string={"parent_code": "T"}).json
    assert [a["code"] for a in districts] == ["T1", "T2"]
    assert client.get("/api/v1/categories").json[1]["parent_code"] == "01"
