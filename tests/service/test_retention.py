"""What is past its time goes; no roll-up, indicator or score moves; every chain still verifies."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import update

from tests.factories import Town
from webapp import crypto
from webapp.domain.workflow import Action, EventType, Role, Solved
from webapp.extensions import db
from webapp.models import (
    ROLLUPS,
    Attachment,
    CaseFile,
    ChatMessage,
    Conversation,
    DataRequest,
    Notification,
    OutboxMessage,
    RequestEvent,
    Review,
    SealedNote,
    ServiceRequest,
    Support,
    WechatDelivery,
    WechatFollower,
    utcnow,
)
from webapp.queries import evaluation, kept
from webapp.queries.masking import masked_for
from webapp.queries.sealed import clear_note
from webapp.queries.tallies import Window
from webapp.services import (
    audit,
    case_files,
    casework,
    chat,
    events,
    follow_up,
    photos,
    retention,
    reviews,
    rights,
    rollups,
    sealing,
    submit,
)
from webapp.services.actor import RESIDENT, Actor
from webapp.services.retention_words import rough_address
from webapp.services.reviews import ReviewDraft
from webapp.services.submit import RequestDraft
from webapp.services.support import support

PHONE, NAME = "13812345678", "王小明"
LONG = timedelta(days=400)


def _photo(colour: str = "red") -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "JPEG")
    out.seek(0)
    return out


def _closed(town: Town, who: str, ago: timedelta) -> ServiceRequest:
    """A case with everything in it, closed so long ago."""
    then = utcnow() - ago
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    draft = RequestDraft(
        text=f"社保窗口没人，我叫{NAME}，电话{PHONE}", service_code="HR-001", area_code="T1111", identity=who,
        address="柳树巷3号楼2单元501室", latitude=30.123456, longitude=120.123456, contact_name=NAME,
        contact_phone=PHONE, photos=[_photo()],
    )  # fmt: skip
    request = submit.submit_request(draft, then - timedelta(days=3)).request
    number = request.service_request_id
    support(number, "neighbour")
    for step, note in ((Action.ACCEPT, ""), (Action.RESOLVE, f"已回电{PHONE}")):
        casework.act(number, casework.Step(step, note), clerk, then - timedelta(days=1))
    casework.act(number, casework.Step(Action.SUPPLEMENT, f"打我电话{PHONE}"), RESIDENT, then)
    follow_up.answer(request, follow_up.FollowUp(True, Solved.YES, 5, f"谢谢，{PHONE}"), RESIDENT, then)
    return request


@pytest.fixture
def lived(context: Flask, town: Town) -> dict[str, ServiceRequest]:
    """An old closed case, a fresh closed one, an old open one; ratings and chats old and new."""
    cases = {
        "old": _closed(town, "a", LONG),
        "fresh": _closed(town, "b", timedelta(days=2)),
        "open": submit.submit_request(
            RequestDraft(text=f"路灯坏了，我叫{NAME}", contact_phone=PHONE, identity="c"), utcnow() - LONG
        ).request,
    }
    for who, ago in (("a", LONG), ("b", LONG), ("c", timedelta(days=20))):
        draft = ReviewDraft("HR-001", who, 2, comment=f"太慢了，我叫{NAME}，电话{PHONE}", channel="web")
        reviews.submit_review(draft, utcnow() - ago)
    for who, ago in (("a", LONG), ("b", timedelta(days=1))):
        talk = chat.conversation_of(f"web:{who}", "chat", who)
        db.session.add(
            ChatMessage(conversation_id=talk.id, author="resident", text=f"电话{PHONE}", payload={})
        )
        talk.last_message_at = utcnow() - ago
    db.session.commit()
    return cases


def _numbers() -> dict[str, Any]:
    """Everything that is counted or scored, exactly."""
    counted = {
        name: sorted(map(repr, db.session.execute(table.__table__.select()).all()))
        for name, table in ROLLUPS.items()
    }
    kept.forget()
    window = Window(utcnow().date() - timedelta(days=800), utcnow().date())
    cards = (
        evaluation.service_scorecards(window), evaluation.department_scorecards(window),
        evaluation.area_scorecards(2, window), evaluation.unplaced(window),
    )  # fmt: skip
    return {"counted": counted, "recount": rollups.recount(), "cards": repr(cards)}


def test_nothing_that_is_counted_moves(lived: dict[str, ServiceRequest]) -> None:
    before = _numbers()
    supporters = lived["old"].supporters
    assert retention.run()["words"] > 0
    assert _numbers() == before
    assert rollups.verify() == []
    assert db.session.get_one(ServiceRequest, lived["old"].id).supporters == supporters


def test_chains_and_audit_still_verify(lived: dict[str, ServiceRequest]) -> None:
    retention.run()
    assert events.broken_chains() == []
    assert audit.first_broken() is None
    assert sealing.broken_notes() == []
    assert sealing.changed_words() == []


def test_old_closed_cases_lose_what_leads_to_people_and_others_keep_it(
    lived: dict[str, ServiceRequest],
) -> None:
    retention.run()
    old, fresh, still = (
        db.session.get_one(ServiceRequest, lived[name].id) for name in ("old", "fresh", "open")
    )
    assert (old.contact_name, old.contact_phone, old.phone_index, old.identity, old.words_salt) == (
        None, None, None, None, "",
    )  # fmt: skip
    assert (old.address, old.latitude, old.longitude) == ("柳树巷3号楼", 30.123, 120.123)
    for words in (old.text, old.subject, repr(old.analysis), *(clear_note(e) for e in old.events)):
        assert PHONE not in words
        assert NAME not in words
    for kept_case in (fresh, still):
        assert crypto.decrypt(kept_case.contact_phone) == PHONE
        assert NAME in kept_case.text
        assert kept_case.identity
    assert PHONE in "".join(clear_note(e) for e in fresh.events)
    assert submit.open_case  # the number still opens it, with its secret


def test_photos_are_kept_unless_they_shall_go(context: Flask, lived: dict[str, ServiceRequest]) -> None:
    retention.run()
    assert len(db.session.scalars(db.select(Attachment)).all()) == 2
    context.config["RETENTION_DAYS"] = {**context.config["RETENTION_DAYS"], "photos": 30}
    file = context.config["UPLOAD_DIR"] / f"{lived['fresh'].attachments[0].sha256}.jpg"
    retention.run()
    assert [a.request_id for a in db.session.scalars(db.select(Attachment))] == [lived["fresh"].id]
    # The same picture belongs to the fresh case, too.
    assert file.exists()
    db.session.execute(update(ServiceRequest).values(closed_at=utcnow() - LONG, received_at=utcnow() - LONG))
    db.session.commit()
    retention.run()
    assert not file.exists()


def _add_pdf(town: Town, request: ServiceRequest, words: bytes = b"") -> CaseFile:
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    data = BytesIO(b"%PDF-1.7 " + (words or request.service_request_id.encode()))
    return case_files.add(request.service_request_id, data, f"{NAME}身份证.pdf", True, clerk)


def test_files_of_staff_go_after_their_time_and_shared_ones_stay_while_a_case_has_them(
    town: Town, lived: dict[str, ServiceRequest]
) -> None:
    old = case_files.path_of(_add_pdf(town, lived["old"]))
    shared = case_files.path_of(_add_pdf(town, lived["old"], b"same"))
    _add_pdf(town, lived["fresh"], b"same")
    assert retention.run(dry_run=True)["files"] == 2
    assert old.exists()
    assert retention.run()["files"] == 2
    assert (old.exists(), shared.exists()) == (False, True)
    assert case_files.of(lived["old"]) == []
    assert [file.request_id for file in db.session.scalars(db.select(CaseFile))] == [lived["fresh"].id]
    assert retention.run()["files"] == 0


def test_photos_of_later_steps_go_with_the_others(context: Flask, lived: dict[str, ServiceRequest]) -> None:
    photo = photos.encode(_photo("blue"))
    photos.attach_to_step(lived["old"].events[-1], [photo])
    db.session.commit()
    file = context.config["UPLOAD_DIR"] / f"{photo.sha256}.jpg"
    assert file.exists()
    context.config["RETENTION_DAYS"] = {**context.config["RETENTION_DAYS"], "photos": 30}
    assert retention.run()["photos"] == 2
    assert not file.exists()


@pytest.mark.usefixtures("lived")
def test_chats_go_after_their_last_word() -> None:
    retention.run()
    assert [talk.identity for talk in db.session.scalars(db.select(Conversation))] == ["b"]
    assert len(db.session.scalars(db.select(ChatMessage)).all()) == 1


def test_one_person_one_vote_for_ever(lived: dict[str, ServiceRequest]) -> None:
    retention.run()
    rated = db.session.scalars(db.select(Review).order_by(Review.id)).all()
    assert [r.identity.startswith("r:") for r in rated] == [True, True, False]
    assert rated[0].identity != rated[1].identity
    number = lived["old"].service_request_id
    before = db.session.get_one(ServiceRequest, lived["old"].id).supporters
    assert support(number, "neighbour").supporters == before
    assert support(number, "somebody else").supporters == before + 1
    # The same visit rated anew replaces the old word, as ever.
    again = reviews.submit_review(ReviewDraft("HR-001", "a", 5), utcnow() - LONG)
    assert again.id == rated[0].id


def test_a_supporter_of_two_cases_cannot_be_recognised_any_more(context: Flask, town: Town) -> None:
    for who in ("a", "b"):
        _closed(town, who, LONG)
    retention.run()
    identities = list(db.session.scalars(db.select(Support.identity)))
    assert len(identities) == len(set(identities)) == 2


@pytest.mark.usefixtures("lived")
def test_a_dry_run_changes_nothing_and_says_the_same() -> None:
    def state() -> str:
        return repr([db.session.execute(table.select()).all() for table in db.metadata.sorted_tables])

    before = state()
    said = retention.run(dry_run=True)
    assert state() == before
    assert retention.run() == said
    assert state() != before


@pytest.mark.usefixtures("lived")
def test_a_second_run_finds_nothing() -> None:
    assert sum(retention.run().values()) > 4
    assert sum(retention.run().values()) == 0


def test_a_merged_case_waits_for_the_one_it_was_merged_into(context: Flask, town: Town) -> None:
    first = submit.submit_request(
        RequestDraft(text="路灯坏了一片", area_code="T111"), utcnow() - LONG
    ).request
    second = submit.submit_request(
        RequestDraft(
            text="路灯坏了一片", area_code="T111", contact_phone=PHONE, merge_into=first.service_request_id
        ),
        utcnow() - LONG,
    ).request
    assert second.status == "merged"
    retention.run()
    assert db.session.get_one(ServiceRequest, second.id).contact_phone is not None
    db.session.execute(
        update(ServiceRequest)
        .where(ServiceRequest.id == first.id)
        .values(status="closed", closed_at=utcnow() - LONG, resolved_at=utcnow() - LONG)
    )
    db.session.commit()
    retention.run()
    assert db.session.get_one(ServiceRequest, second.id).contact_phone is None


def test_the_chain_holds_masked_words_and_proves_the_clear_ones(lived: dict[str, ServiceRequest]) -> None:
    said = [e for e in lived["fresh"].events if e.event_type == EventType.SUPPLEMENTED]
    assert PHONE not in said[0].note
    assert clear_note(said[0]) == f"打我电话{PHONE}"
    note = db.session.get_one(SealedNote, said[0].id)
    note.text = crypto.encrypt("打我电话13900000000") or ""
    db.session.commit()
    assert sealing.broken_notes() == [lived["fresh"].service_request_id]
    assert events.broken_chains() == []


def test_words_that_somebody_changed_are_found(lived: dict[str, ServiceRequest]) -> None:
    lived["open"].text = "不是我说的"
    db.session.commit()
    assert sealing.changed_words() == [lived["open"].service_request_id]


def test_nothing_can_be_tried_out_against_what_is_left(lived: dict[str, ServiceRequest]) -> None:
    """A hash without a salt would give a phone number away to whoever tries all of them."""
    retention.run()
    first = db.session.scalar(
        db.select(RequestEvent).where(RequestEvent.request_id == lived["old"].id, RequestEvent.sequence == 1)
    )
    text = f"社保窗口没人，我叫{NAME}，电话{PHONE}"
    assert first is not None
    assert hashlib.sha256(text.encode()).hexdigest() not in repr(first.data)
    assert sealing.commitment("", text) not in repr(first.data)


@pytest.mark.parametrize(
    ("address", "rough"),
    [
        ("柳树巷3号楼2单元501室", "柳树巷3号楼"), ("石桥路12号", "石桥路12号"), ("幸福小区5栋1203", "幸福小区5栋"),
        ("幸福小区3单元", "幸福小区"), ("人民路与石桥路口", "人民路与石桥路口"), ("", ""),
        (f"柳树巷，电话{PHONE}", "柳树巷，电话***********"), ("幸福小区502室", "幸福小区"),
    ],
)  # fmt: skip
def test_rough_addresses(address: str, rough: str) -> None:
    assert rough_address(address) == rough


def test_who_was_not_seen_on_wechat_for_long_is_forgotten_and_others_keep_their_chat(context: Flask) -> None:
    for name, ago in (("gone", timedelta(days=800)), ("here", timedelta(days=200))):
        talk = chat.conversation_of(f"wechat:{name}", "wechat", name)
        talk.last_message_at = utcnow() - ago
        follower = WechatFollower(
            conversation_id=talk.id,
            openid=crypto.encrypt(name),
            openid_index=name,
            last_seen_at=utcnow() - ago,
        )
        said = ChatMessage(conversation_id=talk.id, author="resident", text=f"电话{PHONE}", payload={})
        db.session.add_all([follower, said])
        db.session.flush()
        db.session.add(
            WechatDelivery(
                key=name,
                follower_id=follower.id,
                message_id=said.id,
                answered_at=utcnow() - ago,
                reply=f"回{PHONE}",
            )
        )
    db.session.commit()
    said_before = retention.run(dry_run=True)
    assert (said_before["wechat"], said_before["chat"]) == (1, 2)
    retention.run()
    (left,) = db.session.scalars(db.select(WechatFollower))
    assert left.openid_index == "here"
    # The follower still has a conversation, without what was said in it.
    assert [talk.identity for talk in db.session.scalars(db.select(Conversation))] == ["here"]
    assert db.session.scalars(db.select(ChatMessage)).all() == []
    assert db.session.scalars(db.select(WechatDelivery)).all() == []
    assert sum(retention.run().values()) == 0


def test_what_was_sent_and_told_long_ago_goes(context: Flask, town: Town) -> None:
    for ago in (timedelta(days=100), timedelta(days=1)):
        at = utcnow() - ago
        db.session.add(OutboxMessage(kind="sms", payload={}, sent_at=at, created_at=at))
        db.session.add(
            Notification(user_id=town.users["clerk"], kind="word", subject="x", key=str(ago), created_at=at)
        )
    db.session.add(OutboxMessage(kind="sms", payload={}, created_at=utcnow() - LONG))
    db.session.commit()
    assert retention.run()["notices"] == 2
    # What was never sent is not forgotten.
    assert len(db.session.scalars(db.select(OutboxMessage)).all()) == 2
    assert len(db.session.scalars(db.select(Notification)).all()) == 1


def test_what_staff_wrote_about_a_case_in_other_tables_is_masked_too(
    lived: dict[str, ServiceRequest], town: Town
) -> None:
    asked = rights.ask(lived["old"], "correction", "地点不对")
    rights.decide(asked, False, f"已电话{PHONE}核实，{NAME}说不改", Actor(Role.ADMIN))
    retention.run()
    reason = db.session.scalar(db.select(DataRequest.reason))
    assert reason == "已电话***********核实，***说不改"


def test_a_name_that_is_forgotten_does_not_come_back_to_light(context: Flask, town: Town) -> None:
    """Pages star the reporter's name because they know it; what they no longer know must be starred for good."""
    days = {**context.config["RETENTION_DAYS"], "contact": 30, "words": 3000}
    context.config["RETENTION_DAYS"] = days
    request = _closed(town, "a", LONG)
    said = RequestDraft(text=f"{NAME}反映路灯不亮", contact_name=NAME, contact_phone=PHONE)
    still = submit.submit_request(said).request
    assert masked_for(still.text, still) == "***反映路灯不亮"
    rights.correct_contact(still, "", PHONE)
    retention.run()
    for case in (
        db.session.get_one(ServiceRequest, request.id),
        db.session.get_one(ServiceRequest, still.id),
    ):
        assert case.contact_name is None
        assert NAME not in masked_for(case.text, case)
        assert NAME not in masked_for(case.subject, case)
    assert sealing.changed_words() == []
