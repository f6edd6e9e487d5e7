"""Full-text search over requests, one way to ask for both databases (see :mod:`webapp.models.search`).

Words apart must all occur, in any place; a word of several is one piece or, failing that, all its parts. "In quotes" is
that piece exactly. A tracking number, or its beginning, finds its case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    cast,
    column,
    func,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import REGCONFIG

from nlp.segment import search_characters, tokens
from webapp.extensions import db
from webapp.models import SearchText, ServiceRequest, utcnow

# So many hits are ranked; of more, a rank says little, and the newest come first.
MOST_RANKED = 2000
MOST_TERMS = 8
_QUOTED = re.compile(r"[\"“”„「『](.+?)[\"“”„」』]")
_NUMBER = re.compile(r"mp[0-9a-z]{2,12}", re.IGNORECASE)
# Words that a search does better without.
_EMPTY = frozenset("的了着过吗呢吧啊呀是在和与及也都又就还很")
_FTS = table("search_fts", column("rowid"))
_HALF_LIFE_DAYS = 90.0


@dataclass(frozen=True, slots=True)
class Term:
    """One thing looked for: its words (all must occur; those of one character anywhere) and its characters, as one piece."""

    text: str
    words: tuple[str, ...]
    chars: tuple[str, ...]
    exact: bool = False


def parse(typed: str) -> list[Term]:
    """What somebody typed, as terms; empty where nothing can be looked for."""
    found = [(piece, True) for piece in _QUOTED.findall(typed)]
    found += [(piece, False) for piece in _QUOTED.sub(" ", typed).split()]
    terms = [_term(piece, exact) for piece, exact in found]
    # 的 alone stands in half of all cases.
    return [term for term in terms if term.exact or set(term.chars) - _EMPTY][:MOST_TERMS]


def _term(piece: str, exact: bool) -> Term:
    words = tuple(
        word for word in (token.lower() for token in tokens(piece)) if word.isalnum() and word not in _EMPTY
    )
    return Term(piece, words, tuple(search_characters(piece)), exact)


def matching(terms: Sequence[Term]) -> list[ColumnElement[bool]]:
    """Conditions on :class:`ServiceRequest` that hold for what ``terms`` find."""
    words = rankable(terms)
    numbers = [term for term in terms if term not in words]
    found: list[ColumnElement[bool]] = [
        or_(ServiceRequest.service_request_id.startswith(term.text.upper()), _holds([term]))
        for term in numbers
    ]
    return [*found, _holds(words)] if words else found


def rankable(terms: Sequence[Term]) -> list[Term]:
    """Those of ``terms`` by which one hit can be more relevant than another: words, not numbers of cases."""
    return [term for term in terms if not _NUMBER.fullmatch(term.text)]


def _holds(terms: Sequence[Term]) -> ColumnElement[bool]:
    if _on_postgresql():
        return ServiceRequest.id.in_(select(SearchText.request_id).where(_vectors(terms)))
    return ServiceRequest.id.in_(select(_FTS.c.rowid).where(_match(terms)))


def ranked(found: Sequence[tuple[int, datetime]], terms: Sequence[Term]) -> list[int]:
    """Ids of what was ``found`` (id, received at), the most relevant first; of two alike the newer one.

    ``terms`` (at least one) are :func:`rankable`. A hit counts by BM25 (SQLite) or ``ts_rank`` (PostgreSQL), half as much
    when very old.
    """
    scores = _scores([number for number, _at in found], terms)
    now = utcnow()
    weighed = [(_weight(scores.get(number, 0.0), at, now), number) for number, at in found]
    return [number for _value, number in sorted(weighed, reverse=True)]


def _scores(ids: Sequence[int], terms: Sequence[Term]) -> dict[int, float]:
    statement: Any
    if _on_postgresql():
        statement = select(SearchText.request_id, _ts_rank(terms)).where(SearchText.request_id.in_(ids))
    else:
        # "+": the index is walked once, instead of being asked anew for each id.
        statement = text(
            "SELECT rowid, -bm25(search_fts, 4.0, 1.0) FROM search_fts WHERE search_fts MATCH :words AND +rowid IN :ids"
        ).bindparams(bindparam("ids", list(ids), expanding=True), words=_expression(terms))
    return {number: float(score) for number, score in db.session.execute(statement)}


def _weight(score: float, at: datetime, now: datetime) -> float:
    age = max(0.0, (now - at).total_seconds() / 86_400)
    return score * (0.5 + 0.5 / (1 + age / _HALF_LIFE_DAYS))


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


# --- SQLite ---------------------------------------------------------------------------------------------------------


def _match(terms: Sequence[Term]) -> ColumnElement[bool]:
    words: BindParameter[str] = bindparam("fts5", _expression(terms), unique=True)
    return text("search_fts MATCH :fts5").bindparams(words)  # type: ignore[return-value]


def _expression(terms: Sequence[Term]) -> str:
    # Terms are letters and digits only, so quotes cannot be broken out of; the value is bound all the same.
    return " AND ".join(f"({_fts5(term)})" for term in terms)


def _fts5(term: Term) -> str:
    piece = f'chars : "{" ".join(term.chars)}"'
    if term.exact or not term.words:
        return piece
    # Segmentation may have hidden a single character in a longer word (又坏了), so it is looked for as such.
    words = " AND ".join(f'{"chars" if len(word) == 1 else "words"} : "{word}"' for word in term.words)
    return f"({words}) OR ({piece})"


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _vectors(terms: Sequence[Term]) -> ColumnElement[bool]:
    return and_(*(_vector(term) for term in terms))


def _vector(term: Term) -> ColumnElement[bool]:
    piece = column("search_fts_chars").bool_op("@@")(_tsquery(" <-> ", term.chars))
    if term.exact or not term.words:
        return piece
    single = [word for word in term.words if len(word) == 1]
    longer = [word for word in term.words if len(word) > 1]
    words = [
        column(f"search_fts_{kind}").bool_op("@@")(_tsquery(" & ", some))
        for kind, some in (("chars", single), ("words", longer))
        if some
    ]
    return or_(and_(*words), piece)


def _tsquery(between: str, words: Sequence[str]) -> Any:
    return func.to_tsquery(cast("simple", REGCONFIG), between.join(f"'{word}'" for word in words))


def _ts_rank(terms: Sequence[Term]) -> Any:
    words = _tsquery(" | ", [word for term in terms for word in term.words or term.chars])
    # 1: divided by 1 + log(length), as BM25 does in its own way.
    return func.ts_rank(column("search_fts_words"), words, 1)
