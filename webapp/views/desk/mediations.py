"""``/desk/mediations``: disputes referred to mediation, one case's referral and outcome, and the list of them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm.exc import StaleDataError

from webapp.domain.mediation import Consent, Dispute, MediationKind, Outcome, dispute_in
from webapp.domain.permissions import Permission
from webapp.domain.workflow import (
    Action,
    IllegalTransition,
    NoteRequired,
    RoleNotAllowed,
)
from webapp.errors import MinpingError
from webapp.extensions import db
from webapp.models import ServiceRequest, utcnow
from webapp.queries import mediations as queries
from webapp.queries.paging import page_number
from webapp.security import staff
from webapp.services import casework, mediations
from webapp.services.actor import Actor
from webapp.services.mediations import Referral
from webapp.views.desk import bp


def mediation_of(item: ServiceRequest) -> dict[str, Any]:
    """What the page of a case shows of mediation: a hint where it looks like a dispute, what runs, what may be done."""
    actor = Actor.of(current_user)
    open_to = casework.open_to(item, actor)
    category = item.category.code if item.category else None
    running = mediations.running(item)
    return {
        "looks_like": dispute_in(category, item.text), "running": running, "all": mediations.of_request(item),
        "may_refer": Action.REFER_MEDIATION in open_to and running is None,
        "may_end": Action.END_MEDIATION in open_to and running is not None,
        "kinds": _choices(MediationKind), "disputes": _choices(Dispute), "consents": _choices(Consent),
        "outcomes": _choices(Outcome),
    }  # fmt: skip


def _choices(words: Any) -> list[tuple[str, str]]:
    return [(word.value, _(word.label)) for word in words]


@bp.context_processor
def mediation_words() -> dict[str, Any]:
    """For the page of a case and the list."""
    return {
        "mediation_of": mediation_of,
        "kind_text": lambda key: _(MediationKind(key).label),
        "dispute_text": lambda key: _(Dispute(key).label),
        "consent_text": lambda key: _(Consent(key).label),
        "outcome_text": lambda key: _(Outcome(key).label),
    }


@bp.get("/mediations")
@staff(Permission.SEE_MEDIATIONS)
def mediation_list() -> Any:
    """Running mediations, ended ones, and counts by kind and outcome."""
    view = "ended" if request.args.get("view") == "ended" else "running"
    page = page_number(request.args.get("page"))
    items, total = queries.mediations(current_user, view == "ended", page)
    return render_template(
        "desk/mediations.html", view=view, items=items, total=total, page=page, page_size=queries.PAGE_SIZE,
        tabs=[("running", _("调解中")), ("ended", _("已结束"))], counts=queries.counts(current_user),
        outcomes=list(Outcome), now=utcnow(),
    )  # fmt: skip


@bp.post("/requests/<number>/mediation")
@staff(Permission.REFER_MEDIATION)
def refer_mediation(number: str) -> Any:
    """Refer the case's dispute to mediation."""
    form = request.form
    referral = Referral(
        form.get("kind", ""), form.get("dispute", ""), form.get("body", ""), form.get("consent", ""),
        form.get("note", ""), form.get("version", type=int),
    )  # fmt: skip
    return _done(
        number,
        "mediation",
        lambda actor: mediations.refer(number, referral, actor),
        _("已转介调解，居民会收到通知。"),
    )


@bp.post("/requests/<number>/mediation/<int:mediation_id>")
@staff(Permission.REFER_MEDIATION)
def end_mediation(number: str, mediation_id: int) -> Any:
    """Record how it ended."""
    form = request.form
    return _done(
        number,
        "mediation_end",
        lambda actor: mediations.end(
            number,
            mediation_id,
            form.get("outcome", ""),
            form.get("note", ""),
            actor,
            form.get("version", type=int),
        ),
        _("调解结果已登记，居民会收到通知。"),
    )


def _done(number: str, what: str, work: Any, message: str) -> Any:
    from webapp.views.desk.cases import refused

    typed = {**request.form.to_dict(), "form": what}
    try:
        work(Actor.of(current_user))
    except MinpingError as problem:
        return refused(number, problem.message, problem.status, typed)
    except NoteRequired:
        return refused(number, _("这一步需要写明理由或结果，请填写后再提交。"), 422, typed)
    except RoleNotAllowed:
        return refused(number, _("您的岗位不能做这一步操作。"), 403, typed)
    except (IllegalTransition, StaleDataError):
        message = _("这件诉求的状态已经变化，请看最新进展后再操作；您写的内容还在下面。")
        return refused(number, message, 409, typed)
    flash(message, "success")
    db.session.expire_all()
    return redirect(url_for("desk.case", number=number))
