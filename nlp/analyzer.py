"""Reads one message: words once, features once, every head on top of them."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from nlp import linear, request_type, vectors
from nlp.danger import DangerReader
from nlp.features import count_features
from nlp.joint import Joint
from nlp.keywords import keywords
from nlp.linear import MODELS, Linear
from nlp.normalise import normalise
from nlp.places import find_places
from nlp.segment import engine, words
from nlp.snownlp_engine import snownlp_sentiment
from nlp.summary import summary
from nlp.tree import CategoryTree
from nlp.types import Analysis, LabelGuess
from nlp.urgency import read_urgency
from nlp.vocabulary import Vocabulary

HEADS = ("forum", "request_type", "anger", "sentiment", "five_types", "urgency")
# Too little to go on, however sure a model may feel.
_SHORTEST = 4


class Analyzer:
    """All heads, loaded once. Reading changes nothing, so threads and forked workers share one instance.

    sentiment_engine: whose `sentiment` to report, ours or SnowNLP's ("snownlp"); everything else stays ours.
    Raises nlp.linear.ModelError when a model file is missing, damaged or swapped.
    """

    def __init__(self, folder: Path = MODELS, *, sentiment_engine: Literal["own", "snownlp"] = "own") -> None:
        self._models: dict[str, Linear] = {name: linear.load(name, folder) for name in HEADS}
        self._joint = Joint([self._models[name] for name in ("request_type", "anger", "sentiment")])
        self._vectors = vectors.load("vectors", folder)
        self._danger = DangerReader(self._models["urgency"], self._vectors)
        self._vocabulary = Vocabulary(self._models["forum"])
        self._tree = CategoryTree()
        digest = "".join(str(model.header["sha256"])[:3] for model in self._models.values())
        self.model = f"minping-nlp {self._models['forum'].version}+{digest}"
        self._snownlp = sentiment_engine == "snownlp"

    def warm_up(self) -> Analyzer:
        """Load what loads on first use (segmenter, tables), so that the first resident does not wait."""
        engine()
        self.analyze("路灯坏了")
        return self

    def analyze(self, text: str) -> Analysis:
        """Read a message. Never raises for a string; a text beyond `MAX_CHARS` is read up to there.

        Raises ValueError when the text is blank: there is nothing to classify.
        """
        clean = normalise(text)
        if not clean.strip():
            raise ValueError("no text")
        cut = words(clean)
        plain = [word.text for word in cut]
        known = self._vocabulary.look_up(plain)
        every, vector = count_features(plain), self._vectors.of(plain)
        about = [word for word, entry in zip(plain, known, strict=True) if entry.topic]
        topic = count_features(about, self._models["forum"].lead)
        forum = self._forum(topic)
        kinds = self._models["request_type"]
        kind_scores, anger_score, sentiment_score = self._joint.scores(every)
        sentiment = float(self._models["sentiment"].calibrated(sentiment_score)[1])
        anger = float(self._models["anger"].calibrated(anger_score)[1])
        five = self._models["five_types"]
        five_scores = five.scores(every, vector)
        urgency = self._danger.read(cut, every, vector, read_urgency(clean))
        leaves = self._tree.guess(clean, forum)
        reasons = list(urgency.reasons)
        if (
            forum[0].probability < float(self._models["forum"].header["abstain_below"])
            or len(topic.ids) < _SHORTEST
        ):
            reasons.append("low_confidence")
        needs_human = urgency.level == "emergency" or "self_harm" in reasons or "low_confidence" in reasons
        return Analysis(
            forum_category=forum[0].name,
            forum_categories=forum[:3],
            category=leaves[0].code,
            categories=leaves,
            request_type=request_type.decide(
                kinds.calibrated(kind_scores), five.calibrated(five_scores), len(clean)
            ),
            sentiment=round(snownlp_sentiment(text) if self._snownlp else sentiment, 4),
            expected_rating=round(self._rating(float(sentiment_score[0])), 2),
            anger=round(anger, 4),
            urgency=urgency.level,
            places=find_places(cut, clean, text),
            keywords=keywords(cut, known),
            summary=summary(cut, known, clean, text),
            service=None,
            needs_human=needs_human,
            reasons=tuple(reasons),
            model=self.model,
        )

    def _forum(self, topic: linear.Counts) -> tuple[LabelGuess, ...]:
        model = self._models["forum"]
        probabilities = model.probabilities(topic)
        order = np.argsort(-probabilities, kind="stable")
        return tuple(LabelGuess(model.labels[i], round(float(probabilities[i]), 4)) for i in order)

    def _rating(self, score: float) -> float:
        """1 + 4·logistic(a·s + b), s the sentiment score; a and b fitted on starred reviews when training."""
        model = self._models["sentiment"]
        slope, offset = model.header["rating_map"]
        tempered = score / float(model.header["temperature"])
        return float(1 + 4 / (1 + np.exp(-np.clip(slope * tempered + offset, -30.0, 30.0))))


_lock = threading.Lock()


@cache
def _shared(folder: str) -> Analyzer:
    return Analyzer(Path(folder))


def default_analyzer() -> Analyzer:
    """The analyzer of this process, loaded once however many threads ask."""
    with _lock:
        return _shared(str(MODELS))


def analyze(text: str) -> Analysis:
    """Read a message with the shipped models. Raises ValueError when it is blank."""
    return default_analyzer().analyze(text)


def as_json(analysis: Analysis) -> str:
    """One line of JSON, Chinese kept readable."""
    return json.dumps(analysis.as_dict(), ensure_ascii=False)
