"""Brushing: 200 bought votes on one service, looked at day by day by the real integrity checks, and what they move."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from tools.simulate.city import City, make_city
from webapp.domain.integrity import Vote, screen
from webapp.domain.scoring import UnitTally, score_units

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
DAYS: Final = 90
LOOKBACK: Final = timedelta(days=30)
"""As the sweep of services/integrity.py"""
VOTES: Final = 200
ENTRY: Final = "web"
"""The channel that needs no counter and no call"""


@dataclass(frozen=True, slots=True)
class Attack:
    """``votes`` by ``people``, spread evenly over ``span`` from a day ``first`` of the window.

    levels      chances of levels 1…5; None: the unit's own opinion
    text        "none", "own" (everybody's own words) or "copy" (one text, lightly changed)
    """

    name: str
    people: int
    span: timedelta
    levels: tuple[float, ...] | None = (0, 0, 0, 0, 1)
    text: str = "none"
    staff: bool = False
    first: float = 45.0
    votes: int = VOTES
    honest: bool = False


EVENING: Final = timedelta(hours=3)
ATTACKS: Final = (
    Attack("by 4 people, one evening", 4, EVENING),
    Attack("by 4 people, over 30 days", 4, timedelta(days=30)),
    Attack("by 40 people, one evening", 40, EVENING),
    Attack("by 40 people, over 30 days", 40, timedelta(days=30)),
    Attack("by 200 people, one hour", 200, timedelta(hours=1)),
    Attack("by 200 people, one day", 200, timedelta(hours=14)),
    Attack("by 200 people, two weeks", 200, timedelta(days=14)),
    Attack("by 200 people, 90 days, copied comments", 200, timedelta(days=89), text="copy", first=0.5),
    Attack("from the staff's network, 90 days", 200, timedelta(days=89), staff=True, first=0.5),
    Attack("smear by 200 people, one hour", 200, timedelta(hours=1), (1, 0, 0, 0, 0)),
    Attack("by 200 people, 45 days, one in ten a 4", 200, timedelta(days=44), (0, 0, 0, 0.1, 0.9)),
    Attack("slow drip by 200 people, 90 days", 200, timedelta(days=89), first=0.5),
    Attack("slow smear by 200 people, 90 days", 200, timedelta(days=89), (1, 0, 0, 0, 0), first=0.5),
)
HONEST: Final = (
    Attack("outage: three days of anger", 200, timedelta(days=3), (0.7, 0.2, 0.05, 0.05, 0), honest=True),
    Attack("campaign: two weeks of the usual opinion", 200, timedelta(days=14), None, "own", honest=True),
)

_PLACES = ("窗口", "大厅", "自助机", "小程序", "电话", "网页", "服务台", "办事员", "保安", "叫号机")
_ACTS = ("排队", "复印", "签字", "拍照", "登记", "核对", "盖章", "预约", "取件", "咨询", "缴费", "上传")
_ENDS = (
    "比想的快",
    "等得有点久",
    "说得清楚",
    "没有让我再跑一趟",
    "态度平和",
    "材料写明白了",
    "还可以改进",
    "一次办成",
)
_COPY = "工作人员态度非常好，办理速度很快，十分钟就办好了，点赞"


def _words(rng: Generator) -> str:
    """A sentence of one's own: 10 · 12 · 8 beginnings times a day, a number and a second half."""
    day, minutes, number = rng.integers(1, 29), rng.integers(2, 90), rng.integers(1, 40)
    parts = [str(rng.choice(options)) for options in (_PLACES, _ACTS, _ENDS, _ACTS, _PLACES, _ENDS)]
    return f"{day}号去{parts[0]}{parts[1]}{minutes}分钟{parts[2]}，{number}号{parts[4]}{parts[3]}{parts[5]}"


def _history(rng: Generator, unit: UnitTally) -> list[tuple[str, Vote]]:
    """The unit's votes one by one: channel and vote, at any time of the window, two in five with own words."""
    votes: list[tuple[str, Vote]] = []
    for stratum in unit.strata:
        for level in range(1, 6):
            for _ in range(getattr(stratum, f"rating_{level}")):
                at = START + timedelta(days=float(rng.uniform(0, DAYS)))
                number = len(votes)
                text = _words(rng) if rng.random() < 0.4 else ""
                votes.append((stratum.stratum, Vote(number, unit.key, f"resident {number}", level, at, text)))
    return votes


def _bought(rng: Generator, attack: Attack, unit: UnitTally, start: int) -> list[tuple[str, Vote]]:
    own = np.array([sum(getattr(s, f"rating_{k}") for s in unit.strata) for k in range(1, 6)], dtype=float)
    chances = np.array(attack.levels if attack.levels else own / own.sum())
    begin = START + attack.first * timedelta(days=1)
    times = [begin + float(share) * attack.span for share in np.sort(rng.random(attack.votes))]
    found = []
    for i, at in enumerate(times):
        text = {"none": "", "own": _words(rng), "copy": _COPY + "！" * int(rng.integers(0, 3))}[attack.text]
        level = int(rng.choice(5, p=chances / chances.sum())) + 1
        who = f"buyer {i % attack.people}"
        found.append((ENTRY, Vote(start + i, unit.key, who, level, at, text, attack.staff)))
    return found


def swept(votes: Sequence[Vote], first: int = 0) -> set[int]:
    """Ids that daily sweeps over the last 30 days set aside from day ``first`` on, each knowing what earlier ones found."""
    aside: dict[int, str] = {}
    known = {v.vote_id: v for v in votes}
    for day in range(first + 1, DAYS + 1):
        now = START + timedelta(days=day)
        recent = [v for v in known.values() if now - LOOKBACK <= v.at < now]
        for found in screen(recent) if recent else ():
            if found.vote_id not in aside:
                aside[found.vote_id] = found.reason
                known[found.vote_id] = replace(known[found.vote_id], aside=found.reason)
    return set(aside)


def _tally(unit: UnitTally, votes: Sequence[tuple[str, Vote]], honest: int) -> UnitTally:
    """The unit with these votes; what is added beyond the ``honest`` first ones counts as uses, as it would."""
    levels: dict[str, list[int]] = defaultdict(lambda: [0] * 5)
    added: dict[str, int] = defaultdict(int)
    for channel, vote in votes:
        levels[channel][vote.level - 1] += 1
        added[channel] += vote.vote_id >= honest
    strata = []
    for s in unit.strata:
        counts: dict[str, Any] = {f"rating_{k + 1}": n for k, n in enumerate(levels[s.stratum])}
        strata.append(replace(s, closed_cases=s.closed_cases + added[s.stratum], **counts))
    return replace(unit, strata=strata)


@dataclass(frozen=True, slots=True)
class Effect:
    """One trial, as a share of half the interval that the score had before: how far it moved with no defence, with
    the checks, and with the checks and a sample; and shares of bought and honest votes that were set aside."""

    undefended: float
    checked: float
    sampled: float
    stopped: float
    lost: float


def _victim(units: Sequence[UnitTally], scores: Sequence[float | None], low: int, high: int) -> int | None:
    """The worst unit with a number and so many votes: who has a reason to buy some."""
    fit = [
        (score, i)
        for i, (u, score) in enumerate(zip(units, scores, strict=True))
        if score is not None and low <= sum(s.votes for s in u.strata) <= high
    ]
    return sorted(fit)[len(fit) // 4][1] if fit else None


def _without_sample(unit: UnitTally) -> UnitTally:
    none: dict[str, Any] = {f"sampled_{level}": 0 for level in range(1, 6)}
    return replace(unit, strata=[replace(s, **none) for s in unit.strata])


def _moved(units: Sequence[UnitTally], at: int, changed: UnitTally) -> float:
    """By how many halves of its interval a unit's score moves when its tally is ``changed``."""
    before = score_units(units)[at]
    after = score_units([*units[:at], changed, *units[at + 1 :]])[at]
    half = ((before.high or 0.0) - (before.low or 0.0)) / 2
    return ((after.score or 0.0) - (before.score or 0.0)) / half


def attacked(attack: Attack, trials: int, city: City, seed: int, size: tuple[int, int]) -> list[Effect]:
    """Effects of one attack on a below-average unit of ``size`` votes, one per synthetic city (with a sample)."""
    rng = np.random.default_rng(seed)
    found: list[Effect] = []
    while len(found) < trials:
        units, _ = make_city(rng, city)
        plain = [_without_sample(unit) for unit in units]
        at = _victim(plain, [s.score for s in score_units(plain)], *size)
        if at is None:
            continue
        history = _history(rng, units[at])
        every = [*history, *_bought(rng, attack, units[at], len(history))]
        aside = swept([vote for _, vote in every], int(attack.first))
        kept = [(channel, vote) for channel, vote in every if vote.vote_id not in aside]
        honest = sum(i < len(history) for i in aside)
        found.append(Effect(
            _moved(plain, at, _tally(plain[at], every, len(history))),
            _moved(plain, at, _tally(plain[at], kept, len(history))),
            _moved(units, at, _tally(units[at], kept, len(history))),
            (len(aside) - honest) / attack.votes, honest / len(history),
        ))  # fmt: skip
    return found
