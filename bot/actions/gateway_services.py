"""The bot's hands for services: which one is meant, what is published about it, and votes on it."""

from __future__ import annotations

from typing import Any

from flask import current_app

from bot.actions import gateway
from webapp.domain.rating import Rating, tags_for
from webapp.i18n import local
from webapp.queries import chat as lookup
from webapp.services import (
    matching,
    replies,
    reviews,
)

# A service that nobody named is asked about, however likely: a question costs a tap, a wrong vote is counted.
UNNAMED = 0.7
BY_DISTRICT = 0.95  # one of several halls of a kind, named by its district
BY_DISTRICT_LEAST = 0.5
LIKELY = 0.2  # where no service is as likely as that, the words are about the last topic or about nothing published


def match_services(text: str) -> list[list[Any]]:
    """Services that ``text`` may mean: ``[[code, name, score], …]``, likest first.

    Where a name or nickname stands in the text the score is 1 and the probability, else a part of the probability.
    """
    hits = matching.likely(text)
    if max((1.0 if hit.named else hit.probability for hit in hits), default=0.0) < LIKELY:
        return []
    return [
        [h.service_code, h.name, round(_score(h, n == 0 and _by_district(hits, text)), 3)]
        for n, h in enumerate(hits)
    ]


def _score(hit: matching.ServiceHit, by_district: bool) -> float:
    if hit.named:
        return 1 + hit.probability
    return max(BY_DISTRICT, hit.probability) if by_district else UNNAMED * hit.probability


def _by_district(hits: list[matching.ServiceHit], text: str) -> bool:
    """Whether the likest service is the one of its kind in the district that ``text`` names: 「东澄办事大厅」.

    Where no other of its kind is in question it is asked about, as any service that nobody named.
    """
    first = hits[0]
    stem, _, kind = first.name.partition("区")
    if len(stem) != 2 or not kind or stem not in text or first.probability < BY_DISTRICT_LEAST:
        return False
    siblings = [h.name.partition("区")[0] for h in hits[1:] if h.name.endswith(f"区{kind}")]
    return bool(siblings) and not any(other in text for other in siblings)


def certain_service(text: str) -> dict[str, str]:
    """``service`` and ``category_name`` where ``text`` names exactly one service: its department then answers."""
    hits = [hit for hit in matching.likely(text) if hit.named]
    return {"service": hits[0].service_code, "category_name": hits[0].name} if len(hits) == 1 else {}


def service_facts(code: str) -> dict[str, Any]:
    """What is published about a service. Raises ``NotFound``."""
    service = reviews.find_service(code)
    return {
        "code": service.service_code, "name": service.name, "description": service.description,
        "materials": list(service.materials or []), "place": service.place, "hours": service.hours,
        "phone": service.phone, "department": service.department.name,
        "url": f"{current_app.config['PUBLIC_URL']}/services/{service.service_code}",
    }  # fmt: skip


def past_reply(question: str) -> dict[str, str] | None:
    """A department's public answer to much the same question: number, question, answer, department, day, url; or None."""
    found = replies.past_reply(question)
    if found is None:
        return None
    return {
        "number": found.number, "question": found.question, "answer": found.answer, "department": found.department,
        "day": f"{local(found.at):%Y-%m-%d}", "url": f"{current_app.config['PUBLIC_URL']}/requests/{found.number}",
    }  # fmt: skip


def rating_label(level: int) -> str:
    """Chinese name of a level (1-5)."""
    return Rating(level).label


def rating_tags(level: int) -> list[str]:
    """Tags offered with a level (1-5)."""
    return list(tags_for(level))


def submit_review(sender: str, code: str, level: int, tags: list[str], comment: str) -> None:
    """Store a review from the chat. Raises the services' errors."""
    identity, channel = gateway.speaker(sender)
    reviews.submit_review(
        reviews.ReviewDraft(
            service_code=code, identity=identity, rating=level, tags=tags, comment=comment, channel=channel
        )
    )


def change_level(sender: str, code: str, level: int) -> None:
    """Rate anew what this sender rated before, with the words given then. Raises the services' errors."""
    identity, _ = gateway.speaker(sender)
    earlier = lookup.last_review(code, identity)
    tags = [tag for tag in earlier.tags if tag in tags_for(level)] if earlier is not None else []
    submit_review(sender, code, level, tags, earlier.comment if earlier is not None else "")


def add_reason(sender: str, code: str, text: str) -> int:
    """Put tags that ``text`` names to this sender's last vote on a service; its level, or 0 where there is nothing to add."""
    identity, _ = gateway.speaker(sender)
    earlier = lookup.last_review(code, identity)
    level = int(earlier.rating or 0) if earlier is not None else 0
    tags = [tag for tag in tags_for(level) if tag in text] if level else []
    if earlier is None or not tags:
        return 0
    submit_review(sender, code, level, list(dict.fromkeys([*earlier.tags, *tags])), earlier.comment)
    return level
