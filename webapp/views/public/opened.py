"""Which cases this browser session has opened, so that no secret ever stands in an address."""

from __future__ import annotations

from flask import session
from flask_babel import gettext as _

from webapp.errors import NotFound
from webapp.models import ServiceRequest
from webapp.queries import public as queries
from webapp.security import keep_private

_KEY = "opened"
# Cases whose data this session has opened with their secret (webapp.views.public.my_data).
DATA_KEY = "my_data"
_KEEP = 20


def open_for_me(number: str) -> None:
    """Remember that this session may see the case."""
    kept = [n for n in session.get(_KEY, []) if n != number]
    session[_KEY] = [number, *kept][:_KEEP]


def opened_numbers() -> list[str]:
    """Tracking numbers that this session has opened, latest first."""
    if numbers := list(session.get(_KEY, [])):
        keep_private()
    return numbers


def my_case(number: str) -> ServiceRequest:
    """The case, if this session has opened it. Raises ``NotFound``."""
    number = number.strip().upper()
    found = queries.request_by_number(number) if number in opened_numbers() else None
    if found is None:
        raise NotFound(_("请先输入编号和查询码，再查看这件诉求。"))
    return found


def forget_cases() -> None:
    """Close all cases on this browser (a shared computer)."""
    for key in (_KEY, DATA_KEY, "receipt", "sent_draft"):
        session.pop(key, None)
