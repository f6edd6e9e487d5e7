"""How well personal data is masked, on cases made at random: numbers, plates and names in the places people put them.

The names are drawn from the family names that cover most people and from characters common in given names; every
number is invented. What must stay legible (addresses, dates, amounts, request numbers) is drawn the same way.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nlp.mask import mask_personal_data
from nlp.train_metrics import bootstrap, mean
from nlp.train_report import Row

_CASES = 1_500
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜"
    "崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂华玉梅建国志红文斌鹏飞辉慧玲婷雪琴浩宇轩欣怡梓涵子墨晨曦春燕凤"
    "祥龙海波永兴德福贵财宝珍淑贞美莲佳琪"
)
_AREAS = ("110101", "310115", "440305", "510104", "330106", "420111", "610113", "370102")
_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_TROUBLES = (
    "楼下烧烤摊油烟很大",
    "路灯坏了一个星期",
    "工资拖了三个月没发",
    "电梯又停了",
    "想问问公积金怎么取",
)
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

Make = Callable[[random.Random], tuple[str, str]]


def _digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def _mobile(rng: random.Random) -> tuple[str, str]:
    number = rng.choice(("13", "15", "17", "18", "19")) + _digits(rng, 9)
    shown = rng.choice(
        (number, f"{number[:3]} {number[3:7]} {number[7:]}", f"{number[:3]}-{number[3:7]}-{number[7:]}",
         f"+86{number}", f"+86 {number}", number.translate(_FULL_WIDTH))
    )  # fmt: skip
    frame = rng.choice(
        (
            "{}，我电话{}",
            "{}。联系电话：{}，谢谢",
            "{}，打我手机{}",
            "{} {}",
            "{}（{}）",
            "{}，电话是{}，微信同号",
        )
    )
    return frame.format(rng.choice(_TROUBLES), shown), shown


def _landline(rng: random.Random) -> tuple[str, str]:
    area, number = rng.choice(("010", "021", "0571", "0755", "029")), rng.choice("2345678") + _digits(rng, 7)
    shown = rng.choice((f"{area}-{number}", f"({area}){number}", f"{area}{number}", f"{area} {number}"))
    return f"{rng.choice(_TROUBLES)}，家里座机{shown}", shown


def _id_card(rng: random.Random) -> tuple[str, str]:
    born = f"{rng.randint(1935, 2012)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = rng.choice(_AREAS) + born + _digits(rng, 3)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    number = body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]
    shown = rng.choice((number, number.lower(), f"{number[:6]} {number[6:14]} {number[14:]}"))
    return rng.choice(("我身份证{}，{}", "身份证号码：{}，{}", "{}，{}")).format(
        shown, rng.choice(_TROUBLES)
    ), shown


def _bank_card(rng: random.Random) -> tuple[str, str]:
    number = rng.choice(("6222", "6217", "6228", "4367", "5187")) + _digits(rng, rng.choice((12, 15)))
    shown = rng.choice((number, " ".join(number[i : i + 4] for i in range(0, len(number), 4))))
    return rng.choice(("钱打到{}这张卡上，{}", "银行卡号{}，{}", "我的卡{}被扣了钱，{}")).format(
        shown, rng.choice(_TROUBLES)
    ), shown


def _plate(rng: random.Random) -> tuple[str, str]:
    city = rng.choice(_PLATES) + rng.choice(_LETTERS)
    tail = rng.choice(
        (_digits(rng, 5), rng.choice(_LETTERS) + _digits(rng, 4), rng.choice("DF") + _digits(rng, 5))
    )
    shown = rng.choice((city + tail, f"{city}·{tail}", f"{city} {tail}"))
    return rng.choice(("{}这辆车天天堵在消防通道", "我的车{}被划了", "举报渣土车{}闯红灯")).format(
        shown
    ), shown


def _name(rng: random.Random) -> tuple[str, str]:
    name = rng.choice(_FAMILY) + "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2, 2))))
    frame = rng.choice(
        ("我叫{}，{}", "您好我叫{}，{}", "我是{}，{}", "本人{}，{}", "姓名：{}，{}", "我叫{}。{}", "我叫{} {}",
         "我名叫{}，{}", "联系人：{}，{}", "我是{},{}")
    )  # fmt: skip
    return frame.format(name, rng.choice(_TROUBLES)), name


def _mail(rng: random.Random) -> tuple[str, str]:
    shown = f"{rng.choice(('wang', 'li.na', 'zhang_88'))}{_digits(rng, 3)}@{rng.choice(('qq.com', '163.com', 'mail.example.cn'))}"
    return f"{rng.choice(_TROUBLES)}，邮箱{shown}", shown


def _legible(rng: random.Random) -> tuple[str, str]:
    shown = rng.choice((
        f"{rng.randint(1, 1999)}号{rng.randint(1, 60)}栋{rng.randint(101, 3305)}室",
        f"{rng.randint(1, 30)}-{rng.randint(1, 4)}-{rng.randint(101, 2503)}",
        f"{rng.randint(2015, 2026)}年{rng.randint(1, 12)}月{rng.randint(1, 28)}日",
        f"{rng.randint(2015, 2026)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
        f"{rng.randint(2015, 2026)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}下的订单",
        f"{rng.randint(100, 999_999)}元", f"{rng.randint(1, 23)}:{rng.randint(0, 59):02}", "12345", "110", "95598",
        f"{rng.randint(1, 999)}路公交", f"SR{rng.randint(2020, 2026)}{rng.randint(100000, 999999)}",
    ))  # fmt: skip
    frame = rng.choice(
        (
            "{}，地点或时间是{}",
            "{}，{}",
            "{} {}",
            "我是业主，{}，{}",
            "我是常住人口，{}，{}",
            "我叫不到车，{}，{}",
        )
    )
    return frame.format(rng.choice(_TROUBLES), shown), ""


_KINDS: dict[str, Make] = {
    "mobile phone": _mobile, "landline": _landline, "identity card": _id_card, "bank card": _bank_card,
    "number plate": _plate, "name after 我叫, 我是 …": _name, "e-mail": _mail,
}  # fmt: skip


def _hidden(text: str, secret: str) -> bool:
    """Whether nothing of the secret is left: every letter and digit of it is starred out where it stood."""
    start = text.index(secret)
    masked = mask_personal_data(text)[start : start + len(secret)]
    return not any(char.isalnum() and char not in "+" for char in masked.removeprefix("+86"))


def mask_rows(_: Path, cases: int = _CASES) -> list[Row]:
    """Recall per kind and over all, and how many legible texts stay untouched."""
    rng = random.Random(20_26)  # noqa: S311 - cases, not secrets
    rows, every = [], []
    for kind, make in _KINDS.items():
        hidden = np.array([float(_hidden(*make(rng))) for _ in range(cases)])
        every.append(hidden)
        rows.append(
            Row(
                "personal data, generated",
                f"recall {kind}",
                "this mask",
                bootstrap(mean(hidden), np.arange(cases)),
            )
        )
    together = np.concatenate(every)
    rows.append(
        Row(
            "personal data, generated",
            "recall",
            "this mask",
            bootstrap(mean(together), np.arange(len(together))),
        )
    )
    plain = [_legible(rng)[0] for _ in range(cases)]
    left = np.array([float(mask_personal_data(text) == text) for text in plain])
    rows.append(
        Row("addresses, dates, amounts", "left alone", "this mask", bootstrap(mean(left), np.arange(cases)))
    )
    return rows
