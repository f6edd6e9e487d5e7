"""The daily e-mail to staff: what is new and unread, once on each working day, for who asked for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from webapp import crypto
from webapp.domain.workflow import Role
from webapp.extensions import db
from webapp.gateways.mail import ConsoleMail, MailGateway, SmtpMail
from webapp.i18n import local
from webapp.models import Notification, NotificationSettings, User, utcnow
from webapp.queries import notifications as queries
from webapp.queries.desk import QueueFilter, queue
from webapp.services import outbox
from webapp.workdays import is_workday

LINES = 30
_DESK = (Role.CLERK, Role.HEAD, Role.DISPATCHER, Role.HOTLINE_AGENT, Role.REVIEWER, Role.GRID_WORKER)


def gateway() -> MailGateway:
    """The mail server that is configured, else the console twin."""
    config = current_app.config
    if not config["SMTP_HOST"]:
        return ConsoleMail()
    return SmtpMail(
        config["SMTP_HOST"], config["SMTP_PORT"], config["MAIL_FROM"], config["SMTP_USER"], config["SMTP_PASSWORD"],
        config["SMTP_SECURITY"],
    )  # fmt: skip


def sweep(now: datetime | None = None) -> int:
    """Queue today's e-mails; returns how many. Safe to run at any time: one a day and person. Commits, one by one."""
    here = local(now or utcnow())
    if not is_workday(here.date()) or here.hour < current_app.config["DIGEST_HOUR"]:
        return 0
    statement = (
        select(NotificationSettings)
        .join(User)
        .where(
            NotificationSettings.digest.is_(True),
            NotificationSettings.email.is_not(None),
            User.active.is_(True),
        )
    )
    count = 0
    for settings in db.session.scalars(statement).all():
        if settings.digest_sent_at is None or local(settings.digest_sent_at).date() < here.date():
            count += _queue(settings, here)
    return count


def _queue(settings: NotificationSettings, here: datetime) -> int:
    since = settings.digest_sent_at
    fresh = select(func.count(Notification.id)).where(
        Notification.user_id == settings.user_id, Notification.read_at.is_(None)
    )
    if since is not None:
        fresh = fresh.where(Notification.created_at > since)
    new = db.session.scalar(fresh) or 0
    settings.digest_sent_at = here
    if new:
        key = f"digest:{settings.user_id}:{here.date().isoformat()}"
        outbox.enqueue("digest", key=key, user_id=settings.user_id)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return 0
    return int(bool(new))


def send(mail: MailGateway, payload: dict[str, Any]) -> None:
    """Deliver one queued e-mail. Raises what the mail server raises."""
    user = db.session.get_one(User, payload["user_id"])
    settings = db.session.get(NotificationSettings, user.id)
    address = crypto.decrypt(settings.email) if settings is not None else None
    lines = queries.unread(user.id, LINES)
    if not address or not lines or not user.active:
        return
    subject = _(
        "%(city)s民评：%(count)s 条未读提醒",
        city=current_app.config["CITY_NAME"],
        count=queries.unread_count(user.id),
    )
    mail.send(address, subject, _text(user, [line.subject for line in lines]), payload["message_id"])


def _text(user: User, subjects: list[str]) -> str:
    url = current_app.config["PUBLIC_URL"]
    parts = [_("%(name)s，您好：", name=user.name)]
    if user.role in _DESK:
        counts = queue(user, QueueFilter()).counts
        parts.append(
            _("待办 %(todo)s 件，其中超期 %(overdue)s 件，即将到期 %(soon)s 件。", todo=counts.get("todo", 0),
              overdue=counts.get("overdue", 0), soon=counts.get("soon", 0))
        )  # fmt: skip
    parts.append("\n".join(f"· {subject}" for subject in subjects))
    parts.append(_("查看：%(url)s", url=f"{url}/account/notifications"))
    parts.append(_("每个工作日最多一封。不想再收，请在“提醒设置”里关闭。"))
    return "\n\n".join(parts) + "\n"
