"""Tables of scorecards: what stands in each column, for the page and for the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from webapp.domain.rates import EXCLUSION_LABELS, Rate
from webapp.domain.scores import Tier
from webapp.queries.scorecards import Scorecard
from webapp.queries.tallies import Window
from webapp.queries.units import GENERAL
from webapp.views.insight.charts import interval_bar, rating_bar
from webapp.views.insight.filters import link, spanned
from webapp.views.insight.tables import Cell, Column, Field, Table, count, number, share, signed

TONES = {Tier.ABOVE: "good", Tier.BELOW: "bad", Tier.AROUND: "", Tier.INSUFFICIENT: ""}


def unit_name(card: Scorecard) -> str:
    """What a page calls the unit."""
    if card.unit.code.startswith(GENERAL):
        return _("%(department)s：未归入具体事项的诉求", department=card.unit.department_name)
    return card.unit.name


def unit_link(card: Scorecard, args: Mapping[str, Any]) -> str:
    """The page of a unit, where there is one."""
    unit = card.unit
    if unit.kind == "service":
        return "" if unit.code.startswith(GENERAL) else link("insight.service", code=unit.code, **args)
    if unit.kind == "department":
        return link("insight.department", code=unit.code, **args)
    return link("insight.areas", area=unit.code, **args)


def score_cell(card: Scorecard) -> Cell:
    """Score with interval as text and as a bar; says so where there is too little data."""
    if card.score is None or card.low is None or card.high is None:
        return Cell(None, _("数据不足"))
    return Cell(
        round(card.score, 1), f"{card.score:.1f}", note=_("%(low)s–%(high)s", low=f"{card.low:.0f}", high=f"{card.high:.0f}"),
        bar=interval_bar(card.low, card.score, card.high, card.raw_score, card.target, card.tier.value),
    )  # fmt: skip


def tier_cell(card: Scorecard) -> Cell:
    """Against the target, in words and a badge."""
    text = _(card.tier.label)
    if card.tier is Tier.INSUFFICIENT:
        return Cell(text)
    return Cell(text, badge=f"badge-{TONES[card.tier]}" if TONES[card.tier] else "badge-plain")


def _plain(label: str, make: Callable[[Scorecard], Cell], number_: bool = True, screen: bool = True) -> Field:
    return Field(Column(label, number_, screen), make)


def score_fields() -> list[Field]:
    """Score, its interval, the raw score, tier and change."""
    return [
        _plain(_("得分"), score_cell),
        _plain(_("区间下限"), lambda c: number(c.low), screen=False),
        _plain(_("区间上限"), lambda c: number(c.high), screen=False),
        _plain(_("原始分"), lambda c: number(c.raw_score)),
        _plain(_("与目标比"), tier_cell, number_=False),
        _plain(_("比上期"), lambda c: signed(c.change, c.change_is_clear)),
    ]


def voice_fields(window: Window) -> list[Field]:
    """How many spoke, with the cases of the window behind the numbers."""
    days = spanned(window)

    def votes(card: Scorecard) -> Cell:
        if card.unit.code.startswith(GENERAL):
            return count(card.votes)
        return count(card.votes, link("desk.reviews", view="all", votes="1", **_owner(card), **days))

    def received(card: Scorecard) -> Cell:
        return count(card.counts["received"], link("desk.queue", view="all", **_owner(card), **days))

    def late(card: Scorecard) -> Cell:
        return count(card.overdue, link("desk.queue", view="overdue", **_owner(card), **days))

    def good(card: Scorecard) -> Cell:
        """The share of good votes leads to those that were not."""
        cell = share(card.plain_rates["good"].value)
        href = (
            ""
            if card.unit.code.startswith(GENERAL)
            else link("desk.reviews", view="all", votes="poor", **_owner(card), **days)
        )
        return replace(cell, href=href if cell.value is not None else "")

    def solved(card: Scorecard) -> Cell:
        """The share solved leads to those who said that it was not."""
        cell = share(card.plain_rates["resolution"].value)
        href = link("desk.queue", view="all", solved="unsolved", **_owner(card), **days)
        return replace(cell, href=href if cell.value is not None else "")

    def in_time(card: Scorecard) -> Cell:
        cell = share(card.plain_rates["on_time"].value)
        href = link("desk.queue", view="all", clock="late", **_owner(card), **days)
        return replace(cell, href=href if cell.value is not None else "")

    return [
        _plain(_("评价数"), votes),
        _plain(_("诉求数"), received),
        _plain(_("好评率"), good),
        _plain(_("解决率"), solved),
        _plain(_("按期办结率"), in_time),
        _plain(_("超期未办"), late),
    ]


def _owner(card: Scorecard) -> dict[str, str]:
    """The desk's filter for what the unit answers for."""
    return {card.unit.kind: card.unit.code}


