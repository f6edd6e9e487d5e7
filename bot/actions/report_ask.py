"""What the report form asks: what happened, where, is this right."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import about_us, gateway, gateway_media, gateway_services, several, summary, words
from bot.actions.base import BotAction, Events, coming_back
from bot.actions.services import tell
from bot.actions.wording import Buttons, button, code_button, say

_CHINESE = re.compile(r"[一-龥]")


def _danger_first(dispatcher: CollectingDispatcher, known: dict[str, Any]) -> None:
    """Name the number to call, once, where the words may tell of a danger that they do not name."""
    if known.get("danger") and not known.get("warned") and known.get("type") != "praise":
        say(dispatcher, "danger_first")
        known["warned"] = True


def _first_of_all(dispatcher: CollectingDispatcher, known: dict[str, Any]) -> list[dict[str, Any]]:
    """A word of regret, once, and the answer to what was asked beside the matter; events for what was answered."""
    if sorry := known.pop("sorry", None):
        say(dispatcher, str(sorry))
    question = known.pop("question", None)
    if not question:
        return []
    hits = gateway_services.match_services(str(question))
    tell(dispatcher, hits[0][0], str(question))
    say(dispatcher, "back")
    return [SlotSet("topic", hits[0][0])]


class AskText(BotAction):
    """Ask what happened."""

    action_name = "action_ask_report_text"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if about := (tracker.get_slot("report") or {}).get("about"):
            about_us.answer(dispatcher, about, inside=True)
        parts = (tracker.get_slot("report") or {}).get("several")
        if parts:
            say(dispatcher, "report_several", count="两三四"[len(parts) - 2], list=several.listed(parts))
            return []
        kind = str((tracker.get_slot("report") or {}).get("type"))
        name = {"suggestion": "suggest_ask_text", "praise": "praise_ask_text"}.get(kind, "report_ask_text")
        known = tracker.get_slot("report") or {}
        if known.get("opened"):
            name = "report_ask_text_here" if tracker.get_slot("report_place") else "report_ask_text_photo"
        place = str(tracker.get_slot("report_place") or "")
        if known.get("begun"):
            say(dispatcher, "report_ask_text_begun", begun=known["begun"])
        elif known.get("anger") and not known.get("unclear"):
            say(dispatcher, "report_ask_text_angry")
        elif place and not (known.get("opened") or known.get("unclear")):
            say(dispatcher, "report_ask_text_at", place=place)
        else:
            say(dispatcher, "report_ask_text_again" if known.get("unclear") else name)
        return []


def _told(text: str, known: dict[str, Any]) -> str:
    """What was understood, said back: the words, and the kind of trouble where that is sure."""
    if len(_CHINESE.findall(text)) < 4:
        return "。"
    kind = f"（{known['category_name']}）" if known.get("sure") and known.get("category_name") else ""
    return f"：{words.short(text, 50)}{kind}\n"


class AskPlace(BotAction):
    """Ask where it is."""

    action_name = "action_ask_report_place"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = dict(tracker.get_slot("report") or {})
        told = _first_of_all(dispatcher, known)
        _danger_first(dispatcher, known)
        if about := known.pop("about", None):
            about_us.answer(dispatcher, about, inside=True)
        if known.get("asked_twice"):
            say(dispatcher, "report_ask_place_more")
        elif known.get("asked_place"):
            # Nobody wants to read their own words once more.
            say(dispatcher, "report_ask_place_short")
        else:
            if coming_back(tracker):
                say(dispatcher, "back")
            say(dispatcher, "report_ask_place", told=_told(tracker.get_slot("report_text") or "", known))
        dispatcher.utter_message(json_message={"type": "ask_location"})
        return [SlotSet("report", {**known, "asked_place": True, "asks": known.get("asks", 0) + 1}), *told]


class AskConfirm(BotAction):
    """Show what will be registered, or ask for the one thing to be put right."""

    action_name = "action_ask_report_confirm"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = dict(tracker.get_slot("report") or {})
        fix = known.get("fix")
        told = _first_of_all(dispatcher, known)
        _danger_first(dispatcher, known)
        # Answered once: an aside that follows must not bring it up again.
        if known.pop("asked_us", None):
            say(dispatcher, "report_promise", hotline=gateway.hotline())
        if about := known.pop("about", None):
            about_us.answer(dispatcher, about, inside=True)
        if fix in ("category", "same_category"):
            self._ask_category(dispatcher, known)
        elif fix == "place":
            say(dispatcher, "report_ask_place_again")
        elif fix == "which":
            say(dispatcher, "report_what_is_wrong")
        elif known.get("shown") and not known.get("changed"):
            self._remind(dispatcher, tracker, known)
        else:
            if coming_back(tracker):
                say(dispatcher, "back")
            self._show(dispatcher, tracker, known)
            known["shown"] = True
        return [SlotSet("report", known), *told]

    @staticmethod
    def _ask_category(dispatcher: CollectingDispatcher, known: dict[str, Any]) -> None:
        options = known.get("options") or []
        say(
            dispatcher,
            "report_same_category" if known["fix"] == "same_category" else "report_ask_category",
            [*_category_buttons(options), button("说不准，让工作人员定")],
            category=known.get("category_name", ""),
        )

    @staticmethod
    def _remind(dispatcher: CollectingDispatcher, tracker: Tracker, known: dict[str, Any]) -> None:
        """Once more in one line, after an aside: the card itself stands a little above."""
        similar = known.get("similar")
        buttons = [button("一起跟进"), button("单独提交")] if similar else _card_buttons(known)
        say(
            dispatcher,
            "report_similar_short" if similar else "report_card_short",
            buttons,
            text=words.short(tracker.get_slot("report_text") or "", 30),
            place=_place_words(tracker.get_slot("report_place") or "", known),
            photos=_photo_words(tracker),
            subject=words.short(similar["subject"], 24) if similar else "",
        )

    @staticmethod
    def _show(dispatcher: CollectingDispatcher, tracker: Tracker, known: dict[str, Any]) -> None:
        similar = known.get("similar")
        say(
            dispatcher, "report_card_changed" if known.get("changed") else "report_card", [] if similar else _card_buttons(known),
            text=summary.gist(tracker.get_slot("report_text") or ""), category=_category_words(known),
            place=_place_words(tracker.get_slot("report_place") or "", known),
            urgency=gateway.URGENCY_LINES.get(known.get("urgency", ""), ""),
            photos=_photo_words(tracker), contact=_contact_words(known),
        )  # fmt: skip
        if similar:
            buttons = [button("一起跟进"), button("单独提交"), button("地点不对"), button("类别不对")]
            say(
                dispatcher,
                "report_similar",
                buttons,
                subject=words.short(similar["subject"], 24),
                where=similar["where"],
                status=similar["status"],
            )


def _category_buttons(options: list[list[str]]) -> Buttons:
    return [code_button(name, "category_code", code) for code, name in options]


def _card_buttons(known: dict[str, Any]) -> Buttons:
    return [button("对，提交"), button("类别不对"), button("地点不对"), button("取消")]


def _category_words(known: dict[str, Any]) -> str:
    name = str(known.get("category_name") or "")
    if not name:
        return "由工作人员来定"
    return name if known.get("sure") else f"{name}（我拿不太准，工作人员会核对）"


def _place_words(place: str, known: dict[str, Any]) -> str:
    pinned = "（已附定位）" if known.get("position") else ""
    return (place or "没有写") + pinned


def _photo_words(tracker: Tracker) -> str:
    waiting = min(gateway_media.photos_waiting(tracker.sender_id), gateway.photo_limit())
    return f"\n照片：{waiting} 张" if waiting else ""


def _contact_words(known: dict[str, Any]) -> str:
    who = f"{known['surname']}先生/女士" if known.get("surname") else ""
    if known.get("phone_tail"):
        return f"\n回电：{who + '，' if who else ''}尾号 {known['phone_tail']}"
    if who:
        return f"\n联系人：{who}。想让工作人员回电，把电话发给我就行，不留也可以。"
    return "\n想让工作人员回电，把电话发给我就行，不留也可以。"
