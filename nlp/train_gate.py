"""The gate before the places tagger: a logistic regression on what the tagger finds in the development data's texts."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import sequence, train_data
from nlp.near import groups_of
from nlp.normalise import normalise
from nlp.place_gate import CHARACTERS, PAIRS, WORDS, Gate
from nlp.place_join import ADDRESS, SCENE
from nlp.segment import words
from nlp.sequence import PAIR_BITS, Look, Span
from nlp.sequence_features import WORD_CODES

VERSION = "1.0.0"
# File, columns, how many of its texts at most, each read up to so many characters.
_SOURCES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("cluener2020", ("text",), 10_000), ("teddy_a3_hot", ("subject", "detail"), 1_500),
    ("teddy_a4_replies", ("subject", "detail"), 500), ("msga_messages", ("text",), 3_000), ("msga_qa", ("question",), 600),
    ("peoplecn_gas_posts", ("title", "replyContentMain"), 400), ("address_parsing_naacl19", ("text",), 1_500),
    ("waimai_10k", ("text",), 600), ("chnsenticorp_htl", ("text",), 600), ("smp2020_usual_evaltest", ("text",), 1_500),
)  # fmt: skip
_READ, _SEED, _FOLDS = 400, 11, 5
# Characters outside places that are learnt from; those inside are all, and each counts as several.
_OUTSIDE, _INSIDE_COUNTS = 900_000, 5.0
# Of the places found in texts that it has not seen, the gate lets at least so many through whole.
KEPT = 0.995
_FURTHEST = 2


class Texts(NamedTuple):
    """Texts as the tagger sees them, its places in each, and whether a text is held out."""

    looks: list[Look]
    places: list[list[Span]]
    held: list[bool]


def texts(data: Path, tagger: sequence.Tagger) -> Texts:
    """The development data as the tagger reads it; near-copies never stand on both sides of the held-out fifth."""
    rng = np.random.default_rng(_SEED)
    raw: list[str] = []
    for name, columns, most in _SOURCES:
        rows = train_data.rows(data, name)
        raw += [
            normalise("\n".join(rows[i][column] for column in columns)[:_READ])
            for i in rng.permutation(len(rows))[:most].tolist()
        ]
    raw = [text for text in raw if text.strip()]
    held = (rng.permutation(len(raw))[groups_of(raw)] % _FOLDS == 0).tolist()
    looks: list[Look] = []
    places: list[list[Span]] = []
    for text in raw:
        cut = words(text)
        looks.append(tagger.look(text, cut))
        places.append([span for span in tagger.tag(text, cut) if span.label in (ADDRESS, SCENE)])
    return Texts(looks, places, held)


def _padded(values: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """Values of all texts end to end, zeros between them."""
    return np.concatenate([np.pad(one, (0, _FURTHEST)) for one in values]).astype(np.int64)


def _labels(data: Texts) -> NDArray[np.int8]:
    """1 for characters inside places, 0 for others, -1 for what is not learnt from; aligned with `_padded`."""
    out = []
    for look, found, held in zip(*data, strict=True):
        inside = np.full(len(look.ids) + _FURTHEST, -1, dtype=np.int8)
        if not held:
            inside[: len(look.ids)] = 0
            for span in found:
                inside[span.start : span.end] = 1
        out.append(inside)
    return np.concatenate(out)


def _fit(data: Texts, shape: tuple[int, int, int]) -> Gate:
    """The gate, its threshold not yet chosen. shape: how many characters, tags and pairs there are."""
    from scipy.sparse import csr_matrix
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    columns: list[NDArray[np.int64]] = []
    width = 0
    seen = (
        (_padded([look.ids for look in data.looks]), CHARACTERS),
        (_padded([look.layout.codes for look in data.looks]), WORDS),
        (_padded([look.pairs for look in data.looks]), PAIRS),
    )
    for (values, looked), size in zip(seen, shape, strict=True):
        for shift in looked:
            columns.append(np.roll(values, -shift) + width)
            width += size
    labels = _labels(data)
    outside = np.flatnonzero(labels == 0)
    rng = np.random.default_rng(_SEED)
    outside = rng.choice(outside, min(len(outside), _OUTSIDE), replace=False)
    used = np.concatenate((outside, np.flatnonzero(labels == 1)))
    chosen = np.stack(columns, axis=1)[used].astype(np.int32)
    ends = np.arange(0, chosen.size + 1, chosen.shape[1], dtype=np.int32)
    table = csr_matrix((np.ones(chosen.size, np.float32), chosen.ravel(), ends), shape=(len(used), width))
    model = LogisticRegression(
        C=0.3, solver="liblinear", class_weight={1: _INSIDE_COUNTS, 0: 1.0}, tol=0.02, max_iter=15, random_state=_SEED
    )  # fmt: skip
    with warnings.catch_warnings():
        # Stopped early on purpose: more passes take minutes and change nothing that the threshold would see.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(table, labels[used])
    weights = np.split(model.coef_[0].astype(np.float32), np.cumsum([5 * shape[0], 5 * shape[1]]))
    character, word, pair = (
        np.ascontiguousarray(part.reshape(-1, size).T).astype(np.float16).astype(np.float32)
        for part, size in zip(weights, shape, strict=True)
    )
    header = {"name": "place_gate", "version": VERSION, "bias": float(model.intercept_[0]), "seed": _SEED}
    return Gate(character, word, pair, header)


def _kept(gate: Gate, data: Texts, threshold: float) -> tuple[float, float]:
    """Shares of the held-out texts' places let through whole, and of their characters that the tagger must read."""
    trial = Gate(gate.character, gate.word, gate.pair, {**gate.header, "open_above": threshold})
    whole = places = read = characters = 0
    for look, found, held in zip(*data, strict=True):
        if not held:
            continue
        stretches = trial.stretches(trial.scores(look), ())
        read += sum(end - start for start, end in stretches)
        characters += len(look.ids)
        places += len(found)
        whole += sum(
            any(start <= span.start and span.end <= end for start, end in stretches) for span in found
        )
    return whole / max(1, places), read / characters


def train(data: Path, folder: Path) -> Gate:
    """Fitted on four fifths of the texts, its threshold chosen on the others. folder: where the tagger is."""
    tagger = sequence.load("places", folder)
    read = texts(data, tagger)
    gate = _fit(read, (len(tagger.net.character), WORD_CODES, 1 << PAIR_BITS))
    for threshold in np.arange(0.0, -4.0, -0.25).tolist():
        whole, share = _kept(gate, read, threshold)
        sys.stderr.write(
            f"place_gate: above {threshold}: {whole:.4f} of places, {share:.3f} of characters" + "\n"
        )
        if whole >= KEPT:
            break
    header = {
        **gate.header, "open_above": threshold, "places_kept": round(whole, 4), "characters_read": round(share, 3),
        "texts": len(read.looks), "places": sum(map(len, read.places)),
    }  # fmt: skip
    return Gate(gate.character, gate.word, gate.pair, header)
