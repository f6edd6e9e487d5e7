"""The stretch of a text around what was searched for, in pieces, so that a page can mark the hits."""

from __future__ import annotations

import re
from collections.abc import Sequence

BEFORE = 12


def excerpt(text: str, words: Sequence[str], width: int = 60) -> list[tuple[str, bool]]:
    """About ``width`` characters of ``text`` as (piece, is a hit), from shortly before the first hit.

    Empty where none of ``words`` occurs as it is. Upper and lower case are the same.
    """
    wanted = sorted({word for word in words if word}, key=len, reverse=True)
    if not wanted:
        return []
    pattern = re.compile("|".join(map(re.escape, wanted)), re.IGNORECASE)
    first = pattern.search(text)
    if first is None:
        return []
    begin = max(0, first.start() - BEFORE)
    end = min(len(text), max(begin + width, first.end()))
    shown = text[begin:end]
    pieces: list[tuple[str, bool]] = [("…", False)] if begin else []
    at = 0
    for hit in pattern.finditer(shown):
        if hit.start() > at:
            pieces.append((shown[at : hit.start()], False))
        pieces.append((hit.group(), True))
        at = hit.end()
    if at < len(shown):
        pieces.append((shown[at:], False))
    return pieces + ([("…", False)] if end < len(text) else [])
