"""What the chat bot looks up: who speaks, their own cases, the category and the area that their words name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Area, Category, Conversation, Review, Service, ServiceRequest, utcnow
from webapp.queries.directory import directory

# Words around a service's name that say nothing about which service it is.
_GENERIC = re.compile(
    r"我|要|想|给|打|评价|评分|评|个|一下|窗口|服务|办理|办|申请|怎么|怎样|咋|如何|什么|哪里|哪儿|在哪|材料|手续|带|需要|请问|地址|电话|"
    r"几点|上班|多少|时间|流程|条件|的|了|吗|呢|吧|[一二三四五12345]颗?[星分]|非常|基本|不?满意|差评|好评|态度|真|好|很|小姑娘|姑娘|小伙子|小伙|大姐|阿姨|师傅|同志|工作人员|谢谢|感谢|表扬|那个|这个|就是|是|去|到"
)
# Endings and common words shared by many services count less than what is particular to one.
_COMMON = frozenset(
    ("服务", "申请", "办理", "登记", "处理", "投诉", "管理", "问题", "业务", "申领", "举报", "审批")
)


def conversation_by_sender(sender: str) -> Conversation | None:
    """The conversation that Rasa's sender id belongs to."""
    return db.session.scalar(select(Conversation).where(Conversation.sender == sender))


def requests_of(identity: str, limit: int = 5) -> Sequence[ServiceRequest]:
    """The newest requests of one identity."""
    return db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.identity == identity)
        .options(joinedload(ServiceRequest.department))
        .order_by(ServiceRequest.received_at.desc(), ServiceRequest.id.desc())
        .limit(limit)
    ).all()


def newest_request(identity: str, within: timedelta) -> ServiceRequest | None:
    """The newest request of one identity if it is not older than ``within``."""
    newest = next(iter(requests_of(identity, limit=1)), None)
    return newest if newest is not None and newest.received_at > utcnow() - within else None


def own_request(number: str, identity: str) -> ServiceRequest | None:
    """The request with this tracking number if this identity reported it."""
    return db.session.scalar(
        select(ServiceRequest).where(
            ServiceRequest.service_request_id == number, ServiceRequest.identity == identity
        )
    )


def last_review(service_code: str, identity: str) -> Review | None:
    """The newest review of a service by this identity."""
    return db.session.scalar(
        select(Review)
        .join(Service)
        .where(Service.service_code == service_code, Review.identity == identity)
        .order_by(Review.created_at.desc(), Review.id.desc())
        .limit(1)
    )


def known_category(code: str | None) -> Category | None:
    """The category with this code of the tree, or its nearest known ancestor."""
    found = directory().category_id(code)
    return db.session.get(Category, found) if found is not None else None


def category_named(words: str) -> Category | None:
    """The category whose name shares most with ``words``, the deepest of equals; None below half of the name."""
    wanted = _pairs(_GENERIC.sub("", words))
    best: tuple[float, int, str] | None = None
    for code, name, level in db.session.execute(
        select(Category.code, Category.name, Category.level).where(Category.is_active.is_(True))
    ):
        pairs = _pairs(name) - _COMMON
        share = len(pairs & wanted) / len(pairs) if pairs else 0.0
        if share >= 0.5 and (best is None or (share, level) > best[:2]):
            best = (share, level, code)
    return db.session.scalar(select(Category).where(Category.code == best[2])) if best else None


def place_named(text: str) -> str:
    """The longest name of the smallest area (or of an estate in it) that stands in ``text``; '' without one."""
    best: tuple[int, int, str] = (0, 0, "")
    for level, name, nicknames in db.session.execute(
        select(Area.level, Area.name, Area.nicknames).where(Area.level > 1)
    ):
        # "第1网格" is a grid of every community: only its estates name it.
        names = [*([name] if level < 5 else []), *(nicknames or [])]
        found = max((n for n in names if len(n) > 1 and n in text), key=len, default="")
        if found and (level, len(found)) > best[:2]:
            best = (level, len(found), found)
    return best[2]


def _pairs(text: str) -> set[str]:
    """Pairs of neighbouring characters within each stretch of Chinese, letters or digits."""
    return {
        stretch[i : i + 2] for stretch in re.findall(r"\w+", text) for i in range(max(1, len(stretch) - 1))
        if len(stretch) > 1
    }  # fmt: skip
