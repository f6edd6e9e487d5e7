"""What staff are told inside the application: one line per cause and person, read or unread.

Other services call :func:`notify_user` in their own transaction. What happens to cases is taken up by a sweep over the
events (:func:`take_up_events`), so that no step of the workflow has to know who wants to hear of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from nlp.mask import mask_personal_data
from webapp import crypto
from webapp.domain.deadlines import Escalation
from webapp.domain.text import N_
from webapp.domain.workflow import EventType, Role
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import (
    Notification,
    NotificationSettings,
    RequestEvent,
    ServiceRequest,
    Setting,
    User,
    utcnow,
)
from webapp.queries import deadlines, shield
from webapp.queries.escalations import who_must_see
from webapp.services import merging

# kind → what it is about, in the order of the settings page
KINDS: Final = {
    "assigned": N_("新派来的诉求"), "word": N_("居民补充、要求重办或回访"), "objection": N_("退单申请"),
    "supervised": N_("督办"), "due_soon": N_("即将到期"), "overdue": N_("超期提级"), "mention": N_("有人提到我"),
    "data_request": N_("个人信息申请"), "monthly": N_("每月一题的任务"),
}  # fmt: skip
SUBJECTS: Final = {
    EventType.ASSIGNED: ("assigned", N_("新派来：%(title)s")),
    EventType.TRANSFERRED: ("assigned", N_("转来：%(title)s")),
    EventType.OBJECTION_GRANTED: ("assigned", N_("改派到本单位：%(title)s")),
    EventType.OBJECTION_REFUSED: ("objection", N_("退单未同意：%(title)s")),
    EventType.OBJECTED: ("objection", N_("申请退单：%(title)s")),
    EventType.SUPPLEMENTED: ("word", N_("居民补充：%(title)s")),
    EventType.REOPENED: ("word", N_("要求重新办理：%(title)s")),
    EventType.FOLLOWED_UP: ("word", N_("居民回访：%(title)s")),
    EventType.SUPERVISED: ("supervised", N_("督办：%(title)s")),
    EventType.ESCALATED: ("overdue", N_("已超期：%(title)s")),
}
PROGRESS = "notified_events"
# A transaction that takes longer to commit than this would be passed over.
SETTLED = timedelta(minutes=10)
BATCH = 1000


def notify_user(user_id: int, kind: str, subject: str, url: str = "", key: str = "") -> Notification | None:
    """Tell a member of staff something, in the caller's transaction; None when they muted it or were told already.

    ``kind`` is one of :data:`KINDS`; ``subject`` one line without personal data (masked here once more); ``url`` a path of
    this site; ``key`` names the cause: the same key is told to a person once, '' every time.
    """
    settings = db.session.get(NotificationSettings, user_id)
    if settings is not None and kind in settings.muted:
        return None
    key = (key or f"{kind}:{secrets.token_hex(8)}")[:120]
    known = select(Notification.id).where(Notification.user_id == user_id, Notification.key == key)
    if db.session.scalar(known) is not None:
        return None
    note = Notification(
        user_id=user_id, kind=kind, subject=mask_personal_data(subject)[:160], url=url[:200], key=key,
        created_at=utcnow(),
    )  # fmt: skip
    db.session.add(note)
    db.session.flush()
    return note


def case_url(request: ServiceRequest) -> str:
    """Path of a case on the desk."""
    return f"/desk/requests/{request.service_request_id}"


def title_of(request: ServiceRequest) -> str:
    """How a case is called in a notification; one that protects its writer by its number alone."""
    if request.reported_department_id is not None:
        return request.service_request_id
    return f"{mask_personal_data(request.subject)[:60]}（{request.service_request_id}）"


def staff_of(request: ServiceRequest, roles: Iterable[Role]) -> Sequence[User]:
    """Active staff of the responsible department with these roles, less those from whom the case is hidden."""
    statement = select(User).where(
        User.department_id == request.department_id, User.active.is_(True), User.role.in_([r.value for r in roles])
    )  # fmt: skip
    return [u for u in db.session.scalars(statement) if not hidden_from(request, u)]


def hidden_from(request: ServiceRequest, user: User) -> bool:
    """Whether the case is a complaint about this person's own office."""
    return shield.hides(request, Role(user.role), user.department_id)


def _recipients(request: ServiceRequest, event: RequestEvent) -> Sequence[User]:
    kind = EventType(event.event_type)
    if kind is EventType.ESCALATED:
        return [
            u for level in _levels(event) for u in who_must_see(request, level) if not hidden_from(request, u)
        ]
    if kind is EventType.OBJECTED:
        people = select(User).where(User.active.is_(True), User.role == Role.DISPATCHER.value)
        return [u for u in db.session.scalars(people) if not hidden_from(request, u)]
    roles = (Role.CLERK, Role.HEAD) if kind is EventType.SUPERVISED else (Role.CLERK,)
    return staff_of(request, roles)


