"""Asides, cancelling, a person, yes and no, corrections: everything that may come between the forms."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import (
    about_us,
    consent,
    contact,
    gateway,
    gateway_cases,
    gateway_media,
    gateway_services,
    questions,
    second_thoughts,
    words,
)
from bot.actions.after_filing import FILED, late_contact, withdrawn
from bot.actions.base import UNSURE, BotAction, Events, Said, active_form, back_to_form, hand_over, leave_form
from bot.actions.beforehand import CANCELLED, REFUSED
from bot.actions.context import InContext, refer_elsewhere
from bot.actions.lost import PLAUSIBLE, SAD, Lost, add_to_last, start_report
from bot.actions.matters import amiss, behind_abuse, core, is_matter
from bot.actions.rate_store import change_vote, resume, store
from bot.actions.services import tell
from bot.actions.wording import inside, say

_CHEERFUL = re.compile(r"笑话|聊聊|唱|讲个|哈哈|嘿嘿")
_WANTS = re.compile(r"想找|想要|想请|申请|送饭|上门|帮忙找")
_DONE = re.compile(r"(刚才|之前|上次|昨天|提交|登记|反映|报).{0,6}的|工单|单子|诉求")
_TAKE_BACK = re.compile(r"撤[回销诉单]|不投诉了|删掉?我")
# Without one of these there is nothing to stop where nothing is being done.
_STOPS = re.compile(
    r"取[消肖]|算[了咯咧啦球嘞]|不|别|甭|莫|弗|停[下止吧]|停$|停了|停停|撤|退|放弃|作废|终止|打住|后悔|懒|"
    r"重新|从头|返回|菜单|首页|主页|删|关|结束|以后|改天|下次|晚点|再说|回头|没心情|当我没|先放|回去|"
    r"改主意|中止|暂停|开头|重填"
)
_TOLD = 6  # characters that may tell a trouble
_BEGUN = 4  # characters that only begin to tell
_QUITE_SURE = (
    0.75  # small talk, abuse, curiosity about others: below it a trouble with a place and a kind is told
)
# Forms whose question may stay open for ever; a report is asked about once more, for nobody wants to lose it.
LEAVING = ("rate_form", "progress_form", "follow_up_form")


class Aside(InContext):
    """A short answer to what is no business of ours; then back to the form, if one is open."""

    action_name = "action_aside"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said, form = Said.of(tracker), active_form(tracker)
        if questions.about_bot(said.text):
            say(dispatcher, "about_bot", [] if form else None)
            return back_to_form(tracker)
        if said.intent == "ask_private" and questions.privacy(said.text):
            # What becomes of their own data, not of others'.
            about_us.answer(dispatcher, "about_privacy", inside=bool(form))
            return back_to_form(tracker)
        about_town = said.intent in ("ask_private", "chitchat", "help") and said.confidence < _QUITE_SURE
        told = (
            behind_abuse(said.text) if said.intent == "insult" else about_town and is_matter(core(said.text))
        )
        if told and not form:
            return start_report(said.text)
        if said.intent == UNSURE or (not form and said.confidence < PLAUSIBLE and len(said.text) > 3):
            return Lost().open(dispatcher, tracker)
        sad = said.intent == "chitchat" and SAD.search(said.text) and not _CHEERFUL.search(said.text)
        if sad and not form and _WANTS.search(said.text) and gateway_services.match_services(said.text):
            return Lost().open(dispatcher, tracker)
        if said.intent == "goodbye" and form in LEAVING:
            say(dispatcher, "goodbye")
            return leave_form(tracker)
        # Inside a form the menu of beginnings would only confuse.
        name = "comfort" if sad else said.intent
        say(dispatcher, inside(name) if form else name, [] if form else None)
        if name == "ask_private" and not form:
            return [SlotSet("offer", {"kind": REFUSED})]
        return back_to_form(tracker)


def _about_filed(dispatcher: CollectingDispatcher, tracker: Tracker, about: str) -> Events:
    """The answer to a question about reporting: of the request filed just before where it asks how long."""
    offer = tracker.get_slot("offer") or {}
    if offer.get("kind") in FILED and about == "about_time":
        say(dispatcher, about, None, **gateway_cases.promise(tracker.sender_id, str(offer["number"])))
        return [SlotSet("offer", offer)]
    about_us.answer(dispatcher, about, inside=bool(active_form(tracker)))
    return back_to_form(tracker)


class Cancel(BotAction):
    """Stop the form: nothing is submitted. The story of a report is kept until the next thing is begun, to be taken up again."""

    action_name = "action_cancel"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        form, offer, text = active_form(tracker), tracker.get_slot("offer") or {}, Said.of(tracker).text
        if not form and offer.get("kind") in FILED and (ended := withdrawn(dispatcher, tracker, text, offer)):
            return ended
        about = "" if form or _STOPS.search(text) else questions.about_reporting(text)
        if about:
            return _about_filed(dispatcher, tracker, about)
        if (
            not form
            and offer.get("kind") in (None, CANCELLED)
            and len(words.bare(text)) >= 2
            and not _STOPS.search(text)
        ):
            # 「停谁了」: nothing is being done, and nothing says to stop it.
            few = len(words.bare(text)) <= _BEGUN
            return start_report("", {"begun": text}) if few else start_report(text)
        if not form and offer.get("kind") == "report":
            # 「不用登记了」: what was only offered.
            say(dispatcher, "anything_else")
            return [SlotSet("offer", None)]
        stopped = {"": "nothing_to_cancel", "progress_form": "stopped"}
        submitted = not form and (
            _DONE.search(text) or (_TAKE_BACK.search(text) and gateway_cases.own_progress(tracker.sender_id))
        )
        rest = words.after_dropping(text)
        # Why a report is called off (「邻里邻居的，撕破脸不好看」) may sound like one.
        told = form != "report_form" or amiss(core(rest)) or bool(gateway.place_in(rest))
        if form and told and len(words.bare(rest)) >= _TOLD and is_matter(core(rest)):
            # 「算了不评了，我们小区停水」: something else is begun.
            return [*leave_form(tracker), *start_report(rest)]
        if form == "report_form":
            gateway_media.set_photos_aside(tracker.sender_id)
        if form == "rate_form" and tracker.get_slot("rate_service") and tracker.get_slot("rate_level"):
            # The stars were given and counted; only their reason was still asked for.
            known = tracker.get_slot("rate") or {}
            level = gateway_services.rating_label(int(tracker.get_slot("rate_level")))
            say(dispatcher, "rate_kept", service=known.get("name", ""), level=level)
            rated = {"code": tracker.get_slot("rate_service"), "name": known.get("name", "")}
            return [
                *leave_form(tracker),
                SlotSet("offer", None),
                SlotSet("rated", rated),
                *resume(dispatcher, tracker),
            ]
        say(dispatcher, "cancel_submitted" if submitted else stopped.get(form, "cancelled"))
        dropped = str(tracker.get_slot("report_text") or "") if form == "report_form" else ""
        kept = {"kind": CANCELLED, "text": dropped, "place": tracker.get_slot("report_place") or ""}
        events = [*leave_form(tracker), SlotSet("offer", kept if form == "report_form" else None)]
        if form == "rate_form":
            return [*events, *resume(dispatcher, tracker)]
        return [*events, SlotSet("suspended", None)]


class Human(BotAction):
    """Hand over to a person."""

    action_name = "action_human"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        offer = tracker.get_slot("offer") or {}
        if (
            offer.get("kind") in FILED
            and second_thoughts.adds(said.text)
            and (added := add_to_last(dispatcher, tracker, said.text, FILED))
        ):
            return added  # 「跟师傅说来之前打个电话」
        if questions.about_bot(said.text):
            say(dispatcher, "about_bot", [] if active_form(tracker) else None)
            return back_to_form(tracker)
        if (about := questions.about_reporting(said.text)) and said.confidence < 1:
            # 「多久能有人给回话」 asks how long it takes, not for somebody.
            return _about_filed(dispatcher, tracker, about)
        if (
            said.confidence < 1
            and contact.phone_in(said.text)
            and (told := late_contact(dispatcher, tracker, said))
        ):
            return told  # 「让师傅打我电话139…」
        if said.confidence < 1 and not active_form(tracker) and (told := refer_elsewhere(dispatcher, said)):
            return told  # 「朋友借钱，人都联系不上」 asks for nobody here
        if (
            active_form(tracker) == "rate_form"
            and tracker.get_slot("rate_service")
            and tracker.get_slot("rate_level")
        ):
            # The stars were given; only their reason was still asked for.
            store(dispatcher, tracker)
        hand_over(dispatcher, tracker, "asked", "handover")
        return [*leave_form(tracker), SlotSet("offer", None), SlotSet("suspended", None)]


class Yes(InContext):
    """A yes outside a form: to what was offered last."""

    action_name = "action_yes"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        offer = tracker.get_slot("offer") or {}
        if active_form(tracker):
            return back_to_form(tracker)
        if offer.get("kind") == "report":
            return start_report(str(offer.get("text") or ""), offer.get("carried"))
        hits = offer.get("hits") or []
        if offer.get("kind") == "service" and len(hits) == 1:
            tell(dispatcher, hits[0][0], str(offer.get("text") or ""))
            return [SlotSet("topic", hits[0][0]), SlotSet("offer", None)]
        said = Said.of(tracker)
        if added := add_to_last(dispatcher, tracker, consent.read(said.text).rest, FILED):
            return added
        if said.text and not words.is_yes(said.text) and said.confidence < _QUITE_SURE:
            return Lost().open(dispatcher, tracker)
        say(dispatcher, "what_next")
        return [SlotSet("offer", None)]


class No(InContext):
    """A no outside a form: the offer is off; a suspended report goes on."""

    action_name = "action_no"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            return back_to_form(tracker)
        if going_on := resume(dispatcher, tracker):
            return [SlotSet("offer", None), *going_on]
        said = Said.of(tracker)
        if not words.is_no(said.text) and (added := add_to_last(dispatcher, tracker, said.text)):
            return added
        if said.confidence < PLAUSIBLE and not (words.is_no(said.text) or tracker.get_slot("offer")):
            return Lost().open(dispatcher, tracker)
        say(dispatcher, "anything_else")
        return [SlotSet("offer", None)]


class Correct(InContext):
    """A correction with no form open: a person can still put it right, or it is added to the last request."""

    action_name = "action_correct"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if active_form(tracker):
            return back_to_form(tracker)
        said = Said.of(tracker)
        if changed := change_vote(dispatcher, tracker):
            return changed
        if not words.says_wrong(said.text):
            return Lost().open(dispatcher, tracker)
        return (
            add_to_last(dispatcher, tracker, said.text, ("added", "submitted"))
            if len(words.bare(words.corrected(said.text))) >= 2
            else []
        ) or self._ask(dispatcher)

    @staticmethod
    def _ask(dispatcher: CollectingDispatcher) -> Events:
        say(dispatcher, "correct_what")
        return []
