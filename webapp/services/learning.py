"""The city's own model: gathers what staff corrected, retrains, puts into service what is not worse, goes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from nlp import adapt_card, city_store
from nlp.adapt import Example
from nlp.adapt_judge import Outcome, retrain
from nlp.city_store import Version
from nlp.linear import ModelError
from nlp.mask import mask_personal_data
from webapp.domain.workflow import Status
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import Correction, ServiceRequest, utcnow
from webapp.services import audit, language

FIELDS = ("category", "request_type", "urgency")
HANDLED = (Status.RESOLVED.value, Status.FOLLOWED_UP.value, Status.CLOSED.value)
# The newest corrections; beyond that, fitting takes long and old habits count for little.
MOST = 20_000
# Agreed messages per corrected one, and how many at least: enough to see what must not be lost.
AGREED_PER_CORRECTED, AGREED_AT_LEAST = 4, 200


@dataclass(frozen=True, slots=True)
class Retraining:
    """What a retraining came to: the name of the version now in service (None: nothing changed), its card."""

    outcome: Outcome
    compared_with: str
    version: str | None
    card: str


def _corrected(field: str) -> Iterator[tuple[datetime, int, Example]]:
    """The last word on each case whose `field` somebody corrected or confirmed."""
    rows = db.session.execute(
        select(Correction, ServiceRequest.text, ServiceRequest.received_at)
        .join(ServiceRequest, ServiceRequest.id == Correction.request_id)
        .where(Correction.field == field)
        .order_by(Correction.id.desc())
        .limit(MOST)
    )
    seen: dict[int, tuple[datetime, int, Example]] = {}
    first: dict[int, str] = {}
    for correction, text, received_at in rows:
        request_id = correction.request_id
        # What the language layer had said is in the oldest row; what holds is in the newest.
        first[request_id] = correction.predicted
        if request_id not in seen:
            example = Example(mask_personal_data(text), field, correction.corrected)
            seen[request_id] = (received_at, request_id, example)
    for request_id, (at, number, example) in seen.items():
        yield at, number, example._replace(agreed=example.label == first[request_id])


def _handled(field: str) -> Select[tuple[ServiceRequest]]:
    """Cases that staff took and answered without touching `field`, newest first."""
    corrected = select(Correction.request_id).where(Correction.field == field)
    return (
        select(ServiceRequest)
        .where(
            ServiceRequest.status.in_(HANDLED), ServiceRequest.accepted_at.is_not(None),
            ServiceRequest.analysis.is_not(None), ServiceRequest.id.not_in(corrected),
        )
        .options(joinedload(ServiceRequest.category))
        .order_by(ServiceRequest.received_at.desc(), ServiceRequest.id.desc())
    )  # fmt: skip


def _agreed_label(request: ServiceRequest, field: str) -> str | None:
    """The value of `field` where it is what the language layer read (an import or the resident may have set another)."""
    analysis = request.analysis or {}
    if field == "category":
        guesses = analysis.get("categories") or [[""]]
        code = request.category.code if request.category else ""
        return code if code and str(guesses[0][0]).startswith(code) else None
    value = str(getattr(request, field))
    return value if value and analysis.get(field) == value else None


def _agreed(field: str, most: int) -> Iterator[tuple[datetime, int, Example]]:
    # Some will not count (set by others), so a few more are looked at than are wanted.
    for request in db.session.scalars(_handled(field).limit(2 * most)).unique():
        if most and (label := _agreed_label(request, field)):
            most -= 1
            yield (
                request.received_at,
                request.id,
                Example(mask_personal_data(request.text), field, label, agreed=True),
            )


def examples() -> list[Example]:
    """All that staff taught, oldest message first, personal data masked. A field that nobody ever corrected is not in it."""
    rows: list[tuple[datetime, int, Example]] = []
    for field in FIELDS:
        corrected = list(_corrected(field))
        if any(not example.agreed for _at, _id, example in corrected):
            rows += corrected
            rows += _agreed(field, max(AGREED_AT_LEAST, AGREED_PER_CORRECTED * len(corrected)))
    rows.sort(key=lambda row: row[:2])
    return [example for _at, _id, example in rows]


def retrain_city(user_id: int | None = None, *, dry_run: bool = False) -> Retraining:
    """Train on all corrections, compare with what serves, and put into service what is not worse. Commits.

    Every run is recorded in the audit trail with its figures; a dry run leaves no trace. Raises ``OSError`` when the
    folder cannot be written.
    """
    analyzer = language.analyzer()
    assert analyzer.city is not None  # noqa: S101 - for the type checker
    serving = analyzer.city.refresh()
    before = serving.version if serving else city_store.BASE
    outcome = retrain(analyzer, examples(), serving)
    at = utcnow()
    text = adapt_card.card(outcome, before, analyzer.model, at)
    if dry_run:
        return Retraining(outcome, before, None, text)
    figures = adapt_card.figures(outcome)
    name = None
    if outcome.model is not None:
        header = {**outcome.model.header, "made_at": at.isoformat(), "before": before, "figures": figures}
        name = city_store.store(language.city_folder(), replace(outcome.model, header=header), text)
    verdicts = {j["head"]: [j["verdict"], j["examples"], j["gain"]] for j in figures["judgements"]}
    audit.record(
        "model.retrain", name or before, user_id, before=before, trained_on=outcome.trained,
        held_out=outcome.held_out, in_service=name or before, **verdicts,
    )  # fmt: skip
    if name is not None:
        city_store.put_into_service(language.city_folder(), name, analyzer.base_id, analyzer.forum_labels)
        analyzer.city.refresh()
    db.session.commit()
    return Retraining(outcome, before, name, text.replace("{version}", name or "–"))


def versions() -> list[Version]:
    """All stored versions, newest first."""
    analyzer = language.analyzer()
    return city_store.versions(language.city_folder(), analyzer.base_id, analyzer.forum_labels)


def in_service() -> str:
    """Name of the version that this process reads with, "base" for the shipped models alone."""
    serving = language.analyzer().city
    model = serving.refresh() if serving else None
    return model.version if model else city_store.BASE


def roll_back(name: str, user_id: int | None = None) -> None:
    """Put a stored version (or "base") into service. Commits. Raises ``InvalidInput`` when it cannot serve."""
    analyzer, before = language.analyzer(), in_service()
    audit.record("model.rollback", name[:20], user_id, before=before)
    try:
        city_store.put_into_service(language.city_folder(), name, analyzer.base_id, analyzer.forum_labels)
    except ModelError as error:
        db.session.rollback()
        raise InvalidInput(_("这个版本不能投入使用：%(reason)s", reason=str(error)), "version") from error
    db.session.commit()
    if analyzer.city is not None:
        analyzer.city.refresh()
