"""Tables that are shown and exported from one description, so that a file says what the page says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from webapp.views.insight.charts import IntervalBar, RatingBar

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as exported, and how the page shows it: text (the value itself by default), link, chart, badge.

    ``under`` stands on a line of its own below, with ``under_href`` as its address.
    """

    value: Value
    text: str | None = None
    href: str = ""
    bar: IntervalBar | None = None
    ratings: RatingBar | None = None
    badge: str = ""
    note: str = ""
    under: str = ""
    under_href: str = ""

    @property
    def shown(self) -> str:
        if self.text is not None:
            return self.text
        return "—" if self.value is None else str(self.value)


@dataclass(frozen=True, slots=True)
class Column:
    """``number``: right-aligned. ``screen``: false for what the page shows within another cell."""

    label: str
    number: bool = False
    screen: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """``key`` names the table in the address of an export; ``rows`` have one cell per column, the first one heads."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]] = field(default_factory=list)
    caption: str = ""

    @property
    def screen_columns(self) -> list[tuple[int, Column]]:
        return [(i, column) for i, column in enumerate(self.columns) if column.screen]


@dataclass(frozen=True, slots=True)
class Field:
    """A column and how to make its cell from a row's object."""

    column: Column
    cell: Callable[..., Cell]


def number(value: float | None, digits: int = 1) -> Cell:
    """A number rounded as shown."""
    return Cell(
        None if value is None else round(value, digits), "—" if value is None else f"{value:.{digits}f}"
    )


def signed(value: float | None, clear: bool = True) -> Cell:
    """A change with its sign; "~" before one that may be chance. A true minus, as wide as the plus."""
    if value is None:
        return Cell(None, "—")
    rounded = round(value, 1) or 0.0
    return Cell(rounded, ("" if clear else "~ ") + f"{rounded:+.1f}".replace("-", "−"))


def count(value: int, href: str = "") -> Cell:
    """A count, with the address of the cases behind it."""
    return Cell(value, f"{value:,}", href if value else "")


def share(value: float | None) -> Cell:
    """A share 0…1 in per cent."""
    return Cell(
        None if value is None else round(value * 100, 1), "—" if value is None else f"{value * 100:.1f}%"
    )
