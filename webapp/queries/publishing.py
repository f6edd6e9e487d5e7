"""How evaluation is put to people: a score in a sentence, and counts without cells that could point at somebody."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from webapp.queries.scorecards import Scorecard

SMALLEST_CELL = 5
"""Fewer people than this are not published as a number (DESIGN §5)."""


def hidden_cells(counts: Sequence[int]) -> list[int | None]:
    """Counts with those under five hidden, and a second one where a single gap would follow from the sum."""
    hidden = {i for i, count in enumerate(counts) if 0 < count < SMALLEST_CELL}
    if len(hidden) == 1:
        others = [i for i, count in enumerate(counts) if i not in hidden and count > 0]
        if others:
            hidden.add(min(others, key=lambda i: counts[i]))
    return [None if i in hidden else count for i, count in enumerate(counts)]


def plain_words(card: Scorecard) -> str:
    """A score and its interval in a sentence, for people who never heard of intervals."""
    if card.score is None or card.low is None or card.high is None:
        return _("数据不足，暂时不能给出可靠的分数。")
    return _(
        "满分 100 分，约 %(score)s 分；按目前的数据，真实水平很可能在 %(low)s 到 %(high)s 分之间。",
        score=round(card.score), low=round(card.low), high=round(card.high),
    )  # fmt: skip
