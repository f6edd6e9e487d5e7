"""Reading the answer to what the report form asked."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import (
    consent,
    contact,
    gateway,
    gateway_cases,
    place_spans,
    places,
    questions,
    second_thoughts,
    several,
    words,
)
from bot.actions.base import BotAction, Events, Said, is_answer
from bot.actions.context import asks_service
from bot.actions.report import FORM, PATIENCE
from bot.actions.report_confirm import Confirmation
from bot.actions.report_reading import (
    KEPT,
    NO_PLACE,
    UNKNOWN_PLACE,
    beginning,
    first_reading,
    note_contact,
    understood,
)
from webapp.domain.conduct import wants_no_name

_BITS = 12
_ASKS = re.compile(r"什么|啥|哪|几[点时]|怎么|咋|如何|多少|[吗么][？?]?$|[？?]|进度|查|[星分]")
_MOST_ASKED = 3  # times that the place is asked for, whatever comes between
_HOW_TO = re.compile(r"(?:怎么|咋|如何)(?:写|填|弄|用|办|操作|说|发)")


def _without_question(text: str) -> str:
    """``text`` without the clauses that ask about reporting itself."""
    return "，".join(part for part in consent.clauses(text) if not questions.about_reporting(part))


# Intents whose examples are so short that an address beside their words outweighs them: 「那行，采菱路88号」.
_OUTWEIGHED = frozenset({"greet", "goodbye", "thank", "help", "chitchat", "insult", "ask_private"})


def _rights_story(answer: str, right: str) -> bool:
    """Whether an answer puts the story right, and not the place: 「说错了，是红绿灯坏了」, 「打错了 停水」."""
    if places.names(right) or not (words.says_wrong(answer) or second_thoughts.slip(answer)):
        return False
    return len(right) >= 4 or place_spans.tells_amiss(f"这{right}")


def _cannot_say(text: str) -> bool:
    """Whether an answer to the question for the place says that there is none to be named."""
    unknown = any(word in text for word in NO_PLACE) and not _HOW_TO.search(text)
    return words.is_no(text) or (unknown and not gateway.place_in(text))


def _agrees_or_rates(answer: str) -> bool:
    """Whether an answer is no place but a yes (「没有问题」), stars, or nothing."""
    stars = bool(words.rating_in(answer)) and not words.says_building(answer)
    return not answer or words.is_yes(answer) or stars


def _says_where(said: Said) -> bool:
    """Whether a message that sounds like an aside holds an address that somebody else could find."""
    named = gateway.place_in(said.text)
    asks = said.intent not in _OUTWEIGHED and _ASKS.search(said.text)
    return not asks and bool(named) and words.says_building(named)


_LEADS = re.compile(
    r"^(?:等(?:一?下|会儿?|等)|对了|先|顺便|另外|那个|哦|欸|诶|我|想|再|就|问|打听|咨询|请教|一?[下哈]|个?事|你们?|您|"
    r"[，,。：: ])+(?=.{4})"
)


def _asks_beside(said: Said) -> str:
    """The question about a published service that interrupts a report, or ''."""
    if said.interrupts or (said.is_aside and said.intent != "ask_service"):
        return ""
    question = _LEADS.sub("", said.text)
    return question if asks_service(question) and not gateway.place_in(question) else ""


class ValidateReport(BotAction):
    """Read the answer to what the form asked; no event at all means "this was no answer", and the rules take over."""

    action_name = "validate_report_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_answer(tracker, FORM):
            return []
        said, known = Said.of(tracker), dict(tracker.get_slot("report") or {})
        asked = tracker.get_slot("requested_slot")
        if asked != "report_text" and not said.interrupts and second_thoughts.only_talks(said.text):
            return [SlotSet("report", {**known, "off": True}), SlotSet("requested_slot", None)]
        if asked != "report_text" and not said.interrupts and second_thoughts.calls_off(said.text):
            return [SlotSet("report", {**known, "off": "called"}), SlotSet("requested_slot", None)]
        if asked != "report_text" and (question := _asks_beside(said)):
            # Answered, whatever the classifier made of it, and the form's own question asked again.
            return [SlotSet("report", {**known, "question": question}), SlotSet(str(asked), None)]
        if asked == "report_text":
            return self._text(said, known, tracker.get_slot("report_place"))
        if asked == "report_place":
            return self._place(said, known, tracker)
        return Confirmation(said, known, tracker).events()

    @staticmethod
    def _text(said: Said, known: dict[str, Any], place: str | None) -> Events:
        known.pop("about", None)
        if known.get("several"):
            return ValidateReport._apart(said, known, place)
        finer = ValidateReport._finer_place(said.text, place)
        if finer:
            return [SlotSet("report_text", None), SlotSet("report_place", finer)]
        if said.is_aside and not (said.intent in ("praise", "rate") and len(said.text) > 6):
            return []
        about = questions.about_reporting(said.text)
        if about and not gateway.place_in(said.text):
            return [SlotSet("report_text", None), SlotSet("report", {**known, "about": about})]
        # 「路灯」 said nothing yet; with 「坏了」 after it, it does.
        begun = known.pop("begun", "")
        if right := second_thoughts.slip(said.text):
            said, begun = replace(said, text=right), ""
        whole = said.text if begun in said.text else begun + said.text
        if begun and beginning(said.text) and not gateway.guess(whole)["sure"] and len(whole) <= _BITS:
            return [SlotSet("report_text", None), SlotSet("report", {**known, "begun": whole})]
        content = whole if known.get("type") else words.content_of(whole)
        if not content and place_spans.tells_amiss(f"这{words.bare(whole)}"):
            content = whole  # 「停水」 says it all
        if not known.get("type") and gateway.is_only_place(content):
            return [SlotSet("report_text", None), SlotSet("report_place", content)]
        refuses = all(
            words.is_no(part) or words.bare(part) in ("不对", "不是") for part in consent.clauses(content)
        )
        if len(words.bare(content)) < 2 or refuses:
            if not note_contact(said.text, known):
                # Told in bits, as people do in WeChat: as long as bits come, nothing is unclear.
                known["begun"] = beginning(whole) or (
                    whole if begun and whole != begun and len(whole) <= _BITS else ""
                )
                if not (begun and known["begun"]):
                    known["unclear"] = known.get("unclear", 0) + 1
            enough = [SlotSet("requested_slot", None)] if known.get("unclear", 0) >= PATIENCE else []
            return [SlotSet("report_text", None), SlotSet("report", known), *enough]
        return first_reading(content, known, place)

    @staticmethod
    def _finer_place(text: str, place: str | None) -> str:
        """The place that is known, with the spot that ``text`` adds to it (南门那里) and nothing else; or ''."""
        if not place:
            return ""
        spot = places.trimmed(contact.without_contact(text))
        merged = words.merge_place(place, spot)
        return merged if merged != spot and merged != place and len(spot) <= 12 else ""

    @staticmethod
    def _apart(said: Said, known: dict[str, Any], place: str | None) -> Events:
        """The answer to whether several matters are registered one by one."""
        if chosen := several.chosen(known["several"], said.text):
            known.pop("several")
            return understood(chosen[0], {**known, "next": chosen[1:]}, place)
        if ordered := several.first_of(known["several"], said.text):
            known.pop("several")
            note_contact(said.text, known)
            return understood(ordered[0], {**known, "next": ordered[1:]}, place)
        apart, more = several.wants_apart(said.text)
        if apart is None and (said.interrupts or said.is_aside):
            return []
        parts = known.pop("several")
        note_contact(said.text, known)
        if more and gateway.is_only_place(more):
            place, more = more, ""
        elif place is None:
            place = gateway.place_in(more) or None
        if apart:
            return understood(parts[0], {**known, "next": parts[1:]}, place)
        return understood("。".join([*parts, *([more] if more else [])]), known, place)

    @staticmethod
    def _place(said: Said, known: dict[str, Any], tracker: Tracker) -> Events:
        if said.interrupts:
            return []
        known.pop("about", None)
        known |= {"anonymous": True} if wants_no_name(said.text) else {}
        if about := questions.about_reporting(said.text):
            known |= {"about": "about_can" if about == "about_here" else about, "asked_place": True}
            said = replace(said, text=_without_question(said.text))
            if not places.answered(said.text)[0]:
                return [SlotSet("report_place", None), SlotSet("report", known)]
        if _cannot_say(said.text) or (said.is_aside and known.get("asks", 0) > _MOST_ASKED):
            return [SlotSet("report_place", UNKNOWN_PLACE), SlotSet("report", known)]
        if said.is_aside and not gateway.is_only_place(said.text) and not _says_where(said):
            return []
        text = tracker.get_slot("report_text") or ""
        note_contact(said.text, known)
        answer = contact.without_contact(said.text)
        if _agrees_or_rates(answer):
            return [SlotSet("report_place", None), SlotSet("report", known)]
        agreed = consent.read(answer)
        answer = agreed.rest if agreed.yes and len(agreed.rest) >= 2 else answer
        right = second_thoughts.slip(answer) or words.corrected(answer)
        if _rights_story(answer, right):
            # Not the place but the story put right: 「说错了，是红绿灯坏了」.
            kept = {str(k): v for k, v in known.items() if k in KEPT}
            return [SlotSet("report_place", None), *understood(right, kept)]
        if put_right := places.put_right(answer):
            return ValidateReport._placed(text, put_right, "", known)
        if words.says_wrong(answer):
            return ValidateReport._placed(text, right or answer, "", known)
        place, more = places.answered(answer)
        told = said.intent == "report" and said.confidence >= 0.5 and not gateway.is_only_place(answer)
        if place and not (told and len(answer) > 25):
            return ValidateReport._placed(text, place, more, known)
        if not place and not told and len(answer) <= places.LONGEST and not places.is_none(answer):
            return ValidateReport._placed(text, answer, "", known)
        # More of the story, perhaps with the place somewhere in it; it is asked for once more, not for ever.
        tries = int(known.get("asked_twice") or 0) + 1
        named = gateway.place_in(answer) or (UNKNOWN_PLACE if tries > 2 else None)
        return [
            SlotSet("report_place", named), *understood(f"{text}。{answer}", {**known, "asked_twice": tries}, named),
        ]  # fmt: skip

    @staticmethod
    def _placed(text: str, place: str, more: str, known: dict[str, Any]) -> Events:
        """The place was said, and perhaps more of the story with it."""
        if more:
            return [SlotSet("report_place", place), *understood(f"{text}。{more}", known, place)]
        known["similar"] = gateway_cases.similar(text, place, known.get("category", ""))
        return [SlotSet("report_place", place), SlotSet("report", known)]
