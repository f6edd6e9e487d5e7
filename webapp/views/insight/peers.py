"""Departments in tiers and in a funnel: who differs from the city by more than chance, without a league table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.domain.scores import TIER_LABELS, Tier
from webapp.queries import evaluation, peers
from webapp.queries.scorecards import Scorecard
from webapp.security import staff
from webapp.views.insight import bp, funnels, score_tables
from webapp.views.insight.filters import Filters, filters, within
from webapp.views.insight.overview import departments_table, in_tiers, offices_table
from webapp.views.insight.page import show

TIERS = (Tier.BELOW, Tier.AROUND, Tier.ABOVE, Tier.INSUFFICIENT)


def _tiers(cards: Sequence[Scorecard]) -> list[tuple[Tier, str, list[Scorecard]]]:
    """Each tier that has somebody, its members in the order of the catalogue."""
    found = [(tier, _(TIER_LABELS[tier]), [c for c in cards if c.tier is tier]) for tier in TIERS]
    return [line for line in found if line[2]]


def _link(chosen: Filters) -> Callable[[Scorecard], str]:
    args = within(chosen)
    return lambda card: score_tables.unit_link(card, args) if chosen.reaches(card) else ""


@bp.get("/peers")
@staff(Permission.SEE_CITY)
def peer_departments() -> Any:
    """Tiers by score, and two funnels of experience: of departments and of services."""
    chosen = filters()
    href = _link(chosen)
    cards = [c for c in evaluation.department_scorecards(chosen.window) if chosen.keeps(c)]
    composites = [c for c in in_tiers(cards) if c.method == "composite"]
    offices = [c for c in in_tiers(cards) if c.method != "composite"]
    units, services = peers.department_peers(chosen.window), peers.service_peers(chosen.window)
    tables = [
        departments_table(composites, chosen), offices_table(offices, chosen), funnels.funnel_table(units, href),
        funnels.funnel_table(services, href, "service-funnel", _("各服务事项的漏斗图")),
    ]  # fmt: skip
    return show(
        "insight/peers.html", "peers", chosen, tables, tiers=_tiers(composites), office_tiers=_tiers(offices),
        link_of=href, funnel=funnels.funnel_chart(units, href), service_funnel=funnels.funnel_chart(services, href),
    )  # fmt: skip
