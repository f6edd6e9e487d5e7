"""What a report says of 热点 and 每月一题: counts as they are, shares of answers with their interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.domain.claims import Verdict
from webapp.domain.rates import wilson
from webapp.domain.sentences import Sentence, count, percent, percent_span
from webapp.domain.text import N_

LEAST_ANSWERS = 5


@dataclass(frozen=True, slots=True)
class Hot:
    """A hot topic in the period: requests of it, how many are still open, and how many residents said solved of those heard."""

    title: str
    area: str
    requests: int
    open: int
    solved: int
    heard: int


def hot_lines(found: Sequence[Hot], most: int = 3) -> list[Sentence]:
    """The hottest in words; a share is given only where enough have answered."""
    return [_hot(topic) for topic in found[:most]] or [
        Sentence(N_("本期没有三人以上反映同一件事的热点。"), {}, Verdict.UNCLEAR)
    ]


def _hot(topic: Hot) -> Sentence:
    values = {
        "title": topic.title, "area": topic.area, "n": count(topic.requests), "open": count(topic.open),
        "heard": count(topic.heard),
    }  # fmt: skip
    if topic.heard < LEAST_ANSWERS:
        text = N_(
            "“%(title)s”（%(area)s）：本期 %(n)s 件，%(open)s 件还在办；只有 %(heard)s 人答复，还不能说解决了多少。"
        )
        return Sentence(text, values)
    low, high = wilson(topic.solved, topic.heard)
    text = N_(
        "“%(title)s”（%(area)s）：本期 %(n)s 件，%(open)s 件还在办；%(heard)s 人答复，说解决了的占 %(share)s（区间 %(span)s）。"
    )
    return Sentence(
        text, {**values, "share": percent(topic.solved / topic.heard), "span": percent_span(low, high)}
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """A monthly topic: its month ("2026-10"), and its tasks: all, done, and those past their day."""

    month: str
    title: str
    area: str
    status: str
    tasks: int
    done: int
    late: int
    received: int = 0
    solved: int = 0
    heard: int = 0


def taken_lines(topic: Taken) -> list[Sentence]:
    """The topic with its tasks, and what residents came with of this kind in the period."""
    values = {
        "month": topic.month, "title": topic.title, "area": topic.area, "status": topic.status,
        "tasks": count(topic.tasks), "done": count(topic.done), "late": count(topic.late),
    }  # fmt: skip
    text = N_(
        "%(month)s 的题目“%(title)s”（%(area)s，%(status)s）：派出任务 %(tasks)s 项，完成 %(done)s 项，"
        "到期没完成 %(late)s 项。"
    )
    verdict = Verdict.DOWN if topic.late else None
    lines = [Sentence(text, values, verdict)]
    if not topic.received:
        return lines
    heard = {"received": count(topic.received), "heard": count(topic.heard)}
    if topic.heard < LEAST_ANSWERS:
        text = N_("本期同类诉求 %(received)s 件；只有 %(heard)s 人答复，还不能说解决了多少。")
        return [*lines, Sentence(text, heard, Verdict.UNKNOWN)]
    low, high = wilson(topic.solved, topic.heard)
    text = N_("本期同类诉求 %(received)s 件；%(heard)s 人答复，说解决了的占 %(share)s（区间 %(span)s）。")
    share = {"share": percent(topic.solved / topic.heard), "span": percent_span(low, high)}
    return [*lines, Sentence(text, {**heard, **share})]
