"""Imports: every row accounted for, replies as casework, and nothing twice."""

from __future__ import annotations

import csv
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import select

from nlp.mask import mask_personal_data
from tests.factories import Town
from webapp.extensions import db
from webapp.models import RequestEvent, ServiceRequest, utcnow
from webapp.services import events, rollups
from webapp.services.import_rows import MappingError
from webapp.services.import_source import ColumnMapping, guess_mapping, load_mapping, parse_time, presets
from webapp.services.importing import import_requests, shift_to_now

pytestmark = pytest.mark.usefixtures("context")

HEADER = ["msg_id", "user_code", "subject", "time", "detail", "reply", "reply_time"]
GOOD = [
    "1",
    "u1",
    "楼道灯不亮",
    "2024/3/4 9:05:00",
    "三单元楼道的灯坏了半个月",
    "已更换灯泡",
    "2024/3/6 10:00:00",
]
OPEN = ["2", "u2", "垃圾没人收", "2024/3/5 20:00:00", "垃圾桶满了，味道很大，电话13912345678", "", ""]


def _csv(folder: Path, *rows: list[str], header: list[str] = HEADER, encoding: str = "utf-8-sig") -> Path:
    path = folder / "messages.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def _mapping() -> ColumnMapping:
    return load_mapping("teddy_a4_replies")


def _stored() -> dict[str, ServiceRequest]:
    return {r.source_id or "": r for r in db.session.scalars(select(ServiceRequest))}


def test_rows_are_classified_dispatched_and_answered(tmp_path: Path, town: Town) -> None:
    report = import_requests(_csv(tmp_path, GOOD, OPEN), _mapping())
    assert (report.stored, report.answered, report.bad) == (2, 1, [])
    found = _stored()
    done, waiting = found["1"], found["2"]
    assert done.text == "楼道灯不亮\n三单元楼道的灯坏了半个月"
    assert done.received_at == datetime(2024, 3, 4, 1, 5, tzinfo=UTC)
    assert (done.status, done.unreached, done.responded_at) == ("closed", True, done.resolved_at)
    assert [e.event_type for e in done.events] == ["received", "assigned", "accepted", "resolved", "closed"]
    assert done.events[3].note == "已更换灯泡"
    assert waiting.status == "assigned"
    assert waiting.area_id == town.areas["T"]
    assert waiting.sentiment is not None
    assert waiting.model


def test_rollups_and_chains_stay_true(tmp_path: Path) -> None:
    import_requests(_csv(tmp_path, GOOD, OPEN), _mapping())
    assert rollups.verify() == []
    assert events.broken_chains() == []


def test_running_again_imports_only_what_is_new(tmp_path: Path) -> None:
    import_requests(_csv(tmp_path, GOOD), _mapping())
    again = import_requests(_csv(tmp_path, GOOD, OPEN), _mapping())
    assert (again.stored, again.already) == (1, 1)
    assert len(_stored()) == 2


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"msg_id": ""}, "no usable id", id="no id"),
        pytest.param({"subject": "", "detail": " "}, "no text", id="no text"),
        pytest.param({"time": "昨天"}, "cannot read the time", id="time in words"),
        pytest.param({"time": "2199/1/1 0:00:00"}, "future", id="future"),
        pytest.param({"msg_id": "1"}, "already in line 2", id="same id twice"),
    ],
)
def test_bad_rows_are_told_with_their_line_and_the_rest_kept(
    tmp_path: Path, change: dict[str, str], reason: str
) -> None:
    bad = [change.get(name, value) for name, value in zip(HEADER, ["9", *OPEN[1:]], strict=True)]
    report = import_requests(_csv(tmp_path, GOOD, bad, OPEN), _mapping())
    assert [(row.line, reason in row.reason) for row in report.bad] == [(3, True)]
    assert report.stored == 2


def test_lines_count_from_where_a_row_begins(tmp_path: Path) -> None:
    long = [*OPEN[:4], "第一行\n第二行\n第三行", "", ""]
    bad = ["", *GOOD[1:]]
    report = import_requests(_csv(tmp_path, long, bad), _mapping())
    assert [row.line for row in report.bad] == [5]


def test_too_many_cells_and_broken_bytes_cost_only_their_row(tmp_path: Path) -> None:
    path = _csv(tmp_path, GOOD, [*OPEN, "多出来的"])
    with path.open("ab") as file:
        file.write("7,u,题目,2024/3/5 20:00:00,坏\n".encode()[:-2] + b"\xff,,\n")
        file.write("8,u,题目,2024/3/5 20:00:00,好的内容,,\n".encode())
    report = import_requests(path, _mapping())
    assert [row.line for row in report.bad] == [3, 4]
    assert set(_stored()) == {"1", "8"}


