"""A phone added after filing, and a draft that is said twice: one request, one secret, one history."""

from __future__ import annotations

import pytest

from webapp import crypto
from webapp.errors import InvalidInput
from webapp.extensions import db
from webapp.models import ServiceRequest
from webapp.services import contact_later, events, submit

pytestmark = pytest.mark.usefixtures("context", "town")


def draft(**values: str) -> submit.RequestDraft:
    return submit.RequestDraft(**{"text": "柳树社区路灯坏了三天没人修", "identity": "a", **values})


def test_a_phone_is_stored_encrypted_and_the_history_names_only_its_end() -> None:
    request = submit.submit_request(draft()).request
    assert contact_later.add(request, "138 0000 1234", "王") == "1234"
    assert "13800001234" not in (request.contact_phone or "")
    assert crypto.decrypt(request.contact_phone) == "13800001234"
    assert crypto.decrypt(request.contact_name) == "王"
    assert request.phone_index == crypto.keyed_hash("phone", "13800001234")
    event = request.events[-1]
    assert event.event_type == "supplemented"
    assert "1234" in event.note
    assert "13800001234" not in event.note
    assert events.broken_chains() == []
    # From now on the last four digits open the case.
    assert submit.open_case(request.service_request_id, "1234").id == request.id


def test_what_is_no_phone_is_refused_and_changes_nothing() -> None:
    request = submit.submit_request(draft()).request
    before = request.event_count
    with pytest.raises(InvalidInput) as refused:
        contact_later.add(request, "123")
    assert refused.value.field == "contact_phone"
    assert (request.contact_phone, request.event_count) == (None, before)


def test_a_named_draft_is_stored_once_with_the_same_secret() -> None:
    first = submit.submit_request(draft(draft_key="web:a:1"))
    again = submit.submit_request(draft(draft_key="web:a:1"))
    assert again.request.id == first.request.id
    assert again.secret == first.secret
    assert submit.open_case(first.request.service_request_id, again.secret).id == first.request.id
    assert db.session.query(ServiceRequest).count() == 1


def test_other_drafts_are_other_requests() -> None:
    stored = [submit.submit_request(draft(draft_key=key)) for key in ("web:a:1", "web:a:2", "web:b:1")]
    stored += [submit.submit_request(draft()) for _ in range(2)]
    assert len({one.request.id for one in stored}) == 5
    assert len({one.secret for one in stored[:3]}) == 3
