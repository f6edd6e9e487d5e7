"""What a message means just after a tracking number was given: a phone, more of the matter, a question, or its end."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import (
    consent,
    contact,
    gateway,
    gateway_cases,
    gateway_services,
    places,
    questions,
    second_thoughts,
    words,
)
from bot.actions.base import Events, Said
from bot.actions.texts import TEXTS
from bot.actions.wording import say

BETTER = re.compile(
    r"好了|好啦|解决|弄好|问题(?:没有|没|不存在)了|修好|恢复|[通亮热]了|[水电气]来了|没问题|不[堵吵漏臭黄]了|搞定|处理完|停了"
)
FILED = ("submitted", "added")
_OWN_WAY = frozenset(
    {"progress", "help", "goodbye", "cancel", "human", "ask_private", "solved", "insult", "greet"}
)
# The beginning of another matter, not more of the one that was filed.
_ANOTHER = re.compile(
    r"^(?:对了|还有|另外|再(?!快|催|补|说|加|提醒)|顺便|我?还[要想]|我?[要想](?:再)?(?:反映|投诉|举报|报|说)|"
    r"(?:反映|投诉|举报)|换一?个|问一?[下个]|请问)"
)
# 「对了，是晚上才这样」 goes on with the same matter as well as it begins another.
_JOINS = frozenset({"对了", "还有", "另外"})
_MUCH = 45

# What became of a trouble, good or bad.
_STILL = re.compile(r"还是|还没|没[修弄办解处有]|又|照样|老样子|根本|好了|解决|修好|[亮通热]了|来了")
_SHORT = 16


def done(events: Events | None = None) -> Events:
    """``events``, and nothing after them in this turn."""
    return [*(events or []), FollowupAction("action_listen")]


def answers_office(tracker: Tracker, text: str, number: str = "") -> Events:
    """「还是不亮啊」 about the sender's only request that a department calls done: its follow-up; [] for anything else."""
    from bot.actions.follow_up import ask_about, solved_in  # opens with the class that looks here

    if len(words.bare(text)) > _SHORT or gateway.place_in(text) or not _STILL.search(text):
        return []
    waiting = [p for p in gateway_cases.own_progress(tracker.sender_id, number) if p["asks_back"]]
    solved = solved_in(text)
    if len(waiting) != 1 or not solved:
        return []
    return [*ask_about(waiting[0]["number"], solved), FollowupAction("follow_up_form")]


def late_contact(dispatcher: CollectingDispatcher, tracker: Tracker, said: Said) -> Events | None:
    """A phone and hardly anything else, after a request of the last hour: it is for that one."""
    number = gateway_cases.just_filed(tracker.sender_id)
    if not number or len(words.bare(contact.without_contact(said.text))) > 12:
        return None
    return _note_contact(dispatcher, tracker, said.text, number)


def _note_contact(
    dispatcher: CollectingDispatcher, tracker: Tracker, text: str, number: str
) -> Events | None:
    tail = gateway_cases.add_contact(tracker.sender_id, number, contact.phone_in(text), contact.name_in(text))
    if not tail:
        return None
    more = consent.read(contact.without_contact(text)).rest
    if len(words.bare(more)) >= 4:
        gateway_cases.supplement(tracker.sender_id, number, more)
    say(dispatcher, "contact_added", tail=tail, number=number)
    return done()


def after_filing(
    dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, offer: dict[str, Any]
) -> Events | None:
    """More about the request that was filed just before, or only the end of it; None for anything else."""
    text, number = said.text, str(offer["number"])
    if answered := answers_office(tracker, text, number):
        return answered
    if begins_another(text):
        return None
    if offer.get("danger") and (questions.privacy(text) or second_thoughts.asks_in_danger(text)):
        return add(dispatcher, tracker, text, offer)
    if told := _after_the_fact(dispatcher, tracker, said, offer):
        return told
    if contact.phone_in(text) and not (
        _ANOTHER.search(text) or gateway.place_in(contact.without_contact(text))
    ):
        return _note_contact(dispatcher, tracker, text, number)
    if questions.how_to(text) and any(hit[2] >= 1 for hit in gateway_services.match_services(text)):
        return [FollowupAction("action_answer_service")]
    answer = consent.read(text)
    if (said_back := _said_back(dispatcher, tracker, said, answer, number)) is not None:
        return said_back or None
    if said.intent == "solved" and (offer.get("danger") or not BETTER.search(text)):
        said = replace(said, intent="report")
    if said.intent in _OWN_WAY and said.confidence >= 0.5 and not (answer.no_contact or answer.no_photo):
        return None
    if said.intent == "thank" or (answer.thanks and not answer.rest):
        say(dispatcher, "thank")
        return done()
    if _another(text, offer) or not _adds(said, answer):
        return None
    return add(dispatcher, tracker, answer.rest or text, offer)


def _said_back(
    dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, answer: consent.Answer, number: str
) -> Events | None:
    """The answer to a question about reporting, to thanks or consent; [] where progress is asked, None where neither."""
    text = said.text
    about = questions.about_reporting(text)
    if about == "about_time" and said.intent == "progress":
        return []
    if about or (answer.fear and not answer.rest):
        wording = {"about_who": "filed", "about_can": "filed", "": "about_privacy"}.get(about, about)
        say(dispatcher, wording, None, **gateway_cases.promise(tracker.sender_id, number))
        return done()
    if (
        answer.settles
        and not (answer.thanks and not answer.no_contact)
        and said.intent not in ("goodbye", "thank")
    ):
        say(
            dispatcher,
            "filed_without" if answer.no_contact else "filed",
            None,
            **gateway_cases.promise(tracker.sender_id, number),
        )
        return done()
    return None


