"""``python -m nlp train``: every model and its card from the development data, with one command."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from nlp import (
    linear,
    place_gate,
    train_data,
    train_gate,
    train_own,
    train_places_report,
    train_tree_report,
    train_vectors,
    vectors,
)
from nlp.linear import MODELS
from nlp.train_cards import card
from nlp.train_fit import scores_of
from nlp.train_heads import HEADS, final, held_out
from nlp.train_own import OWN_HEADS
from nlp.train_own_cards import gate_card, own_card, vectors_card
from nlp.train_report import rows_of, starred_scores

# Made in this order: the heads of our own and the tree look at the word vectors, the gate at what the places tagger
# finds.
NAMES = (*HEADS, "vectors", *OWN_HEADS, "tree", "places", "place_gate")


def chosen(only: str | None) -> list[str]:
    """Names of the models to work on. Raises KeyError naming what there is."""
    if only is not None and only not in NAMES:
        raise KeyError(f"no model {only!r}; there are {', '.join(NAMES)}")
    return [only] if only else list(NAMES)


def _head(name: str, data: Path, folder: Path) -> tuple[str, Path]:
    """Fit, calibrate, save; scores in the card are those of the same recipe on messages it had not seen."""
    head = HEADS[name]
    sys.stderr.write(f"{name}: cross-validating on {head.folds} grouped folds …" + "\n")
    result = held_out(head, data)
    rows = rows_of(head, result, data)
    sys.stderr.write(f"{name}: fitting on all {len(result.data.docs):,} messages …" + "\n")
    model = final(head, data, result)
    if name == "sentiment":
        scores = scores_of(model, train_data.stars(data).docs)[:, 0] / model.header["temperature"]
        rows += starred_scores(scores, data)
    path = linear.save(model, name, folder)
    for row in rows:
        sys.stdout.write(row.text() + "\n")
    return card(model, rows, path.stat().st_size), path


def _own(name: str, data: Path, folder: Path) -> tuple[str, Path]:
    model = train_own.train(name, data, vectors.load("vectors", folder))
    path = linear.save(model, name, folder)
    return own_card(model, path.stat().st_size), path


def _vectors(data: Path, folder: Path) -> tuple[str, Path]:
    made = train_vectors.train(data)
    path = vectors.save(made, "vectors", folder)
    return vectors_card(made, path.stat().st_size), path


def _gate(data: Path, folder: Path) -> tuple[str, Path]:
    made = train_gate.train(data, folder)
    path = place_gate.save(made, folder)
    return gate_card(made, path.stat().st_size), path


def train(data: Path, only: str | None = None, folder: Path = MODELS) -> None:
    """Make the models and their cards."""
    for name in chosen(only):
        begin = time.monotonic()
        if name == "places":
            train_places_report.train(data, folder)
            continue
        if name == "vectors":
            text, path = _vectors(data, folder)
        elif name == "tree":
            text, path = train_tree_report.train(data, folder)
        elif name == "place_gate":
            text, path = _gate(data, folder)
        else:
            text, path = (_head if name in HEADS else _own)(name, data, folder)
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        sys.stderr.write(
            f"{name}: {path.stat().st_size / 1e6:.1f} MB, {time.monotonic() - begin:.0f} s" + "\n"
        )
