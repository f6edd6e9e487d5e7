"""How well the bot understands, measured: ``python -m tools.bot_report [folds]`` prints it and writes bot/REPORT.md.

Rasa itself trains and tests every fold (``rasa train nlu``, ``rasa test nlu``) at low priority; the folds are ours,
with near-identical examples always in one fold, which Rasa's own ``--cross-validation`` does not do.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools import bot_figures as figures
from tools.bot_figures import Read
from tools.bot_folds import Example, folds, load_all, random_folds, write
from tools.bot_model import BOT_DIR, QUIET, ensure_model
from tools.environments import BOT
from tools.progress import Failed, run_step

REPORT = BOT_DIR / "REPORT.md"
HELD_OUT = sorted((BOT_DIR / "tests").glob("heldout_nlu*.yml"))
FEWEST = 40  # examples per intent
FOLDS = 5


def main(count: int = FOLDS) -> None:
    """Measure, print, write the report. Raises ``Failed`` when Rasa fails."""
    os.nice(10)
    from tools.bot_values import read_all  # the web application is needed for nothing else

    examples, lists = load_all()
    with tempfile.TemporaryDirectory() as folder:
        crossed, entities = _crossed(folds(examples, count), lists, Path(folder, "alike"))
        shuffled, _ = _crossed(random_folds(examples, count), lists, Path(folder, "random"))
        held_out = {file.name: _test(ensure_model(), file, Path(folder, file.stem))[0] for file in HELD_OUT}
    text = "\n".join(
        [
            *_head(examples, count),
            *_intents(f"Cross-validation, {count} folds", crossed),
            *_entities(entities),
            *_random(shuffled, count),
            *_values(read_all()),
            *(line for name, reads in held_out.items() for line in _intents(f"Held out: {name}", reads)),
        ]
    )
    REPORT.write_text(text + "\n", encoding="utf-8")
    print(text)


def _crossed(
    parts: list[list[Example]], lists: list[dict[str, Any]], folder: Path
) -> tuple[list[Read], list[dict[str, dict[str, float]]]]:
    """Every example as a model read it that was trained without its fold, and Rasa's reports on entities by fold."""
    crossed: list[Read] = []
    entities: list[dict[str, dict[str, float]]] = []
    for number, part in enumerate(parts, 1):
        rest = [example for other in parts if other is not part for example in other]
        work = folder / str(number)
        work.mkdir(parents=True)
        write(rest, lists, work / "train.yml")
        write(part, [], work / "test.yml")
        model = _train(work, f"{folder.name} fold {number} of {len(parts)}")
        reads, report = _test(model, work / "test.yml", work)
        crossed += reads
        entities.append(report)
    return crossed, entities


def _random(reads: list[Read], count: int) -> list[str]:
    right = sum(read.wanted == read.found for read in reads)
    low, high = figures.wilson(right, len(reads))
    return [
        "", f"## Cross-validation, {count} random folds", "",
        "As Rasa's own `--cross-validation` cuts them: an example may have a near-twin in training.", "",
        f"Intent accuracy **{figures.accuracy(reads):.3f}** ({low:.3f} to {high:.3f}), {right} of {len(reads)}.",
    ]  # fmt: skip


def _rasa(title: str, *arguments: str) -> None:
    run_step("bot", title, [str(BOT.folder / "bin" / "rasa"), *arguments], env=QUIET, cwd=BOT_DIR)


def _train(work: Path, title: str) -> Path:
    _rasa(
        f"{title}, training", "train", "nlu", "--nlu", str(work / "train.yml"), "--domain", "domain",
        "--out", str(work), "--fixed-model-name", "fold",
    )  # fmt: skip
    return work / "fold.tar.gz"


def _test(model: Path, nlu: Path, work: Path) -> tuple[list[Read], dict[str, dict[str, float]]]:
    """Every message with its intent and the one read, and Rasa's own report on the entities of its extractor."""
    out = work / "results"
    _rasa(
        f"testing on {nlu.name}", "test", "nlu", "--nlu", str(nlu), "--model", str(model), "--domain", "domain",
        "--out", str(out), "--successes", "--no-plot",
    )  # fmt: skip
    reads = []
    for name in ("intent_successes.json", "intent_errors.json"):
        file = out / name
        for item in json.loads(file.read_text(encoding="utf-8")) if file.exists() else []:
            reads.append(Read(item["text"], item["intent"], item["intent_prediction"]["name"]))
    report = out / "RegexEntityExtractor_report.json"
    return reads, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}


