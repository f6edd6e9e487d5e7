"""Import of other systems' requests: classified, dispatched, with their replies as casework. Safe to run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from webapp import crypto
from webapp.domain.workflow import Action, EventType, Role, Status, transition
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Area, ServiceRequest, utcnow
from webapp.queries import deadlines
from webapp.queries.directory import directory
from webapp.services import casework, dispatch, events, language, matching, sealing
from webapp.services.actor import RESIDENT, SYSTEM, Actor
from webapp.services.import_rows import BadRow, MappingError, RowReader
from webapp.services.import_source import ColumnMapping, Incoming, read_row
from webapp.services.submit import MAX_TEXT, secret_hash, subject_of

BATCH = 200
Progress = Callable[[int], None]
"""Called with the bytes (CSV) or rows (XLSX) read since the last call."""


@dataclass(slots=True)
class ImportReport:
    """What became of the rows. ``bad`` were not imported; ``warnings`` were, but not wholly."""

    stored: int = 0
    already: int = 0
    answered: int = 0
    newest: datetime | None = None
    bad: list[BadRow] = field(default_factory=list)
    warnings: list[BadRow] = field(default_factory=list)


def import_requests(
    path: Path, mapping: ColumnMapping, progress: Progress | None = None, shift: timedelta = timedelta(0)
) -> ImportReport:
    """Read ``path`` row by row and store what is new, ``BATCH`` requests a transaction.

    ``shift`` moves every time (see :func:`shift_to_now`). A row whose id was imported before from the same source is
    skipped, so that a run that was cut off is simply run again. Raises ``MappingError`` when columns are missing.
    """
    now, report = utcnow(), ImportReport()
    known = set(
        db.session.scalars(select(ServiceRequest.source_id).where(ServiceRequest.source == mapping.source))
    )
    with RowReader(path, mapping.encoding) as reader:
        _require_columns(reader, mapping)
        fresh = _fresh(reader, mapping, now, known, report, progress or (lambda step: None))
        areas = _area_names()
        while batch := list(islice(fresh, BATCH)):
            with db.session.no_autoflush:
                for item in (_shifted(found, shift) for found in batch):
                    _store(item, mapping, areas, now)
                    report.newest = max(report.newest or item.received_at, item.received_at)
            db.session.commit()
            report.stored += len(batch)
            report.answered += sum(bool(item.reply) for item in batch)
            # Thousands of finished requests must not pile up in memory.
            db.session.expunge_all()
    return report


def shift_to_now(path: Path, mapping: ColumnMapping) -> timedelta:
    """How far to move an old file's times so that its newest message or reply arrives now, on whole days."""
    now, latest = utcnow(), None
    with RowReader(path, mapping.encoding) as reader:
        _require_columns(reader, mapping)
        for line, row in reader:
            item = row if isinstance(row, BadRow) else read_row(line, row, mapping, now)
            if isinstance(item, Incoming):
                moment = item.replied_at or item.received_at
                latest = moment if latest is None else max(latest, moment)
    return timedelta(days=(now - latest).days) if latest else timedelta(0)


def _require_columns(reader: RowReader, mapping: ColumnMapping) -> None:
    if missing := [name for name in mapping.columns() if name not in reader.header]:
        there = ", ".join(name for name in reader.header if name)[:300]
        raise MappingError(f"the file has no column {', '.join(missing)}; it has {there}")


def _fresh(
    reader: RowReader, mapping: ColumnMapping, now: datetime, known: set[str | None], report: ImportReport,
    progress: Progress,
) -> Iterator[Incoming]:  # fmt: skip
    """Rows that can be stored and are new; the others go into the report."""
    seen: dict[str, int] = {}
    position = 0
    for line, row in reader:
        progress(reader.position - position)
        position = reader.position
        item = row if isinstance(row, BadRow) else read_row(line, row, mapping, now)
        if isinstance(item, BadRow):
            report.bad.append(item)
        elif item.source_id in seen:
            report.bad.append(
                BadRow(line, f"id {item.source_id} stands already in line {seen[item.source_id]}")
            )
        elif item.source_id in known:
            report.already += 1
        else:
            seen[item.source_id] = line
            if item.warning:
                report.warnings.append(BadRow(line, item.warning))
            yield item
    progress(reader.length - position)


def _shifted(item: Incoming, shift: timedelta) -> Incoming:
    if not shift:
        return item
    replied = item.replied_at + shift if item.replied_at else None
    return replace(item, received_at=item.received_at + shift, replied_at=replied)


def _area_names() -> dict[str, int]:
    """Areas by name, districts before streets; names that occur twice on a level are left out."""
    found: dict[str, list[tuple[int, int]]] = {}
    for area_id, name, level in db.session.execute(select(Area.id, Area.name, Area.level)):
        found.setdefault(name, []).append((level, area_id))
    return {name: min(places)[1] for name, places in found.items() if len(places) == 1}


def _store(item: Incoming, mapping: ColumnMapping, areas: dict[str, int], now: datetime) -> None:
    """One request with its casework, in the caller's transaction."""
    known = directory()
    number = crypto.new_number("MP")
    text, salt = item.text[:MAX_TEXT], sealing.new_salt()
    request = ServiceRequest(
        service_request_id=number, secret_hash=secret_hash(number, crypto.new_secret()), channel="import", text=text,
        subject=subject_of(text), status=Status.RECEIVED.value, received_at=item.received_at,
        received_day=local(item.received_at).date(), is_public=True, address=item.address,
        area_id=next((areas[name] for name in item.areas if name in areas), known.city_id),
        department_id=known.responsible_department_id(None, known.city_id), urgency="normal",
        identity=crypto.keyed_hash(f"import:{mapping.source}", item.identity) if item.identity else None,
        request_type=item.request_type, supporters=item.supporters, source=mapping.source, source_id=item.source_id,
        complexity="ordinary", due_at=item.received_at, reopened_count=0, objection_count=0, transfer_count=0,
        unreached=False, returned=False, extended=False, words_salt=salt,
    )  # fmt: skip
    db.session.add(request)
    events.append(
        request, EventType.RECEIVED, RESIDENT, data=sealing.fingerprint(text, salt), at=item.received_at
    )
    filled = language.apply_to_request(request, language.read(text, item.address))
    department_code = dispatch.route(request, item.received_at)
    # By category first, as the case was; the service is who shall be scored for it, not who was asked.
    request.service_id = request.service_id or matching.service_of(request.category_id, text)
    moved = transition(Status.RECEIVED, Action.ASSIGN, Role.SYSTEM)
    request.status, request.assigned_at = moved.status.value, item.received_at
    data = {"department": department_code, "facts": events.facts(request)} | filled
    events.append(request, moved.event_type, SYSTEM, data=data, at=item.received_at)
    if item.replied_at is not None:
        _answered(request, item, now)


def _answered(request: ServiceRequest, item: Incoming, now: datetime) -> None:
    """The reply as casework: accepted and answered then; closed without the resident's word after the silence."""
    replied = item.replied_at
    if replied is None:
        return
    office = Actor(Role.CLERK, department_id=request.department_id)
    casework.apply_step(request, casework.Step(Action.ACCEPT), office, replied)
    if not item.finished:
        casework.apply_step(request, casework.Step(Action.REPLY, item.reply), office, replied)
        return
    casework.apply_step(request, casework.Step(Action.RESOLVE, item.reply), office, replied)
    request.needs_human = False
    silent = replied + timedelta(days=deadlines.policy().silence_days)
    if silent <= now:
        casework.apply_step(
            request, casework.Step(Action.CLOSE, _("导入的历史诉求，没有回访记录")), SYSTEM, silent
        )
