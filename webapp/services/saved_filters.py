"""Saved filters of the queue: named, one of them the start, shared with the colleagues of the office if wished."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import func, select, update

from webapp.errors import InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import SavedFilter, User
from webapp.queries.desk import FIELDS

MOST = 30


def query_of(typed: Mapping[str, str]) -> str:
    """The part of the queue's address that makes a filter: known fields with a value, in one order."""
    return urlencode({name: value.strip()[:60] for name in FIELDS if (value := typed.get(name, "")).strip()})


def save(user: User, name: str, typed: Mapping[str, str], shared: bool, is_default: bool) -> SavedFilter:
    """Keep a filter under a name; one of this name is replaced. Commits. Raises ``InvalidInput``."""
    name = name.strip()
    if not name or len(name) > 40:
        raise InvalidInput(_("请给筛选起个名字，不超过 40 字。"), "name")
    found = db.session.scalar(
        select(SavedFilter).where(SavedFilter.user_id == user.id, SavedFilter.name == name)
    )
    if found is None:
        count = db.session.scalar(select(func.count(SavedFilter.id)).where(SavedFilter.user_id == user.id))
        if (count or 0) >= MOST:
            raise InvalidInput(_("最多保存 %(limit)s 个筛选，请先删掉不用的。", limit=MOST), "name")
        found = SavedFilter(user_id=user.id, name=name)
        db.session.add(found)
    found.query, found.shared = query_of(typed), shared
    if is_default:
        _forget_default(user)
    found.is_default = is_default
    db.session.commit()
    return found


def _forget_default(user: User) -> None:
    db.session.execute(update(SavedFilter).where(SavedFilter.user_id == user.id).values(is_default=False))


def _own(user: User, filter_id: int) -> SavedFilter:
    found = db.session.get(SavedFilter, filter_id)
    if found is None or found.user_id != user.id:
        raise NotFound(_("没有找到这个筛选。"))
    return found


def start_with(user: User, filter_id: int, on: bool) -> None:
    """Let the queue start with this filter, or no longer. Commits. Raises ``NotFound``."""
    found = _own(user, filter_id)
    _forget_default(user)
    found.is_default = on
    db.session.commit()


def remove(user: User, filter_id: int) -> None:
    """Delete one's own filter. Commits. Raises ``NotFound``."""
    db.session.delete(_own(user, filter_id))
    db.session.commit()
