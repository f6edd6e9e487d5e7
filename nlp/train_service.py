"""Which service a query means, on our own gold set (gold/service.csv), beside what anyone could install instead.

The set's authors wrote the residents' vocabulary too, from the parts `train` and `dev`; weights were tuned on those. The
part `test` was only ever counted.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp import taxonomy
from nlp.service_match import ServiceEntry, ServiceMatcher
from nlp.train_metrics import bootstrap, mean
from nlp.train_report import Row

GOLD = Path(__file__).parent / "gold" / "service.csv"
# Another part's data file, read as such: the matcher is measured on the services of the demonstration city.
DEMO = Path(__file__).parents[1] / "webapp" / "demo" / "data"
Ranker = Callable[[str], Sequence[str]]
"""Text → service codes, likest first."""


class Query(NamedTuple):
    """A query of the gold set; `code` is '' where it means no service."""

    text: str
    code: str
    kind: str
    split: str


def gold(split: str) -> list[Query]:
    """The queries of one part, ``train``, ``dev`` or ``test``."""
    with GOLD.open(encoding="utf-8", newline="") as file:
        rows = [Query(r["text"], r["service_code"], r["kind"], r["split"]) for r in csv.DictReader(file)]
    return [row for row in rows if row.split == split]


def demo_entries() -> list[ServiceEntry]:
    """The demonstration city's services, their keywords among the nicknames as the platform stores them.

    Raises FileNotFoundError where the platform is not installed beside this package.
    """
    with (DEMO / "departments.csv").open(encoding="utf-8", newline="") as file:
        departments = {row["code"]: row["name"] for row in csv.DictReader(file)}
    with (DEMO / "services.csv").open(encoding="utf-8", newline="") as file:
        return [_entry(row, departments) for row in csv.DictReader(file)]


def _entry(row: dict[str, str], departments: dict[str, str]) -> ServiceEntry:
    category = taxonomy.by_code().get(row["category"])
    return ServiceEntry(
        row["service_code"],
        row["name"],
        tuple(name for name in row["nicknames"].split("|") if name) + tuple(row["keywords"].split()),
        department=departments.get(row["department"], ""),
        category_code=row["category"],
        category_name=category.name if category is not None else "",
        description=row["description"],
        materials=tuple(item for item in row["materials"].split("|") if item),
        place=row["place"],
    )


def substring_ranker(entries: Sequence[ServiceEntry]) -> Ranker:
    """Services one of whose names holds the query or stands in it, the longest such name first."""

    def rank(text: str) -> list[str]:
        found = [
            (max((len(n) for n in (e.name, *e.nicknames) if text in n or n in text), default=0), e.code)
            for e in entries
        ]
        return [code for size, code in sorted(found, key=lambda pair: -pair[0]) if size]

    return rank


def tfidf_ranker(entries: Sequence[ServiceEntry]) -> Ranker:
    """Cosine of TF-IDF vectors of characters, one to three in a row, over all that is published of a service."""
    texts = [" ".join((e.name, *e.nicknames, e.description, e.category_name)) for e in entries]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    published = vectorizer.fit_transform(texts)

    def rank(text: str) -> list[str]:
        likeness = (published @ vectorizer.transform([text]).T).toarray()[:, 0]
        return [entries[i].code for i in np.argsort(-likeness, kind="stable")[:3] if likeness[i] > 0]

    return rank


def _share(right: Sequence[bool]) -> Callable[[NDArray[np.float64]], float]:
    return mean(np.array(right, dtype=np.float64))


def _method_rows(on: str, method: str, rank: Ranker, queries: Sequence[Query]) -> list[Row]:
    answers = [rank(query.text)[:3] for query in queries]
    rows = []
    for kind in ("", "name", "nickname", "typo", "sentence"):
        held = [i for i, q in enumerate(queries) if kind in ("", q.kind)]
        for top in (1, 3):
            right = [queries[i].code in answers[i][:top] for i in held]
            what = f"top {top}{', ' if kind else ''}{kind} ({len(held)})"
            rows.append(Row(on, what, method, bootstrap(_share(right), np.arange(len(held)))))
    return rows


def _best_rows(on: str, matcher: ServiceMatcher, queries: Sequence[Query]) -> list[Row]:
    """How often one service is named outright, how often rightly, and how often where none is meant."""
    start = perf_counter()
    answers = [matcher.best(query.text) for query in queries]
    spent = (perf_counter() - start) / len(queries)
    named = [
        (a is not None, a is not None and a.code == q.code) for a, q in zip(answers, queries, strict=True)
    ]
    meant = [pair for pair, query in zip(named, queries, strict=True) if query.code]
    none = [said for (said, _), query in zip(named, queries, strict=True) if not query.code]
    sure = [right for said, right in meant if said]
    return [
        Row(on, "share sure", "this model", bootstrap(_share([s for s, _ in meant]), np.arange(len(meant)))),
        Row(on, "accuracy where sure", "this model", bootstrap(_share(sure), np.arange(len(sure)))),
        Row(on, f"answered, none meant ({len(none)})", "this model", bootstrap(_share(none), np.arange(len(none)))),
        Row(on, "ms per query", "this model", 1000 * spent),
    ]  # fmt: skip


def service_rows(_: Path) -> list[Row]:
    """Figures of both parts, by kind of query; empty where the demonstration's services are not installed."""
    if not (DEMO / "services.csv").is_file():
        return []
    entries = demo_entries()
    matcher = ServiceMatcher(entries)
    rankers = {
        "this model": lambda text: [guess.code for guess in matcher.match(text)],
        "substring": substring_ranker(entries),
        "characters TF-IDF cosine": tfidf_ranker(entries),
    }
    rows: list[Row] = []
    for split in ("dev", "test"):
        queries = gold(split)
        named = [query for query in queries if query.code]
        on = f"services, {split} ({len(named)} queries)"
        for method, rank in rankers.items():
            rows += _method_rows(on, method, rank, named)
        rows += _best_rows(on, matcher, queries)
    return rows
