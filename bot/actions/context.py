"""What a message means by what was said before it, when no form is open.

A classifier sees one message. Just after a tracking number was given 「不留了，快点整吧」 is the end of that matter and not
a new one, and while a service is being spoken of 「有没得电话」 asks for its telephone. Every action that a message may open
a dialogue with looks here first.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import (
    about_us,
    beforehand,
    consent,
    contact,
    elsewhere,
    gateway,
    gateway_cases,
    gateway_services,
    matters,
    questions,
    second_thoughts,
    wishes,
    words,
)
from bot.actions import topic as topic_words
from bot.actions.after_filing import FILED, after_filing, answers_office, done, late_contact
from bot.actions.base import BotAction, Events, Said, actions_since_user, active_form
from bot.actions.beforehand import CANCELLED, REFUSED, begin_report
from bot.actions.rate_store import change_vote
from bot.actions.wording import JUST_SAID, say

_ODD_NUMBER = re.compile(
    r"[Mm][Pp][0-9A-Za-z]{2,14}"
)  # meant as a tracking number, too short or too long for one
_PUT_ANEW = re.compile(r"改[成为到]|换成")
_LOOK_UP = re.compile(r"^(?:请|麻烦|帮我|给我)*(?:查|看|问)(?:一?下|查|看)*(?:单号|编号|进度)?")
# Actions that 「几天能弄好」 cannot mean.
_NO_TIME = frozenset({"action_follow_up_start", "action_aside", "action_lost", "action_inform"})
_ONLINE = re.compile(r"^(?:掌上|网上|线上)[^及和、]*$")
# Actions that a question about a service may come to by mistake.
_MISREAD = frozenset(
    {"action_report_start", "action_inform", "action_lost", "action_aside", "action_no", "action_rate_start"}
)
# What may be the answer to an office that waits for one.
_ANSWERS_OFFICE = frozenset({"action_inform", "action_lost", "action_correct", "action_yes", "action_no"})
_NOT_NEW = frozenset({"action_report_start", "action_inform", "action_lost"})
WANTS_RATING = re.compile(
    r"(?:[给想要来我]|必须).{0,8}(?:打一?[下个]?分|评一?[下个]?[价分星级]|评一?[下个](?=[^论选理]|$)|点评|"
    r"打[一二三四五1-5]?颗?星|差评|好评)|[给打]个?(?:非常|基本)?(?:不?满意|一般|中评)|^(?!.*(?:怎么|咋|如何|在哪|哪里|什么)).{0,14}(?:评价|打个?分|评分|评个?星|打个?星|点评|评[一个]?[下评])(?!.{0,3}(?:不?高|多|怎么样))"
)
_QUESTION = re.compile(
    r"什么|啥|哪里|哪儿|在哪|到哪|去哪|几点|怎么|咋|如何|多少|documents?|[吗呀呢][？?。！~]*$"
)
_WHAT_NOW = re.compile(r"(?:怎么|咋个?|如何)(?:办|整|弄|搞)(?:的|呢|啊|呀|嘛|好)*(?=[，,。！？!?]|$)")
# What a message with two wishes may be taken for.
_BEGINNINGS = frozenset(
    {"action_report_start", "action_answer_service", "action_lost", "action_inform", "action_aside", "action_progress_start",
     "action_rate_start", "action_follow_up_start", "action_yes", "action_no", "action_correct"}
)  # fmt: skip
_NOT_LONG = frozenset(
    {"action_aside", "action_inform", "action_yes", "action_no", "action_correct", "action_lost", "action_follow_up_start",
     "action_progress_start", "action_answer_service"}
)  # fmt: skip


def _both(dispatcher: CollectingDispatcher, said: Said, action: str) -> Events | None:
    """A trouble and a question about a service in one message: the question is answered, the trouble registered."""
    if action not in _BEGINNINGS or contact.number_in(said.text):
        return None
    matter, question, code = wishes.trouble_and_question(said.text)
    if not code:
        return None
    from bot.actions.services import tell  # its action opens with this module's class itself

    tell(dispatcher, code, question)
    return [
        *begin_report(matter),
        SlotSet("topic", code),
        SlotSet("offer", None),
        FollowupAction("report_form"),
    ]


def asks_service(text: str) -> bool:
    """Whether ``text`` asks how something is done, and a published service answers: no trouble to report."""
    # 「……咋整」 ends a complaint as well as a question.
    how = questions.how_to(_WHAT_NOW.sub("", text)) or (
        bool(_WHAT_NOW.search(text))
        and gateway.guess(text)["type"] != "complaint"
        and not gateway.place_in(text)
    )
    if matters.AMISS.search(text) or not (
        how or (_QUESTION.search(text) and gateway.guess(text)["type"] == "inquiry")
    ):
        return False
    for _code, name, score in gateway_services.match_services(text)[:1]:
        # A desk for troubles is asked for its hours, or else told of a trouble.
        desk = matters.is_trouble_desk(name) and not questions.asked_facts(text)
        return bool(score >= gateway_services.UNNAMED / 2 and not desk)
    return False


class InContext(BotAction):
    """An action that a message may open a dialogue with. Subclasses write :meth:`open`."""

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        first = not active_form(tracker) and not [
            name for name in actions_since_user(tracker) if not name.startswith("action_listen")
        ]
        if first and said.text and not said.interrupts:
            events = by_context(dispatcher, tracker, said, self.action_name)
            if events is not None:
                return events
        return self.open(dispatcher, tracker)

    @abstractmethod
    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What the action does where nothing before decides."""


