"""Which service is meant: invented services, and the development part of the gold set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlp import phonetic
from nlp.service_likeness import HeardNames
from nlp.service_match import ServiceEntry, ServiceMatcher
from nlp.service_weights import WEIGHTS
from nlp.train_service import demo_entries, gold, substring_ranker

ENTRIES = (
    ServiceEntry("kite", "风筝放飞许可", ("放风筝",), description="在广场放飞大型风筝前报备。", place="广场管理处"),
    ServiceEntry("boat", "游船租赁登记", ("租船", "划船"), description="湖面游船的租用登记。", place="北湖码头"),
    ServiceEntry("bee", "养蜂补贴", ("蜂农补助",), keywords=("蜜蜂", "蜂箱"), description="给蜂农的补贴。"),
    ServiceEntry("fund", "住房公积金提取", ("提公积金",), description="租房买房时提取公积金。"),
    ServiceEntry("insurance", "社会保险关系转移接续", ("社保转移",), description="把外地的养老保险接到本市。"),
)  # fmt: skip


@pytest.fixture(scope="module")
def matcher() -> ServiceMatcher:
    return ServiceMatcher(ENTRIES)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("风筝放飞许可", "kite"),
        ("想去放风筝要办手续吗", "kite"),
        ("租船去哪登记", "boat"),
        ("游传租赁", "boat"),  # one wrong character, same sound
        ("蜂农补住", "bee"),
        ("fengzheng许可", "kite"),
        ("公积金提取怎么弄", "fund"),
        ("公鸡金咋提", "fund"),
        ("社保咋转", "insurance"),
        ("gong ji jin ti qu", "fund"),  # syllables apart
        ("风筝飞放许可", "kite"),  # two characters in the wrong order
        ("划传电话", "boat"),  # a name of two characters that sounds so, and little else
    ],
)
def test_names_nicknames_and_typos_are_understood(matcher: ServiceMatcher, text: str, code: str) -> None:
    assert matcher.match(text)[0].code == code
    found = matcher.best(text)
    assert found is not None
    assert found.code == code


def test_a_keyword_alone_is_a_hint(matcher: ServiceMatcher) -> None:
    first, second = matcher.match("蜂箱", limit=2)
    assert first.code == "bee"
    assert first.probability > 3 * second.probability


@pytest.mark.parametrize("text", ["", "，。！", "今天天气真好", "隔壁装修吵得睡不着", "你好", "😀" * 400])
def test_words_about_something_else_name_no_service(matcher: ServiceMatcher, text: str) -> None:
    assert matcher.best(text) is None


def test_the_answer_is_ordered_limited_and_made_of_probabilities(matcher: ServiceMatcher) -> None:
    found = matcher.match("租船", limit=2)
    assert len(found) == 2
    assert found[0].probability > found[1].probability >= 0
    assert matcher.probabilities("租船").sum() <= 1
    assert len(matcher.match("租船", limit=50)) == len(ENTRIES)


def test_what_shares_no_character_is_found_by_its_meaning() -> None:
    entries = [entry for entry in demo_entries() if entry.code in {"sw-001", "jt-001", "sf-002"}]
    plain = ServiceMatcher(entries, replace(WEIGHTS, meaning=0.0, concept=0.0, leaf=0.0))
    reading = ServiceMatcher(entries, replace(WEIGHTS, concept=0.0, leaf=0.0))
    assert plain.probabilities("开往郊区的巴士").max() < 0.05
    assert reading.match("开往郊区的巴士")[0].code == "jt-001"
    assert reading.match("开往郊区的巴士")[0].probability > 0.3


def test_a_name_of_two_sounds_is_not_heard_in_a_long_sentence() -> None:
    entries = (ServiceEntry("tax", "个税", ("报税",)), ServiceEntry("kite", "放飞许可"))
    heard = HeardNames([(0, "个税"), (1, "放飞许可")])
    assert list(heard.find("各水怎么弄")) == [0]
    assert list(heard.find("楼上各水龙头都坏了怎么弄")) == []
    assert list(heard.find("昨天在广场问了防飞许可的事")) == [1]
    assert ServiceMatcher(entries).match("ge shui")[0].code == "tax"
    assert list(heard.find("个税怎么弄")) == []  # as it is written: its characters speak for it
    assert list(heard.find("个税")) == [0]


def test_a_word_that_several_services_share_settles_nothing() -> None:
    found = ServiceMatcher(demo_entries()).match("社保窗口")
    assert found[0].probability < 0.6
    assert found[2].probability >= 0.05


def test_what_no_service_is_for_outweighs_a_word_of_a_service(matcher: ServiceMatcher) -> None:
    assert matcher.best("租船") is not None
    assert matcher.best("租船看演唱会怎么换手机套餐") is None


def test_initials_stand_for_the_few_names_that_have_them() -> None:
    matcher = ServiceMatcher(demo_entries())
    assert matcher.match("sfz丢了")[0].code == "ga-001"
    assert matcher.match("gjj提取")[0].code == "gjj-001"


def test_no_services_at_all() -> None:
    empty = ServiceMatcher(())
    assert empty.match("社保咋转") == ()
    assert empty.best("社保咋转") is None


def test_the_same_words_always_give_the_same_answer(matcher: ServiceMatcher) -> None:
    assert ServiceMatcher(ENTRIES).match("蜜蜂补贴") == matcher.match("蜜蜂补贴")


def test_sounds_ignore_what_is_often_mixed_up() -> None:
    assert phonetic.sounds("公积金") == phonetic.sounds("公鸡金") == phonetic.sounds("gongjijin")
    assert phonetic.sounds("事") == phonetic.sounds("四")
    assert phonetic.sounds("南") == phonetic.sounds("蓝")
    assert phonetic.sounds("公") != phonetic.sounds("机")
    assert phonetic.initials("公积金") == "gjj"
    assert phonetic.syllables("xyz") is None


def test_the_gold_set_is_large_and_knows_only_published_services() -> None:
    codes = {entry.code for entry in demo_entries()}
    parts = [gold(split) for split in ("train", "dev", "test")]
    every = [query.text for part in parts for query in part]
    assert len(every) >= 1000
    assert len(set(every)) == len(every)
    assert {query.code for part in parts for query in part} - {""} <= codes


def test_the_development_part_is_still_understood() -> None:
    """Guards against regressions; what the matcher is worth, the test part says (python -m nlp evaluate)."""
    both = gold("train") + gold("dev")
    entries, queries = demo_entries(), [query for query in both if query.code]
    matcher, plain = ServiceMatcher(entries), substring_ranker(entries)
    answers = [[guess.code for guess in matcher.match(query.text)] for query in queries]
    pairs = list(zip(queries, answers, strict=True))
    top3 = sum(query.code in codes for query, codes in pairs) / len(pairs)
    assert top3 >= 0.97
    assert sum(query.code in codes[:1] for query, codes in pairs) / len(pairs) >= 0.9
    none = [query for query in both if not query.code]
    assert sum(matcher.best(query.text) is not None for query in none) / len(none) <= 0.06
    assert top3 > sum(query.code in plain(query.text)[:3] for query in queries) / len(queries) + 0.3