def test_a_reply_before_its_message_is_left_out_with_a_warning(tmp_path: Path) -> None:
    report = import_requests(_csv(tmp_path, [*GOOD[:6], "2023/1/1 0:00:00"]), _mapping())
    assert (report.stored, report.answered) == (1, 0)
    assert [row.line for row in report.warnings] == [2]
    assert _stored()["1"].status == "assigned"


def test_byte_order_marks_and_old_encodings_are_understood(tmp_path: Path) -> None:
    marked = ["﻿" + GOOD[0], *GOOD[1:]]
    import_requests(_csv(tmp_path, marked), _mapping())
    import_requests(_csv(tmp_path, OPEN, encoding="gb18030"), _mapping())
    assert set(_stored()) == {"1", "2"}
    assert _stored()["2"].text.startswith("垃圾没人收")


def test_workbooks_are_read_like_csv(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    naive = datetime(2024, 5, 6, 7, 8)  # noqa: DTZ001 - workbooks know no time zones
    sheet.append([3, "u3", "公交太慢", naive, "等了四十分钟", None, None])
    sheet.append([None] * 7)
    sheet.append([None, "u", "没有编号", naive, "内容", None, None])
    book.save(tmp_path / "messages.xlsx")
    report = import_requests(tmp_path / "messages.xlsx", _mapping())
    assert [row.line for row in report.bad] == [4]
    assert _stored()["3"].received_at == datetime(2024, 5, 5, 23, 8, tzinfo=UTC)


def test_one_line_in_another_encoding_costs_only_itself(tmp_path: Path) -> None:
    """Even in a short file, where it is a large part of all: the others must not be read as something else."""
    for encoding in ("utf-8", "utf-8-sig"):
        path = _csv(tmp_path, OPEN, encoding=encoding)
        with path.open("ab") as file:
            file.write(f"7,u,噪音扰民,2024/3/5 20:00:00,{encoding} 半夜还在施工,,\n".encode("gb18030"))
        report = import_requests(path, _mapping())
        assert [(row.line, row.reason) for row in report.bad] == [
            (3, "bytes that are no text in this encoding")
        ]
    assert _stored()["2"].text.startswith("垃圾没人收")


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [("\t", "utf-16"), (";", "utf-8"), ("\t", "gb18030")],
    ids=["unicode text", "semicolons", "tabs"],
)
def test_what_spreadsheets_call_csv_is_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "messages.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, GOOD, OPEN])
    report = import_requests(path, _mapping())
    assert (report.stored, report.bad) == (2, [])
    assert _stored()["1"].text.startswith("楼道灯不亮")


def test_rows_of_nothing_are_no_rows(tmp_path: Path) -> None:
    report = import_requests(_csv(tmp_path, [""] * 7, GOOD, [], [" "], [""] * 9), _mapping())
    assert (report.stored, report.bad) == (1, [])