def _by_what_was_done(
    dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, action: str
) -> Events | None:
    """Events where a number just given, a refusal or an office that waits decides; None where none of them does."""
    offer = tracker.get_slot("offer") or {}
    if (answer := _about_us(dispatcher, tracker, said, offer)) is not None:
        return answer
    if refusal := beforehand.refused(dispatcher, said.text, offer):
        return refusal
    if _PUT_ANEW.search(said.text) and (changed := change_vote(dispatcher, tracker)):
        return changed
    if offer.get("kind") == CANCELLED and (taken_up := beforehand.taken_up(dispatcher, said.text, offer)):
        return taken_up
    if offer.get("kind") == REFUSED and second_thoughts.presses(said.text):
        say(dispatcher, "ask_private_again")
        return done([SlotSet("offer", offer)])
    if offer.get("kind") in FILED and (filed := after_filing(dispatcher, tracker, said, offer)) is not None:
        return filed
    if contact.phone_in(said.text) and (noted := late_contact(dispatcher, tracker, said)) is not None:
        return noted
    if action in _NOT_NEW | {"action_no"} and (unsolved := answers_office(tracker, said.text)):
        return unsolved
    return None


def by_context(dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, action: str) -> Events | None:
    """Events where what was said before decides what this message means; None where it does not."""
    if (before := _by_what_was_done(dispatcher, tracker, said, action)) is not None:
        return before
    if (unknown := beforehand.cannot_know(dispatcher, said) or beforehand.joke(dispatcher, said)) is not None:
        return unknown
    if _asks_on(tracker, said):
        return None if action == "action_answer_service" else [FollowupAction("action_answer_service")]
    if (spoken_of := _on_topic(dispatcher, tracker, said, action)) is not None:
        return spoken_of
    if (advised := refer_elsewhere(dispatcher, said)) is not None:
        return advised
    if _ODD_NUMBER.fullmatch(_LOOK_UP.sub("", words.bare(said.text))) and not contact.number_in(said.text):
        return [SlotSet("progress", {"odd": True}), SlotSet("offer", None), FollowupAction("progress_form")]
    if (two := _both(dispatcher, said, action)) is not None:
        return two
    if (redirected := _misread(dispatcher, said, action)) is not None:
        return redirected
    if action in _ANSWERS_OFFICE and (passed_on := _for_the_office(dispatcher, tracker, said)) is not None:
        return passed_on
    return _about_reporting(dispatcher, tracker, said, action)


def _about_reporting(
    dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, action: str
) -> Events | None:
    """The answer to a question about reporting itself; None where there is none, or another action knows better."""
    asks = action != "action_report_start" and said.intent != "ask_private"
    about = questions.about_reporting(said.text) if asks or questions.only_privacy(said.text) else ""
    if about and matters.is_matter(matters.core(said.text)):
        return [*begin_report(said.text), SlotSet("offer", None), FollowupAction("report_form")]
    if about == "about_time" and action == "action_progress_start" and _nothing_filed(tracker, said.text):
        about_us.answer(dispatcher, about)
        return done()
    if about and (about != "about_time" or (action in _NO_TIME and not tracker.get_slot("topic"))):
        about_us.answer(dispatcher, about)
        return done()
    return None


_REPORTED = re.compile(
    r"上[次回周]|之前|前[天几]|昨天|反映过|报过|[报提反映说]的|我的|那个|那件|单|进度|查|催|咋|怎么还|还没"
)


def _nothing_filed(tracker: Tracker, text: str) -> bool:
    """Whether 「多久能处理」 asks in general: nothing was reported, by what is said and by what is stored."""
    return not _REPORTED.search(text) and not gateway_cases.own_progress(tracker.sender_id)


def _asks_on(tracker: Tracker, said: Said) -> bool:
    """Whether a question goes on with the service spoken of last: 「这样也能提吗」, 「复印件行不行」."""
    topic = tracker.get_slot("topic")
    if not topic or said.intent in ("progress", "rate", "praise", "cancel") or gateway.place_in(said.text):
        return False
    facts = gateway_services.service_facts(topic)
    if not any(facts["name"] in spoken for spoken in JUST_SAID.get()):
        return False  # spoken of long ago
    if topic_words.about_document(said.text, facts["materials"]):
        return True
    if not topic_words.follows_up(said.text):
        return False
    # A trouble of today is the service's only where it is one that the service is for.
    trouble = matters.amiss(said.text) and not topic_words.supposes(said.text)
    return not trouble or topic in [hit[0] for hit in gateway_services.match_services(said.text)]


