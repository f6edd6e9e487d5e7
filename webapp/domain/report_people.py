"""What a report says of residents: what they asked for, where it stayed unsolved, and how many of them were heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from webapp.domain.claims import Verdict, counts_moved, leaders, stands
from webapp.domain.rates import wilson
from webapp.domain.sentences import Sentence, count, percent, percent_span, points, present, span
from webapp.domain.text import N_

LEAST_USES: Final = 20
"""Finished uses below which nothing is said of how many rated"""
PER: Final = 1000


@dataclass(frozen=True, slots=True)
class Kind:
    """Requests of one category: in the period and as many days before; answers to "is it solved?"."""

    name: str
    received: int
    before: int
    unsolved: int = 0
    answered: int = 0


def asked_lines(kinds: Sequence[Kind], total: int) -> list[Sentence]:
    """What was asked for most, what rose or fell, and what stayed unsolved more than the rest; ``kinds`` by frequency.

    ``total`` is all requests, with those of no category.
    """
    if not total:
        return [Sentence(N_("本期没有收到诉求。"))]
    return present([_most(kinds, total), _risen(kinds), *_unsolved(kinds)])


def _named(kind: Kind) -> Sentence:
    return Sentence(N_("%(name)s %(count)s 件"), {"name": kind.name, "count": count(kind.received)})


def _most(kinds: Sequence[Kind], total: int) -> Sentence | None:
    lead = leaders([kind.received for kind in kinds])
    if not lead:
        named = [_named(kind) for kind in kinds if kind.received]
        text = N_("诉求只有 %(total)s 件（%(kinds)s），还不能说哪一类最多。")
        return Sentence(text, {"total": count(total), "kinds": named}, Verdict.UNKNOWN) if named else None
    first = kinds[0]
    low, high = wilson(first.received, total)
    values: dict[str, str | Sequence[Sentence]] = {
        "name": first.name, "count": count(first.received), "total": count(total),
        "share": percent(first.received / total), "span": percent_span(low, high),
    }  # fmt: skip
    if lead == 1:
        text = N_(
            "群众反映最多的是“%(name)s”：%(total)s 件诉求里有 %(count)s 件，占 %(share)s（95%% 区间 %(span)s），"
            "明显多于其余各类。"
        )
        return Sentence(text, values, Verdict.UP)
    values["kinds"] = [_named(kind) for kind in kinds[: min(lead, 4)]]
    text = N_(
        "%(total)s 件诉求里反映较多的有：%(kinds)s；彼此相差在偶然波动之内，分不出谁是第一"
        "（“%(name)s”占 %(share)s，95%% 区间 %(span)s）。"
    )
    return Sentence(text, values, Verdict.UNCLEAR)


def _risen(kinds: Sequence[Kind]) -> Sentence:
    verdicts = [counts_moved(kind.received, kind.before, len(kinds)) for kind in kinds]
    moved = [
        Sentence(N_("%(name)s %(was)s → %(now)s 件"), {
            "name": kind.name, "was": count(kind.before), "now": count(kind.received),
        })
        for kind, verdict in zip(kinds, verdicts, strict=True) if verdict in (Verdict.UP, Verdict.DOWN)
    ]  # fmt: skip
    compared = str(len(kinds))
    if moved:
        text = N_("与上期相比变化超出偶然波动的（%(compared)s 类同时比较后）：%(kinds)s。")
        return Sentence(text, {"kinds": moved, "compared": compared}, Verdict.UP)
    text = N_("%(compared)s 类诉求的件数与上期相比都没有超出偶然波动的增减。")
    return Sentence(text, {"compared": compared}, Verdict.UNCLEAR)


def _unsolved(kinds: Sequence[Kind]) -> list[Sentence]:
    """Categories that stay unsolved more often than all others together."""
    unsolved, answered = sum(kind.unsolved for kind in kinds), sum(kind.answered for kind in kinds)
    if not answered:
        return [Sentence(N_("本期没有人回答问题是否解决，哪类最难解决还不能说。"), {}, Verdict.UNKNOWN)]
    low, high = wilson(unsolved, answered)
    values = {
        "unsolved": count(unsolved), "answered": count(answered), "share": percent(unsolved / answered),
        "span": percent_span(low, high),
    }  # fmt: skip
    text = N_(
        "回答了的 %(answered)s 人里，%(unsolved)s 人说没有解决或只解决了一部分（%(share)s，"
        "95%% 区间 %(span)s）"
    )
    whole = Sentence(text, values)
    worse = [
        _worse(kind) for kind in kinds
        if stands(kind.unsolved, kind.answered, _rest(kind, unsolved, answered), len(kinds)) is Verdict.UP
    ]  # fmt: skip
    if worse:
        found = Sentence(
            N_("%(whole)s；明显更难解决的：%(kinds)s。"), {"whole": [whole], "kinds": worse}, Verdict.UP
        )
    else:
        found = Sentence(N_("%(whole)s；还分不出哪一类更难解决。"), {"whole": [whole]}, Verdict.UNCLEAR)
    return [found]


def _rest(kind: Kind, unsolved: int, answered: int) -> float | None:
    others = answered - kind.answered
    return (unsolved - kind.unsolved) / others if others else None


def _worse(kind: Kind) -> Sentence:
    low, high = wilson(kind.unsolved, kind.answered)
    values = {
        "name": kind.name, "unsolved": count(kind.unsolved), "answered": count(kind.answered),
        "span": percent_span(low, high),
    }  # fmt: skip
    return Sentence(N_("%(name)s %(answered)s 人里 %(unsolved)s 人（区间 %(span)s）"), values)


@dataclass(frozen=True, slots=True)
class Voice:
    """``voices`` that were heard of ``base`` (uses of a service, residents of an area), both of the period."""

    name: str
    voices: int
    base: float


def heard_lines(services: Sequence[Voice], areas: Sequence[Voice] = ()) -> list[Sentence]:
    """How many of the uses were rated, and which services (of residents, which areas) are heard less than the rest."""
    known = [voice for voice in services if voice.base > 0]
    votes, uses = sum(voice.voices for voice in known), sum(voice.base for voice in known)
    if uses < LEAST_USES:
        text = N_("事项的办件量没有登记，还不能说听到了多少（收到评价 %(votes)s 条）。")
        counted = sum(voice.voices for voice in services)
        return [Sentence(text, {"votes": count(counted)}, Verdict.UNKNOWN)]
    low, high = wilson(min(votes, uses), uses)
    values = {
        "uses": count(round(uses)), "votes": count(votes), "per": points(PER * votes / uses),
        "span": span(PER * low, PER * high, 1),
    }  # fmt: skip
    text = N_(
        "按登记的办件量折算，本期约 %(uses)s 次办件，听到有效评价 %(votes)s 条："
        "每千次 %(per)s 条（95%% 区间 %(span)s）。"
    )
    return present([
        Sentence(text, values), _quiet("services", known, PER), _quiet("areas", areas, 10 * PER) if areas else None,
    ])  # fmt: skip


def _quiet(kind: str, units: Sequence[Voice], per: int, most: int = 5) -> Sentence | None:
    """Units that are heard less often than the rest, the quietest first; None where there is nothing to compare."""
    if len(units) < 2:
        return None
    voices, base = sum(unit.voices for unit in units), sum(unit.base for unit in units)
    less = []
    for unit in units:
        rest = (voices - unit.voices) / (base - unit.base) if base > unit.base else None
        if stands(min(unit.voices, unit.base), unit.base, rest, len(units)) is Verdict.DOWN:
            less.append(unit)
    less.sort(key=lambda unit: unit.voices / unit.base)
    texts = {
        "services": (
            N_("每千次办件的评价明显少于其余事项的有 %(n)s 项，最少的是：%(units)s。"),
            N_("没有哪个事项每千次办件的评价明显少于其余。"),
        ),
        "areas": (
            N_("每万人的诉求与评价明显少于其余区域的有 %(n)s 个，最少的是：%(units)s。"),
            N_("没有哪个区域每万人的诉求与评价明显少于其余。"),
        ),
    }[kind]
    if not less:
        return Sentence(texts[1], {}, Verdict.UNCLEAR)
    return Sentence(
        texts[0], {"n": str(len(less)), "units": [_voice(unit, per) for unit in less[:most]]}, Verdict.DOWN
    )


def _voice(unit: Voice, per: int) -> Sentence:
    low, high = wilson(min(unit.voices, unit.base), unit.base)
    values = {
        "name": unit.name, "per": points(per * unit.voices / unit.base), "voices": count(unit.voices),
        "span": span(per * low, per * high, 1),
    }  # fmt: skip
    return Sentence(N_("%(name)s %(per)s 条（共 %(voices)s 条，区间 %(span)s）"), values)
