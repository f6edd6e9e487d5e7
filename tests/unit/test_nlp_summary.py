"""One sentence for a long message, and SnowNLP's sentiment as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp import Analyzer, analyze
from nlp.snownlp_engine import snownlp_sentiment

LONG = (
    "尊敬的领导您好!我是住在河边的一名退休老人。我们楼下的烧烤摊每天晚上经营到凌晨两点，油烟从窗户灌进家里，孩子咳嗽了一个月。"
    "我们也跟摊主说过好几次。希望有关部门管一管烧烤摊的油烟。谢谢!"
)


def test_a_long_message_is_summed_up_by_a_sentence_of_its_own_about_the_trouble() -> None:
    summary = analyze(LONG).summary
    assert summary is not None
    assert summary in LONG
    assert "烧烤摊" in summary
    assert "领导" not in summary


def test_a_short_message_is_its_own_summary() -> None:
    assert analyze("路灯坏了三天没人修").summary is None


def test_a_message_without_full_stops_is_cut_at_commas() -> None:
    summary = analyze("，".join(["门口的下水道又堵了污水漫到路上"] * 40)).summary
    assert summary is not None
    assert len(summary) <= 180


@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=60, max_size=400))
def test_a_summary_is_always_a_part_of_the_message(text: str) -> None:
    if text.strip():
        summary = analyze(text).summary
        assert summary is None or summary in text


@pytest.mark.parametrize(
    "text", ["服务态度很好，办事快", "窗口的人爱理不理，跑了三趟", "abc 123", "这家店的菜很好吃，下次还来"]
)
def test_the_snownlp_engine_says_exactly_what_snownlp_says(text: str) -> None:
    from snownlp import seg, sentiment

    expected = snownlp_sentiment(text)
    remembered = seg.segger.segger.log_prob
    seg.segger.segger.log_prob = remembered.__wrapped__
    try:
        assert sentiment.classify(text) == expected
    finally:
        seg.segger.segger.log_prob = remembered
    assert Analyzer(sentiment_engine="snownlp").analyze(text).sentiment == round(expected, 4)
