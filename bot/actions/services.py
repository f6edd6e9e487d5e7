"""Questions about a service, answered from what is published about it, with the source; never made up."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import about_us, gateway, gateway_services, matters, topic, words
from bot.actions.base import Events, Said, active_form, back_to_form
from bot.actions.context import InContext
from bot.actions.questions import about_reporting, asked_facts, goes_on
from bot.actions.rate_reading import settle
from bot.actions.wording import button, code_button, say

_CLEAR = 0.3
_PLAUSIBLE = 0.4
VAGUE = 8  # up to here a question says too little to be looked up
_LISTED = 3
# Asked, and not among what is published: better no answer than an invented one.
_NOT_PUBLISHED = re.compile(
    r"多少钱|收费|费用|押金|几次|多久|多长时间|几天|几个工作日|岁|补多少|能领多少|税率|标准是"
)


def answer(facts: dict[str, Any], question: str, again: bool = False) -> tuple[str, bool]:
    """What is published of the facts asked for (all of them if none is named), and whether that answers it.

    ``again``: all of them were told before, so that a question for none of them asks for what is not published.
    """
    parts = {
        "materials": "要带：" + "、".join(facts["materials"]) if facts["materials"] else "",
        "place": f"地点：{facts['place']}" if facts["place"] else "",
        "hours": f"时间：{facts['hours']}" if facts["hours"] else "",
        "phone": f"电话：{facts['phone']}" if facts["phone"] else "",
    }
    asked = asked_facts(question)
    wanted = [parts[name] for name in asked if parts[name]] if asked else [p for p in parts.values() if p]
    phone = facts["phone"] or gateway.hotline()
    if again and topic.about_document(question, facts["materials"]):
        return f"{parts['materials']}\n少一样行不行，公布的指南里没有写，打 {phone} 问最准。", True
    if not asked and (again or (_NOT_PUBLISHED.search(question) and not topic.unanswered(question))):
        return "\n".join(p for p in (parts["phone"], parts["place"]) if p), False
    if asked and not wanted:
        return parts["phone"] or parts["place"], False
    lines = [] if asked else [facts["description"]] if facts["description"] else []
    left = topic.unanswered(question)
    if left:
        wanted = [
            *(part for part in wanted if part != parts["phone"]),
            f"“{left}”这一点，公布的指南里没有写，打 {phone} 问最准。",
        ]
    return "\n".join([*lines, *wanted]), True


def _named(hits: list[list[Any]]) -> bool:
    """Whether a service's name or nickname stands in the question (gateway_services.match_services)."""
    return bool(hits) and hits[0][2] >= 1


class AnswerService(InContext):
    """Find the service that a question is about (the last one spoken of if it names none) and answer."""

    action_name = "action_answer_service"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        code = said.entities.get("service_code")
        lost = tracker.get_slot("offer") or {}
        offered = lost.get("hits") or []
        # "社保" was not understood, "在哪办" is: together they are the question.
        question = f"{lost['text']} {said.text}" if lost.get("lost") else said.text
        hits = [] if code else gateway_services.match_services(question)
        spoken_of = tracker.get_slot("topic")
        again = bool(not code and spoken_of and _goes_with(str(spoken_of), hits, said.text))
        if again:
            code = spoken_of
        elif not code and goes_on(said.text) and not _named(hits):
            # 「去哪儿办」 is about the service last spoken of or offered, whatever other it may resemble.
            code = tracker.get_slot("topic") or (offered[0][0] if len(offered) == 1 else None)
            hits = offered or hits
        elif chosen := settle(hits):
            code = chosen[0]
        elif (
            len(hits) == 1
            and hits[0][2] >= _CLEAR
            and not (said.intent == "ask_service" and said.confidence < _PLAUSIBLE)
        ):
            # The only one that it can be: asked back, it would be one question too many.
            code = hits[0][0]
        if not code and len(said.text) > VAGUE and quote(dispatcher, said.text):
            return back_to_form(tracker)
        if again and matters.amiss(said.text) and not asked_facts(said.text):
            return refer(dispatcher, str(code), said.text)
        if code:
            tell(dispatcher, code, said.text, again)
            return [SlotSet("topic", code), *back_to_form(tracker)]
        if hits and tell_each(dispatcher, hits, said.text):
            return [
                SlotSet("offer", {"kind": "service", "text": said.text, "hits": hits}),
                *back_to_form(tracker),
            ]
        if hits and not _faint(hits, question):
            choices = [code_button(name, "service_code", found) for found, name, _ in hits]
            wording = "service_is_it" if len(hits) == 1 else "service_choose"
            say(dispatcher, wording, [*choices, button("都不是，找人工", "转人工")], service=hits[0][1])
            return [
                SlotSet("offer", {"kind": "service", "text": said.text, "hits": hits}),
                *back_to_form(tracker),
            ]
        if about := about_reporting(said.text):
            about_us.answer(dispatcher, about, inside=bool(active_form(tracker)))
            return back_to_form(tracker)
        say(
            dispatcher,
            "service_ask" if len(said.text) <= VAGUE and goes_on(said.text) else "service_unknown",
            hotline=gateway.hotline(),
        )
        return [SlotSet("offer", {"kind": "service", "text": said.text, "hits": []}), *back_to_form(tracker)]


