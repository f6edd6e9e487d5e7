"""What an operator sets up at WeChat: the account's menu, a QR code per service; and how the account is doing."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import segno
from flask import current_app
from PIL import Image
from sqlalchemy import func, select

from webapp.extensions import db
from webapp.gateways.wechat import client
from webapp.gateways.wechat.client import NoRight, Refused, WechatError
from webapp.models import OutboxMessage, Service, WechatFollower
from webapp.services import outbox, wechat_account

# Name → key of an item in wechat_menu, a path of our pages, or more items. WeChat shows three buttons with five items in
# each, 4 and 8 characters long.
MENU: dict[str, Any] = {
    "反映问题": "REPORT",
    "评价服务": "RATE",
    "更多": {
        "查进度": "PROGRESS",
        "问怎么办事": "GUIDE",
        "转人工": "HUMAN",
        "办事指南和满意度": "/services",
        "网页表单": "/report",
    },
}


def menu() -> dict[str, Any]:
    """The menu as WeChat's ``menu/create`` takes it."""
    return {"button": _buttons(MENU)}


def _buttons(items: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for name, what in items.items():
        if isinstance(what, dict):
            made.append({"name": name, "sub_button": _buttons(what)})
        elif what.startswith("/"):
            made.append({"type": "view", "name": name, "url": current_app.config["PUBLIC_URL"] + what})
        else:
            made.append({"type": "click", "name": name, "key": what})
    return made


def create_menu() -> None:
    """Give the account its menu, in place of what it has. Raises ``WechatError``."""
    wechat_account.call("menu/create", menu())


def services(codes: Sequence[str]) -> list[Service]:
    """The services with these codes, or all that are offered. Raises ``LookupError`` for codes that do not exist."""
    statement = select(Service).where(Service.is_active.is_(True)).order_by(Service.service_code)
    found = list(db.session.scalars(statement))
    if not codes:
        return found
    by_code = {service.service_code: service for service in found}
    if unknown := [code for code in codes if code not in by_code]:
        raise LookupError(f"no such service: {' '.join(unknown)}")
    return [by_code[code] for code in dict.fromkeys(codes)]


def qr_codes(wanted: Sequence[Service]) -> Iterator[tuple[str, bytes]]:
    """Each service's code and a PNG whose scan begins its rating; the same scene may be made again. Raises ``WechatError``."""
    for service_code in [service.service_code for service in wanted]:
        scene = {"scene": {"scene_str": service_code}}
        body = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": scene}
        answer = wechat_account.call("qrcode/create", body)
        yield service_code, _picture(answer)


def _picture(answer: dict[str, Any]) -> bytes:
    png = io.BytesIO()
    if url := answer.get("url"):
        # WeChat says what is in the code, so that one can draw it: sharper in print than its own 430 pixels.
        segno.make(str(url), error="q", micro=False).save(png, kind="png", scale=16, border=4)
    else:
        Image.open(io.BytesIO(client.ticket_picture(str(answer.get("ticket"))))).save(png, "PNG")
    return png.getvalue()


@dataclass(frozen=True, slots=True)
class Health:
    """How the account is doing. ``problem`` says in WeChat's code why there is no token; quotas are for one day."""

    receives: bool
    sends: bool
    problem: str
    quotas: dict[str, tuple[int, int]]
    followers: int
    queued: int
    given_up: int


def health() -> Health:
    """Ask WeChat and the database. Raises nothing."""
    quotas, problem = _quotas() if wechat_account.is_configured() else ({}, "")
    pending = (
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.kind.in_(("wechat", "wechat_event")), OutboxMessage.sent_at.is_(None))
    )
    tried_out = OutboxMessage.attempts >= outbox.GIVE_UP_AFTER
    followers = select(func.count()).select_from(WechatFollower).where(WechatFollower.subscribed.is_(True))
    return Health(
        receives=bool(current_app.config["WECHAT_TOKEN"]), sends=wechat_account.is_configured(),
        problem=problem, quotas=quotas, followers=db.session.scalar(followers) or 0,
        queued=db.session.scalar(pending.where(~tried_out)) or 0,
        given_up=db.session.scalar(pending.where(tried_out)) or 0,
    )  # fmt: skip


def _quotas() -> tuple[dict[str, tuple[int, int]], str]:
    """Interface → calls left and allowed today; and why WeChat cannot be called, '' if it can."""
    quotas: dict[str, tuple[int, int]] = {}
    try:
        wechat_account.token()
        for path in ("message/custom/send", "message/template/send"):
            # Not every account may ask for its quotas.
            with suppress(NoRight, Refused):
                answer = wechat_account.call("openapi/quota/get", {"cgi_path": f"/cgi-bin/{path}"})
                quota = answer.get("quota") or {}
                quotas[path] = (int(quota.get("remain", 0)), int(quota.get("daily_limit", 0)))
    except WechatError as error:
        return quotas, str(error)
    return quotas, ""
