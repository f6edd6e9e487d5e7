"""评价服务: find the service, five levels, tags for the level, a few words; later, what became of a bad review."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.domain.rating import Rating, is_bad, tags_for
from webapp.errors import InvalidInput
from webapp.i18n import local
from webapp.models import Review, Service, utcnow
from webapp.queries import public as queries
from webapp.security import public, visitor_identity
from webapp.services import matching, rectifications, reviews
from webapp.views.public import bp, presenting
from webapp.views.public.limits import submissions
from webapp.views.public.named import named_service


@bp.get("/rate")
@public
def rate_list() -> str:
    """Find the service by its name, by what people call it, or in its department's list."""
    words = request.args.get("q", "").strip()[:60]
    found = matching.search(words)
    groups = [] if words else [(d, list(g)) for d, g in groupby(found, key=lambda s: s.department)]
    return render_template(
        "public/rate_list.html", words=words, found=found if words else [], groups=groups,
        popular=[] if words else queries.popular_services(),
    )  # fmt: skip


@bp.get("/rate/<service_code>")
@public
def rate(service_code: str) -> str:
    """The rating form; a code on the counter leads here (``?via=qr``)."""
    service = named_service(service_code)
    today = local(utcnow()).date().isoformat()
    earlier = queries.review_of_use(service.id, visitor_identity(), today)
    return _form(service, {"rating": request.args.get("rating", "")}, [], {}, earlier is not None)


def _form(
    service: Service, typed: dict[str, str], tags: list[str], errors: dict[str, str], again: bool = False
) -> str:
    groups = ((tags_for(5), "good"), (tags_for(3), "middle"), (tags_for(1), "bad"))
    return render_template(
        "public/rate.html", service=service, typed=typed, chosen=tags, errors=errors, groups=groups, again=again,
        levels=presenting.rating_levels(), max_comment=reviews.MAX_COMMENT, via=request.values.get("via", "")[:8],
    )  # fmt: skip


@bp.post("/rate/<service_code>")
@submissions
@public
def rate_send(service_code: str) -> Any:
    """Store the review; the same visitor's word on the same visit replaces the earlier one."""
    service, form = named_service(service_code), request.form
    level = form.get("rating", "")
    tags = form.getlist("tags")
    draft = reviews.ReviewDraft(
        service_code=service.service_code, identity=visitor_identity(), rating=int(level) if level.isdecimal() else None,
        tags=tags, comment=form.get("comment", ""), channel="counter" if form.get("via") == "qr" else "web",
        matter=form.get("matter", "") if service.scope == "per_matter" else "",
        address=request.remote_addr or "",
    )  # fmt: skip
    try:
        review = reviews.submit_review(draft)
    except InvalidInput as error:
        return _form(service, form.to_dict(), tags, {error.field or "rating": error.message}), 422
    session["thanks"] = review.review_id
    return redirect(url_for("public.rate_done"))


@bp.get("/rate/done")
@public
def rate_done() -> str | Response:
    """Thanks; after a bad review, what happens next, and a case for those who want it solved."""
    review = queries.own_review(session.get("thanks", ""), visitor_identity())
    if review is None:
        return redirect(url_for("public.rate_list"))
    return _done(review, {}, {})


def _done(review: Review, typed: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "public/rate_done.html", review=review, typed=typed, errors=errors,
        bad=review.rating is not None and is_bad(review.rating),
        level=_(Rating(review.rating).label) if review.rating else "",
    )  # fmt: skip


@bp.post("/rate/done/<review_id>")
@submissions
@public
def rate_phone(review_id: str) -> Any:
    """Leave a number after a bad review, to be told what became of it."""
    identity = visitor_identity()
    try:
        rectifications.leave_phone(review_id, identity, request.form.get("phone", ""))
    except InvalidInput as error:
        review = queries.own_review(review_id, identity)
        if review is None:
            raise
        return _done(review, request.form.to_dict(), {error.field or "phone": error.message}), 422
    session["thanks"] = review_id
    return redirect(url_for("public.rate_done"))


@bp.get("/rate/mine")
@public
def rate_mine() -> str:
    """This browser's reviews: replies, what was put right, and whether that is enough."""
    return render_template(
        "public/rate_mine.html", reviews=queries.own_reviews(visitor_identity()),
        levels=presenting.rating_levels(), names=dict(presenting.rating_levels()),
        may_answer=rectifications.may_answer,
    )  # fmt: skip


@bp.post("/rate/mine/<review_id>")
@submissions
@public
def rate_mine_answer(review_id: str) -> Response:
    """Satisfied with what was put right? Only the reviewer's own browser can say."""
    level = request.form.get("satisfied", "")
    if level not in ("1", "2", "3", "4", "5"):
        flash(_("请选择满意程度。"), "error")
    else:
        rectifications.answer_own(review_id, int(level), visitor_identity())
        flash(_("谢谢，您对整改的评价已记录。"), "success")
    return redirect(url_for("public.rate_mine"))