def _on_topic(dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, action: str) -> Events | None:
    """More about the service spoken of last; None for anything else."""
    topic = tracker.get_slot("topic")
    if not topic:
        return None
    if questions.without_smartphone(said.text) and not gateway.place_in(said.text):
        facts = gateway_services.service_facts(topic)
        online = not facts["place"] or _ONLINE.search(facts["place"])
        place = "就近的政务服务大厅或便民服务中心" if online else facts["place"]
        say(dispatcher, "about_offline", place=place, phone=facts["phone"] or gateway.hotline())
        return done()
    parts = [said.text, *consent.clauses(said.text)] if said.intent != "report" else [said.text]
    goes_on = any(questions.asked_facts(part) and questions.goes_on(part) for part in parts)
    return (
        [FollowupAction("action_answer_service")] if goes_on and action != "action_answer_service" else None
    )


def refer_elsewhere(dispatcher: CollectingDispatcher, said: Said) -> Events | None:
    """Whom to ask about what no city decides; None for what one does."""
    advice = elsewhere.guidance(said.text)
    if not advice:
        return None
    say(dispatcher, "elsewhere", guidance=advice)
    return done([SlotSet("offer", {"kind": "report", "text": said.text})])


def _misread(dispatcher: CollectingDispatcher, said: Said, action: str) -> Events | None:
    """Another beginning where the classifier's intent cannot be right; None where it may be."""
    fresh = SlotSet("offer", None)
    if action not in ("action_follow_up_start", "action_aside") and words.hails(said.text):
        say(dispatcher, "greet")
        return done()
    if action != "action_follow_up_start" and second_thoughts.thanks_for_repair(said.text):
        return [fresh, FollowupAction("action_follow_up_start")]
    if (
        action != "action_rate_start"
        and said.intent != "ask_private"  # who gave the bad marks, and not one more
        and WANTS_RATING.search(said.text)
        and gateway_services.match_services(said.text)
    ):
        return [fresh, FollowupAction("action_rate_start")]
    if action in _NOT_LONG and matters.told(said):
        return [*begin_report(said.text), fresh, FollowupAction("report_form")]
    if action in _NOT_LONG and words.announces(said.text):
        return [*begin_report(""), fresh, FollowupAction("report_form")]
    if (
        action in _MISREAD
        and not (said.intent == "rate" and WANTS_RATING.search(said.text))
        and asks_service(said.text)
    ):
        return [fresh, FollowupAction("action_answer_service")]
    if (right := second_thoughts.slip(said.text)) and (
        matters.short_trouble(right) or gateway.guess(right)["sure"]
    ):
        return [*begin_report(right), fresh, FollowupAction("report_form")]
    if (
        action in _NOT_LONG | {"action_cancel"}
        and said.intent != "solved"
        and matters.short_trouble(said.text)
    ):
        return [*begin_report(said.text), fresh, FollowupAction("report_form")]
    if said.intent == "report" and matters.empty(said):
        return [FollowupAction("action_lost")]
    if action in ("action_report_start", "action_inform") and gateway.is_nonsense(said.text):
        return [FollowupAction("action_lost")]
    if action in _NOT_NEW and not words.announces(said.text) and gateway.asks_back(said.text):
        return [fresh, FollowupAction("action_progress_start")]
    return None


def _for_the_office(dispatcher: CollectingDispatcher, tracker: Tracker, said: Said) -> Events | None:
    """What an office waits to hear, put to its request; None where none waits or this is no answer."""
    waiting = gateway_cases.waiting_question(tracker.sender_id)
    if waiting is None or len(words.bare(said.text)) < 2 or _QUESTION.search(said.text):
        return None
    gateway_cases.supplement(tracker.sender_id, waiting["number"], said.text)
    say(dispatcher, "supplemented", number=waiting["number"])
    return done()


def _about_us(
    dispatcher: CollectingDispatcher, tracker: Tracker, said: Said, offer: dict[str, Any]
) -> Events | None:
    """A question about who answers here, about the number that was given, or how to write; None for anything else."""
    if questions.about_bot(said.text):
        say(dispatcher, "about_bot")
        return done()
    if questions.no_typist(said.text) and not gateway.guess(said.text)["sure"]:
        say(dispatcher, "about_typing", hotline=gateway.hotline())
        return done()
    if not questions.asks_number(said.text) or contact.number_in(said.text):
        return None
    mine = [found["number"] for found in gateway_cases.own_progress(tracker.sender_id)]
    if offer.get("kind") in FILED:
        mine = [str(offer["number"])]
    if not mine:
        return None
    name = "about_number" if len(mine) == 1 else "about_numbers"
    say(dispatcher, name, number=mine[0], numbers="、".join(mine[:4]))
    return done([SlotSet("offer", offer or None)])
