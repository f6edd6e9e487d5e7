"""The open data as files: CSV that a spreadsheet opens, and JSON with what one has to know to read it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from flask_babel import gettext as _

from webapp.domain.disclosure import SMALLEST
from webapp.domain.indicators import INDICATORS
from webapp.domain.open_tables import CITY, COLUMN_LABELS, OpenTable
from webapp.domain.text import N_
from webapp.queries.publications import Published, kinds, rows

RATES = "rates"
APPEALS = "appeals"
TABLES: Mapping[str, str] = {
    OpenTable.REVIEWS: N_("各服务、各单位的评价：按等级，以及搁置的评价按原因"),
    RATES: N_("各单位的官方指标：分子、分母和可能的范围"),
    OpenTable.INDICATORS: N_("官方指标背后的各项人数和件数"),
    OpenTable.REQUESTS: N_("各类诉求：按区和办理结果"),
    APPEALS: N_("单位对差评的申诉：件数，成立和驳回"),
}
"""Table → what it holds"""
_APPEALS = {"filed": N_("申诉件数"), "granted": N_("成立"), "refused": N_("驳回")}
# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

Record = dict[str, Any]


def records(found: Published, table: str) -> Iterator[Record]:
    """The lines of a table: codes and names, what is counted, the count; ``suppressed`` where it is hidden (None)."""
    if table == RATES:
        yield from _rates(found)
    elif table == APPEALS:
        for code, counts in sorted(found.appeals.items()):
            for key, count in counts.items():
                yield {
                    **_place("department", code, found), "measure": key, "label": _(_APPEALS[key]),
                    "count": count, "suppressed": False,
                }  # fmt: skip
    else:
        first, second = kinds(table)
        for row in rows(found, table):
            place = {f"{first}_code": row.codes[0], f"{first}_name": row.names[0]}
            if second:
                place |= {f"{second}_code": row.codes[1], f"{second}_name": row.names[1]}
            label = _(COLUMN_LABELS[OpenTable(table)][row.column])
            yield {
                **place, "measure": row.column, "label": label, "count": row.count,
                "suppressed": row.count is None,
            }  # fmt: skip


def _place(kind: str, code: str, found: Published) -> Record:
    return {f"{kind}_code": code, f"{kind}_name": found.names.get(f"{kind}:{code}", "")}


def _rates(found: Published) -> Iterator[Record]:
    codes = sorted(
        {row[0] for _table, row, _column in found.counts if _table != OpenTable.REQUESTS and not row[1]}
    )
    for code in {"": None, **dict.fromkeys(codes)}:
        for rate in found.rates((code, "") if code else CITY):
            low, high = rate.interval
            known = rate.value is not None
            yield {
                **_place("department", code, found), "measure": rate.key, "label": _(INDICATORS[rate.key].label),
                "numerator": rate.numerator, "denominator": rate.denominator,
                "low": round(low, 4) if known else None, "high": round(high, 4) if known else None,
                "suppressed": rate.numerator is None or rate.denominator is None,
            }  # fmt: skip


def as_csv(found: Published, table: str) -> bytes:
    """UTF-8 with a byte order mark, so that Excel shows Chinese; a hidden count is empty and marked in its own column."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    heading: Sequence[str] = ()
    for record in records(found, table):
        if not heading:
            heading = ("period", "revision", *record)
            writer.writerow(heading)
        writer.writerow([found.about.period, found.about.revision, *map(cell, record.values())])
    return text.getvalue().encode("utf-8-sig")


def cell(value: Any) -> Any:
    """A value as a spreadsheet takes it, never as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def document(found: Published, table: str, licence: str) -> Record:
    """The same as JSON, with period, revision, method version and what the marks mean."""
    about = found.about
    return {
        "table": table,
        "title": _(TABLES[table]),
        "period": about.period,
        "revision": about.revision,
        "published_at": about.published_at.isoformat(),
        "correction": about.reason or None,
        "method_version": about.method,
        "licence": licence or None,
        "smallest": SMALLEST,
        "note": _(
            "少于 %(count)s 人的数不公布；为了不让人从合计里算出来，另有一些数也不公布。", count=SMALLEST
        ),
        "records": list(records(found, table)),
    }
