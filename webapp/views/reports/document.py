"""A report as data: sections of a few kinds of blocks, which HTML, PDF and DOCX print each in their own way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from webapp.domain.claims import Verdict
from webapp.domain.sentences import Sentence, Word
from webapp.views.reports.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Points:
    """Sentences one under the other; ``verdicts`` beside them ("" for plain statements)."""

    items: Sequence[str]
    verdicts: Sequence[str] = ()
    kind: str = "points"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text; ``numbers`` are the columns set to the right, ``widths`` their shares. The first column heads."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    note: str = ""
    widths: Sequence[float] = ()
    kind: str = "grid"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart; ``grid`` holds the same numbers, beside it or (``wide``) below it."""

    title: str
    description: str
    drawing: Drawing
    grid: Grid
    wide: bool = False
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Quotes:
    """What residents wrote, masked: (words, where and when)."""

    items: Sequence[tuple[str, str]]
    kind: str = "quotes"


_NUMERALS = "一二三四五六七八九十"
Block = Points | Grid | Figure | Quotes


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered heading and what stands below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """``name`` of the file without its ending; ``meta`` lines under the title; ``summary`` comes first, ``foot`` last."""

    name: str
    title: str
    subtitle: str
    meta: Sequence[str]
    summary: Points
    sections: Sequence[Section]
    foot: Sequence[str] = field(default_factory=list)
    language: str = "zh"

    def numbered(self) -> list[Section]:
        """The sections with their numbers, Chinese or Arabic."""
        if self.language != "zh":
            return [Section(f"{i}  {s.title}", s.blocks) for i, s in enumerate(self.sections, 1)]
        return [Section(f"{_NUMERALS[i]}、{s.title}", s.blocks) for i, s in enumerate(self.sections)]

    @property
    def foot_title(self) -> str:
        return str(_("怎么读这些数"))


def say(sentence: Sentence) -> str:
    """The sentence in the reader's language."""
    values = {name: _value(value) for name, value in sentence.values.items()}
    return str(_(sentence.text, **values)) if values else str(_(sentence.text))


def _value(value: str | Sequence[Sentence]) -> str:
    if isinstance(value, Word):
        return str(_(str(value)))
    if isinstance(value, str):
        return value
    parts = [say(sentence) for sentence in value]
    heavy = any(mark in part for part in parts for mark in "，（(")
    return (_("；") if heavy else _("、")).join(parts)


def told(sentences: Iterable[Sentence]) -> Points:
    """Sentences as points with their verdicts."""
    found = list(sentences)
    marks = [s.verdict.value if isinstance(s.verdict, Verdict) else "" for s in found]
    return Points([say(s) for s in found], marks)
