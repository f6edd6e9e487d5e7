"""Word vectors from unlabelled messages: positive pointwise mutual information of neighbours, factorised.

After Levy, Goldberg & Dagan (2015): window of 8 words weighted by 1/√distance, context distribution smoothed by the
power 0.75, truncated SVD with the square root of the singular values, rows of unit length.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from nlp import train_data
from nlp.features import word_ids
from nlp.stopwords import topic_words
from nlp.vectors import Vectors

VERSION = "1.0.0"
_WINDOW, _SMOOTHING, _CHUNK = 8, 0.75, 2_000
# Government messages, and everyday language beside them: residents do not write like the forum only.
_TEXTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("msga_messages", ("text",)),
    ("teddy_a3_hot", ("subject", "detail")),
    ("teddy_a4_replies", ("subject", "detail")),
    ("teddy_a4_replies", ("reply",)),
    ("msga_qa", ("question",)),
    ("msga_qa", ("answer",)),
    ("peoplecn_gas_posts", ("title", "replyContentMain")),
    ("peoplecn_gas_posts", ("handleContent",)),
    ("teddy_a2_segmented", ("seg",)),
    ("smp2020_usual_evaltest", ("text",)),
    ("waimai_10k", ("text",)),
    ("chnsenticorp_htl", ("text",)),
)

Ids = NDArray[np.uint32]


def read(folder: Path) -> list[Ids]:
    """Word ids of all unlabelled texts, function words left out."""
    out = []
    for name, columns in _TEXTS:
        for row in train_data.rows(folder, name):
            text = " ".join(row.get(column) or "" for column in columns).replace("*", "")
            if found := topic_words(train_data.all_words(text)):
                out.append(word_ids(found))
    return out


def _neighbours(docs: list[NDArray[np.intp]], size: int) -> sp.csr_matrix:
    """How often words stand near each other, shape (size, size), symmetric."""
    total = sp.csr_matrix((size, size), dtype=np.float32)
    for first in range(0, len(docs), _CHUNK):
        left, right, weight = [], [], []
        for doc in docs[first : first + _CHUNK]:
            for distance in range(1, min(_WINDOW, len(doc) - 1) + 1):
                left.append(doc[:-distance])
                right.append(doc[distance:])
                weight.append(np.full(len(doc) - distance, distance**-0.5, dtype=np.float32))
        if left:
            at = (np.concatenate(left), np.concatenate(right))
            total = total + sp.csr_matrix((np.concatenate(weight), at), shape=total.shape)
    return (total + total.T).tocsr()


def _information(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Positive pointwise mutual information."""
    word = np.asarray(counts.sum(axis=1)).ravel()
    context = word**_SMOOTHING
    cells = counts.tocoo()
    value = np.log(cells.data / word[cells.row] / (context[cells.col] / context.sum()))
    keep = value > 0
    shape = counts.shape
    return sp.csr_matrix((value[keep].astype(np.float32), (cells.row[keep], cells.col[keep])), shape=shape)


def fit(docs: list[Ids], width: int = 128, least: int = 5, seed: int = 7) -> Vectors:
    """Vectors of the words that at least `least` texts have."""
    frequency: Counter[int] = Counter()
    for doc in docs:
        frequency.update(np.unique(doc).tolist())
    ids = np.array(sorted(word for word, count in frequency.items() if count >= least), dtype=np.uint32)
    idf = np.array([np.log(len(docs) / frequency[int(word)]) + 1 for word in ids])
    at = [np.searchsorted(ids, doc) for doc in docs]
    for where in at:
        where[where == len(ids)] = 0
    inside = [where[ids[where] == doc] for where, doc in zip(at, docs, strict=True)]
    information = _information(_neighbours(inside, len(ids)))
    left, strength, _ = randomized_svd(information, width, n_iter=3, random_state=seed)
    table = left * np.sqrt(strength)
    table /= np.linalg.norm(table, axis=1, keepdims=True).clip(1e-9)
    header = {"name": "vectors", "version": VERSION, "texts": len(docs), "words": len(ids), "seed": seed,
              "min_messages": least}  # fmt: skip
    return Vectors(ids, idf.astype(np.float32), np.round(table * 127).astype(np.int8), header)


def train(folder: Path) -> Vectors:
    """The shipped vectors. Raises FileNotFoundError when the data is not there."""
    sys.stderr.write("vectors: reading unlabelled texts …\n")
    docs = read(folder)
    sys.stderr.write(f"vectors: factorising {len(docs):,} texts …\n")
    return fit(docs)
