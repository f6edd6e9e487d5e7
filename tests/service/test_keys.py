"""Keys rotate: everything that is encrypted, wherever it lies; interrupted and resumed; what no key opens is told."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask

from tests.factories import Town
from webapp import crypto
from webapp.domain.workflow import Action
from webapp.extensions import db
from webapp.models import SecondFactor, ServiceRequest, WechatFollower, WechatToken, utcnow
from webapp.services import casework, chat, keys, notifications, reviews, rights, submit
from webapp.services.actor import RESIDENT
from webapp.services.submit import RequestDraft

# What every token of Fernet begins with: version 0x80 and the first bytes of a time stamp.
TOKEN = "gAAAAA"
PHONE = "13812345678"


@pytest.fixture
def full(context: Flask, town: Town) -> list[str]:
    """Something in every encrypted column; numbers of the requests."""
    numbers = []
    for index in range(5):
        draft = RequestDraft(
            text=f"第{index}处路灯不亮", contact_name="王小明", contact_phone=PHONE, channel="wechat"
        )
        request = submit.submit_request(draft).request
        casework.act(request.service_request_id, casework.Step(Action.SUPPLEMENT, f"电话{PHONE}"), RESIDENT)
        rights.ask(request, "erasure", f"请删除{PHONE}").answer_to = crypto.encrypt(PHONE)
        numbers.append(request.service_request_id)
    notifications.save_settings(town.users["clerk"], [], "clerk@example.org", True)
    db.session.add(WechatToken(app_id="wx", token=crypto.encrypt("secret"), expires_at=utcnow()))
    talk = chat.conversation_of("wechat:1", "wechat", "one")
    db.session.add(WechatFollower(conversation_id=talk.id, openid=crypto.encrypt("o1"), openid_index="o1"))
    db.session.add(SecondFactor(user_id=town.users["admin"], secret=crypto.encrypt("JBSWY3DPEHPK3PXP")))
    review = reviews.submit_review(reviews.ReviewDraft("HR-001", "somebody", 1, comment="等太久"))
    review.contact_phone = crypto.encrypt(PHONE)
    db.session.commit()
    return numbers


def _states() -> dict[str, keys.ColumnState]:
    return {state.column: state for state in keys.status()}


@pytest.mark.usefixtures("full")
def test_every_column_that_holds_a_token_is_marked() -> None:
    marked = {f"{c.table.name}.{c.name}" for c in keys.encrypted_columns()}
    holding = set()
    for table in db.metadata.tables.values():
        for row in db.session.execute(table.select()).mappings():
            holding |= {f"{table.name}.{name}" for name, value in row.items() if TOKEN in str(value)}
    assert holding == marked


def test_rotation_rewrites_all_and_old_keys_may_go(context: Flask, full: list[str]) -> None:
    version = db.session.scalar(
        db.select(ServiceRequest.version).where(ServiceRequest.service_request_id == full[0])
    )
    context.config["FIELD_KEYS"] = ["new", "test"]
    assert all(state.old and not state.current for state in _states().values())
    done = keys.rotate()
    assert done["service_requests.contact_phone"] == 5
    assert all(count > 0 for count in done.values())
    context.config["FIELD_KEYS"] = ["new"]
    assert all(s.current and not s.old and not s.unreadable for s in _states().values())
    request = casework.find(full[0])
    db.session.refresh(request)
    assert crypto.decrypt(request.contact_phone) == PHONE
    # Somebody who has the case open is not told that it changed.
    assert request.version == version
    assert keys.rotate() == dict.fromkeys(done, 0)


@pytest.mark.usefixtures("full")
def test_an_interrupted_rotation_goes_on_where_it_stopped(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.config["FIELD_KEYS"] = ["new", "test"]
    monkeypatch.setattr(keys, "BATCH", 2)
    real, calls = keys._rewrite, []

    def dies(column: object, row: object) -> int:
        calls.append(row)
        if len(calls) == 10:
            raise KeyboardInterrupt
        return real(column, row)  # type: ignore[arg-type]

    monkeypatch.setattr(keys, "_rewrite", dies)
    with pytest.raises(KeyboardInterrupt):
        keys.rotate()
    db.session.rollback()
    before = sum(state.current for state in keys.status())
    assert 0 < before < 10
    seen = len(calls)
    keys.rotate()
    left = sum(s.current for s in keys.status()) - before
    # Of the batch that broke off one field is looked at again, of the finished ones none.
    assert len(calls) - seen <= left + 2
    assert not any(state.old for state in keys.status())


@pytest.mark.usefixtures("full")
def test_what_another_process_writes_meanwhile_is_kept(
    context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.config["FIELD_KEYS"] = ["new", "test"]
    real = crypto.encrypt

    def slow(text: str | None) -> str | None:
        monkeypatch.setattr(crypto, "encrypt", real)
        db.session.execute(
            db.update(ServiceRequest).values(contact_name=real("李四")),
            execution_options={"synchronize_session": False},
        )
        return real(text)

    monkeypatch.setattr(keys.crypto, "encrypt", slow)
    keys.rotate()
    db.session.expire_all()
    names = {crypto.decrypt(r.contact_name) for r in db.session.scalars(db.select(ServiceRequest))}
    assert names == {"李四"}


def _run(app: Flask, *command: str) -> Result:
    return app.test_cli_runner().invoke(args=list(command))


@pytest.mark.usefixtures("full")
def test_the_commands_say_what_hangs_on_old_keys(context: Flask) -> None:
    context.config["FIELD_KEYS"] = ["new", "test"]
    before = _run(context, "keys", "status")
    assert before.exit_code == 1
    assert "still hang on old keys" in before.output
    after = _run(context, "keys", "rotate")
    assert after.exit_code == 0, after.output
    assert "everything is encrypted with the first key" in after.output
    context.config["FIELD_KEYS"] = ["another"]
    lost = _run(context, "keys", "status")
    assert lost.exit_code == 1
    assert "NO KEY OPENS" in lost.output
