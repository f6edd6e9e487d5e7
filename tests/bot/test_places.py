"""Which part of a message or of an answer is the place."""

from __future__ import annotations

import pytest

from bot.actions import place_spans, several


def joined(text: str, *named: str, known: str = "") -> str:
    spans = sorted((text.index(name), text.index(name) + len(name)) for name in named)
    return place_spans.joined(text, spans, known)


@pytest.mark.parametrize(
    ("text", "named", "known", "place"),
    [
        ("幸福小区地下车库积水", ["幸福小区地下车库积水"], "", "幸福小区地下车库"),
        ("云谷大道88号工地欠薪", ["云谷大道88号工地"], "", "云谷大道88号"),
        ("安居小区3栋2单元401楼上漏水", ["安居小区3栋2单元401楼"], "", "安居小区3栋2单元401"),
        ("西岭大厅的人爱答不理", ["西岭大厅"], "", ""),
        ("阿拉小区地下车库又积水了", ["阿拉小区"], "", ""),
        ("孩子学校午饭有头发", ["孩子学校"], "", ""),
        ("垃圾堆成山了还评上文明小区", ["了还评上文明小区"], "", ""),
        ("住西岭区和顺名邸9号楼", ["顺名邸9号楼"], "和顺名邸", "和顺名邸9号楼"),
        ("映荷横街路面坑坑洼洼", ["映荷横街路面坑坑洼洼"], "", "映荷横街"),
        ("海棠新村后门儿那个垃圾站", ["海棠新村"], "", "海棠新村后门"),
        ("石榴小区门口的路灯不亮了", ["石榴小区"], "", "石榴小区门口"),
    ],
)  # fmt: skip
def test_place_on_the_card(text: str, named: list[str], known: str, place: str) -> None:
    assert joined(text, *named, known=known) == place


@pytest.mark.parametrize(
    ("parts", "answer", "kept"),
    [
        (["路灯不亮", "井盖缺了", "摆摊的占道"], "摆摊的就算了，只报路灯和井盖", ["路灯不亮", "井盖缺了"]),
        (["路灯不亮", "井盖缺了"], "只报路灯", ["路灯不亮"]),
        (["路灯不亮", "井盖缺了"], "分开登记", []),
        (["路灯不亮", "井盖缺了"], "算了", []),
    ],
)
def test_one_of_several_is_dropped(parts: list[str], answer: str, kept: list[str]) -> None:
    assert several.chosen(parts, answer) == kept


@pytest.mark.parametrize(
    ("answer", "apart", "rest"),
    [
        ("两件都报，地方都是澄江路悦泽府", True, "地方都是澄江路悦泽府"), ("对，两个都要报，分开登记", True, ""),
        ("合成一件", False, ""), ("分开登记", True, ""), ("就白鹭府对面那个小学", None, "就白鹭府对面那个小学"),
    ],
)  # fmt: skip
def test_apart_or_together(answer: str, apart: bool | None, rest: str) -> None:
    assert several.wants_apart(answer) == (apart, rest)
