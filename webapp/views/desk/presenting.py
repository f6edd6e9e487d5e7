"""Words and tones that the desk's pages share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.deadlines import ClockState
from webapp.domain.text import N_
from webapp.domain.workflow import Action, EventType, Role, Status
from webapp.models import Area, RequestEvent, ServiceRequest, utcnow
from webapp.queries import desk as queries
from webapp.queries import places
from webapp.security import DEPARTMENT_ROLES, access_of
from webapp.views.answers import with_answers
from webapp.views.desk import bp

TABS = {
    "dispatch": N_("待派单"), "todo": N_("待办"), "overdue": N_("已超期"), "soon": N_("即将到期"),
    "reopened": N_("重新办理"), "waiting": N_("待回访"), "all": N_("全部"),
}  # fmt: skip
SORTS = {
    "due": N_("先到期的在前"), "newest": N_("最新的在前"), "oldest": N_("最早的在前"), "supporters": N_("人多的在前"),
}  # fmt: skip
URGENCIES = {"emergency": N_("特急"), "urgent": N_("紧急"), "normal": N_("一般")}
REQUEST_TYPES = {
    "complaint": N_("投诉"), "help": N_("求助"), "inquiry": N_("咨询"), "suggestion": N_("建议"), "praise": N_("表扬"),
}  # fmt: skip
CHANNELS = {
    "web": N_("网页"), "chat": N_("网页对话"), "wechat": N_("微信"), "hotline": N_("热线"), "counter": N_("窗口扫码"),
    "grid": N_("网格员"), "import": N_("导入"), "open311": "Open311",
}  # fmt: skip
CLOCK_TONES = {
    ClockState.ON_TIME: "info", ClockState.DUE_SOON: "warn", ClockState.OVERDUE: "bad", ClockState.MET: "good",
    ClockState.LATE: "warn",
}  # fmt: skip
# Somebody else's case answers for these.
NO_CLOCK = (Status.MERGED.value, Status.OUT_OF_SCOPE.value)
# Limits of shares between 0 and 1, as the model card of the language layer reads them.
MOODS = ((0.2, N_("负面")), (0.4, N_("偏负面")), (0.6, N_("中性")), (0.8, N_("偏正面")), (1.0, N_("正面")))
ANGERS = ((0.3, N_("平静")), (0.6, N_("有些生气")), (0.85, N_("生气")), (1.0, N_("很生气")))
EVENT_TONES = {
    "resolved": "good", "closed": "good", "objected": "warn", "reopened": "bad", "supervised": "bad",
    "note_added": "info", "extended": "warn",
}  # fmt: skip
# What each action asks for besides a note; the order is the order on the page.
ACTION_FIELDS: dict[Action, tuple[str, ...]] = {
    Action.ASSIGN: ("department_code",), Action.TRANSFER: ("department_code",),
    Action.GRANT_OBJECTION: ("department_code",), Action.EXTEND: ("workdays",), Action.MERGE: ("merge_into",),
}  # fmt: skip
# The everyday steps first.
ACTION_ORDER = (
    Action.ACCEPT, Action.ASSIGN, Action.GRANT_OBJECTION, Action.REFUSE_OBJECTION, Action.REPLY, Action.RESOLVE,
    Action.CLOSE, Action.REOPEN, Action.TRANSFER, Action.OBJECT, Action.EXTEND, Action.MERGE, Action.UNMERGE,
    Action.MARK_OUT_OF_SCOPE, Action.SUPERVISE, Action.ADD_NOTE,
)  # fmt: skip
ACTION_HINTS = {
    Action.ACCEPT: N_("签收后由本单位负责办理。"),
    Action.OBJECT: N_("写明理由和依据，由派单员审核；审核前仍由本单位负责。"),
    Action.TRANSFER: N_("写明理由，转给职责所在的单位。"),
    Action.REPLY: N_("居民会看到这段话，请用平实的语言，不写个人信息。"),
    Action.RESOLVE: N_("写明办理结果，居民会看到；结案以居民回访为准。"),
    Action.EXTEND: N_("每件只能延期一次，写明原因，居民会看到。"),
    Action.ADD_NOTE: N_("只有工作人员看得到。"),
    Action.MERGE: N_("填写要并入的、更早的诉求编号。"),
    Action.MARK_OUT_OF_SCOPE: N_("写明应该找谁、怎么找，居民会看到。"),
    Action.SUPERVISE: N_("写明要求和时限，会公开显示。"),
}


def clock(request: ServiceRequest) -> dict[str, str]:
    """The clock of a request: its state in words and tone, and while it runs how much time is left or lost."""
    if request.status in NO_CLOCK:
        return {"text": _("不计时限"), "tone": "info", "left": ""}
    now = utcnow()
    state = queries.clock_of(request, now)
    left = ""
    if request.resolved_at is None and request.closed_at is None:
        span = _span(abs(request.due_at - now))
        left = _("已超 %(time)s", time=span) if state is ClockState.OVERDUE else _("还剩 %(time)s", time=span)
    return {"text": _(state.label), "tone": CLOCK_TONES[state], "left": left}


def _span(length: timedelta) -> str:
    """A length of time in the unit that people plan with: days, on the last two days hours, at last minutes."""
    minutes = int(length.total_seconds() // 60)
    if minutes >= 48 * 60:
        return _("%(count)s 天", count=minutes // (24 * 60))
    return _("%(count)s 小时", count=minutes // 60) if minutes >= 60 else _("%(count)s 分钟", count=minutes)


def in_words(share: float, words: tuple[tuple[float, str], ...]) -> str:
    """The word for a share 0–1: the first whose limit is above it."""
    return _(next(word for limit, word in words if share <= limit))


def sees_departments() -> bool:
    """Whether lists show several departments to this member of staff."""
    return current_user.role not in DEPARTMENT_ROLES


@dataclass(frozen=True, slots=True)
class ReadArea:
    """The area that the resident's words name (None: none), how sure that is (0–1), and whether it placed the case."""

    area: Area | None
    confidence: float
    placed: bool


