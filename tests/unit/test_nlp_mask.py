"""Personal data goes, addresses stay."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.mask import mask_personal_data

_MASKED = [
    ("我的电话13812345678，请回电", "13812345678"),
    ("手机：138 1234 5678", "138 1234 5678"),
    ("联系我 +86 139-1234-5678", "139-1234-5678"),
    ("电话１３８１２３４５６７８", "１３８１２３４５６７８"),
    ("打0731-84123456找我", "0731-84123456"),
    ("座机(010)62345678", "(010)62345678"),
    ("电话是84123456", "84123456"),
    ("身份证440106199003071234", "440106199003071234"),
    ("身份证号44010619900307123X，男", "44010619900307123X"),
    ("身份证号码：440106900307123", "440106900307123"),
    ("卡号6222021234567890123", "6222021234567890123"),
    ("银行卡6222 0212 3456 7890 123", "6222 0212 3456 7890 123"),
    ("车牌粤A12345堵门", "粤A12345"),
    ("京AD12345乱停", "京AD12345"),
    ("湘A·8K88M逃逸", "湘A·8K88M"),
    ("邮箱 li.lei_88@example.com 谢谢", "li.lei_88@example.com"),
    ("微信号: 13800001111", "13800001111"),
    ("我叫李晓明，住在三号楼", "李晓明"),
    ("我叫欧阳小丽", "欧阳小丽"),
    ("您好，我是王建国，反映一个问题", "王建国"),
    ("我姓赵，家在北街", "赵"),
    ("我姓陈，叫陈小红。", "陈小红"),
    ("本人叫周杰，今年五十岁", "周杰"),
    ("联系人：刘芳，电话13900000000", "刘芳"),
]

_KEPT = [
    "幸福路118号3栋2单元1204室",
    "阳光花园12号楼",
    "2024年3月15日上午10点30分",
    "2024-03-15 10:30:22",
    "一共交了12800.50元",
    "工单号20240315001234还没有处理",
    "12345热线打不通",
    "公交118路和地铁2号线",
    "我是业主，也是党员",
    "我是常住居民，我是单亲妈妈",
    "我是高中生家长",
    "我是李家村的村民",
    "我叫了三次物业都不来",
    "我姓什么不重要",
    "面积89.5平方米，容积率2.5",
    "G107国道和S206省道交界",
    "A座1801、B座1802",
    "我是于2019年购房的",
    "社保缴了15年零6个月",
    "从8:00到18:00都在施工",
]


@pytest.mark.parametrize(("text", "secret"), _MASKED, ids=[text for text, _ in _MASKED])
def test_personal_data_is_starred(text: str, secret: str) -> None:
    masked = mask_personal_data(text)
    assert secret not in masked
    assert len(masked) == len(text)
    assert masked.count("*") >= len(secret.replace(" ", ""))


@pytest.mark.parametrize("text", _KEPT)
def test_addresses_dates_and_amounts_stay(text: str) -> None:
    assert mask_personal_data(text) == text


def _generated(rng: random.Random) -> tuple[str, str]:
    digits = lambda count: "".join(rng.choice("0123456789") for _ in range(count))  # noqa: E731
    secret = rng.choice([
        lambda: "1" + rng.choice("3456789") + digits(9),
        lambda: rng.choice("123456") + digits(5) + f"19{rng.randint(50, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
        + digits(3) + rng.choice("0123456789X"),
        lambda: "62" + digits(rng.choice([14, 17])),
        lambda: rng.choice("京粤湘苏浙川") + rng.choice("ABCDEF") + rng.choice(["1", "9"]) + digits(4),
        lambda: f"0{rng.choice(['10', '20', '731', '755'])}-{rng.randint(2, 9)}{digits(7)}",
        lambda: f"user{digits(4)}@mail{digits(1)}.example.cn",
    ])()  # fmt: skip
    before = rng.choice(["请联系", "我的号码是", "，", "。", "信息：", "有事找我，"])
    after = rng.choice(["，谢谢", "。", "", "（急）", " 请尽快", "，住幸福路18号"])
    return f"楼下漏水{before}{secret}{after}", secret


def test_recall_on_a_thousand_generated_secrets() -> None:
    rng = random.Random(20)
    missed = [
        text for text, secret in (_generated(rng) for _ in range(1000)) if secret in mask_personal_data(text)
    ]
    assert len(missed) <= 10, missed[:5]


@given(st.text(max_size=300))
def test_never_raises_and_never_moves_a_character(text: str) -> None:
    masked = mask_personal_data(text)
    assert len(masked) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, masked, strict=True))
    assert mask_personal_data(masked) == masked or "*" in masked
