"""The chat page where the bot is silent: every word is stored once, the form is offered, a person can answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from tests.factories import Town
from tests.plugin_browser import Visitor
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.models import ChatMessage, Conversation
from webapp.services import chat
from webapp.services.actor import Actor

pytestmark = pytest.mark.needs_chromium
Visit = Callable[..., Visitor]


def _said(app: Flask) -> list[str]:
    with app.app_context():
        return list(
            db.session.scalars(
                select(ChatMessage.text).where(ChatMessage.author == "resident").order_by(ChatMessage.id)
            )
        )


def test_words_are_kept_and_the_form_is_offered(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = visitor.go("/chat")
    page.get_by_label("想说的话").fill("楼下路灯坏了")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您的话已经收到并保存")).to_be_visible()
    expect(page.get_by_role("log").get_by_role("link", name="用网页表单提交")).to_be_visible()
    visitor.check()
    assert _said(app) == ["楼下路灯坏了"]


def test_a_line_that_breaks_costs_no_word_and_sends_none_twice(visit: Visit, app: Flask) -> None:
    page = visit().go("/chat")
    log = page.get_by_role("log")
    expect(log.get_by_text("您好，我是民评智能助手")).to_be_visible()
    page.context.set_offline(True)
    for words in ("第一句话", "第二句话"):
        page.get_by_label("想说的话").fill(words)
        page.get_by_role("button", name="发送").click()
    expect(log.get_by_text("没有发出去").first).to_be_visible()
    page.get_by_label("想说的话").fill("还没写完的")
    page.context.set_offline(False)
    expect(log.get_by_text("您的话已经收到并保存")).to_have_count(2)
    page.reload()
    expect(log.get_by_text("第二句话")).to_have_count(1)
    expect(page.get_by_label("想说的话")).to_have_value("还没写完的")
    assert _said(app) == ["第一句话", "第二句话"]


def test_markup_stays_text(visit: Visit, app: Flask) -> None:
    visitor = visit()
    page = visitor.go("/chat")
    evil = "<img src=x onerror=alert(1)> javascript:alert(2) https://example.org/a?b=1"
    page.get_by_label("想说的话").fill(evil)
    page.keyboard.press("Enter")
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    page.reload()
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    links = page.get_by_role("log").get_by_role("link").evaluate_all("nodes => nodes.map(n => n.href)")
    assert all(link.startswith("http") for link in links)
    assert visitor.problems == []


def test_a_person_answers_in_the_same_conversation(visit: Visit, app: Flask, town: Town) -> None:
    page = visit().go("/chat")
    page.get_by_label("想说的话").fill("我要找人工")
    page.keyboard.press("Enter")
    expect(page.get_by_text("您的话已经收到并保存")).to_be_visible()
    with app.app_context():
        conversation = db.session.scalars(select(Conversation)).one()
        agent = Actor(Role.HOTLINE_AGENT, town.users["hotline_agent"])
        chat.reply_as_person(conversation.id, "您好，请说具体位置", agent)
    page.reload()
    expect(page.get_by_text("您好，请说具体位置")).to_be_visible()
    page.get_by_label("想说的话").fill("柳树街道 3 号")
    page.keyboard.press("Enter")
    # While a person answers the page asks every few seconds.
    with app.app_context():
        chat.reply_as_person(conversation.id, "马上安排", agent)
    expect(page.get_by_text("马上安排")).to_be_visible()
    expect(page.get_by_text("柳树街道 3 号")).to_have_count(1)


def test_without_a_script_the_form_is_one_tap_away(visit: Visit) -> None:
    page = visit(java_script_enabled=False).go("/chat")
    # Chromium under test does not draw <noscript>; that it is there has to do.
    assert "聊天需要浏览器开启 JavaScript" in page.content()
    page.get_by_role("main").get_by_role("link", name="用网页表单提交").first.click()
    expect(page.get_by_role("heading", name="反映问题")).to_be_visible()
