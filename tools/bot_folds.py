"""Examples of the bot cut into folds, near-identical ones together, so that no test example has a twin in training."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.bot_model import BOT_DIR

NLU = BOT_DIR / "data" / "nlu"
ALIKE = 0.5  # share of common characters and pairs (Jaccard) from which two examples are one
_MARKUP = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_MARKS = re.compile(r"[\s，。！？、,.!?…~吧啊呀啦了的哦哈呢嘛]+")


@dataclass(frozen=True, slots=True)
class Example:
    """One example as written (with marked entities) and its intent."""

    intent: str
    written: str

    @property
    def text(self) -> str:
        """The words without the marks of entities."""
        return _MARKUP.sub(r"\1", self.written)


def load(file: Path) -> tuple[list[Example], list[dict[str, Any]]]:
    """Examples of an NLU file, and its other entries (word lists), which belong to every training set."""
    examples: list[Example] = []
    lists: list[dict[str, Any]] = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
        if "intent" not in entry:
            lists.append(entry)
            continue
        lines = [line.removeprefix("- ") for line in entry["examples"].strip().splitlines()]
        examples += [Example(str(entry["intent"]), line) for line in lines]
    return examples, lists


def load_all(folder: Path = NLU) -> tuple[list[Example], list[dict[str, Any]]]:
    """The same for every file of a folder."""
    parts = [load(file) for file in sorted(folder.glob("*.yml"))]
    return [e for examples, _ in parts for e in examples], [entry for _, lists in parts for entry in lists]


def shingles(text: str) -> frozenset[str]:
    """Characters and pairs of characters, without punctuation and final particles, digits as one."""
    bare = re.sub(r"\d", "0", _MARKS.sub("", text)) or text
    return frozenset(bare) | {bare[i : i + 2] for i in range(len(bare) - 1)}


def groups(examples: Sequence[Example]) -> list[list[Example]]:
    """Examples that are alike, directly or through others; only within an intent."""
    leader = list(range(len(examples)))

    def root(i: int) -> int:
        while leader[i] != i:
            leader[i] = leader[leader[i]]
            i = leader[i]
        return i

    seen = [shingles(e.text) for e in examples]
    for i, example in enumerate(examples):
        for j in range(i):
            if example.intent != examples[j].intent:
                continue
            if len(seen[i] & seen[j]) >= ALIKE * len(seen[i] | seen[j]):
                leader[root(i)] = root(j)
    found: dict[int, list[Example]] = defaultdict(list)
    for i, example in enumerate(examples):
        found[root(i)].append(example)
    return list(found.values())


def folds(examples: Sequence[Example], count: int) -> list[list[Example]]:
    """``count`` folds with each intent spread evenly; a group never lies in two. The same examples, the same folds."""
    return _spread(sorted(groups(examples), key=len, reverse=True), count)


def random_folds(examples: Sequence[Example], count: int, seed: int = 1) -> list[list[Example]]:
    """The same without regard to likeness: what ``rasa test nlu --cross-validation`` does."""
    alone = [[example] for example in examples]
    random.Random(seed).shuffle(alone)
    return _spread(alone, count)


def _spread(groups_: Sequence[list[Example]], count: int) -> list[list[Example]]:
    parts: list[list[Example]] = [[] for _ in range(count)]
    filled: dict[tuple[str, int], int] = defaultdict(int)
    for group in groups_:
        intent = group[0].intent
        smallest = min(range(count), key=lambda k: (filled[intent, k], len(parts[k])))
        parts[smallest] += group
        filled[intent, smallest] += len(group)
    return parts


def write(examples: Sequence[Example], lists: Sequence[dict[str, Any]], file: Path) -> None:
    """Write an NLU file that Rasa reads."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(f"- {example.written}\n")
    entries = [{"intent": intent, "examples": "".join(lines)} for intent, lines in by_intent.items()]
    document = {"version": "3.1", "nlu": [*lists, *entries]}
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
