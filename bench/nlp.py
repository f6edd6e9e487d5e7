"""One message through the whole language layer beside SnowNLP's sentiment alone: CPU time, on one core."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

from bench.figure import Figure
from nlp.train_gold_rows import read_gold

_REPEATS = 5
_MESSAGES = 150
_READY = "import time; t=time.perf_counter(); from nlp import Analyzer; Analyzer().warm_up(); print(time.perf_counter()-t)"


def _texts() -> list[str]:
    """Short messages of our own, and long ones made of several of them."""
    short = [row.text for name in ("category", "request_type") for row in read_gold(name, "dev")]
    long = ["。".join(short[at : at + 9]) for at in range(0, 450, 9)]
    return short[:_MESSAGES] + long


def _fastest(read: Callable[[str], object], texts: list[str]) -> np.ndarray:
    """CPU milliseconds for each text, the fastest of some repeats: neighbours on the machine count little."""
    out = []
    for text in texts:
        times = []
        for _ in range(_REPEATS):
            begin = time.process_time()
            read(text)
            times.append(time.process_time() - begin)
        out.append(1000 * min(times))
    return np.array(out)


def measure() -> Iterator[Figure]:
    """Milliseconds, the ratio to SnowNLP in the same run, seconds until ready, and memory."""
    from snownlp import SnowNLP

    from nlp import Analyzer

    done = subprocess.run([sys.executable, "-c", _READY], capture_output=True, text=True, check=True)
    yield Figure("ready to serve after import", float(done.stdout), "s", "at most 2.5")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    analyzer = Analyzer().warm_up()
    yield Figure(
        "resident memory added at most",
        (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "MB",
        "at most 350",
    )
    texts = _texts()
    ours = _fastest(analyzer.analyze, texts)
    theirs = _fastest(lambda text: SnowNLP(text).sentiments, texts)
    yield Figure("whole analysis, mean", float(ours.mean()), "ms", "at most 3")
    yield Figure("whole analysis, p95", float(np.percentile(ours, 95)), "ms", "at most 6")
    yield Figure("  of those short messages, mean", float(ours[:_MESSAGES].mean()), "ms")
    yield Figure("  of the long ones, mean", float(ours[_MESSAGES:].mean()), "ms")
    yield Figure("SnowNLP sentiment alone, mean", float(theirs.mean()), "ms")
    yield Figure(
        "times as fast as SnowNLP's sentiment", float(theirs.mean() / ours.mean()), "×", "at least 40"
    )
