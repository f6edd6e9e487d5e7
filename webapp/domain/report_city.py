"""What a report of the city says of its departments, services and areas: never ranks, only what the intervals tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.domain.claims import Difference, Estimate, Verdict, difference, family_level
from webapp.domain.rates import Rate
from webapp.domain.scores import Tier
from webapp.domain.sentences import (
    Sentence,
    chance,
    count,
    day,
    percent,
    percent_span,
    points,
    signed,
    signed_span,
    span,
)
from webapp.domain.text import N_


@dataclass(frozen=True, slots=True)
class Unit:
    """A department or an area with its score 0…100 (None: too little data), tier, and the score of the period before."""

    name: str
    score: float | None
    low: float | None
    high: float | None
    tier: Tier
    p_above: float | None = None
    n: int = 0
    sd: float | None = None
    previous: float | None = None
    previous_sd: float | None = None


def _named(unit: Unit) -> Sentence:
    values = {
        "name": unit.name, "score": points(unit.score or 0.0), "span": span(unit.low or 0.0, unit.high or 0.0),
        "chance": chance(max(unit.p_above or 0.0, 1 - (unit.p_above or 0.0))), "n": count(unit.n),
    }  # fmt: skip
    return Sentence(N_("%(name)s %(score)s（区间 %(span)s，%(n)s 条评价，把握 %(chance)s）"), values)


def _in(units: Sequence[Unit], tier: Tier) -> list[Unit]:
    return [unit for unit in units if unit.tier is tier]


def tier_lines(units: Sequence[Unit], target: float | None, what: Mapping[str, str]) -> list[Sentence]:
    """How many units lie above and below the target, and which; ``what`` are the texts (``DEPARTMENTS`` or ``AREAS``).

    The units of a tier come in the order given.
    """
    if target is None or not any(unit.score is not None for unit in units):
        return [Sentence(what["nothing"], {}, Verdict.UNKNOWN)]
    values: dict[str, str | Sequence[Sentence]] = {
        **{tier.value: str(len(_in(units, tier))) for tier in Tier}, "all": str(len(units)), "target": points(target),
    }  # fmt: skip
    found = [Sentence(what["counts"], values)]
    for tier, verdict in ((Tier.BELOW, Verdict.DOWN), (Tier.ABOVE, Verdict.UP)):
        named = [_named(unit) for unit in _in(units, tier)]
        if named:
            found.append(Sentence(what[tier.value], {"units": named}, verdict))
    return found


DEPARTMENTS = {
    "nothing": N_("各单位依据都不足，本期不与目标比较。"),
    "counts": N_(
        "%(all)s 个单位与目标 %(target)s 分比：%(above)s 个高于，%(below)s 个低于，%(around)s 个还分不出高低，"
        "%(insufficient)s 个依据不足、不给得分。"
    ),
    "below": N_("低于目标的：%(units)s。"),
    "above": N_("高于目标的：%(units)s。"),
}
AREAS = {
    "nothing": N_("各区域依据都不足，本期不与目标比较。"),
    "counts": N_(
        "%(all)s 个区域与目标 %(target)s 分比：%(above)s 个高于，%(below)s 个低于，%(around)s 个还分不出高低，"
        "%(insufficient)s 个依据不足、不给得分。"
    ),
    "below": N_("低于目标的区域：%(units)s。"),
    "above": N_("高于目标的区域：%(units)s。"),
}


def _moved(unit: Unit, level: float) -> Difference | None:
    """The change where it is clear at ``level``, with its 95 % interval."""
    now, was = Estimate.of_sd(unit.score, unit.sd), Estimate.of_sd(unit.previous, unit.previous_sd)
    strict = difference(
        Estimate.of_sd(unit.score, unit.sd, level=level),
        Estimate.of_sd(unit.previous, unit.previous_sd, level=level),
    )
    clear = strict is not None and strict.verdict in (Verdict.UP, Verdict.DOWN)
    return difference(now, was) if clear else None


def moved_units(units: Sequence[Unit]) -> list[tuple[Unit, Difference]]:
    """Those whose score moved beyond chance, all compared together, with the 95 % interval of the change."""
    known = [unit for unit in units if unit.score is not None and unit.previous is not None]
    level = family_level(len(known))
    found = [(unit, _moved(unit, level)) for unit in known]
    return [(unit, change) for unit, change in found if change is not None]


def moved_line(units: Sequence[Unit], first: date, last: date) -> Sentence:
    """Departments whose score moved since the period before."""
    known = [unit for unit in units if unit.score is not None and unit.previous is not None]
    period = {"first": day(first), "last": day(last), "compared": str(len(known))}
    if not known:
        return Sentence(N_("上期没有得分可比。"), {}, Verdict.UNKNOWN)
    moved = [_change(unit, found) for unit, found in moved_units(known)]
    if moved:
        text = N_(
            "得分比上期（%(first)s 至 %(last)s）变化超出偶然波动的（%(compared)s 个单位同时比较后）："
            "%(units)s。"
        )
        return Sentence(text, {**period, "units": moved}, Verdict.UP)
    text = N_("%(compared)s 个单位的得分与上期（%(first)s 至 %(last)s）相比，没有哪个的变化超出偶然波动。")
    return Sentence(text, period, Verdict.UNCLEAR)


def _change(unit: Unit, found: Difference) -> Sentence:
    values = {
        "name": unit.name, "was": points(unit.previous or 0.0), "now": points(unit.score or 0.0),
        "change": signed(found.value), "span": signed_span(found),
    }  # fmt: skip
    return Sentence(N_("%(name)s %(was)s → %(now)s（%(change)s，区间 %(span)s）"), values)


def followed_lines(units: Sequence[Unit]) -> list[Sentence]:
    """What became of the services that came first in the period before; ``previous`` is their score then."""
    return [_followed(unit) for unit in units]


def _followed(unit: Unit) -> Sentence:
    found = difference(Estimate.of_sd(unit.score, unit.sd), Estimate.of_sd(unit.previous, unit.previous_sd))
    if found is None:
        values = {"name": unit.name, "was": points(unit.previous or 0.0)}
        return Sentence(
            N_("“%(name)s”上期 %(was)s 分，本期依据不足，还不能说有没有改进。"), values, Verdict.UNKNOWN
        )
    texts = {
        Verdict.UP: N_("有改进：%(change)s。"), Verdict.DOWN: N_("反而变差：%(change)s。"),
        Verdict.UNCLEAR: N_("还不能说有改进：%(change)s。"),
    }  # fmt: skip
    return Sentence(texts[found.verdict], {"change": [_change(unit, found)]}, found.verdict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A service by what comes first: demand per 1,000 uses, and score, each with interval."""

    name: str
    department: str
    demand: float
    demand_low: float
    demand_high: float
    score: float
    low: float
    high: float
    below: bool


