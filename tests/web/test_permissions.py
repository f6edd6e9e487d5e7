"""The table of permissions, held against every route × method × role, and against single things of other people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import Town
from tests.factories.town import _hashed
from tests.plugin_stories import After
from webapp.domain.permissions import (
    SEPARATE,
    STAFF_ROLES,
    TABLE,
    Permission,
    Reach,
    allows,
    covers,
    roles_of,
)
from webapp.domain.workflow import RULES, Action, Role, Status
from webapp.extensions import db
from webapp.models import Conversation, Department, ServiceRequest, User
from webapp.queries.desk import scope_of
from webapp.security import access_of
from webapp.services import reviews, submit
from webapp.services.reviews import ReviewDraft
from webapp.services.submit import RequestDraft

Login = Callable[[str], FlaskClient]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
# Programs without a key or a signature are refused by the interface's own rules, tested with it; the second factor's
# page leads whoever has not passed the first to that.
REFUSING = ("open311", "api", "wechat", "account.code")
# Signing in, out and the way to it lead to the sign-in page whoever comes.
LEADS_TO_LOGIN = {"account.logout"}


def _url(rule: str) -> str:
    """An address that ``rule`` matches: a number, the first of a choice, or a word for each variable part."""

    def value(part: re.Match[str]) -> str:
        converter, choices = part.group(1), part.group(2)
        if converter == "any":
            return str(choices.split(",")[0])
        return "1" if converter == "int" else "json"

    return re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", value, rule)


def _routes(app: Flask) -> Iterator[tuple[str, str, str, Permission, bool]]:
    """(method, address, endpoint, permission, whether some rule of that address takes the method)."""
    with app.app_context():
        for rule in app.url_map.iter_rules():
            permission = access_of(rule.endpoint)
            assert permission is not None, rule.endpoint
            address = _url(rule.rule)
            adapter = app.url_map.bind("localhost")
            for method in METHODS:
                yield method, address, rule.endpoint, permission, adapter.test(address, method)


def _expected(app: Flask, method: str, address: str) -> Permission | None:
    """The permission that really guards this method of this address (two rules can share an address)."""
    with app.app_context():
        endpoint, _values = app.url_map.bind("localhost").match(address, method)
        return access_of(endpoint)


def _refused(status: int, location: str) -> bool:
    return status in (401, 403) or (status == 302 and "/account/login" in location)


def test_strangers_reach_public_routes_only(app: Flask, client: FlaskClient) -> None:
    wrong = []
    for method, address, endpoint, _permission, exists in _routes(app):
        answer = client.open(address, method=method)
        if not exists:
            if answer.status_code != 405:
                wrong.append((method, address, answer.status_code))
            continue
        turned_away = _refused(answer.status_code, answer.headers.get("Location", ""))
        public = _expected(app, method, address) is Permission.PUBLIC
        if public and (endpoint.startswith(REFUSING) or (method, endpoint) == ("POST", "account.login")):
            continue
        if turned_away is public:
            wrong.append((method, address, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_each_role_reaches_what_the_table_says(app: Flask, login: Login, role: Role) -> None:
    browser, wrong = login(role.value), []
    for method, address, endpoint, _permission, exists in _routes(app):
        if endpoint in LEADS_TO_LOGIN or not exists or method == "HEAD":
            continue
        permission = _expected(app, method, address)
        if permission is Permission.PUBLIC:
            continue
        status = browser.open(address, method=method).status_code
        # What an allowed address names does not exist: found wanting, but not for want of a permission.
        allowed = permission is not None and allows(role, permission)
        expected = status not in (401, 403, 500) if allowed else status == 403
        if not expected:
            wrong.append((method, address, permission, status))
    assert wrong == []


def test_signing_out_is_everybodys(app: Flask, login: Login) -> None:
    for role in STAFF_ROLES:
        browser = login(role.value)
        assert browser.post("/account/logout").status_code == 302
        assert browser.get("/desk/").status_code == 302


# --- single things -----------------------------------------------------------------------------------------------

STRANGERS = {
    # username → (role, department, area): neighbours of those who may
    "official.east": (Role.OFFICIAL, None, "T1"),
    "official.west": (Role.OFFICIAL, None, "T2"),
    "official.street": (Role.OFFICIAL, None, "T11"),
    "official.nowhere": (Role.OFFICIAL, None, None),
    "grid.west": (Role.GRID_WORKER, None, "T2111"),
    "grid.nowhere": (Role.GRID_WORKER, None, None),
    "clerk.nowhere": (Role.CLERK, None, "T"),
    "clerk.east": (Role.CLERK, "T1-OFFICE", "T1"),
}


def _places(town: Town) -> dict[str, str]:
    """A case of HR in the eastern grid, a bad review of HR, one of an eastern office, and a chat."""
    for name, (role, department, area) in STRANGERS.items():
        db.session.add(User(
            username=name, name=name, role=role.value, password_hash=_hashed(),
            department_id=town.departments[department] if department else None,
            area_id=town.areas[area] if area else None,
        ))  # fmt: skip
    case = submit.submit_request(
        RequestDraft(
            text="社保窗口没人，打13612345678", service_code="HR-001", area_code="T1111", contact_name="王小明",
            contact_phone="13800001111", identity="x",
        )
    ).request  # fmt: skip
    bad = reviews.submit_review(ReviewDraft("HR-001", "x", 1, comment="等了很久"))
    chat = Conversation(sender="e1", channel="web", identity="x", needs_human=True)
    db.session.add(chat)
    db.session.commit()
    return {"case": case.service_request_id, "review": bad.review_id, "chat": str(chat.id)}


@pytest.fixture
def places(after: After) -> dict[str, str]:
    told: dict[str, str] = after(_places)
    return told


CASE = "/desk/requests/{case}"
NOBODY, SEES, HANDLES, CALLS = 0, 1, 2, 3


@pytest.mark.parametrize(
    ("user", "may"),
    [
        ("clerk", CALLS), ("head", CALLS), ("clerk.housing", NOBODY), ("clerk.east", NOBODY), ("clerk.nowhere", NOBODY),
        ("grid_worker", CALLS), ("grid.west", NOBODY), ("grid.nowhere", NOBODY),
        ("official", HANDLES), ("official.east", HANDLES), ("official.street", HANDLES), ("official.west", NOBODY),
        ("official.nowhere", NOBODY),
        ("dispatcher", CALLS), ("hotline_agent", CALLS), ("reviewer", CALLS),
        ("auditor", SEES), ("admin", NOBODY),
    ],
)  # fmt: skip
def test_one_case(app: Flask, login: Login, places: dict[str, str], user: str, may: int) -> None:
    browser, case = login(user), CASE.format(**places)
    shown = browser.get(case)
    assert (shown.status_code == 200) is (may >= SEES), shown.status_code
    assert shown.status_code in (200, 403, 404)
    assert ("社保窗口没人" in shown.text) is (may >= SEES)
    assert "13612345678" not in shown.text
    note = browser.post(f"{case}/act", data={"action": "add_note", "note": "看过了"})
    assert (note.status_code == 302) is (may >= HANDLES), note.status_code
    contact = browser.post(f"{case}/contact")
    assert (contact.status_code == 200) is (may >= CALLS), contact.status_code
    assert ("13800001111" in contact.text) is (may >= CALLS)
    queue = browser.get("/desk/?view=all")
    assert (places["case"] in queue.text) is (may >= HANDLES)
    with app.app_context():
        account = db.session.query(User).filter_by(username=user).one()
        case_row = db.session.query(ServiceRequest).one()
        listed = db.session.query(ServiceRequest).filter(*scope_of(account)).count() == 1
        assert listed is covers(account, Permission.LIST_CASES, case_row.department_id, case_row.area.path)
        assert listed is (may >= HANDLES)


@pytest.mark.parametrize(
    ("user", "sees", "answers"),
    [
        ("clerk", True, True), ("clerk.housing", False, False), ("clerk.nowhere", False, False),
        ("official", True, False), ("official.east", False, False), ("reviewer", True, False), ("auditor", True, False),
        ("dispatcher", True, False), ("grid_worker", False, False), ("admin", False, False),
    ],
)  # fmt: skip
def test_one_review(login: Login, places: dict[str, str], user: str, sees: bool, answers: bool) -> None:
    browser = login(user)
    assert ("等了很久" in browser.get("/desk/reviews?view=bad").text) is sees
    assert ("等了很久" in browser.get("/desk/reviews?view=all&department=HR").text) is sees
    reply = browser.post(f"/desk/reviews/{places['review']}", data={"action": "reply", "text": "已整改"})
    assert (reply.status_code == 302) is answers, reply.status_code


@pytest.mark.parametrize("user", [role.value for role in STAFF_ROLES])
def test_one_chat(login: Login, places: dict[str, str], user: str) -> None:
    allowed = user in ("hotline_agent", "dispatcher")
    browser, chat = login(user), f"/desk/inbox/{places['chat']}"
    assert browser.get(chat).status_code == (200 if allowed else 403)
    assert browser.post(f"{chat}/words").status_code == (200 if allowed else 403)
    assert browser.get(f"{chat}/messages").status_code == (200 if allowed else 403)


@pytest.mark.parametrize(
    ("user", "hr", "east"),
    [
        ("official", 200, 200), ("official.east", 403, 200), ("official.west", 403, 403), ("official.street", 403, 403),
        ("official.nowhere", 403, 403), ("clerk.east", 403, 200), ("clerk", 200, 403), ("clerk.nowhere", 403, 403),
        ("auditor", 200, 200), ("admin", 200, 200), ("reviewer", 403, 403),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", "?format=csv&table=services"])
def test_one_departments_results_and_their_export(
    login: Login, places: dict[str, str], user: str, hr: int, east: int, form: str
) -> None:
    browser = login(user)
    assert browser.get(f"/insight/departments/HR{form}").status_code == hr
    assert browser.get(f"/insight/departments/T1-OFFICE{form}").status_code == east
    if not form:
        assert browser.get("/insight/services/HR-001").status_code == hr
        assert browser.get("/insight/set-aside?service=HR-001").status_code == hr


@pytest.fixture
def district_results(app: Flask, town: Town, places: dict[str, str]) -> None:
    """A case in each district, and services of an office of each."""
    with app.app_context():
        db.session.add(
            Department(code="T2-OFFICE", name="西门区综合办", short_name="西门办", area_id=town.areas["T2"])
        )
        db.session.commit()
        for area, text in (("T11", "路灯不亮"), ("T21", "井盖丢失"), ("T21", "井盖又丢了")):
            submit.submit_request(RequestDraft(text=text, area_code=area, category_code="010101"))


@pytest.mark.usefixtures("district_results")
@pytest.mark.parametrize("query", ["", "?district=T2", "?department=T2-OFFICE"])
@pytest.mark.parametrize(
    ("user", "shown", "hidden"),
    [
        ("official", ("东门区", "西门区"), ()),
        ("official.east", ("柳树街道",), ("西门", "石桥", "西门区综合办")),
        ("official.west", ("石桥街道",), ("东门", "柳树", "东门区综合办")),
        ("official.street", ("柳树街道",), ("西门", "石桥", "东门区综合办")),
    ],
)
def test_officials_see_their_level(
    login: Login, user: str, shown: tuple[str, ...], hidden: tuple[str, ...], query: str
) -> None:
    browser = login(user)
    assert login("official.nowhere").get(f"/insight/{query}").status_code == 403
    pages = [
        browser.get(f"/insight/{page}{query}")
        for page in ("", "areas", "services", "categories", "set-aside")
    ]
    files = [
        browser.get(f"/insight/{page}?format=csv&table={table}").data.decode()
        for page, table in (
            ("areas", "districts"),
            ("areas", "streets"),
            ("", "departments"),
            ("", "supervise"),
        )
    ]
    assert [page.status_code for page in pages] == [200] * 5
    everything = "\n".join([*(page.text for page in pages), *files])
    for words in shown:
        assert words in everything, words
    for words in hidden:
        assert words not in everything, words


@pytest.mark.usefixtures("district_results")
def test_categories_are_counted_where_the_official_looks(login: Login) -> None:
    def received(user: str, query: str = "") -> dict[str, str]:
        text = (
            login(user)
            .get(f"/insight/categories?format=csv&table=categories&level=3{query}")
            .data.decode("utf-8-sig")
        )
        return {row.split(",")[1]: row.split(",")[3] for row in text.splitlines()[1:]}

    assert received("official")["010101"] == "3"
    assert received("official.east")["010101"] == "1"
    assert received("official.west")["010101"] == "2"
    assert received("official", "&district=T2")["010101"] == "2"


# --- the table itself --------------------------------------------------------------------------------------------


def test_the_table_is_whole_and_separates_administration_from_audit() -> None:
    assert set(TABLE) == set(Permission)
    both = {p for p in Permission if roles_of(p) >= SEPARATE}
    reading = {
        Permission.PUBLIC, Permission.OWN_ACCOUNT, Permission.SEE_CITY, Permission.SEE_UNIT, Permission.SEE_MODELS,
        Permission.READ_AUDIT, Permission.VERIFY_AUDIT, Permission.SEE_MONTHLY,
    }  # fmt: skip
    assert both == reading
    of_auditors = {p for p in Permission if allows(Role.AUDITOR, p)}
    assert of_auditors == reading | {
        Permission.SEE_CASE,
        Permission.SEE_REVIEWS,
        Permission.SEE_APPEALS,
        Permission.SEE_OBJECTIONS,
        Permission.SEE_MEDIATIONS,
        Permission.SEE_CALL_LIST,
        Permission.WATCH_STAFF,
        Permission.EXPORT_AUDIT,
    }
    personal = {
        Permission.LIST_CASES, Permission.SEE_CASE, Permission.HANDLE_CASE, Permission.UNMASK_CONTACT,
        Permission.ANSWER_CHATS, Permission.UNMASK_CHAT, Permission.SEE_REVIEWS, Permission.TAKE_DOWN,
        Permission.EDIT_CASE, Permission.LOOK_UP_CALLER, Permission.PROTECT_CASE, Permission.SEE_CALL_LIST,
        Permission.SEE_MEDIATIONS, Permission.SEE_OBJECTIONS, Permission.SEE_ESCALATED, Permission.USE_GRID,
    }  # fmt: skip
    assert not any(allows(Role.ADMIN, p) for p in personal)
    for permission in set(Permission) - {Permission.PUBLIC, Permission.HANDLE_CASE}:
        assert not roles_of(permission) & {Role.RESIDENT, Role.SYSTEM}


def test_whoever_the_workflow_lets_act_may_handle_cases() -> None:
    acting = {role for rule in RULES.values() for role in rule.roles}
    assert acting == roles_of(Permission.HANDLE_CASE)
    asking = RULES[Status.RESOLVED, Action.FOLLOW_UP].roles - {Role.RESIDENT}
    assert asking == roles_of(Permission.FOLLOW_UP)


ids = st.one_of(st.none(), st.integers(1, 4))


@given(
    st.sampled_from([*[r.value for r in Role], "nobody", ""]), st.sampled_from(Permission), ids, ids, ids,
    st.lists(st.integers(1, 4), min_size=1, max_size=4, unique=True), st.sets(st.integers(1, 4)),
)  # fmt: skip
def test_reach_never_widens(
    role: str, permission: Permission, department: int | None, area: int | None, owner: int | None,
    way: list[int], former: set[int],
) -> None:  # fmt: skip
    """Nothing without a line in the table; nothing by department or area for who has none; city above all."""
    holder = SimpleNamespace(role=role, department_id=department, area_id=area)
    path = "".join(f"{number}/" for number in way)
    covered = covers(holder, permission, owner, path, former)
    reach = TABLE[permission].get(Role(role)) if role in tuple(Role) else None
    if covered:
        assert reach is not None
        assert reach is not Reach.AREA or area in way
        assert reach not in (Reach.DEPARTMENT, Reach.DEPARTMENT_EVER) or department is not None
        assert reach is not Reach.DEPARTMENT or department == owner
    if reach is Reach.ALL:
        assert covered
    # Eleven is not one: ids are whole steps of the path.
    assert not covers(
        SimpleNamespace(role="official", department_id=None, area_id=1), Permission.SEE_CASE, 1, "11/21/"
    )
