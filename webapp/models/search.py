"""Full-text search: what a request says, cut into words, and the index that the database itself keeps of it.

SQLite: an external-content FTS5 table filled by triggers. PostgreSQL: two generated ``tsvector`` columns with GIN indexes.
Neither is part of the ORM's tables; :func:`is_kept_by_database` names what migrations must not compare.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import DDL, ForeignKey, Table, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Model


class SearchText(Model):
    """One request as the search sees it, personal data starred out: never shown, made anew at any time.

    ``words``: jieba's words; ``chars``: single characters, so that any piece of the text is a phrase. Both are
    separated by spaces. Deleting a request deletes its row, and with it what the index knows.
    """

    __tablename__ = "search_texts"

    request_id: Mapped[int] = mapped_column(
        ForeignKey("service_requests.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)
    chars: Mapped[str] = mapped_column(Text)


_OLD = "INSERT INTO search_fts(search_fts, rowid, words, chars) VALUES ('delete', old.request_id, old.words, old.chars);"
_NEW = "INSERT INTO search_fts(rowid, words, chars) VALUES (new.request_id, new.words, new.chars);"
SQLITE = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(words, chars, content='search_texts', content_rowid='request_id',"
    " tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER search_fts_insert AFTER INSERT ON search_texts BEGIN {_NEW} END",
    f"CREATE TRIGGER search_fts_delete AFTER DELETE ON search_texts BEGIN {_OLD} END",
    f"CREATE TRIGGER search_fts_update AFTER UPDATE ON search_texts BEGIN {_OLD} {_NEW} END",
)
POSTGRESQL = tuple(
    statement
    for name in ("words", "chars")
    for statement in (
        f"ALTER TABLE search_texts ADD COLUMN search_fts_{name} tsvector"
        f" GENERATED ALWAYS AS (to_tsvector('simple', {name})) STORED",
        f"CREATE INDEX ix_search_fts_{name} ON search_texts USING gin (search_fts_{name})",
    )
)


def is_kept_by_database(name: str | None) -> bool:
    """Whether a table, column or index belongs to the index itself (FTS5 keeps five tables of its own)."""
    return (name or "").startswith(("search_fts", "ix_search_fts"))


def _listen() -> None:
    table = cast(Table, SearchText.__table__)
    for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
        for statement in statements:
            event.listen(table, "after_create", _on(dialect, statement))
    event.listen(table, "before_drop", _on("sqlite", "DROP TABLE IF EXISTS search_fts"))


def _on(dialect: str, statement: str) -> Any:
    return DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


_listen()