def _head(examples: list[Example], count: int) -> list[str]:
    sizes = {
        intent: sum(e.intent == intent for e in examples) for intent in sorted({e.intent for e in examples})
    }
    few = [f"{intent} ({n})" for intent, n in sizes.items() if n < FEWEST]
    return [
        "# How well the bot understands",
        "",
        f"Written by `python -m tools.bot_report {count}`; do not edit. {len(examples)} examples of {len(sizes)} intents, all",
        f"our own, {min(sizes.values())} to {max(sizes.values())} each; fewer than {FEWEST}: {', '.join(few) or 'none'}.",
        "Examples that share half of their characters and pairs of characters are always in the same fold. The word",
        "lists of `lexicon.yml` were written beside all examples, so the folds flatter a little; the held-out messages",
        "shaped neither. Where Rasa falls back, the intent it would have chosen counts (as in Rasa's own test).",
        "Intervals are Wilson's, 95 %.",
    ]


def _intents(title: str, reads: list[Read]) -> list[str]:
    right = sum(read.wanted == read.found for read in reads)
    low, high = figures.wilson(right, len(reads))
    scores = figures.per_class(reads)
    mean = sum(s.f1 for s in scores.values()) / len(scores)
    return [
        "", f"## {title}", "",
        f"Intent accuracy **{figures.accuracy(reads):.3f}** ({low:.3f} to {high:.3f}), {right} of {len(reads)}; "
        f"mean F1 {mean:.3f}.", "",
        *_table(scores, "intent"), "", "Worst confusions (is → was read as, how often, an example):", "",
        *(f"- {wanted} → {found}, {n}: {_example(reads, wanted, found)}"
          for wanted, found, n in figures.confusions(reads)),
    ]  # fmt: skip


def _table(scores: dict[str, figures.Score], what: str) -> list[str]:
    rows = [
        f"| {name} | {s.precision:.3f} | {s.recall:.3f} | {s.f1:.3f} | {s.support} |"
        for name, s in scores.items()
    ]
    return [f"| {what} | precision | recall | F1 | number |", "|---|---|---|---|---|", *rows]


def _example(reads: list[Read], wanted: str, found: str) -> str:
    return next(r.text for r in reads if (r.wanted, r.found) == (wanted, found))


def _entities(reports: list[dict[str, dict[str, float]]]) -> list[str]:
    """Rasa's entities over all folds: the counts behind each fold's precision and recall, added up."""
    scores = {}
    for kind in ("phone", "tracking_number"):
        parts = [report[kind] for report in reports if kind in report]
        right = sum(round(part["recall"] * part["support"]) for part in parts)
        found = sum(
            round(part["recall"] * part["support"] / part["precision"]) for part in parts if part["precision"]
        )
        scores[kind] = figures.score(right, found, int(sum(part["support"] for part in parts)))
    return ["", "Entities that Rasa extracts, same folds:", "", *_table(scores, "entity")]


def _values(reads: dict[str, list[Read]]) -> list[str]:
    scores = {kind: figures.of_values(of_kind) for kind, of_kind in reads.items()}
    right = sum(bool(r.wanted) and r.wanted == r.found for rs in reads.values() for r in rs)
    found = sum(bool(r.found) for rs in reads.values() for r in rs)
    total = figures.score(right, found, sum(bool(r.wanted) for rs in reads.values() for r in rs))
    wrong = [(kind, r) for kind, rs in reads.items() for r in rs if r.wanted != r.found]
    return [
        "", "## Values read by the actions: bot/tests/heldout_values.yml", "",
        f"Exact values only; all kinds together F1 **{total.f1:.3f}**.", "", *_table(scores, "value"), "",
        "Read wrong:", "",
        *(f"- {kind}: {r.text} (is {r.wanted or 'none'}, was read as {r.found or 'none'})" for kind, r in wrong),
    ]  # fmt: skip


if __name__ == "__main__":
    try:
        main(*(int(argument) for argument in sys.argv[1:]))
    except Failed as failure:
        sys.exit(str(failure))
