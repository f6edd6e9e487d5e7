"""The files of a similarity index: which generation is in service, is it whole, and how a new one takes over.

<folder>/CURRENT        {"format": 1, "reader": "…", "part": "000001"}, replaced by rename
<folder>/000001/        one Tantivy index
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

import tantivy

from nlp.features import word_ids

FORMAT: Final = 1
_CURRENT: Final = "CURRENT"
# The end of every Tantivy file: JSON with the checksum of what stands before, its length, a magic number.
_TAIL: Final = struct.Struct("<II")
_MAGIC: Final = 1337
_CHUNK: Final = 1 << 20


class SimilarIndexError(RuntimeError):
    """The index is damaged or was made by another version. Its texts make a new one: `SimilarIndex.rebuild`."""


class SimilarIndexBusy(RuntimeError):
    """Another process is writing; try again later."""


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("when", fast=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    builder.add_bytes_field("terms", stored=True)
    return builder.build()


@cache
def _reader() -> str:
    """Changes when words would be hashed otherwise; an index of other hashes would find nothing, silently."""
    return hashlib.sha256(word_ids(["小区", "7号线", "Wi-Fi"]).tobytes()).hexdigest()[:16]


def exists(folder: Path) -> bool:
    return (folder / _CURRENT).is_file()


def stamp(folder: Path) -> tuple[int, ...]:
    """Changes whenever something was saved or rebuilt; empty when the index is gone."""
    try:
        current = (folder / _CURRENT).stat()
        part = folder / _part(folder) / "meta.json"
        return current.st_mtime_ns, current.st_ino, part.stat().st_mtime_ns, part.stat().st_ino
    except OSError:
        return ()


def _part(folder: Path) -> str:
    try:
        current = json.loads((folder / _CURRENT).read_text(encoding="utf-8"))
        form, reader, part = current["format"], current["reader"], str(current["part"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SimilarIndexError(f"{folder}: {_CURRENT} cannot be read: {error}") from error
    if form != FORMAT or reader != _reader():
        raise SimilarIndexError(f"{folder}: made by another version; rebuild it from the texts")
    return part


def _point(folder: Path, part: str) -> None:
    new = folder / f"{_CURRENT}.new"
    with new.open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, "reader": _reader(), "part": part}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(folder / _CURRENT)


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """A fresh part to fill; put into service when the block ends well, dropped when it raises."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(entry.name) for entry in folder.iterdir() if entry.is_dir() and entry.name.isdigit()]
    part = folder / f"{max(numbers, default=0) + 1:06}"
    try:
        part.mkdir()
    except FileExistsError as error:
        raise SimilarIndexBusy(f"{folder}: is being rebuilt by another process") from error
    try:
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    _point(folder, part.name)
    # Readers of the old files keep them open until they change over.
    for number in numbers:
        shutil.rmtree(folder / f"{number:06}", ignore_errors=True)


def create(folder: Path) -> None:
    """Begin an empty index."""
    with building(folder) as part:
        tantivy.Index(schema(), path=str(part))


def open_current(folder: Path) -> tantivy.Index:
    """The index in service. Raises SimilarIndexError when it cannot be opened."""
    part = folder / _part(folder)
    try:
        index = tantivy.Index.open(str(part))
        # Nobody polls the disk in the background: `stamp` tells when to look again, and forks copy no threads.
        index.config_reader("manual")
        index.reload()
        index.searcher()
    except (ValueError, OSError) as error:
        raise SimilarIndexError(f"{folder}: cannot be opened: {error}") from error
    return index


def verify(folder: Path) -> None:
    """Compare every file in service with its checksum. Raises SimilarIndexError naming the damaged one."""
    part = folder / _part(folder)
    try:
        meta = json.loads((part / "meta.json").read_text(encoding="utf-8"))
        segments = [str(segment["segment_id"]).replace("-", "") for segment in meta["segments"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SimilarIndexError(f"{folder}: meta.json cannot be read: {error}") from error
    for segment in segments:
        # A merge in another process may have replaced and removed a part meanwhile: then there is nothing to check.
        for path in sorted(part.glob(f"{segment}.*")):
            if not _whole(path):
                raise SimilarIndexError(f"{folder}: {path.name} is damaged; rebuild the index from the texts")


def _whole(path: Path) -> bool:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            length, magic = _TAIL.unpack(data[-_TAIL.size :])
            body = len(data) - _TAIL.size - length
            if magic != _MAGIC or body < 0:
                return False
            expected = json.loads(data[body : -_TAIL.size])["crc"]
            found = 0
            for begin in range(0, body, _CHUNK):
                found = zlib.crc32(data[begin : min(body, begin + _CHUNK)], found)
            return bool(found == expected)
    except FileNotFoundError:
        return True
    except (OSError, ValueError, KeyError, struct.error):
        return False
