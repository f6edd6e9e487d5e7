"""Reading the development data (CSV files described in its own README) into labelled, grouped messages."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.normalise import normalise
from nlp.segment import words
from nlp.stopwords import topic_words
from nlp.train_gold_rows import read_gold

# The source of messages that we wrote ourselves.
OWN = "own"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Messages as words, with labels, near-duplicate groups, sample weights and source (all of one length)."""

    docs: list[list[str]]
    labels: NDArray[np.str_]
    groups: NDArray[np.int64]
    weights: NDArray[np.float64]
    sources: NDArray[np.str_]
    texts: list[str]

    def pick(self, mask: NDArray[np.bool_]) -> Labelled:
        where = np.flatnonzero(mask)
        return Labelled(
            [self.docs[i] for i in where], self.labels[where], self.groups[where],
            self.weights[where], self.sources[where], [self.texts[i] for i in where],
        )  # fmt: skip


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of one file. Raises FileNotFoundError with the file's name when the data is not there."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(f"{name}.csv is not in {folder}; pass the data folder with --data")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def all_words(text: str) -> list[str]:
    return [word.text for word in words(normalise(text))]


def _labelled(
    texts: list[str],
    labels: list[str],
    groups: list[int],
    source: str,
    *,
    topic: bool = False,
    weight: float = 1.0,
) -> Labelled:
    docs = [all_words(text) for text in texts]
    count = len(texts)
    return Labelled(
        [topic_words(doc) for doc in docs] if topic else docs, np.array(labels), np.array(groups, dtype=np.int64),
        np.full(count, weight), np.array([source] * count), texts,
    )  # fmt: skip


def forum(folder: Path) -> Labelled:
    """7,368 forum messages, already segmented, with one of seven categories."""
    data = rows(folder, "teddy_a2_segmented")
    return _labelled([r["seg"] for r in data], [r["label"] for r in data], [int(r["dup_group"]) for r in data],
                     "forum", topic=True)  # fmt: skip


def forum_raw(folder: Path) -> Labelled:
    """1,101 of the same messages as they were written; their groups are those of `forum`."""
    group = {r["id"]: int(r["dup_group"]) for r in rows(folder, "teddy_a2_segmented")}
    data = rows(folder, "teddy_a2_raw_part")
    texts = [f"{r['subject']} {r['detail'].strip()}".replace("*", "") for r in data]
    return _labelled(
        texts, [r["label"] for r in data], [group[r["seg_id"]] for r in data], "forum_raw", topic=True
    )


def request_types(folder: Path) -> Labelled:
    """Messages to Beijing's leaders with 投诉/求助, 咨询 or 建言."""
    data = rows(folder, "msga_messages")
    return _labelled(
        [r["text"] for r in data], [r["type"] for r in data], [int(r["dup_group"]) for r in data], "msga"
    )


def _own(labels: dict[str, str], weight: float) -> Labelled:
    """Messages of our own (splits train and dev) by their request type, which says how the writer feels."""
    gold = [
        row for split in ("train", "dev") for row in read_gold("request_type", split) if row.label in labels
    ]
    return _labelled([row.text for row in gold], [labels[row.label] for row in gold], list(range(len(gold))),
                     OWN, weight=weight)  # fmt: skip


def feelings(folder: Path) -> Labelled:
    """Messages to Beijing's leaders with 愤怒 or 中性; the handful of other feelings is left out."""
    data = [r for r in rows(folder, "msga_messages") if r["sentiment"] in ("愤怒", "中性")]
    return _labelled([r["text"] for r in data], [r["sentiment"] for r in data], [int(r["dup_group"]) for r in data],
                     "msga")  # fmt: skip


def anger(folder: Path) -> Labelled:
    """The same, and calm messages of our own: nobody wrote thanks to those leaders, and a model that never saw any
    takes a warm word for a heated one."""
    calm = dict.fromkeys(("praise", "inquiry", "suggestion"), "中性")
    return _join([feelings(folder), _own(calm, _OWN_WEIGHTS["anger"])])


def _join(parts: list[Labelled]) -> Labelled:
    """Sets under each other; groups are renumbered so that they never mix between sets."""
    offset, groups = 0, []
    for part in parts:
        groups.append(part.groups + offset)
        offset += int(part.groups.max()) + 1
    return Labelled(
        [doc for part in parts for doc in part.docs],
        np.concatenate([part.labels for part in parts]), np.concatenate(groups),
        np.concatenate([part.weights for part in parts]), np.concatenate([part.sources for part in parts]),
        [text for part in parts for text in part.texts],
    )  # fmt: skip


# What a request type says of the writer's feeling, and how much our own messages weigh: with more, short complaints
# that leave out the heat would count as calm.
_OWN_WEIGHTS = {"anger": 0.3, "sentiment": 3.0}
_FELT = {"praise": "1", "complaint": "0", "help": "0"}
# Shop reviews are many and unlike the rest; without weights they decide for everyone.
_WEIGHTS = {"hotel": 3.0, "delivery": 1.5, "shop": 0.3}


def sentiment(folder: Path) -> Labelled:
    """Hotel, delivery and shop reviews, government messages and our own together; labels 1, 0 and (neutral) 0.5.

    Hotel reviews inside the shop set are left out: they are the hotel set's own texts.
    """
    parts = []
    for name, source in (
        ("chnsenticorp_htl", "hotel"),
        ("waimai_10k", "delivery"),
        ("online_shopping_10_cats", "shop"),
    ):
        data = [r for r in rows(folder, name) if r.get("cat") != "酒店"]
        parts.append(_labelled([r["text"] for r in data], [r["label"] for r in data],
                               [int(r["dup_group"]) for r in data], source, weight=_WEIGHTS[source]))  # fmt: skip
    messages = feelings(folder)
    messages.labels[:] = np.where(messages.labels == "愤怒", "0", "n")
    return _join([*parts, messages, _own(_FELT, _OWN_WEIGHTS["sentiment"])])


def stars(folder: Path) -> Labelled:
    """300 restaurant reviews with one to five stars."""
    data = rows(folder, "asap_sample")
    return _labelled([r["reviewbody"] for r in data], [str(int(float(r["star"]))) for r in data],
                     list(range(len(data))), "asap")  # fmt: skip


def subjects(folder: Path) -> list[tuple[str, str]]:
    """(subject line, message) of 3,461 forum messages, as they were written."""
    return [(row["subject"].strip(), row["detail"].strip()) for row in rows(folder, "teddy_a3_hot")]
