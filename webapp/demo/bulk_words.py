"""The pool of texts that millions of reviews repeat, each read once by the language layer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nlp import Analysis
from webapp.demo.reviews import ReviewMaker

KINDS = ("counter", "online")
POOL = 300
"""Texts of each kind and level"""


@dataclass(frozen=True, slots=True)
class Words:
    """A text of the pool with its tags (JSON) and what the language layer reads in it."""

    tags: str
    comment: str
    prediction: int | None
    anger: int | None
    model: str


Pool = Mapping[tuple[str, int], Sequence[Words]]
"""(kind, level) → texts"""
Unread = Mapping[tuple[str, int], Sequence[tuple[list[str], str]]]
"""(kind, level) → tags and comment"""
SILENCE = Words("[]", "", None, None, "")


def compose_pool(maker: ReviewMaker) -> Unread:
    """(kind, level) → ``POOL`` pairs of tags and comment, each about some service of the kind."""
    pool = {}
    for kind in KINDS:
        services = [s for s in maker.services if s.kind in (kind, "both")]
        for level in range(1, 6):
            pool[kind, level] = [
                maker.compose(maker.rng.choice(services).service_code, kind, level) for _ in range(POOL)
            ]
    return pool


def read_pool(pool: Unread, readings: Mapping[str, Analysis]) -> Pool:
    """The pool with what the language layer says of each comment."""

    def words(tags: list[str], comment: str) -> Words:
        read = readings[comment]
        prediction = round((read.expected_rating - 1) / 4 * 1000)
        return Words(json.dumps(tags), comment, prediction, round(read.anger * 1000), read.model)

    return {key: [words(*pair) for pair in pairs] for key, pairs in pool.items()}


def unread_pool(pool: Unread) -> Pool:
    """The pool as if nothing read it: what the bulk path costs without the language layer."""
    return {key: [Words(json.dumps(t), c, None, None, "") for t, c in pairs] for key, pairs in pool.items()}
