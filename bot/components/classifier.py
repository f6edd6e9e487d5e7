"""The intent classifier: words, characters and word lists of a message beside what the language layer hears in it.

A linear support vector machine (scikit-learn's ``LinearSVC``: one against the rest, squared hinge loss) on binary features
weighted by the root of their rarity, a message's to one length. Its scores become probabilities by a softmax with one
temperature, fitted on scores of messages that a machine trained without them gave (Guo et al. 2017, "On Calibration of
Modern Neural Networks"). By cross-validation it was two points better than logistic regression on counts; weights and
length were worth most of another, and so were the language layer's numbers (:mod:`nlp.voices`).
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import jieba
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

# The language layer lies beside the bot; Rasa itself starts inside bot/.
sys.path.append(str(Path(__file__).resolve().parents[2]))
from components.frames import LEADS, TAILS

from nlp.voices import voices

F64 = NDArray[np.float64]
TEMPERATURES = np.geomspace(0.5, 16.0, 31)
RANKED = 10
# How many long messages are made for training, by the intent that such a message has.
COMPOSED = {
    "report": 250,
    "ask_service": 60,
    "praise": 50,
    "suggest": 40,
    "progress": 40,
    "emergency": 40,
    "rate": 40,
}
_FRAME_SHARE = 0.7
FRAMED = 300  # reports with what people put around them
_INNER_FOLDS = 4


def features(text: str, words: list[str], patterns: dict[str, list[re.Pattern[str]]]) -> set[str]:
    """Names of the features that a message has: words and pairs of them, characters and pairs (with both ends), lists."""
    marked = f"^{text.lower()}$"
    found = {f"w {word}" for word in words}
    found |= {f"w {one} {two}" for one, two in pairwise(words)}
    found |= {f"c {char}" for char in marked}
    found |= {f"c {marked[i : i + 2]}" for i in range(len(marked) - 1)}
    return found | {f"r {name}" for name, some in patterns.items() if any(p.search(text) for p in some)}


def composed(examples: list[Message], intents: list[str]) -> list[tuple[str, list[str], str]]:
    """Long messages made of short ones: text, words, intent. Greetings and contacts around a matter leave it the matter.

    Residents greet, tell who they are, tell their story and leave a phone, all in one message and often without a mark;
    our examples are mostly single sentences.
    """
    by_intent: dict[str, list[Message]] = {}
    for example, intent in zip(examples, intents, strict=True):
        by_intent.setdefault(intent, []).append(example)
    draw = random.Random(0)  # noqa: S311
    made = []
    for intent, count in COMPOSED.items():
        for _ in range(count if by_intent.get(intent) else 0):
            parts = [draw.choice(by_intent[intent])]
            if intent in ("report", "emergency") and draw.random() < 0.4:
                parts.append(draw.choice(by_intent["report"]))
            if by_intent.get("greet") and draw.random() < 0.6:
                parts.insert(0, draw.choice(by_intent["greet"]))
            if by_intent.get("inform") and draw.random() < 0.6:
                parts.append(draw.choice(by_intent["inform"]))
            mark = draw.choice(["", "，", "。", " "])
            words = [token.text for part in parts for token in part.get(TOKENS_NAMES[TEXT]) or []]
            made.append(
                (mark.join(str(part.get(TEXT)) for part in parts), [w for w in words if w.strip()], intent)
            )
    return made


def framed(examples: list[Message], intents: list[str]) -> list[tuple[str, list[str], str]]:
    """Reports between words that people put around them (``frames``), as :func:`composed` makes them."""
    reports = [e for e, intent in zip(examples, intents, strict=True) if intent == "report"]
    draw = random.Random(1)  # noqa: S311
    made = []
    for _ in range(FRAMED if reports else 0):
        example = draw.choice(reports)
        lead = draw.choice(LEADS) if draw.random() < _FRAME_SHARE else ""
        tail = draw.choice(TAILS) if draw.random() < _FRAME_SHARE else ""
        text = draw.choice(["", "，", " "]).join(
            part for part in (lead, str(example.get(TEXT)), tail) if part
        )
        made.append((text, [word for word in jieba.cut(text) if word.strip()], "report"))
    return made


def softmax(scores: F64, temperature: float) -> F64:
    """Rows of probabilities: the higher the temperature, the surer."""
    scaled = temperature * (scores - scores.max(axis=1, keepdims=True))
    shares = np.exp(scaled)
    out: F64 = shares / shares.sum(axis=1, keepdims=True)
    return out


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class Classifier(IntentClassifier, GraphComponent):
    """Trains in seconds, answers in milliseconds; stores numbers and names only (no pickles)."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``C``: how much an error in training costs; ``length``, ``voices``: weights of words and of the language layer."""
        return {"C": 1.0, "length": 2.0, "voices": 0.15}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Classifier:
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, model_storage, resource
        self._patterns: dict[str, list[re.Pattern[str]]] = {}
        self._columns: dict[str, int] = {}
        self._labels: list[str] = []
        self._arrays: dict[str, NDArray[Any]] = {}

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that have a text and an intent, and store the result."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT) and e.get(INTENT)]
        # In the order of their texts, so that what begins alike is neighbours when folds are cut.
        examples.sort(key=lambda e: str(e.get(TEXT)))
        self._patterns = {}
        for entry in training_data.regex_features:
            self._patterns.setdefault(entry["name"], []).append(re.compile(entry["pattern"]))
        sets = [self._features(e) for e in examples]
        heard = np.array([voices(e.get(TEXT)) for e in examples])
        intents = [str(e.get(INTENT)) for e in examples]
        for text, words, intent in [*composed(examples, intents), *framed(examples, intents)]:
            sets.append(features(text, words, self._patterns))
            heard = np.vstack([heard, voices(text)])
            intents.append(intent)
        wanted = np.array(intents)
        self._columns = {name: n for n, name in enumerate(sorted(set().union(*sets)))}
        self._arrays = {
            "mean": heard.mean(axis=0),
            "spread": heard.std(axis=0) + 1e-6,
            "rarity": self._rarity(sets),
        }
        rows = self._matrix(sets, heard)
        machine = LinearSVC(C=self._config["C"], random_state=0).fit(rows, wanted)
        self._labels = [str(label) for label in machine.classes_]
        self._arrays |= {
            "weights": machine.coef_.astype(np.float32), "bias": machine.intercept_,
            "temperature": np.array(self._temperature(rows, wanted)),
        }  # fmt: skip
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the likeliest intent and the ranking of each message."""
        read = [message for message in messages if message.get(TEXT)]
        if not self._labels or not read:
            return messages
        heard = np.array([voices(message.get(TEXT)) for message in read])
        scores = (
            self._matrix([self._features(message) for message in read], heard) @ self._arrays["weights"].T
        )
        chances = softmax(scores + self._arrays["bias"], float(self._arrays["temperature"]))
        for message, row in zip(read, chances, strict=True):
            ranking = [
                {"name": self._labels[n], "confidence": float(row[n])} for n in np.argsort(-row)[:RANKED]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing that follows learns from intents read."""
        return training_data

    def _features(self, message: Message) -> set[str]:
        words = [token.text for token in message.get(TOKENS_NAMES[TEXT]) or [] if token.text.strip()]
        return features(message.get(TEXT), words, self._patterns)

    def _rarity(self, sets: list[set[str]]) -> F64:
        """Weight of each feature: the root of its inverse document frequency's logarithm."""
        seen = Counter(self._columns[name] for found in sets for name in found)
        counts = np.array([seen[n] for n in range(len(self._columns))])
        out: F64 = np.sqrt(1 + np.log(len(sets) / (1 + counts)))
        return out

    def _matrix(self, sets: list[set[str]], heard: F64) -> Any:
        """Features that training knew, to one length; then the language layer's numbers in units of their spread."""
        columns = [[self._columns[name] for name in found if name in self._columns] for found in sets]
        ends = np.cumsum([0, *(len(row) for row in columns)])
        flat = np.array([n for row in columns for n in row], dtype=np.int64)
        binary = sp.csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(sets), len(self._columns)))
        binary = self._config["length"] * normalize(binary @ sp.diags(self._arrays["rarity"]))
        numbers = self._config["voices"] * (heard - self._arrays["mean"]) / self._arrays["spread"]
        return sp.hstack([binary, sp.csr_matrix(numbers)]).tocsr()

    def _temperature(self, rows: Any, wanted: NDArray[Any]) -> float:
        """The temperature that makes scores of unseen messages the likeliest."""
        scores = np.zeros((len(wanted), len(self._labels)))
        deal = StratifiedKFold(_INNER_FOLDS, shuffle=False)
        for learned, unseen in deal.split(rows, wanted):
            machine = LinearSVC(C=self._config["C"], random_state=0).fit(rows[learned], wanted[learned])
            scores[unseen] = machine.decision_function(rows[unseen])
        right = np.searchsorted(self._labels, wanted)
        losses = [
            -np.log(softmax(scores, t)[np.arange(len(right)), right] + 1e-9).mean() for t in TEMPERATURES
        ]
        return float(TEMPERATURES[int(np.argmin(losses))])

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            known = {
                "labels": self._labels, "columns": list(self._columns),
                "patterns": {name: [p.pattern for p in some] for name, some in self._patterns.items()},
            }  # fmt: skip
            (folder / "known.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
            np.savez_compressed(folder / "numbers.npz", **self._arrays)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> Classifier:
        """Read what :meth:`train` stored, and let the language layer load before anybody waits for it."""
        self = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            known = json.loads((folder / "known.json").read_text(encoding="utf-8"))
            with np.load(folder / "numbers.npz", allow_pickle=False) as stored:
                self._arrays = {name: stored[name] for name in stored.files}
        self._labels = known["labels"]
        self._columns = {name: n for n, name in enumerate(known["columns"])}
        self._patterns = {name: [re.compile(p) for p in some] for name, some in known["patterns"].items()}
        voices("路灯坏了")
        return self
