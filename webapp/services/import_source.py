"""Understanding other systems' exports: a column mapping in TOML, and what a row says by it."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.services.import_rows import BadRow, MappingError, RowReader

_PRESETS = "data/import_presets"


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Which column holds what. Only ``id``, ``text`` and ``time`` are required."""

    source: str
    id: str
    text: tuple[str, ...]
    time: str
    time_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
    timezone: str = "Asia/Shanghai"
    encoding: str = ""
    identity: str = ""
    reply: str = ""
    reply_time: str = ""
    state: str = ""
    request_type: str = ""
    supporters: str = ""
    address: str = ""
    area: tuple[str, ...] = ()
    unfinished_states: frozenset[str] = frozenset()
    request_types: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> list[str]:
        """Every column that the mapping names."""
        single = (self.id, self.time, self.identity, self.reply, self.reply_time, self.state)
        more = (self.request_type, self.supporters, self.address)
        return [name for name in (*single, *more, *self.text, *self.area) if name]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as another system told it; times are aware UTC. ``finished``: the reply ended the case."""

    line: int
    source_id: str
    text: str
    received_at: datetime
    identity: str = ""
    reply: str = ""
    replied_at: datetime | None = None
    finished: bool = True
    request_type: str = ""
    supporters: int = 0
    address: str = ""
    areas: tuple[str, ...] = ()
    warning: str = ""


def presets() -> list[str]:
    """Names of the mappings that come with Minping."""
    folder = resources.files("webapp").joinpath(_PRESETS)
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def load_mapping(name_or_path: str) -> ColumnMapping:
    """A preset by name, or a TOML file by path. Raises ``MappingError``."""
    path = Path(name_or_path)
    try:
        if name_or_path in presets():
            text = (
                resources.files("webapp")
                .joinpath(f"{_PRESETS}/{name_or_path}.toml")
                .read_text(encoding="utf-8")
            )
        else:
            text = path.read_text(encoding="utf-8")
        return _mapping(tomllib.loads(text), path.stem)
    except OSError as error:
        raise MappingError(f"no preset and no file called {name_or_path}") from error
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"{name_or_path} is not valid TOML: {error}") from error


def _mapping(data: dict[str, Any], name: str) -> ColumnMapping:
    columns = dict(data.get("columns", {}))
    missing = [key for key in ("id", "text", "time") if not columns.get(key)]
    if missing:
        raise MappingError(f"the mapping names no column for {', '.join(missing)}")
    text = columns.pop("text")
    area = columns.pop("area", [])
    settings: dict[str, Any] = {key: data[key] for key in ("timezone", "encoding") if key in data}
    if "time_formats" in data:
        settings["time_formats"] = tuple(data["time_formats"])
    try:
        ZoneInfo(data.get("timezone", "UTC"))
        codecs.lookup(data.get("encoding") or "utf-8")
        return ColumnMapping(
            source=data.get("source", name)[:40], text=(text,) if isinstance(text, str) else tuple(text),
            area=(area,) if isinstance(area, str) else tuple(area),
            unfinished_states=frozenset(data.get("unfinished_states", ())),
            request_types=data.get("values", {}).get("request_type", {}), **columns, **settings,
        )  # fmt: skip
    except TypeError as error:
        raise MappingError(f"unknown column role in the mapping: {error}") from error
    except (ZoneInfoNotFoundError, LookupError, ValueError) as error:
        raise MappingError(f"the mapping's timezone or encoding is unknown: {error}") from error


def guess_mapping(path: Path) -> ColumnMapping:
    """The preset whose columns are all in the file. Raises ``MappingError`` when none fits, or several do."""
    with RowReader(path) as reader:
        header = set(reader.header)
    fitting = [m for m in map(load_mapping, presets()) if header.issuperset(m.columns())]
    by_name = [m for m in fitting if m.source == path.stem]
    best = by_name or [m for m in fitting if len(m.columns()) == max(len(f.columns()) for f in fitting)]
    if len(best) != 1:
        raise MappingError("no preset fits these columns: write a mapping file and give it with --mapping")
    return best[0]


def parse_time(value: str, mapping: ColumnMapping) -> datetime | None:
    """The moment (aware UTC), or None when no format fits."""
    for pattern in (*mapping.time_formats, "%Y-%m-%d %H:%M:%S"):
        try:
            moment = datetime.strptime(value, pattern)  # noqa: DTZ007 - the zone is the mapping's unless told
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(mapping.timezone))).astimezone(
            UTC
        )
    return None


def read_row(line: int, row: Mapping[str, str], mapping: ColumnMapping, now: datetime) -> Incoming | BadRow:
    """One row understood, or why it cannot be."""
    source_id = row.get(mapping.id, "")
    parts = [row.get(name, "") for name in mapping.text]
    text = "\n".join(dict.fromkeys(part for part in parts if part))
    if not source_id or len(source_id) > 80:
        return BadRow(line, f"no usable id in column {mapping.id}")
    if len(text) < 2:
        return BadRow(line, f"no text in {', '.join(mapping.text)}")
    received = parse_time(row.get(mapping.time, ""), mapping)
    if received is None:
        return BadRow(line, f"cannot read the time {row.get(mapping.time, '')[:30]!r}")
    if received > now:
        return BadRow(line, "the time lies in the future")
    reply, replied, warning = _reply(row, mapping, received, now)
    likes = row.get(mapping.supporters, "")
    return Incoming(
        line, source_id, text, received, row.get(mapping.identity, ""), reply, replied,
        row.get(mapping.state, "") not in mapping.unfinished_states,
        mapping.request_types.get(row.get(mapping.request_type, ""), ""),
        int(likes) if likes.isdigit() else 0, row.get(mapping.address, "")[:200],
        tuple(row[name] for name in mapping.area if row.get(name)), warning,
    )  # fmt: skip


def _reply(
    row: Mapping[str, str], mapping: ColumnMapping, received: datetime, now: datetime
) -> tuple[str, datetime | None, str]:
    """Reply and its time; a reply whose time makes no sense is left out with a warning."""
    reply = row.get(mapping.reply, "")
    if not reply:
        return "", None, ""
    replied = parse_time(row.get(mapping.reply_time, ""), mapping)
    if replied is None:
        return "", None, "reply left out: its time cannot be read"
    if not received <= replied <= now:
        return "", None, "reply left out: it is dated before the message or in the future"
    return reply, replied, ""
