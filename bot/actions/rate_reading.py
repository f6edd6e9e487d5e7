"""What words say about a service: which one is meant, and what was good or bad about it."""

from __future__ import annotations

import re
from typing import Any

from bot.actions import gateway_services
from bot.actions.wording import Buttons, button

LEVELS = (5, 4, 3, 2, 1)
CLEAR = 0.75  # from this likeness on, and this far before the next, a service is taken without asking
AHEAD = 0.1
_WHY = re.compile(
    r"态度|效率|耐心|热情|和气|排队|等了|(?:等|排|站)(?:得|的)?(?:太|老|好|很)?[久长]|钟头|太久|窗口[少开]|推诿|环境|很?快|太?慢|帮|差(?!评)|讲|跑|解决|周到|顺利|不理|骂"
)


def settle(hits: list[list[Any]]) -> list[Any] | None:
    """The one service that is meant, if there is no doubt."""
    if not hits or hits[0][2] < CLEAR:
        return None
    if len(hits) == 1 or hits[0][2] >= 1 > hits[1][2]:
        return hits[0]
    return hits[0] if hits[0][2] - hits[1][2] >= AHEAD else None


def level_buttons() -> Buttons:
    """The five levels, best first."""
    return [button(gateway_services.rating_label(level)) for level in LEVELS]


def remarks(text: str) -> bool:
    """Whether ``text`` says what was good or bad: a tag's words, or a sentence about it."""
    return any(tag in text for level in (5, 3, 1) for tag in gateway_services.rating_tags(level)) or says_why(
        text
    )


def says_why(text: str) -> bool:
    """Whether ``text`` tells of the service, and not only which one and how many stars."""
    return len(text) >= 8 and bool(_WHY.search(text))


def blames_shortly(text: str) -> bool:
    """Whether a few words, an answer to "why?", say what was good or bad: 「等太久」."""
    return bool(_WHY.search(text))
