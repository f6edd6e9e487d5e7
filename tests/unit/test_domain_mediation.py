"""三调联动: what looks like a dispute between people, and what does not; what a call comes to."""

from __future__ import annotations

import pytest

from webapp.domain.calling import CallOutcome, CallState, state_after
from webapp.domain.mediation import Dispute, dispute_in


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("080508", "三个月没发钱", Dispute.WAGES),
        ("090305", "楼上的事", Dispute.NEIGHBOURS),
        ("030608", "保安不管", Dispute.PROPERTY),
        ("020307", "医院的事", Dispute.MEDICAL),
        ("090303", "家里的事", Dispute.FAMILY),
        (None, "老板拖欠我们工人三个月的工资", Dispute.WAGES),
        (None, "公司欠薪，大家讨薪没人管", Dispute.WAGES),
        (None, "楼上邻居半夜吵架，还往下倒水", Dispute.NEIGHBOURS),
        (None, "和物业因为停车费起了纠纷", Dispute.PROPERTY),
        (None, "医院误诊，不肯赔偿", Dispute.MEDICAL),
        (None, "健身房办卡后关门，不退钱", Dispute.CONSUMER),
        ("010101", "路灯坏了，晚上看不见", None),
        (None, "物业费怎么交", None),
        (None, "我们医院门口堵车", None),
        (None, "工资条在哪里打印", None),
        (None, "邻居大姐人很好", None),
        (None, "", None),
    ],
)
def test_a_dispute_is_seen_in_category_or_words(
    code: str | None, text: str, expected: Dispute | None
) -> None:
    assert dispute_in(code, text) is expected


@pytest.mark.parametrize(
    ("outcome", "attempts", "state"),
    [
        (CallOutcome.REACHED, 1, CallState.REACHED),
        (CallOutcome.REFUSED, 1, CallState.REFUSED),
        (CallOutcome.WRONG_NUMBER, 1, CallState.WRONG_NUMBER),
        (CallOutcome.NO_ANSWER, 2, CallState.WAITING),
        (CallOutcome.NO_ANSWER, 3, CallState.GIVEN_UP),
        (CallOutcome.LATER, 3, CallState.WAITING),
        (CallOutcome.LATER, 6, CallState.GIVEN_UP),
    ],
)
def test_what_a_call_comes_to(outcome: CallOutcome, attempts: int, state: CallState) -> None:
    assert state_after(outcome, attempts, 3) is state
