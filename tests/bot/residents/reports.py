"""Residents who report something: all in one message or bit by bit, with asides, corrections, contacts, changes of mind."""

from __future__ import annotations

from tests.bot.residents.resident import Aside, Resident, Wanted
from tests.bot.residents.speech import Speech

_BACK = "report_ask_|report_card|report_similar"
_CARD = "report_card"
_PHONE_START = ("138", "139", "186", "177")


def _phone(speech: Speech) -> str:
    return speech.draw.choice(_PHONE_START) + f"{speech.draw.randrange(10**8):08d}"


def reporter(speech: Speech, kind: str, whole: bool | None = None) -> Resident:
    """Somebody with a trouble and a place, who tells both at once or one after the other, and agrees to the card."""
    trouble, (place, known) = speech.told(speech.phrase("troubles")), speech.pair("places")
    whole = speech.chance(0.5) if whole is None else whole
    before = speech.phrase("preambles") if speech.chance(0.5) else ""
    ask = speech.told(speech.phrase("asks")) if speech.chance(0.5) else ""
    mark = "" if speech.register == "voice" else speech.draw.choice(("", "，", "，", " "))
    joins = [
        f"{place}{mark}{trouble}{ask}",
        f"{trouble}{ask}，在{place}",
        f"{trouble}，我家住{place}{ask}",
        f"我是{place}的，{trouble}{ask}",
    ]
    told = before + (speech.draw.choice(joins) if whole else trouble + ask)
    if speech.register == "voice":
        told = told.replace("，", " " if speech.chance(0.2) else "")
    where = speech.phrase("place_leads") + place + speech.phrase("place_tails")
    resident = Resident(
        kind,
        told,
        said_place=whole,
        said_trouble=True,
        expect=_BACK,
        wanted=Wanted(requests=1, address=known, told=trouble),
        answers={
            "report_ask_place": where,
            "report_card": lambda: speech.short("yes"),
            "report_similar": lambda: speech.short("no_join"),
            "report_several": "合成一件",
        },
    )
    if not whole and speech.chance(0.4):
        opening = speech.phrase("openings")
        resident.answers |= dict.fromkeys(
            ("greet", "report_ask_text", "about_", "insult", "help", "chitchat", "anything_else"), told
        )
        resident.first, resident.expect, resident.said_trouble = (
            opening,
            "greet|report_ask_text|about_|help",
            False,
        )
        resident.extra = 1
    return resident


def whole(speech: Speech) -> Resident:
    """Everything in one message: only the card is left to ask."""
    resident = reporter(speech, "report whole", True)
    resident.expect, resident.never = _CARD, "report_ask_place|report_ask_text"
    return resident


def in_bits(speech: Speech) -> Resident:
    """A greeting perhaps, then the trouble, then the place."""
    return reporter(speech, "report in bits", False)


def contact(speech: Speech) -> Resident:
    """A phone or a name somewhere: in the first message, with the yes, or before it."""
    resident = reporter(speech, "report with contact")
    phone, surname = _phone(speech), speech.draw.choice("王李张刘陈杨赵黄周吴徐孙")
    says = speech.phrase("phones", phone=phone)
    called = speech.phrase(
        "names", surname=surname, name=surname + speech.draw.choice(("建国", "桂芳", "丽", "志强"))
    )
    resident.wanted.phone = phone[-4:]
    where = speech.draw.choice(("first", "card", "both"))
    if where == "first" and resident.expect == _BACK:
        resident.first += f"，{says}，{called}"
        resident.wanted.surname = surname
    elif where == "both":
        resident.asides.append(Aside("report_card", f"{called}，{says}", ""))
        resident.wanted.surname = surname
    else:
        resident.asides.append(Aside("report_card", says, ""))
    return resident


def correction(speech: Speech) -> Resident:
    """The house, the place or the story is put right when the card is shown; then yes."""
    resident = reporter(speech, "report corrected")
    which = speech.draw.choice(("unit", "place", "more"))
    if which == "unit":
        resident.wanted.address = None
        unit = f"{speech.draw.randrange(20, 40)}{speech.draw.choice(('号楼', '栋', '幢'))}"
        resident.asides.append(
            Aside("report_card", speech.phrase("fix_unit", unit=unit), "report_card_changed|report_similar")
        )
        resident.wanted.address = unit
    elif which == "place":
        place, known = speech.pair("places")
        resident.asides.append(
            Aside(
                "report_card", speech.phrase("fix_place", place=place), "report_card_changed|report_similar"
            )
        )
        resident.wanted.address = known
    else:
        more = speech.phrase("more_story")
        resident.asides.append(Aside("report_card", more, "report_card_changed|report_similar"))
        resident.wanted.told = more.split("，")[-1]
    return resident


def story_corrected(speech: Speech) -> Resident:
    """What was told is put right at the card."""
    resident = reporter(speech, "story corrected", True)
    trouble = speech.phrase("troubles")
    resident.asides.append(
        Aside(
            "report_card", speech.phrase("fix_story", trouble=trouble), "report_card_changed|report_similar"
        )
    )
    resident.wanted.told = trouble
    return resident


