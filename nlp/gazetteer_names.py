"""Names of areas as people write them, and where a text mentions them: whole, shortened, or with a slip of the pen.

Everything is looked up by the first two characters (or two of the first three, for slips), so that a text costs a
few dictionary look-ups per character however many names there are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from nlp.lists import place_suffixes, word_list
from nlp.normalise import normalise
from nlp.phonetic import sound_alike
from nlp.segment import engine

AreaId = int | str
Kind = Literal["name", "short", "abbreviation"]

# Ends of names that neighbours leave out; roads keep theirs (澄江 is the river, not 澄江路).
_DROPPED = sorted(
    (word for word, kind in place_suffixes().items() if kind in ("district", "street", "community", "estate")),
    key=len, reverse=True,
)  # fmt: skip
# 机床厂宿舍 is 机床厂, and 机床院 when a yard or building follows.
_WORKS = ("公司", "厂", "局", "队", "社", "院")
_YARDS = ("院", "楼", "大院", "宿舍", "家属", "生活区", "厂", "小区")
_DIGITS = dict(zip("123456789", "一二三四五六七八九", strict=True))
_GRID = re.compile(r"^(?P<of>.+?)(?:社区|村)?第(?P<number>[1-9])网格$")
# Characters that tell two names apart; swapping them is another place, no slip.
_TELLING = frozenset("东南西北中上下前后大小新老左右一二三四五六七八九十0123456789")
_SHORTEST_SLIP = 3
_FUZZY_CHARS = 2_000


class Form(NamedTuple):
    """A way to write a name: the areas it may mean, how good a sign it is (0-1), whether it is an everyday word."""

    text: str
    areas: frozenset[AreaId]
    quality: float
    kind: Kind
    common: bool


class Mention(NamedTuple):
    """A form found at [start, end) of the text; `cost` is 0 where it is written exactly so."""

    form: Form
    start: int
    end: int
    cost: float


@dataclass(slots=True)
class _Draft:
    areas: set[AreaId]
    quality: float
    kind: Kind


# By two characters of the name: the form, its length, all but its last character, and that one.
_Pairs = dict[str, list[tuple[Form, int, str, str]]]


def _stem(name: str) -> str | None:
    """The name without its last word (澜庭花园 → 澜庭), or None where too little would be left."""
    for suffix in _DROPPED:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name[: -len(suffix)]
    return None


def _works(stem: str) -> Iterator[str]:
    """Short names of a works: 搪瓷厂 → 搪瓷, 纺织机械厂 → 纺织机械, 纺机."""
    for end in _WORKS:
        if stem.endswith(end) and len(stem) - len(end) >= 2:
            core = stem[: -len(end)]
            yield core
            parts = [word for word, _ in engine().tag(core)]
            if len(parts) > 1:
                yield "".join(part[0] for part in parts)
            elif len(core) == 4:
                yield core[0] + core[2]
            return


def _everyday(text: str) -> bool:
    """Whether a short name is a word of its own (梧桐, 幸福), so that it needs company to count as a place."""
    parts = engine().tag(text)
    return (len(parts) == 1 and not parts[0][1].startswith(("ns", "nr", "nt", "x"))) or text in word_list(
        "plain_words"
    )


class Names:
    """All forms of all names, indexed once."""

    def __init__(self, names: Iterable[tuple[AreaId, str, bool]]) -> None:
        """`names`: area, name or alias, and whether it is the area's own name."""
        drafts: dict[str, _Draft] = {}
        for area, raw, _ in names:
            name = normalise(raw).strip()
            if len(name) < 2:
                continue
            self._add(drafts, name, area, 1.0, "name")
            grid = _GRID.match(name)
            if grid:
                for number in (grid["number"], _DIGITS[grid["number"]]):
                    for middle in (f"第{number}网格", f"{number}网格", f"{number}号网格"):
                        self._add(drafts, name[: grid.start("number") - 1] + middle, area, 1.0, "name")
                        self._add(drafts, grid["of"] + middle, area, 0.9, "name")
                continue
            stem = _stem(name)
            if stem:
                self._add(drafts, stem, area, 0.6, "short")
            for short in _works(stem or name):
                self._add(drafts, short, area, 0.4, "abbreviation")
                self._add(drafts, short + "院", area, 0.6, "short")
        self.forms = {
            text: Form(text, frozenset(d.areas), d.quality, d.kind, (d.kind != "name" or len(text) <= 2) and _everyday(text))
            for text, d in drafts.items()
        }  # fmt: skip
        self._lengths: dict[str, list[int]] = defaultdict(list)
        for text in sorted(self.forms, key=len, reverse=True):
            lengths = self._lengths[text[:2]]
            if len(text) not in lengths:
                lengths.append(len(text))
        self._lengths = dict(self._lengths)
        self._pairs = self._index_pairs()

    @staticmethod
    def _add(drafts: dict[str, _Draft], text: str, area: AreaId, quality: float, kind: Kind) -> None:
        draft = drafts.get(text)
        if draft is None:
            drafts[text] = _Draft({area}, quality, kind)
        elif draft.quality < quality and kind == "name":
            # A name of its own speaks louder; what else is called so for short still counts as possible.
            drafts[text] = _Draft(draft.areas | {area}, quality, kind)
        else:
            draft.areas.add(area)

    def _index_pairs(self) -> tuple[_Pairs, _Pairs, _Pairs]:
        """Forms by characters 0-1, 1-2 and 0 with 2."""
        first: _Pairs = defaultdict(list)
        second: _Pairs = defaultdict(list)
        outer: _Pairs = defaultdict(list)
        for form in self.forms.values():
            name = form.text
            # A grid has a dozen spellings; of one with a slip its community's name is enough.
            if (
                form.kind == "name"
                and len(name) >= _SHORTEST_SLIP
                and not name[-1].isdigit()
                and not name.endswith("网格")
            ):
                entry = form, len(name), name[:-1], name[-1]
                first[name[:2]].append(entry)
                second[name[1:3]].append(entry)
                outer[name[0] + name[2]].append(entry)
        return dict(first), dict(second), dict(outer)

    def exact(self, text: str) -> list[Mention]:
        """Forms written as they stand, the longest at each place."""
        out: list[Mention] = []
        lengths, forms = self._lengths, self.forms
        for start in range(len(text) - 1):
            for length in lengths.get(text[start : start + 2], ()):
                form = forms.get(text[start : start + length])
                if form is not None:
                    out.append(Mention(form, start, start + length, 0.0))
        return out

    def slips(self, text: str) -> list[Mention]:
        """Names with one character wrong, missing or too many (looked for in the first 2,000 characters)."""
        first, second, outer = self._pairs
        text = text[:_FUZZY_CHARS]
        seen: set[tuple[str, int]] = set()
        out: list[Mention] = []
        for start in range(len(text) - 1):
            pair = text[start : start + 2]
            skipped = text[start] + text[start + 2 : start + 3]
            for entries, begins in (
                (first.get(pair), (start,)), (second.get(pair), (start - 1, start)),
                (outer.get(skipped), (start,)), (outer.get(pair), (start,)),
            ):  # fmt: skip
                if entries is None:
                    continue
                for begin in begins[begins[0] < 0 :]:
                    for form, size, body, last in entries:
                        end = begin + size
                        # One slip moves the last character by one place at most, or is in it: nearly all fail here.
                        if last not in text[max(0, end - 2) : end + 1] and not text.startswith(body, begin):
                            continue
                        if (form.text, begin) not in seen:
                            seen.add((form.text, begin))
                            found = _slip(form, text, begin)
                            if found:
                                out.append(found)
        return out


