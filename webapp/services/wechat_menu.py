"""What a tap stands for: the account's menu, and the numbered beginnings that greet a new follower."""

from __future__ import annotations

from typing import Final

# Words that anybody could type just as well, so a tap and a sentence go the same way (like the chat page's starters).
WORDS: Final[dict[str, str]] = {
    "REPORT": "我要反映问题",
    "RATE": "我要评价",
    "PROGRESS": "查进度",
    "GUIDE": "办事要带什么材料",
    "HUMAN": "转人工",
}
# Title → what it says, in the order of their numbers.
STARTERS: Final[tuple[tuple[str, str], ...]] = (
    ("反映问题", WORDS["REPORT"]),
    ("评价服务", WORDS["RATE"]),
    ("查进度", WORDS["PROGRESS"]),
    ("问怎么办事", WORDS["GUIDE"]),
    ("找人工", WORDS["HUMAN"]),
)


def words_of(key: str) -> str:
    """What a tap on the menu item ``key`` says; '' for an item that is no longer ours."""
    return WORDS.get(key, "")
