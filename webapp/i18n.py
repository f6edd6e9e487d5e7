"""Languages: Chinese is the source, English complete; chosen by ``?lang=``, then cookie, then the browser."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, has_request_context, request

from webapp.extensions import babel

COOKIE = "mp_lang"


def select_locale() -> str | None:
    """The locale of this request, one of ``LANGUAGES``; Chinese outside a request."""
    if not has_request_context():
        return "zh_CN"
    languages = current_app.config["LANGUAGES"]
    for wish in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wish in languages:
            return wish
    header = str(request.headers.get("Accept-Language", "")).lower()
    # Chinese first: only a browser that asks for English and not for Chinese gets English.
    return "en" if "en" in header and "zh" not in header else "zh_CN"


def city_zone() -> ZoneInfo:
    """The city's time zone: days in roll-ups and on screen are local days."""
    return ZoneInfo(current_app.config["CITY_TIMEZONE"])


def local(moment: datetime) -> datetime:
    """``moment`` in the city's time zone."""
    return moment.astimezone(city_zone())


def init_app(app: Flask) -> None:
    """Bind Babel and remember an explicit choice of language."""
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", app.config["CITY_TIMEZONE"])
    babel.init_app(app, locale_selector=select_locale)

    @app.after_request
    def remember(response: Response) -> Response:
        wish = request.args.get("lang")
        if wish and wish in app.config["LANGUAGES"]:
            response.set_cookie(COOKIE, wish, max_age=365 * 86400, samesite="Lax", httponly=True)
        return response

    @app.context_processor
    def context() -> dict[str, object]:
        english = select_locale() == "en"
        # Between two sentences that a template puts side by side: Chinese has no space there.
        return {
            "locale": select_locale(),
            "html_lang": "en" if english else "zh-CN",
            "gap": " " if english else "",
        }

    app.jinja_env.globals["local"] = local