def _slip(form: Form, text: str, start: int) -> Mention | None:
    """The form at `start` with exactly one slip, or None."""
    name = form.text
    size = len(name)
    same = 0
    while same < size and text[start + same : start + same + 1] == name[same]:
        same += 1
    if same == size:
        return None
    rest = name[same + 1 :]
    at = start + same
    if text.startswith(rest, at + 1) and at < len(text):
        cost = _swap_cost(name, same, text[at])
        return Mention(form, start, start + size, cost) if cost < 1.0 else None
    telling = name[same] in _TELLING
    if size >= 4 and rest and not telling and same > 0 and text.startswith(rest, at):
        return Mention(form, start, start + size - 1, 0.4)
    extra = text[at : at + 1]
    if (
        size >= 4
        and same > 0
        and text.startswith(name[same:], at + 1)
        and extra.isalpha()
        and extra not in _TELLING
    ):
        return Mention(form, start, start + size + 1, 0.4)
    return None


def _swap_cost(name: str, at: int, char: str) -> float:
    """What writing `char` for the name's character costs: little when they sound alike; 1 is no slip at all."""
    if not char.isalpha() or (name[at] in _TELLING and char in _TELLING):
        return 1.0
    if sound_alike(name[at], char):
        return 0.2
    if name[at] in _TELLING or char in _TELLING:
        return 1.0
    if len(name) < 4:
        return 1.0
    # 锦绣小区 for 锦瑟小区: of so short a name the other half may well belong to another place.
    return 0.6 if len(_stem(name) or name[:2]) < 3 and at < 2 else 0.4


def followed_by_yard(text: str, end: int) -> bool:
    """Whether a works' short name is followed by what makes it a dwelling."""
    return text.startswith(_YARDS, end)
