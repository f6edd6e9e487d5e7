"""The tables of the open data: which counts there are, and every sum that ties them, over hierarchies, tables and time.

A cell is a count of one table, row, column and period. Rows and periods form trees, columns add up as ``SUMS`` says;
:func:`system` writes all of it as one linear system, because an attacker subtracts across tables as well as within.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from webapp.domain.disclosure import System
from webapp.domain.integrity import REASON_LABELS, Reason
from webapp.domain.text import N_


class OpenTable(StrEnum):
    """A published table."""

    REVIEWS = "reviews"
    """rows (department, service), ("", "") the city and (department, "") a department"""
    INDICATORS = "indicators"
    """rows (department, "") and the city"""
    REQUESTS = "requests"
    """rows (category, area), "" for all; second-level categories for the whole city only"""


Row = tuple[str, str]
CITY: Final[Row] = ("", "")


class Cell(NamedTuple):
    """One count: table, row, column, and the period ("2026-10" or "2026-Q4")."""

    table: str
    row: Row
    column: str
    period: str


Counts = Mapping[tuple[str, Row, str], int]
"""Counts of one period by (table, row, column); what is missing is 0."""

LEVELS: Final = tuple(f"level_{level}" for level in range(1, 6))
REASONS: Final = tuple(f"aside_{reason.value}" for reason in Reason)
# Granted appeals are acts of offices: published, however few, unless they give somebody away.
EXEMPT: Final = f"aside_{Reason.APPEAL.value}"

_LEVEL_LABELS: Final = (N_("非常不满意"), N_("不满意"), N_("基本满意"), N_("满意"), N_("非常满意"))
COLUMN_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    OpenTable.REVIEWS: {
        "votes": N_("有效评价数"), "good": N_("好评数"), "poor": N_("其余评价数"),
        **dict(zip(LEVELS[::-1], _LEVEL_LABELS[::-1], strict=True)),
        "set_aside": N_("搁置的评价数"),
        **{f"aside_{reason.value}": label for reason, label in REASON_LABELS.items()},
    },
    OpenTable.INDICATORS: {
        "uses": N_("已办结的服务次数"), "unvoted": N_("没有有效主动评价的服务次数"),
        "defaults": N_("系统默认评价数"), "unrated": N_("没有评价的服务次数"),
        "bad": N_("差评数"), "reply_due": N_("应回复的差评数"), "replied": N_("已回复的差评数"),
        "unreplied": N_("到期未回复的差评数"), "reply_not_due": N_("回复期限未到的差评数"),
        "mend_due": N_("应整改并回访的差评数"), "mended": N_("已整改并回访的差评数"),
        "unmended": N_("到期未整改回访的差评数"), "mend_not_due": N_("整改期限未到的差评数"),
        "mend_heard": N_("整改后回访到的人数"), "mend_unreached": N_("整改后未联系到的人数"),
        "mend_content": N_("对整改基本满意及以上的人数"), "mend_discontent": N_("对整改不满意的人数"),
        "contact_heard": N_("回答了是否联系的人数"), "contacted": N_("表示已联系本人的人数"),
        "not_contacted": N_("表示没有联系本人的人数"),
        "solve_heard": N_("回答了是否解决的人数"), "solved": N_("表示已解决的人数"),
        "unsolved": N_("表示没解决或部分解决的人数"),
        "content_heard": N_("回答了是否满意的人数"), "content": N_("表示基本满意及以上的人数"),
        "discontent": N_("表示不满意的人数"), "unreached": N_("未能联系到或未回答的人数"),
        "clocked": N_("已办结与超期未办结的诉求数"), "on_time": N_("在期限内办结的诉求数"),
        "late": N_("超期的诉求数"), "clock_not_due": N_("期限未到、仍在办理的诉求数"),
    },
    OpenTable.REQUESTS: {
        "received": N_("收到的诉求数"), "solved": N_("居民说已解决"), "unsolved": N_("居民说没解决或部分解决"),
        "unheard": N_("已办结、没有听到居民意见"), "other": N_("已并入同类诉求或不属受理范围"),
        "open": N_("仍在办理"),
    },
}  # fmt: skip

_SUMS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("votes", ("good", "poor")),
    ("set_aside", REASONS),
)
_INDICATOR_SUMS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("unvoted", ("defaults", "unrated", "set_aside")),
    ("uses", ("votes", "unvoted")),
    ("bad", ("level_1", "level_2")),
    ("bad", ("reply_due", "reply_not_due")),
    ("reply_due", ("replied", "unreplied")),
    ("bad", ("mend_due", "mend_not_due")),
    ("mend_due", ("mended", "unmended")),
    ("mended", ("mend_heard", "mend_unreached")),
    ("mend_heard", ("mend_content", "mend_discontent")),
    ("contact_heard", ("contacted", "not_contacted")),
    ("solve_heard", ("solved", "unsolved")),
    ("content_heard", ("content", "discontent")),
    ("clocked", ("on_time", "late")),
)
_OUTCOMES: Final = ("solved", "unsolved", "unheard", "other", "open")
# The numerator and denominator of each official indicator: (table, column).
PAIRS: Final[Mapping[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "good": (("reviews", "good"), ("reviews", "votes")),
    "active": (("reviews", "votes"), ("indicators", "uses")),
    "unrated": (("indicators", "unvoted"), ("indicators", "uses")),
    "bad_replied": (("indicators", "replied"), ("indicators", "reply_due")),
    "bad_rectified": (("indicators", "mended"), ("indicators", "mend_due")),
    "rectified_satisfied": (("indicators", "mend_content"), ("indicators", "mend_heard")),
    "response": (("indicators", "contacted"), ("indicators", "contact_heard")),
    "resolution": (("indicators", "solved"), ("indicators", "solve_heard")),
    "satisfaction": (("indicators", "content"), ("indicators", "content_heard")),
    "on_time": (("indicators", "on_time"), ("indicators", "clocked")),
}
# What each official indicator leaves out: words of indicators.EXCLUSION_LABELS → (table, column).
LEFT_OUT: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "good": {"default": ("indicators", "defaults"), "set_aside": ("reviews", "set_aside")},
    "active": {"default": ("indicators", "defaults"), "set_aside": ("reviews", "set_aside")},
    "bad_replied": {"not_due": ("indicators", "reply_not_due")},
    "bad_rectified": {"not_due": ("indicators", "mend_not_due")},
    "rectified_satisfied": {"unreached": ("indicators", "mend_unreached")},
    "response": {"unreached": ("indicators", "unreached")},
    "resolution": {"unreached": ("indicators", "unreached")},
    "satisfaction": {"unreached": ("indicators", "unreached")},
    "on_time": {"not_due": ("indicators", "clock_not_due")},
}


def columns(table: str) -> tuple[str, ...]:
    """The columns of a table, in the order in which they are published."""
    return tuple(COLUMN_LABELS[OpenTable(table)])


def quarter_of(month: str) -> str:
    """ "2026-10" → "2026-Q4"."""
    return f"{month[:4]}-Q{(int(month[5:7]) + 2) // 3}"


def months_of(quarter: str) -> tuple[str, str, str]:
    """ "2026-Q4" → ("2026-10", "2026-11", "2026-12")."""
    first = 3 * int(quarter[-1]) - 2
    a, b, c = (f"{quarter[:4]}-{month:02d}" for month in range(first, first + 3))
    return a, b, c


def added(parts: Iterable[Counts]) -> dict[tuple[str, Row, str], int]:
    """Counts of a quarter: those of its months as they were published, never counted anew."""
    total: dict[tuple[str, Row, str], int] = defaultdict(int)
    for counts in parts:
        for key, count in counts.items():
            total[key] += count
    return dict(total)


def _column_sums(cell: Cell, good_from: int) -> Iterable[tuple[Cell, list[Cell]]]:
    """The sums over columns that a row of this cell's kind has."""
    _table, row, _column, period = cell
    if cell.table == OpenTable.REQUESTS:
        yield (
            Cell("requests", row, "received", period),
            [Cell("requests", row, name, period) for name in _OUTCOMES],
        )
        return

    def at(name: str) -> Cell:
        known = "reviews" if name in COLUMN_LABELS[OpenTable.REVIEWS] else "indicators"
        return Cell(known, row, name, period)

    sums = [*_SUMS, ("good", LEVELS[good_from - 1 :]), ("poor", LEVELS[: good_from - 1])]
    if not row[1]:
        sums += _INDICATOR_SUMS
    for whole, parts in sums:
        yield at(whole), [at(part) for part in parts]


