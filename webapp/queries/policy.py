"""The city's scoring policy: setting ``scoring_policy`` over the defaults of the domain, printed beside every score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from flask import current_app
from sqlalchemy import select

from webapp.domain.official import DEFAULT_INDICES, OfficialIndex
from webapp.domain.rates import RatePolicy
from webapp.domain.scores import DEFAULT_SCORE_POLICY, PARTS, ScorePolicy
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import PastSetting, Setting, utcnow
from webapp.queries.kept import once

SETTING = "scoring_policy"
DEMAND_PER_USES = 1_000.0
DEMAND_PER_RESIDENTS = 10_000.0
_INDEX_KEYS = {"response": 0.0, "resolution": 0.0, "satisfaction": 0.0, "basically": 1.0, "partly": 0.0}
WINDOWS = (30, 90, 180, 360)


@dataclass(frozen=True, slots=True)
class EvaluationPolicy:
    """Weights, target and limits of the score, variants of the indicators, and the usual window in days.

    indices       official composites, each as a city or district defines it
    peer_groups   name → beginnings of unit codes that are scored among themselves; the rest are one group
    """

    window_days: int = 90
    score: ScorePolicy = field(default_factory=ScorePolicy)
    rate: RatePolicy = field(default_factory=RatePolicy)
    indices: tuple[OfficialIndex, ...] = DEFAULT_INDICES
    peer_groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def peer_group(self, code: str) -> str:
        """The group of peers that a unit is scored in: the longest beginning that fits its code; "" for the rest."""
        fits = [
            (len(start), name)
            for name, starts in self.peer_groups.items()
            for start in starts
            if code.startswith(start)
        ]
        return max(fits)[1] if fits else ""

    def scoring(self, kind: str) -> ScorePolicy:
        """The policy for a kind of unit: demand of services per 1,000 uses, of places per 10,000 residents."""
        per = DEMAND_PER_USES if kind == "service" else DEMAND_PER_RESIDENTS
        return replace(self.score, demand_per=per)


def _weights(value: Mapping[str, Any]) -> Mapping[str, float]:
    weights = {part: float(value.get(part, 0.0)) for part in PARTS}
    if min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ValueError("weights must not be negative, and one must be above 0")
    return MappingProxyType(weights)


def _index(value: Mapping[str, Any]) -> OfficialIndex:
    given = {key: float(value.get(key, usual)) for key, usual in _INDEX_KEYS.items()}
    index = OfficialIndex(str(value["name"]), **given)
    weights = (index.response, index.resolution, index.satisfaction)
    if min(weights) < 0 or sum(weights) <= 0 or not (0 <= index.basically <= 1 and 0 <= index.partly <= 1):
        raise ValueError(
            "weights must not be negative, one must be above 0; basically and partly lie in 0 to 1"
        )
    return index


def policy_from(value: Mapping[str, Any], window_days: int = 90) -> EvaluationPolicy:
    """A policy from the setting's JSON; what is missing takes the default. Raises ValueError for impossible values.

    Keys: ``version``, ``window_days``, ``weights`` (E, R, T, V), ``target``, ``min_n_eff``, ``sure``,
    ``partly_weight``, ``use_text``, ``good_from``, ``partly_is_solved``, ``official_indices`` (a list of ``name``,
    ``response``, ``resolution``, ``satisfaction``, ``basically``, ``partly``), ``peer_groups`` (name → list of
    beginnings of codes).
    """
    usual = DEFAULT_SCORE_POLICY
    target = value.get("target")
    score = ScorePolicy(
        version=str(value.get("version", usual.version)),
        weights=_weights(value["weights"]) if "weights" in value else usual.weights,
        min_n_eff=float(value.get("min_n_eff", usual.min_n_eff)),
        target=None if target is None else float(target),
        sure=float(value.get("sure", usual.sure)),
        partly_weight=float(value.get("partly_weight", usual.partly_weight)),
        use_text=bool(value.get("use_text", usual.use_text)),
    )
    if not 0.5 < score.sure < 1 or not 0 <= score.partly_weight <= 1:
        raise ValueError("sure lies between 0.5 and 1, partly_weight between 0 and 1")
    days = int(value.get("window_days", window_days))
    if days not in WINDOWS:
        raise ValueError(f"the window is one of {WINDOWS} days")
    rate = RatePolicy(int(value.get("good_from", 3)), bool(value.get("partly_is_solved", False)))
    indices = (
        tuple(map(_index, value["official_indices"])) if "official_indices" in value else DEFAULT_INDICES
    )
    groups = {str(name): tuple(map(str, starts)) for name, starts in value.get("peer_groups", {}).items()}
    return EvaluationPolicy(days, score, rate, indices, MappingProxyType(groups))


def scoring_policy(last: date | None = None) -> EvaluationPolicy:
    """The policy in force; with ``last`` the one that a window ending on that local day was and will be scored by."""
    # A page asks for it twenty times.
    return once(("scoring policy", last), lambda: _scoring_policy(last))


def _scoring_policy(last: date | None) -> EvaluationPolicy:
    value = db.session.scalar(select(Setting.value).where(Setting.name == SETTING))
    if last is not None and last < local(utcnow()).date():
        past = db.session.execute(
            select(PastSetting.value)
            .where(PastSetting.name == SETTING, PastSetting.last_day >= last)
            .order_by(PastSetting.last_day, PastSetting.id)
            .limit(1)
        ).first()
        value = past.value if past is not None else value
    usual = int(current_app.config["SCORE_WINDOW_DAYS"])
    return policy_from(value if isinstance(value, dict) else {}, usual if usual in WINDOWS else 90)
