"""Fitting the 12345 tree's model (nlp/tree_model.py) on messages of our own, the standard's words and the lexicon.

Profiles and meanings are sums, so nothing is searched for: only the dozen weights of the voices are fitted, on what
the voices say of messages by somebody whose messages the profiles had not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.preprocessing import normalize

from nlp import taxonomy, train_data
from nlp.features import Counts, blocks
from nlp.normalise import normalise
from nlp.train_fit import Bag, bag, vectors_of
from nlp.train_gold_rows import Gold, read_gold
from nlp.tree_lexicon import F64, Branches, Lexicon, lexicon
from nlp.tree_model import SCALES, VOICES, Knowledge, voices
from nlp.vectors import Vectors

VERSION = "1.0.0"
# The first rows of split train were written by another hand than the rest. Folds within one hand would flatter the
# voices that know its turns of phrase.
FIRST_HAND = 1_545
# Entries of the lexicon that make one text, and what such a text weighs beside a message in a profile and in a meaning.
_ENTRIES = 6
_IN_PROFILE, _IN_MEANING = 2.0, 0.3
# Power that damps the sums of a profile: a word in ten messages of a leaf does not say ten times as much.
_DAMPED = 0.35
_LEAST = 2
_PENALTY = 1e-3
# Voices that may speak against: what a cosine says of a level is in what it says of the leaves, and 其他 is no subject.
_CORRECT = ("leaf is 其他", "profile, level 2", "profile, level 1", "meaning, level 2", "meaning, level 1")
# Weights of the lexicon's voices before anything was learned; the others are silent.
_BY_HAND = np.array([1.0, 1.0, -0.7, 0.0, 0.0, 0.8, 0.15, 0.0, 0.0, 0.5, 0.0, 0.0])


@dataclass(frozen=True, slots=True)
class Texts:
    """Messages, then other texts. docs: their words. shares: (N, leaves), rows sum to 1. messages: how many lead."""

    docs: list[list[str]]
    shares: sp.csr_matrix
    vectors: F64
    messages: int


def _described(data: Path, branches: Branches) -> Iterator[tuple[str, str]]:
    """(text, code) of lexicon entries, a few at a time, and of names with the standard's remarks."""
    for code, entries in sorted(lexicon().items()):
        firm = ["".join(entry.parts) for entry in entries if not entry.hints]
        for start in range(0, len(firm), _ENTRIES):
            yield " ".join(firm[start : start + _ENTRIES]), code
    remarks = {row["level_3_code"]: row["remark"] for row in train_data.rows(data, "db44t2479_taxonomy")}
    for code in branches.leaves:
        yield " ".join((*taxonomy.path_names(code)[1:], remarks.get(code, ""))), code


def read_texts(gold: list[Gold], data: Path, vectors: Vectors, branches: Branches) -> Texts:
    """Messages of ours, then what the lexicon and the standard say; a second level's text belongs to all its leaves."""
    pairs = [(row.text, row.label) for row in gold] + list(_described(data, branches))
    docs = [train_data.all_words(text) for text, _ in pairs]
    shares = np.array([[leaf.startswith(code) for leaf in branches.leaves] for _, code in pairs], dtype=float)
    return Texts(docs, sp.csr_matrix(shares / shares.sum(axis=1, keepdims=True)),
                 np.array([vectors.of(doc) for doc in docs], dtype=np.float64), len(gold))  # fmt: skip


def _summed(shares: sp.csr_matrix, weights: F64, rows: Any) -> Any:
    """Weighted sum of the rows (a matrix, sparse or not) of each leaf's texts, of the same kind as `rows`."""
    return shares.T @ (sp.diags(weights) @ rows)


def learn(texts: Texts, features: Bag, seen: NDArray[np.bool_], weights: F64) -> Knowledge:
    """The model from the texts that are `seen`. weights: of the voices."""
    counts, shares, vectors = features.counts[seen], texts.shares[seen], texts.vectors[seen]
    message = np.arange(len(texts.docs))[seen] < texts.messages
    keep = np.flatnonzero(np.asarray((counts > 0).sum(axis=0)).ravel() >= _LEAST)
    counts, ids = counts[:, keep], features.ids[keep]
    idf = np.log((1 + counts.shape[0]) / (1 + np.asarray((counts > 0).sum(axis=0)).ravel())) + 1
    rows = vectors_of(counts, idf, blocks(ids), SCALES)
    profiles = _summed(shares, np.where(message, 1.0, _IN_PROFILE), rows).tocsr()
    profiles.data **= _DAMPED
    profiles = normalize(profiles).tocsc()
    mean, scale = vectors[message].mean(axis=0), 1 / vectors[message].std(axis=0).clip(1e-6)
    meanings = _summed(shares, np.where(message, 1.0, _IN_MEANING), normalize((vectors - mean) * scale))
    header = {"name": "tree", "version": VERSION, "features": len(keep), "messages": int(message.sum()),
              "texts": int(len(message) - message.sum()), "min_messages": _LEAST,
              "numbers": int(profiles.nnz)}  # fmt: skip
    return Knowledge(
        ids, idf.astype(np.float32), profiles.indptr.astype(np.intp),
        profiles.indices.astype(np.intp), profiles.data.astype(np.float32), mean.astype(np.float32),
        scale.astype(np.float32), normalize(meanings).T.astype(np.float32), weights, header,
    )  # fmt: skip


