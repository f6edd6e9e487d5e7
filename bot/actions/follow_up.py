"""回访 in the chat: is it solved, did somebody get in touch, how satisfied; the resident's word closes or reopens."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import contact, gateway_cases, gateway_services, second_thoughts, words
from bot.actions.after_filing import BETTER
from bot.actions.base import (
    UNSURE,
    BotAction,
    Events,
    Said,
    active_form,
    back_to_form,
    clear,
    coming_back,
    is_answer,
)
from bot.actions.context import InContext
from bot.actions.rate_reading import level_buttons, settle
from bot.actions.report import begin
from bot.actions.report_reading import sounds_kind
from bot.actions.wording import say

FORM = "follow_up_form"
PATIENCE = 2  # answers that say nothing, before the questions are dropped: a follow-up is a favour
_PARTLY = re.compile(r"部分|一半|一点|差不多|基本|有些|有的|没完全|不彻底")
_UNSOLVED = re.compile(
    r"没(?:有)?(?:人)?(?:解决|修|弄|办|处理|搞|好|用|变)|[没未]解决|不行|还是|又(?:坏|漏|堵|来|开始|停|黑|不)|老样子|假的|骗"
)
_AGAIN = re.compile(r"又(?:开始|给)?(?:坏|漏|堵|停[水电气]|黑|灭|臭|吵|塌|裂|不[亮热通响])")
_SOLVED = re.compile(r"解决|好了|弄好|修好|可以了|行了|恢复|亮了|通了|搞定|清了|拖走了|办完|处理完")
_NOT_CONTACTED = re.compile(r"没(?:有)?(?:人|谁|单位)?(?:联系|打|找|来|问)|没(?:有|人)|从来没")
_CONTACTED = re.compile(r"联系(?:过|了|上)|打(?:过|了|来)|来(?:过|了)|找过|问过|有人|^有")


def solved_in(text: str) -> str:
    """What ``text`` says of the trouble: ``yes``, ``partly``, ``no``; '' when it says nothing of it."""
    if _PARTLY.search(text):
        return "partly"
    if _UNSOLVED.search(text):
        return "no"
    if _SOLVED.search(text):
        return "yes"
    return "no" if words.is_no(text) else "yes" if words.is_yes(text) else ""


def contacted_in(text: str) -> bool | None:
    """Whether ``text`` says that the department got in touch; None when it says nothing of it."""
    if _NOT_CONTACTED.search(text) or words.is_no(text):
        return False
    return True if _CONTACTED.search(text) or words.is_yes(text) else None


def ask_about(number: str, solved: str = "") -> Events:
    """Slots that begin the follow-up of a resolved request; ``solved`` where the resident said it already."""
    return [
        *clear(FORM), SlotSet("follow_up", {"number": number}), SlotSet("follow_up_solved", solved or None),
        SlotSet("offer", None),
    ]  # fmt: skip


class StartFollowUp(InContext):
    """「修好了，谢谢」: about the sender's own request, if there is one."""

    action_name = "action_follow_up_start"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            return back_to_form(tracker)
        said = Said.of(tracker)
        thanks = second_thoughts.thanks_for_repair(said.text)
        if said.intent == UNSURE and not thanks:
            return [FollowupAction("action_lost")]
        text = said.text
        mine = gateway_cases.own_progress(tracker.sender_id)
        if waiting := [p for p in mine if p["asks_back"]]:
            # Of several the resident's words tell nothing: the question names the number, and they answer that.
            return ask_about(waiting[0]["number"], solved_in(text) if len(waiting) == 1 else "")
        # Not yet said to be resolved: the department learns what the resident sees, and asks back in its turn.
        working = [p for p in mine if p["open"]]
        if len(working) > 1:
            say(dispatcher, "follow_up_several", numbers="、".join(p["number"] for p in working))
        elif working and gateway_cases.supplement(tracker.sender_id, working[0]["number"], text):
            say(
                dispatcher,
                "follow_up_early",
                number=working[0]["number"],
                department=working[0]["department"],
            )
        elif not mine and not thanks and sounds_kind(text) and settle(gateway_services.match_services(text)):
            # Nothing of theirs waits, and somebody is praised.
            return [FollowupAction("action_rate_start")]
        elif not mine and (_AGAIN.search(text) or not (BETTER.search(text) or sounds_kind(text))):
            # 「井盖没了」: gone, and not for the better; 「修好两天又不亮了」.
            return [*begin(text), FollowupAction("report_form")]
        else:
            say(dispatcher, "follow_up_thanks" if thanks else "follow_up_none")
        return [FollowupAction("action_listen")]


