"""Monthly reports: the numbers of the pages to the digit, who gets which, and files that hold what the page says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from docx import Document as open_docx
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from tests.factories import Town
from tests.plugin_stories import After
from webapp.domain.periods import period_of
from webapp.domain.workflow import Action, Role, Solved
from webapp.extensions import db
from webapp.models import AuditEntry, Review, User, utcnow
from webapp.queries import evaluation
from webapp.queries.reach import Bounds
from webapp.services import casework, follow_up, reviews, submit
from webapp.services.actor import RESIDENT, Actor
from webapp.services.casework import Step
from webapp.services.submit import RequestDraft
from webapp.views.reports import files
from webapp.views.reports.document import Document, Figure, Grid, Points

Login = Callable[[str], FlaskClient]
PHONE = "13612345678"
WORDS = f"<script>alert(1)</script>窗口没人，打{PHONE}也不接"
DEPARTMENT = "/insight/reports/last30/departments/HR"
CITY = "/insight/reports/last30/city"


def _rate(service: str, who: str, level: int, days: int, words: str = "") -> None:
    tags = ["态度差"] if level < 3 else []
    at = utcnow() - timedelta(days=days, minutes=len(who) * 7)
    reviews.submit_review(reviews.ReviewDraft(service, who, level, tags, words), at)


def _fill(town: Town) -> None:
    """Two months of reviews of two services that part ways, requests with their residents' word, one overdue."""
    for number in range(40):
        _rate("HR-001", f"now{number}", 1 if number % 3 else 2, 3, WORDS if number == 7 else "")
        _rate("HR-001", f"was{number}", 5 if number % 4 else 3, 40)
        _rate("HR-002", f"now{number}", 5 if number % 9 else 2, 4)
        _rate("HR-002", f"was{number}", 5 if number % 8 else 2, 41)
        _rate("HOUSING-001", f"now{number}", 4, 5)
    for word in [Solved.YES] * 7 + [Solved.NO] * 5:
        request = submit.submit_request(
            RequestDraft(
                text="社保窗口排队太久", service_code="HR-001", area_code="T1111", category_code="010101"
            )
        ).request
        clerk = Actor(Role.CLERK, town.users["clerk"], request.department_id)
        number_ = request.service_request_id
        casework.act(number_, Step(Action.ACCEPT), clerk)
        casework.act(number_, Step(Action.RESOLVE, "已办"), clerk)
        follow_up.answer(request, follow_up.FollowUp(True, word, 4), RESIDENT)
    late = submit.submit_request(RequestDraft(text="失业金没到账", service_code="HR-002")).request
    late.due_at = utcnow() - timedelta(days=3)
    db.session.commit()


@pytest.fixture
def filled(app: Flask, after: After) -> Flask:
    after(_fill)
    return app


def _document(app: Flask, department: str = "HR", language: str = "zh_CN") -> Document:
    with app.test_request_context(f"/?lang={language}"):
        period = period_of("last30", evaluation.today())
        assert period is not None
        return files.of_department(period, department) if department else files.of_place(period, "", Bounds())


def _grids(document: Document) -> dict[str, Grid]:
    blocks = [block for section in document.sections for block in section.blocks]
    found = [b.grid if isinstance(b, Figure) else b for b in blocks]
    return {grid.title: grid for grid in found if isinstance(grid, Grid)}


def _said(document: Document) -> str:
    points = [document.summary, *(b for s in document.sections for b in s.blocks if isinstance(b, Points))]
    return "\n".join(item for block in points for item in block.items)


def _csv(browser: FlaskClient, address: str) -> list[list[str]]:
    text = browser.get(address).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


# --- the same numbers -------------------------------------------------------------------------------------------------


