"""What an input method makes of the words that troubles are told with: read as meant, shown as said. Pure."""

from __future__ import annotations

import re

# The wrong character sounds like the right one, and the word that it makes is none.
_MEANT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"电[缇踢题堤提体剃](?=[^子供取]|$)"), "电梯"),
    (re.compile(r"井[概改钙丐]"), "井盖"),
    (re.compile(r"垃[极级及机]|拉圾|拉极"), "垃圾"),
    (re.compile(r"下水[到倒]|下水盗"), "下水道"),
    (re.compile(r"路[灯等蹬](?=.{0,3}不[亮量])"), "路灯"),
    (re.compile(r"物[叶页也](?=.{0,2}[不也都没])"), "物业"),
    (re.compile(r"不[里李礼](?=人|我)"), "不理"),
    (re.compile(r"楼[到倒](?=里|灯|堆)"), "楼道"),
    (re.compile(r"停[载再](?=[0-9一二三四五六七八九十]+楼)"), "停在"),
    (re.compile(r"[造躁燥]音"), "噪音"),
    (re.compile(r"暧气|暖汽"), "暖气"),
    (re.compile(r"污[谁睡]"), "污水"),
)  # fmt: skip


def mended(text: str) -> str:
    """``text`` with the slips that everybody reads over put right."""
    for pattern, word in _MEANT:
        text = pattern.sub(word, text)
    return text
