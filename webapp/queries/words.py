"""What residents complain about in words that more of them use than before, with examples.

Words are those that the language layer found when the request came in (tf-idf over jieba's words) and that lie with it.
Counted live from the index of departments, the newest few thousand of each window, and kept: words move slowly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from webapp.domain.rising import Rising, rising
from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.queries.kept import TREND_LAG_S
from webapp.queries.scoring import remembered
from webapp.queries.tallies import Window, moments

MOST_READ = 2000
MOST_SHOWN = 10
_EXAMPLES = 2


@dataclass(frozen=True, slots=True)
class RisingWord:
    """A rising word and the numbers of a few requests of the window that hold it, newest first."""

    line: Rising
    examples: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Read:
    people: Mapping[str, int]
    numbers: Mapping[str, Sequence[str]]


def _read(department_id: int, window: Window) -> _Read:
    """People per word of the window, and numbers of requests per word."""
    r = ServiceRequest
    start, end = moments(window)
    rows = db.session.execute(
        select(r.id, r.service_request_id, r.identity, r.analysis["keywords"])
        .where(r.department_id == department_id, r.received_at >= start, r.received_at < end)
        .where(r.status != Status.RECEIVED.value)
        # A complaint about an office is nobody's example, and the office must not learn of it by its words.
        .where(r.reported_department_id.is_(None))
        .order_by(r.received_at.desc())
        .limit(MOST_READ)
    )
    seen: set[tuple[str, str]] = set()
    people: Counter[str] = Counter()
    numbers: dict[str, list[str]] = {}
    for id_, number, identity, words in rows:
        for word in {*(words or ())}:
            # One person's ten reports are one voice.
            key = (identity or f"#{id_}", word)
            if key not in seen:
                seen.add(key)
                people[word] += 1
                numbers.setdefault(word, []).append(number)
    return _Read(people, numbers)


def rising_words(department_id: int, window: Window) -> Sequence[RisingWord]:
    """Words that more people used about a department than in the window before, beyond chance; the surest first."""

    def compute(_policy: object) -> Sequence[RisingWord]:
        now, was = _read(department_id, window), _read(department_id, window.before())
        found = rising(now.people, was.people)[:MOST_SHOWN]
        return [RisingWord(line, tuple(now.numbers[line.word][:_EXAMPLES])) for line in found]

    return remembered(f"words {department_id}", window, compute, TREND_LAG_S)


def examples(words: Sequence[RisingWord]) -> Mapping[str, ServiceRequest]:
    """The example requests of all words, by number."""
    numbers = {number for word in words for number in word.examples}
    if not numbers:
        return {}
    found = db.session.scalars(select(ServiceRequest).where(ServiceRequest.service_request_id.in_(numbers)))
    return {request.service_request_id: request for request in found}
