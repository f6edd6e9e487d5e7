"""``flask keys …`` and ``flask retention …``: what an operator does about personal data."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from webapp.services import keys, retention

keys_group = AppGroup("keys", help="The keys that encrypt personal data.")
retention_group = AppGroup("retention", help="What is deleted when its time is over.")


def _print_state() -> bool:
    states = keys.status()
    for state in states:
        line = f"{state.column:<32} first key {state.current:>7}  old keys {state.old:>7}"
        click.echo(line + (f"  NO KEY OPENS {state.unreadable}" if state.unreadable else ""))
    old, lost = sum(s.old for s in states), sum(s.unreadable for s in states)
    if lost:
        click.echo(f"{lost} fields open with no key: put the key back that they were written with", err=True)
    if old:
        click.echo(f"{old} fields still hang on old keys: run `flask keys rotate`")
    elif not lost:
        click.echo("everything is encrypted with the first key; older ones may be dropped")
    return bool(old or lost)


@keys_group.command("status")
def keys_status() -> None:
    """How many fields hang on which key; exit 1 while some hang on old ones, or on none."""
    raise SystemExit(_print_state())


@keys_group.command("rotate")
def keys_rotate() -> None:
    """Encrypt every field with the first of FIELD_KEYS; may be interrupted and run again at any time."""
    done = keys.rotate()
    click.echo(f"{sum(done.values())} fields rewritten")
    raise SystemExit(_print_state())


@retention_group.command("run")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def retention_run(dry_run: bool) -> None:
    """Delete or mask what is past its time (the worker does so daily)."""
    for kind, count in retention.run(dry_run=dry_run).items():
        click.echo(f"{kind:<14} {count:>7}")
    click.echo("nothing was changed" if dry_run else "done")


@retention_group.command("show")
def retention_show() -> None:
    """For how many days each kind is kept."""
    for kind, days in retention.days().items():
        click.echo(f"{kind:<14} {f'{days} days' if days else 'kept'}")
