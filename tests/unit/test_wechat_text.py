"""Bubbles as WeChat texts, and the numbers that come back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from webapp.models import ChatMessage, Conversation
from webapp.services.wechat_text import LIMIT, asks_to_see, choices, chosen, pieces, render

CARD = {"对，提交": "对，提交", "/inform{}": "类别不对", "地点不对": "地点不对", "取消": "取消"}
LEVELS = {name: name for name in ("非常满意", "满意", "基本满意", "不满意", "非常不满意")}
TAGS = {name: name for name in ("态度好", "办事快", "一次办成", "跳过")}


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("1", "对，提交"), ("２", "/inform{}"), ("3.", "地点不对"), ("4、", "取消"), ("选2", "/inform{}"), ("②", "/inform{}"),
        ("我选第二个", "/inform{}"), ("第三个。", "地点不对"), ("二", "/inform{}"), ("1️⃣", "对，提交"), ("回复1", "对，提交"),
        ("类别不对", "/inform{}"), ("类别不对。", "/inform{}"), ("对，提交", "对，提交"), ("对提交！", "对，提交"),
        ("【取消】", "取消"),
        ("5", None), ("0", None), ("第五个", None), ("12345", None), ("1号楼", None), ("3号楼", None), ("1、2", None),
        ("13812345678", None), ("10:30", None), ("类别", None), ("", None), ("。", None), ("一二", None), ("MP2345678", None),
    ],
)  # fmt: skip
def test_what_chooses_a_button(said: str, payload: str | None) -> None:
    assert chosen(CARD, said) == payload


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("5", "非常满意"),
        ("1", "非常不满意"),
        ("第一个", "非常满意"),
        ("三", "基本满意"),
        ("满意", "满意"),
        ("5星", None),
    ],
)
def test_levels_are_numbered_by_what_they_are_worth(said: str, level: str | None) -> None:
    # "5" means five stars to everybody, and to the bot; the list must not say that it is the worst.
    assert chosen(LEVELS, said) == level
    assert [choice.number for choice in choices(LEVELS)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("1、3", "态度好、一次办成"), ("1 2", "态度好、办事快"), ("２，３", "办事快、一次办成"), ("一和三", "态度好、一次办成"),
        ("1、1", "态度好"), ("2", "办事快"), ("1、9", None), ("态度好", "态度好"), ("态度好、办事快", None),
    ],
)  # fmt: skip
def test_several_tags_at_once(said: str, payload: str | None) -> None:
    assert chosen(TAGS, said, several=True) == payload


def test_nothing_is_chosen_where_nothing_is_offered() -> None:
    assert chosen({}, "1") is None


@pytest.mark.parametrize(
    ("said", "asks"), [("好", True), ("好的。", True), ("看结果", True), ("好像不对", False), ("1", False)]
)
def test_asking_for_a_late_answer(said: str, asks: bool) -> None:
    assert asks_to_see(said) is asks


def _bubbles(offered: dict[str, str], *parts: tuple[str, dict[str, Any]]) -> list[ChatMessage]:
    conversation = Conversation(offered=offered)
    return [
        ChatMessage(id=number, conversation=conversation, author="bot", text=text, payload=payload)
        for number, (text, payload) in enumerate(parts, 1)
    ]


def _buttons(offered: dict[str, str]) -> dict[str, Any]:
    return {"buttons": [{"title": title, "payload": payload} for payload, title in offered.items()]}


def test_buttons_become_numbers(context: Flask) -> None:
    [text] = render(_bubbles(CARD, ("我这样登记，您看对不对？", _buttons(CARD))))
    assert text == "我这样登记，您看对不对？\n回复数字选择：\n1. 对，提交\n2. 类别不对\n3. 地点不对\n4. 取消"


def test_stars_are_listed_once_and_best_first(context: Flask) -> None:
    stars = {"custom": {"type": "stars", "service_code": "X"}}
    [text] = render(_bubbles(LEVELS, ("您满意吗？", _buttons(LEVELS)), ("", stars)))
    assert text.splitlines()[1:] == [
        "回复数字打分，5 最好：", "5. 非常满意", "4. 满意", "3. 基本满意", "2. 不满意", "1. 非常不满意",
    ]  # fmt: skip


def test_the_numbers_stand_at_the_end(context: Flask) -> None:
    card = {"custom": {"type": "service", "service_code": "X", "url": "http://x/services/X"}}
    [text] = render(_bubbles(CARD, ("第一段", _buttons(CARD)), ("第二段", {}), ("", card)))
    assert text.startswith("第一段\n\n第二段\n\n办事指南：http://x/services/X\n回复数字选择：")
    assert text.endswith("4. 取消")


def test_buttons_that_are_no_longer_offered_are_not_shown(context: Flask) -> None:
    [text] = render(_bubbles(LEVELS, ("早先的问题", _buttons(CARD)), ("您满意吗？", _buttons(LEVELS))))
    assert "取消" not in text
    assert "5. 非常满意" in text


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"type": "tracking", "service_request_id": "MP1", "url": "http://x/track"}, "/track?number=MP1"),
        ({"type": "ask_location"}, "发送位置"),
        ({"type": "form_link"}, "/report"),
    ],
)
def test_cards_in_words(context: Flask, card: dict[str, Any], words: str) -> None:
    [text] = render(_bubbles({}, ("登记好了。", {"custom": card})))
    assert text.startswith("登记好了。\n")
    assert words in text


def test_a_card_without_words_says_nothing(context: Flask) -> None:
    assert render(_bubbles({}, ("", {"custom": {"type": "handover"}}))) == []
    assert render([]) == []


def test_long_texts_are_cut_at_sentences_and_nothing_is_lost(context: Flask) -> None:
    sentence = "这是一句不长也不短的话，用来看长文在哪里断开。"
    long, short = sentence * 60, "最后一句。"
    made = pieces(_bubbles({}, (short, {}), (long, {}), (short, {})))
    assert all(len(piece.text.encode()) <= LIMIT for piece in made)
    assert "".join(piece.text for piece in made).replace("\n", "") == short + long + short
    assert all(piece.text.endswith("。") for piece in made)
    assert [piece.upto for piece in made] == [1, 1, 1, 3]


def test_what_was_begun_goes_on_where_it_stopped(context: Flask) -> None:
    long = "".join(f"第{number}句话。" for number in range(400))
    first, *rest = pieces(_bubbles({}, (long, {})))
    assert first.upto == 0
    again = pieces(_bubbles({}, (long, {"begun": first.begun})))
    assert [piece.text for piece in again] == [piece.text for piece in rest]


def test_a_text_without_any_sentence_end_is_cut_all_the_same(context: Flask) -> None:
    made = render(_bubbles({}, ("字" * 2000, {})))
    assert "".join(made) == "字" * 2000
    assert max(len(text.encode()) for text in made) <= LIMIT
