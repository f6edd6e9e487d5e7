"""The language layer in the service of a case: what it reads is stored beside the words, never instead of them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from flask import current_app

from nlp import Analysis, Analyzer, default_analyzer
from nlp.gazetteer import AreaGuess
from webapp.extensions import db
from webapp.models import Area, Review, ServiceRequest
from webapp.queries.directory import directory
from webapp.services import locating, matching

logger = structlog.get_logger("language")
# Parts of the analysis worth keeping with the request; the text itself is not repeated in it.
KEPT = (
    "categories",
    "forum_categories",
    "sentiment",
    "anger",
    "urgency",
    "request_type",
    "places",
    "keywords",
    "service",
    "area",
    "area_confidence",
)


def city_folder() -> Path:
    """Where the versions of the city's own model lie."""
    chosen = current_app.config.get("CITY_MODEL_DIR")
    return Path(chosen or Path(current_app.config["VAR_DIR"]) / "city-model")


@cache
def _reader(folder: str) -> Analyzer:
    return default_analyzer().with_city(Path(folder))


def analyzer() -> Analyzer:
    """The shipped models with the city's own on top: one per process, which notices a new version by itself."""
    return _reader(str(city_folder()))


def read(text: str, address: str = "") -> Analysis | None:
    """Analyse a text, with the codes of the service it means where that is sure enough, and of the area.

    None when the language layer fails (a person then decides, nothing is lost).
    """
    try:
        analysis = analyzer().with_gazetteer(locating.gazetteer()).analyze(text)
        said = AreaGuess(analysis.area, analysis.area_confidence)
        area = locating.located(text, address, said)
        return replace(
            analysis, service=matching.best(text), area=area.area_id, area_confidence=area.confidence
        )
    except Exception:
        # Whatever is wrong with a model file must not cost a resident their report.
        logger.exception("analysis failed")
        return None


def apply_to_request(request: ServiceRequest, analysis: Analysis | None) -> dict[str, str]:
    """Fill what the resident did not say themselves from the analysis. ``needs_human`` stays true without one.

    Returns what the history of the case should say of it: ``area`` (code) where the words placed the request.
    """
    if analysis is None:
        return {}
    values: dict[str, Any] = analysis.as_dict()
    request.analysis = {name: values[name] for name in KEPT if name in values}
    request.sentiment = round(values["sentiment"] * 1000)
    request.anger = round(values["anger"] * 1000)
    request.model = values["model"]
    request.needs_human = bool(values["needs_human"])
    if request.urgency == "normal":
        request.urgency = values["urgency"]
    if not request.request_type:
        request.request_type = values["request_type"]
    if request.category_id is None and values["category"]:
        request.category_id = directory().category_id(values["category"])
    return _place(request, values["area"], values["area_confidence"])


def _place(request: ServiceRequest, code: str | None, confidence: float) -> dict[str, str]:
    """Put a request of which only the city is known into the area that its words surely name."""
    if code is None or confidence < locating.SURE or request.area_id != directory().city_id:
        return {}
    area = db.session.get(Area, directory().area_ids.get(code, request.area_id))
    if area is None or area.id == request.area_id:
        return {}
    request.area_id, request.area = area.id, area
    return {"area": area.code}


def apply_to_review(review: Review, analysis: Analysis | None) -> None:
    """Store the vote that the comment alone suggests, in thousandths of (level − 1) / 4."""
    if analysis is None or not review.comment:
        return
    values = analysis.as_dict()
    review.prediction = round((values["expected_rating"] - 1) / 4 * 1000)
    review.anger = round(values["anger"] * 1000)
    review.model = values["model"]
