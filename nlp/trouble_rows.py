"""Messages for `similar` and `topics` from JSONL or CSV files, as hotlines and forums export them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final

from nlp.similar import Message
from nlp.topics import TopicMessage

_TIME: Final = re.compile(
    r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?)?"
)
_NAMES: Final = {
    "key": ("id", "msg_id", "key"),
    "text": ("text", "detail", "留言详情"),
    "subject": ("subject", "title", "留言主题"),
    "when": ("time", "received_at", "留言时间"),
    "writer": ("writer", "user_code", "留言用户"),
    "likes": ("likes", "点赞数"),
    "dislikes": ("dislikes", "反对数"),
    "supporters": ("supporters",),
}


def time_of(value: object) -> datetime | None:
    """A time as the exports write it (2020/1/2 3:04:05, 2020-01-02T03:04), taken as UTC; None when it is none.

    Only differences of times count here, so the zone does not matter.
    """
    found = _TIME.match(str(value or ""))
    if found is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def _records(stream: BinaryIO) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(number, record) of each row: JSON objects, one a line, or CSV with a header."""
    data = stream.read().decode("utf-8-sig", "replace")
    if data.lstrip().startswith("{"):
        for number, line in enumerate(data.splitlines(), 1):
            if line.strip():
                try:
                    record = json.loads(line)
                except (ValueError, RecursionError):
                    record = None
                yield number, record if isinstance(record, dict) else {}
    else:
        yield from enumerate(csv.DictReader(io.StringIO(data)), 1)


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: next((record[column] for column in columns if record.get(column) not in (None, "")), "")
        for name, columns in _NAMES.items()
    }


def topic_messages(stream: BinaryIO) -> Iterator[TopicMessage]:
    """Rows with `text` (or `subject` and `detail`) and, where known, id, time, writer, likes, dislikes, supporters.

    Rows without any text are left out; without an id the row's number is the key.
    """
    for number, record in _records(stream):
        values = _values(record)
        message = TopicMessage(
            key=number if values["key"] == "" else values["key"],
            text=str(values["text"]).strip(),
            subject=str(values["subject"]).strip(),
            when=time_of(values["when"]),
            writer=str(values["writer"]),
            likes=values["likes"],
            dislikes=values["dislikes"],
            supporters=values["supporters"],
        )
        if message.whole:
            yield message


def index_message(record: object) -> Message:
    """{"id", "text"} and perhaps "time" as a message to store. Raises ValueError saying what is wrong."""
    if not isinstance(record, dict):
        raise ValueError("not an object")
    values = _values(record)
    text = f"{values['subject']} {values['text']}".strip()
    if not text:
        raise ValueError("no text")
    try:
        key = int(values["key"])
    except ValueError as error:
        raise ValueError("no whole number as id") from error
    if not 0 <= key < 1 << 63:
        raise ValueError("id out of range")
    when = time_of(values["when"])
    return Message(key, text, max(0, int(when.timestamp())) if when else 0)
