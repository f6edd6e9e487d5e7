"""Model files: small, signed, without pickle, and without a text in them."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nlp import features, linear, taxonomy, vectors
from nlp.analyzer import HEADS, Analyzer
from nlp.features import Spans, count_batch, count_features, word_ids
from nlp.joint import Joint
from nlp.lookup import Lookup
from nlp.normalise import MAX_CHARS, normalise

DATA = Path(__file__).parents[3] / "shared" / "data"
PACKAGE = linear.MODELS.parent


def _copy(folder: Path) -> Path:
    for file in linear.MODELS.iterdir():
        shutil.copy(file, folder)
    return folder


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    path = folder / "forum.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(linear.ModelError, match="checksum"):
        Analyzer(folder)


def test_a_missing_header_and_another_format_are_refused(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    header = json.loads((folder / "anger.json").read_text(encoding="utf-8"))
    (folder / "anger.json").write_text(json.dumps({**header, "format": 99}), encoding="utf-8")
    with pytest.raises(linear.ModelError, match="format"):
        linear.load("anger", folder)
    (folder / "forum.json").unlink()
    with pytest.raises(linear.ModelError, match="cannot be read"):
        linear.load("forum", folder)


def test_saving_a_loaded_model_gives_the_same_bytes(tmp_path: Path) -> None:
    model = linear.load("request_type")
    assert (
        linear.save(model, "request_type", tmp_path).read_bytes()
        == (linear.MODELS / "request_type.npz").read_bytes()
    )


def test_files_are_small_plain_numbers() -> None:
    others = {"places", "address", "tree"}  # test_nlp_places.py and test_nlp_tree.py look into these
    assert {path.stem for path in linear.MODELS.glob("*.npz")} == {*HEADS, "vectors", "place_gate", *others}
    assert sum(path.stat().st_size for path in linear.MODELS.iterdir()) < 30_000_000
    for path in (linear.MODELS / f"{name}.npz" for name in (*HEADS, "vectors", "place_gate")):
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as arrays:
            kinds = {name: arrays[name].dtype.kind for name in arrays.files}
        usual = {"ids": "u", "idf": "f", "weights": "f", "bias": "f", "dense": "f", "table": "i"}
        usual |= {"character": "f", "word": "f", "pair": "f"}
        assert kinds.items() <= usual.items()
        assert {Path(name).suffix for name in zipfile.ZipFile(path).namelist()} == {".npy"}


def test_headers_hold_labels_and_numbers_and_no_text_of_a_message() -> None:
    for path in linear.MODELS.glob("*.json"):
        longest = max(map(len, re.findall(r"[一-鿿]+", path.read_text(encoding="utf-8"))), default=0)
        assert longest <= 8, path.name


def test_nothing_in_the_package_unpickles() -> None:
    for path in PACKAGE.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"import pickle|pickle\.load|joblib|allow_pickle=True|marshal", source), (
            path.name
        )


def test_scikit_learn_is_for_training_only() -> None:
    for path in PACKAGE.glob("*.py"):
        if not path.name.startswith("train"):
            assert "sklearn" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("name", HEADS)
def test_every_model_has_a_card_that_says_what_it_is(name: str) -> None:
    card = (linear.MODELS / f"{name}.md").read_text(encoding="utf-8")
    header = json.loads((linear.MODELS / f"{name}.json").read_text(encoding="utf-8"))
    assert header["version"] in card
    for words in ("**Data**", "**Split**", "**Not to be used for**", "**Personal data**"):
        assert words in card
    assert f"{header['features']:,}" in card


def test_digits_never_become_features() -> None:
    one, other = count_features(["电话", "13812345678"]), count_features(["电话", "13987654321"])
    assert np.array_equal(one.ids, other.ids)


def test_models_read_together_say_what_each_says_alone() -> None:
    models = {name: linear.load(name) for name in HEADS}
    together, words_of = Joint(models), vectors.load("vectors")
    messages = [
        (["路灯", "坏", "了", "三天", "没人", "修"], 0), (["谢谢"], 15), ([], 0), (["qqq", "888"], 0), (["路灯", "坏"] * 9, 15),
    ]  # fmt: skip
    vector = np.stack([words_of.of(words) for words, _ in messages])
    said = together.scores(count_batch(messages), vector)
    assert said.shape == (len(messages), sum(model.weights.shape[1] for model in models.values()))
    for (words, lead), own, scores in zip(messages, vector, said, strict=True):
        for name, model in models.items():
            alone = model.scores(count_features(words, lead), own)
            assert scores[together.columns(name)] == pytest.approx(alone, abs=1e-4), (name, words)


def test_messages_counted_together_are_those_counted_alone() -> None:
    messages = [(["路灯", "坏", "了"], 0), ([], 15), (["了", "路灯", "Wi-Fi", "1"], 2), (["修"], 15)]
    batch = count_batch(messages)
    for number, (words, lead) in enumerate(messages):
        alone, mine = count_features(words, lead), batch.message(number)
        assert np.array_equal(alone.ids, mine.ids)
        assert np.array_equal(alone.counts, mine.counts)
        assert batch.size(number) == len(alone.ids)
    # Words 3, pairs 2, characters 4 + 3 + 2, each once.
    assert batch.size(0) == 14


@pytest.mark.parametrize("size", [1, 2, 5, 5_000])
def test_a_lookup_finds_what_a_search_finds(size: int) -> None:
    rng = np.random.default_rng(size)
    ids = np.unique(np.concatenate((rng.integers(0, 1 << 32, size), [0, (1 << 32) - 1]))).astype(np.uint32)
    ids = ids[:size]
    wanted = np.concatenate((ids, ids + np.uint32(1), ids - np.uint32(1), [0, (1 << 32) - 1])).astype(
        np.uint32
    )
    expected = [int(np.flatnonzero(ids == one)[0]) if one in ids else len(ids) for one in wanted.tolist()]
    assert Lookup(ids).rows(wanted).tolist() == expected
    assert Lookup(ids).rows(wanted.reshape(1, -1)).shape == (1, len(wanted))


def test_hashes_do_not_depend_on_where_a_word_stands() -> None:
    spans = Spans("路灯坏了路灯")
    first = spans.hashes(np.array([0]), np.array([2]))
    last = spans.hashes(np.array([4]), np.array([6]))
    assert first == last
    assert len(np.unique(word_ids(["路灯", "坏", "路灯"]))) == 2


def test_work_grows_with_the_text_and_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    mix = features._mix
    monkeypatch.setattr(
        features, "_mix", lambda values, salt: hashed.append(len(values)) or mix(values, salt)
    )

    def work(length: int) -> int:
        hashed.clear()
        count_features(list(normalise("路" * length)))
        return sum(hashed)

    assert work(2_000) <= 2.01 * work(1_000)
    assert work(10 * MAX_CHARS) == work(MAX_CHARS)


def test_the_tree_is_whole() -> None:
    nodes = taxonomy.categories()
    codes = {node.code for node in nodes}
    assert len(codes) == len(nodes) == 628
    assert len(taxonomy.leaves()) == 515
    assert all(node.parent_code is None or node.parent_code in codes for node in nodes)
    assert all((node.level == 1) == (node.parent_code is None) for node in nodes)
    assert taxonomy.path_names("030607") == ("城乡建设", "物业管理", "物业费缴纳")
    for shares in taxonomy.forum_mapping().values():
        assert sum(shares.values()) == pytest.approx(1)
        assert all(taxonomy.by_code()[code].level == 2 for code in shares)


@pytest.mark.skipif(not DATA.is_dir(), reason="the development data is not beside this checkout")
def test_held_out_accuracy_of_the_recipe_for_anger() -> None:
    """One grouped fold: fitted on four fifths of the messages, asked about the rest."""
    pytest.importorskip("sklearn")
    from nlp.train_fit import bag, fit, folds, scores_of
    from nlp.train_heads import HEADS as TRAINED
    from nlp.train_heads import truth_of

    head = TRAINED["anger"]
    data = head.read(DATA)
    train, test = folds(data.labels, data.groups, 5, head.recipe.seed)[0]
    assert not set(data.groups[train]) & set(data.groups[test])
    model = fit(
        bag([data.docs[i] for i in train]),
        data.labels[train],
        data.groups[train],
        data.weights[train],
        head.recipe,
    )
    truth = truth_of(data.labels[test], head.recipe.labels)
    guess = scores_of(model, [data.docs[i] for i in test])[:, 0] > 0
    assert (guess == truth).mean() >= 0.89
