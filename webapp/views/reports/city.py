"""The monthly report of the city, or of a district: what a mayor needs on a few pages, from the overview's numbers."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _

from webapp.domain import report_city, report_people, report_score, report_work
from webapp.domain.periods import Period
from webapp.domain.report_city import Wanted
from webapp.domain.report_people import Kind
from webapp.domain.scores import Tier
from webapp.domain.sentences import Sentence, count
from webapp.queries.findings import LEAST_ANSWERS
from webapp.queries.report_city import CityFacts
from webapp.queries.scorecards import Scorecard
from webapp.views.filters import moment
from webapp.views.insight import score_tables
from webapp.views.reports import parts, topics, units
from webapp.views.reports.document import Block, Document, Grid, Points, Section, told

MOST_SERVICES, MOST_KINDS, MOST_OWED = 10, 10, 8


def _first(facts: CityFacts) -> list[Scorecard]:
    return sorted((c for c in facts.services if c.priority), key=lambda c: -(c.priority or 0.0))


def _wanted(facts: CityFacts) -> list[Sentence]:
    found = [
        Wanted(
            score_tables.unit_name(c), c.unit.department_name, c.demand.adjusted, c.demand.low, c.demand.high, c.score,
            c.low or 0.0, c.high or 0.0, c.tier is Tier.BELOW,
        )
        for c in _first(facts) if c.demand is not None and c.score is not None
    ]  # fmt: skip
    return report_city.wanted_lines(found)


def _kinds(facts: CityFacts) -> list[Kind]:
    return [
        Kind(
            line.name, line.received, line.before, line.resolution.denominator - line.resolution.numerator,
            line.resolution.denominator,
        )
        for line in facts.categories
    ]  # fmt: skip


def _summary(facts: CityFacts) -> Points:
    heard = report_people.heard_lines(parts.voices_of(facts.services, facts.window.days))[:1]
    text = _("收到诉求 %(received)s 件、有效评价 %(votes)s 条，另搁置 %(aside)s 条；超期未办 %(late)s 件。",
             received=count(facts.sums["received"]), votes=count(report_votes(facts)),
             aside=count(facts.sums["set_aside"]), late=count(facts.overdue))  # fmt: skip
    rates = Sentence(parts.RATES, {"rates": report_score.rate_lines(facts.rates)})
    found = [
        Sentence("%(text)s", {"text": text}),
        rates,
        *units.tiers(units.composites(facts), report_city.DEPARTMENTS),
    ]
    kinds = report_people.asked_lines(_kinds(facts), facts.sums["received"])[:2]
    return told([*found, *kinds, *_wanted(facts)[:1], *heard])


def report_votes(facts: CityFacts) -> int:
    """Active valid votes of the period."""
    return sum(card.votes for card in facts.departments)


def _people(facts: CityFacts) -> list[Block]:
    kinds = _kinds(facts)
    blocks: list[Block] = [told(report_people.asked_lines(kinds, facts.sums["received"])[1:])]
    rows = [
        [
            line.name, line.group, count(line.received), count(line.before),
            parts.percent(line.resolution.value),
            f"{count(line.resolution.numerator)} ÷ {count(line.resolution.denominator)}",
            parts.percent_span(line.resolution.low, line.resolution.high) if line.resolution.denominator else parts.DASH,
        ]
        for line in facts.categories[:MOST_KINDS]
    ]  # fmt: skip
    head = [_("诉求分类"), _("大类"), _("本期"), _("上期"), _("解决率"), _("分子 ÷ 分母"), _("95% 区间")]
    if rows:
        blocks.append(
            Grid(_("群众反映最多的"), head, rows, (2, 3, 4, 5, 6), "", (2, 1.6, 0.8, 0.8, 1, 1.3, 1.2))
        )
    first = _first(facts)
    blocks.append(told(_wanted(facts)))
    if first:
        grid = parts.services_grid(first[:MOST_SERVICES], _("优先度高的服务事项"), with_department=True)
        blocks.append(parts.services_figure([c for c in facts.services if c.demand], grid) or grid)
    return blocks


def _hot(facts: CityFacts) -> list[Block]:
    found = [
        report_work.surge_line(hint.category_name, hint.area_name, day, hint.count, hint.expected)
        for hint, day in facts.hints
    ]
    quiet = _("本期没有哪一类诉求在哪个区域明显高于它自己以往的水平。")
    lines = told(found) if found else Points([quiet])
    return [lines, _stand_out(facts)]


def _stand_out(facts: CityFacts) -> Points:
    fast, solved = facts.rates["on_time"].value or 0.0, facts.rates["resolution"].value or 0.0
    found: list[Sentence | None] = [
        report_city.hollow_line(
            c.unit.name, c.plain_rates["on_time"], fast, c.plain_rates["resolution"], solved
        )
        for c in facts.findings.hollow
    ]
    for card in facts.findings.moved:
        was = (
            card.before["rating_1"] + card.before["rating_2"],
            sum(card.before[f"rating_{i}"] for i in range(1, 6)),
        )
        found.append(report_city.service_moved_line(parts.unit_of(card), was, (card.bad, card.votes)))
    lines = [line for line in found if line is not None]
    if lines:
        return told(lines)
    text = _(
        "没有“办得快、没解决”的单位，也没有哪个服务事项的变化大到超出偶然（至少 %(n)s 个答复才下结论）。",
        n=LEAST_ANSWERS,
    )
    return Points([text])


def _then_and_now(facts: CityFacts) -> list[report_city.Unit]:
    return [
        report_city.Unit(
            score_tables.unit_name(was), now.score if now else None, None, None, was.tier,
            sd=now.sd if now else None, previous=was.score, previous_sd=was.sd,
        )
        for was, now in facts.followed
    ]  # fmt: skip


def _owed(facts: CityFacts) -> list[Block]:
    kept, late = facts.commitments, sorted(facts.departments, key=lambda card: -card.overdue)
    text = _("本期受理的诉求超期未办 %(late)s 件；群众说没解决而重新打开 %(reopened)s 次；"
             "退单 %(objected)s 次，转办 %(moved)s 次。",
             late=count(facts.overdue), reopened=count(facts.sums["reopened"]), objected=count(facts.sums["objected"]),
             moved=count(facts.sums["transferred"]))  # fmt: skip
    blocks: list[Block] = [told([
        Sentence("%(text)s", {"text": text}),
        *report_work.commitment_lines(kept.mended, kept.extended, kept.supervised),
    ])]  # fmt: skip
    if facts.followed:
        intro = _("上期有把握低于目标、优先度最高的服务事项，本期怎样：")
        blocks.append(
            told([Sentence("%(text)s", {"text": intro}), *report_city.followed_lines(_then_and_now(facts))])
        )
    rows = [
        [card.unit.name, count(card.overdue), count(card.counts["received"]), parts.percent(card.plain_rates["on_time"].value)]
        for card in late[:MOST_OWED] if card.overdue
    ]  # fmt: skip
    if rows:
        head = [_("单位"), _("超期未办"), _("诉求数"), _("按期办结率")]
        blocks.append(Grid(_("超期未办的单位（件数多的在前）"), head, rows, (1, 2, 3), "", (3, 1, 1, 1.2)))
    return blocks


def _trust(facts: CityFacts) -> list[Block]:
    services = parts.voices_of(facts.services, facts.window.days)
    areas = [report_people.Voice(card.unit.name, card.voices, card.unit.exposure) for card in facts.areas]
    reasons = [(parts.reason(key), number) for key, number in facts.aside]
    appeals = facts.appeals
    lines = report_people.heard_lines(services, areas)
    lines += report_work.fairness_lines(
        sum(n for _reason, n in reasons), reasons, appeals.filed, appeals.granted, appeals.refused
    )
    return [told(lines), *([parts.channels_grid(facts.channels)] if facts.channels else [])]


def city_report(facts: CityFacts, period: Period, language: str) -> Document:
    """The whole report."""
    city = current_app.config["CITY_NAME"]
    unit = facts.place.unit
    sections = [
        Section(_("各单位"), units.departments(facts)),
        Section(_("各区") if unit is None else _("各街道"), units.areas(facts)),
        Section(_("群众要什么，先办什么"), _people(facts)), Section(_("苗头与突出问题"), _hot(facts)),
        Section(_("热点问题"), topics.hot(facts.hot, facts.hot_covered)),
        Section(_("每月一题"), topics.taken_on(facts.taken_on)),
        Section(_("法定指标"), [
            told(report_score.rate_changes(facts.rates, facts.rates_before)),
            parts.indicators(facts.rates, facts.rates_before),
        ]),
        Section(_("欠账与承诺"), _owed(facts)), Section(_("听到了多少，算得公不公"), _trust(facts)),
    ]  # fmt: skip
    meta = [
        _("评价期：%(days)s", days=parts.period_days(period)),
        _("%(city)s群众评价平台出具，数据截至 %(at)s", city=city, at=moment(facts.at)),
    ]
    name = unit.name if unit else city
    return Document(
        f"{unit.code if unit else 'city'}-{period.key}", _("%(unit)s群众评价月报", unit=name),
        parts.period_title(period), meta, _summary(facts), sections, parts.foot(), language,
    )  # fmt: skip
