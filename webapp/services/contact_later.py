"""A phone given after the request was filed: the reporter adds it to their own request, and the history says so."""

from __future__ import annotations

from flask_babel import gettext as _

from webapp import crypto
from webapp.domain.workflow import Action
from webapp.errors import InvalidInput
from webapp.models import ServiceRequest
from webapp.services import casework
from webapp.services.actor import RESIDENT


def add(request: ServiceRequest, phone: str, name: str = "") -> str:
    """Store the reporter's phone (and name, if given) encrypted, replacing one given before; return its last four digits.

    The history gets an event without the number in it. Commits. Raises ``InvalidInput`` where it cannot be a phone,
    and the workflow's own errors where nothing can be added any more.
    """
    digits = crypto.phone_digits(phone)
    if not 7 <= len(digits) <= 15:
        raise InvalidInput(_("电话号码好像不对，请检查；也可以不填。"), "contact_phone")
    request.contact_phone = crypto.encrypt(digits)
    request.phone_index = crypto.keyed_hash("phone", digits)
    if name.strip():
        request.contact_name = crypto.encrypt(name.strip()[:40])
    step = casework.Step(
        Action.SUPPLEMENT, _("留了联系电话，尾号 %(tail)s", tail=digits[-4:]), data={"contact": True}
    )
    casework.act(request.service_request_id, step, RESIDENT)
    return digits[-4:]
