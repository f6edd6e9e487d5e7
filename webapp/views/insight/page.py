"""What every insight page does the same way: give the file that was asked for, or render with the usual context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, render_template
from flask_babel import gettext as _

from webapp.domain.scores import PART_LABELS, PARTS
from webapp.queries import public_scores
from webapp.queries.policy import WINDOWS, EvaluationPolicy, scoring_policy
from webapp.queries.public_scores import PublicScore
from webapp.queries.scorecards import Scorecard
from webapp.queries.scoring import today
from webapp.queries.units import GENERAL, catalogue
from webapp.views.insight.export import export
from webapp.views.insight.filters import Filters, district_choices, link, spanned, within
from webapp.views.insight.tables import Table


def weights_text(policy: EvaluationPolicy) -> str:
    """The weights of the parts as one line, for printing beside scores."""
    total = sum(policy.score.weights.values())
    return _("、").join(
        f"{_(PART_LABELS[part])} {policy.score.weights[part] / total * 100:.0f}%"
        for part in PARTS
        if policy.score.weights.get(part)
    )


def peer_groups_text(policy: EvaluationPolicy) -> str:
    """The groups of peers as one line: name and the beginnings of codes."""
    return _("；").join(f"{name}（{' '.join(starts)}）" for name, starts in policy.peer_groups.items())


def sections(args: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(endpoint, address, text) of the sub-menu, as far as this member of staff may go."""
    names = {
        "insight.overview": _("总览"), "insight.peer_departments": _("各单位"), "insight.services": _("服务事项"),
        "insight.areas": _("区域"), "insight.categories": _("诉求分类"), "insight.hot_topics": _("热点"),
        "insight.monthly": _("每月一题"), "insight.heard_city": _("听到多少"), "insight.set_aside": _("已搁置的评价"),
        "reports.index": _("月报"),
    }  # fmt: skip
    return [(endpoint, href, text) for endpoint, text in names.items() if (href := link(endpoint, **args))]


def public_score(card: Scorecard) -> PublicScore | None:
    """What residents see of this unit: a number of a closed day, where this page is live."""
    scores = public_scores.latest()
    if scores is None:
        return None
    return (scores.services if card.unit.kind == "service" else scores.departments).get(card.unit.code)


def basis(card: Scorecard, chosen: Filters) -> dict[str, str]:
    """The lists that a score rests on: votes, the bad ones of them, requests, words on a case."""
    own = {"view": "all", card.unit.kind: card.unit.code, **spanned(chosen.window)}
    general = card.unit.code.startswith(GENERAL)
    return {
        "votes": "" if general else link("desk.reviews", votes="1", **own),
        "bad": "" if general else link("desk.reviews", votes="bad", **own),
        "requests": link("desk.queue", **own), "answers": link("desk.queue", counted="solve_heard", **own),
    }  # fmt: skip


def show(
    template: str, name: str, chosen: Filters, tables: Sequence[Table], **context: Any
) -> Response | str:
    """The page, or one of its tables as a file (``?format=``); ``tables`` are by key in the template."""
    file = export(name, tables)
    if file is not None:
        return file
    policy, args = scoring_policy(chosen.window.last), within(chosen)
    return render_template(
        template, filters=chosen, live=chosen.window.last == today(), policy=policy, weights_text=weights_text(policy), args=args,
        tables={table.key: table for table in tables}, sections=sections(args), windows=WINDOWS,
        districts=district_choices(catalogue()), part_labels=PART_LABELS, peer_groups_text=peer_groups_text(policy),
        **context,
    )  # fmt: skip
