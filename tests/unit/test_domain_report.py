"""Sentences of reports: which words the numbers allow, and that each carries its figures, interval and sample."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.domain import report_city, report_people, report_score, report_work
from webapp.domain.claims import Estimate, Expected, Verdict
from webapp.domain.indicators import INDICATORS
from webapp.domain.rates import Rate, make_rate
from webapp.domain.report_people import Kind, Voice
from webapp.domain.report_score import ScoreNumbers
from webapp.domain.report_work import Owed, ToDo, Undertaken
from webapp.domain.scores import Tier
from webapp.domain.sentences import Sentence, chance, percent, signed


def say(sentence: Sentence) -> str:
    """In Chinese, as the views do it."""
    values = {k: v if isinstance(v, str) else "；".join(map(say, v)) for k, v in sentence.values.items()}
    return sentence.text % values if values else sentence.text


def told(sentences: Sequence[Sentence]) -> str:
    return "\n".join(map(say, sentences))


def numbers(
    score: float | None = 60.0, previous: float | None = 50.0, sd: float = 2.0, tier: Tier = Tier.AROUND,
    p_above: float | None = 0.5,
) -> ScoreNumbers:  # fmt: skip
    known = score is not None
    return ScoreNumbers(
        score, 56.0 if known else None, 64.0 if known else None, sd if known else None, 120, 30, 14, tier, 60.0,
        p_above if known else None, previous, sd if previous is not None else None, date(2026, 8, 31), date(2026, 9, 30),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("previous", "sd", "word", "verdict"),
    [
        (50.0, 2.0, "上升：+10.0 分", Verdict.UP), (70.0, 2.0, "下降：−10.0 分", Verdict.DOWN),
        (59.0, 2.0, "不能说升了还是降了", Verdict.UNCLEAR), (50.0, 6.0, "不能说升了还是降了", Verdict.UNCLEAR),
        (None, 2.0, "没有得分可比", Verdict.UNKNOWN),
    ],
    ids=["rose", "fell", "moved little", "moved, but the scores are unsure", "no score before"],
)  # fmt: skip
def test_a_score_moved_only_beyond_chance(
    previous: float | None, sd: float, word: str, verdict: Verdict
) -> None:
    line = report_score.change_line(numbers(previous=previous, sd=sd))
    assert word in say(line)
    assert line.verdict is verdict
    if previous is not None:
        assert "95% 区间" in say(line)


@given(st.floats(20, 95), st.floats(20, 95), st.floats(0.2, 15))
def test_no_score_rises_or_falls_within_its_errors(score: float, previous: float, sd: float) -> None:
    line = report_score.change_line(numbers(score=score, previous=previous, sd=sd))
    beyond = abs(score - previous) > 1.9599 * sd * 2**0.5
    assert (line.verdict in (Verdict.UP, Verdict.DOWN)) == beyond


@pytest.mark.parametrize(
    ("tier", "p_above", "words"),
    [
        (Tier.ABOVE, 0.96, "高于目标 60.0 分（把握 96%）"), (Tier.BELOW, 0.03, "低于目标 60.0 分（把握 97%）"),
        (Tier.AROUND, 0.89, "还分不出高低（高于目标的可能性 89%"), (Tier.BELOW, 0.0001, "把握 >99%"),
    ],
)  # fmt: skip
def test_a_score_stands_above_or_below_with_its_certainty(tier: Tier, p_above: float, words: str) -> None:
    lines = report_score.score_lines(numbers(tier=tier, p_above=p_above))
    assert words in say(lines[1])
    assert "95% 区间 56–64" in say(lines[0])
    assert "120 条评价、30 件诉求、14 次回访答复" in say(lines[0])


def test_without_a_score_nothing_else_is_said() -> None:
    lines = report_score.score_lines(numbers(score=None))
    assert len(lines) == 1
    assert lines[0].verdict is Verdict.UNKNOWN
    assert "不给得分" in say(lines[0])


def test_causes_of_a_change_within_chance_are_leads_only() -> None:
    causes = [
        ("转移", "办事体验", -3.0),
        ("申领", "问题解决", 1.2),
        ("其他", "按期办理", 0.1),
        ("更多", "mix", 0.1),
    ]
    clear = report_score.causes_line(causes, -1.6, Verdict.DOWN)
    unclear = report_score.causes_line(causes, -1.6, Verdict.UNCLEAR)
    assert clear is not None
    assert unclear is not None
    assert "转移的办事体验 −3.0；申领的问题解决 +1.2；其他的按期办理 +0.1" in say(clear)
    assert "不作评价" in say(unclear)
    assert report_score.causes_line([], 0.0, Verdict.UP) is None


def rates(**given: tuple[int, int]) -> dict[str, Rate]:
    return {key: make_rate(key, *given.get(key, (80, 100))) for key in INDICATORS}


def test_indicators_that_changed_are_named_with_counts_of_both_periods() -> None:
    (line,) = report_score.rate_changes(rates(resolution=(60, 100)), rates(resolution=(85, 100)))
    assert say(line) == (
        "解决率下降：从 85.0%（85 ÷ 100）到 60.0%（60 ÷ 100，区间 50–69%），变化 −25.0 个百分点（区间 −36.3 ~ −12.7）。"
    )
    (up,) = report_score.rate_changes(rates(good=(95, 100)), rates(good=(70, 100)))
    assert up.verdict is Verdict.UP


@pytest.mark.parametrize(
    ("now", "was", "verdict", "words"),
    [
        ((82, 100), (80, 100), Verdict.UNCLEAR, "没有哪项指标的变化超出偶然波动"),
        ((4, 5), (1, 5), Verdict.UNKNOWN, "不足 10 个"),
    ],
)
def test_when_nothing_can_be_said_of_the_indicators(
    now: tuple[int, int], was: tuple[int, int], verdict: Verdict, words: str
) -> None:
    every = dict.fromkeys(INDICATORS, now), dict.fromkeys(INDICATORS, was)
    (line,) = report_score.rate_changes(*(rates(**given) for given in every))
    assert line.verdict is verdict
    assert words in say(line)


@pytest.mark.parametrize(
    ("counts", "words", "verdict"),
    [
        ([60, 20, 5], "群众反映最多的是“类0”：85 件诉求里有 60 件，占 70.6%（95% 区间 60–79%）", Verdict.UP),
        ([30, 28, 5], "分不出谁是第一", Verdict.UNCLEAR),
        ([3, 1], "诉求只有 4 件（类0 3 件；类1 1 件），还不能说哪一类最多", Verdict.UNKNOWN),
    ],
)
def test_what_is_asked_most(counts: list[int], words: str, verdict: Verdict) -> None:
    kinds = [Kind(f"类{i}", n, n) for i, n in enumerate(counts)]
    line = report_people.asked_lines(kinds, sum(counts))[0]
    assert words in say(line)
    assert line.verdict is verdict


def test_what_rose_and_what_stays_unsolved() -> None:
    kinds = [Kind("物业", 90, 40, 40, 50), Kind("噪声", 50, 48, 5, 40), Kind("路灯", 20, 22, 3, 15)]
    lines = report_people.asked_lines(kinds, 160)
    assert "（3 类同时比较后）：物业 40 → 90 件。" in say(lines[1])
    assert "回答了的 105 人里，48 人说没有解决" in say(lines[2])
    assert "明显更难解决的：物业 50 人里 40 人（区间 67–89%）" in say(lines[2])
    quiet = report_people.asked_lines([Kind("物业", 40, 42, 5, 20), Kind("噪声", 30, 28, 6, 20)], 70)
    assert [line.verdict for line in quiet[1:]] == [Verdict.UNCLEAR, Verdict.UNCLEAR]
    assert "没有人回答" in say(report_people.asked_lines([Kind("物业", 40, 42)], 40)[2])
    assert say(report_people.asked_lines([], 0)[0]) == "本期没有收到诉求。"


def test_how_much_was_heard_and_where_silence_is() -> None:
    services = [Voice("转移", 90, 10_000.0), Voice("申领", 10, 10_000.0), Voice("未登记", 7, 0.0)]
    lines = report_people.heard_lines(
        services, [Voice("东门区", 50, 30_000.0), Voice("西门区", 45, 30_000.0)]
    )
    assert "约 20,000 次办件，听到有效评价 100 条：每千次 5.0 条（95% 区间 4.1–6.1）" in say(lines[0])
    assert "有 1 项，最少的是：申领 1.0 条（共 10 条，区间 0.5–1.8）" in say(lines[1])
    assert lines[2].verdict is Verdict.UNCLEAR
    (unknown,) = report_people.heard_lines([Voice("未登记", 7, 0.0)])
    assert unknown.verdict is Verdict.UNKNOWN
    assert "收到评价 7 条" in say(unknown)


def test_more_votes_than_uses_are_no_error() -> None:
    lines = report_people.heard_lines([Voice("a", 30, 25.0), Voice("b", 2, 25.0)])
    assert "每千次" in say(lines[0])


def part(value: float, spread: float = 0.05, n: int = 40) -> Estimate:
    return Estimate(value, value - spread, value + spread, n)


@pytest.mark.parametrize(
    ("now", "words", "verdict"),
    [
        (part(0.8), "有改进：60.0% → 80.0%，+20.0 个百分点（95% 区间 +12.9 ~ +27.1，本期 40 例）", Verdict.UP),
        (part(0.4), "反而变差", Verdict.DOWN), (part(0.63), "还不能说有改进", Verdict.UNCLEAR),
        (None, "本期依据不足", Verdict.UNKNOWN),
    ],
)  # fmt: skip
def test_what_was_undertaken_improved_only_if_it_surely_did(
    now: Estimate | None, words: str, verdict: Verdict
) -> None:
    (line,) = report_work.undertaken_lines([Undertaken("转移", "办事体验", part(0.6), now)])
    assert words in say(line)
    assert line.verdict is verdict


def test_what_to_do_first_says_what_it_should_bring() -> None:
    clear = ToDo("转移", "问题解决", part(0.5), 0.7, Expected(3.0, 1.2, 4.9))
    unsure = ToDo("申领", "办事体验", part(0.68), 0.7, Expected(0.4, 0.0, 1.0))
    first, second = report_work.to_do_lines([clear, unsure])
    assert "低于同类平均 70.0%；提到平均，单位得分预计提高 3.0 分（区间 1.2–4.9）" in say(first)
    assert "95% 区间 45–55%，40 例" in say(first)
    assert (second.verdict, "还不能说低于平均" in say(second)) == (Verdict.UNCLEAR, True)
    assert "没有哪项服务" in told(report_work.to_do_lines([]))


def test_promises_are_counted_with_their_interval_and_left_out_where_none_was_due() -> None:
    lines = report_work.commitment_lines((20, 24), (0, 0), (1, 2))
    assert [line.text[:6] for line in lines] == ["期限在本期内", "本期被督办 "]
    assert "24 条，按期完成 20 条（83.3%，95% 区间 64–93%）" in say(lines[0])
    assert "没有整改" in told(report_work.commitment_lines((0, 0), (0, 0), (0, 0)))


def test_full_counts_need_no_interval() -> None:
    lines = report_work.owed_lines(Owed(1_200, 3, 5, 7, 2))
    assert "超期未办 1,200 件" in say(lines[0])
    assert "待整改差评 7 条，其中超期 2 条" in say(lines[1])


def test_surges_and_fairness() -> None:
    line = report_work.surge_line("生活服务", "东门区", date(2026, 10, 31), 10, 2.18, own=4)
    assert "截至 2026-10-31 的一周 10 件，按以往只应有约 2.2 件" in say(line)
    assert "其中本单位承办 4 件" in say(line)
    lines = report_work.fairness_lines(5, [("重复", 3), ("内部", 2)], 4, 1, 2)
    assert "5 条：重复 3 条；内部 2 条" in say(lines[0])
    assert "支持 1 件（该评价不再计入），驳回 2 件，未决 1 件" in say(lines[1])
    assert told(report_work.fairness_lines(0, [], 0, 0, 0)) == "没有搁置评价。\n没有对差评提出申诉。"


def unit(
    name: str, score: float | None, tier: Tier, previous: float | None = None, sd: float = 2.0
) -> report_city.Unit:
    low, high = (score - 4, score + 4) if score is not None else (None, None)
    p_above = {Tier.ABOVE: 0.97, Tier.BELOW: 0.02}.get(tier, 0.5)
    return report_city.Unit(name, score, low, high, tier, p_above, 40, sd if score else None, previous, sd)


def test_departments_in_tiers_never_in_ranks() -> None:
    units = [unit("甲", 80, Tier.ABOVE), unit("乙", 50, Tier.BELOW), unit("丙", 66, Tier.AROUND),
             unit("丁", None, Tier.INSUFFICIENT)]  # fmt: skip
    lines = report_city.tier_lines(units, 65.0, report_city.DEPARTMENTS)
    assert say(lines[0]).startswith(
        "4 个单位与目标 65.0 分比：1 个高于，1 个低于，1 个还分不出高低，1 个依据不足"
    )
    assert say(lines[1]) == "低于目标的：乙 50.0（区间 46–54，40 条评价，把握 98%）。"
    assert lines[2].verdict is Verdict.UP
    assert "名" not in told(lines)
    assert report_city.tier_lines(units, None, report_city.AREAS)[0].verdict is Verdict.UNKNOWN


def test_a_department_moved_only_if_it_did_among_all_compared() -> None:
    one = [unit("甲", 60, Tier.AROUND, 54)]
    many = [*one, *(unit(f"乙{i}", 60, Tier.AROUND, 60) for i in range(30))]
    period = (date(2026, 8, 31), date(2026, 9, 30))
    assert "甲 54.0 → 60.0（+6.0，区间 +0.5 ~ +11.5）" in say(report_city.moved_line(one, *period))
    assert report_city.moved_line(many, *period).verdict is Verdict.UNCLEAR
    assert [u.name for u, _change in report_city.moved_units(one)] == ["甲"]
    assert report_city.moved_units(many) == []
    assert report_city.moved_line([unit("甲", 60, Tier.AROUND)], *period).verdict is Verdict.UNKNOWN


def test_services_come_first_only_if_surely_weak() -> None:
    weak = report_city.Wanted("转移", "市人社局", 47.9, 40.7, 55.6, 41.5, 35, 48, True)
    fine = report_city.Wanted("申领", "市人社局", 47.9, 40.7, 55.6, 64, 55, 73, False)
    (line,) = report_city.wanted_lines([weak, fine])
    assert "每千次办件 47.9 次诉求与评价（区间 40.7–55.6），得分 41.5（区间 35–48），低于目标" in say(line)
    (nothing,) = report_city.wanted_lines([fine])
    assert nothing.verdict is Verdict.UNCLEAR


def test_followed_services_and_what_stands_out() -> None:
    better, worse, same, gone = report_city.followed_lines([
        unit("a", 70, Tier.BELOW, 50), unit("b", 40, Tier.BELOW, 60), unit("c", 51, Tier.BELOW, 50),
        unit("d", None, Tier.BELOW, 50),
    ])  # fmt: skip
    assert [line.verdict for line in (better, worse, same, gone)] == [
        Verdict.UP, Verdict.DOWN, Verdict.UNCLEAR, Verdict.UNKNOWN,
    ]  # fmt: skip
    hollow = report_city.hollow_line(
        "住建局", make_rate("on_time", 93, 100), 0.75, make_rate("resolution", 31, 100), 0.74
    )
    assert "按期办结 93.0%（100 件，区间 86–97%；全市 75.0%）" in say(hollow)
    moved = report_city.service_moved_line(unit("转移", 70, Tier.ABOVE, 50), (30, 60), (5, 70))
    assert moved is not None
    assert "转移明显变好：得分 50.0 → 70.0（+20.0" in say(moved)


@pytest.mark.parametrize(
    ("given", "shown"),
    [(-0.04, "+0.0"), (-2.46, "−2.5"), (12.0, "+12.0")],
    ids=["no minus zero", "true minus", "plus"],
)
def test_figures(given: float, shown: str) -> None:
    assert signed(given) == shown
    assert percent(None) == "—"
    assert (chance(0.9999), chance(0.9), chance(0.0)) == (">99%", "90%", "<1%")
