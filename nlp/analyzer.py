"""Reads one message: words once, features once, every head on top of them."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import threading
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import linear, request_type, vectors
from nlp.city import Reading
from nlp.city_prior import chances, prior_logits, raised
from nlp.city_store import Serving
from nlp.danger import DangerReader
from nlp.features import Batch, count_batch
from nlp.gazetteer import NOWHERE, Gazetteer
from nlp.joint import Joint
from nlp.keywords import keywords
from nlp.linear import MODELS, Linear
from nlp.normalise import normalise
from nlp.places import PlaceFinder
from nlp.segment import Word, engine, words
from nlp.snownlp_engine import snownlp_sentiment
from nlp.summary import summary
from nlp.tree import CategoryTree
from nlp.types import REQUEST_TYPES, URGENCIES, Analysis, LabelGuess, RequestType, Urgency
from nlp.urgency import read_urgency
from nlp.vocabulary import Known, Vocabulary

HEADS = ("forum", "request_type", "anger", "sentiment", "five_types", "urgency")
# Features of a message: of all its words, and of those that tell its topic.
_EVERY, _TOPIC = 0, 1
# Too little to go on, however sure a model may feel.
_SHORTEST = 4


class _Answers(NamedTuple):
    """What the heads that a city can teach say: probabilities of the forum's labels and of the leaves, type, level."""

    forum: NDArray[np.float64]
    leaves: NDArray[np.float64]
    kind: RequestType
    level: Urgency


class _Read(NamedTuple):
    """A message after the shipped models: its words and what is known of each, answers, and why it is urgent."""

    words: list[Word]
    known: list[Known]
    answers: _Answers
    types: NDArray[np.float64]
    features: Batch
    reasons: tuple[str, ...]
    anger: float
    sentiment_score: float
    danger: float

    def reading(self) -> Reading:
        prior = prior_logits(self.answers.forum, self.answers.leaves, self.types, self.answers.level)
        return Reading(self.features.message(_TOPIC), self.features.message(_EVERY), prior)


