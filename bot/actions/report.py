"""The report form: what happened, where, is this right; then a tracking number."""

from __future__ import annotations

import uuid
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import consent, gateway, gateway_cases, gateway_media, place_spans, regret, several, words
from bot.actions.base import BotAction, Events, Said, active_form, clear, hand_over
from bot.actions.beforehand import CANCELLED
from bot.actions.context import InContext
from bot.actions.report_reading import beginning, first_reading, only_anger, proposal
from bot.actions.wording import say
from webapp.errors import MinpingError

FORM = "report_form"
PATIENCE = 3  # answers that say nothing, before a person takes over


def begin(text: str, kind: str = "", carried: dict[str, Any] | None = None) -> Events:
    """Slots of a report that starts with ``text`` (may be ''). ``kind`` is the request type if the resident named it."""
    known: dict[str, Any] = {**(carried or {}), "draft": uuid.uuid4().hex}
    if kind:
        known["type"] = kind
    text = consent.without_preamble(text)
    if not kind and (sorry := regret.due(text)):
        known["sorry"] = sorry
    content = text if known.pop("whole", False) and len(words.bare(text)) >= 4 else words.content_of(text)
    if words.announces(text):
        return [*clear(FORM), SlotSet("report", known)]
    if not content and place_spans.tells_amiss(f"这{text}"):
        content = text  # 「没水」 says it all
    if not kind and only_anger(content):
        # Kept, and added to the matter when it has been told.
        known["anger"], content = content, ""
        known.pop("sorry", None)
    if not content and (begun := beginning(text)):
        known["begun"] = begun
    return [*clear(FORM), *first_reading(content, known)]


class StartReport(InContext):
    """Begin a report with what the message already says."""

    action_name = "action_report_start"

    def __reduce__(self) -> tuple[Any, ...]:
        # The SDK makes the actions in a process that only starts the one that serves, and sends them there. They arrive
        # before it listens: the place to load what the first report would wait for.
        return gateway.warmed, (type(self),)

    def open(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        offer = tracker.get_slot("offer") or {}
        # "电梯" was not understood, "坏了" is: together they are the report.
        before = str(offer.get("text") or "") if offer.get("lost") and len(words.bare(said.text)) <= 6 else ""
        if offer.get("kind") == "report" and words.declines(said.text):
            say(dispatcher, "anything_else")
            return [SlotSet("offer", None), FollowupAction("action_listen")]
        text = words.after_dropping(said.text) or said.text
        proposes = said.intent == "suggest" and (proposal(text) or len(text) < 8)
        events = begin(before + text, "suggestion" if proposes else "")
        if active_form(tracker) == "rate_form":
            events += clear("rate_form")
        return [*events, SlotSet("offer", None)]


class SubmitReport(BotAction):
    """Store the report, give the tracking number, and forget everything else."""

    action_name = "action_report_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known, text = tracker.get_slot("report") or {}, tracker.get_slot("report_text") or ""
        if not text and known.get("unclear", 0) >= PATIENCE:
            hand_over(dispatcher, tracker, "lost", "lost_handover")
        if known.get("off"):
            gateway_media.set_photos_aside(tracker.sender_id)
            say(dispatcher, "cancelled" if known["off"] == "called" else "joke_done")
            return [
                *clear(FORM),
                SlotSet(
                    "offer",
                    {"kind": CANCELLED, "text": text, "place": tracker.get_slot("report_place") or ""},
                ),
            ]
        if not text or not tracker.get_slot("report_confirm"):
            return clear(FORM)
        story = f"{text}。{known['anger']}" if known.get("anger") else text
        receipt = gateway_cases.submit_request(
            tracker.sender_id, story, tracker.get_slot("report_place") or "", known
        )
        if known.get("next") or known.get("filed"):
            say(dispatcher, "report_done_which", subject=words.short(text, 24))
        name = {"suggestion": "suggest_done", "praise": "praise_done"}.get(
            known.get("type", ""), "report_done"
        )
        say(dispatcher, name, **{k: receipt[k] for k in ("number", "secret", "department", "due")})
        if known.get("join"):
            say(dispatcher, "report_joined", people=receipt["people"])
        tracking_card(dispatcher, receipt)
        if known.get("next"):
            say(dispatcher, "report_next")
            following = several.carried(known, tracker.get_slot("report_place"))
            following["filed"] = [*(known.get("filed") or []), [receipt["number"], text]]
            return [*begin(known["next"][0], carried=following), FollowupAction(FORM)]
        offer = {
            "kind": "submitted", "number": receipt["number"], "place": tracker.get_slot("report_place") or "",
            "category": known.get("category", ""), "filed": [*(known.get("filed") or []), [receipt["number"], text]],
        }  # fmt: skip   # "不对，是4栋" is about this one
        return [*clear(FORM), SlotSet("suspended", None), SlotSet("offer", offer)]

    def after_refusal(self, tracker: Tracker, error: MinpingError) -> Events:
        # A phone that cannot be one must not cost the report: drop it and show the card again.
        if error.field == "contact_phone":
            known = {
                k: v
                for k, v in (tracker.get_slot("report") or {}).items()
                if k not in ("phone", "phone_tail")
            }
            return [SlotSet("report", known), SlotSet("report_confirm", None), FollowupAction(FORM)]
        return clear(FORM)


def tracking_card(dispatcher: CollectingDispatcher, receipt: dict[str, Any]) -> None:
    """The card with the tracking number, for channels that can show one."""
    dispatcher.utter_message(
        json_message={
            "type": "tracking", "service_request_id": receipt["number"], "secret": receipt["secret"], "url": receipt["url"],
        }
    )  # fmt: skip
