"""Everything around the forms: asides, yes and no, cancelling, being lost, a person, emergencies."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, words
from bot.actions.base import BotAction, Events, Said, active_form, back_to_form, clear, hand_over, leave_form
from bot.actions.progress import opened
from bot.actions.rate import StartRating, change_vote, resume, settle, store
from bot.actions.report import begin, tracking_card
from bot.actions.services import AnswerService, tell
from bot.actions.wording import button, code_button, say

_SAD = re.compile(r"心情|没人(关心|陪|说话|理我)|孤单|孤独|闷|难受|难过|想哭|失眠|睡不着|老伴走|一个人")
_DONE = re.compile(r"(刚才|之前|上次|昨天|提交|登记|反映|报).{0,6}的|工单|单子|诉求")
_TAKE_BACK = re.compile(r"撤[回销诉单]|不投诉了|删掉?我")
_QUESTION = re.compile(
    r"怎么|多久|几天|多长|咋|如何|哪里|哪儿|在哪|什么|啥|多少|几点|吗[？?]?$|[？?]$|呢$|能不能办|需要"
)
PLAUSIBLE = 0.4  # below it a guess of the classifier is worth less than a question back
MENU_LOST = (button("就反映这件事"), button("找人工", "转人工"))
HAZARDS = ("gas", "fire", "violence", "medical", "trapped", "suicide")


def start_report(text: str, carried: dict[str, Any] | None = None) -> Events:
    """Open the report form with ``text`` and what is known besides."""
    return [*begin(text, carried=carried), SlotSet("offer", None), FollowupAction("report_form")]


class Aside(BotAction):
    """A short answer to what is no business of ours; then back to the form, if one is open."""

    action_name = "action_aside"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said, form = Said.of(tracker), active_form(tracker)
        if not form and said.confidence < PLAUSIBLE and len(said.text) > 3:
            return Lost().act(dispatcher, tracker)
        sad = said.intent == "chitchat" and _SAD.search(said.text)
        # Inside a form the menu of beginnings would only confuse.
        say(dispatcher, "comfort" if sad else said.intent, [] if form else None)
        return back_to_form(tracker)


class Cancel(BotAction):
    """Stop the form and forget it; the words stay in the conversation's record, nothing is submitted."""

    action_name = "action_cancel"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        form = active_form(tracker)
        stopped = {"": "nothing_to_cancel", "progress_form": "stopped"}
        text = Said.of(tracker).text
        submitted = not form and (
            _DONE.search(text) or (_TAKE_BACK.search(text) and gateway.own_progress(tracker.sender_id))
        )
        say(dispatcher, "cancel_submitted" if submitted else stopped.get(form, "cancelled"))
        events = [*leave_form(tracker), SlotSet("offer", None)]
        if form == "rate_form":
            return [*events, *resume(dispatcher, tracker)]
        return [*events, SlotSet("suspended", None)]


class Human(BotAction):
    """Hand over to a person."""

    action_name = "action_human"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if (
            active_form(tracker) == "rate_form"
            and tracker.get_slot("rate_service")
            and tracker.get_slot("rate_level")
        ):
            # The stars were given; only their reason was still asked for.
            store(dispatcher, tracker)
        hand_over(dispatcher, tracker, "asked", "handover")
        return [*leave_form(tracker), SlotSet("offer", None), SlotSet("suspended", None)]


class Lost(BotAction):
    """Not understood: a report if the words read like one, else a choice; the second time, a person."""

    action_name = "action_lost"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        if added := add_to_last(dispatcher, tracker, said.text):
            return added
        if not active_form(tracker):
            read = gateway.guess(said.text) if len(words.bare(said.text)) >= 4 else {}
            if read.get("sure") and read["type"] in ("complaint", "help", "suggestion"):
                return start_report(said.text)
            if _QUESTION.search(said.text):
                return AnswerService().act(dispatcher, tracker)
        return be_lost(dispatcher, tracker, said.text)


