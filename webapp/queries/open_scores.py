"""The public scores as a file: every service and department, as of the closed day that pages show."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from flask_babel import gettext as _

from webapp.domain.disclosure import SMALLEST
from webapp.domain.open_tables import Row
from webapp.domain.scores import TIER_LABELS
from webapp.queries import publications
from webapp.queries.open_files import Record, cell
from webapp.queries.public_scores import PublicScore, PublicScores
from webapp.queries.publications import Published, Reviews


def raw_score(score: PublicScore | None, heard: Reviews | None) -> int | None:
    """The score without any borrowing, where no hidden count could be worked out from it."""
    known = heard is not None and None not in heard.levels
    return score.raw if score is not None and known else None


def records(scores: PublicScores) -> Iterator[Record]:
    """A line per department, then per service; None where too little was heard, or the raw score would tell too much."""
    published = publications.current()
    for code, score in sorted(scores.departments.items()):
        yield _record("department", score, (code, ""), published)
    owners = _owners(published)
    for code, score in sorted(scores.services.items()):
        yield _record("service", score, (owners.get(code, ""), code), published)


def _owners(published: Published | None) -> dict[str, str]:
    rows = published.counts if published else ()
    return {row[1]: row[0] for table, row, _column in rows if table == "reviews" and row[1]}


def _record(kind: str, score: PublicScore, row: Row, published: Published | None) -> Record:
    heard = published.reviews(row) if published and row[0] else None
    return {
        "kind": kind, "code": score.code, "name": score.name, "day": score.day.isoformat(), "score": score.score,
        "low": score.low, "high": score.high, "raw_score": raw_score(score, heard), "tier": score.tier.value,
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
