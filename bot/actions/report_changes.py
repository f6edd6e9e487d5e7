"""What the card's answer may change: the kind of trouble, the place, the story; each shown once more."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from bot.actions import gateway, gateway_cases, matters, places, words
from bot.actions.base import Events, Said
from bot.actions.report_reading import KEPT, understood

_SPOT = re.compile(r"地点|地址|位置|小区|门|楼|路|旁边|对面|附近|村|里$")
_KIND = re.compile(r"类|问题|归|部门|管")
CANNOT_SAY = re.compile(r"说不准|不知道|说不清|让工作人员定|随便|都不是|不清楚")
_OBJECTION = re.compile(r"^(?:不对|不是的?|错了|[我]?说错了|搞错了|哦|哎)+[，,。 ]+(?=.{4})")
_STORY = re.compile(
    r"我(?:说|要?反映|要?投诉|的?意思|想说)的?|事情|内容|理解错|听[错岔]|说错|搞错|不是这个意思"
)
WORDS = 6
BESIDE = 5  # characters that may stand beside a place and say nothing but where it is


class CardChanges:
    """The resident's answer, what is known so far, and the ways in which the one changes the other."""

    def __init__(self, said: Said, known: dict[str, Any], tracker: Tracker) -> None:
        self.said, self.known = said, known
        self.text = str(tracker.get_slot("report_text") or "")
        self.place = str(tracker.get_slot("report_place") or "")
        self.fix = known.pop("fix", None)
        known.pop("asked_us", None)
        known.pop("about", None)
        self.known["changed"] = False

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
        if CANNOT_SAY.search(spoken):
            self.known |= {"category": "", "category_name": "", "sure": False}
            return self._show_again()
        number = words.ordinal_in(spoken)
        if number and number <= len(options):
            return self._category(options[number - 1])
        named = next((o for o in options if o[1] in spoken), None) or gateway.find_category(
            words.corrected(spoken) or spoken
        )
        return self._named(named) if named else self._ask("category")

    def _named(self, named: list[str]) -> Events:
        """The category that was named; the one that is shown already cannot be what the resident means."""
        if named[0] != self.known.get("category") or self.fix == "same_category":
            return self._category(named)
        return self._ask("same_category")

    def _new_place(self, place: str) -> Events:
        place = places.trimmed(place)[:100]
        merged = words.merge_place(self.place, place)
        finer = merged != place
        if not finer:
            # Another place altogether: the position that was sent is not there.
            self.known.pop("position", None)
        place = merged
        wrong = finer or words.says_wrong(self.said.text) or self.fix == "place"
        if wrong and self.place and self.place in self.text:
            # The words go to the department as well: they must not name the wrong house.
            self.text = self.text.replace(self.place, place)
        self.known["similar"] = gateway_cases.similar(self.text, place, self.known.get("category", ""))
        return [SlotSet("report_text", self.text), SlotSet("report_place", place), *self._show_again()]

    def _correction(self, right: str) -> Events:
        """What is right, in words: a place, a category, or something in the story."""
        if len(words.bare(right)) < 2:
            return self._ask("which")
        named = gateway.find_category(right) if _KIND.search(self.said.text) else None
        place = gateway.place_in(right)
        units = words.merge_place(self.place, right) != right
        tells = len(words.bare(right)) >= WORDS and (matters.amiss(right) or matters.is_matter(right))
        if tells and not units and not (place and gateway.is_only_place(right)):
            return self._another_story(right, place)
        if named and not place and not units:
            return self._named(named)
        if place or units or (_SPOT.search(self.said.text) and len(words.bare(right)) <= places.LONGEST):
            return self._new_place(
                place if place and len(right) > len(place) + BESIDE and not units else right
            )
        if len(words.bare(right)) >= WORDS and _STORY.search(self.said.text):
            return self._another_story(right, place)
        return self._more(_OBJECTION.sub("", self.said.text))

    def _another_story(self, right: str, place: str) -> Events:
        """What happened is put right; where it is stays, unless that was said too."""
        kept = {str(k): v for k, v in self.known.items() if k in KEPT}
        events = understood(right, kept, place or self.place)
        known = {**next(e["value"] for e in events if e["name"] == "report"), "changed": True}
        return [
            *[e for e in events if e["name"] != "report"],
            SlotSet("report", known),
            SlotSet("report_confirm", None),
        ]

    def _more(self, rest: str) -> Events:
        """More of the story: added to the words, and read again; what was settled stays settled."""
        if len(words.bare(rest)) < 2 or (CANNOT_SAY.search(rest) and len(rest) < 10):
            return [SlotSet("report", self.known), SlotSet("report_confirm", None)]
        kept = {str(k): v for k, v in self.known.items() if k in KEPT}
        events = understood(f"{self.text}。{rest}", kept, self.place)
        known = {**next(e["value"] for e in events if e["name"] == "report"), "changed": True}
        return [
            *[e for e in events if e["name"] != "report"],
            SlotSet("report", known),
            SlotSet("report_confirm", None),
        ]
