"""不再反复: a trouble that comes back within 30 days is found, whoever reports it, and counts in V."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import Town
from webapp.domain.returning import NEAR_M, Spot, came_back_in_time, is_same_place
from webapp.domain.workflow import Action, Role
from webapp.extensions import db
from webapp.models import ServiceRequest, Setting, utcnow
from webapp.queries import tallies
from webapp.queries.tallies import Window
from webapp.services import casework, returns, rollups, submit
from webapp.services.actor import Actor
from webapp.services.casework import Step

pytestmark = pytest.mark.usefixtures("context")
LAMP = "柳树社区3号楼门口的路灯又不亮了，晚上看不见路"


def told(at: datetime, text: str = LAMP, solved: bool = False, **given: Any) -> ServiceRequest:
    """A complaint at ``at``, resolved a day later if it was ``solved``."""
    place = {"area_code": "T1111", "category_code": "010101"} | given
    request = submit.submit_request(submit.RequestDraft(text=text, **place), at).request
    request.request_type = "complaint"
    if solved:
        clerk = Actor(Role.CLERK, department_id=request.department_id, area_id=request.area_id)
        casework.act(request.service_request_id, Step(Action.ACCEPT), clerk, at + timedelta(hours=2))
        casework.act(
            request.service_request_id, Step(Action.RESOLVE, "已修好"), clerk, at + timedelta(days=1)
        )
    db.session.commit()
    return request


def days_ago(days: float) -> datetime:
    return utcnow() - timedelta(days=days)


def test_a_trouble_that_comes_back_marks_the_earlier_one() -> None:
    earlier = told(days_ago(50), solved=True)
    again = told(days_ago(30), "柳树社区3号楼门口路灯还是不亮，晚上看不见路")
    assert returns.sweep() == 1
    assert (again.returns_to_id, earlier.returned, again.returned) == (earlier.id, True, False)
    assert rollups.verify() == []
    today = utcnow().date()
    counts = [
        tallies.total(rows) for rows in tallies.read("category", Window.ending(today, 90), today).values()
    ]
    assert sum(c["returned"] for c in counts) == 1
    # Once more finds nothing new.
    assert returns.sweep() == 0


@pytest.mark.parametrize(
    ("first", "second", "given"),
    [
        (60, 20, {}),
        (20, 10, {"area_code": "T2111"}),
        (20, 10, {"text": "电梯停了三天，老人下不了楼"}),
        (20, 10, {"category_code": "0101"}),
        (20, 10, {"address": "石桥街道88号"}),
    ],
    ids=["too late", "elsewhere", "another trouble", "another kind", "another house"],
)
def test_what_is_no_return(town: Town, first: int, second: int, given: dict[str, str]) -> None:
    base = {"address": "柳树街道12号"} if "address" in given else {}
    earlier = told(days_ago(first), solved=True, **base)
    told(days_ago(second), **{"text": LAMP, **given})
    assert returns.sweep() == 0
    assert not earlier.returned


def test_what_is_still_open_has_not_come_back() -> None:
    told(days_ago(20))
    told(days_ago(10))
    assert returns.sweep() == 0


def test_sweeps_go_on_where_the_last_one_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns, "OVERLAP", 0)
    told(days_ago(20), solved=True)
    assert returns.sweep() == 0
    told(days_ago(10))
    told(days_ago(9))
    assert returns.sweep(limit=1) == 1
    assert db.session.get_one(Setting, returns.PROGRESS).value == 2
    assert returns.sweep(limit=1) == 1


def test_place_and_time_by_hand() -> None:
    grid, city = Spot(7, 5), Spot(1, 1)
    assert is_same_place(grid, Spot(7, 5))
    # The whole city is no place.
    assert not is_same_place(city, city)
    assert is_same_place(Spot(1, 1, "柳树街 12号"), Spot(7, 5, "柳树街12号。"))
    assert not is_same_place(Spot(7, 5, "柳树街12号"), Spot(7, 5, "柳树街13号"))
    # .001° of latitude is 111 m.
    here = Spot(7, 5, "a", (120.0, 30.0))
    assert is_same_place(here, Spot(8, 5, "b", (120.0, 30.001)))
    assert not is_same_place(here, Spot(7, 5, "a", (120.0, 30.0 + 2 * NEAR_M / 111_000)))
    then = utcnow()
    assert came_back_in_time(then, then + timedelta(days=30))
    assert not came_back_in_time(then, then + timedelta(days=30, seconds=1))
    assert not came_back_in_time(then, then - timedelta(seconds=1))
    assert not came_back_in_time(None, then)