def begins_another(text: str) -> bool:
    """Whether a new matter is announced and told: 「谢谢，还有个事，澜庭花园停水了」."""
    rest = consent.without_preamble(text)
    begins = _ANOTHER.search(rest)
    return bool(begins and len(words.bare(rest[begins.end() :])) > _SHORT and gateway.place_in(rest))


def add(
    dispatcher: CollectingDispatcher, tracker: Tracker, note: str, offer: dict[str, Any]
) -> Events | None:
    """Put ``note`` to the request that was filed just before, and say so; None if it is not the sender's."""
    number = str(offer["number"])
    if not gateway_cases.supplement(tracker.sender_id, number, note):
        return None
    danger = offer["kind"] == "added" and offer.get("danger")
    if danger and questions.privacy(note):
        say(dispatcher, "danger_privacy")
        return done([SlotSet("offer", offer)])
    if danger and second_thoughts.asks_in_danger(note):
        hazard = str(offer.get("hazard") or "")
        wording = f"danger_advice_{hazard}"
        say(dispatcher, wording if wording in TEXTS else "danger_advice_other", number=number)
        return done([SlotSet("offer", offer)])
    # In danger an address is said back: whoever waits for help must know that it has arrived.
    place = (gateway.place_in(note) or places.answered(note)[0]) if danger else ""
    wording = "supplemented_danger" if danger else "supplemented"
    say(dispatcher, f"{wording}_place" if place else wording, number=number, place=place)
    return done([SlotSet("offer", {**offer, "place": place or offer.get("place", "")})])


def _after_the_fact(
    dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, offer: dict[str, Any]
) -> Events | None:
    """It is settled, what of the other trouble, a word for the workers; None for anything else."""
    text = said.text
    if offer.get("danger") and second_thoughts.withdraws(text):
        return add(dispatcher, tracker, text, offer)
    # Good news and nothing else has its own way, which asks back and knows of several requests.
    good_news = said.intent == "solved" and not second_thoughts.takes_back(text)
    if not good_news and (ended := withdrawn(dispatcher, tracker, text, offer)):
        return ended
    if (what := second_thoughts.what_of(text)) and (told := _what_of(dispatcher, tracker, what, offer)):
        return told
    if second_thoughts.adds(text) and not _elsewhere(text, str(offer.get("place") or "")):
        return add(dispatcher, tracker, text, offer)
    return None


def withdrawn(
    dispatcher: CollectingDispatcher, tracker: Tracker, text: str, offer: dict[str, Any]
) -> Events | None:
    """「撤了，拉走了」 about the request that was filed just before: noted, and what follows; None for anything else.

    In danger nothing is called off by words: it is more about the danger.
    """
    how = "" if offer.get("danger") else second_thoughts.withdraws(text)
    number = str(offer.get("number") or "")
    if not how or not number or _elsewhere(text, str(offer.get("place") or "")):
        return None
    if not gateway_cases.supplement(tracker.sender_id, number, text):
        return None
    wording = "withdrawn_solved" if how == "solved" else "withdrawn"
    say(dispatcher, wording, None, **gateway_cases.promise(tracker.sender_id, number))
    return done([SlotSet("offer", offer)])


def _what_of(
    dispatcher: CollectingDispatcher, tracker: Tracker, what: str, offer: dict[str, Any]
) -> Events | None:
    """What became of one of several troubles that were told: registered apart, with the other, or not yet."""
    filed = [(str(number), str(story)) for number, story in offer.get("filed") or []]
    number = next((number for number, story in filed if second_thoughts.is_about(what, story)), "")
    if number and number != offer["number"]:
        say(dispatcher, "what_of_filed", None, what=what, **gateway_cases.promise(tracker.sender_id, number))
    elif number:
        say(dispatcher, "what_of_same", what=what, number=number)
    elif len(what) > 1 and (gateway.guess(what)["sure"] or gateway_services.match_services(what)):
        say(dispatcher, "what_of_none", what=what)
    else:
        return None
    return done([SlotSet("offer", offer)])


def _elsewhere(text: str, known: str) -> bool:
    """Whether ``text`` names another place than the one of the request."""
    place = gateway.place_in(text)
    return bool(place and known and place not in known and known not in place)


def _adds(said: Said, answer: consent.Answer) -> bool:
    """Whether a message may be more about the request that was just filed."""
    if len(words.bare(answer.rest)) < 2 or contact.number_in(said.text):
        return False
    if said.intent in ("chitchat", "ask_service") or (
        said.intent in ("rate", "praise") and words.rating_in(said.text)
    ):
        return answer.yes or answer.no_contact or answer.no_photo or answer.hurry
    return True


def _another(text: str, offer: dict[str, Any]) -> bool:
    """Whether ``text`` is about something else than what was filed: another place, another kind, or it says so."""
    if len(text) > _MUCH or words.says_wrong(text):
        return True
    begins = _ANOTHER.search(consent.without_preamble(text))
    rest = _ANOTHER.sub("", consent.without_preamble(text))
    if begins and (begins[0] not in _JOINS or len(words.bare(rest)) > _SHORT or gateway.place_in(rest)):
        return True
    read = gateway.guess(text)
    place, known = read["place"], str(offer.get("place") or "")
    if (
        place
        and known
        and place not in known
        and known not in place
        and len(words.bare(text)) > len(place) + 3
    ):
        return True
    category = str(offer.get("category") or "")
    return bool(
        read["sure"] and read["type"] in ("complaint", "help") and category
        and read["category"][:4] != category[:4] and len(words.bare(text)) >= 8
    )  # fmt: skip
