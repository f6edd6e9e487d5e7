"""The administration: catalogue, areas, dispatch rules, policy; wrong entries come back beside their field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.models import Area, AuditEntry, Category, Department, DispatchRule, Service
from webapp.queries.policy import scoring_policy
from webapp.services import submit
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
ATTACK = "<script>alert(1)</script>"
SERVICE = {
    "service_code": "HR-009", "name": "退休审批", "department_code": "HR", "scope": "per_visit", "is_active": "1",
    "nicknames": "退休\n办退休、退休", "materials": "身份证\n\n户口本", "monthly_uses": "120", "category_code": "0101",
}  # fmt: skip
DEPARTMENT = {
    "code": "WATER",
    "name": "市水务局",
    "area_code": "T",
    "is_active": "1",
    "parent_code": "CITY-OFFICE",
}
AREA = {"code": "T12", "name": "新街道", "parent_code": "T1", "population": "8000", "nicknames": "新村"}
NEW = {"services": SERVICE, "departments": DEPARTMENT, "areas": AREA}
POLICY = {
    "version": "2027-1", "window_days": "180", "min_n_eff": "12", "use_text": "1", "target": "80",
    "weight_E": "0.5", "weight_R": "0.3", "weight_T": "0.1", "weight_V": "0.1",
}  # fmt: skip


def _trail(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        entries = db.session.query(AuditEntry).filter(~AuditEntry.action.startswith("login"))
        return [(e.action, e.subject) for e in entries.order_by(AuditEntry.id)]


def _one(model: Any, **values: Any) -> Any:
    return db.session.query(model).filter_by(**values).one()


def test_a_new_service_is_kept_and_public(app: Flask, login: Login) -> None:
    admin = login("admin")
    assert admin.post("/admin/services/new", data=SERVICE).status_code == 302
    with app.app_context():
        service = _one(Service, service_code="HR-009")
        assert (service.nicknames, service.materials) == (["退休", "办退休"], ["身份证", "户口本"])
        assert (service.department.code, service.category.code) == ("HR", "0101")
        assert (service.monthly_uses, service.is_active) == (120, True)
    assert "退休审批" in app.test_client().get("/services/HR-009").text
    assert _trail(app) == [("service.save", "HR-009")]
    # Switched off it takes no more ratings.
    assert admin.post("/admin/services/HR-009", data={**SERVICE, "is_active": ""}).status_code == 302
    assert app.test_client().get("/rate/HR-009").status_code == 404


def test_departments_and_areas_grow_below_others(app: Flask, login: Login) -> None:
    admin = login("admin")
    assert admin.post("/admin/departments/new", data=DEPARTMENT).status_code == 302
    assert admin.post("/admin/areas/new", data=AREA).status_code == 302
    with app.app_context():
        assert _one(Department, code="WATER").parent.code == "CITY-OFFICE"
        area = _one(Area, code="T12")
        assert (area.level, area.population, area.nicknames) == (3, 8000, ["新村"])
        assert area.path == f"{_one(Area, code='T1').path}{area.id}/"
    assert _trail(app) == [("department.save", "WATER"), ("area.save", "T12")]


def test_a_category_is_renamed_and_switched_off_but_never_added(app: Flask, login: Login) -> None:
    admin = login("admin")
    assert admin.get("/admin/categories/new").status_code == 404
    assert admin.post("/admin/categories/0101", data={"name": "科技工作", "code": "9999"}).status_code == 302
    with app.app_context():
        category = _one(Category, code="0101")
        assert (category.name, category.is_active) == ("科技工作", False)


@pytest.mark.parametrize("kind", ["services", "departments", "categories", "areas"])
def test_lists_are_searched_and_say_when_they_are_empty(login: Login, kind: str) -> None:
    admin = login("admin")
    code = {"services": "HR-001", "departments": "HR", "categories": "0101", "areas": "T11"}[kind]
    assert f'/admin/{kind}/{code}"' in admin.get(f"/admin/{kind}").text
    assert f'/admin/{kind}/{code}"' in admin.get(f"/admin/{kind}?words={code}").text
    assert "没有符合条件的内容" in admin.get(f"/admin/{kind}?words=%25").text
    assert admin.get(f"/admin/{kind}?page=²").status_code == 200
    assert admin.get(f"/admin/{kind}/NONE").status_code == 404


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("services", {"name": " "}, "name"),
        ("services", {"name": "长" * 121}, "name"),
        ("services", {"service_code": "HR-001"}, "service_code"),
        ("services", {"service_code": "a/b"}, "service_code"),
        ("services", {"department_code": "NONE"}, "department_code"),
        ("services", {"category_code": "NONE"}, "category_code"),
        ("services", {"scope": "evil"}, "scope"),
        ("services", {"monthly_uses": "-1"}, "monthly_uses"),
        ("services", {"monthly_uses": "²"}, "monthly_uses"),
        ("services", {"monthly_uses": "9" * 30}, "monthly_uses"),
        ("departments", {"code": ""}, "code"),
        ("departments", {"area_code": ""}, "area_code"),
        ("departments", {"parent_code": "NONE"}, "parent_code"),
        ("areas", {"population": "many"}, "population"),
        ("areas", {"parent_code": ""}, "parent_code"),
        ("areas", {"parent_code": "T1111"}, "parent_code"),
        ("areas", {"code": "T1"}, "code"),
        ("areas", {"code": "T" * 21}, "code"),
    ],
)
def test_a_wrong_entry_comes_back_beside_its_field(
    app: Flask, login: Login, kind: str, change: dict[str, str], field: str
) -> None:
    form = {**NEW[kind], **change, "nicknames": "写了半天的俗称"}
    answer = login("admin").post(f"/admin/{kind}/new", data=form)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if kind != "departments":
        assert "写了半天的俗称" in answer.text
    assert _trail(app) == []


def test_a_department_is_not_its_own_parent(login: Login) -> None:
    form = {**DEPARTMENT, "parent_code": "HR"}
    answer = login("admin").post("/admin/departments/HR", data=form)
    assert answer.status_code == 422
    assert 'id="parent_code-error"' in answer.text


@pytest.mark.parametrize("kind", ["services", "departments", "areas"])
def test_names_are_shown_as_words(app: Flask, login: Login, kind: str) -> None:
    admin = login("admin")
    form = {**NEW[kind], "name": ATTACK, "nicknames": ATTACK, "materials": ATTACK, "place": f'"{ATTACK}'}
    assert admin.post(f"/admin/{kind}/new", data=form).status_code == 302
    code = form.get("service_code") or form["code"]
    pages = [
        f"/admin/{kind}",
        f"/admin/{kind}/{code}",
        "/admin/rules",
        "/desk/",
        "/services",
        "/report",
        "/admin/users/new",
    ]
    if kind == "services":
        pages += [f"/services/{code}", f"/rate/{code}", f"/services/{code}/qr"]
    dispatcher = login("dispatcher")
    for page in pages:
        answer = (dispatcher if page == "/desk/" else admin).get(page)
        assert answer.status_code == 200, page
        assert ATTACK not in answer.text, page


def test_a_rule_decides_who_gets_the_next_case(app: Flask, login: Login) -> None:
    admin = login("admin")
    tried = "/admin/rules?try_category=0101&try_area=T11"
    answer = re.search(r'role="status">[^<]*<strong>([^<]+)', admin.get(tried).text)
    assert answer
    assert answer.group(1) == "市住建局"
    rule = {"category_code": "0101", "area_code": "T1", "department_code": "T1-OFFICE"}
    assert admin.post("/admin/rules", data=rule).status_code == 302
    assert admin.post("/admin/rules", data={**rule, "department_code": "HR"}).status_code == 302
    assert "<strong>市人社局" in admin.get(tried).text
    with app.app_context():
        assert db.session.query(DispatchRule).count() == 2
        found = _one(DispatchRule, category_id=_one(Category, code="0101").id).id
        draft = RequestDraft(text="科技项目申报没人答复", category_code="0101", area_code="T111")
        assert submit.submit_request(draft).request.department.code == "HR"
    assert admin.post(f"/admin/rules/{found}/delete").status_code == 302
    assert admin.post(f"/admin/rules/{found}/delete").status_code == 404
    assert "<strong>市住建局" in admin.get(tried).text
    assert _trail(app) == [("rule.save", "0101@T1"), ("rule.save", "0101@T1"), ("rule.delete", "0101@T1")]


@pytest.mark.parametrize("field", ["category_code", "area_code", "department_code"])
def test_a_rule_needs_all_three(login: Login, field: str) -> None:
    rule = {"category_code": "0101", "area_code": "T1", "department_code": "HR", field: ""}
    answer = login("admin").post("/admin/rules", data=rule)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert re.search(r'<option value="(0101|T1|HR)" selected', answer.text), "the other choices stay"


def test_a_dispatcher_reads_the_rules_but_does_not_change_them(login: Login) -> None:
    dispatcher = login("dispatcher")
    page = dispatcher.get("/admin/rules?try_category=0101&try_area=T1").text
    assert "市住建局" in page
    assert "/delete" not in page
    rule = {"category_code": "0101", "area_code": "T1", "department_code": "HR"}
    assert dispatcher.post("/admin/rules", data=rule).status_code == 403


def test_a_policy_is_kept_and_used(app: Flask, login: Login) -> None:
    admin = login("admin")
    assert admin.post("/admin/policy", data=POLICY).status_code == 302
    with app.app_context():
        policy = scoring_policy()
        assert (policy.window_days, policy.score.version, policy.score.target) == (180, "2027-1", 80.0)
        assert dict(policy.score.weights) == {"E": 0.5, "R": 0.3, "T": 0.1, "V": 0.1}
        change = _one(AuditEntry, action="setting.save").details
        assert (change["before"], change["after"]["version"]) == (None, "2027-1")
    page = admin.get("/admin/policy").text
    assert 'value="2027-1"' in page
    assert 'value="80.0"' in page
    # The same again is no change; other rules need a name of their own.
    assert admin.post("/admin/policy", data=POLICY).status_code == 302
    unnamed = admin.post("/admin/policy", data={**POLICY, "target": ""})
    assert (unnamed.status_code, "规则改了，请换一个版本号" in unnamed.text) == (422, True)
    assert admin.post("/admin/policy", data={**POLICY, "target": "", "version": "2027-2"}).status_code == 302
    with app.app_context():
        assert scoring_policy().score.target is None


def test_published_weights_add_up(login: Login) -> None:
    weights = {"weight_E": "4", "weight_R": "3", "weight_T": "2", "weight_V": "1"}
    assert login("admin").post("/admin/policy", data={**POLICY, **weights}).status_code == 302
    shown = re.findall(r'<td class="number">(\d+)%</td>', login("admin").get("/method").text)
    assert shown == ["40", "30", "20", "10"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": ""}, "version"),
        ({"window_days": "7"}, "window_days"),
        ({"weight_E": "viel"}, "weight_E"),
        ({"weight_T": "-1"}, "weight_T"),
        ({"weight_V": "nan"}, "weight_V"),
        ({"weight_R": "inf"}, "weight_R"),
        ({"weight_E": "0", "weight_R": "0", "weight_T": "0", "weight_V": "0"}, "weight_E"),
        ({"target": "101"}, "target"),
        ({"min_n_eff": "0"}, "min_n_eff"),
    ],
)
def test_a_policy_that_cannot_be(app: Flask, login: Login, change: dict[str, str], field: str) -> None:
    answer = login("admin").post("/admin/policy", data={**POLICY, **change})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="0.3"' in answer.text or field in ("weight_R", "weight_E")
    assert _trail(app) == []


def test_peer_groups_and_official_composites_are_typed_line_by_line(app: Flask, login: Login) -> None:
    admin = login("admin")
    lists = {"peer_groups": "窗口 = HR-0 HR-1\n管线 ＝ WA、GA", "indices": "区里的 = 0.1 0.5 0.4 0.9\n"}
    assert admin.post("/admin/policy", data={**POLICY, **lists}).status_code == 302
    with app.app_context():
        policy = scoring_policy()
    assert dict(policy.peer_groups) == {"窗口": ("HR-0", "HR-1"), "管线": ("WA", "GA")}
    assert [policy.peer_group(code) for code in ("HR-001", "GA-3", "XX")] == ["窗口", "管线", ""]
    (index,) = policy.indices
    assert (index.name, index.response, index.basically, index.partly) == ("区里的", 0.1, 0.9, 0.0)
    page = admin.get("/admin/policy").text
    assert "窗口 = HR-0 HR-1" in page
    assert "区里的 = 0.1 0.5 0.4 0.9 0" in page
    # What a form does not send stays as it is.
    assert admin.post("/admin/policy", data={**POLICY, "version": "2027-1"}).status_code == 302
    with app.app_context():
        assert scoring_policy().peer_groups == policy.peer_groups


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("peer_groups", "没有等号"),
        ("peer_groups", "窗口 = A\n窗口 = B"),
        ("indices", "少了数 = 0.1 0.5"),
        ("indices", "不是数 = 0.1 0.5 x"),
        ("indices", "全是零 = 0 0 0"),
        ("indices", "超过一 = 1 5 1"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_kept(login: Login, field: str, typed: str) -> None:
    answer = login("admin").post("/admin/policy", data={**POLICY, field: typed})
    assert answer.status_code == 422
    assert "行写成" in answer.text
    assert typed.splitlines()[-1] in answer.text
