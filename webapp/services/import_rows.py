"""Rows of other systems' exports: CSV as programs and people really write it, XLSX, one row at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from zipfile import BadZipFile

from webapp.domain.texts import writable

# A message may be long, but a cell of a megabyte is a broken quote.
FIELD_LIMIT = 1_000_000
_SAMPLE = 65536
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class MappingError(ValueError):
    """A mapping that cannot be used with this file; the message says why."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not imported (or, for warnings, not wholly), with its line in the file."""

    line: int
    reason: str


def guess_encoding(start: bytes) -> str:
    """The encoding that the byte order mark names; else UTF-8 or, as Excel in China writes, GB 18030.

    By lines: a few broken ones are bad rows, in another encoding hardly one is right.
    """
    for mark, encoding in _MARKS.items():
        if start.startswith(mark):
            return encoding
    lines = start.splitlines()
    if len(start) == _SAMPLE:
        del lines[-1]  # cut, perhaps in the middle of a character
    telling = [line for line in lines if not line.isascii()]
    right = sum(_is_utf8(line) for line in telling)
    return "utf-8-sig" if 2 * right >= len(telling) else "gb18030"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """What separates the header's names: comma, tab or semicolon."""
    header = text.splitlines()[0]
    return max(",\t;", key=header.count)


class RowReader:
    """Rows of a CSV or XLSX file as dictionaries, one at a time. Use as a context manager.

    ``length`` and ``position`` are bytes (CSV) or rows (XLSX): enough for a progress bar without reading twice.
    Raises ``MappingError`` for a file that is neither.
    """

    def __init__(self, path: Path, encoding: str = "") -> None:
        self.path = path
        self._row = 0
        self._rows: Iterator[tuple[int, list[str] | BadRow]]
        with path.open("rb") as file:
            start = file.read(_SAMPLE)
        # By content, not by name: exports are renamed.
        self._is_workbook = start.startswith(b"PK\x03\x04") or path.suffix.lower() in (".xlsx", ".xlsm")
        if start.startswith(_OLD_EXCEL):
            raise MappingError(f"{path.name} is an Excel file of before 2007: save it as XLSX or CSV")
        if self._is_workbook:
            self._open_workbook()
        else:
            self._open_csv(start, encoding)

    def __enter__(self) -> RowReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _open_csv(self, start: bytes, encoding: str) -> None:
        encoding = encoding or guess_encoding(start)
        text = start.decode(encoding, "replace")
        if not text.strip():
            raise MappingError(f"{self.path.name} is empty")
        if "\0" in text.splitlines()[0]:
            raise MappingError(f"{self.path.name} is neither CSV nor a workbook")
        csv.field_size_limit(FIELD_LIMIT)
        binary = self.path.open("rb")
        self._close = binary.close
        # surrogateescape: a broken byte costs its row, not the file.
        self._text = TextIOWrapper(binary, encoding, errors="surrogateescape", newline="")
        self._reader = csv.reader(self._text, strict=False, delimiter=_delimiter(text))
        self.length = self.path.stat().st_size
        self._binary = binary
        self.header = [_clean(name) for name in next(self._reader, [])]
        self._rows = self._csv_rows()

    def _csv_rows(self) -> Iterator[tuple[int, list[str] | BadRow]]:
        line = self._reader.line_num + 1
        while True:
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, BadRow(line, f"not readable as CSV: {error}")
            else:
                if any(cell.strip() for cell in row):
                    yield line, row
            line = self._reader.line_num + 1

    def _open_workbook(self) -> None:
        # Here, because no process but this one needs a library that takes long to load.
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        # Opened here, because openpyxl goes by the name when it gets one.
        binary = self.path.open("rb")
        try:
            book = load_workbook(binary, read_only=True, data_only=True)
        except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
            binary.close()
            raise MappingError(f"{self.path.name} is not a workbook that can be read") from error
        self._close = binary.close
        sheet = book.worksheets[0]
        self.length = sheet.max_row or 0
        # Some programs write that the sheet ends at A1; then only that cell would be read.
        sheet.reset_dimensions()
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
        if self._is_workbook:
            return min(self.length, self._row)
        return min(self.length, self._binary.tell())

    def __iter__(self) -> Iterator[tuple[int, dict[str, str] | BadRow]]:
        for line, row in self._rows:
            self._row = line
            yield line, self._checked(line, row)

    def _checked(self, line: int, row: Sequence[str] | BadRow) -> dict[str, str] | BadRow:
        if isinstance(row, BadRow):
            return row
        if len(row) > len(self.header) and any(value.strip() for value in row[len(self.header) :]):
            return BadRow(line, f"{len(row)} cells where the header has {len(self.header)}")
        if any("\udc80" <= c <= "\udcff" for value in row for c in value):
            return BadRow(line, "bytes that are no text in this encoding")
        filled = [*row, *[""] * (len(self.header) - len(row))]
        return {name: _clean(value) for name, value in zip(self.header, filled, strict=False)}


def _clean(value: str) -> str:
    """Without byte order marks and control characters, which exports leave inside cells."""
    return writable(value.replace("\ufeff", "")).strip()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
