"""A resident on WeChat and the real bot: a whole report and a rating, answered by numbers."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from tests.bot.running import RunningBot
from tests.plugin_wechat_push import AES_KEY, APP_ID, TOKEN, Pusher
from webapp.extensions import db
from webapp.models import Review, Service, ServiceRequest

pytestmark = pytest.mark.needs_bot


@pytest.fixture
def account(running_bot: RunningBot) -> Iterator[Pusher]:
    """The account in front of the real bot, in safe mode; the bot may take its time."""
    config = running_bot.app.config
    before = dict(config)
    config.update(
        WECHAT_TOKEN=TOKEN, WECHAT_APP_ID=APP_ID, WECHAT_AES_KEY=AES_KEY, WECHAT_APP_SECRET="", WECHAT_MODE="safe",
        WECHAT_ANSWER_S=30.0,
    )  # fmt: skip
    yield Pusher(running_bot.app, sealed=True)
    config.clear()
    config.update(before)


def _number_of(text: str, title: str) -> str:
    found = re.search(rf"^(\d+)\. {title}$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def test_a_report_by_numbers(account: Pusher) -> None:
    person = f"oReport{time.time_ns()}"
    greeting = account.do("event", Event="subscribe", openid=person)
    asked = account.say(_number_of(greeting, "反映问题"), openid=person)
    assert "遇到了什么事" in asked
    card = account.say("幸福新村4号楼门口的路灯坏了三天，晚上出门害怕", openid=person)
    # Neighbours in this city may have reported the same; ours stays by itself.
    yes = "单独提交" if "单独提交" in card else "对，提交"
    card = account.say(_number_of(card, yes), openid=person)
    number = re.search(r"MP\w{9}", card)
    assert number is not None, card
    assert number[0] in account.say("查进度", openid=person)
    with account.app.app_context():
        stored = db.session.scalars(
            select(ServiceRequest).where(ServiceRequest.service_request_id == number[0])
        ).one()
        assert (stored.channel, "路灯坏了三天" in stored.text) == ("wechat", True)


def test_a_rating_by_numbers(account: Pusher) -> None:
    person = f"oRate{time.time_ns()}"
    with account.app.app_context():
        service = db.session.scalars(select(Service).order_by(Service.service_code)).first()
        assert service is not None
    levels = account.do("event", Event="SCAN", EventKey=service.service_code, openid=person)
    assert service.name in levels
    assert "5. 非常满意" in levels
    tags = account.say("2", openid=person)
    first, second = re.findall(r"^\d+\. (.+)$", tags, re.MULTILINE)[:2]
    done = account.say("1、2", openid=person)
    assert "评价已记下" in done
    assert account.say(_number_of(done, "不用了"), openid=person)
    with account.app.app_context():
        review = db.session.scalars(select(Review).order_by(Review.id.desc())).first()
        assert review is not None
        assert (review.service_id, review.rating, review.channel) == (service.id, 2, "wechat")
        assert review.tags == [first, second]