class Analyzer:
    """All heads, loaded once. Reading changes nothing, so threads and forked workers share one instance.

    city: folder of the city's own versions (nlp/city_store.py); a new one serves within seconds, by itself.
    gazetteer: names of the city's areas; with it, places and the message as a whole get an `area`.
    sentiment_engine: whose `sentiment` to report, ours or SnowNLP's ("snownlp"); everything else stays ours.
    Raises nlp.linear.ModelError when a shipped model file is missing, damaged or swapped.
    """

    def __init__(
        self,
        folder: Path = MODELS,
        city: Path | None = None,
        *,
        gazetteer: Gazetteer | None = None,
        sentiment_engine: Literal["own", "snownlp"] = "own",
    ) -> None:
        self._models: dict[str, Linear] = {name: linear.load(name, folder) for name in HEADS}
        known = vectors.shipped() if folder == MODELS else vectors.load("vectors", folder)
        self._vocabulary = Vocabulary(self._models["forum"], known)
        self._join()
        self._tree = CategoryTree(folder)
        self._snownlp = sentiment_engine == "snownlp"
        self._places = PlaceFinder(folder)
        self._gazetteer = gazetteer
        digest = "".join(str(model.header["sha256"])[:3] for model in self._models.values())
        digest += self._places.digest + self._tree.digest
        self.model = f"minping-nlp {self._models['forum'].version}+{digest}"
        signed = "".join(str(model.header["sha256"]) for model in self._models.values()) + self._tree.digest
        self.base_id = hashlib.sha256(signed.encode()).hexdigest()[:16]
        self.city = Serving(city, self.base_id, self.forum_labels) if city else None

    def _join(self) -> None:
        self._joint = Joint(self._models)
        self._danger = DangerReader(self._models["urgency"], self._joint, self._vocabulary)

    @property
    def forum_labels(self) -> tuple[str, ...]:
        return self._models["forum"].labels

    @property
    def bases(self) -> dict[str, Linear]:
        """The shipped models by name."""
        return dict(self._models)

    def replaced(self, **models: Linear) -> Analyzer:
        """An analyzer with other models in place of the shipped ones of those names (experiments)."""
        other = copy.copy(self)
        other._models = {**self._models, **models}
        other._join()
        return other

    def with_city(self, folder: Path) -> Analyzer:
        """An analyzer that shares these models and also asks the city's own in `folder`."""
        other = copy.copy(self)
        other.city = Serving(folder, self.base_id, self.forum_labels)
        return other

    def with_gazetteer(self, gazetteer: Gazetteer | None) -> Analyzer:
        """An analyzer that shares everything else and knows these areas."""
        other = copy.copy(self)
        other._gazetteer = gazetteer
        return other

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
        read = self._read(clean)
        answers, reasons = read.answers, list(read.reasons)
        own = self.city.model() if self.city else None
        if own is not None:
            answers = _taught(answers, own.read(read.reading(), self._models))
        if answers.level != read.answers.level:
            reasons.append("city_model")
        forum, leaves = self._named(answers.forum), self._tree.best(answers.leaves)
        if (
            forum[0].probability < float(self._models["forum"].header["abstain_below"])
            or read.features.size(_TOPIC) < _SHORTEST
        ):
            reasons.append("low_confidence")
        places, area = self._places.find(read.words, clean, text), NOWHERE
        if self._gazetteer is not None:
            places = self._gazetteer.locate(places)
            area = self._gazetteer.resolve(places, clean, read.words)
        sentiment = (
            snownlp_sentiment(text)
            if self._snownlp
            else float(self._models["sentiment"].calibrated(np.array([read.sentiment_score]))[1])
        )
        return Analysis(
            forum_category=forum[0].name,
            forum_categories=forum[:3],
            category=leaves[0].code,
            categories=leaves,
            request_type=answers.kind,
            sentiment=round(sentiment, 4),
            expected_rating=round(self._rating(read.sentiment_score), 2),
            anger=round(read.anger, 4),
            urgency=answers.level,
            places=places,
            keywords=keywords(read.words, read.known),
            summary=summary(read.words, read.known, clean, text),
            service=None,
            needs_human=answers.level == "emergency" or "self_harm" in reasons or "low_confidence" in reasons,
            reasons=tuple(reasons),
            model=f"{self.model} {own.version}" if own is not None else self.model,
            area=area.area_id,
            area_confidence=area.confidence,
            danger=round(read.danger, 4),
        )

    def _read(self, clean: str) -> _Read:
        """What the shipped models and rules say of a normalised text."""
        cut = words(clean)
        plain = [word.text for word in cut]
        known = self._vocabulary.look_up(plain)
        about = [word for word, entry in zip(plain, known, strict=True) if entry.topic]
        features = count_batch([(plain, 0), (about, self._models["forum"].lead)])
        vector = self._vocabulary.vector(known)
        every, topic = self._joint.scores(features, np.stack((vector, np.zeros_like(vector))))
        forum, three, five, anger = (
            self._models[name].calibrated(scores[self._joint.columns(name)])
            for name, scores in (
                ("forum", topic),
                ("request_type", every),
                ("five_types", every),
                ("anger", every),
            )
        )
        types = request_type.probabilities(three, five, len(clean))
        urgency = self._danger.read(cut, every, read_urgency(clean))
        leaves = self._tree.chances(clean, features.message(0), vector)
        kind = REQUEST_TYPES[int(types.argmax())]
        return _Read(
            cut, known, _Answers(forum, leaves, kind, urgency.level), types, features, urgency.reasons,
            float(anger[1]), float(every[self._joint.columns("sentiment")][0]), urgency.danger,
        )  # fmt: skip

    def reading(self, text: str) -> Reading:
        """A message as the shipped models read it: what the city's own model is fitted on."""
        return self._read(normalise(text)).reading()

    def _named(self, probabilities: NDArray[np.float64]) -> tuple[LabelGuess, ...]:
        """The forum's labels with their probabilities, best first."""
        named = sorted(zip(self.forum_labels, probabilities.tolist(), strict=True), key=lambda pair: -pair[1])
        return tuple(LabelGuess(label, round(probability, 4)) for label, probability in named)

    def _rating(self, score: float) -> float:
        """1 + 4·logistic(a·s + b), s the sentiment score; a and b fitted on starred reviews when training."""
        model = self._models["sentiment"]
        slope, offset = model.header["rating_map"]
        tempered = score / float(model.header["temperature"])
        return 1 + 4 / (1 + math.exp(-min(30.0, max(-30.0, slope * tempered + offset))))


def _taught(answers: _Answers, own: dict[str, NDArray[np.float64]]) -> _Answers:
    """The answers after the city's own model; the shipped urgency is a floor."""
    if "forum" in own:
        answers = answers._replace(forum=chances(own["forum"]))
    if "tree" in own:
        answers = answers._replace(leaves=chances(own["tree"]))
    if "request_type" in own:
        answers = answers._replace(kind=REQUEST_TYPES[int(own["request_type"].argmax())])
    if "urgency" in own:
        level = raised(answers.level, own["urgency"])
        answers = answers._replace(level=next(name for name in URGENCIES if name == level))
    return answers


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
