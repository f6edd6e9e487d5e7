"""``/insight/``: the city at a glance, and what needs an official's hand first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.models import ServiceRequest, utcnow
from webapp.queries import evaluation, voices
from webapp.queries.categories import early_hints
from webapp.queries.findings import stand_out
from webapp.queries.scorecards import Scorecard
from webapp.queries.units import DISTRICT, STREET
from webapp.security import staff
from webapp.views.insight import areas as area_pages
from webapp.views.insight import bp, quadrants, score_tables
from webapp.views.insight import findings as finding_lines
from webapp.views.insight.categories import categories_table, hints_table
from webapp.views.insight.filters import Filters, filters, link, spanned, within
from webapp.views.insight.page import show
from webapp.views.insight.services import first_table, ordered
from webapp.views.insight.tables import Cell, Column, Table, count

FIRST = 10


def departments_table(cards: list[Scorecard], chosen: Filters) -> Table:
    """Departments with services, in tiers: below the target first, within a tier in the order of the catalogue."""
    fields = [*score_tables.score_fields(), *score_tables.voice_fields(chosen.window)]
    return score_tables.card_table(
        "departments", _("各单位"), cards, fields, within(chosen), _("单位"),
        caption=_("单位得分 = 所属服务事项得分按需求量加权，区级单位承办的也算在内；右边的件数和比率只算本单位自己承办的。")
        + _("与目标比较有九成以上把握才标色，同档内不排名次。"),
    )  # fmt: skip


def offices_table(cards: list[Scorecard], chosen: Filters) -> Table:
    """Departments without services of their own, by the requests that they answer."""
    fields = [*score_tables.score_fields(), *score_tables.voice_fields(chosen.window)]
    return score_tables.card_table(
        "offices", _("没有服务事项的单位"), cards, fields, within(chosen), _("单位"),
        caption=_("按承办的诉求计分，只在这些单位之间比较。"),
    )  # fmt: skip


def supervise_table(items: Sequence[ServiceRequest]) -> Table:
    """Requests past their deadline, longest first: an official can ask for an answer on the case's page."""
    columns = [
        Column(_("编号")), Column(_("诉求")), Column(_("承办单位")), Column(_("区域")), Column(_("超期天数"), True),
        Column(_("督办")),
    ]  # fmt: skip
    now = utcnow()
    rows = [
        [
            Cell(r.service_request_id, href=link("desk.case", number=r.service_request_id)),
            Cell(r.category.name if r.category else _("未分类")), Cell(r.department.short_name or r.department.name),
            Cell(r.area.name), count(max((now - r.due_at).days, 0)),
            Cell(_("已督办"), badge="badge-info") if r.supervised_at else Cell(_("未督办")),
        ]
        for r in items
    ]  # fmt: skip
    return Table("supervise", _("超期未办，可以督办"), columns, rows)


def service_quadrant(cards: list[Scorecard], args: dict[str, Any]) -> quadrants.Quadrant | None:
    """Services by demand and score."""
    placed = [
        quadrants.Placed(
            score_tables.unit_name(card), card.demand.adjusted, card.score, card.priority or 0.0,
            score_tables.unit_link(card, args), card.tier.value,
            _("%(name)s：得分 %(score)s，需求强度 %(demand)s", name=score_tables.unit_name(card),
              score=f"{card.score:.1f}", demand=f"{card.demand.adjusted:.1f}"),
        )
        for card in cards
        if card.score is not None and card.demand is not None
    ]  # fmt: skip
    return quadrants.quadrant(placed, cards[0].target if cards else None)


def in_tiers(cards: list[Scorecard]) -> list[Scorecard]:
    """Below the target first; within a tier in the order of the catalogue."""
    order = {"below": 0, "around": 1, "above": 2, "insufficient": 3}
    return sorted(cards, key=lambda c: (order[c.tier.value], c.unit.id))


@bp.get("/")
@staff(Permission.SEE_CITY)
def overview() -> Any:
    """Satisfaction by service, department and district; what comes first; what runs hot; what is overdue."""
    chosen = filters()
    window, args = chosen.window, within(chosen)
    services = chosen.chosen(evaluation.service_scorecards(window))
    everybody = evaluation.department_scorecards(window)
    departments = chosen.chosen(everybody)
    districts = [c for c in evaluation.area_scorecards(DISTRICT, window) if chosen.reaches(c)]
    streets = [c for c in evaluation.area_scorecards(STREET, window) if chosen.reaches(c)]
    ranked = in_tiers(departments)
    sums, found, late = evaluation.together(departments, window)
    place = chosen.place()
    # The numbers of the page are its departments'.
    here = {"home": place.code if place else ""}
    items, overdue = voices.overdue_requests(place.id if place else None)
    hints = [
        h
        for h in early_hints(window.last)
        if chosen.bounds.has_area(h.area)
        and (not chosen.district or evaluation.within_district(h.area, chosen.district))
    ]
    first = ordered([c for c in services if c.priority], "priority")[:FIRST]
    measure = area_pages.chosen_measure(streets)
    city = evaluation.together(everybody, window)[1]
    noticed = finding_lines.lines(stand_out(services, departments, city), hints, city, args)
    tables = [
        area_pages.area_table("districts", _("各区"), districts, chosen),
        departments_table([c for c in ranked if c.method == "composite"], chosen),
        offices_table([c for c in ranked if c.method != "composite"], chosen), first_table(chosen, first),
        categories_table(chosen.demand()[:FIRST], chosen), hints_table(hints, window.last), supervise_table(items),
        score_tables.indicator_table(found, here, window),
    ]  # fmt: skip
    return show(
        "insight/overview.html", "overview", chosen, tables, sums=sums, rates=found, overdue=overdue,
        quadrant=service_quadrant(services, args), map=area_pages.street_map(streets, measure, chosen), measure=measure,
        measures=area_pages.measure_choices(), late=late,
        unplaced=chosen.unplaced(), link=link, noticed=noticed, narrowed=here | spanned(window),
    )  # fmt: skip
