"""What a topic is called in a list: its place, its kind, and the words that its members share.

    澜庭花园噪声污染：塔吊还在卸钢筋，哐当哐当砸得人心慌

No word stands in a heading that only one or two members said (:func:`common_to`): what one person alone told of
themselves is in none, and a heading says what all complain of and not how one of them put it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Final

from nlp.features import word_ids
from nlp.lists import word_list
from nlp.mask import mask_personal_data
from nlp.normalise import normalise
from nlp.segment import Word, words
from nlp.stopwords import topic_words
from nlp.terms import READ_CHARS, prior, read
from nlp.types import Place

_CLAUSE: Final = re.compile(r"[^。!?;,:、\s]+")
_SHORTEST, _LONGEST, _WITH_NEXT = 5, 24, 32
# A shorter one that does nothing (噪音粉尘) is what is left of a sentence.
_SENTENCE = 8
_PERSONAL: Final = frozenset(["电话", "手机", "手机号", "姓名", "先生", "女士"])
_PEOPLE: Final = 3
_SHARE, _HALF = 0.25, 0.5
_KEYWORDS: Final = 4
_THINGS: Final = ("n", "v", "j", "l", "i", "a", "s")
# Words that ask, thank and tell who writes are in every message and about none.
_PLAIN: Final = word_list("plain_words")
# What a clause may not end with once the words behind it are left out, and what tells nothing at its beginning.
_DANGLING: Final = frozenset(
    ["uj", "ul", "ud", "uv", "uz", "ug", "p", "c", "d", "f", "r", "q", "m", "y", "e", "x"]
)
_LEADING: Final = frozenset(["uj", "ul", "ud", "uv", "uz", "ug", "y", "e", "x", "c", "r", "m", "q", "ns"])
_HERE: Final = frozenset(["社区", "小区", "街道", "镇", "村", "里", "这片", "这边", "那边", "附近", "我们"])
_ASKS: Final = re.compile(r"请|希望|要求|能不能|麻烦|建议|盼|求")
_FIRST, _ASKED = 1.5, 0.5
Clause = list[Word]


def common_to(members: int) -> int:
    """How many of the members must say a word before it may stand in their heading: three, and a quarter of them."""
    return min(members, max(_PEOPLE, ceil(_SHARE * members)))


def heading(
    texts: Sequence[str], places: Sequence[Sequence[Place]], order: Sequence[int], place: str, kind: str
) -> str:
    """The heading of a topic, masked of personal data.

    `texts`: of each member, `places`: those found in each; `order`: the most central members first; `place`: the
    common place, "" where there is none; `kind`: what sort of trouble it is, in the caller's words, or "".
    """
    texts, places = _masked(texts, places)
    cut = [words(normalise(text[:READ_CHARS])) for text in texts]
    said = Counter(word for member in cut for word in {w.text for w in member})
    least = common_to(len(texts))
    worth = _Worth(said, len(texts))
    core, best = "", (0.0, 0)
    for index in order:
        clauses = list(_clauses(texts[index], cut[index], places[index]))
        runs = [_common(clause, said, least) for clause in clauses]
        values = [worth.of(run) for run in runs]
        first = next((at for at, value in enumerate(values) if value), -1)
        for at, run in enumerate(runs):
            # What is wrong is said before what follows from it.
            value = round(values[at] * (_FIRST if at == first else 1.0), 6)
            if value and value >= best[0]:
                told = worth.with_next(run, runs[at + 1 : at + 2])
                if (value, len(told)) > best:
                    core, best = told, (value, len(told))
    head = f"{place}{kind}"
    core = mask_personal_data(core or "、".join(worth.keywords(cut, places, least)))
    return f"{head}：{core}" if head and core else head or core


def _masked(
    texts: Sequence[str], places: Sequence[Sequence[Place]]
) -> tuple[list[str], list[Sequence[Place]]]:
    """The texts without personal data, which a word alone no longer shows (叫周小桂), and the places in what is left."""
    clean = [mask_personal_data(text) for text in texts]
    found = [
        old if text == before else read(text).places
        for text, before, old in zip(clean, texts, places, strict=True)
    ]
    return clean, found


class _Worth:
    """How much a word tells: rare in residents' messages and said by many of these."""

    def __init__(self, said: Counter[str], members: int) -> None:
        names = list(said)
        idf = prior().idf_of(word_ids(names)).tolist() if names else []
        self._worth = {w: i * said[w] / members for w, i in zip(names, idf, strict=True)}
        self._said, self._members = said, members

    def of(self, run: Clause) -> float:
        telling = {w.text for w in run if w.tag[:1] in _THINGS and len(w.text) > 1 and w.text not in _PLAIN}
        told = "".join(w.text for w in run)
        doing = any(w.tag[:1] in "va" or w.tag == "l" for w in run) or len(told) >= _SENTENCE
        if len(telling) < 2 or not _SHORTEST <= len(told) <= _LONGEST or not doing:
            return 0.0
        value = sum(self._worth.get(text, 0.0) for text in telling)
        return value * (_ASKED if _ASKS.match(told) else 1.0)

    def with_next(self, run: Clause, following: Sequence[Clause]) -> str:
        """The clause, with the one behind it where half of the members say that as well and both fit."""
        core = "".join(word.text for word in run)
        for behind in following:
            more = "".join(word.text for word in behind)
            telling = [w.text for w in behind if w.tag[:1] in _THINGS and w.text not in _PLAIN]
            shared = bool(telling) and min(self._said[w] for w in telling) >= _HALF * self._members
            fits = len(core) + len(more) < _WITH_NEXT and more not in core and core not in more
            if len(telling) > 1 and shared and fits and not _ASKS.match(more):
                return f"{core}，{more}"
        return core

    def keywords(
        self, cut: Sequence[Sequence[Word]], places: Sequence[Sequence[Place]], least: int
    ) -> list[str]:
        """The words that tell most, no names of places, in the order in which they come."""
        first: dict[str, int] = {}
        named: set[str] = set(_PERSONAL | _PLAIN | _HERE)
        for member, found in zip(cut, places, strict=True):
            for word in member:
                if any(p.start <= word.start < p.end and p.type != "facility" for p in found):
                    named.add(word.text)
                elif word.tag[:1] in _THINGS and len(word.text) > 1:
                    first.setdefault(word.text, word.start)
        known = [w for w in topic_words(list(first)) if self._said[w] >= least and w not in named]
        return sorted(sorted(known, key=lambda w: -self._worth[w])[:_KEYWORDS], key=lambda w: first[w])


