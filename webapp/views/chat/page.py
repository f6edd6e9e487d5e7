"""问答: the chat page. Its words go through the JSON API; without JavaScript it leads to the form."""

from __future__ import annotations

from flask import current_app, render_template

from webapp.security import public, visitor_identity
from webapp.services.chat import MAX_MESSAGE
from webapp.views.chat import bp


@bp.get("")
@public
def page() -> str:
    """The empty frame; the conversation is fetched by the browser, by its own cookie."""
    # Set the cookie now: two first messages at once must not begin two conversations.
    visitor_identity()
    config = current_app.config
    return render_template(
        "chat/page.html",
        max_message=MAX_MESSAGE,
        hotline=config["HOTLINE_PHONE"],
        photo_limit=config["PHOTO_LIMIT"],
    )
