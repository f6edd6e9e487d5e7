"""Daily roll-ups: integer counters per unit, local day and channel, kept equal to a rebuild at every commit.

A row holds what the reviews *created* and the requests *received* on that day have become so far; a later change
moves counts within the row of the original day. All counters are integers, so that adding the differences of many
transactions and counting everything anew give the same numbers.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, String

from webapp.models.base import Model

REVIEW_COUNTERS = (
    "uses", "rating_1", "rating_2", "rating_3", "rating_4", "rating_5",
    "defaults", "unrated", "set_aside", "bad_replied", "bad_rectified", "bad_asked", "bad_heard",
    "bad_satisfied",
    "text_n", "text_sum", "text_sq",
    "both_n", "both_pred_sum", "both_pred_sq", "both_vote_sum", "both_vote_sq", "both_cross",
    "asked_1", "asked_2", "asked_3", "asked_4", "asked_5",
)  # fmt: skip
REQUEST_COUNTERS = (
    "received", "responded", "closed", "on_time", "late", "merged", "out_of_scope",
    "solved_yes", "solved_partly", "solved_no", "contacted", "not_contacted", "unreached",
    "satisfied_1", "satisfied_2", "satisfied_3", "satisfied_4", "satisfied_5",
    "reopened", "objected", "transferred", "returned", "returned_eligible",
    "complaint", "help", "inquiry", "suggestion", "praise", "emergency",
    "anger_n", "anger_sum", "supporters",
    "told_1", "told_2", "told_3", "told_4", "told_5",
    "sampled_1", "sampled_2", "sampled_3", "sampled_4", "sampled_5",
)  # fmt: skip
COUNTERS = REVIEW_COUNTERS + REQUEST_COUNTERS


def _rollup(name: str, tablename: str, doc: str) -> type[Model]:
    """One roll-up table: ``unit_id`` × ``channel`` × ``day`` and the counters."""
    namespace: dict[str, object] = {
        "__tablename__": tablename,
        "__doc__": doc,
        "__module__": __name__,
        "unit_id": Column(BigInteger, primary_key=True, autoincrement=False),
        "channel": Column(String(16), primary_key=True),
        "day": Column(Date, primary_key=True),
        # Stored in the order in which windows are summed: SQLite then groups without sorting, in half the time.
        "__table_args__": {"sqlite_with_rowid": False},
    }
    for counter in COUNTERS:
        namespace[counter] = Column(BigInteger, nullable=False, default=0, server_default="0")
    return type(name, (Model,), namespace)


ServiceDay = _rollup(
    "ServiceDay",
    "service_day",
    "Counts per service, day and channel; a department's requests about no service under its negative id.",
)
DepartmentDay = _rollup("DepartmentDay", "department_day", "Counts per department, day and channel.")
AreaDay = _rollup("AreaDay", "area_day", "Counts per smallest known area, day and channel.")
CategoryDay = _rollup("CategoryDay", "category_day", "Counts per category, day and channel (requests only).")

ROLLUPS = {"service": ServiceDay, "department": DepartmentDay, "area": AreaDay, "category": CategoryDay}
__all__ = ["COUNTERS", "REQUEST_COUNTERS", "REVIEW_COUNTERS", "ROLLUPS"]
