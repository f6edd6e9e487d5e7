"""Phones, names, tracking numbers and secrets in what people write. Pure functions over text."""

from __future__ import annotations

import re

# A number read out: 「一三八零零…」. Eleven figures in a row mean nothing else.
_SPOKEN = re.compile(
    r"(?<![零〇一幺二两三四五六七八九])[一幺1][零〇一幺二两三四五六七八九\s]{10,14}(?![零〇一幺二两三四五六七八九])"
)

_FIGURES = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")

_PHONE = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")

_NUMBER = re.compile(r"(?<![A-Za-z0-9])(MP[0-9A-Z]{9})(?![A-Za-z0-9])", re.IGNORECASE)

_GAPS = re.compile(r"(?<=[A-Za-z0-9])[ -]+(?=[A-Za-z0-9])")

_SECRET = re.compile(r"(?<![A-Za-z0-9])([2-9A-HJ-NP-Z]{6}|\d{4})(?![A-Za-z0-9])", re.IGNORECASE)

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
    "闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧阳"
)

_NAME = re.compile(
    rf"(?:我叫|我是|名字叫|名字是|本人|我姓.，?叫|"
    rf"姓名[是:：]?)([{_SURNAMES}][一-龥]{{1,2}})(?=[，。,.、 ]|电话|手机|住|$)|(?:我|本人|"
    rf"免贵)(?<![个位叫名])姓(欧阳|[{_SURNAMES}])|(?:^|[，。,.；;：: ])姓(欧阳|[{_SURNAMES}])"
)

# The name itself is put right: any surname, for it was asked for.
_NAME_RIGHT = re.compile(
    r"(?:名字|姓名|姓|称呼).{0,6}(?:错|不对|不是).{0,8}?(?:是|叫|姓)([一-龥]{2,4}?)(?=[，。,. ]|$)"
)

_ABOUT_NAME = re.compile(
    rf"[，。,.\s]*(?:(?:我|免贵)?姓[{_SURNAMES}](?:，?(?:名字)?叫[{_SURNAMES}]?[一-龥]{{1,2}})?|"
    rf"我叫[{_SURNAMES}][一-龥]{{1,2}}|本人[{_SURNAMES}][一-龥]{{1,2}}|"
    rf"姓名[是:：]?[{_SURNAMES}][一-龥]{{1,2}})(?=[，。,.\s]|$)"
)


def in_figures(text: str) -> str:
    """``text`` with a mobile number that was read out, or written with gaps, in eleven figures."""
    text = _SPOKEN.sub(lambda match: re.sub(r"\s", "", match[0]).translate(_FIGURES), text)
    return re.sub(r"(?<!\d)(1[3-9]\d)[ -](\d{4})[ -](\d{4})(?!\d)", r"\1\2\3", text)


def phone_in(text: str) -> str:
    """The first phone number in ``text``, digits only, or ''."""
    match = _PHONE.search(in_figures(text).replace(" ", ""))
    return match[1].replace("-", "") if match else ""


def name_in(text: str) -> str:
    """How the writer calls themselves (a surname or a full name), or ''."""
    if right := _NAME_RIGHT.search(text):
        return right[1]
    match = _NAME.search(text)
    return next((name for name in match.groups() if name), "") if match else ""


def without_contact(text: str) -> str:
    """``text`` without the writer's phone and the words around it: what is left is the matter itself."""
    if _PHONE.search(in_figures(text)):
        text = _PHONE.sub("", in_figures(text))
        text = re.sub(r"(我的?|联系)?(电话|手机号?码?|号码)[是:：]?(?=[，。,.\s]|$)", "", text)
    text = _ABOUT_NAME.sub("", text)
    return re.sub(r"[，,]\s*[，,]+", "，", text).strip("，。,. 　\n")


def number_in(text: str) -> str:
    """A tracking number in ``text``, in capitals, or ''."""
    match = _NUMBER.search(text) or _NUMBER.search(_GAPS.sub("", text))
    return match[1].upper() if match else ""


def secret_in(text: str) -> str:
    """A query secret (six characters) or the last four digits of a phone, in capitals, or ''."""
    match = _SECRET.search(_NUMBER.sub("", text))
    return match[1].upper() if match else ""
