"""Which area a message is about, given the city's names: nicknames, slips of the pen and several places included.

Every mention of a name votes for the areas it may mean and, through them, for what lies inside: 松坪街道 and 安居 together
pick the 安居 in 松坪. Where people contrast places (不是甲，是乙), the words around a mention say which one counts. What
stays open is answered with the smallest area that holds all candidates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nlp.gazetteer_names import AreaId, Mention, Names, followed_by_yard
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
_CLAUSE_END = re.compile(r"[，。；！？!?;,\s、：:（）()]")
_PLACE_AFTER = re.compile(
    r"(?:那|这|里|内|边|上|门|院|楼|附近|旁|对面|外|路口|底下|后头|前头|东|西|南|北|一带|片|办|居委|村委|物业|业主|居民|小区|的小|的院|的楼|"
    r"的路|的门|的居民|的业主|的物业|周边|隔壁|[0-9一二三四五六七八九十]+(?:号|栋|幢|期|单元|区))"
)
_PLACE_BEFORE = re.compile(r"(?:在|住|到|去|从|是|我们|咱们?|俺们?|阿拉|我家|离|往|来|经过|路过|位于|叫)$")
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


def _outdone(slip: Mention, exact: Mention) -> bool:
    """Whether a slip is not worth considering beside a name written exactly: only a longer name around it is."""
    if slip.end <= exact.start or exact.end <= slip.start:
        return False
    around = slip.start <= exact.start and exact.end <= slip.end and len(slip.form.text) > len(exact.form.text) + 1
    return not around or slip.cost > 0.4


class Gazetteer:
    """Names of one city's areas. Built once (about 30 ms for 1,000 names), then only read, so threads may share it."""

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
        clean = normalise(text)
        mentions = self._mentions(places, clean, words(clean) if cut is None else cut)
        return self._decide(self._weigh(mentions, clean)) if mentions else NOWHERE

    def _mentions(self, places: Sequence[Place], text: str, cut: Sequence[Word]) -> list[Mention]:
        """Non-overlapping mentions in order: exact names first, then longer ones, then cheaper slips."""
        exact = self._names.exact(text)
        sure = [m for m in exact if m.form.kind == "name" and not m.form.common]
        slips = [slip for slip in self._names.slips(text) if not any(_outdone(slip, m) for m in sure)]
        pool = [*exact, *slips]
        pool.sort(key=lambda m: (m.cost > 0.4, -(m.end - m.start) + 2 * m.cost, m.start))
        edges = {word.start for word in cut} | {word.start + len(word.text) for word in cut}
        spans = [(place.start, place.end) for place in places if place.type != "number"]
        company = any(m.cost <= 0.5 for m in pool if m.form.kind == "name" and not m.form.common)
        taken: list[Mention] = []
        doubtful: list[Mention] = []
        for mention in pool:
            if any(mention.start < other.end and other.start < mention.end for other in taken):
                continue
            if mention.cost or self._counts(mention, text, edges, spans, company):
                taken.append(mention)
            elif mention.start in edges and mention.end in edges:
                doubtful.append(mention)
        return sorted(taken + self._vouched(doubtful, taken), key=lambda m: m.start)

    def _vouched(self, doubtful: list[Mention], taken: list[Mention]) -> list[Mention]:
        """Everyday words that another mention makes places, because one lies in the other (马灯的安居)."""
        out: list[Mention] = []
        for mention in doubtful:
            if any(mention.start < other.end and other.start < mention.end for other in (*taken, *out)):
                continue
            others = [*taken, *(m for m in doubtful if m is not mention)]
            if any(self._related(mention, other) for other in others):
                out.append(mention)
        return out

    def _related(self, one: Mention, other: Mention) -> bool:
        """Whether an area of one lies inside a different area of the other, and they stand close together."""
        if one.form.text == other.form.text or max(one.start, other.start) - min(one.end, other.end) > 3:
            return False
        return any(
            area != inner and area in self._chains[inner]
            for first, second in ((one, other), (other, one))
            for area in first.form.areas
            for inner in second.form.areas
        )

    @staticmethod
    def _counts(
        mention: Mention, text: str, edges: set[int], spans: list[tuple[int, int]], company: bool
    ) -> bool:
        """Whether an exact mention means the place: short forms need whole words, everyday words need a cue too."""
        form = mention.form
        if form.kind == "name" and not form.common:
            return True
        whole = mention.start in edges and mention.end in edges
        placed = any(start <= mention.start and mention.end <= end for start, end in spans)
        if form.kind == "abbreviation":
            return (whole or placed) and (followed_by_yard(text, mention.end) or (company and placed))
        before = text[max(0, mention.start - 4) : mention.start]
        if not whole and not placed:
            cued = len(form.text) > 2 or _PLACE_AFTER.match(text, mention.end) or _PLACE_BEFORE.search(before)
            return bool(cued) and mention.start in edges and not form.common
        if not form.common:
            return True
        return (
            _PLACE_AFTER.match(text, mention.end) is not None
            or _PLACE_BEFORE.search(before) is not None
            or (company and before[-1:] in ("的", "儿", "，", "里", "边", ""))
        )

    @staticmethod
    def _weigh(mentions: list[Mention], text: str) -> list[_Vote]:
        votes = []
        for index, mention in enumerate(mentions):
            begin = 0
            for end in _CLAUSE_END.finditer(text, max(0, mention.start - 16), mention.start):
                begin = end.end()
            before, after = text[max(begin, mention.start - 12) : mention.start], text[mention.end : mention.end + 14]
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
                votes[one], votes[other] = votes[one]._replace(weight=same), votes[other]._replace(weight=same)
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
        if self._parent[answer] is None and answer not in ties:
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
