"""GeoReport v2: the answers that the standard asks for, in JSON and XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from flask.testing import FlaskClient

BASE = "/open311/v2"
REPORT = {"service_code": "0101", "description": "科技馆闭馆没有通知", "lat": "30.1", "long": "114.2"}


@pytest.fixture
def number(client: FlaskClient) -> str:
    """The tracking number of a request posted through Open311."""
    answer = client.post(f"{BASE}/requests.json", data=REPORT)
    assert answer.status_code == 201, answer.text
    found: str = answer.json[0]["service_request_id"]
    return found


def test_services_in_both_formats(client: FlaskClient) -> None:
    entries = client.get(f"{BASE}/services.json").json
    assert {"0101", "HR-001"} <= {e["service_code"] for e in entries}
    root = ET.fromstring(client.get(f"{BASE}/services.xml").data)  # noqa: S314 - our own answer
    assert root.tag == "services"
    assert len(root.findall("service")) == len(entries)


def test_a_posted_request_is_found(client: FlaskClient, number: str) -> None:
    one = client.get(f"{BASE}/requests/{number}.json").json[0]
    assert (one["status"], one["service_code"], one["lat"]) == ("open", "0101", 30.1)
    assert one["requested_datetime"].endswith("+08:00")
    listed = client.get(f"{BASE}/requests.json", query_string={"service_code": "0101", "status": "open"}).json
    assert [e["service_request_id"] for e in listed] == [number]
    assert client.get(f"{BASE}/requests.json", query_string={"status": "closed"}).json == []
    xml = ET.fromstring(client.get(f"{BASE}/requests/{number}.xml").data)  # noqa: S314 - our own answer
    assert xml.findtext("request/service_request_id") == number


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({**REPORT, "service_code": "nope"}, 404),
        ({**REPORT, "lat": "north"}, 400),
        ({**REPORT, "description": ""}, 400),
    ],
    ids=["no code", "unknown code", "latitude", "no words"],
)
def test_errors_have_the_standards_shape(client: FlaskClient, form: dict[str, str], status: int) -> None:
    answer = client.post(f"{BASE}/requests.json", data=form)
    assert answer.status_code == status
    assert answer.json[0]["code"] == status
    assert answer.json[0]["description"]


def test_discovery_and_definition(client: FlaskClient) -> None:
    assert client.get(f"{BASE}/discovery.json").json["endpoints"][0]["url"].endswith("/open311/v2")
    assert client.get(f"{BASE}/services/0101.json").json == {"service_code": "0101", "attributes": []}
    assert client.get(f"{BASE}/services/none.json").status_code == 404
    assert client.get(f"{BASE}/requests.json", query_string={"start_date": "yesterday"}).status_code == 400
