"""What a resident reads when an office stops the clock to ask them something, and what becomes of the answer."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.factories import Town
from webapp.domain.workflow import Action, Role, Status
from webapp.extensions import db
from webapp.models import ChatMessage
from webapp.services import casework, chat, notify, submit
from webapp.services.actor import Actor
from webapp.services.submit import RequestDraft

pytestmark = pytest.mark.usefixtures("context")


def test_the_question_itself_is_in_the_message(town: Town) -> None:
    conversation = chat.conversation_of("web:paused", "web", "resident-paused")
    draft = RequestDraft(
        text="社保窗口一直没人", service_code="HR-001", channel="chat", identity="resident-paused"
    )
    request = submit.submit_request(draft).request
    clerk = Actor(Role.CLERK, town.users["clerk"], town.departments["HR"])
    casework.act(request.service_request_id, casework.Step(Action.ACCEPT), clerk)
    asked = "请问是几号窗口？可打 13812345678"
    casework.act(request.service_request_id, casework.Step(Action.PAUSE, asked), clerk)
    notify.deliver()
    statement = select(ChatMessage).where(
        ChatMessage.conversation_id == conversation.id, ChatMessage.author == "system"
    )
    told = [message.text for message in db.session.scalars(statement)]
    assert "请问是几号窗口" in told[-1]
    assert "13812345678" not in told[-1]
    assert request.status == Status.PAUSED
