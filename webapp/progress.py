"""Progress of long commands: a bar on a terminal, a line for every twentieth in a log (``make run`` shows the last)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """Yields a function that takes the steps done since its last call, ``length`` of them in all."""
    if sys.stdout.isatty():
        with click.progressbar(length=length, label=label, update_min_steps=max(1, length // 200)) as bar:
            yield bar.update
        return
    done, told = 0, -1
    click.echo(label)

    def update(steps: int) -> None:
        nonlocal done, told
        done += steps
        twentieth = 20 * done // max(1, length)
        if twentieth > told:
            told = twentieth
            click.echo(f"{label}: {5 * twentieth} %")

    yield update
