"""Which published service a message or a search means, by names, nicknames, hints and typos.

Scores are added. The first asks how much of a service's name or nickname the words hold and how much of the
words it explains (pairs of characters and of sounds, rare ones counting more). The second is BM25F (Robertson &
Zaragoza 2009, §3.6) over the fields of a service: names, keywords, description, category, department, place,
materials; its terms are the same pairs, and concepts of residents' vocabulary. The others, for what shares no
characters, are in service_likeness.py.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np

from nlp.normalise import normalise
from nlp.segment import Word
from nlp.service_index import F64, Index, cut_words, meant, pairs_of, published_concepts, stretches
from nlp.service_likeness import Described, Directions, HeardNames, NearWords
from nlp.service_weights import WEIGHTS, Weights
from nlp.service_words import concept_words, never_services

_RAREST = 5.2  # weight of a feature that no service has
MAX_READ = 300  # characters of a message that are read: what it is about stands at the beginning


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A published service. Only code and name are needed."""

    code: str
    name: str
    nicknames: Sequence[str] = ()
    keywords: Sequence[str] = ()
    department: str = ""
    category_code: str = ""
    category_name: str = ""
    description: str = ""
    materials: Sequence[str] = ()
    place: str = ""


class ServiceGuess(NamedTuple):
    """A service and the calibrated probability (0-1) that it is the one meant."""

    code: str
    name: str
    probability: float


def _clean(text: str) -> str:
    return normalise(text).lower()


def _names(entry: ServiceEntry) -> list[str]:
    """Name and nicknames, normalised."""
    return list(dict.fromkeys(map(_clean, (entry.name, *entry.nicknames))))


def _held(names: Iterable[str]) -> set[str]:
    return {concept for name in names for concept in published_concepts(name)}


