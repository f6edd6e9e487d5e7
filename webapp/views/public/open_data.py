"""开放数据: closed months and quarters as CSV and JSON at addresses that stay, and what every column means."""

from __future__ import annotations

from flask import Response, current_app, jsonify, render_template
from flask_babel import gettext as _

from webapp.domain.disclosure import SMALLEST
from webapp.domain.indicators import INDICATORS
from webapp.domain.open_tables import COLUMN_LABELS, PAIRS, OpenTable
from webapp.errors import NotFound
from webapp.queries import open_files, open_scores, public_scores, publications
from webapp.queries.public_scores import PublicScores
from webapp.queries.publications import Published
from webapp.security import public
from webapp.views.public import bp


def period_name(period: str) -> str:
    """ "2026-10" → 2026 年 10 月, "2026-Q4" → 2026 年第 4 季度."""
    if "Q" in period:
        return _("%(year)s 年第 %(quarter)s 季度", year=period[:4], quarter=period[-1])
    return _("%(year)s 年 %(month)s 月", year=period[:4], month=int(period[5:]))


@bp.get("/open-data")
@public
def open_data() -> str:
    """All files, the latest first."""
    return render_template(
        "public/open_data.html", periods=[(line, period_name(line.period)) for line in publications.periods()],
        tables=[(key, _(text)) for key, text in open_files.TABLES.items()], smallest=SMALLEST,
        days=current_app.config["OPEN_DATA_DAYS"], licence=current_app.config["OPEN_DATA_LICENCE"],
        scores=public_scores.latest(),
    )  # fmt: skip


@bp.get("/open-data/dictionary")
@public
def open_data_dictionary() -> str:
    """What every table and column means."""

    def words(table: str, column: str) -> str:
        return _(COLUMN_LABELS[OpenTable(table)][column])

    return render_template(
        "public/open_data_dictionary.html",
        tables=[
            (key, _(open_files.TABLES[key]), [(name, _(label)) for name, label in columns.items()])
            for key, columns in COLUMN_LABELS.items()
        ],
        rates=[
            (key, _(INDICATORS[key].label), words(*above), words(*below))
            for key, (above, below) in PAIRS.items()
        ],
    )  # fmt: skip


def _found(period: str, table: str) -> Published:
    found = publications.published(period) if table in open_files.TABLES else None
    if found is None:
        raise NotFound(_("没有这份数据，请从开放数据页面重新选择。"))
    return found


def _kept(response: Response, found: Published) -> Response:
    """A revision never changes, but another may follow: caches ask again after an hour."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.set_etag(f"{found.about.period}-{found.about.revision}")
    return response


def _scores() -> PublicScores:
    found = public_scores.latest()
    if found is None:
        raise NotFound(_("还没有可以公布的得分。"))
    return found


@bp.get("/open-data/scores.csv")
@public
def scores_csv() -> Response:
    """The scores of the last closed day for a spreadsheet."""
    found = _scores()
    answer = Response(open_scores.as_csv(found), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="scores-{found.day}.csv"'
    return answer


@bp.get("/open-data/scores.json")
@public
def scores_json() -> Response:
    """The same for programs."""
    return jsonify(open_scores.document(_scores(), current_app.config["OPEN_DATA_LICENCE"]))


@bp.get("/open-data/<period>/<table>.csv")
@public
def open_data_csv(period: str, table: str) -> Response:
    """One table of a period for a spreadsheet."""
    found = _found(period, table)
    answer = Response(open_files.as_csv(found, table), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.about.period}-{table}.csv"'
    return _kept(answer, found)


@bp.get("/open-data/<period>/<table>.json")
@public
def open_data_json(period: str, table: str) -> Response:
    """The same for programs."""
    found = _found(period, table)
    answer = jsonify(open_files.document(found, table, current_app.config["OPEN_DATA_LICENCE"]))
    return _kept(answer, found)
