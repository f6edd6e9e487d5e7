"""How far a request is: one's own at once, any other by its number and secret."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import contact, gateway, gateway_cases, places, words
from bot.actions.base import BotAction, Events, Said, active_form, back_to_form, clear, hand_over, is_answer
from bot.actions.context import InContext
from bot.actions.follow_up import ask_about
from bot.actions.report import begin
from bot.actions.wording import button, say
from webapp.errors import MinpingError, NotFound

FORM = "progress_form"
_NO_NUMBER = re.compile(
    r"^(没|无|不)|没有|没记|忘|不记得|丢|找不[到着]|不知道|删了|没存|没保存|码.{0,3}(?:没了|不见|没收到)"
)
_COPIED = re.compile(
    r"照.{0,8}(?:抄|复制|打|输)|就是这个号?|没(?:抄|打|写|输)错|一个字[都也]?没"
)  # nothing better will come
_WHOM_THEN = re.compile(r"找谁|问谁|怎么办|咋办|咋整|不可能|没留|没收到")
_TRIED = re.compile(r"[A-Za-z0-9]{3,12}")  # meant as a secret, though no secret looks like that
_REPORTED = re.compile(
    r"反映|反应|投诉|举报|提交|上报|报[过了修的]|登记|单|编号|进[度展]|查|催|结果|回复|答复|联系|上次|"
    r"之前|那个事|那件|受理|申请"
)
_BACK = re.compile(r"先说|接着|回到|继续|不查了|算了|刚才那|先报|先登记")
# 「算了我重新说吧，……」: what follows is the matter.
_RESTART = re.compile(
    r"^(?:那|唉|哎|还是|我|就)*(?:算了|不查了|重新|从头|再)(?:我|来|再|说|讲|报|反映|登记|一遍|一下|吧|了)*[，,。 ]+"
)
# Somebody else reported it.
_OTHERS = re.compile(
    r"(?:邻居|同事|朋友|同学|亲戚|别人|人家|他|她|老[公婆伴]|爱人|爸|妈|爷|奶|儿子|女儿|姐|哥|弟|妹|大[爷妈娘叔]|阿姨|叔叔?|老[张王李赵刘陈])"
    r"[^我俺，,。]{0,6}(?:上[周次个]|前[天几]|昨天|之前)?[^我俺，,。]{0,4}(?:反映|报|投诉|提|登记|说)的?"
)
OWN = "own"  # in place of a secret: the sender's identity opens the case


def _cannot_open(text: str) -> bool:
    """Whether an answer to the question for the secret says that there is nothing that opens the case."""
    return any(word.search(text) for word in (_COPIED, _NO_NUMBER, _WHOM_THEN))


class StartProgress(InContext):
    """Take number and secret from the message; without a number, the sender's own requests are meant."""

    action_name = "action_progress_start"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        number, secret = contact.number_in(said.text), contact.secret_in(said.text)
        if not number and not active_form(tracker) and self._is_new(said.text, tracker.sender_id):
            return [*begin(said.text), SlotSet("offer", None), FollowupAction("report_form")]
        if (
            not number
            and _OTHERS.search(said.text)
            and not re.search(r"[我俺]们?.{0,3}(?:反映|报|投诉)", said.text)
        ):
            events = [*clear(FORM), SlotSet("progress", {"others": True})]
        else:
            events = [*clear(FORM), *opened(tracker.sender_id, number, secret)]
        if active_form(tracker) == "report_form":
            events.append(SlotSet("suspended", "report_form"))
        # Where another intent was read the rules do not go on to the form.
        return events if said.intent == "progress" else [*events, FollowupAction(FORM)]

    @staticmethod
    def _is_new(text: str, sender: str) -> bool:
        """Whether impatience is about a trouble that was never reported: 「停电三天了啥时候来电」."""
        if _REPORTED.search(text) or gateway_cases.own_progress(sender):
            return False
        read = gateway.guess(text)
        return read["sure"] and read["type"] in ("complaint", "help") and "查询" not in read["category_name"]


