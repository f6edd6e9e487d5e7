"""Page numbers from addresses: whatever somebody types there, a list answers."""

from __future__ import annotations

LAST_PAGE = 100_000


def page_number(text: str | None) -> int:
    """The page that ``text`` asks for, between 1 and ``LAST_PAGE``; 1 for anything that is no number."""
    # isdecimal, not isdigit: "²" is a digit that int() refuses.
    return min(max(int(text), 1), LAST_PAGE) if text and text.isdecimal() and len(text) < 8 else 1
