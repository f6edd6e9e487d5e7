"""A page of tables and charts: what a part of the simulation found, in words that a reader can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Part:
    """One heading with paragraphs and tables (``text``, Markdown) and charts by file name."""

    title: str
    text: list[str] = field(default_factory=list)
    charts: dict[str, str] = field(default_factory=dict)

    def say(self, *words: str) -> None:
        """A paragraph, of as many pieces as read well in code."""
        self.text.append(" ".join(words))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; the first column is text, the others are numbers."""
        lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * (len(head) - 1)}"]
        lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
        self.text.append("\n".join(lines))

    def chart(self, name: str, drawing: str, words: str) -> None:
        """A drawing, kept beside the page."""
        self.charts[name] = drawing
        self.text.append(f"![{words}](simulation/{name}.svg)")

    def markdown(self) -> str:
        """The part as Markdown."""
        return f"## {self.title}\n\n" + "\n\n".join(self.text) + "\n"


def share(value: float, digits: int = 3) -> str:
    """A share as it is printed; "–" where there is none."""
    return "–" if value != value else f"{value:.{digits}f}"
