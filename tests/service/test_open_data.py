"""Open data: a closed month is published once, agrees with what officials see, and gives no small count away."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.disclosure import Unprotectable
from webapp.domain.open_tables import CITY
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.i18n import local
from webapp.models import AuditEntry, DepartmentDay, Publication, Review, utcnow
from webapp.queries import evaluation, open_counts, open_files, publications
from webapp.queries.open_counts import RollupsDisagree, month_window
from webapp.services import open_data, reviews, submit
from webapp.services.reviews import ReviewDraft
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")
LATER = datetime(2025, 11, 20, 4, tzinfo=UTC)
# Votes of levels 1 to 5 per service and month.
VOTES = {
    "2025-07": {"HR-001": (1, 2, 3, 9, 20), "HR-002": (0, 6, 7, 8, 9), "HOUSING-001": (2, 0, 0, 0, 7)},
    "2025-08": {"HR-001": (3, 3, 1, 12, 11), "HR-002": (1, 0, 0, 0, 0), "HOUSING-001": (6, 6, 6, 6, 6)},
    "2025-09": {"HR-001": (2, 1, 6, 10, 15), "HR-002": (4, 0, 8, 5, 5), "HOUSING-001": (0, 1, 0, 0, 12)},
}


def _vote(service: str, level: int, count: int, month: str, prefix: str = "v") -> None:
    at = datetime(int(month[:4]), int(month[5:]), 10, 3, tzinfo=UTC)
    for number in range(count):
        reviews.submit_review(ReviewDraft(service, f"{prefix}{service}{level}{number}", level), at)


def _city(_town: Town) -> None:
    """Three months of votes and some requests."""
    for month, services in VOTES.items():
        for service, counts in services.items():
            for level, count in enumerate(counts, start=1):
                _vote(service, level, count, month)
    for number in range(14):
        area = "T111" if number % 3 else "T211"
        draft = RequestDraft(text=f"第{number}号楼的路灯不亮", area_code=area, category_code="0101")
        submit.submit_request(draft, datetime(2025, 7, 1 + number, 3, tzinfo=UTC))


@pytest.fixture
def city(town: Town, after: After) -> Town:
    after(_city)
    return town


def test_a_month_comes_out_some_days_after_its_end(city: Town) -> None:
    assert open_data.due_months(datetime(2025, 8, 15, 4, tzinfo=UTC)) == []
    assert open_data.due_months(datetime(2025, 8, 16, 4, tzinfo=UTC)) == ["2025-07"]
    assert open_data.publish_due(datetime(2025, 9, 20, tzinfo=UTC)) == ["2025-07", "2025-08"]
    assert open_data.publish_due(datetime(2025, 10, 20, tzinfo=UTC)) == ["2025-09", "2025-Q3"]
    assert open_data.publish_due(datetime(2025, 10, 20, tzinfo=UTC)) == []
    assert [p.period for p in publications.periods()] == ["2025-Q3", "2025-09", "2025-08", "2025-07"]
    current = publications.current()
    assert current is not None
    assert current.about.period == "2025-Q3"


def test_nobody_works_out_a_small_count(city: Town) -> None:
    open_data.publish_due(LATER)
    stored = db.session.scalars(select(Publication)).all()
    small = [line for p in stored for line in p.counts if 0 < line[4] < 5 and not line[5]]
    assert small == []
    assert sum(line[5] for p in stored for line in p.counts) > 20
    assert open_data.check("2025-Q3") == []


def test_the_check_notices_a_leak(city: Town) -> None:
    """With the counts beside a hidden one in the open, the check says which give themselves away."""
    open_data.publish_due(LATER)
    for stored in db.session.scalars(select(Publication)):
        stored.counts = [[*line[:5], 0 < line[4] < 5] for line in stored.counts]
    db.session.commit()
    assert open_data.check("2025-Q3")


def test_officials_and_residents_read_the_same_numbers(city: Town) -> None:
    """Every published count and rate of a department is the one of the insight pages for the same days."""
    open_data.publish_due(LATER)
    compared = 0
    for month in VOTES:
        found = publications.published(month)
        assert found is not None
        window = month_window(month)
        for code in ("HR", "HOUSING"):
            card = evaluation.department_scorecard(code, window)
            assert card is not None
            for rate in found.rates((code, "")):
                if rate.key in ("bad_replied", "bad_rectified"):
                    continue  # they depend on the day
                official = card.plain_rates[rate.key]
                for seen, true in (
                    (rate.numerator, official.numerator), (rate.denominator, official.denominator),
                ):  # fmt: skip
                    assert seen in (None, true)
                    compared += seen is not None
                if rate.value is not None:
                    assert rate.interval == (official.low, official.high)
        for service, counts in VOTES[month].items():
            heard = found.reviews((service.split("-")[0], service))
            assert heard.votes in (None, sum(counts))
            for seen, true in zip(heard.levels, counts, strict=True):
                assert seen in (None, true)
                compared += seen is not None
    assert compared > 30


def test_a_quarter_is_the_sum_of_its_months(city: Town) -> None:
    open_data.publish_due(LATER)
    stored = [publications.newest(period) for period in (*VOTES, "2025-Q3")]
    lines = [{tuple(line[:4]): line[4] for line in found.counts} for found in stored if found]
    counts = [found["reviews", *CITY, "votes"] for found in lines]
    assert (
        counts[3] == sum(counts[:3]) == sum(sum(c) for services in VOTES.values() for c in services.values())
    )


def test_what_happens_later_moves_nothing(city: Town) -> None:
    open_data.publish_due(LATER)
    before = [list(p.counts) for p in db.session.scalars(select(Publication).order_by(Publication.id))]
    review = db.session.scalars(select(Review).where(Review.rating == 5)).first()
    assert review is not None
    review.set_aside = "burst"
    db.session.commit()
    assert open_data.publish_due(LATER) == []
    after = [list(p.counts) for p in db.session.scalars(select(Publication).order_by(Publication.id))]
    assert after == before


def test_a_correction_shows_no_single_change(city: Town) -> None:
    """Level 5 of a service loses one vote: that count and its totals go out of sight, what was hidden stays so."""
    open_data.publish_due(LATER)
    old = publications.published("2025-07")
    service = "HR-001"
    mine = select(Review).where(Review.service_id == city.services[service], Review.rating == 5)
    review = db.session.scalars(mine.where(Review.created_day == date(2025, 7, 10))).first()
    assert review is not None
    review.set_aside = "burst"
    db.session.commit()
    _vote("HOUSING-001", 3, 40, "2025-07", "late")
    told = open_data.replace("2025-07", "漏计了一个窗口的评价")
    assert told["changed"] > told["slight"] > 0
    new = publications.published("2025-07")
    assert old is not None
    assert new is not None
    assert (new.about.revision, new.about.reason) == (2, "漏计了一个窗口的评价")
    assert new.count("reviews", ("HR", service), "level_5") is None
    assert new.count("reviews", ("HOUSING", "HOUSING-001"), "level_3") in (None, 40)
    for key, count in old.counts.items():
        seen = new.counts.get(key, 0)
        assert count is not None or seen is None
        assert seen is None or count is None or seen == count or abs(seen - count) >= 5
    assert open_data.check("2025-Q3") == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "open_data.replace")).one()
    assert entry.details["slight"] == told["slight"]


@pytest.mark.parametrize(
    ("month", "reason"), [("2024-01", "算错了"), ("2025-07", " ")], ids=["not out", "no reason"]
)
def test_a_correction_needs_a_month_and_a_reason(city: Town, month: str, reason: str) -> None:
    open_data.publish_due(datetime(2025, 8, 20, tzinfo=UTC))
    with pytest.raises(InvalidInput):
        open_data.replace(month, reason)


def test_nothing_is_published_from_rollups_that_are_wrong(city: Town) -> None:
    db.session.execute(
        update(DepartmentDay).values(rating_5=DepartmentDay.__table__.c.rating_5 + 1)  # type: ignore[attr-defined]
    )
    db.session.commit()
    with pytest.raises(RollupsDisagree):
        open_data.publish_due(LATER)
    assert publications.periods() == []


def test_an_empty_city_publishes_nothing(town: Town) -> None:
    assert open_counts.first_month() is None
    assert open_data.publish_due(LATER) == []


def test_the_files_say_what_is_hidden(city: Town) -> None:
    open_data.publish_due(LATER)
    found = publications.published("2025-07")
    assert found is not None
    for table in open_files.TABLES:
        for record in open_files.records(found, table):
            hidden = None in (
                record.get("count", 0),
                record.get("numerator", 0),
                record.get("denominator", 0),
            )
            assert record["suppressed"] is hidden
    text = open_files.as_csv(found, "reviews").decode("utf-8-sig")
    assert "2025-07,1,HR,市人社局,HR-001,社会保险关系转移,level_5,非常满意,20,false" in text
    assert ",level_1,非常不满意,,true" in text


def test_the_first_month_is_the_local_one(town: Town) -> None:
    """The evening of June in UTC is the morning of July here."""
    reviews.submit_review(ReviewDraft("HR-001", "early", 5), datetime(2025, 6, 30, 23, tzinfo=UTC))
    assert open_counts.first_month() == "2025-07"


def test_the_next_day_of_publication_is_told(app: Flask) -> None:
    from webapp.views.public.figures import period_facts

    facts = period_facts(None)
    assert facts.name == ""
    assert facts.next_day >= local(utcnow()).date()


def test_pages_do_not_stay_with_an_old_quarter_when_a_later_one_is_left_out(
    city: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_data.publish_due(datetime(2025, 10, 20, tzinfo=UTC))
    hide = open_data._hide

    def no_quarter(drafts: Any, *rest: Any, **named: Any) -> Any:
        if "2025-Q4" in drafts:
            raise Unprotectable(0)
        return hide(drafts, *rest, **named)

    monkeypatch.setattr(open_data, "_hide", no_quarter)
    open_data.publish_due(datetime(2025, 12, 20, tzinfo=UTC))
    shown = publications.current()
    assert shown is not None
    assert shown.about.period == "2025-Q3"
    assert open_data.publish_due(datetime(2026, 1, 20, tzinfo=UTC)) == ["2025-12"]
    shown = publications.current()
    assert shown is not None
    assert shown.about.period == "2025-12"
