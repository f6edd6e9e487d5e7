"""Where a rating begins: with what the message already says of service, level and reason."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, gateway_services, words
from bot.actions.base import Events, Said, active_form, clear
from bot.actions.context import WANTS_RATING, InContext
from bot.actions.rate_reading import says_why, settle
from bot.actions.rate_store import FORM, change_vote, more_reason
from bot.actions.report import begin
from bot.actions.report_reading import sounds_kind, turns_to_trouble

# 「政务大厅社保窗口」: the counter is meant, and not the hall that it stands in.
_HALL = re.compile(
    r"(?:政务|办事|办证|市民|便民|行政)?(?:服务)?(?:大厅|中心)(?:里面?|的)?(?=[一-龥]{2,6}窗口)"
)
LONG = 40  # up to here the dialogue's own classifier knows best
_LACKING = re.compile(r"没有?(?!话|得[说话挑])|莫得|冇|坏|怕|不敢|漏|堵|臭|吵|[疼痛]|危险|不[来管让给通亮]")
_RATES = re.compile(r"评价|评分|打分|差评|好评|[颗个]?星|满意|投诉.{0,4}态度")


class StartRating(InContext):
    """Begin a rating with what the message already says: service, level, and what it praises or blames."""

    action_name = "action_rate_start"

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if changed := change_vote(dispatcher, tracker):
            return changed
        said = Said.of(tracker)
        praise = said.intent == "praise" and not gateway.sounds_unhappy(said.text)
        level = words.rating_in(said.text)
        blames = praise is False and said.intent == "praise"
        wants = bool(WANTS_RATING.search(said.text))
        if not active_form(tracker) and level is None and not blames and not wants and _is_no_praise(said):
            return [*begin(said.text), SlotSet("offer", None), FollowupAction("report_form")]
        if not active_form(tracker) and level is None and _is_report(said):
            return [*begin(said.text), SlotSet("offer", None), FollowupAction("report_form")]
        hits = gateway_services.match_services(words.without_rating(_HALL.sub("", said.text)))
        if not hits and active_form(tracker) == "report_form":
            # 「非常不满意，这还看不出来吗」: with what was being told.
            hits = gateway_services.match_services(str(tracker.get_slot("report_text") or ""))
        if more := more_reason(dispatcher, tracker, said.text, hits):
            return more
        topic = tracker.get_slot("topic")
        if not hits and topic and not praise:
            # 「给个差评」 just after a service was spoken of.
            hits = [[topic, gateway_services.service_facts(topic)["name"], 0.0]]
        chosen = settle(hits)
        if not active_form(tracker) and blames and not chosen and not wants and not _RATES.search(said.text):
            return [*begin(said.text), SlotSet("offer", None), FollowupAction("report_form")]
        if not active_form(tracker) and not chosen and not wants and turns_to_trouble(said.text):
            return [*begin(said.text), SlotSet("offer", None), FollowupAction("report_form")]
        remark = said.text if says_why(said.text) else ""
        known = {
            "praise": praise,
            "hits": hits,
            "words": said.text,
            "remark": remark,
            "name": chosen[1] if chosen else "",
        }
        if praise:
            # Kind words suggest the best level; the resident still decides.
            known["suggested"], level = 5, None if level in (None, 4) else level
        events = [
            *clear(FORM), SlotSet("rate_service", chosen[0] if chosen else None), SlotSet("rate_level", level),
            SlotSet("rate", known), SlotSet("offer", None),
        ]  # fmt: skip
        if active_form(tracker) == "report_form":
            events.append(SlotSet("suspended", "report_form"))
        # Where another intent was read the rules do not go on to the form.
        return events if said.intent in ("rate", "praise") else [*events, FollowupAction(FORM)]


def _is_report(said: Said) -> bool:
    """Whether a long angry message names a spot and a trouble there, and nothing to rate."""
    if len(said.text) <= 20 or _RATES.search(said.text) or sounds_kind(said.text):
        return False
    read = gateway.guess(said.text)
    return bool(read["place"]) and (bool(_LACKING.search(said.text)) or read["type"] in ("complaint", "help"))


def _is_no_praise(said: Said) -> bool:
    """Whether a message is no thanks, though it is long and polite or the classifier takes it for one.

    The language layer reads a question or a trouble in it.
    """
    if said.intent != "praise" or (len(said.text) <= LONG and sounds_kind(said.text)):
        return False
    kind = gateway.guess(said.text)["type"]
    return kind in ("complaint", "help", "inquiry", "suggestion") or (
        not sounds_kind(said.text) and bool(_LACKING.search(said.text))
    )
