"""``python -m nlp evaluate --only learning``: what corrections from another city's messages teach, and what they cost.

The base is the forum head fitted on four fifths of the forum's messages; the corrections come from Beijing's leaders'
board (`domain`, mapped to the forum's labels). Nothing of the forum's texts is used to adapt. Both sources are tested
on groups of near-copies that neither base nor adaptation saw. Three kinds of corrections:

* any: staff label messages as they come, right or wrong guesses alike;
* stream: staff go through the messages, correct the wrong ones (counted) and leave the right ones alone;
* only mistakes: nothing is known but the corrected ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import linear, train_data
from nlp.adapt import Example, Material, fit_city, prepare
from nlp.adapt_judge import right
from nlp.analyzer import Analyzer, default_analyzer
from nlp.city import CityModel, Reading
from nlp.features import count_features
from nlp.linear import Linear
from nlp.train_data import Labelled
from nlp.train_fit import bag, fit, folds
from nlp.train_heads import HEADS
from nlp.train_metrics import bootstrap
from nlp.train_report import Row

DOMAINS = {
    "城建": "城乡建设", "交通": "交通运输", "教育": "教育文体", "文娱": "教育文体", "环保": "环境保护",
    "就业": "劳动和社会保障", "医疗": "卫生计生", "旅游": "商贸旅游", "企业": "商贸旅游",
}  # fmt: skip
SIZES = (50, 100, 200, 300, 500)
REPEATS = 4
Index = NDArray[np.intp]


def _base(data: Labelled, train: Index) -> Linear:
    head = HEADS["forum"]
    part = data.pick(np.isin(np.arange(len(data.docs)), train))
    model = fit(bag(part.docs), part.labels, part.groups, part.weights, head.recipe)
    served = linear.load("forum").header
    return Linear(model.ids, model.idf, model.weights, model.bias, {**served, "messages": len(train)})


def _old(analyzer: Analyzer, data: Labelled, test: Index) -> Material:
    """The forum's held-out messages, read from their words; the tree plays no part here."""
    base, flat = analyzer.bases["forum"], np.full(515, -np.log(515))
    readings = []
    for doc in (data.docs[i] for i in test):
        features = count_features(doc)
        forum = np.log(np.maximum(base.probabilities(features), 1e-9))
        readings.append(Reading(features, features, {"forum": forum, "tree": flat}))
    none = np.zeros(0, dtype=np.uint32)
    examples = tuple(Example("", "forum", str(data.labels[i])) for i in test)
    blank = tuple(none for _ in test)
    return Material(
        examples, tuple(readings), blank, blank, data.groups[test], np.ones(len(test), dtype=bool)
    )


def _new(analyzer: Analyzer, folder: Path) -> Material:
    """The other source's messages; groups are the publisher's own, which are wider than ours."""
    rows = [
        r for r in train_data.rows(folder, "msga_messages") if r["domain"] in DOMAINS and r["text"].strip()
    ]
    material = prepare(analyzer, [Example(r["text"], "forum", DOMAINS[r["domain"]]) for r in rows])
    groups = np.array([int(r["dup_group"]) for r in rows], dtype=np.int64)
    return Material(
        material.examples, material.readings, material.topic_ids, material.every_ids, groups, material.kept
    )


def _runs(order: Index, right_before: NDArray[np.bool_]) -> Iterator[tuple[str, int, Index]]:
    """(kind, corrections, messages to fit on) for every kind and size."""
    wrong = np.flatnonzero(~right_before[order])
    for size in SIZES:
        yield "any", size, order[:size]
        yield "stream", size, order[: wrong[size - 1] + 1]
        yield "only mistakes", size, order[wrong[:size]]


def _rows(kind: str, size: int, name: str, gaps: list[NDArray[np.float64]], groups: NDArray[np.int64]) -> Row:
    """Mean change over the repeats, in points, with an interval over groups; the worst repeat beside it."""
    mean = 100 * np.mean(gaps, axis=0)
    score = bootstrap(lambda weights: float((mean * weights).sum() / weights.sum()), groups)
    worst = 100 * min(float(gap.mean()) for gap in gaps)
    return Row(f"{name}, {kind}", f"points after {size}", f"worst of {len(gaps)}: {worst:+.1f}", score)


def _fitted(analyzer: Analyzer, new: Material, chosen: Index, known: NDArray[np.bool_]) -> CityModel:
    part = new.pick(chosen)
    examples = tuple(e._replace(agreed=bool(known[i])) for i, e in zip(chosen, part.examples, strict=True))
    part = Material(examples, part.readings, part.topic_ids, part.every_ids, part.groups, part.kept)
    return fit_city(analyzer, part, ("forum",), calibrate=False)


def learning_rows(folder: Path) -> Iterator[Row]:
    """Accuracy of the base on both sources, then the change after so many corrections."""
    data = train_data.forum(folder)
    train, test = folds(data.labels, data.groups, 5, HEADS["forum"].recipe.seed)[0]
    analyzer = default_analyzer().replaced(forum=_base(data, train))
    old, new = _old(analyzer, data, test), _new(analyzer, folder)
    rng = np.random.default_rng(1)
    groups = np.unique(new.groups)
    held = np.isin(new.groups, rng.choice(groups, len(groups) // 2, replace=False))
    target, pool = new.pick(np.flatnonzero(held)), np.flatnonzero(~held)
    known = right("forum", None, analyzer, new)
    for name, material in (("old source", old), ("new source", target)):
        hit = right("forum", None, analyzer, material).astype(float)
        score = bootstrap(lambda w, hit=hit: float((hit * w).sum() / w.sum()), material.groups)  # type: ignore[misc]
        yield Row(name, "accuracy before", f"{len(hit)} held-out messages", score)
    before = {
        name: right("forum", None, analyzer, m).astype(float) for name, m in (("old", old), ("new", target))
    }
    gaps: dict[tuple[str, int, str], list[NDArray[np.float64]]] = {}
    for repeat in range(REPEATS):
        order = np.random.default_rng(repeat).permutation(pool)
        for kind, size, chosen in _runs(order, known):
            agreed = known if kind == "stream" else np.zeros_like(known)
            model = _fitted(analyzer, new, chosen, agreed)
            for name, material in (("old", old), ("new", target)):
                gap = right("forum", model, analyzer, material) - before[name]
                gaps.setdefault((kind, size, name), []).append(gap)
        sys.stderr.write(f"learning: {repeat + 1} of {REPEATS} repeats\n")
    for (kind, size, name), found in sorted(gaps.items()):
        yield _rows(kind, size, f"{name} source", found, (old if name == "old" else target).groups)
