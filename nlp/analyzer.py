"""Reads one message: words once, features once, every head on top of them."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path

import numpy as np

from nlp import linear, request_type
from nlp.features import count_features
from nlp.gazetteer import NOWHERE, Gazetteer
from nlp.keywords import keywords
from nlp.linear import MODELS, Linear
from nlp.normalise import normalise
from nlp.places import PlaceFinder
from nlp.segment import engine, words
from nlp.stopwords import topic_words
from nlp.tree import CategoryTree
from nlp.types import Analysis, LabelGuess
from nlp.urgency import read_urgency

HEADS = ("forum", "request_type", "anger", "sentiment")
# Too little to go on, however sure a model may feel.
_SHORTEST = 4


class Analyzer:
    """All heads, loaded once. Reading changes nothing, so threads and forked workers share one instance.

    `gazetteer`: names of the city's areas; with it, places and the message as a whole get an `area`.
    Raises nlp.linear.ModelError when a model file is missing, damaged or swapped.
    """

    def __init__(self, folder: Path = MODELS, gazetteer: Gazetteer | None = None) -> None:
        self._models: dict[str, Linear] = {name: linear.load(name, folder) for name in HEADS}
        self._tree = CategoryTree()
        self._places = PlaceFinder(folder)
        self._gazetteer = gazetteer
        digest = (
            "".join(str(model.header["sha256"])[:3] for model in self._models.values()) + self._places.digest
        )
        self.model = f"minping-nlp {self._models['forum'].version}+{digest}"

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
        every, topic = count_features(plain), count_features(topic_words(plain))
        forum = self._forum(topic)
        kinds = self._models["request_type"]
        sentiment = float(self._models["sentiment"].probabilities(every)[1])
        anger = float(self._models["anger"].probabilities(every)[1])
        kind_probabilities = dict(zip(kinds.labels, kinds.probabilities(every).tolist(), strict=True))
        urgency = read_urgency(clean)
        leaves = self._tree.guess(clean, forum)
        places = self._places.find(cut, clean, text)
        area = NOWHERE
        if self._gazetteer is not None:
            places = self._gazetteer.locate(places)
            area = self._gazetteer.resolve(places, clean, cut)
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
            request_type=request_type.decide(clean, kind_probabilities, sentiment, anger),
            sentiment=round(sentiment, 4),
            expected_rating=round(self._rating(every), 2),
            anger=round(anger, 4),
            urgency=urgency.level,
            places=places,
            keywords=keywords(cut, self._models["forum"]),
            service=None,
            needs_human=needs_human,
            reasons=tuple(reasons),
            model=self.model,
            area=area.area_id,
            area_confidence=area.confidence,
        )

    def _forum(self, topic: linear.Counts) -> tuple[LabelGuess, ...]:
        model = self._models["forum"]
        probabilities = model.probabilities(topic)
        order = np.argsort(-probabilities, kind="stable")
        return tuple(LabelGuess(model.labels[i], round(float(probabilities[i]), 4)) for i in order)

    def _rating(self, every: linear.Counts) -> float:
        """1 + 4·logistic(a·s + b), s the sentiment score; a and b fitted on starred reviews when training."""
        model = self._models["sentiment"]
        slope, offset = model.header["rating_map"]
        score = float(model.scores(every)[0]) / float(model.header["temperature"])
        return float(1 + 4 / (1 + np.exp(-np.clip(slope * score + offset, -30.0, 30.0))))


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
