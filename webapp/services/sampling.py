"""回访抽样: draw residents to be called, work through the list, and store how each word was obtained."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import asdict
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select

from webapp.domain import sampling
from webapp.domain.calling import AGAIN_HOURS, CallOutcome, CallState, state_after
from webapp.domain.sampling import FollowUpPolicy
from webapp.errors import Conflict, InvalidInput, NotFound
from webapp.extensions import db
from webapp.models import CallAttempt, Department, FollowUpCall, FollowUpSample, ServiceRequest, utcnow
from webapp.queries.feedback_policy import follow_up_policy
from webapp.queries.follow_ups import unheard
from webapp.services import asking_once, audit, contacts, follow_up
from webapp.services.actor import Actor
from webapp.services.contacts import Contact

MAX_SEED = 40
# Somebody who opened a number is taken to be talking for so long.
TALKING = timedelta(minutes=15)


def frame(since: datetime, until: datetime) -> dict[str, list[str]]:
    """Department code → tracking numbers of its unanswered cases, resolved between the two, that can be called and were
    never drawn."""
    r = ServiceRequest
    rows = db.session.execute(
        select(Department.code, r.service_request_id)
        .join(Department, Department.id == r.department_id)
        .where(*unheard(), r.resolved_at >= since, r.resolved_at <= until, r.contact_phone.is_not(None))
        .where(r.id.not_in(select(FollowUpCall.request_id)))
        .order_by(Department.code, r.service_request_id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for code, number in rows:
        found[code].append(number)
    return dict(found)


def draw(
    actor: Actor, seed: str = "", percent: int | None = None, at: datetime | None = None
) -> FollowUpSample:
    """Draw a sample by the city's rule and make its call list. Commits. Without ``seed`` a random one is taken.

    Raises ``InvalidInput`` naming ``seed`` or ``percent``, ``Conflict`` when there is nobody to draw from.
    """
    moment, policy = at or utcnow(), follow_up_policy()
    seed = seed.strip() or secrets.token_hex(8)
    share = policy.sample_percent if percent is None else percent
    if len(seed) > MAX_SEED:
        raise InvalidInput(_("种子最多 %(limit)s 个字。", limit=MAX_SEED), "seed")
    if not 1 <= share <= 100:
        raise InvalidInput(_("请填写 %(low)s 到 %(high)s 之间的数。", low=1, high=100), "percent")
    since = moment - timedelta(days=policy.sample_days)
    listed = frame(since, moment)
    chosen, strata = sampling.draw(listed, seed, share, policy.sample_minimum)
    if not chosen:
        raise Conflict(_("现在没有可以抽取的诉求：近期办结、未回访、留有电话的都已抽过。"))
    sample = FollowUpSample(
        drawn_at=moment, drawn_by_id=actor.user_id, seed=seed, frame=listed,
        rule={
            "version": sampling.RULE_VERSION, "percent": share, "minimum": policy.sample_minimum,
            "since": since.isoformat(), "until": moment.isoformat(),
        },
        strata={code: [s.size, s.drawn] for code, s in strata.items()},
    )  # fmt: skip
    ids = dict(
        db.session.execute(
            select(ServiceRequest.service_request_id, ServiceRequest.id).where(
                ServiceRequest.service_request_id.in_(chosen)
            )
        )
        .tuples()
        .all()
    )
    sample.calls = [
        FollowUpCall(request_id=ids[number], place=place, not_before=moment)
        for place, number in enumerate(chosen, 1)
    ]
    db.session.add(sample)
    db.session.flush()
    audit.record(
        "sample.draw", f"sample:{sample.id}", actor.user_id, seed=seed, percent=share, drawn=len(chosen)
    )
    db.session.commit()
    return sample


def is_as_drawn(sample: FollowUpSample) -> bool:
    """Whether the seed and the list, drawn again by the rule, give the very calls that are stored."""
    rule = sample.rule
    if rule.get("version") != sampling.RULE_VERSION:
        return False
    chosen, _strata = sampling.draw(sample.frame, sample.seed, rule["percent"], rule["minimum"])
    stored = db.session.scalars(
        select(ServiceRequest.service_request_id)
        .join(FollowUpCall, FollowUpCall.request_id == ServiceRequest.id)
        .where(FollowUpCall.sample_id == sample.id)
        .order_by(FollowUpCall.place)
    )
    return chosen == list(stored)


def find_call(call_id: int) -> FollowUpCall:
    """The call with this id. Raises ``NotFound``."""
    call = db.session.get(FollowUpCall, call_id)
    if call is None:
        raise NotFound(_("没有找到这个回访电话。"))
    return call


def take(call: FollowUpCall, actor: Actor, at: datetime | None = None) -> Contact:
    """Show the number of one resident to one caller: the look is in the audit trail, the call theirs for a while. Commits.

    Raises ``Conflict`` when the call is done, or a colleague is talking to them.
    """
    moment = at or utcnow()
    _check_waiting(call)
    if is_taken(call, actor, moment):
        raise Conflict(_("同事正在拨打这个号码，请先拨打下一个。"))
    call.taken_at, call.taken_by_id = moment, actor.user_id
    return contacts.unmask(call.request, actor)


def is_taken(call: FollowUpCall, actor: Actor, at: datetime) -> bool:
    """Whether a colleague has opened the number a moment ago."""
    return call.taken_at is not None and call.taken_by_id != actor.user_id and at - call.taken_at < TALKING


def _check_waiting(call: FollowUpCall) -> None:
    if call.state != CallState.WAITING:
        raise Conflict(_("这个电话已经有结果：%(state)s。", state=_(CallState(call.state).label)))
    if not follow_up.is_waiting(call.request):
        raise Conflict(_("居民已经自己答复，或者这件诉求正在重新办理，不用再打。"))


def record(
    call: FollowUpCall,
    outcome: str,
    actor: Actor,
    reply: follow_up.FollowUp | None = None,
    note: str = "",
    again_hours: int = 24,
    version: int | None = None,
    at: datetime | None = None,
) -> FollowUpCall:
    """Store what came of a call; with ``reached`` the resident's three answers, which close or reopen the case. Commits.

    Raises ``InvalidInput`` naming the field, ``Conflict`` when somebody else has recorded a result meanwhile.
    """
    moment = at or utcnow()
    if version is not None and version != call.version:
        raise Conflict(_("同事刚登记过这个电话，请看最新情况。"))
    _check_waiting(call)
    if outcome not in tuple(CallOutcome):
        raise InvalidInput(_("请选择通话结果。"), "outcome")
    result = CallOutcome(outcome)
    if result is CallOutcome.REACHED and reply is None:
        raise InvalidInput(_("请选择三个问题的回答。"), "solved")
    if again_hours not in AGAIN_HOURS:
        raise InvalidInput(_("请选择什么时候再打。"), "again")
    call.attempts += 1
    call.state = state_after(result, call.attempts, follow_up_policy().call_attempts).value
    call.taken_at = call.taken_by_id = None
    if call.state == CallState.WAITING:
        call.not_before = moment + timedelta(hours=again_hours)
    else:
        call.done_at = moment
    attempt = CallAttempt(
        call_id=call.id, at=moment, user_id=actor.user_id, outcome=outcome, note=note.strip()[:500]
    )
    db.session.add(attempt)
    audit.record("sample.call", call.request.service_request_id, actor.user_id, outcome=outcome)
    if reply is not None and result is CallOutcome.REACHED:
        call.contacted, call.solved, call.satisfied = reply.contacted, reply.solved.value, reply.satisfied
        call.request.sampled = reply.satisfied
        asking_once.step_back(call.request)
        # Commits all of it together.
        follow_up.answer(call.request, reply, actor, moment)
    db.session.commit()
    return call


def close_answered(now: datetime | None = None) -> int:
    """Sweep: take off the list whom nobody needs to call any more, because they answered by themselves."""
    moment, done = now or utcnow(), 0
    waiting = db.session.scalars(select(FollowUpCall).where(FollowUpCall.state == CallState.WAITING.value))
    for call in waiting.all():
        if not follow_up.is_waiting(call.request):
            call.state, call.done_at = CallState.ANSWERED.value, moment
            done += 1
    db.session.commit()
    return done


def rule_in_force() -> dict[str, int]:
    """The city's rule for drawing, for the page that explains it."""
    policy: FollowUpPolicy = follow_up_policy()
    return asdict(policy)
