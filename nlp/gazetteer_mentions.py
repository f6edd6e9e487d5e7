"""Which of the names that a text seems to contain are really meant as places there."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from nlp.gazetteer_names import AreaId, Mention, followed_by_yard
from nlp.segment import Word
from nlp.types import Place

Chains = Mapping[AreaId, tuple[AreaId, ...]]

_PLACE_AFTER = re.compile(
    r"(?:那|这|里|内|边|上|门|院|楼|附近|旁|对面|外|路口|底下|后头|前头|东|西|南|北|一带|片|办|居委|村委|物业|业主|居民|小区|周边|隔壁|"
    r"[0-9一二三四五六七八九十]+(?:号|栋|幢|期|单元|区)|"
    r"的(?:小|院|楼|路|门|居民|业主|物业|下水|垃圾|变压器|公厕|厕所|电梯|自来水|水管|暖气|井盖|广场|公园|停车|车位|保安|河|桥|村民|街坊|公交|学校|"
    r"活动室|化粪池|绿化带|健身|围墙|污水|电线|老住户|住户|老人|孩子|娃))"
)
_PLACE_BEFORE = re.compile(r"(?:在|住|到|去|从|是|我们|咱们?|俺们?|阿拉|我家|离|往|来|经过|路过|位于|叫)$")
_PAUSES = frozenset("的儿,，里边")
# A slip that costs more than this is considered only after all names written as they are.
_CHEAP = 0.4
_NEAR = 3
_LONGEST = 24


class Reading:
    """One text: where its words end, which stretches are places, and what is taken already."""

    def __init__(self, text: str, places: Sequence[Place], cut: Sequence[Word]) -> None:
        self._text = text
        self._edges = {word.start for word in cut} | {word.start + len(word.text) for word in cut}
        # End of the place that covers each character, 0 where none does.
        self._place_end = [0] * (len(text) + 1)
        for place in places:
            if place.type != "number":
                for at in range(place.start, min(place.end, len(text))):
                    self._place_end[at] = place.end
        self._taken = bytearray(len(text) + _LONGEST)

    def mentions(self, exact: list[Mention], slips: list[Mention], chains: Chains) -> list[Mention]:
        """Mentions in order, none overlapping: exact names first, then longer ones, then cheaper slips."""
        pool = [*exact, *_worth(slips, [m for m in exact if _sure(m)])]
        pool.sort(key=lambda m: (m.cost > _CHEAP, -(m.end - m.start) + 2 * m.cost, m.start))
        company = any(_sure(mention) and mention.cost <= 0.5 for mention in pool)
        out: list[Mention] = []
        doubtful: list[Mention] = []
        for mention in pool:
            if self._free(mention):
                if mention.cost or self._counts(mention, company):
                    self._take(mention, out)
                elif self._whole(mention):
                    doubtful.append(mention)
        self._vouch(doubtful, out, chains)
        return sorted(out, key=lambda m: m.start)

    def _free(self, mention: Mention) -> bool:
        return not any(self._taken[mention.start : mention.end])

    def _take(self, mention: Mention, out: list[Mention]) -> None:
        self._taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
        out.append(mention)

    def _whole(self, mention: Mention) -> bool:
        return mention.start in self._edges and mention.end in self._edges

    def _counts(self, mention: Mention, company: bool) -> bool:
        """Whether an exact mention means the place: short forms need whole words, everyday words need a cue too."""
        form, text = mention.form, self._text
        if _sure(mention):
            return True
        placed = self._place_end[mention.start] >= mention.end
        whole = placed or self._whole(mention)
        if form.kind == "abbreviation":
            return whole and (followed_by_yard(text, mention.end) or (company and placed))
        before = text[max(0, mention.start - 4) : mention.start]
        cued = bool(_PLACE_AFTER.match(text, mention.end) or _PLACE_BEFORE.search(before))
        if not whole:
            return (cued or len(form.text) > 2) and mention.start in self._edges and not form.common
        return not form.common or cued or (company and (not before or before[-1] in _PAUSES))

    def _vouch(self, doubtful: list[Mention], out: list[Mention], chains: Chains) -> None:
        """Everyday words that a mention close by makes places, because one lies in the other (马灯的安居)."""
        others = sorted((*out, *doubtful), key=lambda m: m.start)
        starts = [mention.start for mention in others]
        for mention in doubtful:
            near = others[
                bisect_left(starts, mention.start - _LONGEST - _NEAR) : bisect_right(
                    starts, mention.end + _NEAR
                )
            ]
            if self._free(mention) and any(_related(mention, other, chains) for other in near):
                self._take(mention, out)


def _sure(mention: Mention) -> bool:
    return mention.form.kind == "name" and not mention.form.common


def _worth(slips: list[Mention], sure: list[Mention]) -> list[Mention]:
    """Slips worth considering: those that touch no name written exactly, and longer names around one."""
    starts = [mention.start for mention in sure]

    def outdone(slip: Mention) -> bool:
        near = sure[bisect_left(starts, slip.start - _LONGEST) : bisect_left(starts, slip.end)]
        return any(_outdone(slip, exact) for exact in near)

    return [slip for slip in slips if not outdone(slip)]


def _outdone(slip: Mention, exact: Mention) -> bool:
    if slip.end <= exact.start or exact.end <= slip.start:
        return False
    around = (
        slip.start <= exact.start and exact.end <= slip.end and len(slip.form.text) > len(exact.form.text) + 1
    )
    return not around or slip.cost > _CHEAP


def _related(one: Mention, other: Mention, chains: Chains) -> bool:
    """Whether an area of one lies inside a different area of the other, and they stand close together."""
    if one.form.text == other.form.text or max(one.start, other.start) - min(one.end, other.end) > _NEAR:
        return False
    return any(
        area != inner and area in chains[inner]
        for first, second in ((one, other), (other, one))
        for area in first.form.areas
        for inner in second.form.areas
    )
