"""Open data: each month is published once, some days after its end, and stays as it is.

What happens to a case later (a vote set aside, an appeal granted, an answer at last) moves no published number: the
difference would be about one person. A quarter is the sum of its months as they were published. A mistake of the
platform itself is put right by a new revision, which hides every count that changes by so little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_changes
from datetime import datetime, timedelta

import numpy as np
import structlog
from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from webapp.domain import disclosure
from webapp.domain.open_tables import Cell, Counts, added, exempt, months_of, quarter_of, system
from webapp.domain.suppression import protect
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import Publication, utcnow
from webapp.queries import open_counts, publications
from webapp.queries.kept import forget
from webapp.queries.policy import scoring_policy
from webapp.services import audit

logger = structlog.get_logger("open_data")
Key = tuple[str, tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Draft:
    """A period to be published: all counts, those hidden, and what goes with them."""

    counts: Mapping[Key, int]
    names: Mapping[str, str]
    parents: Mapping[str, str]
    appeals: Mapping[str, Mapping[str, int]]
    good_from: int


def due_months(now: datetime) -> list[str]:
    """Months that are over for long enough, from the quarter on in which anybody said anything."""
    first = open_counts.first_month()
    last = local(now).date() - timedelta(days=current_app.config["OPEN_DATA_DAYS"])
    months: list[str] = []
    # Also its empty months, so that the first quarter is complete.
    month = months_of(quarter_of(first))[0] if first else None
    while month is not None and open_counts.month_window(month).last < last:
        months.append(month)
        month = f"{open_counts.month_window(month).last + timedelta(days=1):%Y-%m}"
    return months


def publish_due(now: datetime | None = None) -> list[str]:
    """Publish every month that is due and not out yet, oldest first, each with its quarter when that is complete.

    Commits, month by month; safe to run again at any time. Returns the periods.
    """
    done: list[str] = []
    known = {line.period for line in publications.periods()}
    for month in due_months(now or utcnow()):
        if month not in known:
            done += _publish(month)
    return done


def _publish(month: str) -> list[str]:
    quarter, stored = quarter_of(month), _stored(quarter_of(month))
    drafts = {month: _draft(month, stored)}
    if set(months_of(quarter)) <= {*stored, month}:
        drafts[quarter] = _quarter(quarter, {**{m: _of(p) for m, p in stored.items()}, **drafts})
    try:
        hidden = _hide(drafts, stored)
    except disclosure.Unprotectable:
        # Better no quarter than one that gives somebody away; the month alone touches nothing that is out.
        logger.exception("quarter left out", quarter=quarter)
        drafts = {month: drafts[month]}
        hidden = _hide(drafts, stored)
    for period, draft in drafts.items():
        _store(period, 1, draft, hidden[period], "")
        audit.record("open_data.publish", period, count=len(draft.counts), hidden=len(hidden[period]))
    try:
        db.session.commit()
    except IntegrityError:
        # Another worker was faster.
        db.session.rollback()
        return []
    logger.info("open data published", periods=list(drafts))
    return list(drafts)


def _draft(month: str, stored: Mapping[str, Publication]) -> Draft:
    policy = scoring_policy().rate
    if stored:
        # A new rule of what is good takes effect with a new quarter, or its months would not add up.
        policy = with_changes(policy, good_from=next(iter(stored.values())).good_from)
    counts = {key: count for key, count in open_counts.counts(month, policy).items() if count}
    return Draft(
        counts, open_counts.names(counts), open_counts.parents(counts), open_counts.appeals(month), policy.good_from
    )  # fmt: skip


def _of(stored: Publication) -> Draft:
    counts = {(t, (a, b), c): int(n) for t, a, b, c, n, _hidden in stored.counts}
    return Draft(counts, stored.names, stored.parents, stored.appeals, stored.good_from)


def _quarter(quarter: str, months: Mapping[str, Draft]) -> Draft:
    """The sum of the months as published."""
    parts = [months[month] for month in months_of(quarter)]
    appeals: dict[str, dict[str, int]] = {}
    for part in parts:
        for code, counts in part.appeals.items():
            total = appeals.setdefault(code, dict.fromkeys(counts, 0))
            for name, count in counts.items():
                total[name] += count
    names = {key: name for part in parts for key, name in part.names.items()}
    parents = {key: name for part in parts for key, name in part.parents.items()}
    return Draft(added([part.counts for part in parts]), names, parents, appeals, parts[-1].good_from)


def _stored(quarter: str) -> dict[str, Publication]:
    """The latest revisions of the quarter's months that are out, by month."""
    return {m: found for m in months_of(quarter) if (found := publications.newest(m)) is not None}


def _hidden_of(stored: Publication) -> set[Key]:
    return {(t, (a, b), c) for t, a, b, c, _count, hidden in stored.counts if hidden}


