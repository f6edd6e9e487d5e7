"""单位满意度: every department with its score, its published numbers, and what was put right because people spoke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask_babel import gettext as _

from webapp.domain.indicators import EXCLUSION_LABELS
from webapp.domain.scores import TIER_LABELS, Tier
from webapp.queries import public as queries
from webapp.queries import public_scores, publications
from webapp.queries.open_scores import Raw
from webapp.queries.policy import scoring_policy
from webapp.queries.public_scores import PublicScore
from webapp.queries.publications import OpenRate
from webapp.queries.publishing import people_words, plain_words
from webapp.security import public
from webapp.views.public import bp
from webapp.views.public.figures import Line, lines, period_facts, reasons
from webapp.views.public.named import named_department

_ORDER = (Tier.ABOVE, Tier.AROUND, Tier.BELOW, Tier.INSUFFICIENT)


@dataclass(frozen=True, slots=True)
class Group:
    """Departments that stand alike; within a group by name, because their order is chance."""

    label: str
    cards: Sequence[PublicScore]


@bp.get("/departments")
@public
def departments() -> str:
    """All departments in joint tiers: no ranks, which would be noise."""
    scores = public_scores.latest()
    cards = scores.departments.values() if scores else ()
    groups = [
        Group(_(TIER_LABELS[tier]), sorted((c for c in cards if c.tier is tier), key=lambda c: c.name))
        for tier in _ORDER
    ]
    return render_template(
        "public/departments.html", groups=[group for group in groups if group.cards],
        period=period_facts(publications.current()), sure=scoring_policy().score.sure,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Indicator:
    """An official indicator as the page prints it."""

    rate: OpenRate
    label: str
    meaning: str
    left_out: str


def _indicator(rate: OpenRate) -> Indicator:
    words = [
        f"{_(EXCLUSION_LABELS[key])} {count if count is not None else _('不公布')}"
        for key, count in rate.left_out.items()
        if count != 0
    ]
    meaning = f"{_(rate.indicator.numerator)} ÷ {_(rate.indicator.denominator)}"
    return Indicator(rate, _(rate.indicator.label), meaning, _("、").join(words))


@bp.get("/departments/<code>")
@public
def department(code: str) -> str:
    """One department."""
    found = named_department(code)
    scores = public_scores.latest()
    card = scores.departments.get(code) if scores else None
    services = queries.find_services("", code)
    published = publications.current()
    heard = published.reviews((code, "")) if published else None
    return render_template(
        "public/department.html", department=found, line=Line(
            code, found.name, card, heard, raw_score=Raw(scores).of(card, (code, "")) if scores else None,
        ),
        words=plain_words(card) if card else "", tier=_(TIER_LABELS[card.tier]) if card else "",
        said=people_words(heard.rate) if heard else "", services=lines(services),
        indicators=[_indicator(rate) for rate in published.rates((code, ""))] if published else [],
        reasons=reasons(heard), appealed=published.appeals.get(code) if published else None,
        period=period_facts(published), mended=queries.mended([found.id]), solved=queries.solved_requests(found.id),
    )  # fmt: skip