def test_a_departments_report_has_the_pages_numbers(filled: Flask, login: Login) -> None:
    browser, page = login("head"), "/insight/departments/HR?days=30"
    document = _document(filled)
    shown_page = browser.get(page).text
    shown = re.search(r'score-value">([\d.]+)<', shown_page)
    assert shown
    assert f"群众评价得分 {shown[1]} 分（95% 区间 " in document.summary.items[0]
    grids = _grids(document)
    rates = {row[0]: row for row in grids["法定指标"].rows}
    for name, value, top, bottom, *_rest in _csv(browser, f"{page}&format=csv&table=indicators"):
        assert rates[name][2] == f"{int(top):,} ÷ {int(bottom):,}"
        assert rates[name][1] == (f"{float(value):.1f}%" if value else "—")
        assert f'data-label="可信区间">{rates[name][3]}</td>' in shown_page
    causes = list(grids["得分变化的组成（分）"].rows)
    page_causes = _csv(browser, f"{page}&format=csv&table=changes")
    assert [[a, b] for a, b, _points in causes[:5]] == [[a, b] for a, b, _points in page_causes[:5]]
    assert float(causes[-1][2].replace("−", "-")) == pytest.approx(float(page_causes[-1][2]), abs=0.05)
    first = _csv(browser, f"{page}&format=csv&table=first")
    assert first
    for service, part, now, peers, points, *_way in first:
        assert re.search(
            rf"“{service}”的{part}：现在 {float(now):.1f}%.*同类平均 {float(peers):.1f}%.*提高 {float(points):.1f} 分",
            _said(document),
        )


def test_the_citys_report_has_the_overviews_numbers(filled: Flask, login: Login) -> None:
    browser, document = login("official"), _document(filled, "")
    rows = {row[0]: row for row in _grids(document)["各单位得分（按与目标比分档，档内不排名次）"].rows}
    page = _csv(browser, "/insight/?days=30&format=csv&table=departments")
    tiles = browser.get("/insight/?days=30").text
    assert {row[0] for row in page} == set(rows)
    for name, _code, score, _low, _high, raw, tier, _change, votes, requests, *_rates, late in page:
        shown = rows[name]
        value, interval = shown[1].rstrip("）").split("（")
        assert value == f"{float(score):.1f}"
        # As the page rounds it: the file's one digit rounded once more could be another.
        assert f"({interval})" in tiles
        assert shown[2:4] == [f"{float(raw):.1f}", tier]
        assert (shown[5], shown[6], shown[9]) == (votes, requests, late)
    good = re.search(r"好评率</span><span class=\"figure-value\">(?:<a [^>]*>)?([\d.]+%)", tiles)
    assert good
    assert f"好评率 {good[1]}（" in _said(document)


def test_the_change_decomposes_exactly(filled: Flask) -> None:
    with filled.app_context():
        window = files.window_of(period_of("last30", evaluation.today()))  # type: ignore[arg-type]
        card, parts = evaluation.department_scorecard("HR", window), evaluation.change_of("HR", window)
    assert card is not None
    assert card.change is not None
    assert sum(part.points for part in parts) == pytest.approx(card.change)
    grid = _grids(_document(filled))["得分变化的组成（分）"]
    assert grid.rows[-1][2] == f"{card.change:+.1f}".replace("-", "−")


def test_what_the_numbers_allow_is_said_and_no_more(filled: Flask) -> None:
    said = _said(_document(filled))
    assert "下降：" in said
    assert "好评率下降：从 " in said
    assert re.search(r"“社会保险关系转移”的办事体验：现在 .*低于同类平均", said)
    assert "群众反映最多的是“科技服务”：13 件诉求里有 12 件" in said
    assert "本期受理的诉求：超期未办 1 件" in said
    # Twelve answers in one kind: nothing to compare it with.
    assert "还分不出哪一类更难解决" in said
    housing = _said(_document(filled, "HOUSING"))
    assert "上期依据不足，没有得分可比" in housing
    assert "没有收到诉求" in housing


def test_an_empty_city_says_that_nothing_can_be_said(app: Flask, town: Town) -> None:
    for department in ("", "HR", "T1-OFFICE"):
        said = _said(_document(app, department))
        assert not re.search(r"上升：|下降：|高于目标 |低于目标 |明显多于", said)
        assert "依据" in said


