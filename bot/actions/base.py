"""What the actions share: reading the last message, and running with the platform at hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway
from bot.actions.wording import say
from webapp.errors import MinpingError

logger = structlog.get_logger("bot")
Events = list[dict[str, Any]]
# Intents that interrupt a form: they are never the answer to its question.
ALWAYS_ASIDE = frozenset({"cancel", "human", "self_harm"})
ASIDE = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "help",
        "chitchat",
        "insult",
        "ask_private",
        "ask_service",
        "progress",
        "rate",
        "praise",
    }
)
FORM_SLOTS = {
    "report_form": ("report_text", "report_place", "report_confirm", "report"),
    "rate_form": ("rate_service", "rate_level", "rate_reason", "rate"),
    "progress_form": ("progress_number", "progress_secret", "progress"),
    "follow_up_form": ("follow_up_solved", "follow_up_contacted", "follow_up_satisfied", "follow_up"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """The resident's last message as Rasa read it."""

    text: str
    intent: str
    confidence: float
    entities: dict[str, str]

    @classmethod
    def of(cls, tracker: Tracker) -> Said:
        """Read the tracker's latest message. A pressed code button has its code in ``entities`` and no text."""
        message = tracker.latest_message or {}
        intent = message.get("intent") or {}
        text = str(message.get("text") or "")
        entities = {str(e["entity"]): str(e["value"]) for e in message.get("entities") or []}
        return cls(
            "" if text.startswith("/") else text, str(intent.get("name") or ""), float(intent.get("confidence") or 0),
            entities,
        )  # fmt: skip

    @property
    def is_emergency(self) -> bool:
        """A danger that the reflexes know, or that the classifier is rather sure of."""
        return self.intent == "emergency" and ("hazard" in self.entities or self.confidence >= 0.8)

    @property
    def interrupts(self) -> bool:
        """Whether nothing else matters: stop, a person, danger."""
        return self.intent in ALWAYS_ASIDE or self.is_emergency

    @property
    def is_aside(self) -> bool:
        """Whether this message interrupts a form. The longer it is, the surer the classifier has to be."""
        if self.interrupts:
            return True
        return self.intent in ASIDE and self.confidence >= (0.6 if len(self.text) > 12 else 0.45)


def active_form(tracker: Tracker) -> str:
    """Name of the form that is being filled, or ''."""
    return str((tracker.active_loop or {}).get("name") or "")


def actions_since_user(tracker: Tracker) -> list[str]:
    """Names of the actions run since the last message of the resident, oldest first."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action":
            names.append(str(event.get("name")))
    return names[::-1]


def is_answer(tracker: Tracker, form: str) -> bool:
    """Whether the last message may answer ``form``'s question.

    Not while the form is just being opened, nor when it comes back after an aside that used the message up.
    """
    if active_form(tracker) != form:
        return False
    return all(
        name in (form, "action_listen", "action_extract_slots") for name in actions_since_user(tracker)
    )


def coming_back(tracker: Tracker) -> bool:
    """Whether a form asks again after an aside (and was not opened just now)."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "active_loop" and event.get("name"):
            return False
    aside = {
        "action_aside",
        "action_answer_service",
        "action_lost",
        "action_progress_submit",
        "action_yes",
        "action_no",
    }
    return bool(aside & set(actions_since_user(tracker)))


def clear(form: str) -> Events:
    """Empty the slots of a form: nothing that a resident said stays longer than it is needed."""
    return [SlotSet(name, None) for name in FORM_SLOTS[form]]


def leave_form(tracker: Tracker) -> Events:
    """Stop the active form, if any, and forget what it held."""
    form = active_form(tracker)
    if not form:
        return []
    return [ActiveLoop(None), SlotSet("requested_slot", None), *clear(form)]


def back_to_form(tracker: Tracker) -> Events:
    """After an aside: let the active form ask its question again."""
    form = active_form(tracker)
    return [FollowupAction(form)] if form else []


def hand_over(dispatcher: CollectingDispatcher, tracker: Tracker, reason: str, wording: str) -> None:
    """Tell the platform that a person takes over, and say so."""
    handed = gateway.hand_over(tracker.sender_id, reason)
    say(dispatcher, wording if handed else "handover_failed", hotline=gateway.hotline())
    if handed:
        dispatcher.utter_message(json_message={"type": "handover", "reason": reason})


class BotAction(Action, ABC):
    """An action with the platform's application context around it. Subclasses write :meth:`act`."""

    action_name = ""

    def name(self) -> str:
        """The name in the domain."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Run :meth:`act`; an error becomes an apology, and a person sees the conversation."""
        return await gateway.in_app(self._guarded, dispatcher, tracker)

    def _guarded(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        try:
            return self.act(dispatcher, tracker)
        except MinpingError as error:
            # Written for the person who reads it: which field, and what to do.
            dispatcher.utter_message(text=error.message)
            return self.after_refusal(tracker, error)
        except Exception as error:
            # The kind of error only: its text may repeat what the resident wrote.
            logger.error("action failed", action=self.action_name, error=type(error).__name__)
            say(dispatcher, "trouble", hotline=gateway.hotline())
            self._call_a_person(tracker)
            return leave_form(tracker)

    @staticmethod
    def _call_a_person(tracker: Tracker) -> None:
        try:
            gateway.hand_over(tracker.sender_id, "bot_error")
        except Exception as error:
            logger.error("hand-over failed", error=type(error).__name__)

    def after_refusal(self, tracker: Tracker, error: MinpingError) -> Events:
        """Events after the platform refused something; the default leaves the form."""
        return leave_form(tracker)

    @abstractmethod
    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Do the work; return events. Runs in a thread, with an application context."""