def opened(sender: str, number: str, secret: str) -> Events:
    """Slots of the progress form from what is known: nothing is asked that the identity already answers."""
    mine = gateway_cases.own_progress(sender, number)
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
        name = "progress_no_number" if known.get("none_here") else "progress_ask_number"
        name = "progress_odd" if known.get("odd") else "progress_others" if known.get("others") else name
        say(dispatcher, name, hotline=gateway.hotline())
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
        number, secret = contact.number_in(said.text), contact.secret_in(said.text)
        if number:
            return opened(tracker.sender_id, number, secret or tracker.get_slot("progress_secret") or "")
        if tracker.get_slot("requested_slot") == "progress_secret" and secret:
            return self._try(str(tracker.get_slot("progress_number")), secret)
        if tracker.get_slot("requested_slot") == "progress_secret" and _TRIED.fullmatch(
            words.bare(said.text)
        ):
            return [SlotSet("progress", {"wrong": True}), SlotSet("progress_secret", None)]
        if tracker.get_slot("requested_slot") == "progress_secret" and _cannot_open(said.text):
            return [SlotSet("progress", {"no_secret": True}), SlotSet("requested_slot", None)]
        if tracker.get_slot("suspended") and self._goes_back(said):
            return [SlotSet("progress", {"back": said.text}), SlotSet("requested_slot", None)]
        known = tracker.get_slot("progress") or {}
        if tracker.get_slot("requested_slot") == "progress_number" and (
            self._tells_new(said) or words.announces(said.text)
        ):
            return [SlotSet("progress", {"new": said.text}), SlotSet("requested_slot", None)]
        if known.get("others") and _NO_NUMBER.search(said.text):
            return [SlotSet("progress", {"others_none": True}), SlotSet("requested_slot", None)]
        if tracker.get_slot("requested_slot") == "progress_number" and (
            _NO_NUMBER.search(said.text) or _COPIED.search(said.text)
        ):
            # A person can find it by name or phone; asking once more would not.
            return [SlotSet("progress", {"no_number": True}), SlotSet("requested_slot", None)]
        if said.is_aside or said.intent in ("report", "suggest", "deny", "affirm", "correct"):
            return []
        tries = int(known.get("tries") or 0) + 1
        if tries > 1:
            # Asked twice already: a person finds it.
            return [SlotSet("progress", {"no_number": True}), SlotSet("requested_slot", None)]
        return [
            SlotSet("progress", {"none_here": False, "tries": tries}),
            SlotSet(str(tracker.get_slot("requested_slot")), None),
        ]

    @staticmethod
    def _tells_new(said: Said) -> bool:
        """Whether a trouble is told instead of a number: with a place, or of a kind that is clear."""
        if len(words.bare(said.text)) < 8 or said.interrupts:
            return False
        matter = words.content_of(_RESTART.sub("", said.text))
        read = gateway.guess(matter)
        return bool(
            read["type"] in ("complaint", "help") and read["place"] and (read["sure"] or read["category"])
        )

    @staticmethod
    def _goes_back(said: Said) -> bool:
        """Whether the report that the question interrupted is gone on with."""
        return bool(_BACK.search(said.text) or _NO_NUMBER.search(said.text) or gateway.place_in(said.text))

    @staticmethod
    def _try(number: str, secret: str) -> Events:
        try:
            gateway_cases.opened_progress(number, secret)
        except NotFound:
            # Number and secret are not told apart, so that numbers cannot be tried out.
            return [SlotSet("progress", {"wrong": True}), SlotSet("progress_secret", None)]
        return [SlotSet("progress_secret", secret)]


class TellProgress(BotAction):
    """Say where the request stands, whose turn it is and until when; name the sender's other requests."""

    action_name = "action_progress_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        number, secret = tracker.get_slot("progress_number"), tracker.get_slot("progress_secret")
        if (back := (tracker.get_slot("progress") or {}).get("back")) is not None:
            return self._back(dispatcher, tracker, str(back))
        known = tracker.get_slot("progress") or {}
        if known.get("new"):
            return [*clear(FORM), *begin(_RESTART.sub("", str(known["new"]))), FollowupAction("report_form")]
        if known.get("others_none"):
            say(dispatcher, "progress_others_none")
            return clear(FORM)
        if known.get("no_number"):
            hand_over(dispatcher, tracker, "no_number", "progress_handover")
        if known.get("no_secret"):
            # Said, and not called: whoever asks for another's case may go on here.
            say(dispatcher, "progress_no_secret", [button("找人工", "转人工")], hotline=gateway.hotline())
        if not number or not secret:
            return clear(FORM)
        mine = secret == OWN
        found = (
            gateway_cases.own_progress(tracker.sender_id, number)[0]
            if mine
            else gateway_cases.opened_progress(number, secret)
        )
        if found["asked"] and mine:
            say(
                dispatcher, "waiting_for_you", number=found["number"], subject=words.short(found["subject"], 24),
                department=found["department"], question=words.short(found["asked"], 120),
            )  # fmt: skip
            return [*clear(FORM), *(back_to_form(tracker) or self._resume(dispatcher, tracker))]
        say(
            dispatcher, "progress_one", number=found["number"], subject=words.short(found["subject"], 24),
            status=found["status"], department=found["department"],
            answer=f"\n答复：{words.short(found['answer'], 120)}" if found["answer"] else "",
            due=f"\n{found['due']}前答复您。" if found["due"] else "",
        )  # fmt: skip
        others = (
            [p["number"] for p in gateway_cases.own_progress(tracker.sender_id) if p["number"] != number]
            if secret == OWN
            else []
        )
        if others:
            say(dispatcher, "progress_more", others="、".join(others[:4]))
        going_on = back_to_form(tracker) or self._resume(dispatcher, tracker)
        if mine and found["asks_back"] and not going_on:
            # The department says it is done: the resident's word is what it waits for.
            return [*clear(FORM), *ask_about(found["number"]), FollowupAction("follow_up_form")]
        return [*clear(FORM), *going_on]

    @staticmethod
    def _resume(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Go on with the report that the question interrupted, if it did."""
        if tracker.get_slot("suspended") != "report_form":
            return []
        say(dispatcher, "resume_report")
        return [SlotSet("suspended", None), FollowupAction("report_form")]

    def _back(self, dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> Events:
        """The question is dropped, and the report goes on, with the place if the same words name it."""
        if _NO_NUMBER.search(text):
            say(dispatcher, "progress_later")
        place, _more = places.answered(text)
        known = dict(tracker.get_slot("report") or {})
        story = str(tracker.get_slot("report_text") or "")
        filled: Events = []
        if place and story and not tracker.get_slot("report_place"):
            known["similar"] = gateway_cases.similar(story, place, known.get("category", ""))
            filled = [SlotSet("report_place", place), SlotSet("report", known)]
        return [*clear(FORM), *filled, *self._resume(dispatcher, tracker)]

    def after_refusal(self, tracker: Tracker, error: MinpingError) -> Events:
        return clear(FORM)
