"""What is answered before a message can begin anything: what was called off, what nobody here knows or may do, a joke."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import authority, gateway, gateway_services, live, matters, second_thoughts
from bot.actions.after_filing import done
from bot.actions.base import Events, Said
from bot.actions.wording import say

REFUSED = "refused"  # data of others, just before
CANCELLED = "cancelled"  # a report that was called off just before


def begin_report(text: str) -> Events:
    """Slots of a report that begins with ``text``."""
    from bot.actions.report import begin  # opens with this module's class itself

    return begin(text)


def refused(dispatcher: CollectingDispatcher, text: str, offer: dict[str, Any]) -> Events:
    """No names for whoever claims an office, and nothing removed that others said; [] for anything else."""
    if authority.wants_gone(text, offer.get("kind") == REFUSED):
        say(dispatcher, "refuse_deletion")
    elif authority.wants_names(text):
        say(dispatcher, "ask_private")
    else:
        return []
    return done([SlotSet("offer", {"kind": REFUSED})])


def taken_up(dispatcher: CollectingDispatcher, text: str, offer: dict[str, Any]) -> Events:
    """A report that was called off just before: asked after, or gone on with; [] for neither."""
    if second_thoughts.asks_if_filed(text):
        say(dispatcher, "not_filed")
        return done([SlotSet("offer", offer)])
    if not offer.get("text") or not second_thoughts.takes_up(text):
        return []
    from bot.actions.report import begin  # opens with this module's class itself

    story = "。".join(part for part in (str(offer["text"]), second_thoughts.after_taking_up(text)) if part)
    carried = {"whole": True} | ({"place": offer["place"]} if offer.get("place") else {})
    return [*begin(story, carried=carried), SlotSet("offer", None), FollowupAction("report_form")]


def cannot_know(dispatcher: CollectingDispatcher, said: Said) -> Events | None:
    """That it cannot be looked up here, and who publishes it; a supply that failed is registered as well."""
    unknown = live.asked(said.text)
    if unknown is None:
        return None
    guidance = unknown.guidance
    hits = gateway_services.match_services(unknown.service) if unknown.service else []
    if hits and (phone := gateway_services.service_facts(hits[0][0])["phone"]):
        guidance += f"也可以打 {phone} 问（{hits[0][1]}）。"
    elif not re.search(r"\d{5}", guidance):
        guidance += f"也可以打 {gateway.hotline()} 问。"
    if unknown.trouble and matters.amiss(said.text):
        say(dispatcher, "live_trouble", guidance=guidance)
        return [*begin_report(said.text), SlotSet("offer", None), FollowupAction("report_form")]
    say(dispatcher, "live", guidance=guidance)
    return done([SlotSet("offer", None)])


def joke(dispatcher: CollectingDispatcher, said: Said) -> Events | None:
    """A laugh without a wish is laughed with; it is registered only if they say so."""
    if not second_thoughts.jokes(said.text) or matters.amiss(said.text):
        return None
    say(dispatcher, "joke")
    return done([SlotSet("offer", {"kind": "report", "text": said.text})])
