"""Links by which a resident answers without signing in: signed, expiring, each for one question and one asking.

A link names what is asked about by its id, never by anything personal, and serves its purpose only: one for the three
questions opens no rectification, and one for an earlier answer of the department does not speak about a later one.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from flask import current_app
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Rectification, ServiceRequest
from webapp.queries.feedback_policy import follow_up_policy


class Purpose(StrEnum):
    """What a link is for; part of its signature."""

    FOLLOW_UP = "follow-up"
    RECTIFICATION = "rectification"


def _signer(purpose: Purpose) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.config["SECRET_KEY"],
        salt=f"minping.{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256},
    )


def _read(purpose: Purpose, token: str) -> tuple[int, int]:
    """The two numbers in a link. Raises ``NotFound`` when it is forged, broken, for another purpose or expired."""
    try:
        first, second = _signer(purpose).loads(token, max_age=follow_up_policy().link_days * 86400)
        return int(first), int(second)
    except (BadData, TypeError, ValueError):
        raise NotFound(_("这个链接不完整或已过期。请凭编号和查询码查看诉求，或拨打热线。")) from None


def follow_up_token(request: ServiceRequest, sequence: int) -> str:
    """Token of the three questions about the answer that is event ``sequence`` of ``request``."""
    return str(_signer(Purpose.FOLLOW_UP).dumps([request.id, sequence]))


def follow_up_link(request: ServiceRequest, sequence: int) -> str:
    """The whole address behind :func:`follow_up_token`, for messages."""
    return f"{current_app.config['PUBLIC_URL']}/f/{follow_up_token(request, sequence)}"


def asked_about(token: str) -> tuple[ServiceRequest, int]:
    """The request and the sequence of the answer that a token of the three questions is about. Raises ``NotFound``."""
    request_id, sequence = _read(Purpose.FOLLOW_UP, token)
    return db.session.get_one(ServiceRequest, request_id), sequence


def rectification_link(mending: Rectification) -> str:
    """Address at which a reviewer judges what was put right."""
    token = _signer(Purpose.RECTIFICATION).dumps([mending.id, 0])
    return f"{current_app.config['PUBLIC_URL']}/m/{token}"


def judged(token: str) -> Rectification:
    """The rectification that a reviewer's token is about. Raises ``NotFound``."""
    mending_id, _zero = _read(Purpose.RECTIFICATION, token)
    return db.session.get_one(Rectification, mending_id)
