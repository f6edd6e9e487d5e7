"""A photo or a position: part of the open report, more about the case registered just before, or the beginning of one."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, gateway_cases, gateway_media
from bot.actions.base import BotAction, Events, active_form, back_to_form
from bot.actions.report import FORM, begin
from bot.actions.wording import say


class Photo(BotAction):
    """A photo was sent. It is stored already; what remains is whose it is."""

    action_name = "action_photo"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        form, limit = active_form(tracker), gateway.photo_limit()
        if form == FORM:
            left_out = gateway_media.photos_waiting(tracker.sender_id) > limit
            say(dispatcher, "photo_too_many" if left_out else "photo_noted", limit=limit)
            return back_to_form(tracker)
        if form:
            say(dispatcher, "photo_aside")
            return back_to_form(tracker)
        number, added = gateway_media.add_photos(tracker.sender_id)
        if number:
            say(dispatcher, "photo_added" if added else "photo_case_full", number=number, limit=limit)
            # Words about the photo go to that case too; a new trouble is told apart from them by its intent.
            return [SlotSet("offer", {"kind": "added", "number": number})]
        say(dispatcher, "photo_noted")
        return [*begin("", carried={"opened": True}), SlotSet("offer", None), FollowupAction(FORM)]


class Position(BotAction):
    """A position was sent: the place of the open report, of the case registered just before, or of a new report."""

    action_name = "action_position"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        form, here = active_form(tracker), gateway_media.position(tracker.sender_id)
        if here is None or (form and form != FORM):
            say(dispatcher, "position_aside")
            return back_to_form(tracker)
        if form == FORM:
            return self._fill(dispatcher, tracker, here)
        number, place = gateway_media.add_position(tracker.sender_id)
        if number:
            say(dispatcher, "position_added", number=number, place=place)
            return [SlotSet("offer", {"kind": "added", "number": number})]
        say(dispatcher, "position_noted", place=here["name"])
        carried = {"opened": True, "position": here}
        return [
            *begin("", carried=carried), SlotSet("report_place", here["name"]), SlotSet("offer", None),
            FollowupAction(FORM),
        ]  # fmt: skip

    @staticmethod
    def _fill(dispatcher: CollectingDispatcher, tracker: Tracker, here: dict[str, Any]) -> Events:
        """The place of the open report. Words that named one stay, unless they were called wrong: they are finer."""
        known = {**(tracker.get_slot("report") or {}), "position": here}
        text, place = tracker.get_slot("report_text") or "", tracker.get_slot("report_place") or ""
        wrong = known.pop("fix", None) == "place"
        if not place or wrong:
            if place:
                text = text.replace(place, here["name"])
            place = here["name"]
        say(dispatcher, "position_noted", place=here["name"])
        if text:
            known |= {
                "similar": gateway_cases.similar(text, place, known.get("category", "")),
                "changed": bool(wrong),
            }
        return [
            SlotSet("report", known), SlotSet("report_text", text or None), SlotSet("report_place", place),
            FollowupAction(FORM),
        ]  # fmt: skip
