"""What an address names: a service or a department, or an answer that says how to find it."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp.errors import NotFound
from webapp.models import Department, Service
from webapp.queries import public as queries


def named_service(code: str) -> Service:
    """The service of this code. Raises ``NotFound``."""
    found = queries.service_by_code(code)
    if found is None:
        raise NotFound(_("没有找到这个服务事项，请从服务列表中重新选择。"))
    return found


def named_department(code: str) -> Department:
    """The department of this code. Raises ``NotFound``."""
    found = queries.department_by_code(code)
    if found is None:
        raise NotFound(_("没有找到这个单位，请从单位列表中重新选择。"))
    return found
