"""How a long load tells how far it has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Track(Protocol):
    """Shows progress over an iterable of known length (see ``webapp.demo.cli``)."""

    def __call__(self, items: Iterable[T], length: int, label: str) -> Iterator[T]: ...


def silent(items: Iterable[T], length: int, label: str) -> Iterator[T]:
    """A ``Track`` that shows nothing."""
    yield from items
