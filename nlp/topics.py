"""Topics: messages about the same trouble, with a title, a place, a period and a heat.

    for topic in find_topics(messages): print(topic.as_dict())

`find_topics` reads a batch (a period's messages) and is deterministic. `assign_topics` puts new messages into topics
that exist already or opens new ones; it changes nothing and remembers nothing, so that the caller's database stays
the only truth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

import numpy as np

from nlp.clusters import NAMES, SAME_NAMES, SAME_TROUBLE, central, cluster, may_name, vectors
from nlp.headings import heading
from nlp.heat import count, heat
from nlp.likeness import DIFFERENT_PLACE, F64, cosine, different_place, rarity, unit
from nlp.naming import place_of
from nlp.terms import Ids, Reading, Terms, read, read_terms

# Heat at which one message makes a topic: 18 supporters, or 81 likes.
JOINED: Final = 10.0
# Clauses of so many members are compared for the title; in a larger group the most central are enough.
_COMPARED: Final = 50


@dataclass(frozen=True, slots=True)
class TopicMessage:
    """A message to cluster. `key` is the caller's; `writer` any stable id of the person, "" when unknown.

    `when` may be naive or aware, but all of one kind. Counts may hold anything (see `nlp.heat.count`). `kind`: what sort
    of trouble it is, in the caller's words; the title begins with it where half of the members share it.
    """

    key: Hashable
    text: str
    subject: str = ""
    when: datetime | None = None
    writer: str = ""
    likes: object = 0
    dislikes: object = 0
    supporters: object = 0
    kind: str = ""

    @property
    def whole(self) -> str:
        """Subject and text in one."""
        return f"{self.subject} {self.text}".strip()


@dataclass(frozen=True, slots=True)
class Topic:
    """A cluster. `members`: keys in the order given; `place`: "" when the members name no common one.

    `title` and `place` are masked of personal data. `since` and `until` are the first and last known times.
    """

    title: str
    place: str
    since: datetime | None
    until: datetime | None
    members: tuple[Hashable, ...]
    writers: int
    supporters: int
    likes: int
    dislikes: int
    heat: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; times in ISO 8601."""
        return {
            "title": self.title,
            "place": self.place,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "heat": self.heat,
            "messages": len(self.members),
            "writers": self.writers,
            "supporters": self.supporters,
            "likes": self.likes,
            "dislikes": self.dislikes,
            "members": list(self.members),
        }


def _topic(members: list[TopicMessage], closeness: F64, readings: list[Reading]) -> Topic:
    times = [m.when for m in members]
    dated = sorted(time for time in times if time is not None)
    writers = len({m.writer for m in members if m.writer}) + sum(not m.writer for m in members)
    supporters = sum(count(m.supporters) for m in members)
    likes = sum(count(m.likes) for m in members)
    dislikes = sum(count(m.dislikes) for m in members)
    texts, places = [m.whole for m in members], [r.places for r in readings]
    place = place_of(texts, places)
    kind, times_said = Counter(m.kind for m in members).most_common(1)[0]
    order = np.argsort(-closeness, kind="stable").tolist()
    # A third of the members name it, but a title that begins with it speaks for all.
    there = place if 2 * sum(place in text for text in texts) >= len(texts) else ""
    return Topic(
        title=heading(
            texts, places, order[:_COMPARED], there, kind if 2 * times_said >= len(members) else ""
        ),
        place=place,
        since=dated[0] if dated else None,
        until=dated[-1] if dated else None,
        members=tuple(m.key for m in members),
        writers=writers,
        supporters=supporters,
        likes=likes,
        dislikes=dislikes,
        heat=heat(writers, supporters, likes, dislikes, times),
    )


def find_topics(messages: Sequence[TopicMessage], *, smallest: int = 2) -> list[Topic]:
    """Topics of at least `smallest` messages, hottest first (then larger, then earlier in the input).

    A message that stands alone but has a heat of `JOINED` is one too: a crowd joined it instead of writing.
    Time grows with the square of the number of messages: see `nlp.clusters.cluster`.
    """
    readings = [read(message.whole) for message in messages]
    terms = [reading.terms for reading in readings]
    space = vectors(terms) if messages else None
    found = []
    for group in cluster(terms):
        if space is not None:
            topic = _topic([messages[i] for i in group], central(space, group), [readings[i] for i in group])
            if len(group) >= smallest or topic.heat >= JOINED:
                found.append((-topic.heat, -len(group), group[0], topic))
    return [topic for *_, topic in sorted(found, key=lambda item: item[:3])]


class Known(NamedTuple):
    """A message that is in a topic already."""

    topic: Hashable
    text: str


class Assignment(NamedTuple):
    """Where a new message goes: into the known `topic`, or (topic None) into the new topic number `opened`.

    Messages of one call with the same `opened` belong together. `likeness` is the average to the topic's messages,
    0 for one that stands alone.
    """

    topic: Hashable | None
    opened: int | None
    likeness: float


def assign_topics(
    new: Sequence[str], known: Sequence[Known], *, least: float = SAME_TROUBLE
) -> list[Assignment]:
    """For each new message, in order, the topic whose messages it is most like on average, if that is ≥ `least`.

    `known` need not hold every message ever: what `SimilarIndex.find` returns for the new ones, with their topics,
    is enough (a topic is then judged by those). Pure and deterministic; earlier messages of the call count as known
    for the later ones.
    """
    terms = [read_terms(k.text) for k in known] + [read_terms(text) for text in new]
    every, frequency = _frequencies(terms)
    topics: dict[Hashable, list[int]] = {}
    for index, message in enumerate(known):
        topics.setdefault(message.topic, []).append(index)
    seen = [frequency[np.searchsorted(every, t.ids)] for t in terms]
    values = [unit(t, rarity(t.ids, f, len(terms))) for t, f in zip(terms, seen, strict=True)]
    names = [t.ids[may_name(t.ids, f, len(terms))] for t, f in zip(terms, seen, strict=True)]
    groups: list[tuple[Hashable | None, int | None, list[int]]] = [(t, None, m) for t, m in topics.items()]
    out: list[Assignment] = []
    for index in range(len(known), len(terms)):
        best, at = 0.0, -1
        for number, (_, _, members) in enumerate(groups):
            average = sum(_alike(terms, values, names, index, other) for other in members) / len(members)
            if average >= least and average > best:
                best, at = average, number
        if at < 0:
            groups.append((None, len(groups) - len(topics), []))
        topic, opened, members = groups[at]
        members.append(index)
        out.append(Assignment(topic, opened, round(best, 4)))
    return out


def _frequencies(terms: list[Terms]) -> tuple[Ids, F64]:
    if not terms:
        return np.zeros(0, np.uint32), np.zeros(0)
    every, seen = np.unique(np.concatenate([t.ids for t in terms]), return_counts=True)
    return every, seen.astype(np.float64)


def _alike(terms: list[Terms], values: list[F64], names: list[Ids], a: int, b: int) -> float:
    value = cosine(terms[a].ids, values[a], terms[b].ids, values[b])
    if different_place(terms[a], terms[b]):
        value *= DIFFERENT_PLACE
    return value * (SAME_NAMES if len(np.intersect1d(names[a], names[b])) >= NAMES else 1.0)
