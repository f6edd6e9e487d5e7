"""``python -m nlp train``: every model and its card from the development data, with one command."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from nlp import linear, train_data, train_places_report
from nlp.linear import MODELS
from nlp.train_cards import card
from nlp.train_fit import scores_of
from nlp.train_heads import HEADS, final, held_out
from nlp.train_report import rows_of, starred_scores

# The place taggers are no heads over a message's features; they have a trainer of their own.
PLACES = "places"


def chosen(only: str | None) -> list[str]:
    """Names of the heads to work on. Raises KeyError naming what there is."""
    if only is not None and only not in (*HEADS, PLACES):
        raise KeyError(f"no model {only!r}; there are {', '.join((*HEADS, PLACES))}")
    return [only] if only in HEADS else [] if only else list(HEADS)


def train(data: Path, only: str | None = None, folder: Path = MODELS) -> None:
    """Fit, calibrate, save; scores in the cards are those of the same recipe on messages it had not seen."""
    for name in chosen(only):
        begin, head = time.monotonic(), HEADS[name]
        sys.stderr.write(f"{name}: cross-validating on {head.folds} grouped folds …" + "\n")
        result = held_out(head, data)
        rows = rows_of(head, result, data)
        sys.stderr.write(f"{name}: fitting on all {len(result.data.docs):,} messages …" + "\n")
        model = final(head, data, result)
        if name == "sentiment":
            scores = scores_of(model, train_data.stars(data).docs)[:, 0] / model.header["temperature"]
            rows += starred_scores(scores, data)
        path = linear.save(model, name, folder)
        (folder / f"{name}.md").write_text(card(model, rows, path.stat().st_size), encoding="utf-8")
        sys.stderr.write(
            f"{name}: {path.stat().st_size / 1e6:.1f} MB, {time.monotonic() - begin:.0f} s" + "\n"
        )
        for row in rows:
            sys.stdout.write(row.text() + "\n")
    if only in (None, PLACES):
        train_places_report.train(data, folder)
