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
    satisfied: bool

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

    def keys(self) -> Iterator[Key]:
        # A trouble of no service in particular counts for its department alone, under the department's negative id.
        yield "service", self.service_id or -self.department_id, self.day, self.channel
        yield "department", self.department_id, self.day, self.channel
        yield "area", self.area_id, self.day, self.channel
        if self.category_id is not None:
            yield "category", self.category_id, self.day, self.channel


def review_counts(facts: ReviewFacts) -> Counts:
    """Counters that one review adds, zero ones left out (units: see DESIGN §5; votes in quarters, texts in 1/1000)."""
    counts: Counts = {"uses": 1}
    active = facts.rating is not None and not facts.is_default and not facts.set_aside
    if facts.is_default:
        counts["defaults"] = 1
    elif facts.rating is None:
        counts["unrated"] = 1
    elif facts.set_aside:
        counts["set_aside"] = 1
    elif facts.rating is not None:
        counts[f"rating_{facts.rating}"] = 1
        if facts.rating <= 2:
            counts["bad_replied"] = int(facts.replied)
            counts["bad_rectified"] = int(facts.rectified)
            counts["bad_asked"] = int(facts.asked)
            counts["bad_satisfied"] = int(facts.satisfied)
    if facts.prediction is not None and not facts.set_aside:
        p = facts.prediction
        counts.update(text_n=1, text_sum=p, text_sq=p * p)
        if active and facts.rating is not None:
            v = facts.rating - 1
            counts.update(
                both_n=1,
                both_pred_sum=p,
                both_pred_sq=p * p,
                both_vote_sum=v,
                both_vote_sq=v * v,
                both_cross=p * v,
            )
    return {name: value for name, value in counts.items() if value}


def request_counts(facts: RequestFacts) -> Counts:
    """Counters that one request adds, zero ones left out.

    ``reopened`` counts each time: every 未解决 or 部分解决 that a resident ever gave led to one reopening.
    Merged requests count as received and merged only (the earlier request carries the work); so do those out of scope.
    """
    if facts.status == Status.RECEIVED:
        # Not dispatched yet (for milliseconds, as a rule): no department answers for it, so it counts nowhere.
        return {}
    counts: Counts = {"received": 1}
    if facts.status in (Status.MERGED, Status.OUT_OF_SCOPE):
        counts[facts.status] = 1
        return counts
    closed = facts.status in RESOLVED
    counts.update(
        responded=int(facts.responded), closed=int(closed), on_time=int(closed and facts.on_time),
        late=int(closed and not facts.on_time), unreached=int(facts.unreached),
        contacted=int(facts.contacted is True), not_contacted=int(facts.contacted is False),
        reopened=facts.reopened, objected=int(facts.objected), transferred=int(facts.transferred),
        returned=int(closed and facts.returned), returned_eligible=int(closed), supporters=facts.supporters,
        emergency=int(facts.urgency == "emergency"),
    )  # fmt: skip
    if facts.solved:
        counts[f"solved_{facts.solved}"] = 1
    if facts.satisfied:
        counts[f"satisfied_{facts.satisfied}"] = 1
    if facts.request_type:
        counts[facts.request_type] = 1
    if facts.anger is not None:
        counts.update(anger_n=1, anger_sum=facts.anger)
    return {name: value for name, value in counts.items() if value}
