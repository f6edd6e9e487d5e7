"""``python -m nlp evaluate --only similar | topics``: how well same trouble is found, on the development data.

What counts as true is stated here in full. Topics are judged by words (below) that everybody who reads the forum's
messages would use to name them; these words are used for judging only. The labels of three teams (`hot_*`) are shown
beside it: they agree with each other only in part, and cover two of the five topics by one team alone.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from nlp import train_data
from nlp.likeness import different_place
from nlp.similar import SimilarIndex
from nlp.terms import read_terms
from nlp.topics import Topic, TopicMessage, find_topics
from nlp.trouble_rows import time_of
from nlp.variations import Source, variations

# A message belongs to a topic when it has a word of every group.
GOLD: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "丽发新城搅拌站": (("丽发",), ("搅拌",)),
    "伊景园滨河苑车位": (("伊景", "滨河苑", "广铁"), ("车位",), ("捆绑", "绑定")),
    "58车贷": (("58车",),),
    "人才购房补贴": (("人才",), ("补贴", "补助"), ("购房", "买房")),
    "五矿万境": (("五矿万境",),),
}
# (column, label) of each team's topic, where it has one.
TEAMS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "丽发新城搅拌站": (("hot_ai04", "1"), ("hot_jes", "2"), ("hot_syu", "1")),
    "伊景园滨河苑车位": (("hot_jes", "3"), ("hot_syu", "2")),
    "58车贷": (("hot_jes", "5"),),
    "人才购房补贴": (("hot_jes", "1"), ("hot_syu", "3")),
    "五矿万境": (("hot_jes", "4"),),
}
STORED: Final = 1_000_000
_LIMIT: Final = 10
_FAR: Final = 100


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _messages(data: Path) -> list[TopicMessage]:
    return [
        TopicMessage(index, row["detail"].strip(), row["subject"], time_of(row["time"]), row["user_code"],
                     row["likes"], row["dislikes"])
        for index, row in enumerate(train_data.rows(data, "teddy_a3_hot"))
    ]  # fmt: skip


def gold_members(texts: Sequence[str]) -> dict[str, set[int]]:
    """Indices of the messages of each well-known topic, by words."""
    return {
        name: {i for i, text in enumerate(texts) if all(any(w in text for w in words) for words in groups)}
        for name, groups in GOLD.items()
    }


def by_teams(rows: Sequence[dict[str, str]]) -> dict[str, set[int]]:
    """Indices by the teams' labels: at least two of them where two or three have the topic, else the one."""
    return {
        name: {
            i for i, row in enumerate(rows) if sum(row[c] == v for c, v in labels) >= min(2, len(labels))
        }
        for name, labels in TEAMS.items()
    }  # fmt: skip


def best_f1(topics: Sequence[Topic], gold: set[int]) -> tuple[float, float, float, int]:
    """(F1, precision, recall, rank from 1) of the topic that covers a gold set best; zeros when none does."""
    best = (0.0, 0.0, 0.0, 0)
    for rank, topic in enumerate(topics, 1):
        hit = len(gold & set(topic.members))
        if hit:
            precision, recall = hit / len(topic.members), hit / len(gold)
            best = max(best, (2 * precision * recall / (precision + recall), precision, recall, rank))
    return best


def _topics(data: Path) -> None:
    messages, rows = _messages(data), train_data.rows(data, "teddy_a3_hot")
    begin = time.perf_counter()
    topics = find_topics(messages)
    _say(f"topics: {len(messages):,} messages, {len(topics)} topics, {time.perf_counter() - begin:.1f} s")
    _say("topic, gold members, F1 (precision, recall), rank by heat")
    for title, golden in (
        ("by words", gold_members([m.whole for m in messages])),
        ("by teams", by_teams(rows)),
    ):
        for name, gold in golden.items():
            f1, precision, recall, rank = best_f1(topics, gold)
            _say(f"  {title}  {name}  {len(gold):>3}  {f1:.3f} ({precision:.2f}, {recall:.2f})  rank {rank}")
    terms = [read_terms(m.whole) for m in messages]
    pairs = [(a, b) for topic in topics for i, a in enumerate(topic.members) for b in topic.members[:i]]
    apart = sum(different_place(terms[int(str(a))], terms[int(str(b))]) for a, b in pairs)
    _say(f"pairs within a topic that name different estates: {apart / len(pairs):.4f} of {len(pairs):,}")


