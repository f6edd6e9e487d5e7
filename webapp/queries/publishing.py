"""How evaluation is put to people who never heard of intervals: a score, or a share, in a sentence."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.queries.public_scores import PublicScore
from webapp.queries.publications import OpenRate
from webapp.queries.scorecards import Scorecard


def plain_words(card: Scorecard | PublicScore) -> str:
    """A score and its interval in a sentence, for people who never heard of intervals."""
    if card.score is None or card.low is None or card.high is None:
        return _("数据不足，暂时不能给出可靠的分数。")
    return _(
        "满分 100 分，约 %(score)s 分；按目前的数据，真实水平很可能在 %(low)s 到 %(high)s 分之间。",
        score=round(card.score), low=round(card.low), high=round(card.high),
    )  # fmt: skip


def people_words(rate: OpenRate) -> str:
    """A share of people and its interval in a sentence: "about 82 of 100; could be 78 to 86"."""
    if rate.denominator == 0:
        return _("这段时间没有人评价。")
    if rate.value is None:
        return _("给好评或差评的人太少，人数不公布，以免认出是谁评的。")
    low, high = rate.interval
    return _(
        "每 100 人里约 %(value)s 人给了好评；评价的人不多时会有出入，实际可能是 %(low)s 到 %(high)s 人。",
        value=round(100 * rate.value), low=round(100 * low), high=round(100 * high),
    )  # fmt: skip
