"""What a report says of a score, why it moved, and the official indicators: rules from numbers to sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from webapp.domain.claims import LEAST_ANSWERS, Difference, Estimate, Verdict, difference, rate_moved
from webapp.domain.rates import Rate
from webapp.domain.scores import Tier
from webapp.domain.sentences import (
    Sentence,
    Word,
    chance,
    count,
    day,
    percent,
    percent_span,
    points,
    present,
    rate_values,
    signed,
    signed_span,
    span,
)
from webapp.domain.text import N_

COMPARED: Final = ("good", "response", "resolution", "satisfaction", "on_time")
"""Indicators whose change is looked at; the rest follow from whose deadline has come"""


@dataclass(frozen=True, slots=True)
class ScoreNumbers:
    """A score as the page shows it: 0…100 with interval, what it rests on, the target and the period before."""

    score: float | None
    low: float | None
    high: float | None
    sd: float | None
    votes: int
    requests: int
    answers: int
    tier: Tier
    target: float | None
    p_above: float | None
    previous: float | None
    previous_sd: float | None
    previous_first: date
    previous_last: date

    @property
    def change(self) -> Difference | None:
        """Points since the period before, with interval."""
        now, was = (
            Estimate.of_sd(self.score, self.sd),
            Estimate.of_sd(self.previous, self.previous_sd),
        )
        return difference(now, was)


def score_lines(s: ScoreNumbers) -> list[Sentence]:
    """The score, where it stands against the target, and whether it moved."""
    heard = {"votes": count(s.votes), "requests": count(s.requests), "answers": count(s.answers)}
    if s.score is None or s.low is None or s.high is None:
        text = N_(
            "本期依据不足（%(votes)s 条评价、%(requests)s 件诉求、%(answers)s 次回访答复），不给得分，"
            "也不与目标或上期比较。"
        )
        return [Sentence(text, heard, Verdict.UNKNOWN)]
    values = {"score": points(s.score), "span": span(s.low, s.high), **heard}
    text = N_(
        "群众评价得分 %(score)s 分（95%% 区间 %(span)s；依据 %(votes)s 条评价、%(requests)s 件诉求、"
        "%(answers)s 次回访答复）。"
    )
    return present([Sentence(text, values), _target_line(s), change_line(s)])


def _target_line(s: ScoreNumbers) -> Sentence | None:
    if s.target is None or s.p_above is None:
        return None
    values = {
        "target": points(s.target),
        "chance": chance(s.p_above if s.tier is not Tier.BELOW else 1 - s.p_above),
    }
    if s.tier is Tier.ABOVE:
        return Sentence(N_("高于目标 %(target)s 分（把握 %(chance)s）。"), values, Verdict.UP)
    if s.tier is Tier.BELOW:
        return Sentence(N_("低于目标 %(target)s 分（把握 %(chance)s）。"), values, Verdict.DOWN)
    text = N_("与目标 %(target)s 分还分不出高低（高于目标的可能性 %(chance)s，还不足以下结论）。")
    return Sentence(text, values, Verdict.UNCLEAR)


def change_line(s: ScoreNumbers) -> Sentence:
    """Whether the score rose or fell since the period before."""
    found = s.change
    if found is None or s.previous is None or s.score is None:
        return Sentence(N_("上期依据不足，没有得分可比。"), {}, Verdict.UNKNOWN)
    values = {
        "first": day(s.previous_first), "last": day(s.previous_last), "was": points(s.previous), "now": points(s.score),
        "change": signed(found.value), "span": signed_span(found),
    }  # fmt: skip
    texts = {
        Verdict.UP: N_(
            "比上期（%(first)s 至 %(last)s，%(was)s 分）上升：%(change)s 分（95%% 区间 %(span)s），"
            "超出偶然波动。"
        ),
        Verdict.DOWN: N_(
            "比上期（%(first)s 至 %(last)s，%(was)s 分）下降：%(change)s 分（95%% 区间 %(span)s），"
            "超出偶然波动。"
        ),
        Verdict.UNCLEAR: N_(
            "上期（%(first)s 至 %(last)s）%(was)s 分，相差 %(change)s 分（95%% 区间 %(span)s），"
            "在偶然波动之内，不能说升了还是降了。"
        ),
    }  # fmt: skip
    return Sentence(texts[found.verdict], values, found.verdict)


def causes_line(
    causes: Sequence[tuple[str, str, float]], total: float, verdict: Verdict, most: int = 3
) -> Sentence | None:
    """What made up the change: (service, cause to be translated, points), largest first; ``total`` is their sum."""
    if not causes:
        return None
    named = [
        Sentence(N_("%(service)s的%(cause)s %(points)s"), {"service": service, "cause": Word(cause), "points": signed(value)})
        for service, cause, value in causes[:most]
    ]  # fmt: skip
    values: dict[str, str | Sequence[Sentence]] = {"causes": named, "total": signed(total)}
    if verdict in (Verdict.UP, Verdict.DOWN):
        return Sentence(
            N_("变化 %(total)s 分里份额最大的是：%(causes)s；全部各项相加正好等于变化，见表。"), values
        )
    text = N_(
        "账面上的 %(total)s 分里份额最大的是：%(causes)s；变化本身在偶然波动之内，这些只供查找线索，不作评价。"
    )
    return Sentence(text, values, Verdict.UNCLEAR)


def rate_lines(
    rates: Mapping[str, Rate], keys: Sequence[str] = ("good", "resolution", "on_time")
) -> list[Sentence]:
    """The rates as they stand, each with counts and interval; where nobody answered, that is said."""
    found = []
    for key in keys:
        rate = rates[key]
        if rate.value is None:
            found.append(
                Sentence(N_("%(label)s没有可计的数"), {"label": Word(rate.indicator.label)}, Verdict.UNKNOWN)
            )
        else:
            text = N_("%(label)s %(value)s（%(top)s ÷ %(bottom)s，区间 %(span)s）")
            found.append(Sentence(text, rate_values(rate)))
    return found


def moved_rates(now: Mapping[str, Rate], was: Mapping[str, Rate]) -> dict[str, Verdict]:
    """Verdict by key of each indicator that is compared, all looked at together."""
    return {key: rate_moved(now[key], was[key], len(COMPARED)) for key in COMPARED}


def rate_changes(now: Mapping[str, Rate], was: Mapping[str, Rate]) -> list[Sentence]:
    """The indicators that changed beyond chance; or that none did, or that none can be compared."""
    verdicts = moved_rates(now, was)
    found = [_rate_change(now[key], was[key], verdict) for key, verdict in verdicts.items()]
    claims = present(found)
    if claims:
        return claims
    if all(verdict is Verdict.UNKNOWN for verdict in verdicts.values()):
        text = N_("本期或上期的答复不足 %(least)s 个，各项指标还不能与上期比较。")
        return [Sentence(text, {"least": str(LEAST_ANSWERS)}, Verdict.UNKNOWN)]
    labels = [
        Sentence(N_("%(label)s %(was)s → %(now)s"), {
            "label": Word(now[key].indicator.label), "was": percent(was[key].value), "now": percent(now[key].value),
        })
        for key, verdict in verdicts.items() if verdict is Verdict.UNCLEAR
    ]  # fmt: skip
    text = N_("与上期相比没有哪项指标的变化超出偶然波动：%(rates)s（各期件数与区间见表）。")
    return [Sentence(text, {"rates": labels}, Verdict.UNCLEAR)]


def _rate_change(now: Rate, was: Rate, verdict: Verdict) -> Sentence | None:
    found = difference(Estimate.of_rate(now), Estimate.of_rate(was))
    if found is None or verdict not in (Verdict.UP, Verdict.DOWN):
        return None
    values: dict[str, str | Sequence[Sentence]] = {
        **rate_values(now), "was": percent(was.value), "was_top": count(was.numerator),
        "was_bottom": count(was.denominator), "was_span": percent_span(was.low, was.high),
        "change": signed(found.value), "change_span": signed_span(found),
    }  # fmt: skip
    up = N_(
        "%(label)s上升：从 %(was)s（%(was_top)s ÷ %(was_bottom)s）"
        "到 %(value)s（%(top)s ÷ %(bottom)s，区间 %(span)s），"
        "变化 %(change)s 个百分点（区间 %(change_span)s）。"
    )
    down = N_(
        "%(label)s下降：从 %(was)s（%(was_top)s ÷ %(was_bottom)s）"
        "到 %(value)s（%(top)s ÷ %(bottom)s，区间 %(span)s），"
        "变化 %(change)s 个百分点（区间 %(change_span)s）。"
    )
    return Sentence(up if verdict is Verdict.UP else down, values, verdict)
