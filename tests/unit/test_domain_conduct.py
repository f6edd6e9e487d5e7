"""What counts as a complaint about an office or its staff, and who wants to stay unknown."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.config import load_config
from webapp.domain.conduct import is_about_staff, wants_no_name
from webapp.domain.consent import CONSENTS, CURRENT, known
from webapp.domain.quiet import QuietHours

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    "text",
    [
        "投诉人社局工作人员", "举报社区主任收了红包", "窗口的工作人员态度特别差", "办事员一直玩手机", "城管队员动手打人",
        "住建局不作为，报了三次没人管", "街道办推来推去", "民警辱骂我", "刁难我的那个办事人员姓什么不知道", "村干部优亲厚友",
        "我要投诉你们窗口人员", "局长以权谋私", "物业没来，社区工作人员态度恶劣",
    ],
)  # fmt: skip
def test_about_staff(text: str) -> None:
    assert is_about_staff(text)


@pytest.mark.parametrize(
    "text",
    [
        "路灯坏了三天", "希望工作人员尽快来修", "社保窗口排队两小时", "表扬窗口工作人员态度很好", "物业工作人员态度差",
        "银行的工作人员刁难老人", "请城管来管一管占道经营",
        "举报小区有人违规搭建", "邻居骂人，希望民警调解", "快递公司工作人员骂人",
    ],
)  # fmt: skip
def test_not_about_staff(text: str) -> None:
    assert not is_about_staff(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("我要匿名举报", True), ("请不要透露我的姓名", True), ("别说是我反映的", True), ("不想让物业知道是我", True),
        ("不要公开我的身份信息", True), ("不想留名字", True), ("名字不要写我的", True), ("千万别写我名字", True),
        ("我叫王小明", False), ("不要让小区停水", False), ("请公开预算", False), ("名字写错了请更正", False),
    ],
)  # fmt: skip
def test_who_wants_no_name(text: str, wanted: bool) -> None:
    assert wants_no_name(text) is wanted


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert is_about_staff(text) in (True, False)
    assert wants_no_name(text) in (True, False)


# A wording that people agreed to never changes: a new one is a new entry, with its digest added here.
DIGESTS = {"2026-11": "f31ea88e65afb376a9cef8b44b5f3f23d565e416df672814c39ffde3bf346ed6"}


def test_no_wording_that_was_agreed_to_has_changed() -> None:
    assert {c.version: hashlib.sha256(c.text.encode()).hexdigest() for c in CONSENTS} == DIGESTS
    assert CURRENT.digest == DIGESTS[CURRENT.version]
    assert known("never") is None
    assert known(CURRENT.version) is CURRENT


@pytest.mark.parametrize(
    ("hours", "clock", "until"),
    [
        ("21:00-08:00", "20:59", None), ("21:00-08:00", "21:00", "next 08:00"), ("21:00-08:00", "03:00", "same 08:00"),
        ("21:00-08:00", "08:00", None), ("", "03:00", None), ("12:00-14:00", "13:00", "same 14:00"),
        ("12:00-14:00", "14:00", None),
    ],
)  # fmt: skip
def test_quiet_hours(hours: str, clock: str, until: str | None) -> None:
    now = datetime.combine(date(2026, 11, 26), time.fromisoformat(clock), tzinfo=CHINA)
    found = QuietHours.parse(hours).until(now)
    if until is None:
        assert found is None
    else:
        day, _, at = until.partition(" ")
        assert found is not None
        assert found.strftime("%H:%M") == at
        assert (found.date() - now.date()).days == (day == "next")


@given(st.times(), st.times(), st.integers(0, 366 * 1440))
def test_quiet_hours_end_within_a_day_and_are_over_then(start: time, end: time, minutes: int) -> None:
    quiet = QuietHours(start.replace(fold=0), end.replace(fold=0))
    now = datetime(2026, 1, 1, tzinfo=CHINA) + timedelta(minutes=minutes)
    until = quiet.until(now)
    if until is not None:
        assert timedelta(0) < until - now <= timedelta(days=1)
        assert quiet.until(until) is None


@pytest.mark.parametrize("text", ["21:00", "abends", "25:00-08:00"])
def test_bad_quiet_hours_are_noticed_at_the_start(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them names the value
        load_config({"QUIET_HOURS": text, "MINPING_VAR": str(tmp_path)})


@pytest.mark.parametrize("text", ["contacts=3", "contact", "contact=soon"])
def test_bad_retention_is_noticed_at_the_start(text: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="RETENTION_DAYS"):
        load_config({"RETENTION_DAYS": text, "MINPING_VAR": str(tmp_path)})


def test_retention_days_change_one_by_one(tmp_path: Path) -> None:
    env = {"RETENTION_DAYS": "contact=30 photos=90", "MINPING_VAR": str(tmp_path)}
    days = load_config(env)["RETENTION_DAYS"]
    assert (days["contact"], days["photos"], days["words"]) == (30, 90, 365)
