"""每月一题: the trouble that the city takes on this month, who does what until when, and whether it helped."""

from __future__ import annotations

from flask import render_template

from webapp.queries import monthly as queries
from webapp.queries.monthly_public import public_course
from webapp.security import public
from webapp.services import monthly as service
from webapp.views import monthly as words
from webapp.views.public import bp


@bp.get("/monthly")
@public
def monthly() -> str:
    """All topics, the latest first."""
    return render_template("public/monthly.html", topics=queries.topics(), words=words)


@bp.get("/monthly/<int(max=2147483647):topic_id>")
@public
def monthly_topic(topic_id: int) -> str:
    """One topic: the reason, the tasks with their progress, and what residents said before and since."""
    topic = service.find(topic_id)
    course = words.public_lines(public_course(topic))
    return render_template(
        "public/monthly_topic.html", topic=topic, words=words, course=course, chart=words.chart(course)
    )