class AskSolved(BotAction):
    """Ask whether it is solved."""

    action_name = "action_ask_follow_up_solved"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if coming_back(tracker):
            say(dispatcher, "back")
        say(dispatcher, "follow_up_ask_solved", number=(tracker.get_slot("follow_up") or {})["number"])
        return []


class AskContacted(BotAction):
    """Ask whether the department got in touch."""

    action_name = "action_ask_follow_up_contacted"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if coming_back(tracker):
            say(dispatcher, "back")
        say(dispatcher, "follow_up_ask_contacted")
        return []


class AskSatisfied(BotAction):
    """Ask how satisfied the resident is, with the five levels."""

    action_name = "action_ask_follow_up_satisfied"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if coming_back(tracker):
            say(dispatcher, "back")
        say(dispatcher, "follow_up_ask_satisfied", level_buttons())
        return []


class ValidateFollowUp(BotAction):
    """Read the answer to what the form asked; no event at all means that it was no answer."""

    action_name = "validate_follow_up_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_answer(tracker, FORM):
            return []
        said, asked = Said.of(tracker), str(tracker.get_slot("requested_slot"))
        # What answers the question is an answer, whatever else it sounds like (打过电话的).
        found = None if said.interrupts else self._read(asked, said.text)
        if found is None and said.is_aside:
            return []
        known: dict[str, Any] = dict(tracker.get_slot("follow_up") or {})
        if found is None:
            return self._again(asked, known)
        if asked == "follow_up_solved" and not (words.is_yes(said.text) or words.is_no(said.text)):
            known["note"] = words.short(contact.without_contact(said.text), 200)
        return [SlotSet(asked, found), SlotSet("follow_up", {**known, "tries": 0})]

    @staticmethod
    def _read(asked: str, text: str) -> Any:
        if asked == "follow_up_solved":
            return solved_in(text) or None
        if asked == "follow_up_contacted":
            return contacted_in(text)
        return words.level_in(text)

    @staticmethod
    def _again(asked: str, known: dict[str, Any]) -> Events:
        known["tries"] = known.get("tries", 0) + 1
        if known["tries"] >= PATIENCE:
            return [SlotSet("follow_up", {**known, "dropped": True}), SlotSet("requested_slot", None)]
        return [SlotSet("follow_up", known), SlotSet(asked, None)]


class SubmitFollowUp(BotAction):
    """Store the resident's word, and say what follows from it."""

    action_name = "action_follow_up_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = tracker.get_slot("follow_up") or {}
        satisfied, solved = tracker.get_slot("follow_up_satisfied"), tracker.get_slot("follow_up_solved")
        if known.get("dropped") or satisfied is None:
            say(dispatcher, "follow_up_dropped")
            return clear(FORM)
        contacted = bool(tracker.get_slot("follow_up_contacted"))
        after = gateway_cases.follow_up(
            tracker.sender_id, known["number"], contacted, solved, int(satisfied), known.get("note", "")
        )
        wording = "follow_up_closed" if solved == "yes" else "follow_up_reopened"
        say(
            dispatcher, wording, number=known["number"], level=gateway_services.rating_label(int(satisfied)),
            department=after["department"], due=after["due"],
        )  # fmt: skip
        return clear(FORM)
