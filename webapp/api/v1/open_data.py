"""``/api/v1/open-data``: closed months and quarters, with small counts hidden."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask.views import MethodView
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate

from webapp.errors import NotFound
from webapp.incoming import Blueprint
from webapp.queries import open_files, open_scores, public_scores, publications
from webapp.security import public

bp = Blueprint("api_open_data", __name__, url_prefix="/api/v1", description="开放数据")


class PeriodOut(Schema):
    """A month ("2026-10") or quarter ("2026-Q4") that is published."""

    period = fields.String()
    revision = fields.Integer(metadata={"description": "Grows with every correction."})
    published_at = fields.DateTime()
    correction = fields.String(attribute="reason", metadata={"description": "Why it was corrected, or ''."})
    method_version = fields.String(attribute="method")
    tables = fields.Function(lambda _period: list(open_files.TABLES))


class RecordOut(Schema):
    """One count (or, in ``rates``, one rate): where, what, how many; null and ``suppressed`` where it is hidden."""

    department_code = fields.String(metadata={"description": "'' in totals."})
    department_name = fields.String()
    service_code = fields.String()
    service_name = fields.String()
    category_code = fields.String()
    category_name = fields.String()
    area_code = fields.String()
    area_name = fields.String()
    measure = fields.String(validate=validate.Length(max=40))
    label = fields.String()
    count = fields.Integer(allow_none=True)
    numerator = fields.Integer(allow_none=True)
    denominator = fields.Integer(allow_none=True)
    low = fields.Float(allow_none=True, metadata={"description": "Wilson's 95 % interval, 0 to 1."})
    high = fields.Float(allow_none=True)
    suppressed = fields.Boolean()


class TableOut(Schema):
    """A table of one period."""

    table = fields.String()
    title = fields.String()
    period = fields.String()
    revision = fields.Integer()
    published_at = fields.String()
    correction = fields.String(allow_none=True)
    method_version = fields.String()
    licence = fields.String(allow_none=True)
    smallest = fields.Integer(metadata={"description": "Counts of 1 to one less than this are hidden."})
    note = fields.String()
    records = fields.List(fields.Nested(RecordOut))


class ScoreOut(Schema):
    """The score of one department or service in whole points; null where too little was heard."""

    kind = fields.String(metadata={"description": "department or service."})
    code = fields.String()
    name = fields.String()
    day = fields.String(
        metadata={"description": "As of the end of this day; earlier than as_of where too few spoke since."}
    )
    score = fields.Integer(allow_none=True)
    low = fields.Integer(allow_none=True, metadata={"description": "95 % interval, 0 to 100."})
    high = fields.Integer(allow_none=True)
    raw_score = fields.Integer(
        allow_none=True,
        metadata={"description": "Without borrowing; null beside hidden counts."},
    )
    tier = fields.String(metadata={"description": "above, around, below or insufficient."})
    tier_label = fields.String()


class ScoresOut(Schema):
    """The public scores of the last closed day."""

    as_of = fields.String()
    window_days = fields.Integer()
    method_version = fields.String()
    licence = fields.String(allow_none=True)
    note = fields.String()
    records = fields.List(fields.Nested(ScoreOut))


@bp.route("/open-data")
@public
class Periods(MethodView):
    """What is published."""

    @bp.response(200, PeriodOut(many=True))
    def get(self) -> Any:
        """Periods, the latest first."""
        return publications.periods()


@bp.route("/open-data/scores")
@public
class Scores(MethodView):
    """The scores that residents' pages show."""

    @bp.response(200, ScoresOut)
    def get(self) -> Any:
        """Scores of all departments and services, each as of a closed day."""
        found = public_scores.latest()
        if found is None:
            raise NotFound(_("还没有可以公布的得分。"))
        return open_scores.document(found, current_app.config["OPEN_DATA_LICENCE"])


@bp.route("/open-data/<period>/<table>")
@public
class OneTable(MethodView):
    """One table of a period."""

    @bp.response(200, TableOut)
    def get(self, period: str, table: str) -> Any:
        """All counts of a table; they stay as they are once published, but for corrections."""
        found = publications.published(period) if table in open_files.TABLES else None
        if found is None:
            raise NotFound(_("没有这份数据，请从开放数据页面重新选择。"))
        return open_files.document(found, table, current_app.config["OPEN_DATA_LICENCE"])
