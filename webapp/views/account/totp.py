"""``/account/second-factor``: one-time codes on one's own phone, set up, renewed and turned off."""

from __future__ import annotations

from typing import Any

import segno
from flask import current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.permissions import Permission
from webapp.errors import Conflict, InvalidInput
from webapp.extensions import limiter
from webapp.queries import second_factor as queries
from webapp.security import staff
from webapp.services import second_factor as service
from webapp.views.account import bp


def _qr(text: str) -> str:
    """A QR code as a data address: the secret must not be a picture that could be fetched again."""
    return str(segno.make(text, error="m", micro=False).svg_data_uri(scale=5, border=4))


def _page(error: str = "", codes: list[str] | None = None) -> Any:
    secret = service.pending_secret(current_user.id)
    page = render_template(
        "account/second_factor.html", on=queries.is_on(current_user.id), codes=codes, error=error,
        left=queries.codes_left(current_user.id), secret=secret,
        spaced=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)) if secret else "",
        qr=_qr(service.address(current_user, secret)) if secret else "",
        required=current_user.role in current_app.config["REQUIRE_TOTP_ROLES"],
    )  # fmt: skip
    return page, 422 if error else 200


@bp.get("/second-factor")
@staff(Permission.OWN_ACCOUNT)
def second_factor() -> Any:
    """Whether it is on, and the next step."""
    return _page()


@bp.post("/second-factor")
@limiter.limit("20 per minute")
@staff(Permission.OWN_ACCOUNT)
def change_second_factor() -> Any:
    """Begin, confirm, renew the recovery codes, or turn it off; recovery codes are shown in this answer only."""
    code, session_id = request.form.get("code", ""), g.staff_session.id
    codes: list[str] | None = None
    try:
        match request.form.get("step"):
            case "begin":
                service.begin(current_user)
            case "confirm":
                codes = service.confirm(current_user, code, session_id)
            case "codes":
                codes = service.renew_codes(current_user, code)
            case "off":
                service.turn_off(current_user, code)
            case _other:
                raise InvalidInput(_("没有这一步操作，请从页面上选择。"))
    except (InvalidInput, Conflict) as problem:
        return _page(problem.message)
    return _page(codes=codes) if codes else redirect(url_for("account.second_factor"))
