"""What is known while a call is being written down: how it reads so far, where, who else said it, what to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nlp import Analysis
from nlp.danger import DOUBTFUL
from webapp.extensions import db
from webapp.models import Area, Service
from webapp.queries import calls, places
from webapp.queries.directory import directory
from webapp.queries.similar import Similar
from webapp.services import language, locating, matching
from webapp.services.replies import PastReply, past_replies
from webapp.services.similar import same_trouble

# Fewer characters than this say too little to guess from.
SHORTEST = 4
# A call is read again at every pause: what was said first is enough to tell what it is about.
LONGEST = 2000
_MOST = 3


@dataclass(frozen=True, slots=True)
class CategoryHint:
    """A category that the words may mean, its full name, and how likely it is (0–1)."""

    code: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Reading:
    """How the language layer reads the words; ``reasons`` are its codes (``gas``, ``low_confidence`` …).

    ``doubtful``: it sounds like an emergency, but more likely is none, so the agent should ask.
    """

    categories: Sequence[CategoryHint] = ()
    request_type: str = ""
    urgency: str = "normal"
    reasons: Sequence[str] = ()
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class AreaHint:
    """The area that the words name, how sure that is (0–1), and whether it would place the case by itself."""

    area: Area
    confidence: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Hints:
    """Everything suggested for one text."""

    reading: Reading
    area: AreaHint | None
    similar: Sequence[Similar]
    services: Sequence[Service]
    replies: Sequence[PastReply]


NOTHING = Hints(Reading(), None, (), (), ())


def hints(text: str, address: str = "", area_code: str = "") -> Hints:
    """Suggestions for what an agent has typed so far; nothing is stored. ``area_code``: what they chose themselves."""
    text = text.strip()[:LONGEST]
    if len(text) < SHORTEST:
        return NOTHING
    analysis = language.read(text, address)
    area = _area(analysis)
    chosen = places.area_by_code(area_code) or (area.area if area and area.sure else None)
    near = chosen or db.session.get(Area, directory().city_id)
    return Hints(
        _reading(analysis) if analysis else Reading(),
        area,
        same_trouble(text, near, limit=_MOST) if near else (),
        calls.services_by_code([hit.service_code for hit in matching.likely(text, _MOST)]),
        past_replies(text, limit=2),
    )


def _area(analysis: Analysis | None) -> AreaHint | None:
    area = places.area_by_code(str(analysis.area)) if analysis and analysis.area else None
    if analysis is None or area is None:
        return None
    return AreaHint(area, analysis.area_confidence, analysis.area_confidence >= locating.SURE)


def _reading(analysis: Analysis) -> Reading:
    guesses = [(guess.code, guess.probability) for guess in analysis.categories[:_MOST]]
    names = calls.category_names([code for code, _share in guesses])
    return Reading(
        [CategoryHint(code, names[code], share) for code, share in guesses if code in names],
        analysis.request_type,
        language.urgency_of(analysis),
        analysis.reasons,
        DOUBTFUL in analysis.reasons,
    )
