"""Which area a message is about, given the city's names: nicknames, slips of the pen and several places included.

Every mention of a name votes for the areas it may mean and, through them, for what lies inside: 松坪街道 and 安居 together
pick the 安居 in 松坪. Where people contrast places (不是甲，是乙), the words around a mention say which one counts. What
stays open is answered with the smallest area that holds all candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from nlp.gazetteer_mentions import Reading
from nlp.gazetteer_names import AreaId, Mention, Names
from nlp.normalise import normalise
from nlp.segment import Word, words
from nlp.types import Place


class Entry(NamedTuple):
    """An area: its own name, other names (estates in it, roads, what neighbours say), level (1 is widest), parent."""

    area_id: AreaId
    name: str
    aliases: tuple[str, ...]
    level: int
    parent_id: AreaId | None


class AreaGuess(NamedTuple):
    """The area meant and how sure that is (0-1); (None, 0.0) where the text names none."""

    area_id: AreaId | None
    confidence: float


class _Vote(NamedTuple):
    mention: Mention
    weight: float


NOWHERE = AreaGuess(None, 0.0)
# People say where in their first sentences; names are looked for in so many characters.
_READ = 2_000
_CLAUSE_END = re.compile(r"[，。；！？!?;,\s、：:（）()]")
_NOT_THIS_BEFORE = re.compile(
    r"不是|不在|以前|之前|原来|从前|上次|上回|上个?星期|上周|上个?月|去年|前年|曾经|别说|白天在|上班|快递|错|本来|搬"
)
_NOT_THIS_AFTER = re.compile(
    r"^.{0,8}?(?:都修|修了|修好|已经|清了|关了|好了|解决|记成|记到|评了|说归|说是|说不|都.{0,4}好|的路.{0,2}年|以前|有人管|没事|不归|搬)"
)
_THIS_BEFORE = re.compile(
    r"(?:(?<!不)是|就|我们|咱们?|俺们?|现在|这次|如今|归|的是|其实|而|只有|偏偏|反而|可|但|住|轮到|改成|更正)(?:我们|咱们?|在|住)?$"
)
_THIS_AFTER = re.compile(r"^(?:这边|这里|这儿|那一段|那段|这块|这片|这头|才|这个门|还是|还|却|仍)")
_TOGETHER = re.compile(r"^(?:和|与|跟|及|、|还有|以及|到|至)$")


class Gazetteer:
    """Names of one city's areas. Built once (about 0.3 s for 1,000 names), then only read, so threads may share it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Raises ValueError when a parent is missing or areas contain each other."""
        every = list(entries)
        self._parent = {entry.area_id: entry.parent_id for entry in every}
        self._chains = {area: self._climb(area) for area in self._parent}
        own = ((entry.area_id, entry.name, True) for entry in every)
        other = ((entry.area_id, alias, False) for entry in every for alias in entry.aliases)
        self._names = Names([*own, *other])

    def _climb(self, area: AreaId) -> tuple[AreaId, ...]:
        chain: list[AreaId] = []
        here: AreaId | None = area
        while here is not None:
            if here not in self._parent or here in chain:
                raise ValueError(f"area {area!r}: parent {here!r} is missing or its own ancestor")
            chain.append(here)
            here = self._parent[here]
        return tuple(chain)

    def words(self) -> list[str]:
        """Names to teach the segmenter (`nlp.segment.add_words`)."""
        return sorted(text for text, form in self._names.forms.items() if form.kind == "name")

    def resolve(self, places: Sequence[Place], text: str, cut: Sequence[Word] | None = None) -> AreaGuess:
        """The area that `text` is about. `places`: what find_places found in it; `cut`: its words, if at hand."""
        clean = normalise(text)[:_READ]
        exact, slips = self._names.exact(clean), self._names.slips(clean)
        if not exact and not slips:
            return NOWHERE
        reading = Reading(clean, places, words(clean) if cut is None else cut)
        mentions = reading.mentions(exact, slips, self._chains)
        return self._decide(self._weigh(mentions, clean)) if mentions else NOWHERE

    def holds(self, outer: AreaId | None, inner: AreaId | None) -> bool:
        """Whether `inner` is `outer` or lies in it; False for an unknown area."""
        return inner is not None and outer in self._chains.get(inner, ())

    def locate(self, places: Sequence[Place]) -> tuple[Place, ...]:
        """The places with the area that each one's own words name."""
        return tuple(replace(place, area=self.resolve((), place.text).area_id) for place in places)

    @staticmethod
    def _weigh(mentions: list[Mention], text: str) -> list[_Vote]:
        votes = []
        for index, mention in enumerate(mentions):
            begin = 0
            for end in _CLAUSE_END.finditer(text, max(0, mention.start - 16), mention.start):
                begin = end.end()
            before, after = (
                text[max(begin, mention.start - 12) : mention.start],
                text[mention.end : mention.end + 14],
            )
            stop = _CLAUSE_END.search(after)
            after = after[: stop.start()] if stop else after
            weight = mention.form.quality * (1 - 0.6 * mention.cost) * (1 + 0.02 * index)
            contrast = _NOT_THIS_BEFORE.search(before) or _NOT_THIS_AFTER.search(after)
            stressed = bool(_THIS_BEFORE.search(before)) + bool(_THIS_AFTER.search(after))
            weight *= (0.5 if contrast and not _THIS_BEFORE.search(before) else 1.0) * (1 + 0.25 * stressed)
            votes.append(_Vote(mention, weight))
        for one, other in zip(range(len(votes)), range(1, len(votes)), strict=False):
            between = text[votes[one].mention.end : votes[other].mention.start]
            if _TOGETHER.match(between):
                same = max(votes[one].weight, votes[other].weight)
                votes[one], votes[other] = (
                    votes[one]._replace(weight=same),
                    votes[other]._replace(weight=same),
                )
        return votes

    def _decide(self, votes: list[_Vote]) -> AreaGuess:
        """The area with the most votes of its own and its ancestors' mentions; ties give their common ancestor."""
        weights: dict[frozenset[AreaId], float] = {}
        for vote in votes:
            # The same name again says a little more, not twice as much.
            old = weights.get(vote.mention.form.areas)
            weights[vote.mention.form.areas] = (
                vote.weight if old is None else max(old, vote.weight) + 0.3 * min(old, vote.weight)
            )
        scores: dict[AreaId, float] = {}
        for area in {area for areas in weights for area in areas}:
            chain = self._chains[area]
            scores[area] = sum(w for areas, w in weights.items() if not areas.isdisjoint(chain))
        best = max(scores.values())
        ties = [area for area, score in scores.items() if score > best - 1e-9]
        answer = self._common(ties)
        if self._parent[answer] is None and answer not in ties and len(weights) == 1:
            # One nickname that is used all over the city says nothing.
            return NOWHERE
        rivals = [
            score for area, score in scores.items()
            if answer not in self._chains[area] and area not in self._chains[answer]
        ]  # fmt: skip
        strength = max(w for areas, w in weights.items() if not areas.isdisjoint(self._chains[ties[0]]))
        share = best / (best + max(rivals, default=0.0))
        return AreaGuess(answer, round(min(1.0, strength) * share, 3))

    def _common(self, areas: Sequence[AreaId]) -> AreaId:
        """The smallest area that is or contains all of these (the first one's root where they share none)."""
        shared = set(self._chains[areas[0]])
        for area in areas[1:]:
            shared &= set(self._chains[area])
        return next((area for area in self._chains[areas[0]] if area in shared), self._chains[areas[0]][-1])
