"""值得关注: what stands out, one sentence each, with the way to the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from flask_babel import gettext as _

from webapp.domain.rates import Rate
from webapp.queries.categories import Hint
from webapp.queries.findings import Findings, bad_share
from webapp.queries.scorecards import Scorecard
from webapp.views.insight import score_tables
from webapp.views.insight.filters import link
from webapp.views.insight.tables import signed


@dataclass(frozen=True, slots=True)
class Line:
    """``tone`` of the badge, the badge's word, the sentence, and where it leads."""

    tone: str
    kind: str
    text: str
    href: str


def hint_core(hint: Hint) -> str:
    """Where in the category and in the place most of a hint's requests are; "" where they are spread out."""
    parts = [
        _("%(name)s %(count)s 件", name=core.name, count=core.count)
        for core in (hint.trouble, hint.spot)
        if core.name
    ]
    return _("、").join(parts)


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.0f}%"


def _span(rate: Rate) -> str:
    """The 95 % interval of a share."""
    return f"{rate.low * 100:.0f}–{rate.high * 100:.0f}%"


def _surge(hint: Hint) -> Line:
    text = _(
        "%(area)s：%(category)s近 7 天 %(count)s 件，按以往约 %(expected)s 件。",
        area=hint.area_name, category=hint.category_name, count=hint.count, expected=f"{hint.expected:.0f}",
    )  # fmt: skip
    if core := hint_core(hint):
        text += _("其中%(core)s。", core=core)
    href = link("desk.queue", view="all", category=hint.category, area=hint.area, sort="newest")
    return Line("warn", _("突增"), text, href)


def _moved(card: Scorecard, args: Mapping[str, Any]) -> Line:
    change, spread = card.change or 0.0, 1.96 * hypot(card.sd or 0.0, card.previous_sd or 0.0)
    text = _(
        "%(name)s：得分从 %(old)s 变为 %(new)s（变化可能在 %(low)s 到 %(high)s 分之间），"
        "差评占比从 %(bad_before)s 变为 %(bad_now)s，超出偶然波动。",
        name=card.unit.name, old=f"{card.previous:.0f}", new=f"{card.score:.0f}", low=signed(change - spread).shown,
        high=signed(change + spread).shown,
        bad_before=_percent(bad_share(card.before)), bad_now=_percent(bad_share(card.counts)),
    )  # fmt: skip
    kind = _("明显变好") if change > 0 else _("明显变差")
    return Line("good" if change > 0 else "bad", kind, text, score_tables.unit_link(card, args))


def _hollow(card: Scorecard, city: Mapping[str, Rate], args: Mapping[str, Any]) -> Line:
    own = card.plain_rates
    text = _(
        "%(name)s：按期办结 %(fast)s（可能 %(fast_span)s；全市 %(city_fast)s），"
        "群众说解决了的只有 %(solved)s（可能 %(solved_span)s；全市 %(city_solved)s）。",
        name=card.unit.name, fast=_percent(own["on_time"].value), city_fast=_percent(city["on_time"].value),
        solved=_percent(own["resolution"].value), city_solved=_percent(city["resolution"].value),
        fast_span=_span(own["on_time"]), solved_span=_span(own["resolution"]),
    )  # fmt: skip
    return Line("bad", _("办得快、没解决"), text, score_tables.unit_link(card, args))


def _brushed(card: Scorecard, args: Mapping[str, Any]) -> Line:
    text = _(
        "%(name)s：收到的 %(all)s 条评价里有 %(aside)s 条疑似刷出来的，已搁置，不计入得分。",
        name=card.unit.name, all=card.votes + card.counts["set_aside"], aside=card.counts["set_aside"],
    )  # fmt: skip
    return Line("warn", _("疑似刷分"), text, link("insight.set_aside", service=card.unit.code, **args))


def lines(
    found: Findings, hints: Sequence[Hint], city: Mapping[str, Rate], args: Mapping[str, Any]
) -> list[Line]:
    """The sentences, troubles that grow now before comparisons of the past."""
    return [
        *(_surge(hint) for hint in hints),
        *(_hollow(card, city, args) for card in found.hollow),
        *(_moved(card, args) for card in found.moved),
        *(_brushed(card, args) for card in found.brushed),
    ]
