"""Words and tones of the grid worker's pages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.text import N_
from webapp.domain.workflow import Action, EventType, Role, Status, Verdict
from webapp.models import Area, RequestEvent, ServiceRequest, utcnow
from webapp.queries import grid as queries
from webapp.queries.grid import Ask, Task
from webapp.views.answers import with_answers
from webapp.views.desk.presenting import EVENT_TONES, URGENCIES, clock, span_until
from webapp.views.filters import masked
from webapp.views.grid import bp

ASK_TONES = {Ask.HANDLE: "warn", Ask.VERIFY: "info", Ask.LOOK: "", Ask.WAIT: ""}
# The everyday step first.
ACTION_ORDER = (Action.ACCEPT, Action.RESOLVE, Action.REPLY, Action.ADD_NOTE)
ACTION_HINTS = {
    Action.ACCEPT: N_("签收后由您办理。"),
    Action.RESOLVE: N_("拍照、写明怎么办的，居民会看到。是否办好由居民说了算。"),
    Action.REPLY: N_("居民会看到。不写个人信息。"),
    Action.ADD_NOTE: N_("只有工作人员看得到。"),
}
NEEDS_PHOTO = (Action.RESOLVE,)


def own_area() -> Area | None:
    """The signed-in worker's grid."""
    area: Area | None = current_user.area
    return area


def short_place(request: ServiceRequest) -> str:
    """The address without what every address of the grid begins with; the area's name where there is none."""
    area = own_area()
    address = masked(request.address)
    rest = address.split(area.name, 1)[-1].strip() if area is not None else address
    return rest or address or request.area.name


def task_clock(task: Task) -> dict[str, str]:
    """The clock of a task: of an answered one, until silence closes it."""
    if task.request.status != Status.RESOLVED:
        return clock(task.request)
    if task.ask is Ask.WAIT:
        return {"text": _("等回访"), "tone": "", "left": ""}
    return {"text": _("待核实"), "tone": "info", "left": span_until(task.until)}


def steps(open_to: tuple[Action, ...], status: Status) -> list[dict[str, Any]]:
    """The steps that the page offers, in its order."""
    return [
        {
            "action": action.value, "text": _(action.label), "hint": _(ACTION_HINTS[action]),
            "photo": action in NEEDS_PHOTO, "words": action is not Action.ACCEPT,
        }
        for action in ACTION_ORDER
        if action in open_to
    ]  # fmt: skip


def history(request: ServiceRequest) -> list[dict[str, Any]]:
    """The history, newest first, masked: it stays on the phone."""
    return [
        {
            "at": e.at, "title": _(EventType(e.event_type).label), "who": _who(e),
            "note": masked(with_answers(e, e.note)), "tone": EVENT_TONES.get(e.event_type, ""), "photos": e.photos,
        }
        for e in reversed(request.events)
    ]  # fmt: skip


def _who(event: RequestEvent) -> str:
    if event.user_id == current_user.id:
        return _("我")
    if event.role in (Role.RESIDENT, Role.SYSTEM, Role.GRID_WORKER):
        return _(Role(event.role).label)
    return event.department.short_name or event.department.name if event.department else ""


@bp.context_processor
def words() -> dict[str, Any]:
    """Translated words for templates."""
    return {
        "area": own_area(),
        "now": utcnow,
        "task_clock": task_clock,
        "short_place": short_place,
        "ask_tone": lambda ask: ASK_TONES[ask],
        "urgency_text": lambda key: _(URGENCIES.get(key, key)),
        "verdicts": [(v.value, _(v.label)) for v in Verdict],
        "last_look": queries.last_look,
    }
