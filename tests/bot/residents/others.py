"""Residents who rate, ask, look up, need help at once, want a person, or only talk."""

from __future__ import annotations

from bot.actions.questions import asked_facts
from tests.bot.residents.reports import reporter
from tests.bot.residents.resident import Aside, Resident, Wanted
from tests.bot.residents.speech import Speech


def _rating(speech: Speech, level: int) -> dict[str, object]:
    reason = (
        speech.phrase("skip")
        if speech.chance(0.3)
        else speech.phrase("reasons_bad" if level <= 2 else "reasons_good")
    )
    return {"rate_ask_reason": reason, "rate_offer_case": lambda: speech.short("no")}


def rate_at_once(speech: Speech) -> Resident:
    """Service and level in one message."""
    name, _, level = speech.phrase("rates", service=speech.pair("services")[1]).partition("|")
    wanted = Wanted(reviews=1, rating=int(level), requests=0)
    resident = Resident(
        "rate at once", name, wanted=wanted, expect="rate_ask_reason|rate_choose|rate_is_it|rate_done"
    )
    resident.answers |= _rating(speech, int(level))  # type: ignore[arg-type]
    resident.answers |= {"rate_choose": "1", "rate_is_it": "对", "rate_which": "1"}
    return resident


def rate_in_steps(speech: Speech) -> Resident:
    """The service, then the level, then why."""
    said, _, level = speech.phrase("levels").partition("|")
    first = speech.phrase("rate_openings", service=speech.pair("services")[1])
    wanted = Wanted(reviews=1, rating=int(level), requests=0)
    resident = Resident("rate in steps", first, wanted=wanted, expect="rate_ask_level|rate_choose|rate_is_it")
    resident.answers |= _rating(speech, int(level))  # type: ignore[arg-type]
    resident.answers |= {
        "rate_choose": "1",
        "rate_is_it": "对",
        "rate_which": "1",
        "rate_ask_level": said,
        "rate_level_first": said,
    }
    return resident


def rate_bad_case(speech: Speech) -> Resident:
    """A bad rating, and a case of it."""
    service = speech.pair("services")[1]
    resident = Resident(
        "bad rating, case", f"给{service}打一星", wanted=Wanted(reviews=1, rating=1, requests=1), extra=4
    )
    resident.answers = {
        "rate_ask_reason": speech.phrase("reasons_bad"),
        "rate_choose": "1",
        "rate_is_it": "对",
        "report_ask_place": "就在大厅",
        "rate_offer_case": lambda: speech.draw.choice(("要", "要，立案", "好", "可以", "立案吧", "要的")),
        "report_card": lambda: speech.short("yes"),
        "report_similar": lambda: speech.short("no_join"),
    }
    return resident


def praise(speech: Speech) -> Resident:
    """Kind words: a rating where a service is meant, else passed on."""
    resident = Resident(
        "praise",
        speech.phrase("praise", service=speech.pair("services")[1]),
        expect="rate_|report_card|praise",
    )
    resident.answers = {
        "rate_ask_service": "不记得了",
        "rate_choose": "都不是",
        "rate_which": "都不是",
        "rate_is_it": "不是",
        "rate_suggest": "好",
        "rate_ask_reason": "跳过",
        "report_card": lambda: speech.short("yes"),
        "report_ask_place": "说不清",
        "report_similar": lambda: speech.short("no_join"),
    }
    resident.extra = 2
    return resident


def ask(speech: Speech) -> Resident:
    """A question about a service, and one more without its name."""
    name = speech.pair("services")[1]
    first = speech.phrase("service_questions", service=name)
    asked, fact = asked_facts(first), ""
    while not fact or fact in asked:  # not the same once more
        said, _, fact = speech.phrase("follow_questions").partition("|")
    resident = Resident(
        "service question",
        first,
        expect="service_facts|service_partly|service_choose|service_is_it",
        wanted=Wanted(requests=0, reviews=0),
        answers={"service_choose": "第一个", "service_is_it": "对"},
    )
    resident.after.append(Aside("", said, "service_facts|service_partly"))
    if speech.chance(0.5):
        resident.after.append(Aside("", speech.phrase("thanks"), "thank|goodbye"))
    return resident


