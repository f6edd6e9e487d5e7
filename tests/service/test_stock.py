"""After many rows came at once the databases know how many there are, and read a window's days only."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import insert, text

from webapp.extensions import db
from webapp.models import ServiceDay, utcnow
from webapp.services import rollups

UNITS, DAYS = 30, 200


def test_a_window_is_read_by_its_days(context: Flask) -> None:
    today = utcnow().date()
    db.session.execute(
        insert(ServiceDay),
        [
            {"unit_id": unit, "channel": "web", "day": today - timedelta(days=back)}
            for unit in range(1, UNITS + 1)
            for back in range(DAYS)
        ],
    )
    db.session.commit()
    question = "EXPLAIN QUERY PLAN SELECT unit_id, sum(uses) FROM service_day WHERE day >= '2026-01-01' GROUP BY unit_id"
    before = " ".join(row[3] for row in db.session.execute(text(question)))
    db.session.commit()
    rollups.take_stock()
    # A connection reads the counts when it opens.
    db.session.remove()
    db.engine.dispose()
    after = " ".join(row[3] for row in db.session.execute(text(question)))
    assert "SEARCH" not in before
    assert "SEARCH service_day USING PRIMARY KEY (ANY(unit_id) AND ANY(channel) AND day>?)" in after
