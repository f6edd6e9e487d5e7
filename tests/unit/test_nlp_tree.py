"""The 12345 tree: what the lexicon finds, what is learned from messages, and how the voices are put together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from nlp import analyze, taxonomy, tree_model
from nlp.analyzer import default_analyzer
from nlp.features import count_features
from nlp.linear import MODELS
from nlp.train_fit import bag
from nlp.train_gold_rows import read_gold
from nlp.train_tree import FIRST_HAND, Texts, learn, weigh
from nlp.tree_lexicon import Branches, Lexicon, read_entry
from nlp.tree_model import VOICES, Knowledge, voices

BRANCHES = Branches()
LEXICON = Lexicon(BRANCHES)
WIDTH = 4


def _evidence(text: str, code: str) -> float:
    level = {6: 0, 4: 1, 2: 2}[len(code)]
    return float(LEXICON.evidence(text)[level][BRANCHES.index[code]])


def _learned() -> Knowledge:
    """Two leaves with three messages each, one of them with a word of its own."""
    docs = [["电梯", "困人"], ["电梯", "停运"], ["电梯", "异响", "张三"]]
    docs += [["公交", "晚点"], ["公交", "停运"], ["公交", "晚点", "司机"]]
    shares = np.zeros((6, len(BRANCHES.leaves)))
    shares[:3, BRANCHES.index["070901"]] = shares[3:, BRANCHES.index["050203"]] = 1
    vectors = np.repeat([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], 3, axis=0) + np.eye(6, WIDTH)
    texts = Texts(docs, sp.csr_matrix(shares), vectors, 6)
    return learn(texts, bag(docs), np.ones(6, dtype=bool), np.ones(len(VOICES)))


def test_the_lexicon_knows_every_entry_as_it_is_written() -> None:
    assert _evidence("楼下电梯坏了三天", "070901") > 0 == _evidence("楼下楼梯坏了三天", "070901")
    assert _evidence("打不通110报警", "990900") > _evidence("打不通996报警", "990900")


def test_both_parts_of_a_pair_must_be_there_and_a_hint_says_less() -> None:
    pair, hint, word = read_entry("公司+不交+社保"), read_entry("~社保"), read_entry("社保")
    assert pair.parts == ("公司", "不交", "社保")
    assert 0 < hint.strength < word.strength < pair.strength


def test_branches_stand_together() -> None:
    assert [BRANCHES.leaves[at][:4] for at in BRANCHES.begins] == BRANCHES.level_2
    assert [BRANCHES.leaves[at][:2] for at in BRANCHES.top_begins] == BRANCHES.level_1


def test_a_message_is_read_like_those_it_resembles() -> None:
    model = _learned()
    profile = model.profile(count_features(["电梯", "又", "困人"]))
    assert profile.argmax() == BRANCHES.index["070901"]
    assert model.profile(count_features(["停运"]))[BRANCHES.index["050203"]] > 0
    assert not model.profile(count_features(["法院"])).any()
    assert model.meaning(np.array([0, 1, 0, 0], dtype=np.float32)).argmax() == BRANCHES.index["050203"]


def test_what_only_one_text_has_is_not_kept() -> None:
    assert not np.isin(count_features(["张三"]).ids, _learned().ids).any()
    assert np.isin(count_features(["停运"]).ids, _learned().ids).all()


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    model, message = _learned(), count_features(["电梯", "停运"])
    first = tree_model.save(model, tmp_path / "a").read_bytes()
    assert first == tree_model.save(model, tmp_path / "b").read_bytes()
    again = tree_model.load(tmp_path / "a")
    assert np.allclose(again.profile(message), model.profile(message), atol=0.02)
    assert np.allclose(np.linalg.norm(again.meanings[:, model.meanings.any(axis=0)], axis=0), 1)


def test_voices_of_a_level_are_shares_of_its_leaves() -> None:
    cosine = np.zeros(len(BRANCHES.leaves))
    cosine[BRANCHES.index["070901"]] = 1
    said = voices(LEXICON.evidence("电梯"), cosine, cosine, BRANCHES)
    assert np.exp(said.level_2[2]).sum() == pytest.approx(1, abs=1e-4)
    assert said.level_2[2].argmax() == BRANCHES.index["0709"]
    weights = np.arange(1.0, 1 + len(VOICES))
    assert np.allclose(said.sum(weights, BRANCHES), weights @ said.of_leaves(BRANCHES))


def test_the_voice_that_knows_is_believed() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 20, 200)
    said = rng.normal(size=(200, len(VOICES), 20)).astype(np.float32)
    said[np.arange(200), VOICES.index("profile"), truth] += 3
    weights = weigh(said, truth)
    assert weights.argmax() == VOICES.index("profile")
    assert np.abs(np.delete(weights, VOICES.index("profile"))).max() < weights.max() / 4


def test_messages_of_both_hands_are_there_for_every_leaf() -> None:
    train = [row.label for row in read_gold("category", "train")]
    codes = {leaf.code for leaf in taxonomy.leaves()}
    assert set(train[:FIRST_HAND]) == set(train[FIRST_HAND:]) == codes


def test_the_model_is_small_and_holds_numbers_only() -> None:
    assert (MODELS / "tree.npz").stat().st_size <= 1_000_000
    with np.load(MODELS / "tree.npz", allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} <= {"u", "i", "f"}


def test_chances_are_probabilities_in_the_order_of_the_taxonomy() -> None:
    leaves = default_analyzer().reading("小区电梯困人").logits["tree"]
    assert leaves.shape == (len(taxonomy.leaves()),)
    assert np.exp(leaves).sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("家里老人听力不好,想给他申请个助听的辅助器具", "090102"),
        ("拖拉机补贴的申请表交到乡里,大半年了没音讯", "060111"),
        ("昨天坐末班车回家,车上的人抽电子烟没人管", "020404"),
        ("我表哥判了缓刑,想去外省看病,要跟谁请假", "129901"),
        ("楼下新开的汤粉店,把煤炉和桌子全摆在人行道", "030703"),
    ],
)
def test_messages_the_model_never_saw(text: str, code: str) -> None:
    assert code in {guess.code for guess in analyze(text).categories}
