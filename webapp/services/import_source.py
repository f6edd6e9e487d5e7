"""Reading other systems' exports: a column mapping in TOML, CSV and XLSX row by row, bad rows told apart."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from io import TextIOWrapper
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zoneinfo import ZoneInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

# A message may be long, but a cell of a megabyte is a broken quote.
FIELD_LIMIT = 1_000_000
_PRESETS = "data/import_presets"


class MappingError(ValueError):
    """A mapping that cannot be used with this file; the message says why."""


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


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not imported (or, for warnings, not wholly), with its line in the file."""

    line: int
    reason: str


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
        return ColumnMapping(
            source=data.get("source", name)[:40], text=(text,) if isinstance(text, str) else tuple(text),
            area=(area,) if isinstance(area, str) else tuple(area),
            unfinished_states=frozenset(data.get("unfinished_states", ())),
            request_types=data.get("values", {}).get("request_type", {}), **columns, **settings,
        )  # fmt: skip
    except TypeError as error:
        raise MappingError(f"unknown column role in the mapping: {error}") from error


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


class RowReader:
    """Rows of a CSV or XLSX file as dictionaries, one at a time. Use as a context manager.

    ``length`` and ``position`` are bytes (CSV) or rows (XLSX): enough for a progress bar without reading twice.
    Raises ``MappingError`` for a file that is neither.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.path = path
        self._row = 0
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            self._open_workbook()
        else:
            self._open_csv(encoding)

    def __enter__(self) -> RowReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _open_csv(self, encoding: str) -> None:
        csv.field_size_limit(FIELD_LIMIT)
        binary = self.path.open("rb")
        self._close = binary.close
        self._text = TextIOWrapper(
            binary, encoding or self._guess_encoding(), errors="surrogateescape", newline=""
        )
        self._reader = csv.reader(self._text, strict=False)
        self.length = self.path.stat().st_size
        self._binary = binary
        self.header = [_clean(name) for name in next(self._reader, [])]
        self._rows = self._csv_rows()

    def _guess_encoding(self) -> str:
        """UTF-8 (with or without a byte order mark) if the beginning is, else what Excel writes in China."""
        with self.path.open("rb") as file:
            start = file.read(65536)
        text = start.decode("utf-8-sig", errors="replace")
        # A few broken bytes are bad rows; a file in another encoding is full of them.
        return "gb18030" if text.count("\ufffd") > len(text) / 50 else "utf-8-sig"

    def _csv_rows(self) -> Iterator[tuple[int, list[str]]]:
        line = self._reader.line_num + 1
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, [f"\0{error}"]
            else:
                if row:
                    yield line, row
            line = self._reader.line_num + 1

    def _open_workbook(self) -> None:
        try:
            book = load_workbook(self.path, read_only=True, data_only=True)
        except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
            raise MappingError(f"{self.path.name} is not a workbook that can be read") from error
        self._close = book.close
        sheet = book.worksheets[0]
        self.length = sheet.max_row or 0
        cells = sheet.iter_rows(values_only=True)
        self.header = [_clean(_cell(value)) for value in next(cells, ())]
        self._rows = (
            (n, [_cell(v) for v in row])
            for n, row in enumerate(cells, start=2)
            if any(v is not None for v in row)
        )

    @property
    def position(self) -> int:
        """How far the reading has come, in the unit of ``length``."""
        if self.path.suffix.lower() in (".xlsx", ".xlsm"):
            return self._row
        return min(self.length, self._binary.tell())

    def __iter__(self) -> Iterator[tuple[int, dict[str, str] | BadRow]]:
        for line, row in self._rows:
            self._row = line
            yield line, self._checked(line, row)

    def _checked(self, line: int, row: Sequence[str]) -> dict[str, str] | BadRow:
        if row[0].startswith("\0"):
            return BadRow(line, f"not readable as CSV: {row[0][1:]}")
        if len(row) > len(self.header) and any(value.strip() for value in row[len(self.header) :]):
            return BadRow(line, f"{len(row)} cells where the header has {len(self.header)}")
        if any("\udc80" <= c <= "\udcff" for value in row for c in value):
            return BadRow(line, "bytes that are no text in this encoding")
        filled = [*row, *[""] * (len(self.header) - len(row))]
        return {name: _clean(value) for name, value in zip(self.header, filled, strict=False)}


def _clean(value: str) -> str:
    """Without byte order marks and null characters, which exports leave inside cells."""
    return value.replace("﻿", "").replace("\0", "").strip()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse_time(value: str, mapping: ColumnMapping) -> datetime | None:
    """The moment (aware UTC), or None when no format fits."""
    for pattern in (*mapping.time_formats, "%Y-%m-%d %H:%M:%S"):
        try:
            naive = datetime.strptime(value, pattern)  # noqa: DTZ007 - the zone is the mapping's
        except ValueError:
            continue
        return naive.replace(tzinfo=ZoneInfo(mapping.timezone)).astimezone(UTC)
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
