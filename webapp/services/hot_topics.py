"""热点问题: cluster the last weeks' requests, so that pages read topics instead of making them. A sweep, run every hour."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select

from nlp.topics import Topic as Cluster
from nlp.topics import TopicMessage, find_topics
from webapp.domain.workflow import Status
from webapp.extensions import db
from webapp.models import MonthlyTopic, ServiceRequest, Topic, TopicRequest, utcnow
from webapp.queries.units import COMMUNITY, DISTRICT, Catalogue, catalogue

SPAN = timedelta(days=30)
LEAST_PEOPLE = 3
MOST = 60
BLOCK = 3000
"""Messages that are clustered together: time grows with the square. A larger city is cut along its districts."""
NEARLY_ALL = 0.8
SAME = 0.5
"""Share of its requests that a topic has in common with one that was taken on, from which it is that one"""


def refresh(at: datetime | None = None) -> int:
    """Find the topics of the 30 days up to now and replace those of the last time. Commits; returns how many there are.

    Topics that were taken on stay, and grow by what the new ones have in common with them.
    """
    now = at or utcnow()
    rows = _rows(now)
    found = [topic for block in _blocks(rows) for topic in _topics(block)]
    found.sort(key=lambda topic: -topic.heat)
    kept = _kept()
    gone = select(Topic.id).where(Topic.id.not_in(kept) if kept else Topic.id.is_not(None))
    db.session.execute(delete(TopicRequest).where(TopicRequest.topic_id.in_(gone)))
    db.session.execute(delete(Topic).where(Topic.id.in_(gone)))
    by_id, known = {row.id: row for row in rows}, catalogue()
    stored = 0
    for topic in found[:MOST]:
        members = [by_id[int(str(key))] for key in topic.members]
        same = next((i for i, ids in kept.items() if _overlap(ids, members) >= SAME), None)
        if same is not None:
            _grow(same, kept[same], members)
            continue
        _store(topic, members, known, now)
        stored += 1
    db.session.commit()
    return stored


def _rows(now: datetime) -> Sequence[Any]:
    """Requests of the span, newest first. Complaints about an office make no topic: its people read topics, too."""
    r = ServiceRequest
    statement = (
        select(r.id, r.text, r.subject, r.received_at, r.identity, r.supporters, r.area_id, r.category_id)
        .where(r.received_at > now - SPAN, r.received_at <= now, r.status != Status.RECEIVED.value)
        .where(r.reported_department_id.is_(None), r.words_masked_at.is_(None))
        .order_by(r.received_at.desc())
    )
    return db.session.execute(statement).all()


def _blocks(rows: Sequence[Any]) -> list[list[Any]]:
    """The rows in blocks small enough to cluster: all of them, or by district, the newest of each."""
    if len(rows) <= BLOCK:
        return [list(rows)]
    up, blocks = catalogue().up, defaultdict(list)
    for row in rows:
        blocks[up.get(row.area_id, {}).get(DISTRICT, 0)].append(row)
    return [block[:BLOCK] for block in blocks.values()]


def _topics(rows: Sequence[Any]) -> list[Cluster]:
    kinds = catalogue().categories
    messages = [
        TopicMessage(
            r.id,
            r.text,
            r.subject,
            r.received_at,
            r.identity or f"#{r.id}",
            supporters=r.supporters,
            kind=kinds.get(r.category_id, ("", ""))[1],
        )
        for r in rows
    ]
    return [topic for topic in find_topics(messages, smallest=LEAST_PEOPLE) if topic.writers >= LEAST_PEOPLE]


def _kept() -> dict[int, set[int]]:
    """Requests of the topics that were taken on, by topic."""
    statement = select(TopicRequest.topic_id, TopicRequest.request_id).where(
        TopicRequest.topic_id.in_(
            select(MonthlyTopic.hot_topic_id).where(MonthlyTopic.hot_topic_id.is_not(None))
        )
    )
    found: dict[int, set[int]] = defaultdict(set)
    for topic_id, request_id in db.session.execute(statement):
        found[topic_id].add(request_id)
    return dict(found)


def _overlap(ids: set[int], members: Sequence[Any]) -> float:
    return len(ids & {m.id for m in members}) / len(members)


def _grow(topic_id: int, ids: set[int], members: Sequence[Any]) -> None:
    new = [m.id for m in members if m.id not in ids]
    if new:
        db.session.execute(insert(TopicRequest), [{"topic_id": topic_id, "request_id": i} for i in new])
        ids.update(new)
        topic = db.session.get_one(Topic, topic_id)
        topic.requests = len(ids)
        topic.until = max(topic.until, *(m.received_at for m in members))


def _store(topic: Cluster, members: Sequence[Any], known: Catalogue, now: datetime) -> None:
    categories = Counter(m.category_id for m in members if m.category_id is not None)
    communities = {known.up.get(m.area_id, {}).get(COMMUNITY) for m in members} - {None}
    row = Topic(
        title=topic.title[:120], place=topic.place[:80], area_id=_common_area([m.area_id for m in members], known),
        category_id=categories.most_common(1)[0][0] if categories else None,
        since=min(m.received_at for m in members), until=max(m.received_at for m in members),
        requests=len(members), people=topic.writers, supporters=topic.supporters, communities=len(communities),
        heat=topic.heat, found_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    db.session.execute(insert(TopicRequest), [{"topic_id": row.id, "request_id": m.id} for m in members])


def _common_area(areas: Sequence[int], known: Catalogue) -> int:
    """The smallest area that holds nearly all of them: one report from elsewhere does not make it the city's trouble."""
    # Reports that only say "the city" do not say that the trouble is all over it.
    lines = [known.up.get(area, {}) for area in areas]
    placed = [line for line in lines if len(line) > 1] or lines
    counts = Counter(pair for line in placed for pair in line.items())
    wide = [pair for pair, n in counts.items() if n >= NEARLY_ALL * len(placed)]
    return max(wide)[1] if wide else areas[0]
