"""Questions about a service, answered from what is published about it, with the source; never made up."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway
from bot.actions.base import BotAction, Events, Said, back_to_form
from bot.actions.rate import settle
from bot.actions.wording import button, code_button, say

_ASKED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("materials", re.compile(r"材料|手续|带什么|带啥|要带|准备|证件|要啥|交哪些|要什么|要哪些")),
    ("place", re.compile(r"哪里|哪儿|在哪|地址|地点|怎么走|位置|什么地方|哪个窗口|去哪|到哪|上哪")),
    ("hours", re.compile(r"几点|上班|下班|开门|关门|周末|周六|周日|中午|时间|什么时候|啥时候|休息|开放")),
    ("phone", re.compile(r"电话|号码|怎么联系|联系方式")),
)
# Asked, and not among what is published: better no answer than an invented one.
_NOT_PUBLISHED = re.compile(r"多少钱|收费|费用|多久|多长时间|几天|几个工作日|岁|补多少|能领多少|税率|标准是")


def answer(facts: dict[str, Any], question: str) -> tuple[str, bool]:
    """What is published of the facts asked for (all of them if none is named), and whether that answers it."""
    parts = {
        "materials": "要带：" + "、".join(facts["materials"]) if facts["materials"] else "",
        "place": f"地点：{facts['place']}" if facts["place"] else "",
        "hours": f"时间：{facts['hours']}" if facts["hours"] else "",
        "phone": f"电话：{facts['phone']}" if facts["phone"] else "",
    }
    asked = [name for name, pattern in _ASKED if pattern.search(question)]
    wanted = [parts[name] for name in asked if parts[name]] if asked else [p for p in parts.values() if p]
    if _NOT_PUBLISHED.search(question) and not asked:
        return "\n".join(p for p in (parts["phone"], parts["place"]) if p), False
    if asked and not wanted:
        return parts["phone"] or parts["place"], False
    lines = [] if asked else [facts["description"]] if facts["description"] else []
    return "\n".join([*lines, *wanted]), True


class AnswerService(BotAction):
    """Find the service that a question is about (the last one spoken of if it names none) and answer."""

    action_name = "action_answer_service"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        code = said.entities.get("service_code")
        lost = tracker.get_slot("offer") or {}
        # "社保" was not understood, "在哪办" is: together they are the question.
        question = f"{lost['text']} {said.text}" if lost.get("lost") else said.text
        hits = [] if code else gateway.match_services(question)
        chosen = settle(hits)
        topic = tracker.get_slot("topic")
        if chosen:
            code = chosen[0]
        elif not code and not hits and topic:
            code = topic
        if code:
            tell(dispatcher, code, said.text)
            return [SlotSet("topic", code), *back_to_form(tracker)]
        if hits:
            choices = [code_button(name, "service_code", found) for found, name, _ in hits]
            say(dispatcher, "service_choose", [*choices, button("都不是，找人工", "转人工")])
            return [
                SlotSet("offer", {"kind": "service", "text": said.text, "hits": hits}),
                *back_to_form(tracker),
            ]
        vague = len(said.text) <= 8
        say(dispatcher, "service_ask" if vague else "service_unknown", hotline=gateway.hotline())
        return [SlotSet("offer", {"kind": "service", "text": said.text, "hits": []}), *back_to_form(tracker)]


def tell(dispatcher: CollectingDispatcher, code: str, question: str) -> None:
    """Answer ``question`` about a service from its published facts, with a link."""
    facts = gateway.service_facts(code)
    text, answered = answer(facts, question)
    if answered:
        say(dispatcher, "service_facts", answer=text, service=facts["name"])
    else:
        say(dispatcher, "service_partly", answer=text, service=facts["name"])
    dispatcher.utter_message(
        json_message={
            "type": "service",
            "service_code": code,
            "service_name": facts["name"],
            "url": facts["url"],
        }
    )