def _wholes(cell: Cell, parents: Mapping[str, str]) -> Iterable[tuple[str, Cell]]:
    """The cells that this one is a part of, along rows and time, with the name of the way up."""
    first, second = cell.row
    if cell.table == OpenTable.REQUESTS:
        if second:
            yield "area", cell._replace(row=(first, ""))
        if first:
            yield "category", cell._replace(row=(parents.get(first, ""), second))
    elif second:
        yield "service", cell._replace(row=(first, ""))
    elif first:
        yield "department", cell._replace(row=CITY)
    if "Q" not in cell.period:
        yield "time", cell._replace(period=quarter_of(cell.period))


def system(
    periods: Mapping[str, Counts], parents: Mapping[str, str], good_from: int
) -> tuple[list[Cell], System]:
    """Every count that is not 0, and every sum between them.

    ``periods``: counts by period, the months of one quarter and, when all three are there, the quarter itself.
    ``parents``: category → category above it ("" above the first level). Raises ValueError where sums do not hold.
    """
    cells = [
        Cell(table, row, column, period)
        for period, counts in periods.items()
        for (table, row, column), count in counts.items()
        if count
    ]
    at = {cell: i for i, cell in enumerate(cells)}
    sums = _all_sums(cells, at, parents, good_from)
    entries = [
        (line, at[cell], sign)
        for line, (whole, parts) in enumerate(sums)
        for sign, members in ((1, [whole]), (-1, parts))
        for cell in members
        if cell in at
    ]
    rows, places, signs = zip(*entries, strict=True) if entries else ((), (), ())
    relations = csr_array((signs, (rows, places)), shape=(len(sums), len(cells)), dtype=np.int64)
    values = [periods[c.period][c.table, c.row, c.column] for c in cells]
    return cells, System(np.array(values, dtype=np.int64), relations)


