"""The stories that dashboards must reveal, told apart from everyday life. Pure."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from webapp.demo import patterns
from webapp.demo.lives import World

NOISE_DAYS = 21
NOISE_REQUESTS = 150
COUNTER_SERVICE = "zw-001"
COUNTER_TURN_DAYS_AGO = 75
COUNTER_BEFORE, COUNTER_AFTER = 0.40, 0.83  # mean vote before and after the counter's turn
BRUSHED_SERVICE = "cg-004"
BRUSHED_DAYS_AGO = 12
BRUSHED_VOTES, BRUSHING_IDENTITIES = 200, 6
HASTY_DEPARTMENT = "zj"

_AGAIN = (
    "又来了：",
    "上次说办结了，其实没有，",
    "还是老问题，",
    "同样的事再说一遍，",
    "才好几天又犯了：",
    "怎么又这样，",
)


def noise_surge(world: World, rng: random.Random) -> list[dict[str, Any]]:
    """Arguments for the requests of the noise surge: few at first, then many, mostly at night and angry."""
    days = patterns.days_until(world.now, NOISE_DAYS)
    weights = [0.4 + 1.6 * (index / NOISE_DAYS) for index in range(NOISE_DAYS)]
    made = []
    for day in sorted(rng.choices(days, weights, k=NOISE_REQUESTS)):
        key = "noise_works" if rng.random() < 0.9 else "noise_life"
        at = patterns.moment(rng, day, "night")
        if at < world.now:
            made.append({"key": key, "at": at, "grid_code": world.city.noise_grid})
    return sorted(made, key=lambda fields: fields["at"])


def again(rng: random.Random, text: str) -> str:
    """A resident's second message about the same trouble."""
    cut = [part for part in text.replace("！", "。").split("。") if len(part) > 4]
    body = "。".join(rng.sample(cut, k=min(len(cut), 2))) if cut else text
    return f"{rng.choice(_AGAIN)}{body}。"


def counter_quality(world: World, at: datetime) -> float:
    """The counter's mean vote at a moment: poor manners before the turn, good ones after it."""
    turn = world.now - timedelta(days=COUNTER_TURN_DAYS_AGO)
    return COUNTER_BEFORE if at < turn else COUNTER_AFTER
