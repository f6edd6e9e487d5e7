"""The monthly report of one department: what its head needs on a few pages, written from the numbers of its page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from flask_babel import gettext as _

from nlp.mask import mask_personal_data
from webapp.domain import report_people, report_score, report_work
from webapp.domain.claims import Estimate
from webapp.domain.official import Agreement
from webapp.domain.periods import Period
from webapp.domain.report_people import Kind
from webapp.domain.report_work import Owed, ToDo, Undertaken
from webapp.domain.scores import PART_LABELS, Part
from webapp.domain.sentences import Sentence, count, percent, percent_span, points, span
from webapp.queries.report_facts import DepartmentFacts
from webapp.views.filters import moment
from webapp.views.insight.official import reason as official_reason
from webapp.views.insight.official import stands_text
from webapp.views.reports import parts, topics
from webapp.views.reports.document import Block, Document, Grid, Points, Quotes, Section, told
from webapp.views.reports.why import numbers, why

MOST_KINDS, MOST_SERVICES = 8, 8


def _to_do(facts: DepartmentFacts) -> list[ToDo]:
    found = []
    for first in facts.first:
        part = first.gain.card.parts[first.gain.part]
        found.append(ToDo(
            parts.score_tables.unit_name(first.gain.card), PART_LABELS[first.gain.part], _estimate(part),
            first.gain.peers, first.expected,
        ))  # fmt: skip
    return found


def _estimate(part: Part) -> Estimate:
    return Estimate(part.adjusted, part.low, part.high, round(part.n))


def _kinds(facts: DepartmentFacts) -> list[Kind]:
    return [
        Kind(line.name, line.received, line.before, line.unsolved, line.solved + line.unsolved)
        for line in facts.asked
    ]


def _summary(facts: DepartmentFacts) -> Points:
    """What to know after half a minute."""
    found = report_score.score_lines(numbers(facts))
    rates: dict[str, str | Sequence[Sentence]] = {"rates": report_score.rate_lines(facts.rates)}
    found.append(Sentence(parts.RATES, rates))
    clear = [todo for todo in _to_do(facts) if todo.expected.is_clear]
    found += report_work.to_do_lines(clear[:1]) if clear else []
    if facts.hints:
        text = _("有 %(n)s 处苗头与本单位有关，见“苗头”。", n=len(facts.hints))
        found.append(Sentence("%(text)s", {"text": text}))
    return told(found)


def _official(facts: DepartmentFacts) -> list[Block]:
    said = [
        _("“%(name)s”与得分%(agreement)s。%(reason)s", name=_(line.index.index.name), agreement=_(line.agreement.label),
          reason=official_reason(line))
        for line in facts.comparisons if line.agreement in (Agreement.DIFFER, Agreement.CONTRADICT)
    ]  # fmt: skip
    return [
        told(report_score.rate_changes(facts.rates, facts.rates_before)),
        parts.indicators(facts.rates, facts.rates_before), _indices(facts), *([Points(said)] if said else []),
    ]  # fmt: skip


def _shown(value: float | None, low: float | None, high: float | None, mark: float | None) -> list[str]:
    """Value, interval and what it is compared with."""
    known = low is not None and high is not None
    return [
        parts.DASH if value is None else points(value), span(low or 0.0, high or 0.0) if known else parts.DASH,
        parts.DASH if mark is None else points(mark),
    ]  # fmt: skip


def _indices(facts: DepartmentFacts) -> Grid:
    """The score and every configured composite, side by side."""
    card = facts.card
    rows = [[
        _("需求导向得分"), *_shown(card.score, card.low, card.high, card.target), _(card.tier.label), parts.DASH,
    ]]  # fmt: skip
    for line in facts.comparisons:
        index = line.index
        rows.append([
            _(index.index.name), *_shown(index.value, index.low, index.high, line.peers), stands_text(line.stands),
            _(line.agreement.label),
        ])  # fmt: skip
    head = [_("指标"), _("数值"), _("95% 区间"), _("对照"), _("与对照比"), _("与得分")]
    note = _("对照：得分比目标，综合指标比全市各单位的平均；只有区间不含对照才算高于或低于。")
    return Grid(_("官方综合指标与得分对照"), head, rows, (1, 2, 3), note, (2.4, 1, 1.2, 1, 1.5, 1.2))


def _wanted(facts: DepartmentFacts) -> list[Block]:
    kinds = _kinds(facts)
    blocks: list[Block] = [told(report_people.asked_lines(kinds, facts.card.counts["received"]))]
    rows = []
    for kind in [kind for kind in kinds if kind.received][:MOST_KINDS]:
        low, high = report_people.wilson(kind.unsolved, kind.answered)
        rows.append([
            kind.name, count(kind.received), count(kind.before), f"{count(kind.unsolved)} ÷ {count(kind.answered)}",
            percent(kind.unsolved / kind.answered) if kind.answered else parts.DASH,
            percent_span(low, high) if kind.answered else parts.DASH,
        ])  # fmt: skip
    head = [_("诉求分类"), _("本期"), _("上期"), _("未解决或部分解决 ÷ 答复"), _("占比"), _("95% 区间")]
    if rows:
        blocks.append(
            Grid(_("群众主要反映什么"), head, rows, (1, 2, 3, 4, 5), "", (2, 0.8, 0.8, 1.8, 1, 1.2))
        )
    ranked = sorted(facts.members, key=lambda card: -(card.priority or -1.0))
    if ranked:
        grid = parts.services_grid(ranked[:MOST_SERVICES], _("各服务事项（优先度高的在前）"))
        blocks.append(parts.services_figure(ranked, grid, 290.0) or grid)
    return blocks


def _blocked(facts: DepartmentFacts) -> list[Block]:
    bad = facts.card.bad
    said = []
    if facts.tags:
        named = _("、").join(f"{_(tag)} {n}" for tag, n in facts.tags)
        said.append(_("%(bad)s 条差评里勾选的原因（可多选）：%(tags)s。", bad=bad, tags=named))
    elif bad:
        said.append(_("%(bad)s 条差评都没有勾选原因。", bad=bad))
    else:
        said.append(_("本期没有差评。"))
    quotes = [
        (mask_personal_data(review.comment),
         _("%(service)s · %(level)s 级 · %(at)s", service=review.service.name, level=review.rating, at=moment(review.created_at)))
        for review in facts.comments
    ]  # fmt: skip
    return [Points(said), *([Quotes(quotes)] if quotes else [])]


def _owed(facts: DepartmentFacts) -> list[Block]:
    waiting, card, kept = facts.waiting, facts.card, facts.commitments
    owed = Owed(card.overdue, card.counts["reopened"], waiting.unheard, waiting.bad, waiting.bad_overdue)
    undertaken = [
        Undertaken(
            parts.score_tables.unit_name(one.gain.card), PART_LABELS[one.gain.part], _estimate(one.was),
            _estimate(one.now) if one.now else None,
        )
        for one in facts.followed
    ]  # fmt: skip
    lines = report_work.owed_lines(owed)
    lines += report_work.commitment_lines(kept.mended, kept.extended, kept.supervised)
    blocks: list[Block] = [told(lines)]
    if facts.members:
        blocks.append(told([
            Sentence("%(text)s", {"text": _("上期列为先办的事，本期怎样：")}),
            *report_work.undertaken_lines(undertaken),
        ]))  # fmt: skip
    return blocks


def _surges(facts: DepartmentFacts) -> Points:
    if not facts.hints:
        return Points([_("本期没有哪一类诉求在哪个区域明显高于它自己以往的水平而与本单位有关。")])
    return told(
        report_work.surge_line(
            one.hint.category_name, one.hint.area_name, one.day, one.hint.count, one.hint.expected, one.own
        )
        for one in facts.hints
    )


def _trust(facts: DepartmentFacts) -> list[Block]:
    reasons: dict[str, int] = {}
    for line in facts.aside:
        reasons[parts.reason(line.reason)] = reasons.get(parts.reason(line.reason), 0) + line.count
    appeals, card = facts.appeals, facts.card
    voices = parts.voices_of(facts.members, facts.window.days) or [
        report_people.Voice(card.unit.name, card.votes, 0)
    ]
    lines = report_people.heard_lines(voices)
    lines += report_work.fairness_lines(
        sum(reasons.values()), list(reasons.items()), appeals.filed, appeals.granted, appeals.refused
    )
    return [told(lines), *([parts.channels_grid(facts.channels)] if facts.channels else [])]


def department_report(facts: DepartmentFacts, period: Period, language: str) -> Document:
    """The whole report."""
    unit, city = facts.card.unit, current_app.config["CITY_NAME"]
    sections = [
        Section(_("得分为什么变化"), why(facts)), Section(_("法定指标，与得分是否一致"), _official(facts)),
        Section(_("群众要什么，哪里没满足"), _wanted(facts)), Section(_("堵在哪里"), _blocked(facts)),
        Section(_("欠账与承诺"), _owed(facts)),
        Section(_("先做这几件"), [told(report_work.to_do_lines(_to_do(facts)))] if facts.members
                else [Points([_("本单位没有自己的服务事项，按承办的诉求计分，不列先办事项。")])]),
        Section(_("苗头"), [_surges(facts)]),
        *([Section(_("每月一题里的任务"), topics.taken_on(facts.taken_on, unit.code))] if facts.taken_on else []),
        Section(_("听到了多少，算得公不公"), _trust(facts)),
    ]  # fmt: skip
    meta = [
        _("评价期：%(days)s", days=parts.period_days(period)),
        _("%(city)s群众评价平台出具，数据截至 %(at)s", city=city, at=moment(facts.at)),
    ]
    return Document(
        f"{unit.code}-{period.key}", _("%(unit)s群众评价月报", unit=unit.name), parts.period_title(period), meta,
        _summary(facts), sections, parts.foot(), language,
    )  # fmt: skip