def _all_sums(
    cells: Sequence[Cell], at: Mapping[Cell, int], parents: Mapping[str, str], good_from: int
) -> list[tuple[Cell, list[Cell]]]:
    over: dict[tuple[str, Cell], list[Cell]] = defaultdict(list)
    quarters = {cell.period for cell in cells if "Q" in cell.period}
    for cell in cells:
        for way, whole in _wholes(cell, parents):
            if way != "time" or whole.period in quarters:
                over[way, whole].append(cell)
    sums = [(whole, parts) for (_way, whole), parts in over.items()]
    seen = {(cell.table == OpenTable.REQUESTS, cell.row, cell.period): cell for cell in cells}
    for cell in seen.values():
        sums += [(whole, parts) for whole, parts in _column_sums(cell, good_from)]
    # Both tables count the same answers of the whole city.
    for period in {cell.period for cell in cells}:
        for name in ("solved", "unsolved"):
            sums.append((Cell("requests", CITY, name, period), [Cell("indicators", CITY, name, period)]))
    return [(whole, parts) for whole, parts in sums if whole in at or any(part in at for part in parts)]


def exempt(cells: Collection[Cell]) -> list[bool]:
    """Which cells count acts of offices and not people."""
    return [cell.column == EXEMPT for cell in cells]