def _goes_with(spoken_of: str, hits: list[list[Any]], text: str) -> bool:
    """Whether a question is about the service spoken of last, whatever other it may resemble."""
    if hits and hits[0][0] == spoken_of:
        return True
    if topic.about_document(text, gateway_services.service_facts(spoken_of)["materials"]):
        return True
    return not _named(hits) and (goes_on(text) or topic.follows_up(text))


def refer(dispatcher: CollectingDispatcher, code: str, text: str) -> Events:
    """Who mends what the service spoken of is for, and the offer to register it."""
    facts = gateway_services.service_facts(code)
    lines = (
        f"电话：{facts['phone']}" if facts["phone"] else "",
        f"地点：{facts['place']}" if facts["place"] else "",
    )
    say(
        dispatcher,
        "service_or_report",
        answer="\n".join(line for line in lines if line),
        service=facts["name"],
    )
    return [SlotSet("topic", code), SlotSet("offer", {"kind": "report", "text": text})]


_FAINT = 0.5


def _faint(hits: list[list[Any]], question: str) -> bool:
    """Whether nothing but a guess leads to these services: none is likely, and no two characters of a name are said."""
    names = [str(name) for _code, name, _score in hits]
    said = any(name[i : i + 2] in question for name in names for i in range(len(name) - 1))
    return hits[0][2] < _FAINT and not said


def quote(dispatcher: CollectingDispatcher, question: str) -> bool:
    """Quote the past public reply to much the same question; False if there is none."""
    found = gateway_services.past_reply(question)
    if found is None:
        return False
    say(
        dispatcher, "past_reply", question=words.short(found["question"], 60), answer=words.short(found["answer"], 300),
        department=found["department"], day=found["day"], url=found["url"],
    )  # fmt: skip
    return True


def _names_part(hit: list[Any], question: str) -> bool:
    """Whether three neighbouring characters of a service's name, or of where it is done, stand in the question (不动产)."""
    said = (str(hit[1]), str(gateway_services.service_facts(hit[0])["place"]))
    return any(name[i : i + 3] in question for name in said for i in range(len(name) - 2))


def tell_each(dispatcher: CollectingDispatcher, hits: list[list[Any]], question: str) -> bool:
    """Answer for each of a few services that the question names alike: once where all say the same; False if it cannot.

    Asked back which of three it is, somebody who wants to know when 不动产登记 opens would have to know our list.
    """
    named = [hit for hit in hits if hit[2] >= 1 or _names_part(hit, question)]
    if not 2 <= len(named) <= _LISTED or not asked_facts(question) or goes_on(question):
        return False
    answers = {name: answer(gateway_services.service_facts(code), question) for code, name, _ in named}
    if not all(answered for _text, answered in answers.values()):
        return False
    texts = {text for text, _answered in answers.values()}
    if len(texts) == 1:
        say(dispatcher, "service_facts", answer=texts.pop(), service="”“".join(answers))
    else:
        say(
            dispatcher,
            "service_facts_each",
            answer="\n".join(f"{name}，{text}" for name, (text, _) in answers.items()),
        )
    return True


def tell(dispatcher: CollectingDispatcher, code: str, question: str, again: bool = False) -> None:
    """Answer ``question`` about a service from its published facts, with a link."""
    facts = gateway_services.service_facts(code)
    text, answered = answer(facts, question, again)
    if answered:
        say(dispatcher, "service_facts", answer=text, service=facts["name"])
    else:
        say(
            dispatcher,
            "service_partly",
            answer=text,
            service=facts["name"],
            question=words.short(question.strip("？?。！! "), 24),
        )
        quote(dispatcher, question)
    dispatcher.utter_message(
        json_message={
            "type": "service",
            "service_code": code,
            "service_name": facts["name"],
            "url": facts["url"],
        }
    )