def read_area(item: ServiceRequest) -> ReadArea:
    """What the language layer read of the place; ``placed`` until a person has confirmed or corrected it."""
    analysis = item.analysis or {}
    area = places.area_by_code(analysis.get("area"))
    placed = any(event.data.get("area") == item.area.code for event in item.events)
    corrected = any(event.event_type == EventType.AREA_CORRECTED for event in item.events)
    return ReadArea(area, float(analysis.get("area_confidence") or 0.0), placed and not corrected)


def timeline(events: list[RequestEvent]) -> list[dict[str, Any]]:
    """The history for the desk, newest first, with who did it."""
    return [
        {
            "at": e.at,
            "title": _(EventType(e.event_type).label),
            "who": _who(e),
            "note": with_answers(e, e.note),
            "tone": EVENT_TONES.get(e.event_type, ""),
        }
        for e in reversed(events)
    ]


def _who(event: RequestEvent) -> str:
    # The department in a resident's or an automatic event is the one responsible at the time, not the one that acted.
    if event.role in (Role.RESIDENT, Role.SYSTEM):
        return _(Role(event.role).label)
    parts = (event.department.name if event.department else "", event.user.name if event.user else "")
    return " · ".join(part for part in parts if part)


@bp.context_processor
def words() -> dict[str, Any]:
    """Translated words for templates."""
    return {
        "clock": clock,
        "mood_text": lambda share: in_words(share, MOODS),
        "anger_text": lambda share: in_words(share, ANGERS),
        "sees_departments": sees_departments(),
        "may": lambda endpoint: current_user.role in (access_of(endpoint) or ()),
        "overdue": lambda mending: mending.rectify_due_at < utcnow(),
        "urgency_text": lambda key: _(URGENCIES.get(key, key)),
        "type_text": lambda key: _(REQUEST_TYPES.get(key, key)) if key else "",
        "channel_text": lambda key: _(CHANNELS.get(key, key)),
    }
