"""How good the one-sentence summaries are: how like the subject line that the writer put above the same message."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from nlp import train_data
from nlp.analyzer import default_analyzer
from nlp.normalise import normalise
from nlp.snownlp_engine import MAX_CHARS
from nlp.summary import SHORTEST, stretches
from nlp.train_metrics import bootstrap, mean
from nlp.train_report import Row

# SnowNLP takes a tenth of a second and more for each.
_SNOWNLP_SAMPLE = 200


def _bigrams(text: str) -> Counter[str]:
    plain = "".join(char for char in text if char.isalnum())
    return Counter(plain[i : i + 2] for i in range(len(plain) - 1))


def likeness(one: str, other: str) -> float:
    """F1 of shared character bigrams (ROUGE-2 of Lin 2004, on characters), 0-1."""
    mine, theirs = _bigrams(one), _bigrams(other)
    total = sum(mine.values()) + sum(theirs.values())
    return 2 * sum((mine & theirs).values()) / total if total else 0.0


def _snownlp(text: str) -> str:
    from snownlp import SnowNLP

    found = SnowNLP(text[:MAX_CHARS]).summary(1)
    return str(found[0]) if found else ""


def _first(text: str) -> str:
    start, end = stretches(normalise(text))[0]
    return text[start:end]


def summary_rows(folder: Path) -> list[Row]:
    """Every second of the forum's long messages: our choices were made on the others."""
    pairs = [pair for pair in train_data.subjects(folder) if len(normalise(pair[1]).strip()) >= SHORTEST]
    pairs = pairs[1::2]
    few = pairs[:_SNOWNLP_SAMPLE]
    analyzer = default_analyzer()
    methods = {
        "this model": [(subject, analyzer.analyze(text).summary or "") for subject, text in pairs],
        "first sentence": [(subject, _first(text)) for subject, text in pairs],
        f"snownlp ({len(few)})": [(subject, _snownlp(text)) for subject, text in few],
    }
    return [
        Row("summary against subject line", "bigram F1", method,
            bootstrap(mean(np.array([likeness(*pair) for pair in found])), np.arange(len(found))))
        for method, found in methods.items()
    ]  # fmt: skip
