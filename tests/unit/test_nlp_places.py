"""Places in messages and the tagger behind them: spans, parts, arithmetic, refusal of damaged files."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp import sequence, sequence_store
from nlp.linear import MODELS, ModelError
from nlp.normalise import MAX_CHARS, normalise
from nlp.place_join import join_places
from nlp.places import ELEMENTS, PlaceFinder, address_elements, default_finder, find_places
from nlp.segment import words
from nlp.sequence import Span, Tagger, labelled_spans
from nlp.sequence_features import SLOTS, features
from nlp.train_distil import character_table
from nlp.train_net import WIDTHS, backward, forward, fresh
from nlp.train_sequence import Fit, Recipe, forward_backward, packed, read_texts, shared_ids
from nlp.types import Place


def _find(text: str) -> dict[str, Place]:
    clean = normalise(text)
    return {place.text: place for place in find_places(words(clean), clean, text)}


@pytest.mark.parametrize(
    ("text", "place", "kind"),
    [
        pytest.param("阳光花园3栋2单元电梯坏了", "阳光花园3栋2单元", "estate", id="estate and house"),
        pytest.param("我想反映东湖公园晚上噪音太大", "东湖公园", "facility", id="park"),
        pytest.param("建设路坑洼不平，老人摔倒了", "建设路", "road", id="road"),
        pytest.param("我是西城区的居民", "西城区", "district", id="district"),
        pytest.param("三号楼电梯坏了十天，物业不管", "三号楼", "number", id="house alone"),
        pytest.param("人民医院看病排队太久", "人民医院", "facility", id="hospital"),
        pytest.param("陽光花園３號樓電梯壞了", "陽光花園３號樓", "estate", id="traditional, full width"),
    ],
)
def test_finds_whole_places_with_their_type(text: str, place: str, kind: str) -> None:
    found = _find(text)
    assert place in found
    assert found[place].type == kind
    assert text[found[place].start : found[place].end] == place


@pytest.mark.parametrize(
    "text",
    [
        "请问社保卡丢了怎么办",
        "公司拖欠工资三个月了",
        "孩子三岁可以上幼儿园吗",
        "物业态度太差了",
        "网络套路贷，求助",
        "太热了",
    ],
)
def test_finds_none_where_there_is_none(text: str) -> None:
    assert not _find(text)


def test_an_address_is_one_place_with_its_parts_in_order() -> None:
    text = "地址：中山市石岐街道幸福路18号阳光花园3栋2单元502室，一直漏水"
    (place,) = _find(text).values()
    assert place.text == "中山市石岐街道幸福路18号阳光花园3栋2单元502室"
    assert "".join(part for part, _ in place.elements) == place.text
    kinds = [kind for _, kind in place.elements]
    assert set(kinds) <= set(ELEMENTS)
    assert kinds == ["city", "town", "road", "roadno", "poi", "houseno", "cellno", "roomno"]


def test_an_address_alone_is_read_into_parts() -> None:
    assert address_elements("浙江省杭州市西湖区文三路９０号") == (
        ("浙江省", "prov"), ("杭州市", "city"), ("西湖区", "district"), ("文三路", "road"), ("90号", "roadno"),
    )  # fmt: skip
    assert address_elements("") == ()


def test_parts_of_a_place_do_not_depend_on_its_neighbours() -> None:
    finder = default_finder()
    texts = ["文三路90号", "幸福里小区3栋", "青山镇"]
    items = [(text, words(text)) for text in texts]
    assert finder.elements(items) == [finder.elements([item])[0] for item in items]


def test_two_finders_agree_and_repeat_themselves() -> None:
    text = "幸福路18号阳光花园3栋门口积水，靠近东湖公园"
    clean = normalise(text)
    first, second = PlaceFinder(), PlaceFinder()
    found = first.find(words(clean), clean, text)
    assert found
    assert found == second.find(words(clean), clean, text) == first.find(words(clean), clean, text)


@pytest.mark.parametrize(
    "unit", ["1号", "号楼", "北京市", "a", "小区", "幸福路18号，", "\n", "，。", "Ａ", "😀", "\ud800", "路"]
)
def test_hostile_texts_give_ordered_spans_of_the_text(unit: str) -> None:
    text = (unit * MAX_CHARS)[:MAX_CHARS]
    clean = normalise(text)
    end = 0
    for place in find_places(words(clean), clean, text):
        assert end <= place.start < place.end <= len(text)
        assert text[place.start : place.end] == place.text
        end = place.end


@settings(max_examples=150)
@given(st.text(alphabet="幸福路号栋楼小区街道市县花园东湖3１，。 \n的在a", max_size=80))
def test_any_mix_of_place_words_gives_ordered_spans(text: str) -> None:
    clean = normalise(text)
    end = 0
    for place in find_places(words(clean), clean, text):
        assert end <= place.start < place.end
        assert text[place.start : place.end] == place.text
        end = place.end


def test_rules_do_not_contradict_the_tagger() -> None:
    text = "东方花园公司在幸福路18号"
    spans = [Span("company", 0, 6), Span("address", 7, 10)]
    ruled = [
        Place("东方花园", 0, 4, "estate"),
        Place("幸福路", 7, 10, "road"),
        Place("18号", 10, 13, "number"),
    ]
    joined = join_places(spans, ruled, text, np.ones(len(text), np.float32))
    assert [place.text for place in joined] == ["幸福路18号"]


def test_a_span_ends_at_the_first_stop() -> None:
    text = "，幸福路，附近"
    joined = join_places([Span("address", 0, 7)], [], text, np.ones(7, np.float32))
    assert [(place.text, place.start) for place in joined] == [("幸福路", 1)]


def test_house_numbers_are_all_one_to_the_features() -> None:
    one, other = "幸福路18号7栋", "幸福路93号2栋"
    assert np.array_equal(features(one, words(one)).ids, features(other, words(other)).ids)
    assert features(one, words(one)).ids.shape == (len(one), SLOTS)


def _small_tagger(seed: int) -> Tagger:
    rng = np.random.default_rng(seed)
    tagger = Tagger.__new__(Tagger)
    tagger.labels = ("O", "B-a", "I-a")
    tagger.transitions = rng.normal(size=(3, 3)).astype(np.float32)
    tagger._into = tagger.transitions.T.copy()
    tagger.start, tagger.end = rng.normal(size=(2, 3)).astype(np.float32)
    return tagger


@pytest.mark.parametrize("seed", range(5))
def test_viterbi_finds_the_best_of_all_paths(seed: int) -> None:
    tagger = _small_tagger(seed)
    scores = np.random.default_rng(seed + 50).normal(size=(5, 3)).astype(np.float32)

    def total(path: tuple[int, ...]) -> float:
        moves = sum(tagger.transitions[a, b] for a, b in itertools.pairwise(path))
        return float(tagger.start[path[0]] + tagger.end[path[-1]] + moves + sum(scores[range(5), path]))

    assert tuple(tagger.best(scores)) == max(itertools.product(range(3), repeat=5), key=total)


def test_marginals_are_those_of_all_paths() -> None:
    tagger = _small_tagger(3)
    scores = np.random.default_rng(9).normal(size=(4, 1, 3)).astype(np.float32)
    weight, wanted = 0.0, np.zeros((4, 3))
    for path in itertools.product(range(3), repeat=4):
        moves = sum(tagger.transitions[a, b] for a, b in itertools.pairwise(path))
        chance = np.exp(tagger.start[path[0]] + tagger.end[path[-1]] + moves + sum(scores[range(4), 0, path]))
        weight += chance
        wanted[range(4), path] += chance
    found, pairs = forward_backward(
        scores, np.ones((4, 1), dtype=bool), tagger.transitions, tagger.start, tagger.end
    )
    assert found[:, 0] == pytest.approx(wanted / weight, abs=1e-5)
    assert pairs.sum() == pytest.approx(3, abs=1e-4)


def test_the_net_reads_as_it_was_trained() -> None:
    net = default_finder()._places.net
    text = "幸福路18号停水\n东湖公园很吵"
    found = features(text, words(text))
    weights = {"character": net.character, "word": net.word, "pair": net.pair}
    weights |= {f"w{i}": net.weights[i] for i in range(3)} | {f"b{i}": net.biases[i] for i in range(3)}
    ids = net.characters[[ord(char) for char in text]]
    ids[text.index("\n")] = 0
    trained, _ = forward(weights, ids, found.word)
    look = default_finder()._places.look(text, words(text))
    assert np.array_equal(look.ids, ids)
    assert np.array_equal(look.layout.codes, found.word)
    assert net.hidden(ids, found.word, look.pairs) == pytest.approx(trained, abs=1e-5)


def test_spans_need_a_beginning() -> None:
    labels = ["I-a", "O", "B-a", "I-a", "B-a", "O", "I-a", "B-b", "I-a"]
    assert labelled_spans(labels) == [Span("a", 2, 4), Span("a", 4, 5), Span("b", 7, 8)]


def test_rounding_stays_within_half_a_step() -> None:
    table = np.random.default_rng(1).normal(size=(50, 7)).astype(np.float32)
    table[3] = 0
    codes, scales = sequence_store.quantise(table, 24)
    step = scales.astype(np.float32)
    assert np.all(np.abs(sequence_store.restore(codes, scales) - table) <= step * 0.52 + 1e-6)


@pytest.mark.parametrize("name", ["places", "address"])
def test_a_damaged_missing_or_foreign_file_is_refused(tmp_path: Path, name: str) -> None:
    for end in ("npz", "json"):
        shutil.copy(MODELS / f"{name}.{end}", tmp_path)
    assert sequence.load(name, tmp_path).labels[0] == "O"
    path = tmp_path / f"{name}.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ModelError, match="checksum"):
        sequence.load(name, tmp_path)
    header = tmp_path / f"{name}.json"
    header.write_text(
        header.read_text(encoding="utf-8").replace('"format": 2', '"format": 99'), encoding="utf-8"
    )
    with pytest.raises(ModelError, match="format"):
        sequence.load(name, tmp_path)
    header.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        sequence.load(name, tmp_path)


@pytest.mark.parametrize("name", ["places", "address"])
def test_a_file_read_and_written_again_is_the_same(tmp_path: Path, name: str) -> None:
    arrays, header = sequence_store.load(name)
    sequence_store.save(name, arrays, header, tmp_path)
    again, signed = sequence_store.load(name, tmp_path)
    assert {**signed, "sha256": "", "bytes": 0} == {
        **header,
        "sha256": "",
        "bytes": 0,
    }  # zlib's versions pack differently
    assert again.keys() == arrays.keys()
    assert all(np.array_equal(again[key], arrays[key]) for key in arrays)


def test_the_files_are_small_and_hold_numbers_only() -> None:
    paths = [MODELS / "places.npz", MODELS / "address.npz"]
    assert sum(path.stat().st_size for path in paths) <= 4_000_000
    for path in paths:
        with np.load(path, allow_pickle=False) as arrays:
            assert {arrays[key].dtype.kind for key in arrays.files} <= set("iuf")


def _toy_net(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return fresh(rng.normal(size=(40, WIDTHS["character"])).astype(np.float32) * 0.3, 3, seed)


def test_the_way_back_through_the_net_agrees_with_small_differences() -> None:
    net = {key: value.astype(np.float64) for key, value in _toy_net(1).items()}
    characters = np.array([0, 0, 0, 5, 6, 7, 8, 0, 0, 0, 9, 10, 0, 0, 0], dtype=np.int32)
    words_ = np.where(characters > 0, 4, 0).astype(np.int32)
    pull = np.random.default_rng(2).normal(size=(len(characters), 96))

    def value() -> float:
        return float((forward(net, characters, words_)[0] * pull).sum())

    grads: dict[str, np.ndarray] = {}
    backward(net, pull.astype(np.float32), forward(net, characters, words_)[1], grads)
    for key, at in (
        ("character", (6, 3)),
        ("word", (4, 2)),
        ("w0", (130, 7)),
        ("w1", (100, 9)),
        ("w2", (5, 1)),
        ("b1", (4,)),
    ):
        kept = net[key][at]
        net[key][at] = kept + 1e-3
        above = value()
        net[key][at] = kept - 1e-3
        slope = (above - value()) / 2e-3
        net[key][at] = kept
        assert grads[key][at] == pytest.approx(slope, abs=0.02, rel=0.05)


def test_a_tagger_learns_what_it_is_shown_and_packs_to_the_same_answers() -> None:
    texts = [
        f"{who}住在{place}很久了"
        for who in ("我", "他", "老人", "邻居")
        for place in ("东湖路", "西湖路", "北山街")
    ]
    cut = [(text, words(text)) for text in texts]
    starts = [text.index("在") + 1 for text in texts]
    labels = [
        [0] * at + [1, 2, 2] + [0] * (len(text) - at - 3) for text, at in zip(texts, starts, strict=True)
    ]
    characters = sorted(set("".join(texts)))
    net = fresh(np.zeros((len(characters) + 3, WIDTHS["character"]), np.float32), 3, 0)
    data = read_texts(cut, labels, range(len(texts)), character_table(characters))
    recipe = Recipe(epochs=12, least=2, drop=0.1, drop_hidden=0.1, drop_input=0.1, batch=4)
    weights = Fit(data, np.arange(len(texts)), 3, net, recipe).run()
    again = Fit(data, np.arange(len(texts)), 3, net, recipe).run()
    assert np.array_equal(weights.table, again.table)
    tagger = Tagger(packed(weights, 5_000, characters), {"labels": ["O", "B-a", "I-a"]})
    for (text, own), at in zip(cut, starts, strict=True):
        assert tagger.tag(text, own) == [Span("a", at, at + 3)]


def test_features_of_one_text_alone_are_not_kept() -> None:
    cut = [(text, words(text)) for text in ("我住在东湖路", "他住在西山街", "老人住在南桥巷")]
    labels = [[0] * len(text) for text, _ in cut]
    data = read_texts(cut, labels, [0, 1, 2], character_table(["我"]))
    shared = set(shared_ids(data, np.arange(3), 3).tolist())
    alone = set(features(*cut[0]).ids[3].tolist()) - {
        int(i) for t in cut[1:] for i in features(*t).ids.ravel()
    }
    assert shared
    assert alone
    assert not shared & alone
