"""The language layer in the service of a case: what it reads is stored beside the words, never instead of them."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy import inspect

from nlp import Analysis, Analyzer, default_analyzer
from nlp.danger import DOUBTFUL
from nlp.gazetteer import AreaGuess
from webapp.extensions import db
from webapp.models import Area, Review, ServiceRequest
from webapp.queries.directory import directory
from webapp.services import locating, matching

logger = structlog.get_logger("language")
_loading = threading.Lock()
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
    reader = default_analyzer().with_city(Path(folder))
    # Models load at the first reading.
    reader.analyze("路灯坏了")
    return reader


def analyzer() -> Analyzer:
    """The shipped models with the city's own on top: one per process, which notices a new version by itself."""
    # Several first words at once (suggestions while somebody types) must not each load the models.
    with _loading:
        return _reader(str(city_folder()))


def warm_up(app: Flask) -> None:
    """Load models, areas and services of ``app`` now (a second or two), so that nobody's first words wait for them.

    Never raises: a server must start on a database that is not migrated yet, too. Leaves no connection open, so that it
    may be called before a fork.
    """
    with app.app_context():
        try:
            analyzer().analyze("小区门口的路灯坏了")
            locating.gazetteer()
            matching.best("小区门口的路灯坏了")
        except Exception as error:
            logger.warning("warm-up failed", error=type(error).__name__)
        finally:
            db.session.remove()
            db.engine.dispose()


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


def urgency_of(analysis: Analysis) -> str:
    """The urgency that a clock is set by. A doubtful emergency is urgent, and a person looks (``needs_human``).

    The language layer alarms so early that hardly any danger is missed; two hours promised for every third mahjong game
    would leave none for the fires.
    """
    return "urgent" if DOUBTFUL in analysis.reasons else str(analysis.urgency)


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
        request.urgency = urgency_of(analysis)
    if not request.request_type:
        request.request_type = values["request_type"]
    if request.category_id is None and values["category"]:
        request.category_id = directory().category_id(values["category"])
    return _place(request, values["area"], values["area_confidence"])


def _place(request: ServiceRequest, code: str | None, confidence: float) -> dict[str, str]:
    """Put a request of which only the city is known into the area that its words surely name."""
    if code is None or confidence < locating.SURE or request.area_id != directory().city_id:
        return {}
    number = directory().area_ids.get(code)
    if number is None or number == request.area_id:
        return {}
    request.area_id = number
    # Loaded anew when somebody asks: reading it here would write half of the changes first, and the rest once more.
    if "area" not in inspect(request).unloaded:
        request.area = db.session.get_one(Area, number)
    return {"area": code}


def apply_to_review(review: Review, analysis: Analysis | None) -> None:
    """Store the vote that the comment alone suggests, in thousandths of (level − 1) / 4."""
    if analysis is None or not review.comment:
        return
    values = analysis.as_dict()
    review.prediction = round((values["expected_rating"] - 1) / 4 * 1000)
    review.anger = round(values["anger"] * 1000)
    review.model = values["model"]