def sources(data: Path) -> Iterator[Source]:
    """Every message of the development data with its group of near-copies."""
    for name in ("teddy_a3_hot", "teddy_a4_replies", "teddy_a2_raw_part"):
        for row in train_data.rows(data, name):
            group = f"{name} {row['dup_group']}" if row.get("dup_group") else ""
            yield Source(f"{row['subject']} {row['detail'].strip()}", group)
    for row in train_data.rows(data, "msga_messages"):
        yield Source(row["text"], f"msga_messages {row['dup_group']}")
    for row in train_data.rows(data, "peoplecn_gas_posts"):
        yield Source(f"{row['title']} {row['replyContentMain']}", f"peoplecn_gas_posts {row['dup_group']}")
    for row in train_data.rows(data, "msga_qa"):
        yield Source(row["question"], "")


def _similar(data: Path, stored: int) -> None:
    real = list(sources(data))
    groups = defaultdict(set)
    for key, source in enumerate(real):
        if source.group:
            groups[source.group].add(key)
    copies = [keys for keys in groups.values() if len(keys) > 1]
    trouble = list(gold_members([s.text for s in real]).values())
    # What is varied is neither asked for nor an answer; else variations would rightly be found first.
    asked = set().union(*copies, *trouble)
    base = [source for key, source in enumerate(real) if key not in asked]
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        with SimilarIndex.open(folder) as index:
            for key, source in enumerate(real):
                index.add(key, source.text)
            for key, text in enumerate(variations(base, stored - len(real)), len(real)):
                index.add(key, text)
            index.save()
        took = time.perf_counter() - begin
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        _say(
            f"similar: {len(index):,} stored ({len(real):,} real), {took:.0f} s, {size / 1e6:.0f} MB on disk"
        )
        _near_copies(index, real, copies)
        _same_trouble(index, real, trouble)


def _near_copies(index: SimilarIndex, real: Sequence[Source], copies: Sequence[set[int]]) -> None:
    found = total = 0
    times = []
    for keys in copies:
        asked = min(keys)
        begin = time.perf_counter()
        matches = index.find(real[asked].text, _LIMIT, exclude={asked})
        times.append(1000 * (time.perf_counter() - begin))
        found += len(keys & {match.key for match in matches})
        total += min(_LIMIT, len(keys) - 1)
    _say(
        f"near-copies: recall@{_LIMIT} {found / total:.3f} ({len(copies)} groups, {total} copies); {_ms(times)}"
    )


def _same_trouble(index: SimilarIndex, real: Sequence[Source], trouble: Sequence[set[int]]) -> None:
    for name, keys in zip(GOLD, trouble, strict=True):
        near, far, times = [], [], []
        for asked in sorted(keys):
            begin = time.perf_counter()
            matches = index.find(real[asked].text, _FAR, exclude={asked}, least=0.0)
            times.append(1000 * (time.perf_counter() - begin))
            others = keys - {asked}
            near.append(len(others & {m.key for m in matches[:_LIMIT]}) / min(_LIMIT, len(others)))
            far.append(len(others & {m.key for m in matches}) / len(others))
        _say(f"same trouble: {name} ({len(keys)}): of the first {_LIMIT} {np.mean(near):.3f}, "
             f"recall@{_FAR} {np.mean(far):.3f}; {_ms(times)}")  # fmt: skip


def _ms(times: Sequence[float]) -> str:
    return f"ms p50 {np.median(times):.1f}, p95 {np.quantile(times, 0.95):.1f}"


def evaluate(data: Path, name: str, stored: int = STORED) -> None:
    """Print the figures of `similar` or `topics`. Raises FileNotFoundError when the data is not there."""
    if name == "topics":
        _topics(data)
    else:
        _similar(data, stored)
