"""What the month came to, and whether what the public sees is what the events say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from statistics import median

import httpx
from flask import Flask
from sqlalchemy import select

from tools.month.browser import Browser
from tools.month.residents import Raters, Residents, Told
from tools.month.staff import Office
from webapp.domain.deadlines import ClockState
from webapp.extensions import db
from webapp.models import OutboxMessage, Rectification, RequestEvent, ServiceRequest, utcnow
from webapp.queries.deadlines import clock_of
from webapp.services import audit, events, rollups


def show(app: Flask, base: str, start: datetime, residents: Residents, office: Office, raters: Raters) -> int:
    """Print the figures and the checks; 1 when a check failed."""
    with app.app_context():
        cases = db.session.scalars(select(ServiceRequest).where(ServiceRequest.received_at >= start)).all()
        _line("told", len(residents.told), Counter(told.channel for told in residents.told))
        _line("status", len(cases), Counter(case.status for case in cases))
        _clocks(cases)
        _words(cases)
        _line("steps of staff", sum(office.diary.done.values()), office.diary.done)
        _line("refused, as the rules are", sum(office.diary.refused.values()), office.diary.refused)
        _rectifications(start, raters)
        sent = db.session.execute(select(OutboxMessage.kind, OutboxMessage.sent_at)).all()
        _line(
            "messages to residents and staff",
            len(sent),
            Counter(f"{k} {'sent' if at else 'waiting'}" for k, at in sent),
        )
        failed = _checks(base, residents.told)
        db.session.remove()
    return int(failed)


def _line(name: str, total: int, parts: Counter[str]) -> None:
    told = ", ".join(f"{key} {count}" for key, count in parts.most_common())
    print(f"{name}: {total:,}{f' ({told})' if told else ''}")


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "0 of 0"


def _clocks(cases: Iterable[ServiceRequest]) -> None:
    now = utcnow()
    judged = [case for case in cases if case.status not in ("merged", "out_of_scope")]
    states = Counter(clock_of(case, now) for case in judged)
    _line("clocks", len(judged), Counter({state.value: count for state, count in states.items()}))
    late = states[ClockState.LATE] + states[ClockState.OVERDUE]
    hours = [(c.resolved_at - c.received_at).total_seconds() / 3600 for c in judged if c.resolved_at]
    middle = f"; answered after {median(hours):.0f} hours (median)" if hours else ""
    print(f"late: {_share(late, len(judged))}{middle}")


def _words(cases: Iterable[ServiceRequest]) -> None:
    found = list(cases)
    answered = [case for case in found if case.resolved_at or case.reopened_count]
    _line(
        "the resident's word",
        sum(c.solved is not None for c in found),
        Counter(c.solved for c in found if c.solved),
    )
    print(f"closed without a word (unreached): {sum(c.unreached for c in found)}")
    print(f"reopened: {_share(sum(c.reopened_count > 0 for c in found), len(answered))} of those answered")
    _line(
        "between departments", sum(c.objection_count + c.transfer_count for c in found),
        Counter(objected=sum(c.objection_count for c in found), transferred=sum(c.transfer_count for c in found)),
    )  # fmt: skip


def _rectifications(start: datetime, raters: Raters) -> None:
    found = db.session.scalars(select(Rectification).where(Rectification.opened_at >= start)).all()
    now = utcnow()
    _line("ratings", raters.given, Counter(bad=len(found)))
    due = [m for m in found if m.verify_due_at < now]
    print(
        f"bad reviews verified in time: {_share(sum(_by(m.verified_at, m.verify_due_at) for m in due), len(due))}"
    )
    due = [m for m in found if m.rectify_due_at < now]
    print(f"put right in time: {_share(sum(_by(m.rectified_at, m.rectify_due_at) for m in due), len(due))}")
    said = Counter(str(m.satisfied) for m in found if m.satisfied)
    _line("reviewers' word on what was put right", sum(said.values()), said)


def _by(done: datetime | None, due: datetime) -> bool:
    return done is not None and done <= due


def _checks(base: str, told: Iterable[Told]) -> bool:
    print("checks")
    looked, wrong = 0, []
    for one in told:
        looked += 1
        if problem := _timeline_problem(base, one):
            wrong.append(f"{one.number}: {problem}")
    findings = {
        f"timelines of {looked} requests are their events": wrong,
        "chains of events whole": events.broken_chains(),
        "audit trail whole": [f"entry {entry}"] if (entry := audit.first_broken()) is not None else [],
        "roll-ups equal a recount": rollups.verify(),
        "every case has a department": _homeless(),
    }
    for name, problems in findings.items():
        print(
            f"  {'yes' if not problems else 'NO '}  {name}" + "".join(f"\n       {p}" for p in problems[:10])
        )
    return any(findings.values())


def _homeless() -> list[str]:
    statement = select(ServiceRequest.service_request_id).where(ServiceRequest.department_id.is_(None))
    return list(db.session.scalars(statement))


def _timeline_problem(base: str, told: Told) -> str:
    """How a request's public timeline differs from its stored events: '' if it does not."""
    statement = (
        select(RequestEvent)
        .join(ServiceRequest)
        .where(ServiceRequest.service_request_id == told.number, RequestEvent.public.is_(True))
        .order_by(RequestEvent.sequence)
    )
    stored = [(event.at, event.event_type, event.status) for event in db.session.scalars(statement)]
    if not stored:
        return "no events"
    moments = [at.isoformat() for at, _type, _status in reversed(stored)]
    browser = Browser(base)
    try:
        # A complaint about an office is made private by the platform, whatever its writer chose.
        if not db.session.scalar(
            select(ServiceRequest.is_public).where(ServiceRequest.service_request_id == told.number)
        ):
            if browser.client.get(f"/requests/{told.number}").status_code != 404:
                return "private, but public"
            page = browser.send(browser.get("/track").form("/track"), number=told.number, secret=told.secret)
            return "" if _ends_with(page.steps, moments) else "the resident's page differs"
        shown = browser.client.get(f"/api/v1/requests/{told.number}").json()["events"]
        seen = [(datetime.fromisoformat(e["at"]), e["event_type"], e["status"]) for e in shown]
        if seen != stored:
            return f"the API shows {len(seen)} events, stored are {len(stored)}"
        return (
            ""
            if _ends_with(browser.get(f"/requests/{told.number}").steps, moments)
            else "the public page differs"
        )
    except httpx.HTTPError as error:
        return f"{type(error).__name__}"
    finally:
        browser.close()


def _ends_with(shown: list[str], wanted: list[str]) -> bool:
    """Whether the page's moments hold the wanted ones in one piece (a merged case shows its leader's first)."""
    span = len(wanted)
    return any(shown[i : i + span] == wanted for i in range(len(shown) - span + 1))
