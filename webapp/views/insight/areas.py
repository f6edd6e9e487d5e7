"""Districts and streets: tables and the map."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.scores import Tier
from webapp.domain.text import N_
from webapp.queries import evaluation
from webapp.queries.scorecards import Scorecard
from webapp.queries.units import DISTRICT, STREET
from webapp.security import staff
from webapp.views.insight import bp, score_tables
from webapp.views.insight.filters import OFFICIALS, Filters, filters, link, within
from webapp.views.insight.maps import CityMap, city_map, edges, step_of
from webapp.views.insight.page import show
from webapp.views.insight.tables import Table

MEASURES = {
    "score": N_("得分"),
    "demand": N_("需求强度（每万人）"),
    "resolution": N_("解决率"),
    "overdue": N_("超期未办"),
}


def area_table(key: str, title: str, cards: list[Scorecard], chosen: Filters) -> Table:
    """Scores, voices and demand of places."""
    fields = [*score_tables.score_fields(), *score_tables.voice_fields(), *score_tables.demand_fields()]
    return score_tables.card_table(
        key, title, cards, fields, within(chosen), _("区域"),
        caption=_("按诉求发生地和办事地点统计；需求强度：每万人的诉求与评价数。"),
    )  # fmt: skip


def measured(card: Scorecard, measure: str) -> tuple[float | None, str]:
    """Value of a measure and how it reads."""
    if measure == "score":
        return card.score, _("数据不足") if card.score is None else f"{card.score:.1f}"
    if measure == "demand":
        value = card.demand.adjusted if card.demand else None
        return value, "—" if value is None else f"{value:.0f}"
    if measure == "resolution":
        rate = card.plain_rates["resolution"].value
        return (None, "—") if rate is None else (rate * 100, f"{rate * 100:.0f}%")
    return float(card.overdue), str(card.overdue)


def street_map(cards: list[Scorecard], measure: str) -> CityMap | None:
    """The map of streets by a measure; each street leads to its cases."""
    hrefs = {card.unit.code: link("desk.queue", view="all", area=card.unit.code) for card in cards}
    if measure == "score":
        # Shades of scores that do not differ beyond chance would show nothing but chance.
        steps = {card.unit.code: (card.tier.value, measured(card, measure)[1]) for card in cards}
        return city_map(steps, [(tier.value, _(tier.label)) for tier in Tier], hrefs)
    values = {card.unit.code: measured(card, measure) for card in cards}
    scale = edges([value for value, _text in values.values() if value is not None])
    steps = {
        code: ("none" if value is None else str(step_of(value, scale)), text)
        for code, (value, text) in values.items()
    }
    legend = [(str(step), f"{low:.0f}–{high:.0f}") for step, (low, high) in enumerate(scale)]
    return city_map(steps, [*legend, ("none", _("数据不足"))], hrefs)


def chosen_measure(streets: list[Scorecard]) -> str:
    """The measure that the address asks for; else scores where any differs beyond chance, and demand where none does."""
    wish = request.args.get("measure", "")
    if wish in MEASURES:
        return wish
    return "score" if any(card.tier in (Tier.ABOVE, Tier.BELOW) for card in streets) else "demand"


def measure_choices() -> list[tuple[str, str]]:
    """(key, translated name) of the map's measures."""
    return [(key, _(text)) for key, text in MEASURES.items()]


@bp.get("/areas")
@staff(*OFFICIALS)
def areas() -> Any:
    """Districts and streets; the map shows one measure at a time."""
    chosen = filters()
    districts = evaluation.area_scorecards(DISTRICT, chosen.window)
    streets = evaluation.area_scorecards(STREET, chosen.window)
    measure = chosen_measure(streets)
    shown = [card for card in streets if not chosen.district or card.unit.area == chosen.district]
    tables = [
        area_table("districts", _("各区"), districts, chosen),
        area_table("streets", _("各街道"), shown, chosen),
    ]
    return show(
        "insight/areas.html", "areas", chosen, tables, map=street_map(streets, measure), measure=measure,
        measures=measure_choices(), unplaced=evaluation.unplaced(chosen.window),
    )  # fmt: skip
