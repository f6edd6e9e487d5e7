"""How good summaries and keywords are: how like the subject line that the writer put above the same message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
_KEYWORDS = 6


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


def _long_messages(folder: Path) -> list[tuple[str, str]]:
    """(subject, message) of every second of the forum's long messages: our choices were made on the others."""
    return [pair for pair in train_data.subjects(folder) if len(normalise(pair[1]).strip()) >= SHORTEST][1::2]


def _snownlp_keywords(text: str) -> list[str]:
    from snownlp import SnowNLP

    return [str(word) for word in SnowNLP(text[:MAX_CHARS]).keywords(_KEYWORDS)]


def _jieba_keywords(text: str) -> list[str]:
    from jieba.analyse import extract_tags

    return [str(word) for word in extract_tags(text, topK=_KEYWORDS)]


def _kept(subject: str, words: Sequence[str]) -> float:
    """Share of the subject's letters that the words cover, 0-1."""
    plain = [char.isalnum() for char in subject]
    covered = [False] * len(subject)
    for word in words:
        start = subject.find(word)
        while word and start >= 0:
            covered[start : start + len(word)] = [True] * len(word)
            start = subject.find(word, start + 1)
    return sum(c and p for c, p in zip(covered, plain, strict=True)) / max(1, sum(plain))


def keyword_rows(folder: Path) -> list[Row]:
    """How many of six keywords of a message stand in its subject line, and how much of the line they cover."""
    pairs = _long_messages(folder)
    few = pairs[:_SNOWNLP_SAMPLE]
    analyzer = default_analyzer()
    found = {
        "this model": [
            (normalise(subject), list(analyzer.analyze(text).keywords)) for subject, text in pairs
        ],
        f"this model ({len(few)})": [
            (normalise(s), list(analyzer.analyze(text).keywords)) for s, text in few
        ],
        "jieba's TF-IDF": [(normalise(s), _jieba_keywords(normalise(text))) for s, text in pairs],
        f"snownlp ({len(few)})": [(normalise(s), _snownlp_keywords(normalise(text))) for s, text in few],
    }
    rows = []
    for method, every in found.items():
        hits = [np.mean([word in subject for word in words]) if words else 0.0 for subject, words in every]
        covers = [_kept(subject, words) for subject, words in every]
        for measure, values in (("share in subject", hits), ("subject covered", covers)):
            score = bootstrap(mean(np.array(values)), np.arange(len(values)))
            rows.append(Row("keywords against subject line", measure, method, score))
    return rows


def summary_rows(folder: Path) -> list[Row]:
    """How like the subject line the summaries are."""
    pairs = _long_messages(folder)
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