def interrupted(speech: Speech) -> Resident:
    """Something else is asked or said in the middle: it is answered, and the report goes on."""
    resident = reporter(speech, "report interrupted")
    at = speech.draw.choice(("report_card", "report_ask_place"))
    _, name = speech.pair("services")
    texts = {
        "about_time": speech.phrase("ask_time"),
        "about_privacy": speech.phrase("ask_privacy"),
        "about_fee": speech.phrase("ask_fee"),
        "about_bot": speech.phrase("ask_bot"),
        "chitchat": speech.phrase("chat"),
        "insult": speech.phrase("insults"),
        "service_": speech.phrase("service_questions", service=name),
        "thank": "谢谢",
        "ask_private": speech.phrase("private"),
    }
    expect = speech.draw.choice(sorted(texts))
    if at == "report_ask_place" and resident.said_place:
        at = "report_card"
    resident.asides.append(Aside(at, texts[expect], ""))
    if expect not in ("thank", "about_bot", "chitchat"):
        resident.asides[-1].expect = expect if expect != "about_time" else "about_|report_promise"
    return resident


def cancelled(speech: Speech) -> Resident:
    """Everything is called off before the number."""
    resident = reporter(speech, "report cancelled")
    at = speech.draw.choice(("report_card", "report_ask_place")) if not resident.said_place else "report_card"
    resident.asides.append(Aside(at, speech.phrase("cancel"), "cancelled"))
    resident.wanted = Wanted(requests=0)
    return resident


def unknown_place(speech: Speech) -> Resident:
    """The resident cannot say where it is."""
    resident = reporter(speech, "place unknown", False)
    resident.answers["report_ask_place"] = speech.phrase("unknown_places")
    resident.wanted.address = None
    return resident


def joined(speech: Speech) -> Resident:
    """A neighbour's same trouble, if one is offered, is followed together."""
    resident = reporter(speech, "report joined")
    resident.answers["report_similar"] = speech.phrase("join")
    return resident


def several(speech: Speech) -> Resident:
    """Two troubles in one message: each becomes its own request."""
    one, two = speech.draw.sample([speech.phrase("troubles") for _ in range(12)], 2)
    place, known = speech.pair("places")
    first = speech.draw.choice(
        (
            f"两个事，一是{place}{one}，二是{two}",
            f"我反映两个问题：第一，{place}{one}；第二，{two}",
            f"{place}有两件事，一个是{one}，另一个是{two}",
            f"1、{place}{one} 2、{two}",
            f"有两个情况要说，{place}{one}，还有一个就是{two}",
        )
    )
    return Resident(
        "two troubles",
        first,
        said_place=True,
        said_trouble=True,
        expect="report_several",
        extra=6,
        wanted=Wanted(requests=2, address=known),
        answers={
            "report_several": lambda: speech.draw.choice(
                ("分开登记", "分开吧", "好的，分开报", "可以", "行，各报各的", "两件都要")
            ),
            "report_card": lambda: speech.short("yes"),
            "report_similar": lambda: speech.short("no_join"),
            "report_ask_place": f"也在{place}",
        },
    )


def suggestion(speech: Speech) -> Resident:
    """A suggestion: no place is insisted on."""
    return Resident(
        "suggestion",
        (speech.phrase("preambles") if speech.chance(0.3) else "") + speech.phrase("suggestions"),
        said_trouble=True,
        wanted=Wanted(requests=1),
        expect="report_card|report_ask_place",
        answers={
            "report_card": lambda: speech.short("yes"),
            "report_similar": lambda: speech.short("no_join"),
            "report_ask_place": "说不清",
        },
    )


def no_emergency(speech: Speech) -> Resident:
    """Strong words about a trouble that nobody dies of: a report like any other."""
    resident = reporter(speech, "no emergency", False)
    place, known = speech.pair("places")
    resident.first = speech.told(speech.phrase("not_emergencies"))
    resident.said_place, resident.said_trouble, resident.extra = False, True, 0
    resident.answers = {
        "report_ask_place": place,
        "report_card": lambda: speech.short("yes"),
        "report_similar": lambda: speech.short("no_join"),
    }
    resident.expect, resident.wanted = _BACK, Wanted(requests=1, address=known)
    return resident


def after_filing(speech: Speech) -> Resident:
    """After the number: more of it, thanks, a question, never mind; none of it is a new request."""
    resident = reporter(speech, "after the number")
    which = speech.draw.choice(("more", "thanks", "time", "withdraw", "progress", "privacy", "phone"))
    phone = _phone(speech)
    text, expect = {
        "more": (speech.phrase("supplements"), "supplemented"),
        "thanks": (speech.phrase("after_thanks"), "filed|thank|goodbye|about_time"),
        "time": (speech.phrase("ask_time"), "about_time|filed|progress_one"),
        "withdraw": (speech.phrase("withdraw"), "withdrawn"),
        "progress": (speech.phrase("progress"), "progress_one|about_time"),
        "privacy": (speech.phrase("ask_privacy"), "about_privacy"),
        "phone": (speech.phrase("phones", phone=phone), "contact_added"),
    }[which]
    resident.after.append(Aside("", text, expect))
    if which == "phone":
        resident.wanted.phone = phone[-4:]
    return resident


def second_report(speech: Speech) -> Resident:
    """After the number another trouble, at another place."""
    resident = reporter(speech, "second report")
    trouble, (place, _) = speech.phrase("troubles"), speech.pair("places")
    start = speech.draw.choice(("还有一件事，", "对了，", "另外，", "", "顺便再报一个，", "谢谢，还有个事，"))
    resident.after.append(Aside("", f"{start}{place}{trouble}", "report_card|report_similar"))
    resident.wanted.requests = 2
    resident.extra += 0
    return resident
