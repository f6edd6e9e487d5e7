"""All goals that a simulated resident may have."""

from __future__ import annotations

from collections.abc import Callable

from tests.bot.residents import others, reports
from tests.bot.residents.resident import Resident
from tests.bot.residents.speech import Speech

GOALS: tuple[Callable[[Speech], Resident], ...] = (
    reports.whole, reports.in_bits, reports.contact, reports.correction, reports.story_corrected, reports.interrupted,
    reports.cancelled, reports.unknown_place, reports.joined, reports.several, reports.suggestion, reports.no_emergency,
    reports.after_filing, reports.second_report, others.rate_at_once, others.rate_in_steps, others.rate_bad_case,
    others.praise, others.ask, others.look_up, others.emergency, others.despair, others.person, others.lost_twice,
    others.small_talk, others.change_of_mind, others.report_and_question, others.solved,
)  # fmt: skip
