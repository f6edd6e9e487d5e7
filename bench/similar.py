"""Finding earlier messages about the same trouble among 100,000 and 1,000,000 stored ones, on one core.

A query is a message that nobody has cut yet: its milliseconds include reading it. They are this process's CPU time,
as other work on the machine would be measured otherwise; a save waits for the disk, so it is wall time.

Stored are variations (sentences recombined, places renamed) of our own gold messages, or of the development data
where `BENCH_DATA` names its folder. `BENCH_STORED` sets other sizes, e.g. ``10000``; a million takes ten minutes.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

from bench.figure import Figure
from nlp.similar import SimilarIndex
from nlp.train_gold_rows import read_gold
from nlp.variations import Source, variations

SIZES = os.environ.get("BENCH_STORED", "100000,1000000")
DATA = os.environ.get("BENCH_DATA", "")
QUERIES, SAVES = 400, 20


def _sources() -> list[Source]:
    if DATA:
        from nlp.trouble_evaluate import sources

        return list(sources(Path(DATA)))
    texts = [text for name in ("urgency", "request_type", "category") for text, *_ in read_gold(name)]
    # Gold messages are a line each; three in a row are as long as what residents write.
    return [Source("。".join(texts[i : i + 3])) for i in range(len(texts) - 2)]


def _wall(began: float) -> float:
    return 1000 * (time.perf_counter() - began)


def _cpu(began: float) -> float:
    return 1000 * (time.process_time() - began)


def _measure(size: int, sources: list[Source], folder: Path) -> Iterator[Figure]:
    what = f"{size:>9,} stored"
    began = time.process_time()
    with SimilarIndex.open(folder) as index:
        for key, text in enumerate(variations(sources, size)):
            index.add(key, text)
        index.save()
        yield Figure(f"{what}: add, generating and saving included", _cpu(began) / size, "CPU-ms each")
        files = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        yield Figure(f"{what}: files", sum(files) / 1e6, "MB")
        asked = list(variations(sources, QUERIES, seed=6)) + [s.text for s in islice(sources, 0, QUERIES)]
        for text in asked[:20]:
            index.find(text)
        times = []
        for text in asked:
            began = time.process_time()
            index.find(text)
            times.append(_cpu(began))
        times.sort()
        yield Figure(f"{what}: find, p50", median(times), "CPU-ms", "at most 20")
        yield Figure(f"{what}: find, p95", times[int(0.95 * len(times))], "CPU-ms", "at most 20")
        yield from _changes(what, index, size, asked)
    began = time.perf_counter()
    SimilarIndex.open(folder).close()
    yield Figure(f"{what}: open, checksums compared", _wall(began), "ms")


def _changes(what: str, index: SimilarIndex, size: int, texts: list[str]) -> Iterator[Figure]:
    added, removed = [], []
    for number in range(SAVES):
        began = time.perf_counter()
        index.add(size + number, texts[number])
        index.save()
        added.append(_wall(began))
        began = time.perf_counter()
        index.remove(number)
        index.save()
        removed.append(_wall(began))
    yield Figure(f"{what}: add one and save, p50", median(added), "ms")
    yield Figure(f"{what}: remove one and save, p50", median(removed), "ms")


def measure() -> Iterator[Figure]:
    """Milliseconds to add, find, save and open, and the size on disk."""
    sources = _sources()
    for size in SIZES.split(","):
        with tempfile.TemporaryDirectory() as folder:
            yield from _measure(int(size), sources, Path(folder))
