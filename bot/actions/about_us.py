"""Answers to what residents ask about us while something else is going on: who answers, how long, who pays."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, questions
from bot.actions.wording import say


def answer(dispatcher: CollectingDispatcher, about: str, inside: bool = False) -> None:
    """Say what ``about`` (:func:`questions.about_reporting`) asks for; ``inside`` a form without buttons of its own."""
    values = {"hotline": gateway.hotline(), **gateway.promised_times()}
    say(dispatcher, questions.while_open(about), [] if inside else None, **values)
