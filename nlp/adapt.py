"""From staff's corrections to the city's own model (nlp/city.py). Pure: examples in, model out.

What may become a feature: hashes of words and characters that at least three different messages share (near-copies
counted once) after names, phones, other personal data and places were taken out and with every digit as 0. So no
feature can be a resident's name, phone or address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from nlp import adapt_fit, taxonomy
from nlp.adapt_fit import Sample
from nlp.analyzer import Analyzer
from nlp.city import (
    HEADS,
    U32,
    CityModel,
    Delta,
    Gate,
    Reading,
    base_of,
    hints,
    outcomes_of,
    positions,
    reach_of,
    values_of,
)
from nlp.city_prior import F64
from nlp.features import blocks, count_features
from nlp.linear import Linear
from nlp.mask import mask_personal_data
from nlp.near import groups_of, held_out
from nlp.normalise import normalise
from nlp.place_rules import rule_places
from nlp.segment import words
from nlp.stopwords import topic_words

MIN_MESSAGES = 3
# Below this many examples a head is left as it was.
MIN_EXAMPLES = 20
# A message that staff handled without correcting it says less than one that they corrected.
AGREED_WEIGHT = 0.5
_GATE_STEEP = 6.0
# A message whose words are e^0.5 times as frequent here as in the shipped models' data is like the corrections.
_LIKE_ENOUGH = 0.5
_FOLDS, _FOR_TEMPERATURE = 3, 60
FIELDS: Mapping[str, tuple[str, ...]] = {
    "category": ("forum", "tree"),
    "forum": ("forum",),
    "request_type": ("request_type",),
    "urgency": ("urgency",),
}


class Example(NamedTuple):
    """What a person said about a message. `field`: category (`label` is a code of the tree), request_type, urgency,
    or forum (one of its seven labels). `agreed`: nobody corrected it; the label is the one it had."""

    text: str
    field: str
    label: str
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """Examples, read. All sequences have one entry per example, oldest first; `kept`: never trained on."""

    examples: tuple[Example, ...]
    readings: tuple[Reading, ...]
    topic_ids: tuple[U32, ...]
    every_ids: tuple[U32, ...]
    groups: NDArray[np.int64]
    kept: NDArray[np.bool_]

    def pick(self, where: NDArray[np.intp]) -> Material:
        return Material(
            tuple(self.examples[i] for i in where), tuple(self.readings[i] for i in where),
            tuple(self.topic_ids[i] for i in where), tuple(self.every_ids[i] for i in where),
            self.groups[where], self.kept[where],
        )  # fmt: skip

    def of_head(self, head: str) -> NDArray[np.intp]:
        """Which examples teach a head."""
        return np.array([i for i, e in enumerate(self.examples) if head in FIELDS[e.field]], dtype=np.intp)


def impersonal_words(text: str) -> list[str]:
    """Words of a message with personal data, names and places each replaced by a star."""
    clean = normalise(mask_personal_data(text))
    cut = words(clean)
    spans = [(place.start, place.end) for place in rule_places(cut, clean)]
    out = []
    for word in cut:
        inside = any(start < word.start + len(word.text) and word.start < end for start, end in spans)
        named = word.tag.startswith("nr") and len(word.text) > 1
        out.append("*" if inside or named or "*" in word.text else word.text)
    return out


def prepare(analyzer: Analyzer, examples: Sequence[Example]) -> Material:
    """Read every message once. `examples` oldest first; blank texts and unknown fields are left out."""
    usable = [e for e in examples if e.field in FIELDS and normalise(e.text).strip()]
    texts = list(dict.fromkeys(e.text for e in usable))
    index = {text: i for i, text in enumerate(texts)}
    readings = [analyzer.reading(text) for text in texts]
    plain = [impersonal_words(text) for text in texts]
    lead = analyzer.bases["forum"].lead
    topic = [count_features(topic_words(item), lead).ids for item in plain]
    every = [count_features(item).ids for item in plain]
    groups = groups_of(texts)
    kept = held_out(texts, groups)
    at = np.array([index[e.text] for e in usable], dtype=np.intp)
    return Material(
        tuple(usable), tuple(readings[i] for i in at), tuple(topic[i] for i in at), tuple(every[i] for i in at),
        groups[at], kept[at],
    )  # fmt: skip


def shared_ids(
    ids: Sequence[U32], groups: NDArray[np.int64], least: int = MIN_MESSAGES
) -> tuple[U32, NDArray[np.intp]]:
    """Features that at least `least` different groups have, sorted, and how many have each."""
    if not len(ids):
        return np.zeros(0, np.uint32), np.zeros(0, np.intp)
    pairs = np.unique(np.concatenate(
        [part.astype(np.uint64) | (np.uint64(group) << np.uint64(32)) for part, group in zip(ids, groups, strict=True)]
    ))  # fmt: skip
    found, counts = np.unique((pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), return_counts=True)
    return found[counts >= least], counts[counts >= least]


def fit_gate(material: Material, base: Linear) -> Gate:
    """Words of the corrections' messages and how often they occur.

    Half open for the message that is less like the others than 98 of 100 of them (with few messages, whose extremes
    say little: than 90), all but open for the median.
    """
    ids, counts = shared_ids(material.topic_ids, material.groups)
    words_only = blocks(ids) == 0
    size = len(np.unique(material.groups))
    gate = Gate(ids[words_only], counts[words_only].astype(np.float32), size, 0.0)
    ratios = [gate.ratio(reading.topic, base, less=1) for reading in material.readings]
    share = min(0.1, max(0.02, 10 / size))
    centre, median = (float(np.quantile(ratios, part)) for part in (share, 0.5))
    # Corrections that all say nearly the same would open it only for their own words.
    centre = min(centre, _LIKE_ENOUGH)
    slope = _GATE_STEEP / min(max(median - centre, 0.2), 0.7)
    return Gate(gate.ids, gate.counts, size, round(centre, 4), round(slope, 3))


def targets_of(head: str, examples: Sequence[Example], outcomes: tuple[str, ...]) -> F64:
    """(n, O): how well each outcome agrees with what staff said, at most 1; a row of zeros teaches nothing."""
    out = np.zeros((len(examples), len(outcomes)))
    for row, example in zip(out, examples, strict=True):
        if head == "tree":
            row[:] = [code.startswith(example.label) for code in outcomes]
        elif head == "forum" and example.field == "category":
            shares = taxonomy.forum_mapping()
            row[:] = [
                sum(part for code, part in shares[label].items() if code.startswith(example.label[:4]))
                for label in outcomes
            ]
            row /= row.max() or 1.0
        elif example.label in outcomes:
            row[outcomes.index(example.label)] = 1.0
    return out


def sample_of(head: str, material: Material, ids: U32, base: Linear, outcomes: tuple[str, ...]) -> Sample:
    """The examples of a head as numbers, over features `ids`."""
    data, columns, starts = [], [], [0]
    for reading in material.readings:
        features = reading.features(head)
        at, known = positions(ids, features.ids)
        data.append(values_of(features, base)[known])
        columns.append(at[known])
        starts.append(starts[-1] + int(known.sum()))
    vectors = sp.csr_matrix(
        (np.concatenate(data), np.concatenate(columns), starts), shape=(len(material.readings), len(ids))
    )
    targets = targets_of(head, material.examples, outcomes)
    weights = np.array([AGREED_WEIGHT if e.agreed else 1.0 for e in material.examples])
    logits = np.array([reading.logits[head] for reading in material.readings])
    odds = np.array([hints(head, reading) for reading in material.readings])
    return Sample(vectors, logits, odds, targets, weights * (targets.max(axis=1) > 0))


def _labels(head: str, examples: Sequence[Example], outcomes: tuple[str, ...]) -> tuple[str, ...]:
    """Labels that get weights: all outcomes, or the codes that staff named with the branches they stand on."""
    if head != "tree":
        return outcomes
    return tuple(sorted({e.label[:end] for e in examples for end in (2, 4, 6) if end <= len(e.label)}))


def _temperature(sample: Sample, reach: F64, groups: NDArray[np.int64], recipe: adapt_fit.Recipe) -> float:
    """Fitted on scores of grouped cross-validation, so that probabilities mean what they say on new messages."""
    if len(groups) < _FOR_TEMPERATURE or recipe is adapt_fit.GUARDED:
        return 1.0
    fold = np.unique(groups, return_inverse=True)[1] % _FOLDS
    scores = np.zeros_like(sample.logits)
    for part in range(_FOLDS):
        test, train = np.flatnonzero(fold == part), np.flatnonzero(fold != part)
        fitted = adapt_fit.fit(sample.pick(train), reach, recipe)
        scores[test] = fitted.logits(sample.pick(test), reach)
    return adapt_fit.fit_temperature(scores, sample.targets, sample.weights)


def fit_head(
    head: str, material: Material, analyzer: Analyzer, gate: Gate, calibrate: bool = True
) -> Delta | None:
    """What the examples teach one head; None when there are too few of them."""
    mine = material.pick(material.of_head(head))
    outcomes = outcomes_of(head, analyzer.forum_labels)
    base = analyzer.bases[base_of(head)]
    ids, _ = shared_ids(mine.topic_ids if head in ("forum", "tree") else mine.every_ids, mine.groups)
    if head == "tree":
        ids = ids[blocks(ids) == 0]
    useful = np.flatnonzero(targets_of(head, mine.examples, outcomes).max(axis=1, initial=0) > 0)
    if len(useful) < MIN_EXAMPLES or not len(ids):
        return None
    mine = mine.pick(useful)
    sample = sample_of(head, mine, ids, base, outcomes)
    labels = _labels(head, mine.examples, outcomes)
    reach = reach_of(labels, outcomes)
    recipe = adapt_fit.recipe_for(sample)
    fitted = adapt_fit.fit(sample, reach.astype(np.float64), recipe)
    temperature = _temperature(sample, reach.astype(np.float64), mine.groups, recipe) if calibrate else 1.0
    return Delta(
        ids, fitted.weights.astype(np.float16).astype(np.float32), fitted.bias.astype(np.float32),
        fitted.mix.astype(np.float32), gate, temperature, labels, reach,
    )  # fmt: skip


def fit_city(
    analyzer: Analyzer, material: Material, heads: Sequence[str] = HEADS, calibrate: bool = True
) -> CityModel:
    """The city's model from all of `material` (leave out what is kept for comparing before calling)."""
    gate = fit_gate(material, analyzer.bases["forum"])
    fitted = {head: fit_head(head, material, analyzer, gate, calibrate) for head in heads}
    deltas = {head: delta for head, delta in fitted.items() if delta is not None}
    return CityModel(deltas, {"base": analyzer.base_id, "examples": len(material.examples)})
