"""The answer to the card that shows what will be registered."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.actions import gateway, words
from bot.actions.base import Events, Said
from bot.actions.report_reading import KEPT, note_contact, understood

_SPOT = re.compile(r"地点|地址|位置|小区|门|楼|路|旁边|对面|附近|村|里$")
_KIND = re.compile(r"类|问题|归|部门|管")
_CANNOT_SAY = re.compile(r"说不准|不知道|说不清|让工作人员定|随便|都不是|不清楚")
_WRONG_CATEGORY = ("类别不对", "类别错了", "分类不对", "分类错了")
_WRONG_PLACE = ("地点不对", "地点错了", "位置不对", "地址不对", "改一下地点", "地方错了", "楼号不对")


class Confirmation:
    """The answer to the card: yes, join, a phone, a correction in words or by button, or more of the story."""

    def __init__(self, said: Said, known: dict[str, Any], tracker: Tracker) -> None:
        self.said, self.known = said, known
        self.text = str(tracker.get_slot("report_text") or "")
        self.place = str(tracker.get_slot("report_place") or "")
        self.fix = known.pop("fix", None)
        self.known["changed"] = False

    def events(self) -> Events:
        """Slots after this answer; none if it is no answer."""
        said = self.said
        if code := said.entities.get("category_code"):
            return (
                self._category([code, gateway.category_name(code)])
                if gateway.category_name(code)
                else self._ask("category")
            )
        spoken = words.bare(said.text)
        if self.fix == "category" and _CANNOT_SAY.search(spoken):
            return self._category_in_words()
        if said.interrupts:
            return []
        if spoken in _WRONG_CATEGORY:
            return self._ask("category")
        if spoken in _WRONG_PLACE:
            return self._ask("place")
        if self.fix == "category" and not said.is_aside:
            return self._category_in_words()
        if self.fix == "place" and not said.is_aside:
            return self._new_place(words.corrected(said.text) or said.text)
        return self._decision(spoken)

    def _decision(self, spoken: str) -> Events:
        said = self.said
        similar = self.known.get("similar")
        if spoken.startswith(("单独", "分开", "不是同一", "不一起")) or (similar and words.is_no(said.text)):
            return self._accept(join="")
        if similar and ("一起" in spoken or "合在" in spoken or "合并" in spoken):
            return self._accept(join=similar["number"])
        has_phone = note_contact(said.text, self.known)
        rest = words.without_contact(said.text)
        if has_phone and len(words.bare(rest)) <= 6 and not words.says_wrong(rest):
            return self._accept_with_join(similar)
        if words.is_yes(said.text) or (
            said.intent == "affirm" and not words.says_wrong(said.text) and len(spoken) <= 12
        ):
            return self._accept_with_join(similar)
        if words.is_no(said.text):
            # "不用(留电话了)": the card itself was not called wrong.
            return self._accept_with_join(similar)
        if words.says_wrong(said.text):
            return self._correction(words.corrected(said.text))
        if said.is_aside:
            return []
        if gateway.is_only_place(rest):
            return self._new_place(rest)
        return self._more(rest)

    def _accept_with_join(self, similar: dict[str, Any] | None) -> Events:
        return self._accept(join=similar["number"] if similar else "")

    def _accept(self, join: str) -> Events:
        self.known["join"] = join
        return [SlotSet("report", self.known), SlotSet("report_confirm", True)]

    def _ask(self, what: str) -> Events:
        self.known["fix"] = what
        return [SlotSet("report", self.known), SlotSet("report_confirm", None)]

    def _show_again(self) -> Events:
        self.known["changed"] = True
        return [SlotSet("report", self.known), SlotSet("report_confirm", None)]

    def _category(self, chosen: list[str]) -> Events:
        self.known |= {"category": chosen[0], "category_name": chosen[1], "sure": True}
        return self._show_again()

    def _category_in_words(self) -> Events:
        spoken = self.said.text
        options = self.known.get("options") or []
        if _CANNOT_SAY.search(spoken):
            self.known |= {"category": "", "category_name": "", "sure": False}
            return self._show_again()
        number = words.ordinal_in(spoken)
        if number and number <= len(options):
            return self._category(options[number - 1])
        named = next((o for o in options if o[1] in spoken), None) or gateway.find_category(
            words.corrected(spoken) or spoken
        )
        return self._category(named) if named else self._ask("category")

    def _new_place(self, place: str) -> Events:
        place = words.merge_place(self.place, place.strip()[:100])
        if self.place and self.place in self.text:
            # The words go to the department as well: they must not name the wrong house.
            self.text = self.text.replace(self.place, place)
        self.known["similar"] = gateway.similar(self.text, place, self.known.get("category", ""))
        return [SlotSet("report_text", self.text), SlotSet("report_place", place), *self._show_again()]

    def _correction(self, right: str) -> Events:
        """What is right, in words: a place, a category, or something in the story."""
        if len(words.bare(right)) < 2:
            return self._ask("which")
        named = gateway.find_category(right) if _KIND.search(self.said.text) else None
        place = gateway.place_in(right)
        units = words.merge_place(self.place, right) != right
        if named and not place and not units:
            return self._category(named)
        if place or units or _SPOT.search(self.said.text):
            return self._new_place(right)
        return self._more(self.said.text)

    def _more(self, rest: str) -> Events:
        """More of the story: added to the words, and read again; what was settled stays settled."""
        if len(words.bare(rest)) < 2 or (_CANNOT_SAY.search(rest) and len(rest) < 10):
            return [SlotSet("report", self.known), SlotSet("report_confirm", None)]
        kept = {str(k): v for k, v in self.known.items() if k in KEPT}
        events = understood(f"{self.text}。{rest}", kept, self.place)
        known = {**next(e["value"] for e in events if e["name"] == "report"), "changed": True}
        return [
            *[e for e in events if e["name"] != "report"],
            SlotSet("report", known),
            SlotSet("report_confirm", None),
        ]
