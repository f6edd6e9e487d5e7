"""What an answer agrees to, besides what else it says."""

from __future__ import annotations

import pytest

from bot.actions import consent, words


@pytest.mark.parametrize(
    "text",
    [
        "对哩，中", "系呀，冇错", "是的咯", "对头，没得其他的了", "队的", "行行行赶紧的",
        "好的没错就这样吧麻烦你们快点处理一下啊",
        "嗯呐对的就按这个报", "是滴是滴，照片拍不了", "对，照片没有", "对的，电话不留，他们会报复", "可以的，提交吧谢谢",
        "唔使留电话喇", "没有照片，不方便拍，电话也不留", "别留电话了", "没啥补充的了",
    ],
)  # fmt: skip
def test_agrees_and_says_nothing_else(text: str) -> None:
    assert consent.read(text).settles


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("对的对的福满小区三号楼", "福满小区三号楼"), ("对，已经三天了", "已经三天了"),
        ("对的，119我打了，不留电话了", "119我打了"), ("不留了，快点整吧，老太太都冻感冒了", "老太太都冻感冒了"),
    ],
)  # fmt: skip
def test_what_is_left_over(text: str, rest: str) -> None:
    answer = consent.read(text)
    assert answer.yes or answer.no_contact
    assert answer.rest == rest


@pytest.mark.parametrize(
    "text",
    [
        "对面那个楼",
        "对了还有个事",
        "对了，居住证在哪办",
        "是三号楼",
        "好几天没人管",
        "不对，是五号楼",
        "停水了",
        "没人接电话",
        "电话打不通",
    ],
)
def test_no_consent(text: str) -> None:
    assert not consent.read(text).settles
    assert not words.is_yes(text)


def test_fear_is_heard() -> None:
    assert consent.read("别留电话了，怕老师给娃穿小鞋，能匿名吗").fear


def test_repetition_does_not_keep_it_busy() -> None:
    # A pattern that tried every way to cut these would not come to an end in this century.
    for text in ("好" * 100 + "面", "对的" * 50 + "面", "就这样" * 40 + "面"):
        assert not consent.read(text).settles
