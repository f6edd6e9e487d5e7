"""Pages that only read: home, how scores are made, privacy; and the two switches of the header."""

from __future__ import annotations

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.domain.consent import CONSENTS
from webapp.domain.disclosure import SMALLEST
from webapp.domain.indicators import INDICATORS
from webapp.domain.official import COMPONENTS
from webapp.domain.scores import PART_LABELS, PARTS
from webapp.domain.text import N_
from webapp.i18n import COOKIE
from webapp.queries import appeals, evaluation, publications
from webapp.queries import public as queries
from webapp.queries.feedback_policy import rectification_policy
from webapp.queries.policy import scoring_policy
from webapp.security import public
from webapp.services import retention
from webapp.views.navigation import TEXT_COOKIE
from webapp.views.public import bp
from webapp.views.public.open_data import period_name

YEAR = 365 * 86400
PART_MEANINGS = {
    "E": N_("居民打的五级评价，按办理渠道的实际比例加权"),
    "R": N_("回访时居民说问题解决了的比例"),
    "T": N_("在期限内办结的比例，超期未办也算"),
    "V": N_("同一地点同一问题 30 天内没有再来的比例"),
}


@bp.get("/")
@public
def home() -> str:
    """What one can do here."""
    out = publications.recent_months(1)
    return render_template(
        "public/home.html", figures=publications.city_figures(out[0]) if out else None,
        period=period_name(out[0].about.period) if out else "", popular=queries.popular_services(),
        answered=queries.recent_answers(),
    )  # fmt: skip


@bp.get("/method")
@public
def method() -> str:
    """How scores are made, in plain words."""
    rules = scoring_policy()
    policy = rules.score
    return render_template(
        "public/method.html", indicators=INDICATORS.values(), smallest=SMALLEST, version=policy.version,
        days=rules.window_days, min_votes=int(policy.min_n_eff), mending=rectification_policy(),
        appealed=appeals.counts(evaluation.usual_window()), groups=list(rules.peer_groups),
        labels={key: INDICATORS[key].label for key in COMPONENTS},
        indices=[(_(index.name), index.weights, index.basically, index.partly) for index in rules.indices],
        parts=[
            (_(PART_LABELS[part]), _(PART_MEANINGS[part]), policy.weights[part] / sum(policy.weights.values()))
            for part in PARTS
        ],
    )  # fmt: skip


@bp.get("/privacy")
@public
def privacy() -> str:
    """What is kept about a resident, why, and for how long."""
    return render_template(
        "public/privacy.html", consents=CONSENTS[::-1], kept=retention.days(),
        workdays=current_app.config["RIGHTS_WORKDAYS"],
    )  # fmt: skip


@bp.get("/preferences")
@public
def preferences() -> Response:
    """Remember the language or the size of text in a cookie and go back; works without JavaScript."""
    target = request.args.get("next", "")
    # Only a path of this site: "//host" and "/\host" would leave it.
    if not target.startswith("/") or target[1:2] in ("/", "\\"):
        target = url_for("public.home")
    answer: Response = redirect(target)
    wishes = (
        (COOKIE, request.args.get("lang"), current_app.config["LANGUAGES"]),
        (TEXT_COOKIE, request.args.get("text"), ("normal", "large")),
    )
    response = make_response(answer)
    for cookie, wish, allowed in wishes:
        if wish and wish in allowed:
            response.set_cookie(
                cookie, wish, max_age=YEAR, samesite="Lax", httponly=True,
                secure=current_app.config["SESSION_COOKIE_SECURE"],
            )  # fmt: skip
    return response
