"""Danger: the number to call first, then a request all the same; for whoever despairs, a helpline and a person."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, gateway_cases, gateway_services, questions, words
from bot.actions.base import UNSURE, BotAction, Events, Said, active_form, back_to_form, clear, leave_form
from bot.actions.lost import Lost, add_to_last, start_report
from bot.actions.rate_reading import settle
from bot.actions.report import tracking_card
from bot.actions.services import tell
from bot.actions.wording import say

HAZARDS = ("gas", "fire", "violence", "medical", "trapped", "suicide")
# 「救命」 as the young write it, before a trouble that nobody dies of.
_EXCLAMATION = re.compile(r"^(?:(?:救命|要命|我的天|天呐?|妈呀)[啊呀哪呐吖]*[\W_]*)+")


def _only_exclaims(said: Said) -> bool:
    """Whether a cry for help is only the beginning of a sentence about a trouble without danger."""
    rest = _EXCLAMATION.sub("", said.text)
    if rest == said.text or said.entities.get("hazard") != "trapped" or len(words.bare(rest)) < 8:
        return False
    return not _DANGER.search(rest) and gateway.guess(rest)["sure"]


_DANGER = re.compile(r"[困卡关压埋掉]|出不来|打不开|[刀血死杀砍火烟]|晕|喘|救|快来")


class Emergency(BotAction):
    """The number to call first; then a request all the same, without questions."""

    action_name = "action_emergency"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        if added := add_to_last(dispatcher, tracker, said.text):
            # More about the danger that was registered just now, and perhaps a question beside it.
            chosen = settle(gateway_services.match_services(said.text))
            if chosen and questions.how_to(said.text):
                tell(dispatcher, chosen[0], said.text)
            return added
        if said.intent == UNSURE:
            # Alarmed without a word of danger: what it is, the language layer hears better.
            return back_to_form(tracker) or Lost().open(dispatcher, tracker)
        if _only_exclaims(said):
            return start_report(_EXCLAMATION.sub("", said.text) or said.text)
        if not said.is_emergency:
            say(dispatcher, "if_urgent")
            return start_report(said.text, {"whole": True, "warned": True})
        hazard = said.entities.get("hazard", "")
        say(dispatcher, f"emergency_{hazard if hazard in HAZARDS else 'other'}")
        text, known = said.text, {}
        place = gateway.place_in(said.text)
        if active_form(tracker) == "report_form":
            text = "。".join(part for part in (tracker.get_slot("report_text"), said.text) if part)
            known = {
                k: v
                for k, v in (tracker.get_slot("report") or {}).items()
                if k in ("phone", "name", "position")
            }
            place = place or tracker.get_slot("report_place") or ""
        receipt = gateway_cases.submit_request(
            tracker.sender_id, text, place, {**known, "emergency": True, "draft": _draft(said.text)}
        )
        say(dispatcher, "emergency_stored", number=receipt["number"], secret=receipt["secret"])
        tracking_card(dispatcher, receipt)
        if not place:
            say(dispatcher, "emergency_place")
            dispatcher.utter_message(json_message={"type": "ask_location"})
        offer = {
            "kind": "added",
            "number": receipt["number"],
            "place": place,
            "danger": True,
            "hazard": hazard,
        }
        return [
            *leave_form(tracker),
            *clear("report_form"),
            SlotSet("suspended", None),
            SlotSet("offer", offer),
        ]


def _draft(text: str) -> str:
    """The same cry, said again because the answer was lost, is one request."""
    return f"{datetime.now(UTC):%Y%m%d}:{text}"


class SelfHarm(BotAction):
    """A helpline and a person, at once; never a form, never a question to fill in."""

    action_name = "action_self_harm"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if Said.of(tracker).intent == UNSURE:
            return Lost().open(dispatcher, tracker)
        say(dispatcher, "self_harm")
        if gateway.hand_over(tracker.sender_id, "self_harm"):
            say(dispatcher, "self_harm_person")
            dispatcher.utter_message(json_message={"type": "handover", "reason": "self_harm"})
        return [*leave_form(tracker), ActiveLoop(None), SlotSet("offer", None), SlotSet("suspended", None)]
