"""How dangerous a message sounds, learned from messages of our own: the model `urgency` beside the rules.

The rules (nlp/urgency.py) know the words of danger; the model also hears it described (the child sits outside the
window, my hand went numb when I touched the railing). A message is an emergency when either says so: a false alarm
costs a clerk a minute. A danger may hide in one clause of a long story, so its parts are read one by one as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import danger_words
from nlp.features import count_batch
from nlp.joint import Joint
from nlp.linear import Linear
from nlp.segment import Word
from nlp.types import Urgency
from nlp.urgency import UrgencyReading, exaggerates
from nlp.vocabulary import Vocabulary

F64 = NDArray[np.float64]
LABELS = ("normal", "urgent", "emergency", "self_harm")
# Reason of an alarm that is more likely false than not: kept so that hardly any is missed; a person should look first.
DOUBTFUL = "doubtful"
PART_CHARS = 60
_MOST_PARTS, _AT_ONCE = 60, 8
_ENDS = frozenset("。！？!?；;\n")
# A danger that is only supposed, with nothing said to be happening, must sound much surer.
_SUPPOSED = re.compile(r"等到|[别要]等|非得|非要|一旦|万一|倘若|要是|如果|假如|假设|如遇|迟早")
_HAPPENING = re.compile(r"现在|正在|已经?|刚|又|今天|今早|昨晚|昨天|还在|一直|不想活|不活|想死")
_SURE = 0.25
# 嗯嗯, 好: too little for a model that goes by the company words keep; the rules know 着火了.
_SHORTEST = 4
# So few characters say little else: what sounds a bit like danger is mostly a plain complaint.
_SHORT = 12


class Danger(NamedTuple):
    """Probabilities (0-1): of an urgent matter, of an emergency of any kind, of a danger to the writer's own life."""

    urgent: float
    emergency: float
    self_harm: float


def parts(words: list[Word]) -> list[list[str]]:
    """A long message in parts of whole sentences, about `PART_CHARS` characters each, at most 60 of them."""
    out: list[list[str]] = [[]]
    length = 0
    for word in words:
        if length >= PART_CHARS and (out[-1][-1][-1] in _ENDS or length >= 1.5 * PART_CHARS):
            if len(out) == _MOST_PARTS:
                break
            out.append([])
            length = 0
        out[-1].append(word.text)
        length += len(word.text)
    return out


class DangerReader:
    """The model `urgency`, one of those that `joint` reads, with its thresholds. Reading changes nothing."""

    def __init__(self, model: Linear, joint: Joint, vocabulary: Vocabulary) -> None:
        self._model, self._joint, self._vocabulary = model, joint, vocabulary
        self._whole, self._short, self._part, self._look = (
            float(model.header[name])
            for name in ("alarm", "alarm_when_short", "alarm_in_part", "look_at_parts")
        )
        self._self_harm = float(model.header["alarm_self_harm"])
        self._doubtful = float(model.header["doubtful_below"])

    def _danger(self, scores: F64) -> Danger:
        chance = self._model.calibrated(scores[self._joint.columns("urgency")])
        return Danger(float(chance[1]), float(chance[2] + chance[3]), float(chance[3]))

    def _parts(self, words: list[Word]) -> Iterator[Danger]:
        """The parts of a long message, each by itself."""
        every = parts(words)
        for begin in range(0, len(every), _AT_ONCE):
            some = every[begin : begin + _AT_ONCE]
            vectors = np.stack([self._vocabulary.vector(self._vocabulary.look_up(part)) for part in some])
            yield from map(
                self._danger, self._joint.scores(count_batch([(part, 0) for part in some]), vectors)
            )

    def read(self, words: list[Word], scores: F64, rules: UrgencyReading) -> UrgencyReading:
        """What rules and model say together. `scores`: what `joint` says of the whole message, shape (columns,)."""
        length = sum(len(word.text) for word in words)
        if length < _SHORTEST:
            return rules
        whole = self._danger(scores)
        text = "".join(word.text for word in words[:PART_CHARS])
        supposed = bool(_SUPPOSED.search(text)) and not _HAPPENING.search(text)
        least = _SURE if supposed else self._short if length <= _SHORT else self._whole
        said = "".join(word.text for word in words)
        if exaggerates(said) and not danger_words.in_words(said):
            # What the model hears is the figure of speech; what the rules name counts all the same.
            return rules
        alarm = whole.emergency >= least
        self_harm = whole.self_harm >= self._self_harm
        long = bool(words) and words[-1].start > PART_CHARS
        surest = whole.emergency
        if long and not (alarm and self_harm) and whole.emergency >= self._look:
            for danger in self._parts(words):
                surest = max(surest, danger.emergency)
                alarm |= danger.emergency >= self._part
                self_harm |= danger.self_harm >= self._part
        level: Urgency = rules.level
        reasons = list(rules.reasons)
        if (alarm or self_harm) and level != "emergency":
            level = "emergency"
            reasons.insert(0, "danger")
            if surest < self._doubtful:
                reasons.append(DOUBTFUL)
        elif level == "normal" and whole.urgent > 1 - whole.urgent - whole.emergency:
            level = "urgent"
            reasons.append("pressing")
        if self_harm and "self_harm" not in reasons:
            reasons.insert(0, "self_harm")
        return UrgencyReading(level, tuple(reasons), max(rules.danger, whole.emergency))
