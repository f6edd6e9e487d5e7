"""Close a day: store the scores that residents' pages show until the next one is over. A sweep, run every hour."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError

from webapp.extensions import db
from webapp.i18n import local
from webapp.models import ScoreDay, utcnow
from webapp.queries import evaluation, public_scores
from webapp.queries.policy import scoring_policy
from webapp.queries.tallies import Window

logger = structlog.get_logger("public_scores")


def close_day(now: datetime | None = None) -> date | None:
    """Store what is public as of yesterday, once; commits. Returns the day, None when it is closed already.

    Days on which nobody ran this stay without a row: pages show the last one there is, and say its date.
    """
    day = local(now or utcnow()).date() - timedelta(days=1)
    before = public_scores.latest()
    if before is not None and before.day >= day:
        return None
    policy = scoring_policy(day)
    window = Window.ending(day, policy.window_days)
    services = public_scores.carried(
        "service", evaluation.service_scorecards(window), day, before.services if before else {}
    )
    departments = public_scores.carried(
        "department", evaluation.department_scorecards(window), day, before.departments if before else {}
    )
    db.session.add(
        ScoreDay(
            day=day, method=policy.score.version, window_days=policy.window_days,
            services=[score.as_dict() for score in services],
            departments=[score.as_dict() for score in departments],
        )
    )  # fmt: skip
    try:
        db.session.commit()
    except IntegrityError:
        # Another worker was faster.
        db.session.rollback()
        return None
    logger.info("scores closed", day=day.isoformat(), services=len(services), departments=len(departments))
    return day