def _levels(event: RequestEvent) -> list[Escalation]:
    """Whom an escalation concerns: its level, and the head where no earlier one of this deadline told them."""
    level = Escalation(event.data["level"])
    known = any(
        e.sequence < event.sequence
        and e.event_type == event.event_type
        and e.data.get("due_at") == event.data.get("due_at")
        for e in event.request.events
    )
    return [level] if known or level is not Escalation.OFFICIAL else [Escalation.HEAD, level]


def tell_due_soon(now: datetime | None = None) -> int:
    """Sweep: tell clerks of deadlines that come near, once per person and deadline; returns how many lines. Commits."""
    found = db.session.scalars(
        select(ServiceRequest).where(deadlines.due_soon(now or utcnow())).order_by(ServiceRequest.due_at)
    ).all()
    with force_locale("zh_CN"):
        told = sum(
            notify_user(
                user.id, "due_soon", _("即将到期：%(title)s", title=title_of(request)), case_url(request),
                f"due_soon:{request.id}:{request.due_at.isoformat()}",
            ) is not None
            for request in found
            for user in who_must_see(request, Escalation.CLERK)
            if not hidden_from(request, user)
        )  # fmt: skip
    db.session.commit()
    return told


def take_up_events(now: datetime | None = None) -> int:
    """Sweep: tell staff what happened to their cases since the last time; returns how many lines were written. Commits.

    Safe to run at any time and twice at once: each event is told to each person once.
    """
    moment = now or utcnow()
    last = db.session.scalar(select(Setting.value).where(Setting.name == PROGRESS))
    if last is None:
        # The first time: what lies behind is not news.
        _remember(db.session.scalar(select(func.max(RequestEvent.id))) or 0)
        db.session.commit()
        return 0
    statement = select(RequestEvent).where(RequestEvent.id > last).order_by(RequestEvent.id).limit(BATCH)
    found = db.session.scalars(statement).all()
    with force_locale("zh_CN"):
        told = sum(_tell(event) for event in found)
    # Ids become visible in the order of commits: what is fresh is looked at again, for those that overtook others.
    settled = [event.id for event in found if event.at < moment - SETTLED]
    if settled and settled == [event.id for event in found[: len(settled)]]:
        _remember(settled[-1])
    elif len(found) == BATCH:
        _remember(found[-1].id)
    db.session.commit()
    return told


def _tell(event: RequestEvent) -> int:
    kind = EventType(event.event_type)
    request = merging.lead_of(event.request)
    if kind not in SUBJECTS or request.channel == "import":
        return 0
    name, words = SUBJECTS[kind]
    subject = _(words, title=title_of(request))
    return sum(
        notify_user(user.id, name, subject, case_url(request), f"event:{event.id}") is not None
        for user in _recipients(request, event)
        if user.id != event.user_id
    )


def _remember(event_id: int) -> None:
    done = db.session.execute(update(Setting).where(Setting.name == PROGRESS).values(value=event_id))
    if not done.rowcount:  # type: ignore[attr-defined]
        db.session.add(Setting(name=PROGRESS, value=event_id))


def mark_read(user_id: int, notification_id: int | None = None) -> None:
    """Mark one of this person's notifications, or all, as read. Commits."""
    statement = update(Notification).where(Notification.user_id == user_id, Notification.read_at.is_(None))
    if notification_id is not None:
        statement = statement.where(Notification.id == notification_id)
    db.session.execute(statement.values(read_at=utcnow()), execution_options={"synchronize_session": False})
    db.session.commit()


def save_settings(user_id: int, muted: Iterable[str], email: str, digest: bool) -> NotificationSettings:
    """Store what a person wants to be told. Commits. Raises ``InvalidInput`` for what is no e-mail address."""
    email = email.strip()
    if email and (
        len(email) > 120 or email.count("@") != 1 or " " in email or "." not in email.split("@")[1]
    ):
        raise InvalidInput(_("这个邮箱地址好像不对，请检查。"), "email")
    if digest and not email:
        raise InvalidInput(_("要收每日邮件，请填写邮箱地址。"), "email")
    settings = db.session.get(NotificationSettings, user_id) or NotificationSettings(user_id=user_id)
    settings.muted = sorted(set(muted) & KINDS.keys())
    settings.email, settings.digest = crypto.encrypt(email), digest
    db.session.add(settings)
    db.session.commit()
    return settings


def settings_of(user_id: int) -> dict[str, Any]:
    """What a person wants: ``muted`` kinds, ``email`` in the clear, ``digest``."""
    settings = db.session.get(NotificationSettings, user_id)
    if settings is None:
        return {"muted": [], "email": "", "digest": False}
    return {"muted": settings.muted, "email": crypto.decrypt(settings.email) or "", "digest": settings.digest}
