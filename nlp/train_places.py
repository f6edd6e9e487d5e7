"""The two place taggers: their data, recipes, grouped cross-validation, files.

`places` learns all ten kinds of names in cluener2020, not only address and scene: what is a company is no address.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import sequence_store, train_data
from nlp.normalise import normalise
from nlp.places import framed
from nlp.segment import Word, words
from nlp.sequence import Span, Tagger, labelled_spans
from nlp.sequence_store import F32
from nlp.train_distil import Student, character_table, pretrain
from nlp.train_sequence import Fit, Recipe, Weights, average, packed, read_texts

VERSION = "1.0.0"
FOLDS = 5
# The pre-trained net takes a quarter of an hour and is needed by both taggers.
CACHE = Path("var") / "nlp_pretrained.npz"


class Sample(NamedTuple):
    """A normalised text, one label per character, its near-copy group."""

    text: str
    labels: list[str]
    group: int


@dataclass(frozen=True, slots=True)
class Task:
    """One tagger. `framed`: texts are read between line breaks, as addresses cut out of a message are."""

    name: str
    read: Callable[[Path], list[Sample]]
    recipe: Recipe
    framed: bool
    fits: int


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Samples with the spans that hold in truth, and those found by a tagger that never saw their near-copies.

    chances: per sample (n,), how likely each character belongs to an address or a scene.
    """

    samples: list[Sample]
    truth: list[list[Span]]
    found: list[list[Span]]
    chances: list[F32]


def cluener(folder: Path) -> list[Sample]:
    """News sentences with ten kinds of names."""
    out = []
    for row in train_data.rows(folder, "cluener2020"):
        text = normalise(row["text"])
        labels = ["O"] * len(text)
        for kind, first, last, _ in json.loads(row["entities"]):
            if last < len(text) and set(labels[first : last + 1]) == {"O"}:
                labels[first : last + 1] = [f"B-{kind}"] + [f"I-{kind}"] * (last - first)
        out.append(Sample(text, labels, int(row["dup_group"])))
    return out


# Two spellings of one tag.
_SPELLINGS = {"subroad": "subRoad", "subRoadno": "subroadno"}


def addresses(folder: Path) -> list[Sample]:
    """Addresses whose every character belongs to one of 23 kinds of parts (or none)."""
    out = []
    for row in train_data.rows(folder, "address_parsing_naacl19"):
        text, labels = "", list[str]()
        for token, tag in zip(row["tokens"].split(), row["tags"].split(), strict=True):
            where, _, kind = tag.partition("-")
            kind = _SPELLINGS.get(kind, kind)
            text += normalise(token)
            labels += [f"{where}-{kind}" if kind else "O"] + [f"I-{kind}" if kind else "O"] * (len(token) - 1)
        out.append(Sample(text, labels, int(row["dup_group"])))
    return out


TASKS = {
    task.name: task
    for task in (
        Task(
            "places", cluener, Recipe(kept=80_000, rate=0.05, net_rate=1e-3, decay=0.01), framed=False, fits=1
        ),
        Task(
            "address",
            addresses,
            Recipe(kept=60_000, rate=0.1, net_rate=1e-3, decay=0.001, drop_input=0.2),
            framed=True,
            fits=1,
        ),
    )
}


def student(data: Path, cache: Path = CACHE) -> Student:
    """The pre-trained net, from `cache` where an earlier run left it."""
    if not cache.is_file():
        sys.stderr.write("pre-training the net (once; about a quarter of an hour) …" + "\n")
        fresh = pretrain(data)
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            cache, allow_pickle=False, characters=np.array([ord(c) for c in fresh.characters]), **fresh.net
        )
    with np.load(cache, allow_pickle=False) as stored:
        net = {key: stored[key] for key in stored.files if key != "characters"}
        return Student(net, tuple(map(chr, stored["characters"].tolist())))


class Trainer:
    """A task's texts with their features, ready to be fitted on any part of them."""

    def __init__(self, task: Task, data: Path, net: Student) -> None:
        self.task, self.net = task, net
        self.samples = task.read(data)
        cut = [(sample.text, words(sample.text)) for sample in self.samples]
        self.texts: list[tuple[str, list[Word]]] = [
            framed([item])[:2] if task.framed else item for item in cut
        ]
        every = {label for sample in self.samples for label in sample.labels}
        self.labels = ("O", *sorted(every - {"O"}))
        index = {label: i for i, label in enumerate(self.labels)}
        pad = [0] * 3 if task.framed else []
        labels = [[*pad, *(index[label] for label in sample.labels), *pad] for sample in self.samples]
        self.groups = np.array([sample.group for sample in self.samples])
        self.texts_read = read_texts(
            self.texts, labels, self.groups.tolist(), character_table(net.characters)
        )

    def fit(self, chosen: NDArray[np.intp]) -> Tagger:
        """A tagger as it would be served, rounded and pruned, fitted on the chosen samples."""
        return Tagger(*self.file(self.weights(chosen)))

    def weights(self, chosen: NDArray[np.intp]) -> Weights:
        recipe = self.task.recipe
        return average([
            Fit(self.texts_read, chosen, len(self.labels), self.net.net, replace(recipe, seed=recipe.seed + i)).run()
            for i in range(self.task.fits)
        ])  # fmt: skip

    def file(self, weights: Weights) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Arrays and header of the tagger's file."""
        arrays = packed(weights, self.task.recipe.kept, self.net.characters)
        header = {
            "name": self.task.name, "version": VERSION, "labels": list(self.labels), "texts": len(self.samples),
            "features": len(arrays["id_steps"]), "seed": self.task.recipe.seed,
        }  # fmt: skip
        return arrays, header

    def tag(self, tagger: Tagger, index: int) -> tuple[list[Span], F32]:
        """Spans in a sample's own text and the chances of a place, by the code that serves."""
        text, cut = self.texts[index]
        shift = 3 if self.task.framed else 0
        scores = tagger.scores(tagger.look(text, cut))
        spans = [Span(s.label, s.start - shift, s.end - shift) for s in tagger.spans(tagger.best(scores))]
        return spans, tagger.chances(scores, ("address", "scene"))

    def folds(self) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """(train, held-out) indices; near-copies never stand on both sides."""
        fold = (
            np.random.default_rng(self.task.recipe.seed).permutation(int(self.groups.max()) + 1)[self.groups]
            % FOLDS
        )
        return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(FOLDS)]

    def held_out(self) -> HeldOut:
        """Every sample tagged once, by a tagger fitted on the other folds."""
        found: list[tuple[list[Span], F32]] = [([], np.zeros(0, np.float32))] * len(self.samples)
        for number, (train, test) in enumerate(self.folds(), 1):
            tagger = self.fit(train)
            for i in test.tolist():
                found[i] = self.tag(tagger, i)
            sys.stderr.write(f"{self.task.name}: fold {number} of {FOLDS}" + "\n")
        truth = [labelled_spans(sample.labels) for sample in self.samples]
        return HeldOut(self.samples, truth, [spans for spans, _ in found], [chances for _, chances in found])

    def save(self, folder: Path) -> Path:
        """Fit on everything and write the file."""
        arrays, header = self.file(self.weights(np.arange(len(self.samples))))
        return sequence_store.save(self.task.name, arrays, header, folder)
