"""The 12345 tree's model made, measured on messages it had not seen, and its card."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from nlp import train_data, tree_model, vectors
from nlp.features import count_features
from nlp.normalise import normalise
from nlp.train_gold import level_rows
from nlp.train_gold_rows import Gold, read_gold
from nlp.train_metrics import calibration_error
from nlp.train_report import Row
from nlp.train_tree import FIRST_HAND, fit, lexicon_order
from nlp.train_tree import train as train_model
from nlp.tree import CategoryTree
from nlp.tree_model import VOICES, Knowledge
from nlp.vectors import Vectors


def _rows(on: str, model: Knowledge, gold: list[Gold], words: Vectors) -> list[Row]:
    tree, codes, texts = CategoryTree(model=model), [row.label for row in gold], [row.text for row in gold]
    docs = [train_data.all_words(text) for text in texts]
    chances = [
        tree.chances(normalise(text), count_features(doc), words.of(doc))
        for text, doc in zip(texts, docs, strict=True)
    ]
    found = [[guess.code for guess in tree.best(row)] for row in chances]
    right = np.array([guesses[0] == code for guesses, code in zip(found, codes, strict=True)])
    sure = np.array([row.max() for row in chances])
    error = Row(on, "level 3, calibration error", "this model", calibration_error(sure, right))
    lexicon = level_rows(on, "our lexicon alone", lexicon_order(texts), codes)
    return [*lexicon, *level_rows(on, "this model", found, codes), error]


def held_out_rows(data: Path, words: Vectors, model: Knowledge) -> list[Row]:
    """Figures of the same recipe: one hand's messages read by the other's model, and dev by one made of train alone."""
    train, dev = read_gold("category", "train"), read_gold("category", "dev")
    first, second = train[:FIRST_HAND], train[FIRST_HAND:]
    rows = _rows(
        f"train, another hand's ({len(first)})", fit(second, data, words, model.weights), first, words
    )
    return rows + _rows(f"dev ({len(dev)})", fit(train, data, words, model.weights), dev, words)


def tree_card(model: Knowledge, rows: list[Row], size: int) -> str:
    """The card of the model."""
    header, leaves = model.header, model.meanings.shape[1]
    figures = "\n".join(f"| {row.on} | {row.measure} | {row.method} | {row.value} |" for row in rows)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(VOICES, model.weights, strict=True))
    return f"""# Model `{header["name"]}` {header["version"]}

Which leaf of the 12345 category tree (DB44/T 2479-2024) a message belongs to; three of {leaves} are suggested.

Written by `python -m nlp train --only tree`; do not edit.

- **Data**: {header["messages"]:,} messages of our own (nlp/gold/category.csv, splits train and dev), none of a resident, many
  of them a few words long; {header["texts"]:,} texts of the standard's names and remarks and of our lexicon.
- **Method**: three voices, each a score for every leaf: the lexicon; the cosine with a leaf's profile (damped sum of tf-idf
  vectors of words 1-2 and characters 1-3: {header["features"]:,} features, {header["numbers"]:,} numbers); the cosine with the
  mean word vector of its messages. Weights of the log-linear sum: {weights}.
  They were fitted on messages of one hand, read by a model made of the other hand's. The forum's label was tried as a
  fourth voice and added nothing. {size / 1e6:.1f} MB.
- **Personal data**: a feature is kept only when at least {header["min_messages"]} texts share it; every digit counts as 0;
  only hashes are stored, so no text can be read from the file. No message of a resident was learned from.
- **Split**: the figures below are of the same recipe on messages it had not learned from. Another hand's messages of split
  train were also used for the dozen weights. The lexicon was written with dev in view, so dev flatters both methods.
  `python -m nlp evaluate --only tree` prints split test, which nobody who wrote messages or lexicon has read.
- **Not to be used for**: deciding without a person, who sees three suggestions; counting how often leaves are reported
  (each was given about as many messages as the next, so what is common is not preferred).

| on | measure | method | value [95 % interval] |
|---|---|---|---|
{figures}
"""


def train(data: Path, folder: Path) -> tuple[str, Path]:
    """Make and save the model; its card and path. The figures are printed, too."""
    words = vectors.load("vectors", folder)
    model = train_model(data, words)
    path = tree_model.save(model, folder)
    rows = held_out_rows(data, words, model)
    for row in rows:
        sys.stdout.write(row.text() + "\n")
    return tree_card(model, rows, path.stat().st_size), path
