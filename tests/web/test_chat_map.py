"""The small map of a position: drawn from the city's outlines, nothing for a point outside."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import Town
from webapp.extensions import db
from webapp.models import Area


@pytest.fixture(autouse=True)
def outlines(app: Flask, town: Town) -> None:
    """The town is a square of two halves; 柳树社区 is the western one, and its name has markup in it."""
    with app.app_context():
        for code, west, east in (
            ("T", 113.0, 113.2),
            ("T1", 113.0, 113.1),
            ("T11", 113.0, 113.1),
            ("T111", 113.04, 113.06),
        ):
            area = db.session.get_one(Area, town.areas[code])
            corners = [[west, 28.0], [east, 28.0], [east, 28.1], [west, 28.1], [west, 28.0]]
            area.outline = {"type": "Polygon", "coordinates": [corners]}
        db.session.get_one(Area, town.areas["T111"]).name = "柳树<script>社区"
        db.session.commit()


def test_a_point_in_the_city(client: FlaskClient) -> None:
    answer = client.get("/chat/map.svg?latitude=28.05&longitude=113.05")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.count("<path") == 2  # the community, and the pin
    assert "<script>" not in answer.text


def test_a_point_beside_the_community_names_it(client: FlaskClient) -> None:
    picture = client.get("/chat/map.svg?latitude=28.05&longitude=113.038").text
    assert "柳树&lt;script&gt;社区" in picture


@pytest.mark.parametrize(
    "query", ["", "latitude=1&longitude=2", "latitude=x&longitude=113.05", "latitude=nan&longitude=inf"]
)
def test_no_point_in_the_city(client: FlaskClient, query: str) -> None:
    assert client.get(f"/chat/map.svg?{query}").status_code == 404