# --- pages and files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [DEPARTMENT, CITY, "/insight/reports/last30/areas/T1", "/insight/reports"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_pages_open_with_masked_and_escaped_words(
    filled: Flask, login: Login, path: str, language: str
) -> None:
    page = login("official").get(f"{path}?lang={language}").text
    assert "<script>alert" not in page
    assert PHONE not in page
    assert page.count("<h1") == 1
    if path == DEPARTMENT:
        assert "窗口没人，打" in page
    assert "%(" not in page
    assert "95%%" not in page


@pytest.mark.parametrize("path", [DEPARTMENT, CITY])
def test_the_pdf_holds_the_words_of_the_page(filled: Flask, login: Login, path: str) -> None:
    answer = login("official").get(f"{path}?format=pdf")
    assert answer.mimetype == "application/pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    file = PdfReader(io.BytesIO(answer.data))
    text = re.sub(r"\s", "", "".join(page.extract_text() for page in file.pages))
    document = _document(filled, "HR" if path == DEPARTMENT else "")
    assert re.sub(r"\s", "", document.title) in text
    for item in document.summary.items[:3]:
        assert re.sub(r"\s", "", item)[:30] in text
    assert PHONE not in text
    # Tagged for screen readers, and A4.
    assert file.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert [round(float(x)) for x in file.pages[0].mediabox[2:]] == [595, 842]


def test_the_docx_has_native_headings_and_tables_and_described_pictures(filled: Flask, login: Login) -> None:
    answer = login("head").get(f"{DEPARTMENT}?format=docx")
    word, document = open_docx(io.BytesIO(answer.data)), _document(filled)
    headings = [p.text for p in word.paragraphs if p.style and p.style.name == "Heading 2"]
    assert headings == [*(s.title for s in document.numbered()), document.foot_title]
    assert headings[0] == "一、得分为什么变化"
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    assert tables == [[list(g.head), *(list(row) for row in g.rows)] for g in _grids(document).values()]
    figures = [b for s in document.sections for b in s.blocks if isinstance(b, Figure)]
    described = [shape._inline.docPr.get("descr") for shape in word.inline_shapes]
    assert len(described) == len(figures) >= 1
    assert all(text.startswith(figure.title) for text, figure in zip(described, figures, strict=True))
    assert not any(PHONE in p.text for p in word.paragraphs)


def test_the_html_file_stands_alone(filled: Flask, login: Login) -> None:
    text = login("head").get(f"{DEPARTMENT}?format=html").text
    assert "<svg" in text
    assert "@media print" in text
    assert not re.search(r'<script|<link|src="|href="', text)


def test_files_are_on_record(filled: Flask, login: Login) -> None:
    login("head").get(DEPARTMENT)
    login("head").get(f"{DEPARTMENT}?format=docx")
    with filled.app_context():
        entry = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "insight.export")).one()
        assert (entry.subject, entry.details["format"]) == (DEPARTMENT, "docx")
        assert entry.user_id


# --- who, and when -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "path", "status"),
    [
        ("head", DEPARTMENT, 200), ("clerk", DEPARTMENT, 200), ("clerk.housing", DEPARTMENT, 403),
        ("head", CITY, 403), ("auditor", CITY, 200), ("auditor", DEPARTMENT, 200), ("official", CITY, 200),
        ("dispatcher", CITY, 200), ("reviewer", DEPARTMENT, 403), ("grid_worker", CITY, 403),
        ("east", DEPARTMENT, 403), ("east", "/insight/reports/last30/departments/T1-OFFICE", 200), ("east", CITY, 403),
        ("east", "/insight/reports/last30/areas/T1", 200), ("east", "/insight/reports/last30/areas/T2", 403),
        ("official", "/insight/reports/last30/areas/T2", 200), ("official", "/insight/reports/last30/areas/T111", 404),
        ("official", "/insight/reports/last30/departments/nothing", 404),
        ("official", "/insight/reports/last30/areas/nothing", 404), ("official", "/insight/reports/2099-01/city", 404),
        ("official", "/insight/reports/nonsense/city", 404),
    ],
)  # fmt: skip
def test_who_gets_which(app: Flask, town: Town, login: Login, user: str, path: str, status: int) -> None:
    with app.app_context():
        db.session.add(User(
            username="east", name="东门", role="official", area_id=town.areas["T1"],
            password_hash=db.session.get(User, town.users["official"]).password_hash,  # type: ignore[union-attr]
        ))  # fmt: skip
        db.session.commit()
    assert login(user).get(path).status_code == status
    listed = login(user).get("/insight/reports")
    if listed.status_code == 200:
        # Of an office without services nothing was heard: there is nothing to report yet.
        assert (f'href="{path}"' in listed.text) == (status == 200 and "T1-OFFICE" not in path)