def be_lost(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    """Offer a choice and keep the words; the second time, a person."""
    if (tracker.get_slot("offer") or {}).get("lost"):
        hand_over(dispatcher, tracker, "lost", "lost_handover")
        return [*leave_form(tracker), SlotSet("offer", None)]
    hits = [] if active_form(tracker) else gateway.match_services(text)[:2]
    if hits:
        # Perhaps it is about a service whose everyday name it holds.
        say(
            dispatcher,
            "lost",
            [*(code_button(name, "service_code", code) for code, name, _ in hits), *MENU_LOST],
        )
    else:
        say(dispatcher, "lost")
    return [SlotSet("offer", {"kind": "report", "text": text, "lost": True})]


class Yes(BotAction):
    """A yes outside a form: to what was offered last."""

    action_name = "action_yes"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        offer = tracker.get_slot("offer") or {}
        if active_form(tracker):
            return back_to_form(tracker)
        if offer.get("kind") == "report":
            return start_report(str(offer.get("text") or ""), offer.get("carried"))
        say(dispatcher, "what_next")
        return [SlotSet("offer", None)]


class No(BotAction):
    """A no outside a form: the offer is off; a suspended report goes on."""

    action_name = "action_no"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            return back_to_form(tracker)
        if going_on := resume(dispatcher, tracker):
            return [SlotSet("offer", None), *going_on]
        said = Said.of(tracker)
        if not words.is_no(said.text) and (added := add_to_last(dispatcher, tracker, said.text)):
            return added
        say(dispatcher, "anything_else")
        return [SlotSet("offer", None)]


class Correct(BotAction):
    """A correction with no form open: a person can still put it right, or it is added to the last request."""

    action_name = "action_correct"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            return back_to_form(tracker)
        said = Said.of(tracker)
        if changed := change_vote(dispatcher, tracker):
            return changed
        if not words.says_wrong(said.text):
            return Lost().act(dispatcher, tracker)
        return add_to_last(dispatcher, tracker, said.text) or self._ask(dispatcher)

    @staticmethod
    def _ask(dispatcher: CollectingDispatcher) -> Events:
        say(dispatcher, "correct_what")
        return []


def add_to_last(dispatcher: CollectingDispatcher, tracker: Tracker, note: str) -> Events:
    """Add ``note`` to the request made just before in this dialogue; no events if there is none."""
    offer = tracker.get_slot("offer") or {}
    if offer.get("kind") != "added" or not note.strip():
        return []
    if not gateway.supplement(tracker.sender_id, offer["number"], note):
        return []
    say(dispatcher, "supplemented", number=offer["number"])
    return [SlotSet("offer", offer)]


class Inform(BotAction):
    """A bare piece of information with no form open: a number, a service, a place that was asked for, a phone."""

    action_name = "action_inform"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said, offer = Said.of(tracker), tracker.get_slot("offer") or {}
        if active_form(tracker):
            return back_to_form(tracker)
        if number := words.number_in(said.text):
            return [
                *opened(tracker.sender_id, number, words.secret_in(said.text)),
                FollowupAction("progress_form"),
            ]
        if code := said.entities.get("service_code"):
            return self._service(dispatcher, code, offer)
        if changed := change_vote(dispatcher, tracker):
            return changed
        if added := add_to_last(dispatcher, tracker, said.text):
            return added
        rest = words.without_contact(said.text)
        if gateway.is_only_place(rest):
            # Where, but not yet what.
            return [*start_report(""), SlotSet("report_place", rest)]
        hits = gateway.match_services(said.text)
        index = words.ordinal_in(said.text)
        if offer.get("kind") == "service" and index and index <= len(offer.get("hits") or []):
            return self._service(dispatcher, offer["hits"][index - 1][0], offer)
        if chosen := settle(hits):
            return self._service(dispatcher, chosen[0], offer)
        if words.rating_in(said.text):
            return [*StartRating().act(dispatcher, tracker), FollowupAction("rate_form")]
        if words.phone_in(said.text) and len(words.bare(rest)) < 4:
            say(dispatcher, "phone_noted")
            return start_report(said.text)
        if len(words.bare(said.text)) >= 6 and (
            said.confidence >= PLAUSIBLE or gateway.guess(said.text)["sure"]
        ):
            # Most likely the beginning of a report: the card asks before anything is stored.
            return start_report(said.text)
        return be_lost(dispatcher, tracker, said.text)

    @staticmethod
    def _service(dispatcher: CollectingDispatcher, code: str, offer: dict[str, Any]) -> Events:
        if offer.get("kind") == "service":
            tell(dispatcher, code, str(offer.get("text") or ""))
        else:
            name = gateway.service_facts(code)["name"]
            choices = [
                button("评价它", f"我要评价{name}"),
                button("怎么办理", f"{name}怎么办理"),
                button("反映问题", "我要反映问题"),
            ]
            say(dispatcher, "service_menu", choices, service=name)
        return [SlotSet("topic", code), SlotSet("offer", None)]


class Emergency(BotAction):
    """The number to call first; then a request all the same, without questions."""

    action_name = "action_emergency"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        if added := add_to_last(dispatcher, tracker, said.text):
            return added  # more about the danger that was registered just now
        if not said.is_emergency:
            say(dispatcher, "if_urgent")
            return start_report(said.text)
        hazard = said.entities.get("hazard", "")
        say(dispatcher, f"emergency_{hazard if hazard in HAZARDS else 'other'}")
        text, known = said.text, {}
        place = gateway.place_in(said.text)
        if active_form(tracker) == "report_form":
            text = "。".join(part for part in (tracker.get_slot("report_text"), said.text) if part)
            known = {k: v for k, v in (tracker.get_slot("report") or {}).items() if k in ("phone", "name")}
            place = place or tracker.get_slot("report_place") or ""
        receipt = gateway.submit_request(tracker.sender_id, text, place, {**known, "emergency": True})
        say(dispatcher, "emergency_stored", number=receipt["number"], secret=receipt["secret"])
        tracking_card(dispatcher, receipt)
        if not place:
            say(dispatcher, "emergency_place")
            dispatcher.utter_message(json_message={"type": "ask_location"})
        offer = {"kind": "added", "number": receipt["number"]}
        return [
            *leave_form(tracker),
            *clear("report_form"),
            SlotSet("suspended", None),
            SlotSet("offer", offer),
        ]


class SelfHarm(BotAction):
    """A helpline and a person, at once; never a form, never a question to fill in."""

    action_name = "action_self_harm"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        say(dispatcher, "self_harm")
        if gateway.hand_over(tracker.sender_id, "self_harm"):
            say(dispatcher, "self_harm_person")
            dispatcher.utter_message(json_message={"type": "handover", "reason": "self_harm"})
        return [*leave_form(tracker), ActiveLoop(None), SlotSet("offer", None), SlotSet("suspended", None)]
