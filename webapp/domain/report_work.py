"""What a report says of the work: what is owed, what was promised and done, and what to do first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from webapp.domain.claims import Estimate, Expected, Verdict, difference
from webapp.domain.rates import wilson
from webapp.domain.sentences import (
    Sentence,
    Word,
    count,
    day,
    percent,
    percent_span,
    points,
    present,
    signed,
    span,
)
from webapp.domain.text import N_


@dataclass(frozen=True, slots=True)
class Owed:
    """Counts: requests of the period that are overdue now and those ever reopened; all bad reviews open, and late."""

    overdue: int
    reopened: int
    unheard: int
    bad: int
    bad_overdue: int


def owed_lines(owed: Owed) -> list[Sentence]:
    """Full counts, not samples: they need no interval."""
    values = {
        "overdue": count(owed.overdue), "reopened": count(owed.reopened), "unheard": count(owed.unheard),
        "bad": count(owed.bad), "late": count(owed.bad_overdue),
    }  # fmt: skip
    return [
        Sentence(N_("本期受理的诉求：超期未办 %(overdue)s 件；群众说没解决而重新打开 %(reopened)s 次。"), values),
        Sentence(N_(
            "出具时手上还有：待整改差评 %(bad)s 条，其中超期 %(late)s 条；"
            "办结后等群众回话 %(unheard)s 件。"
        ), values),
    ]  # fmt: skip


def kept_line(text: str, done: int, due: int) -> Sentence | None:
    """``done`` of ``due`` promises in time; ``text`` has ``done``, ``due``, ``share``, ``span``. None where none was due."""
    if not due:
        return None
    low, high = wilson(done, due)
    values = {
        "done": count(done),
        "due": count(due),
        "share": percent(done / due),
        "span": percent_span(low, high),
    }
    return Sentence(text, values)


def commitment_lines(
    mended: tuple[int, int], extended: tuple[int, int], supervised: tuple[int, int]
) -> list[Sentence]:
    """(done in time, due) of rectifications, of requests with a postponed deadline, and of supervised requests."""
    texts = (
        N_("期限在本期内的差评整改 %(due)s 条，按期完成 %(done)s 条（%(share)s，95%% 区间 %(span)s）。"),
        N_(
            "延期后新期限在本期内的诉求 %(due)s 件，按新期限办结 %(done)s 件（%(share)s，95%% 区间 %(span)s）。"
        ),
        N_("本期被督办 %(due)s 件，已答复办结 %(done)s 件（%(share)s，95%% 区间 %(span)s）。"),
    )
    found = present(
        kept_line(text, done, due)
        for text, (done, due) in zip(texts, (mended, extended, supervised), strict=True)
    )
    return found or [Sentence(N_("没有整改、延期或督办的期限落在本期。"))]


@dataclass(frozen=True, slots=True)
class Undertaken:
    """What headed the list of the period before: a service's part then and now, in 0…1."""

    service: str
    part: str
    was: Estimate
    now: Estimate | None


def undertaken_lines(found: Sequence[Undertaken]) -> list[Sentence]:
    """What became of what was to be done first."""
    if not found:
        return [Sentence(N_("上期没有列出先办事项。"))]
    return [_undertaken(one) for one in found]


def _undertaken(one: Undertaken) -> Sentence:
    values = {"service": one.service, "part": Word(one.part), "was": percent(one.was.value)}
    change = difference(one.now, one.was)
    if one.now is None or change is None:
        return Sentence(
            N_("“%(service)s”的%(part)s：上期 %(was)s，本期依据不足，还不能说有没有改进。"),
            values,
            Verdict.UNKNOWN,
        )
    values |= {
        "now": percent(one.now.value), "change": signed(100 * change.value), "n": count(one.now.n),
        "low": signed(100 * change.low), "high": signed(100 * change.high),
    }  # fmt: skip
    texts = {
        Verdict.UP: N_(
            "“%(service)s”的%(part)s有改进：%(was)s → %(now)s，%(change)s 个百分点"
            "（95%% 区间 %(low)s ~ %(high)s，本期 %(n)s 例）。"
        ),
        Verdict.DOWN: N_(
            "“%(service)s”的%(part)s反而变差：%(was)s → %(now)s，%(change)s 个百分点"
            "（95%% 区间 %(low)s ~ %(high)s，本期 %(n)s 例）。"
        ),
        Verdict.UNCLEAR: N_(
            "“%(service)s”的%(part)s：%(was)s → %(now)s，%(change)s 个百分点"
            "（95%% 区间 %(low)s ~ %(high)s，本期 %(n)s 例），还不能说有改进。"
        ),
    }
    return Sentence(texts[change.verdict], values, change.verdict)


