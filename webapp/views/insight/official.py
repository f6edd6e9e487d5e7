"""Official composites beside the score, with the reason in words where they disagree."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from webapp.domain.indicators import INDICATORS
from webapp.domain.official import Agreement, Comparison, OfficialIndex, Pull
from webapp.domain.scores import PART_LABELS, TIER_LABELS, Tier
from webapp.queries.scorecards import Scorecard
from webapp.views.insight.tables import Cell, Column, Table, number

_BADGES = {Agreement.AGREE: "badge-good", Agreement.DIFFER: "badge-warn", Agreement.CONTRADICT: "badge-bad"}


def _pulls(pulls: Sequence[Pull], labels: dict[str, str]) -> str:
    return _("、").join(
        _("%(name)s %(points)s 分", name=labels[pull.key], points=f"{pull.points:+.1f}".replace("-", "−"))
        for pull in pulls
    )


def reason(line: Comparison) -> str:
    """Why the two disagree, from the parts that draw them apart; "" where they agree."""
    if line.stands is Tier.INSUFFICIENT:
        return _("回访答复不够，指标算不出。")
    if line.agreement is Agreement.UNKNOWN:
        return _("得分数据不足。")
    if line.agreement is Agreement.AGREE:
        return ""
    parts = {key: _(label) for key, label in PART_LABELS.items()}
    rates = {key: _(indicator.label) for key, indicator in INDICATORS.items()}
    told = []
    if line.score_pulls:
        told.append(_("得分一边，与同类相比：%(pulls)s。", pulls=_pulls(line.score_pulls, parts)))
    if line.index_pulls:
        told.append(_("指标一边，与全市平均相比：%(pulls)s。", pulls=_pulls(line.index_pulls, rates)))
    if not told:
        return _("两者差得不多，只是一方的区间碰不到平均、另一方碰得到。")
    if not line.score_pulls:
        told.append(_("得分把少量答复向同类平均靠拢，指标不靠拢。"))
    if any(pull.key in ("E", "T", "V") for pull in line.score_pulls):
        told.append(_("官方指标只看回访，不含窗口评价、时限和反复。"))
    return "".join(told)


def formula(index: OfficialIndex) -> str:
    """How an index is made, in one line."""
    terms = " + ".join(
        f"{weight:g} × {_(INDICATORS[key].label)}" for key, weight in index.weights.items() if weight
    )
    counted = _(
        "；基本满意计 %(basically)s，部分解决计 %(partly)s",
        basically=f"{index.basically:g}",
        partly=f"{index.partly:g}",
    )
    return terms + counted


def _interval(low: float | None, high: float | None) -> Cell:
    return Cell("—" if low is None or high is None else f"{low:.0f}–{high:.0f}")


def official_table(card: Scorecard, lines: Sequence[Comparison]) -> Table:
    """The demand-oriented score and every configured index of one department, side by side."""
    columns = [
        Column(_("指标")), Column(_("数值"), True), Column(_("区间")), Column(_("对照"), True), Column(_("与对照比")),
        Column(_("与得分")), Column(_("原因")),
    ]  # fmt: skip
    rows = [[
        Cell(_("需求导向得分")), number(card.score), _interval(card.low, card.high), number(card.target),
        Cell(_(TIER_LABELS[card.tier])), Cell("—"), Cell("—"),
    ]]  # fmt: skip
    for line in lines:
        index = line.index
        rows.append([
            Cell(_(index.index.name), under=formula(index.index)), number(index.value),
            _interval(index.low, index.high), number(line.peers), Cell(stands_text(line.stands)),
            Cell(_(line.agreement.label), badge=_BADGES.get(line.agreement, "badge-plain")), Cell(reason(line) or "—"),
        ])  # fmt: skip
    return Table(
        "official", _("官方综合指标与得分对照"), columns, rows,
        _("对照：得分比目标，指标比全市各单位的平均。只有区间不含对照才算高于或低于。"),
    )  # fmt: skip


def stands_text(tier: Tier) -> str:
    """An index against the mean of all departments, in words."""
    words = {
        Tier.ABOVE: _("高于平均"),
        Tier.AROUND: _("与平均相当"),
        Tier.BELOW: _("低于平均"),
        Tier.INSUFFICIENT: _("数据不足"),
    }
    return words[tier]