def _clauses(text: str, cut: Sequence[Word], places: Sequence[Place]) -> Iterator[Clause]:
    """The clauses of a member, without the words that name places."""
    clean = normalise(text[:READ_CHARS])
    inside = [range(p.start, p.end) for p in places]
    for match in _CLAUSE.finditer(clean):
        yield [
            word
            for word in cut
            if match.start() <= word.start < match.end() and not any(word.start in r for r in inside)
        ]


def _common(clause: Clause, said: Counter[str], least: int) -> Clause:
    """The longest stretch of a clause in which every word is common to the members."""
    runs: list[Clause] = []
    run: Clause = []
    for word in clause:
        gap = bool(run) and run[-1].start + len(run[-1].text) != word.start
        if said[word.text] < least or gap:
            runs.append(_trimmed(run, broken=said[word.text] < least))
            run = []
        if said[word.text] >= least:
            run.append(word)
    runs.append(_trimmed(run, broken=False))
    return max(runs, key=lambda run: sum(len(w.text) for w in run))


def _trimmed(run: Clause, broken: bool) -> Clause:
    """Without what tells nothing at either end; a verb whose object was left out (``broken``) goes as well."""
    while run and (run[-1].tag in _DANGLING or (broken and run[-1].tag.startswith("v"))):
        run = run[:-1]
    while run and (run[0].tag in _LEADING or run[0].text in _HERE or run[0].text in _PLAIN):
        run = run[1:]
    return run