def demand_fields() -> list[Field]:
    """Demand per 1,000 uses (services) or 10,000 residents (places), and what comes first."""
    return [
        _plain(_("需求强度"), lambda c: number(c.demand.adjusted if c.demand else None)),
        _plain(_("优先度"), lambda c: number(c.priority, 0)),
    ]


def brief_fields(window: Window) -> list[Field]:
    """What comes first, and why."""
    score, *_rest = score_fields()
    voices = voice_fields(window)
    return [score, *score_fields()[3:5], *demand_fields(), *voices[:2], voices[3]]


def ratings_field() -> Field:
    """The distribution of the five levels."""

    def make(card: Scorecard) -> Cell:
        ratings = card.ratings
        text = " / ".join(str(n) for n in reversed(ratings))
        return Cell(text, ratings=rating_bar(ratings))

    return _plain(_("五级评价（好→差）"), make, number_=False)


def card_table(
    key: str, title: str, cards: Iterable[Scorecard], fields: Sequence[Field], args: Mapping[str, Any],
    first: str, with_department: bool = False, caption: str = "",
) -> Table:  # fmt: skip
    """A table of scorecards, headed by the unit's name and (in files) its code; the department under the name."""
    head = [
        Field(Column(first), lambda c: _name(c, args, with_department)),
        _plain(_("编号"), lambda c: Cell(c.unit.code), number_=False, screen=False),
    ]
    if with_department:
        head.append(_plain(_("承办单位"), lambda c: Cell(c.unit.department_name), False, screen=False))
    fields = [*head, *fields]
    rows = [[f.cell(card) for f in fields] for card in cards]
    chance = _("变化前的“~”表示在偶然波动范围内。")
    return Table(key, title, [f.column for f in fields], rows, f"{caption}{chance}")


def _name(card: Scorecard, args: Mapping[str, Any], with_department: bool) -> Cell:
    home = card.unit.department if with_department else ""
    return Cell(
        unit_name(card), href=unit_link(card, args), under=card.unit.department_name if home else "",
        under_href=link("insight.department", code=home, **args) if home else "",
    )  # fmt: skip


def _indicator_links(owner: Mapping[str, str], window: Window) -> dict[str, tuple[str, str]]:
    """The lists behind numerators and denominators (queries/desk_counts)."""
    days = {"view": "all", **owner, **spanned(window)}

    def reviews(which: str) -> str:
        return link("desk.reviews", votes=which, **days)

    def requests(which: str) -> str:
        return link("desk.queue", counted=which, **days)

    uses = link("desk.reviews", **days)
    return {
        "good": (reviews("good"), reviews("1")), "active": (reviews("1"), uses), "unrated": (reviews("not"), uses),
        "bad_replied": (reviews("replied"), reviews("reply_due")),
        "bad_rectified": (reviews("mended"), reviews("mend_due")),
        "rectified_satisfied": (reviews("mend_content"), reviews("mend_heard")),
        "response": (requests("contacted"), requests("contact_heard")),
        "resolution": (requests("solved"), requests("solve_heard")),
        "satisfaction": (requests("content"), requests("content_heard")),
        "on_time": (requests("met"), requests("clocked")),
    }  # fmt: skip


def indicator_table(rates: Mapping[str, Rate], owner: Mapping[str, str], window: Window) -> Table:
    """The official indicators: numerator, denominator, interval, what was left out, and the definition.

    ``owner``: the desk's filter for whose they are, e.g. ``{"service": "HR-001"}``.
    """
    links = _indicator_links(owner, window)
    columns = [
        Column(_("指标")), Column(_("数值"), True), Column(_("分子"), True), Column(_("分母"), True),
        Column(_("区间下限"), True, False), Column(_("区间上限"), True, False),
        Column(_("可信区间"), True), Column(_("未计入")), Column(_("口径")),
    ]  # fmt: skip
    rows = []
    for rate in rates.values():
        behind = links.get(rate.indicator.key, ("", ""))
        left_out = "；".join(f"{_(EXCLUSION_LABELS[key])} {n}" for key, n in rate.exclusions.items() if n)
        words = rate.indicator
        known = rate.value is not None
        rows.append([
            Cell(_(words.label)), share(rate.value), count(rate.numerator, behind[0]), count(rate.denominator, behind[1]),
            number(rate.low * 100 if known else None), number(rate.high * 100 if known else None),
            Cell(f"{rate.low * 100:.0f}–{rate.high * 100:.0f}%" if known else "—"),
            Cell(left_out or _("无")),
            Cell(_("%(top)s ÷ %(bottom)s", top=_(words.numerator), bottom=_(words.denominator))),
        ])  # fmt: skip
    return Table(
        "indicators", _("法定指标"), columns, rows, _("只列计数与区间，分子、分母和未计入的数一并公布。")
    )
