"""Rotation of ``FIELD_KEYS``: every encrypted column of every table is rewritten with the first key.

To rotate: put the new key in front of the old ones and restart all processes, ``flask keys rotate``, ``flask keys status``
until nothing hangs on old keys, then drop those. Interrupted, it goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Column, Table, select, tuple_, update

from webapp import crypto
from webapp.extensions import db
from webapp.models import Setting
from webapp.models.base import ENCRYPTED
from webapp.services import audit

PROGRESS = "key_rotation"
BATCH = 500


@dataclass(frozen=True, slots=True)
class ColumnState:
    """How the fields of one column are encrypted: with the first key, with an older one, or readable with none."""

    column: str
    current: int
    old: int
    unreadable: int


def encrypted_columns() -> list[Column[Any]]:
    """Every column that is marked as encrypted, by table and name."""
    tables = sorted(db.metadata.tables.values(), key=lambda table: table.name)
    return [column for table in tables for column in table.columns if column.info.get(ENCRYPTED)]


def _name(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def _keys(table: Table) -> list[Column[Any]]:
    return list(table.primary_key.columns)


def _fields(column: Column[Any], after: list[Any] | None) -> list[Any]:
    """The next fields of a column behind a primary key: rows of (key …, token)."""
    table: Table = column.table  # type: ignore[assignment]
    keys = _keys(table)
    statement = select(*keys, column).where(column.is_not(None), column != "").order_by(*keys).limit(BATCH)
    if after is not None:
        statement = statement.where(tuple_(*keys) > tuple_(*after))
    return list(db.session.execute(statement).all())


def _batches(column: Column[Any], after: list[Any] | None = None) -> Iterator[list[Any]]:
    while rows := _fields(column, after):
        yield rows
        after = list(rows[-1][:-1])


def status() -> list[ColumnState]:
    """The state of every encrypted column."""
    return [_state(column) for column in encrypted_columns()]


def _state(column: Column[Any]) -> ColumnState:
    counts = {"current": 0, "old": 0, "unreadable": 0}
    for rows in _batches(column):
        for row in rows:
            counts[_kind(row[-1])] += 1
    return ColumnState(_name(column), **counts)


def _kind(token: str) -> str:
    if crypto.first_key_opens(token):
        return "current"
    try:
        crypto.decrypt(token)
    except LookupError:
        return "unreadable"
    return "old"


def _first_key() -> str:
    """A name for the first key that tells nothing about it, to notice that it changed since an interruption."""
    return hashlib.sha256(b"minping:" + current_app.config["FIELD_KEYS"][0].encode()).hexdigest()[:16]


def rotate(user_id: int | None = None) -> dict[str, int]:
    """Encrypt everything with the first key; returns column → fields rewritten. Commits batch by batch.

    A field that changes meanwhile is left as the other writer made it; what no key opens is left as it is.
    """
    done: dict[str, int] = {}
    place = _place()
    for column in encrypted_columns():
        name = _name(column)
        if name in place["finished"]:
            continue
        after = place["after"] if place["column"] == name else None
        done[name] = 0
        for rows in _batches(column, after):
            done[name] += sum(_rewrite(column, row) for row in rows)
            place |= {"column": name, "after": list(rows[-1][:-1])}
            _remember(place)
            db.session.commit()
        place |= {"finished": [*place["finished"], name], "column": "", "after": None}
        _remember(place)
        db.session.commit()
    _remember(_start())
    audit.record("keys.rotate", "field_keys", user_id, fields=sum(done.values()))
    db.session.commit()
    return done


def _rewrite(column: Column[Any], row: Any) -> int:
    token = row[-1]
    if _kind(token) != "old":
        return 0
    renewed = crypto.encrypt(crypto.decrypt(token))
    table: Table = column.table  # type: ignore[assignment]
    same = [key == value for key, value in zip(_keys(table), row[:-1], strict=True)]
    # By the table and not by the model: the optimistic lock of a clerk who is writing must not see a change.
    changed = db.session.connection().execute(
        update(table).where(*same, column == token).values({column.name: renewed})
    )
    return int(changed.rowcount)


def _start() -> dict[str, Any]:
    return {"key": _first_key(), "finished": [], "column": "", "after": None}


def _place() -> dict[str, Any]:
    """Where an interrupted rotation to this very key stopped; else the beginning."""
    kept = db.session.scalar(select(Setting.value).where(Setting.name == PROGRESS))
    return dict(kept) if kept and kept.get("key") == _first_key() else _start()


def _remember(place: dict[str, Any]) -> None:
    changed = db.session.execute(update(Setting).where(Setting.name == PROGRESS).values(value=dict(place)))
    if not changed.rowcount:  # type: ignore[attr-defined]
        db.session.add(Setting(name=PROGRESS, value=dict(place)))
        db.session.flush()
