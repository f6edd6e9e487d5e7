"""The search for services, and what else follows from knowing which service words mean."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Service
from webapp.services import language, matching


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("社保咋转", "HR-001"),
        ("我的社保怎么转移过来", "HR-001"),
        ("社保专移", "HR-001"),
        ("维修鸡金", "HOUSING-001"),
        ("shiyejin", "HR-002"),
    ],
    ids=["nickname", "sentence", "typo", "homophone", "pinyin"],
)
def test_the_search_understands_nicknames_and_typos(client: FlaskClient, words: str, found: str) -> None:
    for address in ("/services", "/rate"):
        page = client.get(address, query_string={"q": words}).text
        assert f"/rate/{found}" in page


def test_the_search_keeps_to_the_department(client: FlaskClient) -> None:
    page = client.get("/services", query_string={"q": "社保专移", "department": "HOUSING"}).text
    assert "/rate/HR-001" not in page
    assert "没有符合条件的服务" in page


def test_words_about_something_else_find_nothing(client: FlaskClient) -> None:
    assert "没有符合条件的服务" in client.get("/services?q=恐龙化石").text


def test_a_changed_service_is_found_at_once_and_a_closed_one_no_more(app: Flask) -> None:
    with app.app_context():
        assert matching.best("租船登记怎么办") is None
        service = db.session.scalars(select(Service).where(Service.service_code == "HOUSING-001")).one()
        service.name, service.nicknames = "租船登记", ["租船"]
        db.session.commit()
        assert matching.best("租船登记怎么办") == "HOUSING-001"
        service.is_active = False
        db.session.commit()
        assert matching.best("租船登记怎么办") is None


def test_the_analysis_names_the_service_where_it_is_sure(app: Flask) -> None:
    with app.app_context():
        sure, unsure = language.read("社保怎么转移"), language.read("小区门口的路灯坏了")
    assert sure is not None
    assert sure.service == "HR-001"
    assert unsure is not None
    assert unsure.service is None
