"""What the rating form asks: which service, how satisfied, why."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import about_us, gateway_services
from bot.actions.base import BotAction, Events, coming_back
from bot.actions.rate_reading import level_buttons
from bot.actions.rate_store import keep
from bot.actions.wording import button, code_button, say


def _about_us(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """The answer to a question about the writer's own data; events that forget it."""
    known = dict(tracker.get_slot("rate") or {})
    about = known.pop("about", None)
    if not about:
        return []
    about_us.answer(dispatcher, str(about), inside=True)
    return [SlotSet("rate", known)]


class AskService(BotAction):
    """Ask which service, offering what it may be."""

    action_name = "action_ask_rate_service"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known, answered = tracker.get_slot("rate") or {}, _about_us(dispatcher, tracker)
        if coming_back(tracker):
            say(dispatcher, "back")
        hits = known.get("hits") or []
        if hits:
            choices = [code_button(name, "service_code", code) for code, name, _ in hits]
            thanks = [button("不记得了，转达感谢", "转达感谢")] if known.get("praise") else []
            wording = (
                "rate_which_again"
                if known.get("heard", 0) > 1
                else "rate_which_first"
                if known.get("heard")
                else "rate_is_it"
                if len(hits) == 1
                else "rate_choose_service"
            )
            level = tracker.get_slot("rate_level") or known.get("level")
            label = gateway_services.rating_label(int(level)) if level else ""
            if label and not known.get("heard"):
                wording += "_level"  # what was given is said back, though something is still asked
            say(
                dispatcher,
                wording,
                [*choices, button("都不是"), *thanks],
                service=hits[0][1],
                level=label,
                stars=level,
            )
        elif known.get("tries"):
            say(dispatcher, "rate_unknown_service")
        elif level := tracker.get_slot("rate_level"):
            say(dispatcher, "rate_ask_service_level", level=gateway_services.rating_label(int(level)))
        else:
            say(dispatcher, "rate_ask_service_praise" if known.get("praise") else "rate_ask_service")
        return answered


class AskLevel(BotAction):
    """Show the five levels, as a card of stars and as buttons."""

    action_name = "action_ask_rate_level"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known, code = tracker.get_slot("rate") or {}, tracker.get_slot("rate_service")
        answered = _about_us(dispatcher, tracker)
        if coming_back(tracker):
            say(dispatcher, "back")
        suggested = known.get("suggested")
        say(
            dispatcher,
            "rate_suggest_level"
            if suggested
            else "rate_level_first"
            if known.get("heard")
            else "rate_ask_level",
            level_buttons(),
            service=known.get("name", ""),
        )
        card = {
            "type": "stars",
            "service_code": code,
            "service_name": known.get("name", ""),
            "suggested": suggested,
        }
        dispatcher.utter_message(json_message=card)
        return answered


class AskReason(BotAction):
    """Ask what was good or bad, with the tags of the level."""

    action_name = "action_ask_rate_reason"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        level = int(tracker.get_slot("rate_level"))
        answered = _about_us(dispatcher, tracker)
        # The stars count from now on, also if nobody says why; the reason is put to the same vote.
        keep(tracker)
        if coming_back(tracker):
            say(dispatcher, "back")
        kind = "good" if level >= 4 else "bad" if level <= 2 else "middle"
        tags = gateway_services.rating_tags(level)
        buttons = [*(button(tag) for tag in tags), button("跳过")]
        service = gateway_services.service_facts(str(tracker.get_slot("rate_service")))["name"]
        say(
            dispatcher,
            f"rate_ask_reason_{kind}",
            buttons,
            level=gateway_services.rating_label(level),
            service=service,
        )
        dispatcher.utter_message(json_message={"type": "tags", "options": tags, "multiple": True})
        return answered
