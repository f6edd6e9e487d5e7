"""The official indicators in words: one registry, so that every page prints the definition beside the number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_


@dataclass(frozen=True, slots=True)
class Indicator:
    """Name and definition of a rate; ``lower_is_better`` for 未评率 only."""

    key: str
    label: str
    numerator: str
    denominator: str
    excluded: str
    lower_is_better: bool = False


_ALL: Final = (
    Indicator(
        "good",
        N_("好评率"),
        N_("非常满意、满意、基本满意的评价数"),
        N_("有效的主动评价数"),
        N_("系统默认评价，以及已搁置并列明原因的评价"),
    ),
    Indicator(
        "active",
        N_("主动评价率"),
        N_("由本人主动作出的有效评价数"),
        N_("已办结的服务次数"),
        N_("系统默认评价不算主动评价；已搁置的评价"),
    ),
    Indicator(
        "unrated",
        N_("未评率"),
        N_("没有主动评价的服务次数"),
        N_("已办结的服务次数"),
        N_("无"),
        lower_is_better=True,
    ),
    Indicator(
        "bad_replied",
        N_("差评回复率"),
        N_("已公开或当面回复的差评数"),
        N_("已回复或回复期限已到的差评数"),
        N_("期限未到、尚未回复的差评"),
    ),
    Indicator(
        "bad_rectified",
        N_("回访整改率"),
        N_("已核实、整改并回访的差评数"),
        N_("已完成或期限已到的差评数"),
        N_("期限未到的差评，以及经核实不属本单位职责的差评"),
    ),
    Indicator(
        "rectified_satisfied",
        N_("整改满意率"),
        N_("整改后表示基本满意及以上的人数"),
        N_("整改后回访到的人数"),
        N_("整改后未能联系到的人"),
    ),
    Indicator(
        "response",
        N_("响应率"),
        N_("回访中表示承办单位已联系本人的人数"),
        N_("回访中回答了是否联系的人数"),
        N_("未能联系到或未回答的人"),
    ),
    Indicator(
        "resolution",
        N_("解决率"),
        N_("回访中表示问题已解决的人数"),
        N_("回访中回答了是否解决的人数"),
        N_("未能联系到或未回答的人；部分解决不算已解决"),
    ),
    Indicator(
        "satisfaction",
        N_("满意率"),
        N_("回访中表示基本满意及以上的人数"),
        N_("回访中回答了是否满意的人数"),
        N_("未能联系到或未回答的人"),
    ),
    Indicator(
        "on_time",
        N_("按期办结率"),
        N_("在期限内办结的诉求数"),
        N_("已办结的诉求数与超期未办结的诉求数之和"),
        N_("期限未到、仍在办理的诉求；网格员自己上报、当场办结的（另列件数）；暂停计时以规定上限为限"),
    ),
)

INDICATORS: Final[Mapping[str, Indicator]] = MappingProxyType({i.key: i for i in _ALL})

EXCLUSION_LABELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "default": N_("系统默认评价"),
        "set_aside": N_("已搁置的评价"),
        "not_due": N_("期限未到"),
        "on_the_spot": N_("网格员当场办结"),
        "unfounded": N_("经核实不属本单位职责"),
        "unreached": N_("未能联系到"),
        "unanswered": N_("未回答此项"),
    }
)
