"""Take personal data out of a text before it is shown in public or logged.

Masks phone numbers, identity cards, bank cards, number plates, e-mail addresses and names after 我叫, 我是, 我姓.
Leaves house numbers, dates, amounts, times and request numbers alone: a report without its address is useless.
"""

from __future__ import annotations

import re

from nlp.lists import word_list

_D = "0-9０-９"
_SEP = r"[ \-－—.·]?"
_NOT_BEFORE = rf"(?<![{_D}A-Za-zＡ-Ｚａ-ｚ])"
_NOT_AFTER = rf"(?![{_D}])"

_MAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}[@＠][A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4}"
)
_ID_CARD = re.compile(
    rf"{_NOT_BEFORE}[1-9１-９][{_D}]{{5}}{_SEP}(?:1[89]|20|１[８９]|２０)[{_D}]{{2}}{_SEP}"
    rf"[{_D}]{{4}}{_SEP}[{_D}]{{3}}[{_D}XxＸｘ]{_NOT_AFTER}"
)
_ID_CARD_15 = re.compile(rf"(?<=身份证)(?P<gap>[号码为是:：\s]{{0,4}})[{_D}]{{15}}{_NOT_AFTER}")
_BANK_CARD = re.compile(
    rf"{_NOT_BEFORE}[3-6３-６][{_D}]{{3}}(?:{_SEP}[{_D}]{{4}}){{2,3}}{_SEP}[{_D}]{{1,4}}{_NOT_AFTER}"
)
_MOBILE = re.compile(
    rf"(?<![{_D}])(?:[+＋]?(?:86|８６){_SEP})?[1１][3-9３-９][{_D}]{_SEP}[{_D}]{{4}}{_SEP}[{_D}]{{4}}{_NOT_AFTER}"
)
_LANDLINE = re.compile(
    rf"(?<![{_D}])(?:[（(][0０][{_D}]{{2,3}}[)）]|[0０][{_D}]{{2,3}}){_SEP}[2-9２-９][{_D}]{{6,7}}{_NOT_AFTER}"
)
_BARE_PHONE = re.compile(
    rf"(?P<cue>(?:电话|手机|座机|微信|QQ|qq|联系方式|致电|号码)(?:号码?|号)?[为是:：\s]{{0,3}})"
    rf"(?P<number>[{_D}][{_D}\-－ ]{{5,13}}[{_D}])"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z]"
    r"[ ·•.\-]?(?=[A-Za-z0-9]*[0-9])[A-HJ-NP-Za-hj-np-z0-9]{4,5}[A-HJ-NP-Za-hj-np-z0-9挂学警港澳](?![A-Za-z0-9])"
)

# The hundred family names that cover most people, plus common double ones.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛"
    "曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗"
    "瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝 "
).replace(" ", "")
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|端木|南宫|西门"
_NAME = rf"(?:(?:{_DOUBLE})[一-鿿]{{1,2}}|[{_SURNAMES}][一-鿿]{{1,2}})"
# What may follow a name; without it 我是李家村的 would lose its village.
_NAME_END = (
    r"(?=$|[\s,，.。;；:：!！?？、()（）\[\]]|今年|电话|手机|家住|住在|住|身份证|来自|是|男|女|的电话|现|在|系|联系|想|要|我|因|于|"
    r"反映|投诉|向)"
)
_STOP = r"(?=$|[\s,，.。;；!！?？、(（])"
# 我叫不到车, 我叫了两次: what follows 叫 may be no name at all.
_NO_NAME_BEGINS = "(?![不没了过来去谁什他她它你您的这那上下车人家大救骂得着好])"
_WHO = "我|本人|我的名字|姓名|联系人|投诉人|反映人|我爱人|我老公|我丈夫|我妻子|我儿子|我女儿|我父亲|我母亲"
_AFTER_CALLED = re.compile(
    rf"(?P<cue>(?:{_WHO})(?:名叫|名字叫|叫做|叫|姓名|[:：]|是叫)[:： ]?)"
    rf"(?P<name>{_NAME}{_NAME_END}|(?:{_DOUBLE})[一-鿿]{{1,2}}|{_NO_NAME_BEGINS}[一-鿿]{{2,3}}{_STOP})"
)
_AFTER_AM = re.compile(
    rf"(?P<cue>(?:我|本人)是)(?P<name>{_NAME})(?=$|[\s,，.。;；!！?？、(（]|今年|电话|手机|家住|住在)"
)
# 本人王小明, 家住…; but 本人于昨天, 本人向贵局: family names that open a clause of another kind are left out.
_AFTER_ONESELF = re.compile(
    rf"(?P<cue>本人)(?P<name>(?:{_DOUBLE})[一-鿿]{{1,2}}|(?![于向和时方安应全关对从因在曾已万常温])[{_SURNAMES}][一-鿿]{{1,2}})"
    rf"{_STOP}"
)
_AFTER_SURNAME = re.compile(
    rf"(?P<cue>(?:我|本人|免贵)姓)(?P<name>(?:{_DOUBLE})|[{_SURNAMES}])"
    rf"(?P<given>[,， ]?(?:名|叫)(?:叫)?[一-鿿]{{1,3}}{_STOP})?"
)
# 我是业主, 我是常住人口 …: a word that starts with a family name but is no name.
_NOT_NAMES = word_list("not_names")


def _stars(match: re.Match[str]) -> str:
    return "*" * len(match.group())


def _named(match: re.Match[str]) -> str:
    name = match.group("name")
    if name in _NOT_NAMES or name[:2] in _NOT_NAMES:
        return match.group()
    given = match.groupdict().get("given") or ""
    return match.group("cue") + "*" * (len(name) + len(given))


def _bare_phone(match: re.Match[str]) -> str:
    return match.group("cue") + "*" * len(match.group("number"))


def mask_personal_data(text: str) -> str:
    """The text with personal data starred out, same length. Linear time; never raises on any string."""
    text = _MAIL.sub(_stars, text)
    text = _ID_CARD.sub(_stars, text)
    text = _ID_CARD_15.sub(lambda match: match.group("gap") + "*" * 15, text)
    text = _MOBILE.sub(_stars, text)
    text = _BANK_CARD.sub(_stars, text)
    text = _LANDLINE.sub(_stars, text)
    text = _BARE_PHONE.sub(_bare_phone, text)
    text = _PLATE.sub(_stars, text)
    text = _AFTER_CALLED.sub(_named, text)
    text = _AFTER_AM.sub(_named, text)
    text = _AFTER_ONESELF.sub(_named, text)
    return _AFTER_SURNAME.sub(_named, text)
