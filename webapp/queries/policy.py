"""The city's scoring policy: setting ``scoring_policy`` over the defaults of the domain, printed beside every score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from flask import current_app
from sqlalchemy import select

from webapp.domain.rates import RatePolicy
from webapp.domain.scores import DEFAULT_SCORE_POLICY, PARTS, ScorePolicy
from webapp.extensions import db
from webapp.models import Setting

SETTING = "scoring_policy"
DEMAND_PER_USES = 1_000.0
DEMAND_PER_RESIDENTS = 10_000.0
WINDOWS = (30, 90, 180, 360)


@dataclass(frozen=True, slots=True)
class EvaluationPolicy:
    """Weights, target and limits of the score, variants of the indicators, and the usual window in days."""

    window_days: int = 90
    score: ScorePolicy = field(default_factory=ScorePolicy)
    rate: RatePolicy = field(default_factory=RatePolicy)

    def scoring(self, kind: str) -> ScorePolicy:
        """The policy for a kind of unit: demand of services per 1,000 uses, of places per 10,000 residents."""
        per = DEMAND_PER_USES if kind == "service" else DEMAND_PER_RESIDENTS
        return replace(self.score, demand_per=per)


def _weights(value: Mapping[str, Any]) -> Mapping[str, float]:
    weights = {part: float(value.get(part, 0.0)) for part in PARTS}
    if min(weights.values()) < 0 or sum(weights.values()) <= 0:
        raise ValueError("weights must not be negative, and one must be above 0")
    return MappingProxyType(weights)


def policy_from(value: Mapping[str, Any], window_days: int = 90) -> EvaluationPolicy:
    """A policy from the setting's JSON; what is missing takes the default. Raises ValueError for impossible values.

    Keys: ``version``, ``window_days``, ``weights`` (E, R, T, V), ``target``, ``min_n_eff``, ``sure``,
    ``partly_weight``, ``use_text``, ``good_from``, ``partly_is_solved``.
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
    return EvaluationPolicy(days, score, rate)


def scoring_policy() -> EvaluationPolicy:
    """The policy in force."""
    value = db.session.scalar(select(Setting.value).where(Setting.name == SETTING))
    usual = int(current_app.config["SCORE_WINDOW_DAYS"])
    return policy_from(value if isinstance(value, dict) else {}, usual if usual in WINDOWS else 90)
