"""Reading a resident's words into the slots of a report."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions import gateway, words
from bot.actions.base import Events

# What the resident said outside the story: it stays when the story is read anew.
KEPT = frozenset({"type", "phone", "phone_tail", "name", "service"})
UNKNOWN_PLACE = ""  # asked, and the resident could not say: filled, as far as the form is concerned


def understood(text: str, known: dict[str, Any], place: str | None = None) -> Events:
    """Slots after reading ``text``: guesses where the resident said nothing themselves.

    ``place`` is None while nobody was asked for it, '' when the resident could not say.
    """
    note_contact(text, known)
    matter = words.without_contact(text)
    if not matter:
        return [SlotSet("report", known)]
    read = gateway.guess(matter)
    known = {**read, **known}
    read["place"] = known.pop("place", "") or read["place"]
    if place is None and known["type"] in ("suggestion", "praise"):
        place = UNKNOWN_PLACE  # these need no spot on the map
    place = place or read["place"] or place
    if not known["sure"] and not known.get("service"):
        known |= gateway.certain_service(matter)
    if place:
        known["similar"] = gateway.similar(matter, place, known["category"])
    return [SlotSet("report_text", matter), SlotSet("report_place", place), SlotSet("report", known)]


def note_contact(text: str, known: dict[str, Any]) -> bool:
    """Seal a phone and a name found in ``text`` into ``known``; True if there was a phone."""
    phone, name = words.phone_in(text), words.name_in(text)
    if phone:
        known["phone"] = gateway.seal(phone)
        known["phone_tail"] = phone[-4:]
    if name:
        known["name"] = gateway.seal(name)
    return bool(phone)
