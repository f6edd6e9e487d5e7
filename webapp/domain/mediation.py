"""三调联动: disputes between people, who can mediate them, and how it ends.

The clock of a request whose dispute is referred never stops. The department stays responsible until the resident has an
answer (首接负责), and a pause would make referring the cheapest way out of a deadline. But two sides have to be heard:
a referral makes the request a complex one (fifteen working days instead of seven, counted from receipt), once. People's
mediation is bound to end within a month by its own rules (人民调解工作若干规定, art. 33); what is agreed, or that nothing
is, goes into the answer like any other result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from webapp.domain.text import N_


class MediationKind(StrEnum):
    """Who mediates (三调: people's, administrative, judicial)."""

    PEOPLE = "people"
    ADMINISTRATIVE = "administrative"
    JUDICIAL = "judicial"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


class Dispute(StrEnum):
    """What people quarrel about."""

    NEIGHBOURS = "neighbours"
    PROPERTY = "property"
    WAGES = "wages"
    MEDICAL = "medical"
    FAMILY = "family"
    CONSUMER = "consumer"
    OTHER = "other"

    @property
    def label(self) -> str:
        return DISPUTE_LABELS[self]


class Consent(StrEnum):
    """How the resident agreed; mediation is voluntary (人民调解法, art. 3)."""

    PHONE = "phone"
    WRITTEN = "written"
    ONLINE = "online"
    IN_PERSON = "in_person"

    @property
    def label(self) -> str:
        return CONSENT_LABELS[self]


class Outcome(StrEnum):
    """How a mediation ended."""

    AGREED = "agreed"
    NOT_AGREED = "not_agreed"
    WITHDRAWN = "withdrawn"
    NO_SHOW = "no_show"

    @property
    def label(self) -> str:
        return OUTCOME_LABELS[self]


KIND_LABELS: Final[Mapping[MediationKind, str]] = MappingProxyType(
    {
        MediationKind.PEOPLE: N_("人民调解"), MediationKind.ADMINISTRATIVE: N_("行政调解"),
        MediationKind.JUDICIAL: N_("司法调解"),
    }
)  # fmt: skip
DISPUTE_LABELS: Final[Mapping[Dispute, str]] = MappingProxyType(
    {
        Dispute.NEIGHBOURS: N_("邻里纠纷"), Dispute.PROPERTY: N_("物业纠纷"), Dispute.WAGES: N_("劳资纠纷"),
        Dispute.MEDICAL: N_("医患纠纷"), Dispute.FAMILY: N_("家庭纠纷"), Dispute.CONSUMER: N_("消费纠纷"),
        Dispute.OTHER: N_("其他纠纷"),
    }
)  # fmt: skip
CONSENT_LABELS: Final[Mapping[Consent, str]] = MappingProxyType(
    {
        Consent.PHONE: N_("电话同意"), Consent.WRITTEN: N_("书面同意"), Consent.ONLINE: N_("网上同意"),
        Consent.IN_PERSON: N_("当面同意"),
    }
)  # fmt: skip
OUTCOME_LABELS: Final[Mapping[Outcome, str]] = MappingProxyType(
    {
        Outcome.AGREED: N_("达成协议"), Outcome.NOT_AGREED: N_("未达成协议"), Outcome.WITHDRAWN: N_("当事人退出"),
        Outcome.NO_SHOW: N_("对方未到场"),
    }
)  # fmt: skip

# Codes of DB44/T 2479-2024 that are about a quarrel, by the start of the code.
_CODES: Final = (
    ("020307", Dispute.MEDICAL), ("0306", Dispute.PROPERTY), ("030204", Dispute.NEIGHBOURS), ("0805", Dispute.WAGES),
    ("090303", Dispute.FAMILY), ("090305", Dispute.NEIGHBOURS),
)  # fmt: skip
# Another side and a quarrel, not a trouble with a thing: 物业 alone is no dispute, nor is 医院 or 工资.
_WORDS: Final = (
    (Dispute.WAGES, re.compile(r"(拖欠|克扣|不发|没发|欠)[^，。！？,.!?]{0,12}(工资|工钱|薪)|欠薪|讨薪|劳动仲裁")),
    (Dispute.MEDICAL, re.compile(r"医患|医闹|医疗(事故|纠纷|过错)|误诊|(医院|医生).{0,12}(赔偿|不赔|推卸|责任)")),
    (Dispute.NEIGHBOURS, re.compile(
        r"邻里|(邻居|楼上|楼下|隔壁|对门)的?(住户|人家|那家|他家|一家|邻居)?.{0,14}"
        r"(吵架|争执|打人|骂|纠纷|不讲理|故意|堵|占|漏水|噪音|吵|赔|砸墙)"
    )),
    (Dispute.PROPERTY, re.compile(
        r"(与|和|跟)物业.{0,14}(纠纷|矛盾|争议|冲突|扯皮)|物业(公司)?.{0,14}"
        r"(打人|起诉|乱收费|多收|强行|停水|停电|不让进|不退|拒绝)|物业费.{0,14}(纠纷|争议|不合理|不退|上涨|涨)"
    )),
    (Dispute.FAMILY, re.compile(r"家暴|赡养|抚养(费|权)|家庭(纠纷|矛盾)|分家")),
    (Dispute.CONSUMER, re.compile(r"(不退|拒绝退|不肯退)(钱|款|费|卡|押金|定金|学费)|消费纠纷|办卡.{0,10}(跑路|关门|倒闭)")),
)  # fmt: skip


def dispute_in(category_code: str | None, text: str) -> Dispute | None:
    """The kind of dispute that a case looks like, by its category, else by its words; None when it looks like none.

    Only a hint for a clerk: nothing is ever referred because of it.
    """
    for start, kind in _CODES:
        if category_code and category_code.startswith(start):
            return kind
    return next((kind for kind, pattern in _WORDS if pattern.search(text)), None)