def test_heads_find_their_own_report_in_the_list(filled: Flask, login: Login) -> None:
    page = login("head").get("/insight/reports?period=last30").text
    assert f'href="{DEPARTMENT}"' in page
    assert f'href="{DEPARTMENT}?format=pdf"' in page
    assert "HOUSING" not in page
    assert "/city" not in page
    assert "/insight/reports" in login("head").get("/insight/departments/HR").text


def test_a_month_is_there_when_it_is_over_and_the_pages_show_the_same_days(
    filled: Flask, login: Login
) -> None:
    with filled.app_context():
        day = evaluation.today()
        filed = db.session.scalar(db.select(db.func.count()).select_from(Review))
    key, browser = f"{day:%Y-%m}", login("official")
    assert browser.get(f"/insight/reports/{key}/departments/HR").status_code == 404
    after = (day.replace(day=1) + timedelta(days=45)).replace(day=3)
    with time_machine.travel(f"{after.isoformat()} 04:00:00+00:00", tick=True):
        browser = login("official")
        page = browser.get(f"/insight/reports/{key}/departments/HR")
        assert page.status_code == 200
        assert f"/insight/departments/HR?days={key}" in page.text
        shown = browser.get(f"/insight/departments/HR?days={key}").text
        assert f'value="{key}" selected' in shown
        score = re.search(r'score-value">([\d.]+)<', shown)
        if score:
            assert f"群众评价得分 {score[1]} 分" in page.text
        assert f'value="{key}"' in browser.get("/insight/reports").text
    assert filed == 200


def test_the_command_line_writes_the_same_report(filled: Flask, tmp_path: Path) -> None:
    run = filled.test_cli_runner()
    for kind, start in (("pdf", b"%PDF-"), ("docx", b"PK"), ("html", b"\n<!doctype")):
        file = tmp_path / f"report.{kind}"
        done = run.invoke(args=[
            "report", "monthly", "--month", "last30", "--department", "HR", "--format", kind, "--out", str(file),
        ])  # fmt: skip
        assert done.exit_code == 0, done.output
        assert file.read_bytes().lstrip(b"\n").startswith(start.lstrip(b"\n"))
    document = _document(filled)
    assert all(item in (tmp_path / "report.html").read_text() for item in document.summary.items[:2])
    with filled.app_context():
        entries = db.session.scalars(db.select(AuditEntry).where(AuditEntry.action == "insight.export")).all()
        assert [entry.details["format"] for entry in entries] == ["pdf", "docx", "html"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--month", "2099-01"], "没有这个月的月报"), (["--month", "last30", "--department", "nothing"], "没有找到这个单位"),
        (["--month", "last30", "--area", "nothing"], "没有找到这个区域"),
        (["--month", "last30", "--area", "T1", "--department", "HR"], "exclude each other"),
    ],
)  # fmt: skip
def test_the_command_line_says_what_is_wrong(
    app: Flask, town: Town, tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = tmp_path / "report.pdf"
    done = app.test_cli_runner().invoke(args=["report", "monthly", *arguments, "--out", str(file)])
    assert done.exit_code != 0
    assert words in done.output
    assert not file.exists()
