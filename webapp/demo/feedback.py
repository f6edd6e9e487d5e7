"""Appeals, calls to drawn residents and mediations of the demo city, brought about through the real services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import select

from webapp.domain.mediation import Dispute, dispute_in
from webapp.domain.rectification import RectificationStatus
from webapp.domain.workflow import Role, Solved, Status
from webapp.extensions import db
from webapp.models import FollowUpCall, FollowUpSample, Rectification, ServiceRequest, User
from webapp.services import appeals, mediations, sampling
from webapp.services.actor import Actor
from webapp.services.follow_up import SAMPLE, FollowUp
from webapp.services.mediations import Referral

# (ground, the department's reason, whether granted or None while it waits, the reviewer's reason)
APPEALS = (
    ("mistaken", "评价说的是隔壁窗口办理的业务，叫号记录可以查。", True, "核对叫号记录，评价人当天未在本窗口办件，申诉成立。"),
    ("malicious", "评价人没有办理过这项业务。", False, "系统里有本人的办件记录，申诉不成立，请继续整改。"),
    ("not_ours", "材料由税务部门出具，不是本单位要求的。", None, ""),
    ("malicious", "同一内容已经在多个单位的页面上出现。", None, ""),
    ("mistaken", "等候时间是按预约前的时间算的。", False, "监控显示等候 52 分钟，申诉不成立。"),
    ("not_ours", "问题出在代办公司，本单位未收过这笔费用。", True, "收费凭证由代办公司开具，申诉成立。"),
)  # fmt: skip
# Who mediates what: (kind, body).
BODIES = {
    Dispute.WAGES: ("administrative", "劳动保障监察支队"), Dispute.NEIGHBOURS: ("people", "街道人民调解委员会"),
    Dispute.PROPERTY: ("people", "物业纠纷人民调解委员会"), Dispute.MEDICAL: ("people", "医疗纠纷人民调解委员会"),
}  # fmt: skip
COURT = ("judicial", "人民法院诉前调解中心")
# How they end (None: still running), and in whose words.
ENDS = (
    ("agreed", "双方签了调解协议，约定一周内履行。"), (None, ""), (None, ""),
    ("not_agreed", "双方没有谈拢，已告知可以仲裁或起诉，由法律援助中心协助写诉状。"),
    ("no_show", "对方两次没有到场，已告知可以申请仲裁或起诉。"), (None, ""),
)  # fmt: skip
# How calls end, and what those say who are reached.
CALLS = (
    "reached", "no_answer", "reached", "reached", "refused", "reached", "later", "reached", "wrong_number", "reached",
)  # fmt: skip
WORDS = (
    FollowUp(True, Solved.YES, 5, through=SAMPLE),
    FollowUp(True, Solved.YES, 4, through=SAMPLE),
    FollowUp(True, Solved.PARTLY, 3, "修了一半", SAMPLE),
    FollowUp(False, Solved.NO, 1, "没人来过", SAMPLE),
    FollowUp(True, Solved.YES, 3, through=SAMPLE),
    FollowUp(True, Solved.YES, 4, through=SAMPLE),
)  # fmt: skip


def add_feedback(now: datetime, keep: str) -> None:
    """Add a few of each to a loaded city; the case numbered ``keep`` stays as it is. Commits."""
    reviewer = _actor(Role.REVIEWER)
    _add_mediations(now, keep)
    _add_appeals(now, reviewer)
    _add_calls(now, reviewer, keep)


def _actor(role: Role) -> Actor:
    return Actor.of(
        db.session.scalars(select(User).where(User.role == role.value).order_by(User.id)).all()[0]
    )


def _clerk_of(department_id: int) -> Actor:
    clerks = select(User.id).where(User.department_id == department_id, User.role == Role.CLERK.value)
    return Actor(Role.CLERK, db.session.scalar(clerks.order_by(User.id).limit(1)), department_id)


def _add_appeals(now: datetime, reviewer: Actor) -> None:
    open_ = (RectificationStatus.OPENED.value, RectificationStatus.VERIFIED.value)
    recent = db.session.scalars(
        select(Rectification)
        .where(Rectification.status.in_(open_), Rectification.opened_at < now - timedelta(hours=30))
        .order_by(Rectification.opened_at.desc(), Rectification.id)
        .limit(len(APPEALS))
    ).all()
    for mending, (ground, reason, granted, decision) in zip(recent, APPEALS, strict=False):
        number, filed = mending.review.review_id, now - timedelta(hours=26)
        if not appeals.may_appeal(mending, filed):
            continue
        appeals.appeal(number, ground, reason, _clerk_of(mending.department_id), at=filed)
        if granted is not None and appeals.is_judge(mending.review, reviewer):
            appeals.decide(number, granted, decision, reviewer, at=now - timedelta(hours=3))


def _disputes(now: datetime, keep: str) -> Iterator[tuple[ServiceRequest, Dispute]]:
    """Cases being handled whose own words tell of a dispute, newest first."""
    accepted = select(ServiceRequest).where(
        ServiceRequest.status == Status.ACCEPTED.value, ServiceRequest.accepted_at < now - timedelta(hours=6)
    )
    for request in db.session.scalars(
        accepted.order_by(ServiceRequest.received_at.desc(), ServiceRequest.id)
    ).all():
        dispute = dispute_in(None, request.text)
        if request.service_request_id != keep and dispute is not None:
            yield request, dispute


def _add_mediations(now: datetime, keep: str) -> None:
    for (request, dispute), (outcome, words) in zip(_disputes(now, keep), ENDS, strict=False):
        number, clerk = request.service_request_id, _clerk_of(request.department_id)
        kind, body = COURT if outcome == "not_agreed" else BODIES.get(dispute, BODIES[Dispute.NEIGHBOURS])
        referral = Referral(kind, dispute, body, "phone")
        found = mediations.refer(number, referral, clerk, at=now - timedelta(hours=5))
        if outcome is not None:
            mediations.end(number, found.id, outcome, words, clerk, at=now - timedelta(hours=1))


def _add_calls(now: datetime, reviewer: Actor, keep: str) -> None:
    drawn_at = now - timedelta(hours=8)
    if not sampling.frame(drawn_at - timedelta(days=30), drawn_at):
        return
    sample = sampling.draw(reviewer, "minping", at=drawn_at)
    words = cycle(WORDS)
    for call, outcome in zip(_called(sample, keep), CALLS * 4, strict=False):
        reply = next(words) if outcome == "reached" else None
        sampling.record(call, outcome, reviewer, reply, at=now - timedelta(hours=2))


def _called(sample: FollowUpSample, keep: str) -> Iterator[FollowUpCall]:
    return (call for call in list(sample.calls) if call.request.service_request_id != keep)
