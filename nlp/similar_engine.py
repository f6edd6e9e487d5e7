"""Tantivy as the similarity index uses it: one writer, documents of hashed terms, queries by the rarest of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np
import tantivy

from nlp import similar_files as files
from nlp.likeness import F64, rarity
from nlp.similar_files import SimilarIndexBusy, SimilarIndexError
from nlp.terms import Ids, Terms

# So many of a message's rarest words look for candidates: 32 find 3 points fewer, 128 one more in twice the time.
_QUERY_TERMS: Final = 48
_HEAP: Final = 64_000_000


def writer(index: tantivy.Index) -> tantivy.IndexWriter:
    try:
        return index.writer(_HEAP, 1)
    except ValueError as error:
        raise SimilarIndexBusy(f"the index is being written by another process: {error}") from error


def release(opened: tantivy.IndexWriter) -> None:
    opened.rollback()
    opened.wait_merging_threads()


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep others from writing to the index in service; one that is damaged nobody can write to."""
    try:
        # Tantivy may panic over damaged files, so look first.
        files.verify(folder)
        locked = writer(files.open_current(folder))
    except SimilarIndexError:
        yield
        return
    try:
        yield
    finally:
        # A rebuild has removed the files by now; nothing was to be written to them.
        with suppress(ValueError):
            release(locked)


def delete(opened: tantivy.IndexWriter, index: tantivy.Index, key: int) -> None:
    # By query: `delete_documents_by_term` of tantivy 0.27 takes every integer for a signed one, and finds nothing.
    opened.delete_documents_by_query(tantivy.Query.term_query(index.schema, "key", key))


def document(key: int, terms: Terms, when: int) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("key", key)
    document.add_unsigned("when", when)
    # A term's frequency is how often it stands in the field.
    document.add_text("words", " ".join(map(str, np.repeat(terms.ids, terms.counts).tolist())))
    document.add_bytes("terms", terms.pack())
    return document


def query(
    schema: tantivy.Schema, terms: Terms, rare: F64, since: int, among: Collection[int] | None
) -> tantivy.Query:
    chosen = terms.ids[np.argsort(-rare, kind="stable")[:_QUERY_TERMS]]
    should = tantivy.Query.boolean_query(
        [
            (tantivy.Occur.Should, tantivy.Query.term_query(schema, "words", str(term), "freq"))
            for term in chosen.tolist()
        ]
    )
    limits = []
    if since:
        limits.append(
            tantivy.Query.range_query(schema, "when", tantivy.FieldType.Unsigned, since, (1 << 63) - 1)
        )
    if among is not None:
        limits.append(_keys(schema, among))
    if not limits:
        return should
    # What limits the search says nothing about likeness.
    musts = [tantivy.Query.const_score_query(limit, 0.0) for limit in limits]
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in (should, *musts)])


def _keys(schema: tantivy.Schema, keys: Collection[int]) -> tantivy.Query:
    return tantivy.Query.term_set_query(schema, "key", list(keys))


def saved(searcher: tantivy.Searcher, schema: tantivy.Schema, keys: Collection[int]) -> set[int]:
    if not keys:
        return set()
    hits = searcher.search(_keys(schema, keys), len(keys), count=False).hits
    found = searcher.fast_field_values("key", [address for _, address in hits])
    return {int(key or 0) for key in found}


def live_rarity(searcher: tantivy.Searcher, ids: Ids, unsaved: Sequence[Terms] = ()) -> F64:
    """Weights among what is saved, and among `unsaved` messages as if they were."""
    found = np.array([searcher.doc_freq("words", str(term)) for term in ids.tolist()], dtype=np.float64)
    for terms in unsaved:
        found += np.isin(ids, terms.ids)
    return rarity(ids, found, float(searcher.num_docs + len(unsaved)))
