"""``python -m nlp similar | topics``: JSON lines in, JSON lines out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from nlp.similar import Message

Source = Callable[[str], AbstractContextManager[BinaryIO]]
Lines = Callable[[BinaryIO], Iterator[bytes]]


def _write(record: dict[str, Any]) -> None:
    line = json.dumps(record, ensure_ascii=False)
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()


def _parsed(line: bytes) -> object:
    try:
        return json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError("not valid JSON") from error


def similar(args: argparse.Namespace, source: Source, lines: Lines) -> int:
    """Run `similar`: what each action does stands in the parser's help."""
    from nlp.similar import SimilarIndex
    from nlp.trouble_rows import index_message

    def messages(stream: BinaryIO) -> Iterator[Message]:
        for line in lines(stream):
            try:
                yield index_message(_parsed(line))
            except ValueError as error:
                _write({"error": str(error)})

    with source(args.file) as stream:
        if args.action == "rebuild":
            _write({"messages": len(SimilarIndex.rebuild(args.index, messages(stream)))})
            return 0
        with SimilarIndex.open(args.index) as index:
            if args.action == "find":
                _find(index, stream, lines, args.limit)
                return 0
            if args.action == "add":
                for message in messages(stream):
                    index.add(*message)
            else:
                for line in lines(stream):
                    if line.strip().isdigit():
                        index.remove(int(line))
                    else:
                        _write({"error": "no whole number as id"})
            index.save()
            _write({"messages": len(index)})
    return 0


def _find(index: Any, stream: BinaryIO, lines: Lines, limit: int) -> None:
    for line in lines(stream):
        try:
            record = _parsed(line)
            if not isinstance(record, dict) or not isinstance(record.get("text"), str):
                raise ValueError("no text")
        except ValueError as error:
            _write({"error": str(error)})
            continue
        found = index.find(record["text"], limit)
        _write({"id": record.get("id"), "similar": [match._asdict() for match in found]})


def topics(args: argparse.Namespace, source: Source) -> int:
    """Run `topics`."""
    from nlp.topics import find_topics
    from nlp.trouble_rows import topic_messages

    with source(args.file) as stream:
        found = find_topics(list(topic_messages(stream)), smallest=args.smallest)
    for rank, topic in enumerate(found[: args.top], 1):
        _write({"rank": rank, **topic.as_dict()})
    return 0


def add_commands(commands: Any, source: Source, lines: Lines) -> None:
    """Put both subcommands into `python -m nlp`'s parser."""
    parser = commands.add_parser(
        "similar", help="find earlier messages about the same trouble, in an index on disk"
    )
    parser.add_argument(
        "--index", required=True, type=Path, help="folder of the index; made when it is not there"
    )
    parser.add_argument("--limit", type=int, default=5, help="most matches for each message (default 5)")
    parser.add_argument(
        "action", choices=("add", "find", "remove", "rebuild"),
        help='add or rebuild: {"id", "text", "time"?} a line; find: {"text"} a line; remove: an id a line',
    )  # fmt: skip
    parser.add_argument("file", nargs="?", default="-", help="input file, - for standard input (default)")
    parser.set_defaults(run=lambda args: similar(args, source, lines))
    parser = commands.add_parser("topics", help="cluster messages by same trouble, hottest topics first")
    parser.add_argument("--top", type=int, help="only so many topics")
    parser.add_argument("--smallest", type=int, default=2, help="least messages of a topic (default 2)")
    parser.add_argument(
        "file", nargs="?", default="-",
        help="JSONL or CSV with text (or subject and detail), id, time, writer, likes, dislikes, supporters",
    )  # fmt: skip
    parser.set_defaults(run=lambda args: topics(args, source))
