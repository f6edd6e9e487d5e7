"""Heads learned from messages of our own (nlp/gold, split train): urgency and the five request types.

No public set labels them. A few hundred short messages hold few words, so the heads also look at the word vectors
learned from unlabelled messages, by which a word never labelled is read like the words it keeps company with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import yaml
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from nlp import taxonomy, train_data
from nlp.danger import LABELS, parts
from nlp.features import blocks
from nlp.linear import Linear
from nlp.normalise import normalise
from nlp.segment import words
from nlp.train_fit import Bag, bag, vectors_of
from nlp.train_gold_rows import Gold, read_gold
from nlp.types import REQUEST_TYPES
from nlp.urgency import read_urgency
from nlp.vectors import Vectors

VERSION = "1.0.0"
BOT_EXAMPLES = Path(__file__).parent.parent / "bot" / "data" / "nlu"
_OF_DANGER = ("emergency", "self_harm")
# Leaves whose messages may well be about danger: nobody has read them for it.
_DANGEROUS = re.compile(
    r"消防|燃气|燃料|安全|自杀|人身|治安|暴力|灾|应急|急救|儿童保护|公共秩序|事故|危险|救助|医疗纠纷|走失|水利|防汛"
)
_MARKS = re.compile(r"\[([^\]]*)\](?:\{[^}]*\}|\([^)]*\))")


@dataclass(frozen=True, slots=True)
class Own:
    """Messages as words with labels and weights, all of one length."""

    docs: list[list[str]]
    labels: NDArray[np.str_]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OwnRecipe:
    """scales: as in `Recipe`. dense: what a unit of a standardised vector component weighs. least: messages per feature."""

    labels: tuple[str, ...]
    cost: float = 2.0
    scales: tuple[float, float, float, float] = (1.0, 1.4, 0.0, 0.0)
    dense: float = 0.1
    least: int = 2
    seed: int = 7


def _counted(features: Bag, least: int) -> NDArray[np.intp]:
    return np.flatnonzero(np.asarray((features.counts > 0).sum(axis=0)).ravel() >= least)


def fit(data: Own, vectors: Vectors, recipe: OwnRecipe) -> Linear:
    """Multinomial logistic regression on hashed features and the word vector together."""
    features = bag(data.docs)
    keep = _counted(features, recipe.least)
    counts, ids = features.counts[:, keep], features.ids[keep]
    idf = np.log((1 + counts.shape[0]) / (1 + np.asarray((counts > 0).sum(axis=0)).ravel())) + 1
    block, scales = blocks(ids), np.array(recipe.scales)
    sparse = vectors_of(counts, idf, block, scales)
    dense = np.array([vectors.of(doc) for doc in data.docs], dtype=np.float64)
    mean, spread = dense.mean(axis=0), dense.std(axis=0).clip(1e-6) / recipe.dense
    both = sp.hstack([sparse, sp.csr_matrix((dense - mean) / spread)]).tocsr()
    model = LogisticRegression(C=recipe.cost, max_iter=300, random_state=recipe.seed)
    model.fit(both, data.labels, sample_weight=data.weights)
    order = [list(model.classes_).index(label) for label in recipe.labels]
    coefficients, bias = model.coef_[order], model.intercept_[order]
    weights = coefficients[:, : len(ids)].T * scales[block][:, None]
    dense_weights = coefficients[:, len(ids) :].T / spread[:, None]
    header = {"labels": list(recipe.labels), "temperature": 1.0, "lead": 0, "min_messages": recipe.least,
              "features": len(ids), "messages": len(data.docs), "seed": recipe.seed}  # fmt: skip
    return Linear(
        ids, idf.astype(np.float32), weights.astype(np.float32), (bias - mean @ dense_weights).astype(np.float32),
        header, dense_weights.astype(np.float32),
    )  # fmt: skip


def read_words(texts: list[str]) -> list[list[str]]:
    """Messages as words."""
    return [train_data.all_words(text) for text in texts]


def _quiet(data: Path, seed: int) -> tuple[list[list[str]], list[list[str]]]:
    """Messages to the government in which no rule hears danger, and parts of them: what most of the day looks like."""
    texts = [row["text"] for row in train_data.rows(data, "msga_messages")]
    texts += [f"{subject} {text}" for subject, text in train_data.subjects(data)]
    np.random.default_rng(seed).shuffle(texts)
    calm = [text for text in texts[:3_000] if read_urgency(normalise(text)).level == "normal"][:1_500]
    cut = [words(normalise(text)) for text in calm]
    pieces = [part for message in cut for part in parts(message) if len(part) > 6]
    np.random.default_rng(seed).shuffle(pieces)
    return [[word.text for word in message] for message in cut], pieces[:3_000]


def _ordinary() -> tuple[list[str], list[str], list[str]]:
    """Words of our own of every day: what people say to the bot, small reports to it, and troubles of all kinds.

    Without rules' danger in them, and without the leaves and intents that are about danger.
    """
    said = bot_examples()
    talk = [text for text, intent in said if intent not in (*_OF_DANGER, "report")]
    reports = [text for text, intent in said if intent == "report"]
    troubles = [
        row.text
        for split in ("train", "dev")
        for row in read_gold("category", split)
        if not _DANGEROUS.search("".join(taxonomy.path_names(row.label)))
    ]
    talk, reports, troubles = (
        [text for text in texts if read_urgency(normalise(text)).level != "emergency"]
        for texts in (talk, reports, troubles)
    )
    return talk, reports, troubles


def bot_examples(folder: Path = BOT_EXAMPLES) -> list[tuple[str, str]]:
    """(text, intent) of the examples that the bot learns from, without their marks of entities."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        for part in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            for line in str(part.get("examples", "")).splitlines() if "intent" in part else ():
                if text := _MARKS.sub(r"\1", line.strip().removeprefix("-").strip()):
                    found.append((text, str(part["intent"])))
    return found