def voices_of(
    model: Knowledge, gold: list[Gold], texts: Texts, features: Bag, branches: Branches
) -> NDArray[np.float32]:
    """What each voice says of the first messages of `texts`, which are those of `gold`: (messages, voices, leaves)."""
    reader = Lexicon(branches)
    out = np.zeros((len(gold), len(VOICES), len(branches.leaves)), dtype=np.float32)
    for at, row in enumerate(gold):
        counts = features.counts[at]
        known = Counts(features.ids[counts.indices], counts.data.astype(np.int64))
        evidence = reader.evidence(normalise(row.text))
        said = model.voices(evidence, known, texts.vectors[at].astype(np.float32), branches)
        out[at] = said.of_leaves(branches)
    return out


def weigh(said: NDArray[np.float32], truth: NDArray[np.intp]) -> F64:
    """Weights (≥ 0, but for the shares of a level, which may correct) that make the truth likeliest, shape (voices,)."""
    spread = said.std(axis=(0, 2)) + 1e-9
    scaled = said / spread[None, :, None].astype(np.float32)
    chosen = scaled[np.arange(len(truth)), :, truth].mean(axis=0)

    def loss(weights: F64) -> tuple[float, F64]:
        scores = np.einsum("mvl,v->ml", scaled, weights.astype(np.float32))
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        total = shares.sum(axis=1, keepdims=True)
        missed = float(np.mean(np.log(total[:, 0]) - scores[np.arange(len(truth)), truth]))
        slope = np.einsum("mvl,ml->v", scaled, shares / total) / len(truth) - chosen
        return missed + _PENALTY * float(weights @ weights), (slope + 2 * _PENALTY * weights).astype(float)

    bounds = [(None, None) if name in _CORRECT else (0.0, None) for name in VOICES]
    start = np.full(len(VOICES), 0.3)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100})
    return np.asarray(found.x / spread, dtype=np.float64)


def voice_weights(gold: list[Gold], data: Path, vectors: Vectors) -> F64:
    """Weights of the voices: what one hand wrote, read by a model made of what the other hand wrote."""
    branches, first = Branches(), gold[:FIRST_HAND]
    texts = read_texts(gold, data, vectors, branches)
    features = bag(texts.docs)
    others = np.arange(len(texts.docs)) >= len(first)
    model = learn(texts, features, others, np.ones(len(VOICES)))
    said = voices_of(model, first, texts, features, branches)
    return np.round(weigh(said, np.array([branches.index[row.label] for row in first])), 4)


def fit(gold: list[Gold], data: Path, vectors: Vectors, weights: F64) -> Knowledge:
    """The model from messages, with the weights of the voices."""
    texts = read_texts(gold, data, vectors, Branches())
    return learn(texts, bag(texts.docs), np.ones(len(texts.docs), dtype=bool), weights)


def train(data: Path, vectors: Vectors) -> Knowledge:
    """The shipped model: profiles of splits train and dev, the voices weighed on split train alone.

    The lexicon was written with dev in view, so on dev its voice would look better than it is.
    """
    gold = read_gold("category", "train")
    weights = voice_weights(gold, data, vectors)
    return fit(gold + read_gold("category", "dev"), data, vectors, weights)


def lexicon_order(texts: list[str]) -> list[list[str]]:
    """Baseline: the three likeliest leaves of each message by the lexicon alone, its weights set by hand."""
    branches = Branches()
    reader = Lexicon(branches)
    nothing = np.zeros(len(branches.leaves))
    says = (voices(reader.evidence(normalise(text)), nothing, nothing, branches) for text in texts)
    scores = (said.sum(_BY_HAND, branches) for said in says)
    return [[branches.leaves[i] for i in np.argsort(-row, kind="stable")[:3]] for row in scores]
