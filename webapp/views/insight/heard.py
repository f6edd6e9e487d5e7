"""How much of the city is heard: by channel, service and place, and where it is silent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from webapp.domain.permissions import Permission
from webapp.queries import heard
from webapp.queries.heard import ChannelLine, Line
from webapp.queries.units import COMMUNITY, DISTRICT, STREET
from webapp.security import staff
from webapp.views.desk.presenting import CHANNELS
from webapp.views.insight import bp
from webapp.views.insight.filters import Filters, filters, link, spanned, within
from webapp.views.insight.maps import CityMap, city_map, edges, step_of
from webapp.views.insight.page import show
from webapp.views.insight.tables import Cell, Column, Table, count, number, share

MOST_SILENT = 20


def _standing(line: Line) -> Cell:
    if line.heard is None:
        return Cell(_("规模未知"))
    if line.heard.silent:
        return Cell(_("沉默"), badge="badge-warn")
    if line.heard.loud:
        return Cell(_("声音明显多"), badge="badge-info")
    return Cell(_("正常"), badge="badge-plain")


def _rates(line: Line) -> list[Cell]:
    """Raw and shrunk rate, its interval, what the size predicts, and the standing."""
    told = line.heard
    if told is None:
        return [Cell(None, "—"), Cell(None, "—"), Cell("—"), Cell(None, "—"), _standing(line)]
    span = f"{told.low * line.per:.1f}–{told.high * line.per:.1f}"
    return [
        number(told.raw * line.per), number(told.rate * line.per), Cell(span), number(told.expected, 0), _standing(line),
    ]  # fmt: skip


def _rate_columns() -> list[Column]:
    return [
        Column(_("原始率"), True), Column(_("校正率"), True), Column(_("95% 区间"), True), Column(_("按规模应有"), True),
        Column(_("判断")),
    ]  # fmt: skip


def services_table(
    lines: Sequence[Line], chosen: Filters, key: str = "heard-services", title: str = ""
) -> Table:
    """Services by active votes per 1,000 uses, the least heard first."""
    columns = [
        Column(_("服务事项")), Column(_("编号"), screen=False), Column(_("承办单位")), Column(_("主动评价"), True),
        Column(_("本期办件（估）"), True), *_rate_columns(),
    ]  # fmt: skip
    days, args = spanned(chosen.window), within(chosen)
    rows = [
        [
            Cell(line.unit.name, href=link("insight.service", code=line.unit.code, **args)), Cell(line.unit.code),
            Cell(line.unit.department_name),
            count(line.votes, link("desk.reviews", view="all", votes="1", service=line.unit.code, **days)),
            number(line.heard.exposure if line.heard else None, 0), *_rates(line),
        ]
        for line in lines
    ]  # fmt: skip
    return Table(
        key, title or _("每千次办件的主动评价"), columns, rows,
        _("办件数按服务事项登记的月办件量折算。“沉默”：区间上限仍不到平均的三分之二。"),
    )  # fmt: skip


def areas_table(key: str, title: str, lines: Sequence[Line], chosen: Filters) -> Table:
    """Areas by voices per 10,000 residents, the least heard first."""
    columns = [
        Column(_("区域")), Column(_("编号"), screen=False), Column(_("常住人口"), True), Column(_("诉求数"), True),
        Column(_("评价数"), True), *_rate_columns(),
    ]  # fmt: skip
    days, args = spanned(chosen.window), within(chosen)
    rows = [
        [
            Cell(line.unit.name, href=link("insight.areas", area=line.unit.code, **args)), Cell(line.unit.code),
            number(line.unit.exposure or None, 0),
            count(line.requests, link("desk.queue", view="all", area=line.unit.code, **days)),
            count(line.votes, link("desk.reviews", view="all", votes="1", area=line.unit.code, **days)), *_rates(line),
        ]
        for line in lines
    ]  # fmt: skip
    return Table(
        key, title, columns, rows, _("每万名居民的诉求与评价数。人口少的地方向平均靠拢，区间随之变宽。")
    )


def channels_table(lines: Sequence[ChannelLine], chosen: Filters) -> Table:
    """Voices by channel."""
    columns = [
        Column(_("渠道")), Column(_("有记录的办件"), True), Column(_("主动评价"), True), Column(_("每千次办件的评价"), True),
        Column(_("诉求数"), True), Column(_("占全部声音"), True),
    ]  # fmt: skip
    total = sum(line.votes + line.requests for line in lines)
    rows = [
        [
            Cell(_(CHANNELS.get(line.channel, line.channel))),
            count(line.uses, link("desk.reviews", view="all", channel=line.channel, **spanned(chosen.window))),
            count(line.votes, link("desk.reviews", view="all", votes="1", channel=line.channel, **spanned(chosen.window))),
            number(line.votes / line.uses * 1000 if line.uses else None, 0),
            count(line.requests, link("desk.queue", view="all", channel=line.channel, **spanned(chosen.window))),
            share((line.votes + line.requests) / total if total else None),
        ]
        for line in lines
    ]  # fmt: skip
    return Table(
        "heard-channels", _("各渠道的声音"), columns, rows,
        _("“有记录的办件”是本平台收到的办件记录（含没评的和系统默认的），不是全部办件。"),
    )  # fmt: skip


def _streets_map(lines: Sequence[Line], chosen: Filters) -> CityMap | None:
    """Streets by voices per 10,000 residents."""
    rates = {line.unit.code: line.rate for line in lines}
    scale = edges([rate for rate in rates.values() if rate is not None])
    steps = {
        code: ("none", "—") if rate is None else (str(step_of(rate, scale)), f"{rate:.0f}")
        for code, rate in rates.items()
    }
    legend = [(str(step), f"{low:.0f}–{high:.0f}") for step, (low, high) in enumerate(scale)]
    hrefs = {code: link("insight.areas", area=code, **within(chosen)) for code in rates}
    return city_map(steps, legend, hrefs)


def _silent(lines: Sequence[Line], chosen: Filters, everything: bool = False) -> list[Line]:
    """Those within reach (and only the silent ones)."""
    return [
        line
        for line in lines
        if chosen.bounds.has_area(line.unit.code) and (everything or (line.heard and line.heard.silent))
    ]


@bp.get("/heard")
@staff(Permission.SEE_CITY)
def heard_city() -> Any:
    """Channels, services, districts and streets; silent communities."""
    chosen = filters()
    window = chosen.window
    services = [line for line in heard.services(window) if chosen.bounds.has_department(line.unit.department)]
    streets = _silent(heard.areas(STREET, window), chosen, True)
    silent = _silent(heard.areas(COMMUNITY, window), chosen)
    channels = [] if chosen.bounds.own else heard.channels(window)
    quiet = [line for line in services if line.heard and line.heard.silent]
    tables = [
        channels_table(channels, chosen), services_table(services, chosen),
        services_table(quiet, chosen, "heard-quiet", _("沉默的服务事项")),
        areas_table("heard-districts", _("各区"), _silent(heard.areas(DISTRICT, window), chosen, True), chosen),
        areas_table("heard-streets", _("各街道"), streets, chosen),
        areas_table("heard-silent", _("沉默的社区"), silent[:MOST_SILENT], chosen),
    ]  # fmt: skip
    return show(
        "insight/heard.html", "heard", chosen, tables, map=_streets_map(streets, chosen),
        quiet_services=len(quiet), quiet_streets=len(_silent(streets, chosen)), quiet_communities=len(silent),
    )  # fmt: skip
