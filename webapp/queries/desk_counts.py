"""What the counts of the evaluation are made of: for each, the requests or reviews that it counts, as the desk lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select

from webapp.domain.rectification import RectificationStatus
from webapp.domain.text import N_
from webapp.domain.workflow import Solved, Status
from webapp.models import Area, Department, Rectification, Review, ServiceRequest
from webapp.queries.deadlines import overdue
from webapp.queries.policy import scoring_policy

Conditions = Sequence[ColumnElement[bool]]

REQUESTS = {
    "contact_heard": N_("回答了是否联系"), "contacted": N_("已联系本人"), "solve_heard": N_("回答了是否解决"),
    "solved": N_("计为已解决"), "content_heard": N_("回答了是否满意"), "content": N_("计为满意"),
    "clocked": N_("已到期限的（按期、超期）"), "met": N_("按期办结"),
}  # fmt: skip
REVIEWS = {
    "1": N_("只看计入得分的"), "good": N_("其中好评"), "poor": N_("其中非好评"), "bad": N_("其中差评"),
    "reply_due": N_("应回复的差评"), "replied": N_("已回复的差评"), "mend_due": N_("应整改的差评"),
    "mended": N_("已整改并回访的差评"), "mend_heard": N_("整改后回访到的"), "mend_content": N_("对整改满意的"),
    "not": N_("没有计入得分的"), "default": N_("系统默认的"),
}  # fmt: skip
# What carries no clock and no word of its own: the earlier request, or another office, does.
_ELSEWHERE = (Status.MERGED.value, Status.OUT_OF_SCOPE.value, Status.RECEIVED.value)
_ANSWERED = (Status.RESOLVED.value, Status.FOLLOWED_UP.value, Status.CLOSED.value)


def departments_of(area: str) -> Select[tuple[int]]:
    """Ids of the departments of an area (code) and of its parts, as the evaluation of the area counts them."""
    path = select(Area.path).where(Area.code == area).scalar_subquery()
    return select(Department.id).join(Area, Area.id == Department.area_id).where(Area.path.startswith(path))


def requests_counted(name: str, now: datetime) -> Conditions:
    """Conditions on requests; none for a name that is no count."""
    r, policy = ServiceRequest, scoring_policy().rate
    solved = (Solved.YES.value, *([Solved.PARTLY.value] if policy.partly_is_solved else []))
    timed = and_(r.status.in_(_ANSWERED), r.on_the_spot.is_(False))
    found: dict[str, ColumnElement[bool]] = {
        "contact_heard": r.contacted.is_not(None), "contacted": r.contacted.is_(True),
        "solve_heard": r.solved.is_not(None), "solved": r.solved.in_(solved),
        "content_heard": r.satisfied.is_not(None), "content": r.satisfied >= policy.good_from,
        "clocked": or_(timed, overdue(now)), "met": and_(timed, r.resolved_at <= r.due_at),
    }  # fmt: skip
    return [found[name], r.status.not_in(_ELSEWHERE)] if name in found else []


def reviews_counted(name: str, now: datetime) -> Conditions:
    """Conditions on reviews joined with their rectification; none for a name that is no count."""
    r, m, policy = Review, Rectification, scoring_policy().rate
    votes = and_(r.rating.is_not(None), r.is_default.is_(False), r.set_aside.is_(None))
    bad, heard = and_(votes, r.rating <= 2), m.satisfied.is_not(None)
    # Still allowed to be open, as queries.tallies.mending counts it.
    ahead = and_(m.id.is_not(None), m.followed_up_at.is_(None), m.rectify_due_at > now)
    asking = and_(m.followed_up_at.is_(None), m.status == RectificationStatus.RECTIFIED.value)
    found = {
        "1": votes, "good": and_(votes, r.rating >= policy.good_from), "poor": and_(votes, r.rating < policy.good_from),
        "bad": bad, "replied": and_(bad, r.replied_at.is_not(None)),
        "reply_due": and_(bad, or_(m.id.is_(None), not_(and_(ahead, r.replied_at.is_(None))))),
        "mended": and_(bad, m.followed_up_at.is_not(None)),
        "mend_due": and_(bad, or_(m.id.is_(None), not_(or_(ahead, asking)))),
        "mend_heard": and_(bad, heard), "mend_content": and_(bad, m.satisfied >= 3), "not": not_(votes),
        "default": r.is_default.is_(True),
    }  # fmt: skip
    return [found[name]] if name in found else []
