"""The vote: stored as soon as the stars are given, with what is said of it later, or changed."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway_services, words
from bot.actions.base import Events, Said, active_form
from bot.actions.rate_reading import settle
from bot.actions.wording import say

FORM = "rate_form"


def change_vote(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """「改成五星」 after a rating of this dialogue: the same vote with another level; no events if that is not meant."""
    text, rated = Said.of(tracker).text, tracker.get_slot("rated") or {}
    level = words.rating_in(text)
    if not rated or level is None or not words.says_wrong(text) or active_form(tracker):
        return []
    named = settle(gateway_services.match_services(text))
    if named and named[0] != rated["code"]:
        return []
    gateway_services.change_level(tracker.sender_id, rated["code"], level)
    say(dispatcher, "rate_changed", service=rated["name"], level=gateway_services.rating_label(level))
    return [SlotSet("offer", None), FollowupAction("action_listen")]


def more_reason(
    dispatcher: CollectingDispatcher, tracker: Tracker, text: str, hits: list[list[Any]]
) -> Events:
    """「态度好 办事快」 just after a vote: the reason of that one; no events if it is not meant."""
    rated = tracker.get_slot("rated") or {}
    if not rated or hits or active_form(tracker) or words.rating_in(text):
        return []
    level = gateway_services.add_reason(tracker.sender_id, rated["code"], text)
    if not level:
        return []
    say(
        dispatcher,
        "rate_done",
        service=rated["name"],
        level=gateway_services.rating_label(level),
        reason=f"，{words.short(text, 30)}",
    )
    return [SlotSet("offer", None), FollowupAction("action_listen")]


def keep(tracker: Tracker) -> tuple[list[str], str]:
    """Store the vote with what was said so far (the same use rated again is the same vote); returns tags and comment."""
    known, level = tracker.get_slot("rate") or {}, int(tracker.get_slot("rate_level"))
    tags, remark = known.get("tags") or [], known.get("remark") or ""
    comment = "。".join(dict.fromkeys(part for part in (remark, known.get("comment") or "") if part))
    gateway_services.submit_review(tracker.sender_id, tracker.get_slot("rate_service"), level, tags, comment)
    return tags, comment


def store(dispatcher: CollectingDispatcher, tracker: Tracker) -> tuple[str, str]:
    """Store the vote with what was said so far, and say so; returns the comment and the tags as words."""
    tags, comment = keep(tracker)
    known, level = tracker.get_slot("rate") or {}, int(tracker.get_slot("rate_level"))
    reason = f"，{'、'.join(tags)}" if tags else ""
    say(
        dispatcher, "rate_done_bad" if level <= 2 else "rate_done", service=known.get("name", ""),
        level=gateway_services.rating_label(level), reason=reason,
    )  # fmt: skip
    return comment, reason


def resume(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Go on with the report that a rating interrupted, if there was one."""
    if tracker.get_slot("suspended") != "report_form" or not tracker.get_slot("report_text"):
        return []
    say(dispatcher, "resume_report")
    return [SlotSet("suspended", None), FollowupAction("report_form")]
