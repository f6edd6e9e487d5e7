"""Questions about reporting itself, about a service spoken of, and about how something is done."""

from __future__ import annotations

import pytest

from bot.actions import questions


@pytest.mark.parametrize(
    ("text", "wording"),
    [
        ("能匿名吗", "about_privacy"), ("会不会泄露我的信息", "about_privacy"), ("怕被报复，能不能别说是我", "about_privacy"),
        ("我反映了他们老板会不会知道是我说的？", "about_privacy"), ("多久能修好", "about_time"), ("照片怎么发", "about_photo"),
        ("发个照片行不行", "about_photo"), ("要钱吗", "about_fee"), ("这个大概归哪个部门管", "about_who"),
        ("物业泄露业主信息没人管", ""), ("路灯坏了三天没人修", ""), ("停水了", ""),
    ],
)  # fmt: skip
def test_about_reporting(text: str, wording: str) -> None:
    assert questions.about_reporting(text) == wording


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("要准备啥材料呢", True), ("有没得电话我问一哈", True), ("去哪儿交", True), ("那几点关门啊", True),
        ("phone number有吗", True),
        ("宠物殡葬在哪办", False), ("结婚证要带啥", False),
    ],
)  # fmt: skip
def test_goes_on(text: str, on: bool) -> None:
    assert questions.goes_on(text) is on


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("补一张要带啥呀", ["materials"]),
        ("去哪儿交", ["place"]),
        ("周末开不开", ["hours"]),
        ("电话多少", ["phone"]),
        ("好的", []),
        ("身份证丢了怎么补，下礼拜要坐飞机", []),
        ("礼拜六开不开", ["hours"]),
    ],
)
def test_asked_facts(text: str, facts: list[str]) -> None:
    assert questions.asked_facts(text) == facts


@pytest.mark.parametrize(
    "text",
    ["想办暂住证娃好上学，要啥子手续", "公积金咋取", "低保怎么申请啊", "身份证在哪里补", "大厅几点开门"],
)
def test_how_to(text: str) -> None:
    assert questions.how_to(text)


@pytest.mark.parametrize("text", ["我手机是老年机，弄不来网上那些", "我不会用手机", "我不识字"])
def test_without_smartphone(text: str) -> None:
    assert questions.without_smartphone(text)
    assert not questions.without_smartphone("手机店卖假货")
