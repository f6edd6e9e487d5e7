"""What somebody with rights on the schema could do to an append-only table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from webapp.extensions import db
from webapp.models.append_only import TABLES, statements


def tamper(statement: Any) -> None:
    """Take the protection off, change something, and put the protection back as if nothing had been. Commits."""
    connection = db.session.connection()
    dialect = connection.dialect.name
    for table in TABLES:
        for verb in ("update", "delete"):
            where = f" ON {table.name}" if dialect == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {table.name}_no_{verb}{where}"))
    db.session.execute(statement)
    for table in TABLES:
        for made in statements(dialect, table.name):
            if "truncate" not in made:
                connection.exec_driver_sql(made.replace("%", "%%") if dialect == "postgresql" else made)
    db.session.commit()
    db.session.expire_all()