class ServiceMatcher:
    """An index of published services, built once and only read afterwards, so that threads share it."""

    def __init__(self, entries: Iterable[ServiceEntry], weights: Weights = WEIGHTS) -> None:
        self._entries = tuple(entries)
        self._w = weights
        fields = [self._fields(entry) for entry in self._entries]
        spread = Counter(feature for row in fields for feature in row)
        size = len(self._entries)
        # Scaled so that what no service has is as rare in a village with five services as in a city with a hundred:
        # only then does the score of "no service of ours" mean the same in both.
        scale = _RAREST / log(1 + (size + 0.5) / 0.5)
        self._idf = {f: scale * log(1 + (size - n + 0.5) / (n + 0.5)) for f, n in spread.items()}
        k = weights.saturation
        self._bm25 = Index([
            {f: self._idf[f] * tf * (k + 1) / (tf + k) for f, tf in row.items()} for row in fields
        ])  # fmt: skip
        self._variants, self._owner = self._name_index()
        self._heard = HeardNames((i, name) for i, e in enumerate(self._entries) for name in _names(e))
        described = [
            Described((names[0], " ".join(names[1:]), _clean(entry.description)), _held(names))
            for entry in self._entries
            if (names := _names(entry))
        ]
        # What residents also write about: what no service here is for competes as if it were one.
        others = [Described((), (c,)) for c in concept_words() if "k" + c not in self._bm25]
        self._directions, self._near = Directions(described), NearWords([*described, *others])

    def _fields(self, entry: ServiceEntry) -> dict[str, float]:
        w = self._w
        out: dict[str, float] = defaultdict(float)
        names = {entry.name, *entry.nicknames}
        parts: list[tuple[str, float]] = [
            (entry.name, w.name), *((n, w.nickname) for n in entry.nicknames), *((k, w.keyword) for k in entry.keywords),
            (entry.description, w.description), (entry.category_name, w.category), (entry.department, w.department),
            (entry.place, w.place), *((m, w.material) for m in entry.materials),
        ]  # fmt: skip
        concepts: dict[str, float] = defaultdict(float)
        for text, weight in parts:
            clean = _clean(text)
            for feature in {f for s in stretches(cut_words(clean)) for f, _ in pairs_of(s)}:
                if feature[0] != "s" or text in names:
                    out[feature] = max(out[feature], weight)
            if weight >= w.category:
                for concept in published_concepts(clean):
                    concepts[concept] = max(concepts[concept], weight)
        for concept, weight in concepts.items():
            out["k" + concept] = weight
        for size in (4, 6):
            if len(entry.category_code) >= size:
                out["t" + entry.category_code[:size]] = 1.0 if size == 6 else 0.5
        return dict(out)

    def _name_index(self) -> tuple[Index, np.ndarray]:
        rows: list[dict[str, float]] = []
        owner: list[int] = []
        for number, entry in enumerate(self._entries):
            for name in _names(entry):
                features = self._weighed(cut_words(name))
                if total := sum(features.values()):
                    held = total + self._w.short
                    rows.append({f: v / held for f, v in features.items()})
                    owner.append(number)
        return Index(rows), np.array(owner, dtype=np.intp)

    def _weighed(self, cut: Iterable[Word]) -> dict[str, float]:
        """Pairs of a text by rarity among the services."""
        out: dict[str, float] = {}
        for stretch in stretches(cut):
            for feature, weight in pairs_of(stretch):
                out[feature] = weight * self._idf.get(feature, _RAREST if feature[0] != "s" else _RAREST / 2)
        return out

    def raw(self, text: str) -> tuple[F64, float]:
        """Scores, shape (services,), and the score of "no service of ours"."""
        w = self._w
        clean = normalise(text[: 4 * MAX_READ]).lower()[:MAX_READ]
        cut = cut_words(clean)
        own = self._weighed(cut)
        found = meant(clean)
        terms = {"k" + c: w.concept * s for c, s in found.concepts.items()}
        for code, strength in found.leaves.items():
            terms["t" + code] = max(terms.get("t" + code, 0), w.leaf * strength)
            terms["t" + code[:4]] = max(terms.get("t" + code[:4], 0), w.leaf * strength)
        length = max(1.0, (len(own) / 12) ** w.damp)
        terms |= {f: w.pair * weight / length for f, weight in self._said(own)}
        scores = self._bm25.shared(terms)[0] + w.likeness * self._likeness(own)
        scores += w.meaning * np.maximum(self._directions.likeness(cut) - w.alike, 0)
        near = self._near.likeness(cut)
        scores += w.near * near[: len(scores)]
        for number in self._heard.find(clean):
            scores[number] += w.heard
        foreign = sum(
            s * (w.never if c in never_services() else w.unknown)
            for c, s in found.concepts.items()
            if "k" + c not in self._bm25
        )
        return scores, w.nothing + foreign + w.elsewhere * near[len(scores) :].max(initial=0.0)

    def _said(self, own: Iterable[str]) -> Iterable[tuple[str, float]]:
        """Pairs that count as terms, with their weight; close characters only where their pair says nothing."""
        known = dict.fromkeys(f for f in own if f in self._idf)
        for feature in known:
            if feature[0] == "s":
                if "c" + feature[1:] not in known and "c" + feature[:0:-1] not in known:
                    yield feature, self._w.close
            else:
                yield feature, 1.0 if feature[0] == "c" else 0.4

    def _likeness(self, own: dict[str, float]) -> F64:
        """Of each service's names the likest one: the share of the name that is said, and of the words it explains."""
        out = np.zeros(len(self._entries))
        if total := sum(own.values()):
            explained = self._variants.shared(own)[1]
            said = self._variants.shared(dict.fromkeys(own, 1.0))[0]
            np.maximum.at(out, self._owner, 0.5 * said + 0.5 * explained / total * np.sqrt(said))
        return out

    def probabilities(self, text: str) -> F64:
        """For each service, shape (services,), that it is meant; what is missing to 1: that none is."""
        scores, nothing = self.raw(text)
        top = max(float(scores.max(initial=0.0)), nothing)
        chances = np.exp((scores - top) / self._w.temperature)
        return chances / (chances.sum() + np.exp((nothing - top) / self._w.temperature))

    def match(self, text: str, limit: int = 3) -> tuple[ServiceGuess, ...]:
        """The likest services, at most `limit`, likest first. What is certainly not meant is there too: see `best`."""
        chances = self.probabilities(text)
        order = np.argsort(-chances, kind="stable")[:limit]
        return tuple(
            ServiceGuess(self._entries[i].code, self._entries[i].name, round(float(chances[i]), 4))
            for i in order
        )

    def best(self, text: str) -> ServiceGuess | None:
        """The service that is meant, or None where that is not sure enough."""
        first = self.match(text, limit=1)
        return first[0] if first and first[0].probability >= self._w.sure else None