def look_up(speech: Speech) -> Resident:
    """How far is it, without having reported anything: the number is asked for, and a person offered."""
    return Resident(
        "progress without a case",
        speech.phrase("progress"),
        expect="progress_",
        wanted=Wanted(requests=0, handler="bot"),
        answers={"progress_": lambda: speech.draw.choice(("算了不查了", "那先不查了", "取消"))},
    )


def emergency(speech: Speech) -> Resident:
    """Danger: the number to call at once, a request all the same, and the place is added to it."""
    place, known = speech.pair("places")
    at_once = speech.chance(0.4)
    cry = speech.phrase("emergencies")
    resident = Resident(
        "emergency",
        f"{place}，{cry}" if at_once else cry,
        may=("emergency_", "if_urgent"),
        expect="emergency_",
        wanted=Wanted(requests=1),
        answers={"emergency_place": place},
    )
    if at_once:
        resident.never, resident.wanted.address = "emergency_place", known
    return resident


def despair(speech: Speech) -> Resident:
    """Thoughts of suicide: a helpline and a person."""
    return Resident(
        "despair",
        speech.phrase("self_harm"),
        may=("self_harm",),
        expect="self_harm",
        wanted=Wanted(handler="person", requests=0),
    )


def person(speech: Speech) -> Resident:
    """A person is asked for, at the beginning or in the middle of a report."""
    if speech.chance(0.5):
        return Resident(
            "person",
            speech.phrase("human"),
            may=("handover",),
            expect="handover",
            wanted=Wanted(handler="person"),
        )
    resident = reporter(speech, "person")
    resident.asides.append(Aside("report_", speech.phrase("human"), "handover"))
    resident.may, resident.wanted = ("handover",), Wanted(handler="person")
    return resident


def lost_twice(speech: Speech) -> Resident:
    """Nonsense twice: a choice, then a person."""
    resident = Resident(
        "lost twice",
        speech.phrase("gibberish"),
        may=("lost", "report_ask_text_again"),
        expect="lost|report_ask_text|greet|chitchat",
    )
    resident.answers = {"lost": speech.phrase("gibberish"), "report_ask_text": speech.phrase("gibberish")}
    resident.wanted = Wanted(requests=0)
    return resident


def small_talk(speech: Speech) -> Resident:
    """Small talk, abuse, thanks, goodbye, questions about us: a short answer, no case, no person."""
    name, expect = speech.draw.choice(
        (
            ("chat", "chitchat|about_bot|comfort"),
            ("insults", "insult"),
            ("thanks", "thank|goodbye"),
            ("goodbye", "goodbye|anything_else"),
            ("ask_bot", "about_bot"),
            ("ask_fee", "about_fee"),
            ("ask_privacy", "about_privacy"),
            ("private", "ask_private"),
            ("openings", "greet|report_ask_text|help|about_here|insult|about_can|chitchat"),
        )
    )
    return Resident(
        f"talk: {name}",
        speech.phrase(name),
        expect=expect,
        may=("comfort",),
        wanted=Wanted(requests=0, reviews=0, handler="bot"),
    )


def change_of_mind(speech: Speech) -> Resident:
    """A rating or a question is begun and dropped for a report."""
    resident = reporter(speech, "change of mind", True)
    told = resident.first
    start = speech.phrase("rate_openings", service=speech.pair("services")[1])
    drop = speech.draw.choice(("算了不评了，", "先不评了，", "哎，还是先说个事，", "不评了，我要投诉，", ""))
    resident.first, resident.expect, resident.extra = start, "rate_", 1
    resident.said_place = resident.said_trouble = False
    resident.answers |= {"rate_": drop + told}
    return resident


def report_and_question(speech: Speech) -> Resident:
    """A report and a question about a service in one message: both are answered."""
    resident = reporter(speech, "report and question", True)
    name = speech.pair("services")[1]
    link = speech.draw.choice(("，另外问一下", "。还有，", "，顺便问问", "。对了，"))
    resident.first += link + speech.phrase("service_questions", service=name)
    resident.wanted.told = None
    resident.answers |= {"service_choose": "第一个", "service_is_it": "对"}
    resident.may = ("service_",)
    return resident


def solved(speech: Speech) -> Resident:
    """Good news after the number: noted with the case."""
    resident = reporter(speech, "good news")
    resident.after.append(
        Aside("", speech.phrase("solved"), "withdrawn_solved|follow_up_early|follow_up_ask")
    )
    return resident
