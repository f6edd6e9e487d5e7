"""Districts and streets: tables and the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.domain.scores import Tier
from webapp.domain.text import N_
from webapp.errors import NotFound
from webapp.queries import drill, evaluation
from webapp.queries.publishing import plain_words
from webapp.queries.scorecards import Scorecard, Unit
from webapp.queries.units import DISTRICT, STREET, catalogue
from webapp.security import staff
from webapp.views.insight import bp, score_tables
from webapp.views.insight.filters import Filters, filters, link, spanned, within
from webapp.views.insight.maps import CityMap, area_map, city_map, edges, step_of
from webapp.views.insight.page import basis, show
from webapp.views.insight.tables import Table

MEASURES = {
    "score": N_("得分"),
    "experience": N_("满意度（体验）"),
    "resolution": N_("问题解决"),
    "demand": N_("需求强度（每万人）"),
    "unmet": N_("未满足的需求（需求 × 差距）"),
    "overdue": N_("超期未办"),
}


def area_table(key: str, title: str, cards: list[Scorecard], chosen: Filters) -> Table:
    """Scores, voices and demand of places."""
    fields = [
        *score_tables.score_fields(),
        *score_tables.voice_fields(chosen.window),
        *score_tables.demand_fields(),
    ]
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
    if measure == "unmet":
        return card.priority, "—" if card.priority is None else f"{card.priority:.0f}"
    if measure in ("experience", "resolution"):
        # Shrunk to the peers: of a grid with two answers a raw share would shade the map by chance.
        part = card.parts.get("E" if measure == "experience" else "R")
        if part is None:
            return None, "—"
        span = f"{part.low * 100:.0f}–{part.high * 100:.0f}"
        return part.adjusted * 100, _("%(value)s（%(span)s）", value=f"{part.adjusted * 100:.0f}", span=span)
    return float(card.overdue), str(card.overdue)


def street_map(cards: list[Scorecard], measure: str, chosen: Filters) -> CityMap | None:
    """The map of streets by a measure; each street leads to what lies in it."""
    args = within(chosen) | ({"measure": measure} if request.args.get("measure") else {})
    hrefs = {card.unit.code: link("insight.areas", area=card.unit.code, **args) for card in cards}
    return city_map(*_filled(cards, measure), hrefs)


Steps = dict[str, tuple[str, str]]


def _filled(cards: Sequence[Scorecard], measure: str) -> tuple[Steps, list[tuple[str, str]]]:
    """Each area's step of the scale with its value as text, and the legend."""
    if measure == "score":
        # Shades of scores that do not differ beyond chance would show nothing but chance.
        steps = {card.unit.code: (card.tier.value, measured(card, measure)[1]) for card in cards}
        return steps, [(tier.value, _(tier.label)) for tier in Tier]
    values = {card.unit.code: measured(card, measure) for card in cards}
    scale = edges([value for value, _text in values.values() if value is not None])
    steps = {
        code: ("none" if value is None else str(step_of(value, scale)), text)
        for code, (value, text) in values.items()
    }
    legend = [(str(step), f"{low:.0f}–{high:.0f}") for step, (low, high) in enumerate(scale)]
    return steps, [*legend, ("none", _("数据不足"))]


def chosen_measure(streets: Sequence[Scorecard]) -> str:
    """The measure that the address asks for; else scores where any differs beyond chance, and demand where none does."""
    wish = request.args.get("measure", "")
    if wish in MEASURES:
        return wish
    return "score" if any(card.tier in (Tier.ABOVE, Tier.BELOW) for card in streets) else "demand"


def measure_choices() -> list[tuple[str, str]]:
    """(key, translated name) of the map's measures."""
    return [(key, _(text)) for key, text in MEASURES.items()]


def part_map(area: Unit, cards: Sequence[Scorecard], chosen: Filters, measure: str) -> CityMap | None:
    """The map of the parts of an area by a measure; each leads one step down, a grid to its cases."""
    args = within(chosen) | ({"measure": measure} if request.args.get("measure") else {})
    hrefs = {
        card.unit.code: link("insight.areas", area=card.unit.code, **args)
        if card.unit.level < drill.GRID
        else link("desk.queue", view="all", area=card.unit.code, **spanned(chosen.window))
        for card in cards
    }
    return area_map(area, *_filled(cards, measure), hrefs)


def _asked(chosen: Filters) -> Unit:
    """The area that the address asks for, or the chosen district, or all that this member of staff may see."""
    known = catalogue()
    code = request.args.get("area", "")
    found = known.area(code) if code else known.area(chosen.district)
    if found is None or not chosen.bounds.has_area(found.code):
        if code:
            raise NotFound(_("没有找到这个区域。"))
        found = known.areas[chosen.bounds.own.id] if chosen.bounds.own else known.within(1)[0]
    return found


PART_TITLES = {1: N_("各区"), 2: N_("各街道"), 3: N_("各社区"), 4: N_("各网格"), 5: ""}


def _city(chosen: Filters, cards: list[Scorecard]) -> tuple[CityMap | None, str, list[Table]]:
    """The whole city: streets on the map, because four districts are no map."""
    streets = [c for c in evaluation.area_scorecards(STREET, chosen.window) if chosen.reaches(c)]
    measure = chosen_measure(streets)
    tables = [
        area_table("districts", _("各区"), cards, chosen), area_table("streets", _("各街道"), streets, chosen),
    ]  # fmt: skip
    return street_map(streets, measure, chosen), measure, tables


@bp.get("/areas")
@staff(Permission.SEE_CITY)
def areas() -> Any:
    """One area and its parts, down to the grids; the map shows one measure at a time."""
    chosen = filters()
    area = _asked(chosen)
    cards = drill.part_cards(area, chosen.window)
    if area.level == 1:
        drawn, measure, tables = _city(chosen, cards)
    else:
        measure = chosen_measure(cards)
        drawn = part_map(area, cards, chosen, measure)
        key = "streets" if area.level == DISTRICT else "parts"
        tables = [area_table(key, _(PART_TITLES[area.level]), cards, chosen)] if cards else []
    own = drill.own_card(area, chosen.window)
    way = [unit for unit in drill.line(area)[:-1] if chosen.bounds.has_area(unit.code)]
    return show(
        "insight/areas.html", f"areas-{area.code}", chosen, tables, map=drawn, measure=measure, area=area, own=own,
        measures=measure_choices(), unplaced=chosen.unplaced() if area.level == 1 else 0, way=way, shown=tables, link=link,
        words=plain_words(own) if own else "",
        basis=basis(own, chosen) if own else {}, score_cell=score_tables.score_cell(own) if own else None,
        cases=link("desk.queue", view="all", area=area.code, **spanned(chosen.window)),
    )  # fmt: skip
