"""``python -m nlp analyze | train | evaluate``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from nlp.analyzer import Analyzer, as_json, default_analyzer

_MAX_LINE = 1 << 20


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their end; of a line over 1 MB only the beginning is kept, so memory stays bounded."""
    while line := stream.readline(_MAX_LINE):
        head = line
        while not line.endswith(b"\n") and len(line) == _MAX_LINE:
            line = stream.readline(_MAX_LINE)
        yield head.rstrip(b"\r\n")


def _source(file: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb")


def _message(line: bytes, form: str) -> str:
    """The text of one input line. Raises ValueError saying what is wrong with it."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(line) >= _MAX_LINE - 4 and error.start >= len(line) - 4:
            text = line[: error.start].decode("utf-8")
        else:
            raise ValueError("not valid UTF-8") from error
    text = text.removeprefix("\ufeff")
    if form == "jsonl" or (form == "auto" and text.lstrip().startswith("{")):
        try:
            record = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError("not valid JSON") from error
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            raise ValueError("no text")
        text = record["text"]
    if not text.strip():
        raise ValueError("no text")
    return text


def answer(analyzer: Analyzer, line: bytes, form: str) -> str:
    """One line of JSON for one input line: the analysis, or `error`."""
    try:
        return as_json(analyzer.analyze(_message(line, form)))
    except ValueError as error:
        return json.dumps({"error": str(error)}, ensure_ascii=False)


def _analyze(args: argparse.Namespace) -> int:
    with _source(args.file) as source:
        analyzer = default_analyzer()
        for line in _lines(source):
            sys.stdout.buffer.write(answer(analyzer, line, args.format).encode("utf-8", "replace") + b"\n")
            sys.stdout.buffer.flush()
    return 0


def _train(args: argparse.Namespace) -> int:
    from nlp.train import train

    train(Path(args.data), args.only)
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from nlp.train_evaluate import evaluate

    evaluate(Path(args.data), args.only)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m nlp", description="Minping's language layer.")
    commands = parser.add_subparsers(required=True)
    analyze = commands.add_parser("analyze", help="one message per line in, one JSON object per line out")
    analyze.add_argument("file", nargs="?", default="-", help="input file, - for standard input (default)")
    analyze.add_argument(
        "--format", choices=("auto", "jsonl", "text"), default="auto",
        help="jsonl: objects with `text`; text: plain lines; auto (default): by each line's first character",
    )  # fmt: skip
    analyze.set_defaults(run=_analyze)
    for name, run, text in (
        ("train", _train, "fit the models from the development data and write them with their cards"),
        ("evaluate", _evaluate, "print held-out scores of every head beside the baselines"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--data", default="../shared/data", help="folder with the data files")
        command.add_argument(
            "--only", metavar="NAME", help="one model: forum, request_type, anger, sentiment or places"
        )
        command.set_defaults(run=run)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run a command. Returns the exit status; a missing file or damaged model is told in one line."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except BrokenPipeError:
        return 0
    except (OSError, RuntimeError, KeyError) as error:
        sys.stderr.write(f"error: {error}" + "\n")
        return 2
