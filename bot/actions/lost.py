"""What was not understood, and bare pieces of information: a report if the words read like one, else a choice, then a person."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import consent, contact, gateway, gateway_services, words
from bot.actions.after_filing import add
from bot.actions.base import Events, Said, active_form, back_to_form, hand_over, leave_form
from bot.actions.context import InContext
from bot.actions.matters import is_matter, says_nothing
from bot.actions.progress import opened
from bot.actions.rate import StartRating
from bot.actions.rate_reading import says_why, settle
from bot.actions.rate_store import change_vote, resume
from bot.actions.report import begin
from bot.actions.report_reading import beginning, note_contact, proposal, sounds_kind
from bot.actions.services import AnswerService, tell
from bot.actions.wording import button, code_button, say

_QUESTION = re.compile(
    r"怎么|[用要能是行给算]不[用要能是行给算]|可不可以|有没有|多久|几天|多长|咋|如何|哪里|哪儿|在哪|什么|啥|多少|几点|吗[？?]?$|[？?]$|呢$|能不能办|需要"
)
_CHINESE = re.compile(r"[一-龥]")
SAD = re.compile(
    r"心情|没人(关心|陪|说话|理我)|孤单|孤独|闷得?慌|难受|难过|想哭|失眠|睡不着|老伴走|一个人(?:在家|过|住)|(?:儿子|女儿|孩子|儿女).{0,6}不(?:来|管|理|回|看)"
)
PLAUSIBLE = 0.4  # below it a guess of the classifier is worth less than a question back
MENU_LOST = (button("就反映这件事"), button("找人工", "转人工"))


def start_report(text: str, carried: dict[str, Any] | None = None) -> Events:
    """Open the report form with ``text`` and what is known besides."""
    return [*begin(text, carried=carried), SlotSet("offer", None), FollowupAction("report_form")]


class Lost(InContext):
    """Not understood: a report if the words read like one, else a choice; the second time, a person."""

    action_name = "action_lost"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said, offer = Said.of(tracker), tracker.get_slot("offer") or {}
        if added := add_to_last(dispatcher, tracker, said.text):
            return added
        if offer.get("kind") == "report" and words.declines(said.text):
            if going_on := resume(dispatcher, tracker):
                return [SlotSet("offer", None), *going_on]
            say(dispatcher, "anything_else")
            return [SlotSet("offer", None)]
        if not active_form(tracker) and (told := _put_together(offer, said.text)):
            return told
        if not active_form(tracker) and not gateway.is_nonsense(said.text):
            if contact.phone_in(said.text):
                return Inform().open(dispatcher, tracker)
            if (words.rating_in(said.text) or says_why(said.text) or sounds_kind(said.text)) and settle(
                gateway_services.match_services(said.text)
            ):
                return [*StartRating().open(dispatcher, tracker), FollowupAction("rate_form")]
            if is_matter(said.text):
                return start_report(said.text)
            if proposal(said.text) and len(words.bare(said.text)) >= 8:
                return [
                    *begin(said.text, "suggestion"),
                    SlotSet("offer", None),
                    FollowupAction("report_form"),
                ]
            if _QUESTION.search(said.text):
                return AnswerService().open(dispatcher, tracker)
            if wording := _kind_word(said.text):
                say(dispatcher, wording)
                return []
        return be_lost(dispatcher, tracker, said.text)


def _kind_word(text: str) -> str:
    """The wording that answers thanks, or somebody who is sad; '' for neither."""
    if consent.read(text).thanks:
        return "thank"
    return "comfort" if SAD.search(text) and not gateway_services.match_services(text) else ""


# The beginning of a story told in bits.
_OURS = re.compile(r"(?:我们?|俺们?|咱们?)(?:家|这|村|小区|楼|单元|楼上|楼下|这边|这里|学校|单位|门口)+")


def _put_together(offer: dict[str, Any], text: str) -> Events:
    """A report from words that make sense only together (我家, 楼上, 漏水), or the beginning of one; [] for neither."""
    if offer.get("lost"):
        both = f"{offer.get('text')}，{text}"
        clear = is_matter(both) and gateway.guess(both)["sure"]
        return start_report(both, offer.get("carried")) if clear else []
    bit = beginning(text) or (_OURS.fullmatch(words.bare(text)) and not gateway.place_in(text))
    return start_report(text) if bit and not words.rating_in(text) else []


def be_lost(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
    """Offer a choice and keep the words; the second time, a person."""
    if not active_form(tracker) and (told := _put_together(tracker.get_slot("offer") or {}, text)):
        return told
    if (tracker.get_slot("offer") or {}).get("lost"):
        hand_over(dispatcher, tracker, "lost", "lost_handover")
        return [*leave_form(tracker), SlotSet("offer", None)]
    hits = [] if active_form(tracker) else gateway_services.match_services(text)[:2]
    if hits:
        # Perhaps it is about a service whose everyday name it holds.
        say(
            dispatcher,
            "lost",
            [*(code_button(name, "service_code", code) for code, name, _ in hits), *MENU_LOST],
        )
    else:
        say(dispatcher, "lost")
    # A phone in the words is sealed at once: what is stored of a dialogue has none in the clear.
    sealed: dict[str, Any] = {}
    kept = contact.without_contact(text) if note_contact(text, sealed) else text
    return [SlotSet("offer", {"kind": "report", "text": kept, "lost": True, "carried": sealed})]


def add_to_last(
    dispatcher: CollectingDispatcher, tracker: Tracker, note: str, kinds: tuple[str, ...] = ("added",)
) -> Events:
    """Add ``note`` to the request made just before in this dialogue; no events if there is none of these kinds."""
    offer = tracker.get_slot("offer") or {}
    if offer.get("kind") not in kinds or not note.strip():
        return []
    added = add(dispatcher, tracker, note, offer) or []
    return [event for event in added if event["name"] == "offer"] if added else []


class Inform(InContext):
    """A bare piece of information with no form open: a number, a service, a place that was asked for, a phone."""

    action_name = "action_inform"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said, offer = Said.of(tracker), tracker.get_slot("offer") or {}
        if active_form(tracker):
            return back_to_form(tracker)
        if number := contact.number_in(said.text):
            return [
                *opened(tracker.sender_id, number, contact.secret_in(said.text)),
                FollowupAction("progress_form"),
            ]
        if code := said.entities.get("service_code"):
            return self._service(dispatcher, code, offer)
        if changed := change_vote(dispatcher, tracker):
            return changed
        if added := add_to_last(dispatcher, tracker, said.text):
            return added
        rest = contact.without_contact(said.text)
        if gateway.is_only_place(rest):
            # Where, but not yet what.
            return [*start_report(""), SlotSet("report_place", rest)]
        hits = gateway_services.match_services(said.text)
        index = words.ordinal_in(said.text)
        if offer.get("kind") == "service" and index and index <= len(offer.get("hits") or []):
            return self._service(dispatcher, offer["hits"][index - 1][0], offer)
        chosen = settle(hits)
        if chosen and not words.rating_in(said.text):
            return self._service(dispatcher, chosen[0], offer)
        if words.rating_in(said.text):
            return [*StartRating().open(dispatcher, tracker), FollowupAction("rate_form")]
        if contact.phone_in(said.text) and len(words.bare(rest)) < 4:
            say(dispatcher, "phone_noted")
            return start_report(said.text)
        if len(_CHINESE.findall(said.text)) >= 6 and (
            (said.confidence >= PLAUSIBLE and not says_nothing(said.text)) or gateway.guess(said.text)["sure"]
        ):
            # Most likely the beginning of a report: the card asks before anything is stored.
            return start_report(said.text)
        return be_lost(dispatcher, tracker, said.text)

    @staticmethod
    def _service(dispatcher: CollectingDispatcher, code: str, offer: dict[str, Any]) -> Events:
        if offer.get("kind") == "service":
            tell(dispatcher, code, str(offer.get("text") or ""))
        else:
            name = gateway_services.service_facts(code)["name"]
            choices = [
                button("评价它", f"我要评价{name}"),
                button("怎么办理", f"{name}怎么办理"),
                button("反映问题", "我要反映问题"),
            ]
            say(dispatcher, "service_menu", choices, service=name)
        return [SlotSet("topic", code), SlotSet("offer", None)]
