"""Evaluation as the public sees it: the same numbers, less every cell with fewer than five people (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from webapp.domain.rates import Rate
from webapp.queries.evaluation import service_scorecard, service_scorecards, usual_window
from webapp.queries.scorecards import Scorecard
from webapp.queries.tallies import Window
from webapp.queries.units import GENERAL

SMALLEST_CELL = 5


@dataclass(frozen=True, slots=True)
class PublicCard:
    """What everybody may know of one service in one window. Counts under five people are None.

    score, low, high    0…100 with the 95 % interval; None with too little data
    raw                 the score before adjustment; ``good``: 好评率 with its interval
    ratings             votes of levels 1…5; hidden cells so many that none can be worked out from the sum
    words               the score and its interval in a sentence
    """

    code: str
    name: str
    department_name: str
    window: Window
    votes: int | None
    requests: int | None
    score: float | None
    low: float | None
    high: float | None
    raw: float | None
    good: Rate | None
    ratings: Sequence[int | None]
    set_aside: int | None
    words: str

    @property
    def shown(self) -> bool:
        """Whether enough people rated for the votes to be published."""
        return self.votes is not None


def public_scorecards(window: Window | None = None) -> list[PublicCard]:
    """All active services that anybody rated or asked about, in the order of their codes."""
    window = window or usual_window()
    cards = [c for c in service_scorecards(window) if not c.unit.code.startswith(GENERAL)]
    return [_public(card, window) for card in sorted(cards, key=lambda card: card.unit.code)]


def public_scorecard(code: str, window: Window | None = None) -> PublicCard | None:
    """One service; None for an unknown code."""
    window = window or usual_window()
    card = service_scorecard(code, window)
    return None if card is None else _public(card, window)


def hidden_cells(counts: Sequence[int]) -> list[int | None]:
    """Counts with those under five hidden, and a second one where a single gap would follow from the sum."""
    hidden = {i for i, count in enumerate(counts) if 0 < count < SMALLEST_CELL}
    if len(hidden) == 1:
        others = [i for i, count in enumerate(counts) if i not in hidden and count > 0]
        if others:
            hidden.add(min(others, key=lambda i: counts[i]))
    return [None if i in hidden else count for i, count in enumerate(counts)]


def _enough(count: int) -> int | None:
    return count if count == 0 or count >= SMALLEST_CELL else None


def _public(card: Scorecard, window: Window) -> PublicCard:
    shown = card.votes >= SMALLEST_CELL
    known = card.score is not None and card.voices >= SMALLEST_CELL
    return PublicCard(
        code=card.unit.code, name=card.unit.name, department_name=card.unit.department_name, window=window,
        votes=_enough(card.votes), requests=_enough(card.counts["received"]),
        score=card.score if known else None, low=card.low if known else None, high=card.high if known else None,
        raw=card.raw_score if known else None, good=card.rates()["good"] if shown else None,
        ratings=hidden_cells(card.ratings) if shown else [None] * 5, set_aside=_enough(card.counts["set_aside"]),
        words=plain_words(card) if known else _("参与的人还不多，暂不公布分数。"),
    )  # fmt: skip


def plain_words(card: Scorecard) -> str:
    """A score and its interval in a sentence, for people who never heard of intervals."""
    if card.score is None or card.low is None or card.high is None:
        return _("数据不足，暂时不能给出可靠的分数。")
    return _(
        "满分 100 分，约 %(score)s 分；按目前的数据，真实水平很可能在 %(low)s 到 %(high)s 分之间。",
        score=round(card.score), low=round(card.low), high=round(card.high),
    )  # fmt: skip
