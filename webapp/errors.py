"""Typed errors of the services, and the one place that turns them into answers.

Messages are written for the person who reads them and say what to do. Unexpected errors are logged with an id; the
resident sees the id, never the error.
"""

from __future__ import annotations

from http import HTTPStatus

import structlog
from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from webapp.domain.workflow import IllegalTransition, NoteRequired, RoleNotAllowed
from webapp.extensions import api, db

logger = structlog.get_logger("errors")


class MinpingError(Exception):
    """Base of errors that a user caused and can mend. ``message`` is shown as it is (already translated)."""

    status = HTTPStatus.BAD_REQUEST

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(MinpingError):
    """Something typed cannot be used; ``field`` names the form field."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotFound(MinpingError):
    """No such thing, or not for this person: the two are not told apart."""

    status = HTTPStatus.NOT_FOUND


class Forbidden(MinpingError):
    """This role or department may not do that."""

    status = HTTPStatus.FORBIDDEN


class Conflict(MinpingError):
    """Somebody else changed the same thing first, or the step does not fit its status."""

    status = HTTPStatus.CONFLICT


def wants_json() -> bool:
    """Whether the caller is a program: the API, Open311, or an explicit Accept header."""
    return request.path.startswith(("/api/", "/open311/")) or (
        request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    )


def _answer(status: int, title: str, message: str, field: str | None = None) -> tuple[Response | str, int]:
    if wants_json():
        body = {"code": status, "status": title, "message": message}
        if field:
            body["field"] = field
        if status >= 500:
            body["error_id"] = g.get("request_id", "")
        return jsonify(body), status
    return (
        render_template(
            "errors/error.html", status=status, message=message, error_id=g.get("request_id", "")
        ),
        status,
    )


def _http_messages() -> dict[int, str]:
    return {
        400: _("这次提交的内容有问题，请返回检查后再试。"),
        401: _("请先登录。"),
        403: _("您没有权限查看这个页面。如需开通，请联系管理员。"),
        404: _("没有找到这个页面。请检查网址，或回到首页。"),
        405: _("这个页面不支持这样的操作。"),
        409: _("内容已被他人修改，请刷新后重试。"),
        413: _("上传的文件太大。请压缩照片后再试，单次不超过 24 MB。"),
        429: _("操作太频繁，请过一会儿再试。"),
    }


def _on_error(error: Exception) -> tuple[Response | str, int]:
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    logger.error("unexpected", error_id=g.get("request_id", ""), exc_info=error)
    # The page of the error may have to ask the database who is signed in.
    db.session.rollback()
    message = _(
        "系统出了点问题，我们已经记录。请稍后再试，或拨打 %(phone)s。",
        phone=current_app.config["HOTLINE_PHONE"],
    )
    return _answer(500, "Internal Server Error", message)


def _on_conflicts(app: Flask) -> None:
    """What another has done meanwhile, and what the database refuses."""

    @app.errorhandler(IllegalTransition)
    @app.errorhandler(StaleDataError)
    def on_conflict(error: Exception) -> tuple[Response | str, int]:
        return _answer(409, "Conflict", _("这件诉求的状态已经变化，请刷新页面看最新进展后再操作。"))

    @app.errorhandler(OperationalError)
    def on_deadlock(error: OperationalError) -> tuple[Response | str, int]:
        # Of two that wait for each other PostgreSQL gives one up (40P01): nothing of it is stored.
        if getattr(error.orig, "sqlstate", None) != "40P01":
            return _on_error(error)
        logger.warning("deadlock", error_id=g.get("request_id", ""), exc_info=error)
        db.session.rollback()
        return on_conflict(error)

    @app.errorhandler(DataError)
    @app.errorhandler(OverflowError)
    def on_unstorable(error: Exception) -> tuple[Response | str, int]:
        # A number or date beyond what the database can hold, say in an address typed by hand.
        logger.warning("unstorable", error_id=g.get("request_id", ""), exc_info=error)
        db.session.rollback()
        return _answer(400, "Bad Request", _http_messages()[400])


def init_app(app: Flask) -> None:
    """Register the handlers."""
    _on_conflicts(app)
    app.register_error_handler(Exception, _on_error)

    @app.errorhandler(MinpingError)
    def on_minping_error(error: MinpingError) -> tuple[Response | str, int]:
        return _answer(error.status, error.status.phrase, error.message, error.field)

    @app.errorhandler(RoleNotAllowed)
    def on_role(error: Exception) -> tuple[Response | str, int]:
        return _answer(403, "Forbidden", _("您的岗位不能做这一步操作。"))

    @app.errorhandler(NoteRequired)
    def on_note(error: Exception) -> tuple[Response | str, int]:
        return _answer(422, "Unprocessable Entity", _("这一步需要写明理由，请填写后再提交。"), "note")

    @app.errorhandler(CSRFError)
    def on_csrf(error: CSRFError) -> tuple[Response | str, int]:
        return _answer(
            400, "Bad Request", _("页面停留太久已失效，请返回上一页、刷新后再提交；您填写的内容还在。")
        )

    @app.errorhandler(HTTPException)
    def on_http(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
        if error.code is None or error.code < 400:
            return error
        if getattr(error, "data", None):
            # Raised by the API's own checks: its handler names the fields.
            payload, status, _headers = api.handle_http_exception(error)
            return jsonify(payload), status
        message = _http_messages().get(error.code, error.description or error.name)
        return _answer(error.code, error.name, message)
