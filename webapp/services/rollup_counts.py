"""What one review or request adds to the roll-ups: the single definition behind every counter.

Votes are in quarters (level − 1), texts in thousandths of the vote that the language layer expects (DESIGN §5).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from webapp.domain.workflow import Status

Key = tuple[str, int, date, str]
"""(unit kind, unit id, local day, channel)"""
Counts = dict[str, int]

RESOLVED = frozenset({Status.RESOLVED.value, Status.FOLLOWED_UP.value, Status.CLOSED.value})


class ReviewFacts(NamedTuple):
    """What a review adds to the counts depends on these values alone."""

    service_id: int
    department_id: int
    area_id: int
    channel: str
    day: date
    rating: int | None
    is_default: bool
    set_aside: bool
    prediction: int | None
    replied: bool
    rectified: bool
    asked: bool
    heard: bool
    satisfied: bool
    asked_too: bool

    def keys(self) -> Iterator[Key]:
        yield "service", self.service_id, self.day, self.channel
        yield "department", self.department_id, self.day, self.channel
        yield "area", self.area_id, self.day, self.channel


class RequestFacts(NamedTuple):
    """What a request adds to the counts depends on these values alone."""

    service_id: int | None
    department_id: int
    area_id: int
    category_id: int | None
    channel: str
    day: date
    status: str
    responded: bool
    on_time: bool
    solved: str | None
    contacted: bool | None
    unreached: bool
    satisfied: int | None
    reopened: int
    objected: bool
    transferred: bool
    returned: bool
    request_type: str
    urgency: str
    anger: int | None
    supporters: int
    on_the_spot: bool
    sampled: int | None

    def keys(self) -> Iterator[Key]:
        # A trouble of no service in particular counts for its department alone, under the department's negative id.
        yield "service", self.service_id or -self.department_id, self.day, self.channel
        yield "department", self.department_id, self.day, self.channel
        yield "area", self.area_id, self.day, self.channel
        if self.category_id is not None:
            yield "category", self.category_id, self.day, self.channel


def review_counts(facts: ReviewFacts) -> Counts:
    """Counters that one review adds, zero ones left out (units: see DESIGN §5; votes in quarters, texts in 1/1000).

    ``asked_1`` … ``asked_5``: those of ``rating_1`` … ``rating_5`` by people whose word on the same matter is in the random
    sample. Official indicators count them like any vote; scoring takes them out, and out of the pairs of text and vote.
    """
    counts: Counts = {"uses": 1}
    if facts.is_default:
        counts["defaults"] = 1
    elif facts.rating is None:
        counts["unrated"] = 1
    elif facts.set_aside:
        counts["set_aside"] = 1
    elif facts.rating is not None:
        counts[f"rating_{facts.rating}"] = 1
        if facts.asked_too:
            counts[f"asked_{facts.rating}"] = 1
        if facts.rating <= 2:
            counts["bad_replied"] = int(facts.replied)
            counts["bad_rectified"] = int(facts.rectified)
            counts["bad_asked"] = int(facts.asked)
            counts["bad_heard"] = int(facts.heard)
            counts["bad_satisfied"] = int(facts.satisfied)
    if facts.prediction is not None:
        counts |= text_counts(facts, 1, facts.prediction, facts.prediction**2)
    return {name: value for name, value in counts.items() if value}


def text_counts(facts: ReviewFacts, n: int, total: int, squares: int) -> Counts:
    """Counters that ``n`` comments add to reviews of these facts: Σ prediction = ``total``, Σ prediction² = ``squares``."""
    if facts.set_aside or not n:
        return {}
    counts: Counts = {"text_n": n, "text_sum": total, "text_sq": squares}
    if facts.rating is not None and not facts.is_default and not facts.asked_too:
        v = facts.rating - 1
        counts |= {
            "both_n": n, "both_pred_sum": total, "both_pred_sq": squares, "both_vote_sum": n * v,
            "both_vote_sq": n * v * v, "both_cross": total * v,
        }  # fmt: skip
    return counts


def request_counts(facts: RequestFacts) -> Counts:
    """Counters that one request adds, zero ones left out.

    ``reopened`` counts each time: every 未解决 or 部分解决 that a resident ever gave led to one reopening.
    ``sampled_1`` … ``sampled_5``: what drawn residents told their caller; ``told_1`` … ``told_5``: the words on all other
    cases. Merged requests count as received and merged only (the earlier request carries the work); so do those out of scope.
    当场办结 counts as closed and nothing more: whoever reports a trouble and answers it themselves meets every deadline, so
    an office could buy punctuality with it. How many there are is ``closed`` less ``on_time`` and ``late``.
    """
    if facts.status == Status.RECEIVED:
        # Not dispatched yet (for milliseconds, as a rule): no department answers for it, so it counts nowhere.
        return {}
    counts: Counts = {"received": 1}
    if facts.status in (Status.MERGED, Status.OUT_OF_SCOPE):
        counts[facts.status] = 1
        return counts
    closed = facts.status in RESOLVED
    timed = closed and not facts.on_the_spot
    counts.update(
        responded=int(facts.responded), closed=int(closed), on_time=int(timed and facts.on_time),
        late=int(timed and not facts.on_time), unreached=int(facts.unreached),
        contacted=int(facts.contacted is True), not_contacted=int(facts.contacted is False),
        reopened=facts.reopened, objected=int(facts.objected), transferred=int(facts.transferred),
        returned=int(timed and facts.returned), returned_eligible=int(timed), supporters=facts.supporters,
        emergency=int(facts.urgency == "emergency"),
    )  # fmt: skip
    if facts.solved:
        counts[f"solved_{facts.solved}"] = 1
    if facts.satisfied:
        counts[f"satisfied_{facts.satisfied}"] = 1
    if facts.sampled:
        counts[f"sampled_{facts.sampled}"] = 1
    elif facts.satisfied:
        counts[f"told_{facts.satisfied}"] = 1
    if facts.request_type:
        counts[facts.request_type] = 1
    if facts.anger is not None:
        counts.update(anger_n=1, anger_sum=facts.anger)
    return {name: value for name, value in counts.items() if value}
