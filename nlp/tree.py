"""Leaves of the 12345 tree for a message: a hand-written lexicon and what was learned from messages of our own.

No public labelled data exists for this tree. The lexicon (nlp/tree_lexicon.py) knows words; the model
(nlp/tree_model.py, made by nlp/train_tree.py) knows what messages about a leaf look like.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp import taxonomy, tree_model
from nlp.features import Counts
from nlp.linear import MODELS
from nlp.tree_lexicon import F64, Branches, Lexicon
from nlp.tree_model import F32, Knowledge
from nlp.types import CategoryGuess


class CategoryTree:
    """Reads messages; changes nothing while reading. Raises ModelError when the model file is missing or damaged."""

    def __init__(self, folder: Path = MODELS, model: Knowledge | None = None) -> None:
        self._branches = Branches()
        self.leaves = self._branches.leaves
        self._lexicon = Lexicon(self._branches)
        self._model = model or tree_model.load(folder)

    @property
    def digest(self) -> str:
        """Begins the checksum of the model file."""
        return str(self._model.header.get("sha256", ""))[:3]

    def chances(self, normalised: str, features: Counts, vector: F32) -> F64:
        """Probability of each leaf, in the order of `taxonomy.leaves`.

        features, vector: of all words of the message (`count_features`, `Vectors.of`).
        """
        said = self._model.voices(self._lexicon.evidence(normalised), features, vector, self._branches)
        scores = said.sum(self._model.weights, self._branches)
        shares = np.exp(scores - scores.max())
        return np.asarray(shares / shares.sum(), dtype=np.float64)

    def best(self, chances: NDArray[np.float64], limit: int = 3) -> tuple[CategoryGuess, ...]:
        """The likeliest leaves of `chances`, best first."""
        names = taxonomy.by_code()
        best = np.argsort(-chances, kind="stable")[:limit]
        return tuple(
            CategoryGuess(self.leaves[i], names[self.leaves[i]].name, round(float(chances[i]), 4))
            for i in best
        )
