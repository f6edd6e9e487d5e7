"""The city's own model: what it learns, what it must not forget, and that only what is not worse is put forward."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import numpy as np
import pytest
import scipy.sparse as sp

from nlp import adapt_fit, default_analyzer
from nlp.adapt import Example, fit_city, impersonal_words, prepare, shared_ids, targets_of
from nlp.adapt_card import card, figures
from nlp.adapt_judge import Judgement, Part, _verdict, difference, mcnemar, retrain, right
from nlp.city_prior import raised
from nlp.features import count_features
from nlp.near import groups_of, held_out
from nlp.stopwords import topic_words
from tests.factories.bikes import messages


def _bikes(count: int, code: str = "051111", agreed: bool = False) -> list[Example]:
    """Messages about share bikes, no two alike; staff filed all of them under `code`."""
    return [Example(text, "category", code, agreed) for text in messages(count)]


@pytest.fixture(scope="module")
def taught() -> tuple[list[Example], object]:
    """Eighty corrections that all say the same, and what a retraining makes of them."""
    examples = _bikes(80)
    return examples, retrain(default_analyzer(), examples, None)


def test_corrections_are_learned(taught: tuple[list[Example], object]) -> None:
    _examples, outcome = taught
    tree = next(j for j in outcome.judgements if j.head == "tree")  # type: ignore[attr-defined]
    assert tree.verdict == "better"
    assert tree.corrected.after > tree.corrected.before
    assert tree.corrected.messages > 8
    model = outcome.model  # type: ignore[attr-defined]
    analyzer = default_analyzer()
    new = prepare(
        analyzer,
        [Example("学校后门一堆单车占满人行道，行人只好走机动车道，请尽快派人清理", "category", "051111")],
    )
    assert right("tree", model, analyzer, new).all()


def test_messages_unlike_the_corrections_are_read_as_before(taught: tuple[list[Example], object]) -> None:
    model, analyzer = taught[1].model, default_analyzer()  # type: ignore[attr-defined]
    for text in (
        "公司拖欠农民工工资三个月，劳动监察大队不处理",
        "孩子的幼儿园收费太贵，教育局管不管",
        "化工厂夜里偷排废气",
    ):
        reading = analyzer.reading(text)
        own = model.read(reading, analyzer.bases)
        for head, odds in own.items():
            assert int(odds.argmax()) == int(reading.logits[head].argmax()), (text, head)


def test_the_curve_begins_with_the_shipped_model_and_ends_with_all(
    taught: tuple[list[Example], object],
) -> None:
    outcome = taught[1]
    sizes = [point.examples for point in outcome.curve]  # type: ignore[attr-defined]
    assert sizes == [0, 25, 50, outcome.trained]  # type: ignore[attr-defined]
    assert outcome.curve[-1].accuracy["tree"] > outcome.curve[0].accuracy["tree"]  # type: ignore[attr-defined]


def test_retraining_is_deterministic(taught: tuple[list[Example], object]) -> None:
    again = retrain(default_analyzer(), taught[0], None)
    assert figures(again) == figures(taught[1])  # type: ignore[arg-type]


def test_the_card_says_what_was_decided(taught: tuple[list[Example], object]) -> None:
    text = card(taught[1], "the shipped models", "x", datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[arg-type]
    for words in ("{version}", "**Split**", "**Personal data**", "Learning curve", "better", "| 0 |"):
        assert words in text
    assert "单车" not in text


def test_without_enough_examples_nothing_is_put_forward() -> None:
    few = retrain(default_analyzer(), _bikes(12), None)
    assert few.model is None
    assert {j.verdict for j in few.judgements} == {"too_few_examples"}
    assert retrain(default_analyzer(), [], None).model is None


@pytest.mark.parametrize(
    ("corrected", "agreed", "verdict"),
    [
        (Part(20, 5, 12), Part(100, 100, 100), "better"),
        (Part(20, 5, 5), Part(100, 100, 100), "not_worse"),
        (Part(20, 5, 4), Part(100, 90, 99), "worse_on_corrections"),
        (Part(20, 5, 5), Part(100, 100, 99), "worse_overall"),
        (Part(20, 5, 15), Part(200, 200, 198), "loses_agreement"),
        (Part(20, 5, 15), Part(300, 300, 298), "better"),
        (Part(20, 5, 15), Part(30, 30, 29), "better"),
        (Part(3, 0, 3), Part(2, 2, 2), "too_few_held_out"),
    ],
)
def test_what_passes(corrected: Part, agreed: Part, verdict: str) -> None:
    assert _verdict(corrected, agreed) == verdict


def test_mcnemar_and_the_paired_interval() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(3, 3) == 1
    before = np.zeros(40, dtype=bool)
    after = np.arange(40) < 20
    gain, low, high = difference(before, after, np.arange(40))
    assert gain == 0.5
    assert low < gain < high
    assert low > 0.2


def test_mistakes_alone_do_not_teach_that_the_prior_is_always_wrong() -> None:
    """Where only corrected messages are known, what the prior says elsewhere keeps its first place."""
    rng = np.random.default_rng(0)
    logits = np.log(np.tile([0.6, 0.3, 0.1], (200, 1)))
    targets = np.zeros((200, 3))
    targets[np.arange(200), rng.integers(1, 3, 200)] = 1
    vectors = sp.csr_matrix(np.ones((200, 1)))
    sample = adapt_fit.Sample(
        vectors, logits, logits - logits.mean(axis=1, keepdims=True), targets, np.ones(200)
    )
    assert adapt_fit.recipe_for(sample) is adapt_fit.GUARDED
    guarded = adapt_fit.fit(sample, np.eye(3), adapt_fit.GUARDED)
    assert not guarded.bias.any()
    assert not guarded.mix.any()
    naive = adapt_fit.fit(sample, np.eye(3), adapt_fit.OPEN)
    # A message with none of their words: the naive reading has turned against the prior everywhere.
    other = adapt_fit.Sample(sp.csr_matrix((1, 1)), logits[:1], sample.hints[:1], targets[:1], np.ones(1))
    assert adapt_fit.softmax(naive.logits(other, np.eye(3)))[0, 0] < 0.5
    assert adapt_fit.softmax(guarded.logits(other, np.eye(3)))[0, 0] == pytest.approx(0.6)


def test_the_gradient_is_that_of_the_loss() -> None:
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(4, 5))
    targets = (rng.random((4, 5)) < 0.4).astype(float)
    targets[:, 0] = 1
    _, slopes = adapt_fit._set_loss(scores, targets)
    for row, column in itertools.product(range(4), range(5)):
        step = np.zeros_like(scores)
        step[row, column] = 1e-5
        up, down = (adapt_fit._set_loss(scores + sign * step, targets)[0].sum() for sign in (1, -1))
        assert slopes[row, column] == pytest.approx((up - down) / 2e-5, abs=1e-6)


def test_urgency_is_raised_and_never_lowered() -> None:
    sure = {
        "normal": np.array([9.0, 0, 0]),
        "urgent": np.array([0, 9.0, 0]),
        "emergency": np.array([0, 0, 9.0]),
    }
    for rules, own in itertools.product(sure, sure):
        order = ["normal", "urgent", "emergency"]
        assert raised(rules, sure[own]) == order[max(order.index(rules), order.index(own))]


def test_no_name_phone_or_address_becomes_a_feature() -> None:
    """Thirty messages each share a name, a phone, a road and an estate; none of their hashes is in the model."""
    private = ("我叫欧阳建国", "电话13812345678", "住幸福路18号", "在翠湖花园")
    texts = [f"{e.text}，{private[n % 4]}" for n, e in enumerate(_bikes(120))]
    analyzer = default_analyzer()
    model = fit_city(analyzer, prepare(analyzer, [Example(t, "category", "051111") for t in texts]))
    parts = ["欧阳建国", "欧阳", "建国", "13812345678", "幸福路", "翠湖花园", "翠湖", "18号"]
    ids = np.concatenate([delta.ids for delta in model.deltas.values()])
    gates = np.concatenate([delta.gate.ids for delta in model.deltas.values()])
    assert len(ids) > 50
    public = count_features(topic_words(["单车", "人行道"])).ids
    assert np.isin(public, ids).any()
    for word in parts:
        whole = count_features([word]).ids
        # Single characters of a name (国, 路) are words of everyday speech; what identifies is longer.
        longer = whole[~np.isin(whole, np.concatenate([count_features([char]).ids for char in word]))]
        assert not np.isin(longer, ids).any(), word
        assert not np.isin(longer, gates).any(), word
    assert "欧阳建国" not in "".join(impersonal_words(texts[0]))


def test_what_one_or_two_people_say_is_no_feature() -> None:
    one, two = count_features(["秘密", "暗号"]).ids, count_features(["秘密", "口令"]).ids
    ids, counts = shared_ids([one, one, two], np.array([0, 0, 1]))
    assert not len(ids)
    ids, counts = shared_ids([one, one, two], np.array([0, 1, 2]))
    assert (counts >= 3).all()
    assert np.isin(count_features(["秘密"]).ids, ids).all()
    assert not np.isin(count_features(["口令"]).ids, ids).all()


def test_targets_of_a_branch_are_all_its_leaves() -> None:
    examples = [
        Example("x", "category", "0306"),
        Example("x", "category", "030607"),
        Example("x", "forum", "交通运输"),
    ]
    tree = targets_of("tree", examples[:2], ("030601", "030607", "040101"))
    assert tree.tolist() == [[1, 1, 0], [0, 1, 0]]
    forum = targets_of("forum", examples, ("城乡建设", "交通运输"))
    assert forum.tolist() == [[1, 0], [1, 0], [0, 1]]
    # No forum label covers public security: such a correction teaches that head nothing.
    assert not targets_of("forum", [Example("x", "category", "1201")], default_analyzer().forum_labels).any()


def test_near_copies_stay_on_one_side() -> None:
    texts = [e.text for e in _bikes(60)]
    copies = [text.replace("希望", "盼望") + "！" for text in texts]
    groups = groups_of([*texts, *copies])
    together = groups[:60] == groups[60:]
    assert together.mean() > 0.9
    kept = held_out([*texts, *copies], groups)
    assert (kept[:60] == kept[60:])[together].all()
    assert 0 < kept.sum() < 60
    assert groups_of([])[:0].tolist() == []


def test_a_message_held_out_once_stays_held_out() -> None:
    texts = [e.text for e in _bikes(100)]
    first = held_out(texts[:50], groups_of(texts[:50]))
    later = held_out(texts, groups_of(texts))
    assert (first == later[:50]).all()


def test_judgements_are_plain_numbers_for_the_audit(taught: tuple[list[Example], object]) -> None:
    import json

    text = json.dumps(figures(taught[1]), ensure_ascii=False)  # type: ignore[arg-type]
    assert "单车" not in text
    assert isinstance(taught[1].judgements[0], Judgement)  # type: ignore[attr-defined]
