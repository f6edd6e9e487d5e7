"""Sentences of reports as data: a text to be translated, and the figures in it as they are printed.

The domain knows no locale: names that a page translates are :class:`Word`, lists are sentences within a sentence, and
whoever prints says them in the reader's language. Figures are rounded as the pages round them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from webapp.domain.claims import Difference, Estimate, Verdict
from webapp.domain.rates import Rate

MINUS = "−"


class Word(str):
    """A word that is translated where it is printed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` with ``%(name)s`` for each of ``values``; a sequence of sentences is printed as a list.

    verdict   what is claimed; UNCLEAR where the sentence says that nothing can be said
    """

    text: str
    values: Mapping[str, str | Sequence[Sentence]] = field(default_factory=dict)
    verdict: Verdict | None = None


def points(value: float) -> str:
    """A score or points with one digit."""
    return f"{value:.1f}"


def signed(value: float) -> str:
    """The same with its sign and a true minus; never "−0.0"."""
    return f"{round(value, 1) or 0.0:+.1f}".replace("-", MINUS)


def span(low: float, high: float, digits: int = 0) -> str:
    """An interval of scores."""
    return f"{low:.{digits}f}–{high:.{digits}f}"


def signed_span(found: Difference) -> str:
    """The interval of a difference; with "~" between, as a dash beside a minus misleads the eye."""
    return f"{signed(found.low)} ~ {signed(found.high)}"


def percent(share: float | None) -> str:
    """A share 0…1 in per cent with one digit; a dash where it is not known."""
    return "—" if share is None else f"{share * 100:.1f}%"


def percent_span(low: float, high: float) -> str:
    """The interval of a share 0…1 in whole per cent."""
    return f"{low * 100:.0f}–{high * 100:.0f}%"


def chance(value: float) -> str:
    """A probability in whole per cent; never 0 or 100, which nothing is."""
    if value > 0.995:
        return ">99%"
    return "<1%" if value < 0.005 else f"{value * 100:.0f}%"


def count(value: int) -> str:
    """A count with separators."""
    return f"{value:,}"


def day(value: date) -> str:
    return value.isoformat()


def rate_values(rate: Rate) -> dict[str, str | Sequence[Sentence]]:
    """What a sentence about a rate is made of: ``label``, ``value``, ``top``, ``bottom``, ``span``."""
    return {
        "label": Word(rate.indicator.label), "value": percent(rate.value), "top": count(rate.numerator),
        "bottom": count(rate.denominator), "span": percent_span(rate.low, rate.high),
    }  # fmt: skip


def estimate_span(found: Estimate) -> str:
    return span(max(found.low, 0.0), min(found.high, 100.0))


def present(sentences: Iterable[Sentence | None]) -> list[Sentence]:
    """Those that there is something to say in."""
    return [sentence for sentence in sentences if sentence is not None]