@dataclass(frozen=True, slots=True)
class ToDo:
    """A part of a service below its peers, in 0…1, and what closing the gap should bring the department."""

    service: str
    part: str
    now: Estimate
    peers: float
    expected: Expected


def to_do_lines(found: Sequence[ToDo]) -> list[Sentence]:
    """What to do first; only what surely lies below the peers is called a weakness."""
    if not found:
        return [Sentence(N_("没有哪项服务的某一部分低于同类平均而值得先办。"))]
    return [_to_do(one) for one in found]


def _to_do(one: ToDo) -> Sentence:
    values = {
        "service": one.service, "part": Word(one.part), "now": percent(one.now.value), "n": count(one.now.n),
        "span": percent_span(one.now.low, one.now.high), "peers": percent(one.peers),
        "points": points(one.expected.points), "gain": span(one.expected.low, one.expected.high, 1),
    }  # fmt: skip
    if one.expected.is_clear:
        text = N_(
            "“%(service)s”的%(part)s：现在 %(now)s（95%% 区间 %(span)s，%(n)s 例），低于同类平均 %(peers)s；"
            "提到平均，单位得分预计提高 %(points)s 分（区间 %(gain)s）。"
        )
        return Sentence(text, values, Verdict.DOWN)
    text = N_(
        "“%(service)s”的%(part)s：现在 %(now)s（95%% 区间 %(span)s，%(n)s 例），同类平均 %(peers)s，"
        "还不能说低于平均；"
        "若真低，提到平均可提高 %(points)s 分（区间 %(gain)s）。"
    )
    return Sentence(text, values, Verdict.UNCLEAR)


def surge_line(
    category: str, area: str, last: date, number: int, expected: float, own: int | None = None
) -> Sentence:
    """A week in which a kind of trouble ran above its own history in a place; ``own``: the department's part of it."""
    values = {
        "category": category, "area": area, "last": day(last), "count": count(number), "expected": points(expected),
        "own": count(own or 0),
    }  # fmt: skip
    text = N_(
        "%(area)s“%(category)s”：截至 %(last)s 的一周 %(count)s 件，按以往只应有约 %(expected)s 件"
        "（误报率按全市每月约一次控制）"
    )
    whole = Sentence(text, values, Verdict.UP)
    if own is None:
        return Sentence(N_("%(whole)s。"), {"whole": [whole]}, Verdict.UP)
    return Sentence(
        N_("%(whole)s，其中本单位承办 %(own)s 件。"), {"whole": [whole], "own": values["own"]}, Verdict.UP
    )


def fairness_lines(
    aside: int, reasons: Sequence[tuple[str, int]], filed: int, granted: int, refused: int
) -> list[Sentence]:
    """Votes set aside by reason (to be translated), and what became of appeals; all of them counted, none sampled."""
    named = [
        Sentence(N_("%(reason)s %(count)s 条"), {"reason": Word(reason), "count": count(number)})
        for reason, number in reasons
    ]
    votes = (
        Sentence(
            N_("搁置、不计入得分的评价 %(count)s 条：%(reasons)s。"),
            {"count": count(aside), "reasons": named},
        )
        if aside
        else Sentence(N_("没有搁置评价。"))
    )
    values = {
        "filed": count(filed), "granted": count(granted), "refused": count(refused), "open": count(filed - granted - refused),
    }  # fmt: skip
    text = N_(
        "对差评提出申诉 %(filed)s 件：支持 %(granted)s 件（该评价不再计入），驳回 %(refused)s 件，"
        "未决 %(open)s 件。"
    )
    appeals = Sentence(text, values) if filed else Sentence(N_("没有对差评提出申诉。"))
    return [votes, appeals]
