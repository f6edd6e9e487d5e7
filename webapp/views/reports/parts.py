"""Blocks that the reports of a department and of the city share: tables and charts out of scorecards and rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import format_date
from flask_babel import gettext as _

from webapp.domain.claims import Verdict
from webapp.domain.integrity import REASON_LABELS, Reason
from webapp.domain.periods import Period
from webapp.domain.rates import Rate, wilson
from webapp.domain.report_city import Unit, moved_units
from webapp.domain.report_people import Voice
from webapp.domain.report_score import moved_rates
from webapp.domain.scores import TIER_LABELS
from webapp.domain.sentences import count, percent, percent_span, points, span
from webapp.domain.text import N_
from webapp.queries.policy import scoring_policy
from webapp.queries.scorecards import Scorecard
from webapp.queries.scoring import MONTH
from webapp.views.desk.presenting import CHANNELS
from webapp.views.insight import quadrants, score_tables
from webapp.views.insight.page import peer_groups_text, weights_text
from webapp.views.insight.tables import signed as signed_cell
from webapp.views.reports import drawing
from webapp.views.reports.document import Figure, Grid

DASH = "—"
RATES = N_("%(rates)s。")


def period_title(period: Period) -> str:
    """The month, or that it is the last thirty days."""
    if period.is_month:
        return str(format_date(period.first, _("yyyy 年 M 月")))
    return _("近 %(days)s 天", days=period.days)


def period_days(period: Period) -> str:
    return _("%(first)s 至 %(last)s（%(days)s 天）", first=period.first, last=period.last, days=period.days)


def reason(key: str) -> str:
    """Why votes were set aside, to be translated."""
    return REASON_LABELS[Reason(key)] if key in tuple(Reason) else key


def spanned(value: str, bounds: str) -> str:
    """A figure with its interval."""
    return _("%(value)s（%(span)s）", value=value, span=bounds)


def interval(card: Scorecard) -> str:
    """A score with its interval, or that there is too little data."""
    if card.score is None or card.low is None or card.high is None:
        return _("数据不足")
    return spanned(points(card.score), span(card.low, card.high))


def _change(verdict: Verdict | None) -> str:
    words = {
        Verdict.UP: _("上升"), Verdict.DOWN: _("下降"), Verdict.UNCLEAR: _("分不出"), Verdict.UNKNOWN: _("依据不足"),
    }  # fmt: skip
    return words[verdict] if verdict else DASH


def indicators(now: Mapping[str, Rate], was: Mapping[str, Rate]) -> Grid:
    """The official indicators: numerator, denominator and interval of this period and of the one before."""
    verdicts = moved_rates(now, was)
    rows = []
    for key, rate in now.items():
        old = was[key]
        rows.append([
            _(rate.indicator.label), percent(rate.value), f"{count(rate.numerator)} ÷ {count(rate.denominator)}",
            percent_span(rate.low, rate.high) if rate.value is not None else DASH, percent(old.value),
            f"{count(old.numerator)} ÷ {count(old.denominator)}", _change(verdicts.get(key)),
        ])  # fmt: skip
    head = [_("指标"), _("本期"), _("分子 ÷ 分母"), _("95% 区间"), _("上期"), _("上期分子 ÷ 分母"), _("变化")]
    note = _("只有好评、响应、解决、满意、按期五项比较变化，五项一并考虑后仍超出偶然波动才写“上升”“下降”。")
    return Grid(_("法定指标"), head, rows, (1, 2, 3, 4, 5), note, (2, 1.1, 1.6, 1.2, 1.1, 1.6, 1.2))


def channels_grid(channels: Sequence[tuple[str, int]]) -> Grid:
    """Votes by channel, with each one's share of all."""
    total, rows = sum(number for _channel, number in channels), []
    for channel, number in channels:
        low, high = wilson(number, total)
        rows.append(
            [
                _(CHANNELS.get(channel, channel)),
                count(number),
                percent(number / total),
                percent_span(low, high),
            ]
        )
    return Grid(_("评价从哪里来"), [_("渠道"), _("评价数"), _("占比"), _("95% 区间")], rows, (1, 2, 3))


def voices_of(services: Sequence[Scorecard], days: int) -> list[Voice]:
    """Votes of services beside their known uses, which grow with the period."""
    return [
        Voice(card.unit.name, card.votes, card.unit.exposure * days / MONTH)
        for card in services
        if card.unit.id > 0
    ]


def unit_of(card: Scorecard) -> Unit:
    """A scorecard as sentences about several take it."""
    return Unit(
        score_tables.unit_name(card), card.score, card.low, card.high, card.tier, card.p_above, card.votes, card.sd,
        card.previous, card.previous_sd,
    )  # fmt: skip


