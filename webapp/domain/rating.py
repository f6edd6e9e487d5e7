"""好差评: five levels, what each is worth as a vote, and the tags offered with each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_


class Rating(IntEnum):
    """The five official levels; 2 and 1 are bad reviews (差评) and start a rectification."""

    VERY_DISSATISFIED = 1
    DISSATISFIED = 2
    BASICALLY_SATISFIED = 3
    SATISFIED = 4
    VERY_SATISFIED = 5

    @property
    def label(self) -> str:
        """Chinese name, also the translation key."""
        return RATING_LABELS[self]


class ReviewScope(StrEnum):
    """一次一评: one review per counter visit; 一事一评: one per online matter."""

    PER_VISIT = "per_visit"
    PER_MATTER = "per_matter"

    @property
    def label(self) -> str:
        return SCOPE_LABELS[self]


RATING_LABELS: Final[Mapping[Rating, str]] = MappingProxyType(
    {
        Rating.VERY_SATISFIED: N_("非常满意"),
        Rating.SATISFIED: N_("满意"),
        Rating.BASICALLY_SATISFIED: N_("基本满意"),
        Rating.DISSATISFIED: N_("不满意"),
        Rating.VERY_DISSATISFIED: N_("非常不满意"),
    }
)

SCOPE_LABELS: Final[Mapping[ReviewScope, str]] = MappingProxyType(
    {ReviewScope.PER_VISIT: N_("一次一评"), ReviewScope.PER_MATTER: N_("一事一评")}
)

_GOOD_TAGS: Final = (
    N_("态度好"),
    N_("办事快"),
    N_("一次办成"),
    N_("材料清楚"),
    N_("环境好"),
    N_("方便老人"),
    N_("主动帮忙"),
    N_("网上能办"),
)
_MIDDLE_TAGS: Final = (
    N_("基本办成"),
    N_("等候稍久"),
    N_("指引不够"),
    N_("材料偏多"),
    N_("流程可简化"),
    N_("环境一般"),
)
_BAD_TAGS: Final = (
    N_("态度差"),
    N_("等候久"),
    N_("来回跑"),
    N_("材料说不清"),
    N_("推诿"),
    N_("收费不明"),
    N_("系统故障"),
    N_("没解决"),
    N_("不方便老人"),
)

RATING_TAGS: Final[Mapping[Rating, tuple[str, ...]]] = MappingProxyType(
    {
        Rating.VERY_SATISFIED: _GOOD_TAGS,
        Rating.SATISFIED: _GOOD_TAGS,
        Rating.BASICALLY_SATISFIED: _MIDDLE_TAGS,
        Rating.DISSATISFIED: _BAD_TAGS,
        Rating.VERY_DISSATISFIED: _BAD_TAGS,
    }
)


def is_bad(rating: int) -> bool:
    """True for 不满意 and 非常不满意. Raises ValueError outside 1…5."""
    return Rating(rating) <= Rating.DISSATISFIED


def vote(level: int) -> float:
    """Worth of one vote, (level − 1) / 4, in 0…1 (DESIGN §5.1). Raises ValueError outside 1…5."""
    return (Rating(level) - 1) / 4


def tags_for(level: int) -> tuple[str, ...]:
    """Tags offered with a level, as Chinese strings to be translated when shown. ValueError outside 1…5."""
    return RATING_TAGS[Rating(level)]
