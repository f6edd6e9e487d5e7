"""Past public replies to much the same question: to be quoted with date and page, never to be reworded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from nlp.mask import mask_personal_data
from nlp.segment import tokens
from webapp.models import ServiceRequest
from webapp.queries import replies as queries
from webapp.services import similar_index

# Likeness of the two questions from which the old answer is worth quoting: by the index (nlp.similar), by common words.
LEAST = 0.35
LEAST_COMMON = 0.3
# Comparing costs a fifth of a millisecond each: only those with the most words in common are compared.
_COMPARED = 40
_EXTENSION = "minping_answered_questions"
# A new answer may be quoted this late; one that was withdrawn is never quoted (see past_replies).
MAX_AGE_S = 0.5


@dataclass(frozen=True, slots=True)
class PastReply:
    """What was asked and answered, by whom and when (UTC), under which tracking number. Personal data is starred out."""

    number: str
    question: str
    answer: str
    department: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    words: frozenset[str]


def past_reply(question: str) -> PastReply | None:
    """The public reply to the question likest to ``question``; None where nothing is like enough."""
    return next(iter(past_replies(question, limit=1)), None)


def past_replies(question: str, limit: int = 2) -> list[PastReply]:
    """Public replies to the questions likest to ``question``, likest first; only those like enough."""
    likest = _likest(question)
    # What was answered and public a moment ago is asked again: only that is ever quoted.
    asked = queries.answered(likest[: limit * 3])
    found = [_quoted(asked[number]) for number in likest[: limit * 3] if number in asked]
    return [reply for reply in found if reply is not None][:limit]


def _likest(question: str) -> list[int]:
    """Ids of answered questions that are like enough, likest first."""
    known, words = _known(), _words(question)
    ids = sorted(known, key=lambda number: -_common(words, known[number].words))[:_COMPARED]
    if not ids:
        return []
    texts = [known[number].text for number in ids]
    likeness, least = similar_index.ask(lambda index: index.compare(question, texts)), LEAST
    if likeness is None:
        likeness, least = [_common(words, known[number].words) for number in ids], LEAST_COMMON
    order = sorted(zip(likeness, ids, strict=True), key=lambda pair: -pair[0])
    return [number for value, number in order if value >= least]


def _quoted(request: ServiceRequest) -> PastReply | None:
    answer = queries.answer_of(request)
    if answer is None:
        return None
    return PastReply(
        request.service_request_id, mask_personal_data(request.text), mask_personal_data(answer.note),
        request.department.name, answer.at,
    )  # fmt: skip


def _known() -> dict[int, _Question]:
    """The questions by id; a process reads and cuts each once, and drops those that are no longer there."""
    until: float
    kept: dict[int, _Question]
    until, kept = current_app.extensions.get(_EXTENSION, (0.0, {}))
    if kept and time.monotonic() < until:
        return kept
    ids = queries.answered_ids()
    fresh = queries.questions([number for number in ids if number not in kept])
    both = kept | {number: _Question(text, _words(text)) for number, text in fresh.items()}
    known = {number: both[number] for number in ids if number in both}
    current_app.extensions[_EXTENSION] = time.monotonic() + MAX_AGE_S, known
    return known


def _words(text: str) -> frozenset[str]:
    return frozenset(token for token in tokens(text) if len(token) > 1)


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    """Share of words of two and more characters that both texts have (Jaccard)."""
    return len(one & other) / len(one | other) if one | other else 0.0
