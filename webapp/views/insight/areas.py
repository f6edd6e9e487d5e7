"""Districts and streets: tables and the map."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.text import N_
from webapp.queries import evaluation
from webapp.queries.scorecards import Scorecard
from webapp.queries.units import DISTRICT, STREET
from webapp.security import staff
from webapp.views.insight import bp, score_tables
from webapp.views.insight.filters import OFFICIALS, Filters, filters, link, within
from webapp.views.insight.maps import CityMap, city_map
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
    return city_map(
        {card.unit.code: measured(card, measure) for card in cards},
        {card.unit.code: link("desk.queue", view="all", area=card.unit.code) for card in cards},
    )


def measure_choices() -> list[tuple[str, str]]:
    """(key, translated name) of the map's measures."""
    return [(key, _(text)) for key, text in MEASURES.items()]


@bp.get("/areas")
@staff(*OFFICIALS)
def areas() -> Any:
    """Districts and streets; the map shows one measure at a time."""
    chosen = filters()
    measure = request.args.get("measure", "score")
    measure = measure if measure in MEASURES else "score"
    districts = evaluation.area_scorecards(DISTRICT, chosen.window)
    streets = evaluation.area_scorecards(STREET, chosen.window)
    shown = [card for card in streets if not chosen.district or card.unit.area == chosen.district]
    tables = [
        area_table("districts", _("各区"), districts, chosen),
        area_table("streets", _("各街道"), shown, chosen),
    ]
    return show(
        "insight/areas.html", "areas", chosen, tables, map=street_map(streets, measure), measure=measure,
        measures=measure_choices(), unplaced=evaluation.unplaced(chosen.window),
    )  # fmt: skip
