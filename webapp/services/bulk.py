"""One step on many cases: each by itself and with the version that was seen, so that one failure stops no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.text import N_
from webapp.domain.workflow import Action, Role, Status, WorkflowError, allowed_actions
from webapp.errors import InvalidInput, MinpingError
from webapp.extensions import db
from webapp.models import ServiceRequest, User
from webapp.services import casework, looks, reply_templates
from webapp.services.actor import Actor
from webapp.services.casework import Step

MOST = 100
# Kind → its name, and the actions that do it, the first that the case's status allows.
KINDS: dict[str, tuple[str, tuple[Action, ...]]] = {
    "accept": (N_("签收"), (Action.ACCEPT,)),
    "assign": (N_("派单或转办"), (Action.ASSIGN, Action.GRANT_OBJECTION, Action.TRANSFER)),
    "reply": (N_("回复居民"), (Action.REPLY,)),
    "note": (N_("加内部备注"), (Action.ADD_NOTE,)),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """What would happen to one case: the action and its note, or why it cannot be done."""

    request: ServiceRequest
    action: Action | None
    note: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one case; ``problem`` is empty where it was done."""

    number: str
    subject: str
    problem: str = ""


def chosen(numbers: Sequence[str], actor: Actor) -> list[ServiceRequest]:
    """The cases with these numbers that ``actor`` may see, in the order given. Raises ``InvalidInput`` for too many."""
    wanted = list(dict.fromkeys(number.strip().upper() for number in numbers))
    if not wanted:
        raise InvalidInput(_("请先在列表中勾选诉求。"))
    if len(wanted) > MOST:
        raise InvalidInput(_("一次最多处理 %(limit)s 件，请分几次。", limit=MOST))
    found = db.session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.service_request_id.in_(wanted))
        .options(
            joinedload(ServiceRequest.department),
            joinedload(ServiceRequest.category),
            joinedload(ServiceRequest.area),
        )
    )
    seen = [item for item in found if casework.may_see(item, actor)]
    return sorted(seen, key=lambda item: wanted.index(item.service_request_id))


def plan(items: Sequence[ServiceRequest], kind: str, note: str, actor: Actor) -> list[Planned]:
    """What this step would do to each case, with placeholders filled in; nothing is changed.

    Raises ``InvalidInput`` for an unknown kind, or placeholders that nothing can be filled in for.
    """
    if kind not in KINDS:
        raise InvalidInput(_("没有这一步操作，请从页面上选择。"))
    return [_planned(item, kind, note, actor) for item in items]


def _planned(item: ServiceRequest, kind: str, note: str, actor: Actor) -> Planned:
    words = reply_templates.filled(note, item)
    open_to, by_status = casework.open_to(item, actor), allowed_actions(Status(item.status), actor.role)
    action = next((action for action in KINDS[kind][1] if action in open_to), None)
    if action is not None:
        return Planned(item, action, words)
    if any(action in by_status for action in KINDS[kind][1]):
        return Planned(item, None, words, _("由其他单位承办"))
    return Planned(item, None, words, _("“%(status)s”时不能这样操作", status=_(Status(item.status).label)))


def kinds_open_to(role: Role) -> list[str]:
    """The kinds that this role can do in some status at all."""
    every = {action for status in Status for action in allowed_actions(status, role)}
    return [kind for kind, (_name, actions) in KINDS.items() if every & set(actions)]


def carry_out(
    items: Sequence[ServiceRequest], kind: str, note: str, department_code: str,
    versions: Mapping[str, int], user: User,
) -> list[Done]:  # fmt: skip
    """Do the step on each case; commits each by itself. ``versions``: what the person saw, by tracking number."""
    actor, done = Actor.of(user), []
    for planned in plan(items, kind, note, actor):
        number, subject = planned.request.service_request_id, planned.request.subject
        done.append(Done(number, subject, _carried_out(planned, department_code, versions, user)))
    return done


def _carried_out(planned: Planned, department_code: str, versions: Mapping[str, int], user: User) -> str:
    if planned.action is None:
        return planned.problem
    number = planned.request.service_request_id
    if number not in versions:
        return _("没有看到它现在的样子，请重新勾选")
    step = Step(
        planned.action, planned.note, department_code=department_code or None, version=versions[number]
    )
    try:
        casework.act(number, step, Actor.of(user))
        looks.look(user, planned.request)
    except MinpingError as problem:
        db.session.rollback()
        return problem.message
    except (WorkflowError, StaleDataError):
        db.session.rollback()
        return _("状态刚刚变化，或需要写明理由")
    return ""
