"""What people say after the fact, and which of several troubles they mean."""

from __future__ import annotations

import pytest

from bot.actions import consent, elsewhere, questions, second_thoughts, several, summary, words


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("撤了撤了,刚来辆卡车全拉走了,解决了", "solved"), ("不消来了哈，刚刚物业喊人清走了", "solved"),
        ("已经修好了不用来了", "solved"), ("路灯亮了", "solved"), ("甭来了，我自己弄", "off"), ("撤了吧", "off"),
        ("不用派人来了", "off"), ("算了不用修了", "off"),
    ],
)  # fmt: skip
def test_what_was_filed_is_off(text: str, how: str) -> None:
    assert second_thoughts.withdraws(text) == how


@pytest.mark.parametrize(
    "text",
    [
        "怎么还没解决", "处理好了给我打电话", "好了谢谢", "没事了", "他们来开了个单子", "不要弄错了地方", "路灯又不亮了",
        "水停了", "什么时候能弄好", "别撤，还没修", "不用麻烦了谢谢", "希望尽快解决", "不要来电话",
    ],
)  # fmt: skip
def test_what_was_filed_goes_on(text: str) -> None:
    assert second_thoughts.withdraws(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "哦还有,是靠公交站牌那边的,不是中间那个,跟师傅说一声", "忘了说，那个坑旁边有根电线杆",
        "叫维修的人晚上六点后再来", "补充一下，是晚上才响", "对了，是挨着小学的那个",
    ],
)  # fmt: skip
def test_more_of_what_was_filed(text: str) -> None:
    assert second_thoughts.adds(text)


def test_another_trouble_is_not_more_of_it() -> None:
    assert not second_thoughts.adds("还有我们楼道灯也坏了")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("那狗的事呢", "狗"), ("路灯那个呢", "路灯"), ("那路灯咋说", "路灯"), ("养狗的那件报了没", "养狗"),
        ("那我的单号呢", ""), ("然后呢", ""), ("电话呢", ""), ("结果呢", ""),
    ],
)  # fmt: skip
def test_what_became_of_the_other(text: str, what: str) -> None:
    assert second_thoughts.what_of(text) == what


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("打错了 停水", "停水"), ("手滑打错，路灯不亮", "路灯不亮"), ("不好意思打错字了，是垃圾没人收", "垃圾没人收"),
        ("打错了，电话是13900001111", ""), ("说错了，是6号楼", ""), ("路灯坏了", ""),
    ],
)  # fmt: skip
def test_a_slip(text: str, right: str) -> None:
    assert second_thoughts.slip(text) == right


def test_pressing_for_what_was_refused() -> None:
    assert second_thoughts.presses("我跟他是亲戚,就要个门牌号总行吧")
    assert second_thoughts.presses("警察要的，快把他电话给我")
    assert not second_thoughts.presses("楼上漏水了你们来看看")


@pytest.mark.parametrize(
    ("answer", "first"),
    [("行,先弄垃圾那个,地方没错", 0), ("先报第二个", 1), ("先把狗的事说了吧", 1), ("分开登记", None)],
)
def test_which_of_several_comes_first(answer: str, first: int | None) -> None:
    parts = ["6号楼底下垃圾桶满了", "有户人家遛大狗不牵绳"]
    ordered = several.first_of(parts, answer)
    assert ordered == ([] if first is None else [parts[first], parts[1 - first]])


@pytest.mark.parametrize("text", ["废话 当然对", "你瞎啊，对", "没有问题", "没毛病", "都对，没有问题"])
def test_a_yes_with_more_than_a_yes(text: str) -> None:
    assert words.is_yes(text)


def test_a_curse_alone_agrees_to_nothing() -> None:
    assert not consent.read("废话").yes
    assert not consent.read("你瞎啊").yes


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        (
            "我想反映楼下馆子油烟往我家灌,可是先讲清楚,你们会不会转头就告诉老板是我说的?",
            "我想反映楼下馆子油烟往我家灌",
        ),
        ("物业乱收费，我怕被报复", "物业乱收费，我怕被报复"),  # too little would be left
        ("你们告诉物业了也没用，楼道灯还是不亮", "你们告诉物业了也没用，楼道灯还是不亮"),
    ],
)
def test_the_matter_without_the_question(text: str, matter: str) -> None:
    assert questions.without_privacy(text) == matter


@pytest.mark.parametrize(
    "text",
    [
        "老同学借我五万块三年不还,微信也拉黑了", "隔壁老王找我借了三万，打了借条，现在人都联系不上",
        "我爸走了，遗产我弟独吞不肯分", "离婚了孩子抚养权他不肯给",
    ],
)  # fmt: skip
def test_private_disputes_have_their_own_door(text: str) -> None:
    assert "12348" in elsewhere.guidance(text)


@pytest.mark.parametrize(
    "text", ["老板欠我工资不给", "离婚证怎么办", "房产继承怎么过户要啥材料", "邻居家狗叫"]
)
def test_what_is_no_private_dispute(text: str) -> None:
    assert not elsewhere.guidance(text)


def test_of_a_breathless_story_the_trouble_is_shown() -> None:
    story = (
        "事情是这样的,我去年三月份买的房,当时还挺高兴,搬进来头一个月什么都好,后来我儿子说爸这不对劲,找楼上楼上说不是他家,"
        "开发商电话打了二十多遍没人接,中间我还住了一回院,现在墙皮往下掉,被子都发霉了,你们说这个漏水到底谁来管"
    )
    shown = summary._sensed(story, 100)
    assert "漏水" in shown
    assert "发霉" in shown
    assert "买的房" not in shown


@pytest.mark.parametrize("text", ["上回说的水管漏水修好啦，过来道声谢", "上回反映的井盖换好了，真得谢谢你们"])
def test_thanks_for_a_repair_are_no_request(text: str) -> None:
    assert second_thoughts.thanks_for_repair(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢你们快点来修", "上次报的路灯还没修，谢谢", "上次的师傅修好了，谢谢，想表扬他", "水管修好了",
        "上次修好的路灯又不亮了，谢谢",
    ],
)  # fmt: skip
def test_what_is_more_than_thanks(text: str) -> None:
    assert not second_thoughts.thanks_for_repair(text)


@pytest.mark.parametrize(
    "text", ["不用了，刚看到有人来修，撤了", "撤了吧，工人来了", "取消吧，不用来了", "有人修了，不报了"]
)
def test_called_off_before_it_is_submitted(text: str) -> None:
    assert second_thoughts.calls_off(text)


@pytest.mark.parametrize(
    "text", ["不用管别人，单独提交吧", "不用留电话", "撤销了我的低保，凭什么", "不用来电话", "对，提交"]
)
def test_not_called_off(text: str) -> None:
    assert not second_thoughts.calls_off(text)


@pytest.mark.parametrize("text", ["确定没给我报上去哈", "真没报上去吧", "取消了哈"])
def test_whether_it_was_registered_all_the_same(text: str) -> None:
    assert second_thoughts.asks_if_filed(text)
