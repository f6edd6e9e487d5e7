"""The public scores as a file: every service and department, as of the closed day that pages show."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from flask_babel import gettext as _

from webapp.domain.disclosure import SMALLEST
from webapp.domain.open_tables import LEVELS, OpenTable, Row
from webapp.domain.scores import TIER_LABELS
from webapp.queries import publications
from webapp.queries.open_files import Record, cell
from webapp.queries.public_scores import PublicScore, PublicScores
from webapp.queries.units import catalogue


class Raw:
    """Raw scores, where no hidden count could be worked out from them: of rows (department, service) no level of which is
    hidden in any published month that a score shown now can be of."""

    def __init__(self, scores: PublicScores) -> None:
        # A score that stands still is of a window that ends up to a window earlier.
        self._months = publications.recent_months(2 * scores.window_days // 30 + 2)

    def of(self, score: PublicScore | None, row: Row) -> int | None:
        """The score without any borrowing; None where it is not shown."""
        if score is None or not self._months:
            return None
        hidden = any(m.count(OpenTable.REVIEWS, row, level) is None for m in self._months for level in LEVELS)
        return None if hidden else score.raw


def records(scores: PublicScores) -> Iterator[Record]:
    """A line per department, then per service; None where too little was heard, or the raw score would tell too much."""
    raw, known = Raw(scores), catalogue()
    for code, score in sorted(scores.departments.items()):
        yield _record("department", score, raw.of(score, (code, "")))
    for code, score in sorted(scores.services.items()):
        unit = known.service(code)
        yield _record("service", score, raw.of(score, (unit.department, code)) if unit else None)


def _record(kind: str, score: PublicScore, raw: int | None) -> Record:
    return {
        "kind": kind, "code": score.code, "name": score.name, "day": score.day.isoformat(), "score": score.score,
        "low": score.low, "high": score.high, "raw_score": raw, "tier": score.tier.value,
        "tier_label": _(TIER_LABELS[score.tier]),
    }  # fmt: skip


def as_csv(scores: PublicScores) -> bytes:
    """UTF-8 with a byte order mark; an unknown number is empty."""
    text = StringIO(newline="")
    writer, lines = csv.writer(text), list(records(scores))
    writer.writerow(["as_of", "window_days", "method", *(lines[0] if lines else ())])
    for line in lines:
        writer.writerow([scores.day, scores.window_days, scores.method, *map(cell, line.values())])
    return text.getvalue().encode("utf-8-sig")


def document(scores: PublicScores, licence: str) -> dict[str, Any]:
    """The same as JSON, with what one has to know to read it."""
    return {
        "as_of": scores.day.isoformat(), "window_days": scores.window_days, "method_version": scores.method,
        "licence": licence or None,
        "note": _(
            "满分 100；low 到 high 是 95%% 的可能范围。新的评价和回访答复不足 %(count)s 条的，停在 day 那天。",
            count=SMALLEST,
        ),
        "records": list(records(scores)),
    }  # fmt: skip