def clearly_moved(cards: Sequence[Scorecard]) -> set[str]:
    """Names of those whose score moved beyond chance, all of a table compared together."""
    return {unit.name for unit, _change_ in moved_units([unit_of(card) for card in cards])}


def change(card: Scorecard, moved: set[str]) -> str:
    """The change as the pages print it, "~" before one that may be chance."""
    return signed_cell(card.change, score_tables.unit_name(card) in moved).shown


def chance_note() -> str:
    return _("“~”表示变化在偶然波动范围内（表中各行一并比较）。")


def services_grid(cards: Sequence[Scorecard], title: str, with_department: bool = False) -> Grid:
    """Demand, score and what comes first, of services."""
    rows, moved = [], clearly_moved(cards)
    for card in cards:
        demand = card.demand
        name = score_tables.unit_name(card)
        rows.append([
            spanned(name, card.unit.department_name) if with_department else name, interval(card), _(TIER_LABELS[card.tier]),
            change(card, moved),
            spanned(points(demand.adjusted), span(demand.low, demand.high, 1)) if demand else DASH,
            count(card.votes), count(card.counts["received"]), DASH if card.priority is None else f"{card.priority:.0f}",
        ])  # fmt: skip
    head = [
        _("服务事项"), _("得分（区间）"), _("与目标比"), _("比上期"), _("需求强度（区间）"), _("评价数"), _("诉求数"),
        _("优先度"),
    ]  # fmt: skip
    note = chance_note() + _("需求强度：每千次办件的诉求与评价数；优先度 = 需求强度 ×（100 − 得分）。")
    return Grid(title, head, rows, (1, 3, 4, 5, 6, 7), note, (3, 1.7, 1.3, 1.1, 2, 0.8, 0.8, 1))


def services_figure(cards: Sequence[Scorecard], grid: Grid, height: float = 380.0) -> Figure | None:
    """The quadrant of demand and score with its table; None with fewer than three services."""
    placed = [
        quadrants.Placed(
            score_tables.unit_name(card),
            card.demand.adjusted,
            card.score,
            card.priority or 0.0,
            "",
            card.tier.value,
            "",
        )
        for card in cards
        if card.score is not None and card.demand is not None
    ]
    target = next((card.target for card in cards if card.target is not None), None)
    chart = quadrants.quadrant(placed, target, height=height)
    if chart is None:
        return None
    corners = {
        "top_right": _("需求大、得分高：保持"),
        "bottom_right": _("需求大、得分低：先办"),
        "bottom_left": _("需求小、得分低：留意"),
    }
    title = _("各服务事项的需求强度与得分")
    drawn = drawing.quadrant(
        chart, title, _("需求强度（每千次办件的诉求与评价，对数刻度）"), _("得分"), corners
    )
    key = _("方块低于目标，三角高于目标，圆点与目标分不出高低；虚线在中间：横的是目标（目标不在图内时是得分的中位数），"
            "竖的是需求的中位数；只标优先度最高的几项。")  # fmt: skip
    return Figure(title, key, drawn, grid, wide=True)


def foot() -> list[str]:
    """How the numbers are made, in a few lines."""
    policy = scoring_policy()
    least = f"{policy.score.min_n_eff:g}"
    lines = [
        _("句首的实心点：有把握的结论；空心点：还不能下结论；短横：计数与事实。"),
        _("计分办法 %(version)s；权重：%(weights)s；缺少的部分不计，其余按比例放大。有效样本不足 %(least)s 时不给分。",
          version=policy.score.version, weights=weights_text(policy), least=least),
        _("目标 %(target)s 分。", target=f"{policy.score.target:g}") if policy.score.target is not None
        else _("目标为同类平均。"),
        _("区间都是 95%% 区间：真实水平很可能在其中。凡说“高于”“低于”“上升”“下降”“明显”，都已排除偶然；"
          "与目标比要有 %(sure)s 以上的把握，一次比较许多项时另按项数从严。分不出的照直说分不出。",
          sure=f"{policy.score.sure * 100:.0f}%"),
        _("上期是紧接在前、天数相同的一段时间，天数相同件数才可比。超期、待办等件数是出具时的全数，不是抽样。"
          "文字和表中的数与系统各页面同源；此后补录的回访会使页面上的数略有变动。"),
    ]  # fmt: skip
    if policy.peer_groups:
        lines.append(_("同类分组：%(groups)s；不在其中的合为一组。", groups=peer_groups_text(policy)))
    return lines
