"""Earlier messages about the same trouble, among a million: an index on disk that grows message by message.

    with SimilarIndex.open(folder) as index:
        index.add(17, "柳树小区3号楼电梯停了三天")
        index.save()
        index.find("我们柳树小区的电梯又坏了")     # [Match(key=17, likeness=0.61)]

Why a full-text index and not vectors: messages about the same trouble share few, rare words. Among the same million
stored messages, 256 numbers of each (a hashed random projection) put .64 of a topic's other messages among the first
100 when compared exhaustively, faiss's inverted file .47 in 3 ms and .55 in 19 ms, USearch .71 among the easier first
third of the million; Tantivy's own ranking .87 in 2.5 ms, on half of faiss's disk. hnswlib's last release is of 2023.

Tantivy (a full-text index with BM25 and block-max WAND) picks candidates by their rarest words; the likeness of
`nlp.likeness` puts them in order. The index holds hashed words only, no text.

Processes and threads: any number of processes may hold one index open and call `find`, from any of their threads,
also after a fork; they see what was saved when it is saved. One process writes at a time: from the first `add` or
`remove` until `save` it holds the lock. What was not saved when the process died is gone, and nothing else is: a
save is one rename. `rebuild` makes the index anew from texts beside the old one, and one rename puts it in place.
Files are mapped into memory: never shorten or overwrite them under a running process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import tantivy

from nlp import similar_engine as engine
from nlp import similar_files as files
from nlp.likeness import likenesses
from nlp.similar_files import SimilarIndexBusy, SimilarIndexError
from nlp.terms import read_terms, unpack

__all__ = ["Match", "Message", "SimilarIndex", "SimilarIndexBusy", "SimilarIndexError"]

_CANDIDATES: Final = 64
_MOST_CANDIDATES: Final = 500
# Below this two messages have little more in common than being complaints.
LEAST_LIKENESS: Final = 0.2


class Match(NamedTuple):
    """An earlier message: its key, and how like it is (0–1; from .8 a near-copy, from .3 mostly the same trouble)."""

    key: int
    likeness: float


class Message(NamedTuple):
    """A message to store. `when`: seconds since 1970, 0 when unknown."""

    key: int
    text: str
    when: int = 0


class SimilarIndex:
    """The index of one folder; see the module for what threads and processes may do. Use `open`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._writer: tantivy.IndexWriter | None = None
        self._new_keys: set[int] = set()
        self._attach()

    @classmethod
    def open(cls, folder: str | Path, *, verify: bool = True) -> SimilarIndex:
        """Open the index of a folder, or begin an empty one there.

        `verify` reads every file once and compares checksums (0.1 s for 100 MB). Raises SimilarIndexError when the
        index is damaged or was made by another version: `rebuild` is the way out.
        """
        place = Path(folder)
        if not files.exists(place):
            files.create(place)
        if verify:
            files.verify(place)
        return cls(place)

    @classmethod
    def rebuild(cls, folder: str | Path, messages: Iterable[Message]) -> SimilarIndex:
        """Make the folder's index anew from texts, whatever state it is in; readers of the old one change over.

        Raises SimilarIndexBusy when another process is writing.
        """
        place = Path(folder)
        with engine.held(place), files.building(place) as part:
            index = tantivy.Index(files.schema(), path=str(part))
            writer, seen = engine.writer(index), set[int]()
            for key, text, when in messages:
                if key in seen:
                    engine.delete(writer, index, key)
                seen.add(key)
                writer.add_document(engine.document(key, read_terms(text), when))
            writer.commit()
            writer.wait_merging_threads()
        return cls(place)

    def _attach(self) -> None:
        self._pid = os.getpid()
        self._stamp = files.stamp(self._folder)
        self._index = files.open_current(self._folder)
        self._searcher = self._index.searcher()

    def _fresh(self) -> tantivy.Searcher:
        """The newest saved state; opened anew after a fork, since the parent's writer is not ours."""
        if self._pid != os.getpid():
            self._lock, self._writer = threading.RLock(), None
            self._new_keys = set()
            self._attach()
        elif self._stamp != files.stamp(self._folder):
            with self._lock:
                self._attach()
        return self._searcher

    def __len__(self) -> int:
        return int(self._fresh().num_docs)

    def find(
        self,
        text: str,
        limit: int = 5,
        *,
        since: int = 0,
        exclude: Collection[int] = (),
        among: Collection[int] | None = None,
        least: float = LEAST_LIKENESS,
    ) -> list[Match]:
        """Saved messages most like `text`, likest first, at most `limit`; none below `least`.

        `since` leaves out messages stored with an earlier `when` (seconds since 1970), `among` those with other keys
        (some thousand keys cost some milliseconds). A blank text finds nothing.
        """
        terms = read_terms(text)
        if not len(terms.ids) or limit < 1 or (among is not None and not among):
            return []
        searcher = self._fresh()
        rare = engine.live_rarity(searcher, terms.ids)
        wanted = min(max(_CANDIDATES, 3 * (limit + len(exclude))), _MOST_CANDIDATES)
        query = engine.query(self._index.schema, terms, rare, since, among)
        hits = searcher.search(query, wanted, count=False).hits
        addresses = [address for _, address in hits]
        keys = [int(key or 0) for key in searcher.fast_field_values("key", addresses)]
        others = [unpack(searcher.doc(address)["terms"][0]) for address in addresses]
        matches = [
            Match(key, round(value, 4))
            for key, value in zip(keys, likenesses(terms, others, rare).tolist(), strict=True)
            if value >= least and key not in exclude
        ]
        return sorted(matches, key=lambda match: (-match.likeness, match.key))[:limit]

    def compare(self, text: str, others: Sequence[str]) -> list[float]:
        """Likeness (0–1) of texts that are not saved, as `find` would give it if they were."""
        terms, unsaved = read_terms(text), [read_terms(other) for other in others]
        rare = engine.live_rarity(self._fresh(), terms.ids, unsaved)
        return [round(value, 4) for value in likenesses(terms, unsaved, rare).tolist()]

    def saved(self, keys: Collection[int]) -> set[int]:
        """Those of `keys` that are saved."""
        return engine.saved(self._fresh(), self._index.schema, keys)

    def add(self, key: int, text: str, when: int = 0) -> None:
        """Store a message, in place of an earlier one with this key; found from the next `save` on.

        `key` ≥ 0. Raises ValueError for a negative key, SimilarIndexBusy when another process is writing.
        """
        if key < 0 or when < 0:
            raise ValueError("key and when must not be negative")
        terms = read_terms(text)
        with self._lock:
            writer = self._writing()
            self._forget(writer, key)
            writer.add_document(engine.document(key, terms, when))
            self._new_keys.add(key)

    def remove(self, key: int) -> None:
        """Forget a message; no error when there is none. Its words are gone from the files after later saves merge.

        Raises SimilarIndexBusy when another process is writing.
        """
        with self._lock:
            self._forget(self._writing(), key)

    def _forget(self, writer: tantivy.IndexWriter, key: int) -> None:
        # Deleting what is not there costs a look into every part at the next save.
        if key in self._new_keys or self._searcher.doc_freq("key", key):
            engine.delete(writer, self._index, key)

    def _writing(self) -> tantivy.IndexWriter:
        self._fresh()
        if self._writer is None:
            writer = engine.writer(self._index)
            if self._stamp != files.stamp(self._folder):
                # Somebody saved or rebuilt just before we had the lock.
                engine.release(writer)
                self._attach()
                writer = engine.writer(self._index)
            self._writer = writer
        return self._writer

    def save(self) -> None:
        """Make what was added and removed durable and findable, in one step, and let others write."""
        with self._lock:
            if self._pid != os.getpid() or self._writer is None:
                return
            writer, self._writer = self._writer, None
            self._new_keys = set()
            writer.commit()
            writer.wait_merging_threads()
            self._attach()

    def close(self) -> None:
        """Drop what was not saved."""
        with self._lock:
            if self._pid == os.getpid() and self._writer is not None:
                engine.release(self._writer)
            self._writer, self._new_keys = None, set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
