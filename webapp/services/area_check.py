"""How well the areas of messages are read, measured on messages whose area a person wrote down."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from flask_babel import gettext as _

from webapp.domain.rates import wilson
from webapp.errors import InvalidInput
from webapp.queries.directory import directory
from webapp.services import language, locating


class Checked(NamedTuple):
    """One message: the area a person gave and the one read, as codes; '' for none, and for the whole city."""

    text: str
    truth: str
    found: str


class AreaFigures(NamedTuple):
    """Counts over ``total`` messages, and the Wilson interval of the share ``right``.

    ``wide``: a larger area around the truth was read. ``unread``: none where there is one. ``wrong``: the rest.
    """

    total: int
    right: int
    wide: int
    unread: int
    wrong: int
    low: float
    high: float


def read_file(path: Path) -> list[tuple[str, str]]:
    """(text, area code) rows of a CSV with the columns ``text`` and ``area``. Raises ``InvalidInput``."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"text", "area"} <= set(reader.fieldnames or ()):
            raise InvalidInput(_("文件需要 text 和 area 两列。"), "file")
        rows = [(row["text"] or "", (row["area"] or "").strip()) for row in reader]
    for number, (_text, code) in enumerate(rows, 2):
        if code and code not in directory().area_ids:
            raise InvalidInput(
                _("第 %(row)s 行：没有编号为“%(code)s”的区划。", row=number, code=code[:40]), "file"
            )
    return rows


def check(rows: Iterable[tuple[str, str]]) -> list[Checked]:
    """Read every (text, code) row as a request would be read: an area counts from ``locating.SURE`` on."""
    known = locating.gazetteer()
    city = next((code for code, id_ in directory().area_ids.items() if id_ == directory().city_id), "")
    out = []
    for text, code in rows:
        analysis = language.read(text) if known is not None and text.strip() else None
        sure = analysis is not None and analysis.area_confidence >= locating.SURE
        found = str(analysis.area) if analysis is not None and sure else ""
        out.append(Checked(text, code if code != city else "", found if found != city else ""))
    return out


def figures(checked: Iterable[Checked]) -> AreaFigures:
    """Counts of what was read right, too widely, not at all, wrongly."""
    known, every = locating.gazetteer(), list(checked)
    right = sum(row.found == row.truth for row in every)
    wide = sum(
        known is not None and row.found != row.truth and known.holds(row.found, row.truth) for row in every
    )
    unread = sum(bool(row.truth) and not row.found for row in every)
    low, high = wilson(right, len(every))
    return AreaFigures(len(every), right, wide, unread, len(every) - right - wide - unread, low, high)
