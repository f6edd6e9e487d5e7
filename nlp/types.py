"""What the language layer returns. Everything is frozen, so that results can be shared between threads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

RequestType = Literal["complaint", "help", "inquiry", "suggestion", "praise"]
Urgency = Literal["emergency", "urgent", "normal"]

REQUEST_TYPES: tuple[RequestType, ...] = ("complaint", "help", "inquiry", "suggestion", "praise")
URGENCIES: tuple[Urgency, ...] = ("emergency", "urgent", "normal")
FORUM_CATEGORIES: tuple[str, ...] = (
    "城乡建设",
    "劳动和社会保障",
    "教育文体",
    "商贸旅游",
    "环境保护",
    "卫生计生",
    "交通运输",
)


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the 12345 tree (DB44/T 2479-2024): `code` has 2, 4 or 6 digits at level 1, 2 or 3."""

    code: str
    name: str
    parent_code: str | None
    level: int


class LabelGuess(NamedTuple):
    """A label and its calibrated probability (0-1)."""

    name: str
    probability: float


class CategoryGuess(NamedTuple):
    """A leaf of the 12345 tree and its probability (0-1)."""

    code: str
    name: str
    probability: float


PlaceType = Literal["district", "street", "community", "estate", "road", "number", "facility"]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the message naming a place; `start` and `end` count characters of the text as given.

    An address is one place: `type` is that of its most telling part, `elements` are its parts in order as (text, kind),
    kinds as in nlp.places.ELEMENTS. `area` is set where the analyzer has a gazetteer and the place's own words tell.
    """

    text: str
    start: int
    end: int
    type: PlaceType
    elements: tuple[tuple[str, str], ...] = ()
    area: int | str | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """One message, read. Probabilities are 0-1.

    `sentiment` is the probability that the writer is positive (0.5: neither), `expected_rating` the 好差评
    level (1-5) that such a text usually comes with, `anger` the probability of anger. `summary` is the sentence that
    stands for a long message, null for a short one. `reasons` says why a
    message is urgent or why `needs_human` is set: codes such as ``gas``, ``self_harm``, ``low_confidence``.
    `danger` (0-1): how likely the model finds a danger to life in the whole message, 1 where a rule names one; `urgency`
    says emergency at a far smaller chance, so that hardly any is missed.
    `service` is always null here: the web layer, which knows the services, fills it where it is sure. `area` is the
    area the message is about (null without a gazetteer, or where it names none).
    """

    forum_category: str
    forum_categories: tuple[LabelGuess, ...]
    category: str
    categories: tuple[CategoryGuess, ...]
    request_type: RequestType
    sentiment: float
    expected_rating: float
    anger: float
    urgency: Urgency
    places: tuple[Place, ...]
    keywords: tuple[str, ...]
    summary: str | None
    service: str | None
    needs_human: bool
    reasons: tuple[str, ...]
    model: str
    area: int | str | None = None
    area_confidence: float = 0.0
    danger: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The contract of ``python -m nlp analyze``: plain lists, dicts, strings and numbers, ready for JSON."""
        out = asdict(self)
        out["forum_categories"] = [list(guess) for guess in self.forum_categories]
        out["categories"] = [list(guess) for guess in self.categories]
        for key in ("places", "keywords", "reasons"):
            out[key] = list(out[key])
        return out