def test_a_workbook_that_lies_about_its_size_and_name_is_read_whole(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    for row in (HEADER, GOOD, OPEN):
        book.active.append(row)
    book.save(tmp_path / "true.xlsx")
    with zipfile.ZipFile(tmp_path / "true.xlsx") as true, zipfile.ZipFile(tmp_path / "m.csv", "w") as lying:
        for item in true.infolist():
            content = true.read(item.filename)
            lying.writestr(item, re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', content))
    report = import_requests(tmp_path / "m.csv", _mapping())
    assert (report.stored, report.bad) == (2, [])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.csv", b"", "empty"),
        ("m.csv", bytes(range(256)) * 9, "neither CSV nor a workbook"),
        ("m.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "before 2007"),
        ("m.xlsx", b"PK\x03\x04 cut", "not a workbook"),
        ("m.csv", "msg_id,标题\n1,a\n".encode(), "no column time.*it has msg_id, 标题"),
    ],
    ids=["empty", "binary", "old excel", "broken workbook", "columns"],
)
def test_files_that_cannot_be_read_say_why(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MappingError, match=message):
        import_requests(tmp_path / name, _mapping())


def test_a_time_with_its_own_zone_keeps_it(tmp_path: Path) -> None:
    mapping = replace(_mapping(), time_formats=("%Y-%m-%dT%H:%M:%S%z",))
    assert parse_time("2024-03-04T09:05:00+0300", mapping) == datetime(2024, 3, 4, 6, 5, tzinfo=UTC)


def test_an_unfinished_reply_leaves_the_case_open(tmp_path: Path) -> None:
    header = [
        "replyID", "title", "replyContentMain", "replyDate", "handleContent", "handleTime", "stateInfo",
        "typeNameD", "county", "city",
    ]  # fmt: skip
    rows = [
        ["1", "气不足", "晚上做不了饭", "2024-01-02 08:00", "正在查", "2024-01-03 08:00", "办理中", "建言", "石桥街道", ""],
        ["2", "气不足", "早上也做不了", "2024-01-02 09:00", "已修好", "2024-01-03 08:00", "已办理", "咨询", "别处", ""],
    ]  # fmt: skip
    import_requests(_csv(tmp_path, *rows, header=header), load_mapping("peoplecn_gas_posts"))
    first, second = _stored()["1"], _stored()["2"]
    assert (first.status, first.request_type, first.area.name) == ("accepted", "suggestion", "石桥街道")
    assert first.responded_at is not None
    assert (second.status, second.request_type, second.area.level) == ("closed", "inquiry", 1)


def test_recent_replies_still_wait_for_the_residents_word(tmp_path: Path) -> None:
    reply = (utcnow() - timedelta(days=2)).strftime("%Y-%m-%d %H:%M:%S")
    sent = (utcnow() - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
    import_requests(_csv(tmp_path, [*GOOD[:3], sent, *GOOD[4:6], reply]), _mapping())
    assert _stored()["1"].status == "resolved"


def test_moving_to_now_keeps_the_time_of_day_and_the_distances(tmp_path: Path) -> None:
    path = _csv(tmp_path, GOOD, OPEN)
    shift = shift_to_now(path, _mapping())
    assert shift.seconds == 0
    import_requests(path, _mapping(), shift=shift)
    done = _stored()["1"]
    assert timedelta(0) <= utcnow() - (done.resolved_at or utcnow()) < timedelta(days=1)
    assert (done.resolved_at or utcnow()) - done.received_at == timedelta(days=2, minutes=55)


def test_phone_numbers_do_not_reach_the_public(tmp_path: Path) -> None:
    import_requests(_csv(tmp_path, OPEN), _mapping())
    assert "13912345678" not in mask_personal_data(_stored()["2"].text)
    assert "13912345678" not in " ".join(db.session.scalars(select(RequestEvent.note)))


def test_presets_load_and_guess_themselves(tmp_path: Path) -> None:
    assert presets() == ["peoplecn_gas_posts", "teddy_a3_hot", "teddy_a4_replies"]
    assert guess_mapping(_csv(tmp_path, GOOD)).source == "teddy_a4_replies"
    with pytest.raises(MappingError, match="no preset fits"):
        guess_mapping(_csv(tmp_path, ["1"], header=["x"]))


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[columns]\nid = 'a'\ntime = 'b'", "no column for text"),
        ("[columns]\nid = 'a'\ntime = 'b'\ntext = 'c'\nmood = 'd'", "unknown column role"),
        ("columns = [", "not valid TOML"),
        ("timezone = 'Mars/North'\n[columns]\nid = 'a'\ntime = 'b'\ntext = 'c'", "timezone or encoding"),
        ("encoding = 'utf-9'\n[columns]\nid = 'a'\ntime = 'b'\ntext = 'c'", "timezone or encoding"),
    ],
)
def test_a_mapping_that_cannot_work_says_why(tmp_path: Path, toml: str, message: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(MappingError, match=message):
        load_mapping(str(path))


def test_a_file_without_the_columns_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="no column likes"):
        import_requests(_csv(tmp_path, GOOD), load_mapping("teddy_a3_hot"))
    assert _stored() == {}


def test_command_reports_rows_and_writes_the_bad_ones(tmp_path: Path, app: Flask) -> None:
    path = _csv(tmp_path, GOOD, ["", *OPEN[1:]])
    answer = app.test_cli_runner().invoke(
        args=["import-requests", str(path), "--bad-rows", str(tmp_path / "bad.txt")]
    )
    assert answer.exit_code == 0, answer.output
    assert "1 imported (1 with a reply)" in answer.output
    assert "?to=2024-03-04" in answer.output
    assert "importing teddy_a4_replies: 100 %" in answer.output
    assert (tmp_path / "bad.txt").read_text(encoding="utf-8").startswith("3\tno usable id")
    refused = app.test_cli_runner().invoke(args=["import-requests", str(path), "--mapping", "nonsense"])
    assert (refused.exit_code, "no preset and no file" in refused.output) == (1, True)
