"""Which area a message is about: whole names, nicknames, slips of the pen, several places, none."""

from __future__ import annotations

import random

import pytest

from nlp.gazetteer import NOWHERE, AreaGuess, Entry, Gazetteer
from nlp.normalise import normalise
from nlp.phonetic import sound_alike
from nlp.segment import words
from nlp.types import Place

ENTRIES = [
    Entry(1, "青原市", (), 1, None),
    Entry(2, "河东区", (), 2, 1),
    Entry(3, "河西区", (), 2, 1),
    Entry(21, "桃溪街道", ("柳桥路", "柳桥路56号"), 3, 2),
    Entry(22, "石坎街道", ("鼓楼东路",), 3, 2),
    Entry(31, "雁塘镇", (), 3, 3),
    Entry(211, "桃溪社区", ("云锦花园", "云锦那边", "梧桐苑"), 4, 21),
    Entry(212, "米行巷社区", ("翠湖名邸", "纺织机械厂家属院"), 4, 21),
    Entry(221, "石坎社区", ("梧桐家园", "云锦豪庭"), 4, 22),
    Entry(311, "沙井村", ("梧桐新村", "纺织机械厂宿舍"), 4, 31),
    Entry(3111, "沙井村第2网格", (), 5, 311),
]


@pytest.fixture(scope="module")
def city() -> Gazetteer:
    return Gazetteer(ENTRIES)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        pytest.param("云锦花园的路灯不亮", 211, id="name"),
        pytest.param("雲錦花園的路燈不亮", 211, id="traditional"),
        pytest.param("米行巷的下水道堵了", 212, id="community without its suffix"),
        pytest.param("翠湖名邸二期停水", 212, id="second phase"),
        pytest.param("翠湖那边又停水", 212, id="estate without its suffix"),
        pytest.param("沙井村第二网格没人管", 3111, id="grid, number in words"),
        pytest.param("河东纺机院的门卫不开门", 212, id="works' nickname in a district"),
        pytest.param("河西纺机院的门卫不开门", 311, id="same works' nickname elsewhere"),
        pytest.param("云景花园的路灯不亮", 211, id="sounds alike"),
        pytest.param("翠糊名邸停水", 212, id="wrong character"),
        pytest.param("米行社区的下水道堵了", 212, id="missing character"),
        pytest.param("翠湖的名邸停水", 212, id="one character too many"),
        pytest.param("鼓楼东路坑洼不平", 22, id="road"),
        pytest.param("柳桥路56号门口积水", 21, id="house number"),
        pytest.param("石坎街道的梧桐家园有噪音", 221, id="street and estate agree"),
        pytest.param("雁塘镇那边的梧桐，垃圾没人收", 311, id="nickname that three areas share, and a town"),
        pytest.param("桃溪那边停电", 21, id="street and community share the short name: the wider one"),
        pytest.param("不是云锦花园，是翠湖名邸漏水", 212, id="not this, but that"),
        pytest.param("以前住云锦花园，现在住翠湖名邸，翠湖名邸停水了", 212, id="then and now"),
        pytest.param("云锦花园和云锦豪庭都停电了", 2, id="two together: what holds both"),
        pytest.param("河东区和河西区都停电了", 1, id="two districts: the city"),
        pytest.param("整个青原市都在修路", 1, id="city"),
    ],
)
def test_finds_the_area(city: Gazetteer, text: str, area: int) -> None:
    guess = city.resolve((), text)
    assert guess.area_id == area
    assert 0 < guess.confidence <= 1


@pytest.mark.parametrize(
    "text",
    ["", "孩子发烧怎么办", "门口的梧桐该修剪了", "梧桐树飘絮", "鼓楼西路坑洼不平", "锦绣山河真美", "😀"],
)
def test_names_no_area_where_the_text_names_none(city: Gazetteer, text: str) -> None:
    assert city.resolve((), text) == NOWHERE == AreaGuess(None, 0.0)


def test_a_slip_is_less_sure_than_the_name_itself(city: Gazetteer) -> None:
    assert city.resolve((), "云景花园停水").confidence < city.resolve((), "云锦花园停水").confidence


def test_a_place_found_in_the_text_makes_an_everyday_word_a_name(city: Gazetteer) -> None:
    text = "雁塘镇人都知道，梧桐停水了"
    start = text.index("梧桐")
    with_place = city.resolve((Place("梧桐", start, start + 2, "estate"),), text)
    assert with_place.area_id in (31, 311)


def test_places_get_the_area_that_their_own_words_name(city: Gazetteer) -> None:
    places = (Place("云锦花园", 0, 4, "estate"), Place("月亮湾", 9, 12, "facility"))
    assert [place.area for place in city.locate(places)] == [211, None]


def test_order_of_the_entries_does_not_matter(city: Gazetteer) -> None:
    shuffled = ENTRIES.copy()
    random.Random(5).shuffle(shuffled)
    other = Gazetteer(shuffled)
    for text in ("翠湖那边停水", "梧桐家园和云锦豪庭", "河西纺机院", "云景花园"):
        assert other.resolve((), text) == city.resolve((), text)


def test_words_at_hand_give_the_same_answer(city: Gazetteer) -> None:
    text = "河西纺机院的门卫不开门"
    assert city.resolve((), text, words(normalise(text))) == city.resolve((), text)


@pytest.mark.parametrize("text", ["云锦花园" * 5_000, "梧桐" * 10_000, "云锦" * 10_000, "a" * 20_000])
def test_long_and_repetitive_texts_are_answered(city: Gazetteer, text: str) -> None:
    assert city.resolve((), text) == city.resolve((), text + text)


def test_a_missing_parent_or_a_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="parent"):
        Gazetteer([Entry(1, "河东区", (), 2, 9)])
    with pytest.raises(ValueError, match="ancestor"):
        Gazetteer([Entry(1, "河东区", (), 2, 2), Entry(2, "河西区", (), 2, 1)])


def test_own_names_are_offered_to_the_segmenter_and_nicknames_that_were_made_up_here_are_not(
    city: Gazetteer,
) -> None:
    taught = city.words()
    assert {"云锦花园", "柳桥路", "米行巷社区"} <= set(taught)
    assert "纺机" not in taught


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("庭", "亭", True), ("珠", "租", True), ("重", "从", True), ("重", "众", True), ("庭", "花", False)],
)
def test_characters_that_sound_alike(one: str, other: str, alike: bool) -> None:
    assert sound_alike(one, other) is alike
