"""What short answers mean."""

from __future__ import annotations

import pytest

from bot.actions import contact, words
from bot.actions.follow_up import contacted_in, solved_in


@pytest.mark.parametrize(
    "text",
    [
        "对",
        "是的",
        "没问题，提交",
        "好的谢谢",
        "对，就是这个",
        "行吧",
        "要得",
        "嗯，对",
        "可以可以",
        "这回对了",
        "嗯呐",
        "对的，就是那儿",
        "对对对赶紧的",
    ],
)
def test_yes(text: str) -> None:
    assert words.is_yes(text)


@pytest.mark.parametrize(
    "text", ["不对", "是三号楼", "要是能快点就好", "对面的楼", "好几天没人管", "对不起", "没人管"]
)
def test_not_yes(text: str) -> None:
    assert not words.is_yes(text)


@pytest.mark.parametrize("text", ["不用了", "没有", "不用谢谢", "不想留电话", "跳过", "不留了"])
def test_no(text: str) -> None:
    assert words.is_no(text)


@pytest.mark.parametrize("text", ["不对", "不满意", "没人管", "没电了", "不是三号楼"])
def test_not_no(text: str) -> None:
    assert not words.is_no(text)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("给五星", 5), ("5分", 5), ("打两颗星", 2), ("非常满意", 5), ("满意", 4), ("基本满意", 3), ("不满意", 2),
        ("非常不满意", 1), ("差评", 1), ("满分", 5), ("一般吧", 3), ("等了3分钟", None), ("3号楼", None), ("你好", None),
    ],
)  # fmt: skip
def test_rating(text: str, level: int | None) -> None:
    assert words.rating_in(text) == level


@pytest.mark.parametrize(
    ("old", "said", "new"),
    [
        ("新城小区3号楼", "不对，是六号楼", "新城小区六号楼"),
        ("新城小区3号楼", "不是三号楼，是六号楼", "新城小区六号楼"),
        ("新城小区3号楼", "是二单元", "新城小区3号楼二单元"),
        ("海棠新村", "3号楼门口", "海棠新村3号楼门口"),
        ("安居小区东门", "不对，是西门", "安居小区西门"),
        ("新城小区3号楼", "地址错了，是中山路8号", "中山路8号"),
        ("人民路", "不对，在菜市场旁边", "菜市场旁边"),
        ("金穗佳苑6号楼", "哦不是6号楼，8号楼", "金穗佳苑8号楼"),
        ("金穗佳苑6号楼", "不是6号楼是8号楼", "金穗佳苑8号楼"),
        ("金穗佳苑6号楼", "是八号楼不是六号楼", "金穗佳苑八号楼"),
    ],
)
def test_corrected_place(old: str, said: str, new: str) -> None:
    assert words.merge_place(old, words.corrected(said)) == new


def test_contact_is_taken_out_of_the_story() -> None:
    text = "海棠新村3号楼电梯坏了三天没人修，我姓王，电话13812345678"
    assert contact.phone_in(text) == "13812345678"
    assert contact.name_in(text) == "王"
    assert contact.without_contact(text) == "海棠新村3号楼电梯坏了三天没人修"


@pytest.mark.parametrize("text", ["单号20260101123456789", "身份证110101199001011234", "13号楼"])
def test_long_numbers_are_no_phones(text: str) -> None:
    assert contact.phone_in(text) == ""


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("电话一三六零零零零一二三四", "13600001234"), ("打幺三九〇〇〇〇二二二二", "13900002222"),
        ("139 0000 2222", "13900002222"), ("一二三四五六七", ""), ("十二号楼二单元六零一", ""),
    ],
)  # fmt: skip
def test_phone_read_out(text: str, phone: str) -> None:
    assert contact.phone_in(text) == phone
    assert contact.phone_in(contact.without_contact(text)) == ""


@pytest.mark.parametrize(
    ("text", "house"),
    [
        ("等下我看看……是9号楼，没错9号楼", "9号楼"), ("我住在三单元", "三单元"), ("楼道的灯也坏了", ""),
        ("是9号楼的住户半夜三更总是在那里打麻将吵得人睡不着", ""),
    ],
)  # fmt: skip
def test_house_put_right(text: str, house: str) -> None:
    assert words.house_put_right(text) == house


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("算了不评了，你直接帮我报修吧", "你直接帮我报修吧"), ("取消，我要投诉物业", "我要投诉物业"),
        ("算了", ""), ("暖气不热", ""),
    ],
)  # fmt: skip
def test_after_dropping(text: str, rest: str) -> None:
    assert words.after_dropping(text) == rest


def test_refusals_with_a_reason() -> None:
    assert words.declines("不用了，跟你们说了也白说")
    assert not words.declines("不用心的保安")


def test_number_with_gaps() -> None:
    assert contact.number_in("单号是 MP 7K2Q 9XWRT") == "MP7K2Q9XWRT"


def test_number_and_secret() -> None:
    assert contact.number_in("帮我查 mp7k2q9xwrt 到哪了") == "MP7K2Q9XWRT"
    assert contact.secret_in("MP7K2Q9XWRT 查询码K7W3QX") == "K7W3QX"
    assert contact.secret_in("后四位是8819") == "8819"
    assert contact.secret_in("MP7K2Q9XWRT") == ""


@pytest.mark.parametrize(
    "text",
    [
        "我要反映问题",
        "你好，我想投诉一下",
        "我有个建议",
        "我想反映问题但是不知道归哪个部门管",
        "没有了",
        "是的呀",
        "说不清",
    ],
)
def test_announcements_have_no_content(text: str) -> None:
    assert words.content_of(text) == ""


@pytest.mark.parametrize(
    "text", ["反映一下小区电梯坏了", "建议多设几个窗口", "还有一个问题，楼下的灯也坏了", "停水了"]
)
def test_content(text: str) -> None:
    assert words.content_of(text) == text


@pytest.mark.parametrize(
    ("text", "index"), [("第二个", 2), ("3", 3), ("选第一个吧", 1), ("3号楼", None), ("两点半", None)]
)
def test_ordinal(text: str, index: int | None) -> None:
    assert words.ordinal_in(text) == index


@pytest.mark.parametrize(
    ("text", "level"), [("3", 3), ("五", 5), ("6", None), ("两星", 2), ("3号楼", None), ("满意", 4)]
)
def test_level_as_an_answer(text: str, level: int | None) -> None:
    assert words.level_in(text) == level


@pytest.mark.parametrize(
    ("text", "solved"),
    [
        ("修好了，谢谢", "yes"), ("嗯", "yes"), ("没人来修，还是坏的", "no"), ("没解决", "no"), ("没有", "no"),
        ("修了一部分", "partly"), ("今天星期几", ""),
    ],
)  # fmt: skip
def test_what_is_said_of_a_trouble(text: str, solved: str) -> None:
    assert solved_in(text) == solved


@pytest.mark.parametrize(
    ("text", "contacted"),
    [("打过电话的", True), ("有人来过", True), ("没有人联系我", False), ("没有", False), ("什么意思", None)],
)
def test_whether_somebody_got_in_touch(text: str, contacted: bool | None) -> None:
    assert contacted_in(text) is contacted


@pytest.mark.parametrize(
    ("text", "hails"),
    [
        ("在不", True),
        ("有人在吗", True),
        ("你好，还在吗", True),
        ("在哪办", False),
        ("老师在学校打人", False),
    ],
)
def test_asking_if_anybody_is_there(text: str, hails: bool) -> None:
    assert words.hails(text) is hails