def wanted_lines(services: Sequence[Wanted], most: int = 3) -> list[Sentence]:
    """What comes first: asked for much and done badly; only what surely lies below the target is called weak."""
    weak = [service for service in services if service.below][:most]
    text = N_(
        "“%(name)s”（%(department)s）：每千次办件 %(demand)s 次诉求与评价（区间 %(demand_span)s），"
        "得分 %(score)s（区间 %(span)s），低于目标。"
    )
    found = [
        Sentence(text, {
            "name": s.name, "department": s.department, "demand": points(s.demand),
            "demand_span": span(s.demand_low, s.demand_high, 1), "score": points(s.score), "span": span(s.low, s.high),
        }, Verdict.DOWN)
        for s in weak
    ]  # fmt: skip
    return found or [
        Sentence(N_("没有哪个服务事项有把握说低于目标；优先度靠前的见表，宜先看原因。"), {}, Verdict.UNCLEAR)
    ]


def hollow_line(name: str, fast: Rate, city_fast: float, solved: Rate, city_solved: float) -> Sentence:
    """A department that keeps deadlines better and solves less than the city, both beyond chance."""
    values = {
        "name": name, "fast": percent(fast.value), "fast_n": count(fast.denominator),
        "fast_span": percent_span(fast.low, fast.high), "city_fast": percent(city_fast),
        "solved": percent(solved.value), "solved_n": count(solved.denominator),
        "solved_span": percent_span(solved.low, solved.high), "city_solved": percent(city_solved),
    }  # fmt: skip
    text = N_(
        "%(name)s办得快、没解决：按期办结 %(fast)s（%(fast_n)s 件，区间 %(fast_span)s；全市 %(city_fast)s），"
        "群众说解决了的只有 %(solved)s（%(solved_n)s 人，区间 %(solved_span)s；全市 %(city_solved)s）。"
    )
    return Sentence(text, values, Verdict.DOWN)


def service_moved_line(unit: Unit, bad_was: tuple[int, int], bad_now: tuple[int, int]) -> Sentence | None:
    """A service that stands out by what moved; (bad, all) votes of both periods."""
    found = difference(Estimate.of_sd(unit.score, unit.sd), Estimate.of_sd(unit.previous, unit.previous_sd))
    if found is None:
        return None
    values = {
        "name": unit.name, "was": points(unit.previous or 0.0), "now": points(unit.score or 0.0),
        "change": signed(found.value), "span": signed_span(found), "bad_was": count(bad_was[0]),
        "all_was": count(bad_was[1]), "bad_now": count(bad_now[0]), "all_now": count(bad_now[1]),
    }  # fmt: skip
    better = N_(
        "%(name)s明显变好：得分 %(was)s → %(now)s（%(change)s，区间 %(span)s），"
        "差评 %(bad_was)s/%(all_was)s → %(bad_now)s/%(all_now)s。"
    )
    worse = N_(
        "%(name)s明显变差：得分 %(was)s → %(now)s（%(change)s，区间 %(span)s），"
        "差评 %(bad_was)s/%(all_was)s → %(bad_now)s/%(all_now)s。"
    )
    return Sentence(
        better if found.value > 0 else worse, values, Verdict.UP if found.value > 0 else Verdict.DOWN
    )
