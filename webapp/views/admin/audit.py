"""``/admin/audit``: the trail in words, its state, its export, and who looks at personal data unlike their peers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.domain.looks import MANY, NIGHT_FROM, NIGHT_UNTIL, SOME, TIMES
from webapp.domain.permissions import Permission
from webapp.domain.text import N_
from webapp.models import AuditEntry
from webapp.queries import administration as queries
from webapp.queries import watch
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import audit as service
from webapp.services import exports
from webapp.services.actor import Actor
from webapp.views.admin import bp
from webapp.views.admin.audit_words import Names, action_text
from webapp.views.filters import moment
from webapp.views.insight.export import FORMATS, as_csv, as_xlsx
from webapp.views.insight.tables import Cell, Column, Table

EXPORT_MOST = 20_000
MARKS = {"many": N_("次数远多于同岗位"), "night": N_("夜间远多于同岗位"), "strange": N_("查看没办理过的")}


def _wanted() -> queries.AuditFilter:
    names = queries.AuditFilter.__slots__
    return queries.AuditFilter(**{name: request.args.get(name, "").strip()[:60] for name in names})


def _names(rows: Sequence[AuditEntry | None]) -> Names:
    """Names of everybody and everything that the entries mention by number."""
    ids: set[int] = set()
    for row in rows:
        if row is not None:
            kind, _colon, key = row.subject.partition(":")
            ids |= {row.user_id or 0} | ({int(key)} if kind == "user" and key.isdigit() else set())
    return Names(queries.user_names(ids), *queries.place_names([row for row in rows if row is not None]))


@bp.get("/audit")
@staff(Permission.READ_AUDIT)
def audit() -> str:
    """The trail, newest first, with filters in the address."""
    wanted, page = _wanted(), page_number(request.args.get("page"))
    rows, total = queries.page_of(queries.audit_entries(wanted), page)
    state = queries.trail_state()
    return render_template(
        "admin/audit.html", rows=rows, total=total, page=page, page_size=queries.PAGE_SIZE, values=wanted,
        names=_names([*rows, state.checked]), action_text=action_text, state=state, people=queries.audit_people(),
        actions=sorted(((a, action_text(a)) for a in queries.audit_actions()), key=lambda pair: pair[1]),
        query={k: v for k, v in request.args.items() if k in queries.AuditFilter.__slots__ and v},
    )  # fmt: skip


@bp.post("/audit/verify")
@staff(Permission.VERIFY_AUDIT)
def verify_audit() -> Response:
    """Recompute every hash of the trail."""
    broken = service.verify(current_user.id)
    if broken is None:
        flash(_("审计记录完整，哈希链没有断裂。"), "success")
    elif broken == 0:
        flash(_("审计记录末尾缺了内容，请立即调查。"), "error")
    else:
        flash(_("审计记录从第 %(entry)s 条起对不上，请立即调查。", entry=broken), "error")
    return redirect(url_for("admin.audit"))


def _table(rows: Sequence[AuditEntry]) -> Table:
    names = _names(rows)
    columns = [
        Column(_("序号"), True), Column(_("时间")), Column(_("账号")), Column(_("操作")), Column(_("代码")),
        Column(_("对象")), Column(_("详情")), Column(_("哈希")),
    ]  # fmt: skip
    cells = [
        [
            Cell(row.id), Cell(moment(row.at)), Cell(names.user(row.user_id)), Cell(action_text(row.action)),
            Cell(row.action), Cell(names.subject(row.subject)), Cell("；".join(names.details(row))), Cell(row.hash),
        ]
        for row in rows
    ]  # fmt: skip
    return Table("audit", _("审计"), columns, cells)


@bp.get("/audit/export")
@staff(Permission.EXPORT_AUDIT)
def export_audit() -> FlaskResponse | Response:
    """The entries that the filters keep, the newest ``EXPORT_MOST`` of them; the export is an entry itself."""
    kind = request.args.get("format", "csv")
    if kind not in FORMATS:
        return redirect(url_for("admin.audit"))
    rows = queries.newest(queries.audit_entries(_wanted()), EXPORT_MOST)
    table = _table(rows)
    body = as_csv(table) if kind == "csv" else as_xlsx([table])
    exports.record_audit_export(
        kind, request.query_string.decode(errors="replace"), len(rows), Actor.of(current_user)
    )
    return FlaskResponse(
        body,
        content_type=FORMATS[kind],
        headers={"Content-Disposition": f"attachment; filename=audit.{kind}"},
    )


@bp.get("/audit/watch")
@staff(Permission.WATCH_STAFF)
def watch_staff() -> str:
    """Who unmasks far more than their peers, at night, or what they never worked on."""
    days = request.args.get("days", 30, type=int)
    days = days if days in watch.SPANS else 30
    rows = watch.lookers(days)
    names = Names({}, {}, {})
    return render_template(
        "admin/watch.html", rows=rows, days=days, spans=[(n, _("%(days)s 天", days=n)) for n in watch.SPANS],
        marks={key: _(text) for key, text in MARKS.items()}, subject=names.subject,
        rules={"many": MANY, "some": SOME, "times": f"{TIMES:g}", "night": f"{NIGHT_FROM}:00–{NIGHT_UNTIL}:00"},
    )  # fmt: skip