def urgency_label(row: Gold) -> str:
    """The label of a gold message, danger to the writer's own life apart."""
    danger = row.reason == "self_harm" or (
        not row.reason and "self_harm" in read_urgency(normalise(row.text)).reasons
    )
    return "self_harm" if row.label == "emergency" and danger else row.label


def urgency(data: Path, splits: tuple[str, ...] = ("train", "dev")) -> Own:
    """Our own messages, and with less weight ordinary ones: of our own, and quiet ones of the government's."""
    gold = [row for split in splits for row in read_gold("urgency", split)]
    quiet, pieces = _quiet(data, seed=3)
    docs, labels, weights = (
        read_words([row.text for row in gold]),
        [urgency_label(row) for row in gold],
        [1.0] * len(gold),
    )
    talk, reports, troubles = (read_words(texts) for texts in _ordinary())
    for more, weight in ((quiet, 0.1), (pieces, 0.15), (talk, 0.3), (reports, 0.3), (troubles, 0.1)):
        docs, labels, weights = docs + more, labels + ["normal"] * len(more), weights + [weight] * len(more)
    return Own(docs, np.array(labels), np.array(weights))


def five_types(data: Path, splits: tuple[str, ...] = ("train", "dev")) -> Own:
    """Our own messages, and the government's three types with little weight (投诉/求助 as complaint)."""
    gold = [row for split in splits for row in read_gold("request_type", split)]
    labelled = train_data.request_types(data)
    names = {"投诉/求助": "complaint", "咨询": "inquiry", "建言": "suggestion"}
    labels = [row.label for row in gold] + [names[str(label)] for label in labelled.labels]
    docs = read_words([row.text for row in gold]) + labelled.docs
    return Own(docs, np.array(labels), np.array([1.0] * len(gold) + [0.03] * len(labelled.docs)))


@dataclass(frozen=True, slots=True)
class OwnHead:
    """A head learned from messages of our own. `header`: thresholds and the like, chosen on the dev side."""

    recipe: OwnRecipe
    read: Callable[..., Own]
    header: dict[str, float]


OWN_HEADS: dict[str, OwnHead] = {
    # Chosen by cross-validation on train and dev (nlp/train_own_cv.py, `evaluate --only urgency`): it flatters a little,
    # since some train rows were written after the errors on dev had been read. So few words as twelve characters hold
    # must sound surer, and so must a part of a long message, or every tenth story would raise an alarm. A helpline shown
    # in vain does no harm. Without the ordinary words a quarter of what people said to the bot raised one.
    "urgency": OwnHead(
        OwnRecipe(LABELS, cost=3.0, scales=(0.8, 1.8, 0.0, 0.0), dense=0.06, least=3), urgency,
        {
            "alarm": 0.06, "alarm_when_short": 0.11, "alarm_in_part": 0.4, "look_at_parts": 0.02,
            "alarm_self_harm": 0.07, "doubtful_below": 0.2,
        },
    ),
    "five_types": OwnHead(
        OwnRecipe(REQUEST_TYPES, cost=10.0, scales=(0.6, 2.2, 0.0, 0.0), dense=0.04, least=3), five_types, {}
    ),
}  # fmt: skip


def train(name: str, data: Path, vectors: Vectors) -> Linear:
    """The shipped model of one of `OWN_HEADS`."""
    head = OWN_HEADS[name]
    model = fit(head.read(data), vectors, head.recipe)
    header = {**model.header, **head.header, "name": name, "version": VERSION}
    return replace(model, header=header)