def _hide(
    drafts: Mapping[str, Draft], stored: Mapping[str, Publication],
    forced: Mapping[str, set[Key]] | None = None, changed: Mapping[str, set[Key]] | None = None,
) -> dict[str, set[Key]]:  # fmt: skip
    """What to hide in the drafts, so that nothing small follows from them and from what is out already.

    ``forced``: hidden whatever their size; ``changed``: to be protected like small counts.
    """
    # Months touch one another in their quarter alone.
    together = any("Q" in period for period in drafts)
    others = {m: p for m, p in stored.items() if m not in drafts and together}
    counts: dict[str, Counts] = {m: _of(p).counts for m, p in others.items()}
    counts |= {period: draft.counts for period, draft in drafts.items()}
    parents = {k: v for d in (*map(_of, others.values()), *drafts.values()) for k, v in d.parents.items()}
    cells, tables = system(counts, parents, next(iter(drafts.values())).good_from)
    before = {period: _hidden_of(p) for period, p in others.items()}
    forced, changed = forced or {}, changed or {}

    def marked(where: Mapping[str, set[Key]]) -> disclosure.Bools:
        return np.array([_key(cell) in where.get(cell.period, ()) for cell in cells], dtype=bool)

    out = np.array([cell.period in before for cell in cells], dtype=bool)
    hidden = protect(
        tables, published=out & ~marked(before), hidden=marked(before) | marked(forced), also=marked(changed),
        exempt=np.array(exempt(cells), dtype=bool),
    )  # fmt: skip
    found: dict[str, set[Key]] = {period: set(forced.get(period, ())) for period in drafts}
    for cell in (cells[i] for i in np.flatnonzero(hidden)):
        if cell.period in found:
            found[cell.period].add(_key(cell))
    return found


def _key(cell: Cell) -> Key:
    return cell.table, cell.row, cell.column


def _store(period: str, revision: int, draft: Draft, hidden: set[Key], reason: str) -> None:
    keys = sorted({*draft.counts, *hidden})
    db.session.add(
        Publication(
            period=period,
            revision=revision,
            method=scoring_policy().score.version,
            good_from=draft.good_from,
            counts=[
                [t, *row, c, draft.counts.get((t, row, c), 0), (t, row, c) in hidden] for t, row, c in keys
            ],
            names=dict(draft.names),
            parents=dict(draft.parents),
            appeals={code: dict(counts) for code, counts in draft.appeals.items()},
            reason=reason,
        )
    )  # fmt: skip


# --- corrections ----------------------------------------------------------------------------------------------------


def replace(month: str, reason: str, user_id: int | None = None) -> dict[str, int]:
    """Publish a month anew because the platform had counted wrongly; its quarter follows. Commits.

    What was hidden stays hidden. A number that changes by fewer than five people is hidden from now on, and protected
    as a small count is: whoever kept the old file learns no single change. Returns how many numbers changed, and how
    many of these by so few. Raises InvalidInput for a month that is not out, or without a reason.
    """
    quarter = quarter_of(month)
    stored = _stored(quarter)
    if month not in stored or not reason.strip():
        raise InvalidInput(_("只能更正已经公布的月份，并须写明原因。"), "reason")
    drafts = {month: _draft(month, stored)}
    old = {month: stored[month]}
    if (whole := publications.newest(quarter)) is not None:
        drafts[quarter] = _quarter(quarter, {**{m: _of(p) for m, p in stored.items()}, **drafts})
        old[quarter] = whole
    small = {period: _changes(_of(old[period]).counts, drafts[period].counts) for period in drafts}
    slight = {
        p: {key for key, by in found.items() if abs(by) < disclosure.SMALLEST} for p, found in small.items()
    }
    forced = {period: _hidden_of(old[period]) | slight[period] for period in drafts}
    hidden = _hide(drafts, stored, forced, slight)
    told = {"changed": len(small[month]), "slight": len(slight[month])}
    for period, draft in drafts.items():
        _store(period, old[period].revision + 1, draft, hidden[period], reason.strip())
    audit.record("open_data.replace", month, user_id, reason=reason.strip(), **told)
    db.session.commit()
    forget()
    return told


def _changes(old: Mapping[Key, int], new: Mapping[Key, int]) -> dict[Key, int]:
    return {k: by for k in {*old, *new} if (by := new.get(k, 0) - old.get(k, 0))}


# --- the check of everything that is out ----------------------------------------------------------------------------


def check(quarter: str, most: int | None = None) -> Sequence[str]:
    """What an attacker with all published numbers of a quarter can narrow down too far; empty when nothing.

    Linear programmes over the published numbers alone: two per small count (``most`` of them, spread evenly), some
    milliseconds each.
    """
    stored = dict(_stored(quarter))
    if (whole := publications.newest(quarter)) is not None:
        stored[quarter] = whole
    if not stored:
        return []
    drafts = {period: _of(p) for period, p in stored.items()}
    parents = {k: v for d in drafts.values() for k, v in d.parents.items()}
    good_from = next(iter(drafts.values())).good_from
    cells, tables = system({p: d.counts for p, d in drafts.items()}, parents, good_from)
    hidden = {period: _hidden_of(p) for period, p in stored.items()}
    kept = np.array([_key(cell) in hidden[cell.period] for cell in cells], dtype=bool)
    acts = np.array(exempt(cells), dtype=bool)
    targets = np.flatnonzero(kept & disclosure.small(tables.values) & ~acts)
    if most is not None and len(targets) > most:
        targets = targets[np.linspace(0, len(targets) - 1, most).astype(int)]
    seen = np.where(kept, np.nan, tables.values.astype(float))
    bounds = disclosure.attack(seen, tables.relations, targets.tolist())
    return [
        f"{cells[i]}: {low:.0f} to {high:.0f}"
        for i, low, high in zip(bounds.cells, bounds.low, bounds.high, strict=True)
        if high - low < disclosure.SMALLEST - 2 - 1e-6
    ]
