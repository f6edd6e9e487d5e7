"""How far a request is: one's own at once, any other by its number and secret."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, words
from bot.actions.base import BotAction, Events, Said, back_to_form, clear, hand_over, is_answer
from bot.actions.follow_up import ask_about
from bot.actions.wording import say
from webapp.errors import MinpingError, NotFound

FORM = "progress_form"
_NO_NUMBER = re.compile(r"^(没|无|不)|没有|没记|忘|不记得|丢|找不到|不知道")
_TRIED = re.compile(r"[A-Za-z0-9]{3,12}")  # meant as a secret, though no secret looks like that
OWN = "own"  # in place of a secret: the sender's identity opens the case


class StartProgress(BotAction):
    """Take number and secret from the message; without a number, the sender's own requests are meant."""

    action_name = "action_progress_start"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        text = Said.of(tracker).text
        number, secret = words.number_in(text), words.secret_in(text)
        return [*clear(FORM), *opened(tracker.sender_id, number, secret)]


def opened(sender: str, number: str, secret: str) -> Events:
    """Slots of the progress form from what is known: nothing is asked that the identity already answers."""
    mine = gateway.own_progress(sender, number)
    if mine:
        return [SlotSet("progress_number", mine[0]["number"]), SlotSet("progress_secret", OWN)]
    known: dict[str, Any] = {"none_here": not number}
    return [
        SlotSet("progress_number", number or None), SlotSet("progress_secret", secret or None), SlotSet("progress", known),
    ]  # fmt: skip


class AskNumber(BotAction):
    """Ask for the tracking number."""

    action_name = "action_ask_progress_number"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = tracker.get_slot("progress") or {}
        say(dispatcher, "progress_no_number" if known.get("none_here") else "progress_ask_number")
        return []


class AskSecret(BotAction):
    """Ask for the secret that opens a case of another identity."""

    action_name = "action_ask_progress_secret"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        say(
            dispatcher,
            "progress_wrong" if (tracker.get_slot("progress") or {}).get("wrong") else "progress_ask_secret",
        )
        return []


class ValidateProgress(BotAction):
    """Read a number or a secret; anything else is an aside."""

    action_name = "validate_progress_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_answer(tracker, FORM):
            return []
        said = Said.of(tracker)
        number, secret = words.number_in(said.text), words.secret_in(said.text)
        if number:
            return opened(tracker.sender_id, number, secret or tracker.get_slot("progress_secret") or "")
        if tracker.get_slot("requested_slot") == "progress_secret" and secret:
            return self._try(str(tracker.get_slot("progress_number")), secret)
        if tracker.get_slot("requested_slot") == "progress_secret" and _TRIED.fullmatch(
            words.bare(said.text)
        ):
            return [SlotSet("progress", {"wrong": True}), SlotSet("progress_secret", None)]
        if tracker.get_slot("requested_slot") == "progress_number" and _NO_NUMBER.search(said.text):
            # A person can find it by name or phone; asking once more would not.
            return [SlotSet("progress", {"no_number": True}), SlotSet("requested_slot", None)]
        if said.is_aside or said.intent in ("report", "suggest", "deny", "affirm", "correct"):
            return []
        return [
            SlotSet("progress", {"none_here": False}),
            SlotSet(str(tracker.get_slot("requested_slot")), None),
        ]

    @staticmethod
    def _try(number: str, secret: str) -> Events:
        try:
            gateway.opened_progress(number, secret)
        except NotFound:
            # Number and secret are not told apart, so that numbers cannot be tried out.
            return [SlotSet("progress", {"wrong": True}), SlotSet("progress_secret", None)]
        return [SlotSet("progress_secret", secret)]


class TellProgress(BotAction):
    """Say where the request stands, whose turn it is and until when; name the sender's other requests."""

    action_name = "action_progress_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        number, secret = tracker.get_slot("progress_number"), tracker.get_slot("progress_secret")
        if (tracker.get_slot("progress") or {}).get("no_number"):
            hand_over(dispatcher, tracker, "no_number", "progress_handover")
        if not number or not secret:
            return clear(FORM)
        mine = secret == OWN
        found = (
            gateway.own_progress(tracker.sender_id, number)[0]
            if mine
            else gateway.opened_progress(number, secret)
        )
        say(
            dispatcher, "progress_one", number=found["number"], subject=words.short(found["subject"], 24),
            status=found["status"], department=found["department"],
            answer=f"\n答复：{words.short(found['answer'], 120)}" if found["answer"] else "",
            due=f"\n{found['due']}前答复您。" if found["due"] else "",
        )  # fmt: skip
        others = (
            [p["number"] for p in gateway.own_progress(tracker.sender_id) if p["number"] != number]
            if secret == OWN
            else []
        )
        if others:
            say(dispatcher, "progress_more", others="、".join(others[:4]))
        going_on = back_to_form(tracker)
        if mine and found["asks_back"] and not going_on:
            # The department says it is done: the resident's word is what it waits for.
            return [*clear(FORM), *ask_about(found["number"]), FollowupAction("follow_up_form")]
        return [*clear(FORM), *going_on]

    def after_refusal(self, tracker: Tracker, error: MinpingError) -> Events:
        return clear(FORM)
