"""What sweeps share: one case that cannot be handled does not stop those behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from webapp.extensions import db

T = TypeVar("T")
logger = structlog.get_logger("sweeps")


def each(items: Iterable[T], work: Callable[[T], object]) -> int:
    """Run ``work``, which commits, on each of ``items``; returns for how many it went well.

    What fails is logged and rolled back, and comes again with the next sweep.
    """
    done = 0
    for item in items:
        try:
            work(item)
            done += 1
        except Exception:
            db.session.rollback()
            logger.exception("left for the next sweep", work=work.__name__)
    return done
