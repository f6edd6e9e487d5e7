"""Navigation: what stands in the header for residents and for each role of staff, and addresses with changed queries.

Who sees a staff item is read from the view's own ``@staff`` mark, so that the menu cannot promise what is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.text import N_
from webapp.security import may_open

TEXT_COOKIE = "mp_text"

# (endpoint, text)
PUBLIC_ITEMS = (
    ("public.report", N_("反映问题")),
    ("public.rate_list", N_("评价服务")),
    ("public.track", N_("查进度")),
    ("public.services", N_("服务满意度")),
    ("chat.page", N_("问答")),
)
FOOTER_ITEMS = (
    ("public.requests", N_("公开诉求")),
    ("public.monthly", N_("每月一题")),
    ("public.departments", N_("各单位满意度")),
    ("public.method", N_("评分办法")),
    ("public.open_data", N_("开放数据")),
    ("public.privacy", N_("隐私说明")),
    ("public.my_data", N_("我的信息")),
    ("account.login", N_("工作人员登录")),
)
STAFF_ITEMS = (
    ("grid.home", N_("我的网格")),
    ("desk.queue", N_("诉求办理")),
    ("desk.escalations", N_("超期提级")),
    ("desk.joint_tasks", N_("协办任务")),
    ("desk.objections", N_("退单审核")),
    ("desk.reviews", N_("差评整改")),
    ("desk.appeals", N_("申诉审核")),
    ("desk.follow_ups", N_("抽样回访")),
    ("desk.mediation_list", N_("调解")),
    ("desk.inbox", N_("对话")),
    ("desk.data_requests", N_("个人信息申请")),
    ("admin.rules", N_("派单规则")),
    ("insight.evaluation", N_("本单位评价")),
    ("insight.overview", N_("满意度总览")),
    ("admin.home", N_("系统管理")),
    ("admin.audit", N_("审计")),
)
# For roles that may open one page of the administration; the others reach it from there.
WITHIN_ADMIN = ("admin.rules", "admin.audit")


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link of the menu; ``current`` where the page belongs to it."""

    url: str
    text: str
    current: bool


def _item(endpoint: str, text: str) -> NavItem:
    url = url_for(endpoint)
    return NavItem(url, _(text), request.path == url or request.path.startswith(f"{url.rstrip('/')}/"))


def _known(items: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [item for item in items if item[0] in current_app.view_functions]


def public_nav() -> list[NavItem]:
    """The residents' menu."""
    return [_item(*item) for item in _known(PUBLIC_ITEMS)]


def footer_nav() -> list[NavItem]:
    """The links at the foot of residents' pages."""
    return [_item(*item) for item in _known(FOOTER_ITEMS)]


def staff_nav() -> list[NavItem]:
    """The menu of the signed-in member of staff: the pages that their role may open."""
    if not current_user.is_authenticated:
        return []
    allowed = [item for item in STAFF_ITEMS if may_open(item[0])]
    if any(endpoint == "admin.home" for endpoint, _text in allowed):
        allowed = [item for item in allowed if item[0] not in WITHIN_ADMIN]
    items = [_item(*item) for item in allowed]
    # /desk/reviews lies below /desk/ but has an item of its own: the longest address is where we are.
    here = max((item for item in items if item.current), key=lambda item: len(item.url), default=None)
    return [replace(item, current=item is here) for item in items]


def url_with(**changes: Any) -> str:
    """The present address with some query arguments changed; None removes one. Keeps filters in the URL."""
    args: dict[str, Any] = request.args.to_dict(flat=False)
    args.pop("lang", None)
    args.update({key: value for key, value in changes.items() if value is not None})
    for key in [key for key, value in changes.items() if value is None]:
        args.pop(key, None)
    # Written by hand: url_for() would take what a visitor typed (_scheme, _external) for options of its own.
    return f"{request.path}?{urlencode(args, doseq=True)}" if args else request.path


def _here() -> str:
    """Where a change of language or text size leads back to: this page, or the one whose form was sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else "/"


def _large_text() -> bool:
    return request.cookies.get(TEXT_COOKIE) == "large"


def init_app(app: Flask) -> None:
    """Give the templates their menus."""

    @app.context_processor
    def context() -> dict[str, object]:
        return {"large_text": _large_text(), "here": _here()}

    app.jinja_env.globals.update(
        public_nav=public_nav, footer_nav=footer_nav, staff_nav=staff_nav, url_with=url_with
    )
