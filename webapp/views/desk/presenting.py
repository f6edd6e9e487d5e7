"""Words and tones that the desk's pages share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_login import current_user

from webapp.domain.deadlines import ClockState, Escalation
from webapp.domain.permissions import Permission, Reach, reach_of
from webapp.domain.text import N_
from webapp.domain.workflow import Action, EventType, Role, Status
from webapp.models import Area, RequestEvent, ServiceRequest, utcnow
from webapp.queries import deadlines, grid, places
from webapp.views.answers import department_names, title_of, with_answers
from webapp.views.desk import bp
from webapp.views.filters import masked

TABS = {
    "dispatch": N_("待派单"), "todo": N_("待办"), "overdue": N_("已超期"), "soon": N_("即将到期"), "paused": N_("暂停中"),
    "reopened": N_("重新办理"), "waiting": N_("待回访"), "doubted": N_("现场没解决"), "mentions": N_("@我"), "all": N_("全部"),
}  # fmt: skip
SORTS = {
    "due": N_("先到期的在前"), "newest": N_("最新的在前"), "oldest": N_("最早的在前"), "supporters": N_("人多的在前"),
    "relevance": N_("最相关的在前"),
}  # fmt: skip
SOLVED_WORDS = {
    "unsolved": N_("没解决或部分解决"), "no": N_("没解决"), "partly": N_("部分解决"), "yes": N_("解决了"), "any": N_("答复过的"),
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
    ClockState.LATE: "warn", ClockState.PAUSED: "warn",
}  # fmt: skip
# Somebody else's case answers for these.
NO_CLOCK = (Status.MERGED.value, Status.OUT_OF_SCOPE.value)
# Limits of shares between 0 and 1, as the model card of the language layer reads them.
MOODS = ((0.2, N_("负面")), (0.4, N_("偏负面")), (0.6, N_("中性")), (0.8, N_("偏正面")), (1.0, N_("正面")))
ANGERS = ((0.3, N_("平静")), (0.6, N_("有些生气")), (0.85, N_("生气")), (1.0, N_("很生气")))
EVENT_TONES = {
    "resolved": "good", "closed": "good", "objected": "warn", "reopened": "bad", "supervised": "bad",
    "note_added": "info", "extended": "warn", "paused": "warn", "escalated": "bad", "mediation_referred": "info",
    "mediation_ended": "info", "verified": "info",
}  # fmt: skip
# What each action asks for besides a note; the order is the order on the page.
ACTION_FIELDS: dict[Action, tuple[str, ...]] = {
    Action.ASSIGN: ("department_code",), Action.TRANSFER: ("department_code",),
    Action.GRANT_OBJECTION: ("department_code",), Action.EXTEND: ("workdays",), Action.MERGE: ("merge_into",),
    Action.CALL_IN: ("department_code", "task_workdays"), Action.RESOLVE: ("unanswered_note",),
}  # fmt: skip
# The everyday steps first.
ACTION_ORDER = (
    Action.ACCEPT, Action.RESUME, Action.ASSIGN, Action.GRANT_OBJECTION, Action.REFUSE_OBJECTION, Action.REPLY,
    Action.RESOLVE, Action.CLOSE, Action.REOPEN, Action.PAUSE, Action.CALL_IN, Action.TRANSFER, Action.OBJECT,
    Action.EXTEND, Action.MERGE, Action.UNMERGE,
    Action.MARK_OUT_OF_SCOPE, Action.SUPERVISE, Action.ADD_NOTE,
)  # fmt: skip


def order_of(role: Role) -> tuple[Action, ...]:
    """The steps in the order of the page: officials came to supervise."""
    first = (Action.SUPERVISE,) if role is Role.OFFICIAL else ()
    return (*first, *(action for action in ACTION_ORDER if action not in first))


ACTION_HINTS = {
    Action.ACCEPT: N_("签收后由本单位负责办理。"),
    Action.OBJECT: N_("写明理由和依据，由派单员审核；审核前仍由本单位负责。"),
    Action.TRANSFER: N_("写明理由，转给职责所在的单位；对方签收前仍由首接单位负责。"),
    Action.PAUSE: N_(
        "在等居民答复、配合时用。写明要居民补充什么，居民会看到；居民一补充就恢复计时，总时长有上限。"
    ),
    Action.RESUME: N_("不再等居民答复，时限接着走。"),
    Action.CALL_IN: N_("请其他单位到场协同办理，写明任务，居民会看到；仍由承办单位负责办结。"),
    Action.REPLY: N_("居民会看到这段话，请用平实的语言，不写个人信息。"),
    Action.RESOLVE: N_("写明办理结果，居民会看到；结案以居民回访为准。"),
    Action.EXTEND: N_("每件只能延期一次，写明原因，居民会看到。"),
    Action.ADD_NOTE: N_("只有工作人员看得到。写 @姓名 可以提醒同事。"),
    Action.MERGE: N_("填写要并入的、更早的诉求编号。"),
    Action.MARK_OUT_OF_SCOPE: N_("写明应该找谁、怎么找，居民会看到。"),
    Action.SUPERVISE: N_("写明要求和时限，会公开显示。"),
}


def clock(request: ServiceRequest) -> dict[str, str]:
    """The clock of a request: its state in words and tone, and while it runs how much time is left or lost."""
    if request.status in NO_CLOCK:
        return {"text": _("不计时限"), "tone": "info", "left": "", "state": ""}
    now = utcnow()
    state = deadlines.clock_of(request, now)
    left = ""
    if request.resolved_at is None and request.closed_at is None:
        # A stopped clock has as much left as when the pause ends at the latest.
        here = request.pause_ends_at if state is ClockState.PAUSED and request.pause_ends_at else now
        left = time_left(request.due_at, here)
    return {"text": _(state.label), "tone": CLOCK_TONES[state], "left": left, "state": state.value}


def time_left(due: datetime, now: datetime | None = None) -> str:
    """How much time is left until a deadline, or lost since, in words."""
    moment = now or utcnow()
    span = _span(abs(due - moment))
    return _("已超 %(time)s", time=span) if moment > due else _("还剩 %(time)s", time=span)


def span_until(moment: datetime) -> str:
    """How much time is left until ``moment``, in words; "" once it has passed."""
    length = moment - utcnow()
    return _("还剩 %(time)s", time=_span(length)) if length > timedelta(0) else ""


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
    return reach_of(current_user.role, Permission.SEE_REVIEWS) is not Reach.DEPARTMENT


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
    names = department_names(events)
    return [
        {
            "at": e.at,
            "title": title_of(e, names),
            "who": _who(e),
            "note": _note(e, names),
            "tone": EVENT_TONES.get(e.event_type, ""),
            "photos": e.photos,
        }
        for e in reversed(events)
    ]


def _note(event: RequestEvent, names: dict[str, str]) -> str:
    """What was written, with what else only staff need to know of the step."""
    parts = [with_answers(event, masked(event.note))]
    if waiting := event.data.get("unanswered"):
        offices = "、".join(names.get(code, code) for code in waiting)
        reason = event.data.get("unanswered_note") or "—"
        parts.append(_("未等%(offices)s反馈：%(reason)s", offices=offices, reason=reason))
    if event.data.get("review_late"):
        parts.append(_("（退单审核超时）"))
    if event.data.get("task_late"):
        parts.append(_("（协办反馈超时）"))
    if event.event_type == EventType.ESCALATED:
        official = event.data.get("level") == Escalation.OFFICIAL
        parts.append(_("已提示单位负责人和分管领导") if official else _("已提示单位负责人"))
    return "\n".join(part for part in parts if part)


def _who(event: RequestEvent) -> str:
    # The department in a resident's or an automatic event is the one responsible at the time, not the one that acted.
    if event.role in (Role.RESIDENT, Role.SYSTEM):
        return _(Role(event.role).label)
    if event.role == Role.GRID_WORKER:
        # A person at the place; the department in the event is the one responsible, not the one that acted.
        return " · ".join((_(Role.GRID_WORKER.label), *([event.user.name] if event.user else [])))
    parts = (event.department.name if event.department else "", event.user.name if event.user else "")
    return " · ".join(part for part in parts if part)


@bp.context_processor
def words() -> dict[str, Any]:
    """Translated words for templates."""
    return {
        "clock": clock,
        "last_look": grid.last_look,
        "joined_reports": grid.joined_reports,
        "mood_text": lambda share: in_words(share, MOODS),
        "anger_text": lambda share: in_words(share, ANGERS),
        "sees_departments": sees_departments(),
        "urgency_text": lambda key: _(URGENCIES.get(key, key)),
        "type_text": lambda key: _(REQUEST_TYPES.get(key, key)) if key else "",
        "channel_text": lambda key: _(CHANNELS.get(key, key)),
    }
