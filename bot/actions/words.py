"""What short answers mean: yes, no, stars, phones, ordinals, places put right. Pure functions over text."""

from __future__ import annotations

import re

_MARKS = re.compile(r"[\s，。！？、；：,.!?;:~…“”\"'（）()]+")
_TAIL = r"(吧|的|了|啊|呀|哦|哈|呢|嘛|就行|谢谢|谢谢你|谢谢您|麻烦了|辛苦了)*$"
_YES = re.compile(
    r"^(嗯|恩|啊|哦|好|那|就)*(对|对头|是|好|行|中|成|可以|没错|没问题|正确|确认|确定|同意|ok|OK|提交|要的|得行|要得|"
    r"没毛病|就这样|就是这样|就是这个|是这么回事|对提交|没问题提交|直接提交|就按这个来|需要|要|愿意|嗯)+"
    + _TAIL
)
_NO = re.compile(
    r"^(不|否|没|莫|别|算)?(不用|不要|不需要|不了|不留|不填|不想留|不方便|没有|没了|没啥|莫得|没得|不必|跳过|不想说|不说|不好|不|否|no|No)"
    r"(留|电话|号码|填|补充|别的|其他|说|立案|了|啥|什么|要说|单独|可以|行)*" + _TAIL
)
_SKIP = re.compile(
    r"(跳过|没有(了|别的|补充|啥|什么)?|没了|不写|不说|不用|不填|没啥|不想说|随便|就这样|无)" + _TAIL
)
_WRONG = re.compile(
    r"不对|不是|错了|有误|不正确|不准|改一?下|改成|改为|更正|说错|写错|打错|应该是|应该归|搞错"
)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(MP[0-9A-Z]{9})(?![A-Za-z0-9])", re.IGNORECASE)
_SECRET = re.compile(r"(?<![A-Za-z0-9])([2-9A-HJ-NP-Z]{6}|\d{4})(?![A-Za-z0-9])", re.IGNORECASE)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛"
    "闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧阳"
)
_NAME = re.compile(
    rf"(?:我|本人|免贵)?姓([{_SURNAMES}])|(?:我叫|我是|名字叫)([{_SURNAMES}][一-龥]{{1,2}})(?=[，。,. ]|电话|手机|$)"
)
_DIGITS = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "1": 1,
    "2": 2,
    "3": 3,
    "4": 4,
    "5": 5,
    "6": 6,
}
_ORDINAL = re.compile(r"^(?:第|选|就|是|要)*([一二两三四五六1-6])(?:个|项|号|条)?(?:吧|的|那个)?$")
_STARS = re.compile(r"(?<![0-9])([一二两三四五1-5])(?:颗|个)?\s?(?:星|分)(?!钟)")
_LEVELS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"非常不满意|很不满意|太不满意|特别不满意|极不满意|差评|很差|太差|极差|糟透|最低分"), 1),
    (re.compile(r"基本满意|一般|还行|凑合|还可以|马马虎虎|过得去|中评|将就"), 3),
    (re.compile(r"不太满意|不满意|不怎么样|比较差|不咋[地样]|不咋的"), 2),
    (
        re.compile(
            r"非常满意|很满意|十分满意|特别满意|太满意|满意得很|满分|好评|点个?赞|顶呱呱|最高分|最好的"
        ),
        5,
    ),
    (re.compile(r"满意|不错|挺好|还不错|蛮好|比较好"), 4),
)
_OPENING = re.compile(
    r"^(同志|你好|您好|喂|请问|那个|麻烦|帮我|我|们|俺|要|想|来|给|再|还|有|个|一|点|下|些|反映|反应|投诉|举报|登记|上报|报|提|"
    r"建议|意见|诉求|问题|情况|事情|事|表扬|感谢|人|东西|说|讲|跟|政府|你们|就|这件|件|另外|吧|啊|呢|的|了|写|封|信|评价|转达|好|谢谢|"
    r"[，。！？、,.!?\s])+"
)
_WHOM = re.compile(
    r"[，,]?(但是?|可是?|就是)?我?也?(不知道|不晓得|不清楚)该?(归|找|是)?(哪个|什么|啥|谁)(部门|单位)?(管|负责)?(的|呢|啊)?"
)
_UNIT = re.compile(r"([0-9０-９一二三四五六七八九十百]+)(号楼|栋|幢|座|单元|室|楼|层|号|期|弄|组|队)")
# A spot beside or inside what was named before.
_SPOT = re.compile(
    r"(?:在|的)?((?:大门口?|正门口?|后门口?|[东南西北]门口?|门口|楼下|楼上|楼道里?|楼顶|地下车库|旁边|对面|附近|前面|后面|里面|边上|路口|车库))"
)
_SAY = re.compile(
    r"^(不对|不是(这个|那个|这里|那里)?|错了|哦不|噢|哦|啊|嗯|地点|地址|位置|小区名字|楼号|类别|分类|应该|我说的|我说错了|说错了|写错了|打错了|搞错了|"
    r"刚才|改一下|改成|改为|更正一下|更正|正确的|是|在|叫|归|属于|的|了|咯|就|[，。！？、：,.!?:\s])+"
)


def bare(text: str) -> str:
    """``text`` without punctuation and spaces."""
    return _MARKS.sub("", text)


def is_yes(text: str) -> bool:
    """Whether the whole of ``text`` says yes."""
    return bool(_YES.match(bare(text)))


def is_no(text: str) -> bool:
    """Whether the whole of ``text`` says no or not needed (not: that something is wrong)."""
    return bool(_NO.match(bare(text)))


def is_skip(text: str) -> bool:
    """Whether ``text`` only says that there is nothing to add."""
    return bool(_SKIP.fullmatch(bare(text)) or _NO.match(bare(text)))


def says_wrong(text: str) -> bool:
    """Whether ``text`` says that something shown is not right."""
    return bool(_WRONG.search(text))


def phone_in(text: str) -> str:
    """The first phone number in ``text``, digits only, or ''."""
    match = _PHONE.search(text.replace(" ", ""))
    return match[1].replace("-", "") if match else ""


def name_in(text: str) -> str:
    """How the writer calls themselves (a surname or a full name), or ''."""
    match = _NAME.search(text)
    return (match[1] or match[2]) if match else ""


def without_contact(text: str) -> str:
    """``text`` without the writer's phone and the words around it: what is left is the matter itself."""
    text = _PHONE.sub("", text)
    text = re.sub(r"(我的?|联系)?(电话|手机号?码?|号码)[是:：]?(?=[，。,.\s]|$)", "", text)
    text = re.sub(rf"[，。,.\s]*(我|免贵)?姓[{_SURNAMES}](?=[，。,.\s]|$)", "", text)
    text = re.sub(rf"[，。,.\s]*我叫[{_SURNAMES}][一-龥]{{1,2}}(?=[，。,.\s]|$)", "", text)
    return re.sub(r"[，,]\s*[，,]+", "，", text).strip("，。,. 　\n")


def number_in(text: str) -> str:
    """A tracking number in ``text``, in capitals, or ''."""
    match = _NUMBER.search(text)
    return match[1].upper() if match else ""


def secret_in(text: str) -> str:
    """A query secret (six characters) or the last four digits of a phone, in capitals, or ''."""
    match = _SECRET.search(_NUMBER.sub("", text))
    return match[1].upper() if match else ""


def ordinal_in(text: str) -> int | None:
    """``第二个`` → 2, ``3`` → 3, counting from 1; None unless that is all ``text`` says."""
    match = _ORDINAL.match(bare(text))
    return _DIGITS[match[1]] if match else None


def rating_in(text: str) -> int | None:
    """A 好差评 level (1-5) in ``text``: stars, points, the five names or everyday words; None without one."""
    stars = _STARS.search(text)
    if stars:
        return _DIGITS[stars[1]]
    return next((level for pattern, level in _LEVELS if pattern.search(text)), None)


def level_in(text: str) -> int | None:
    """The level that answers the question for one: as in :func:`rating_in`, or nothing but its number."""
    level = rating_in(text)
    return _DIGITS[bare(text)] if level is None and bare(text) in tuple("12345一二三四五") else level


def content_of(text: str) -> str:
    """What ``text`` says beyond "I want to report something": '' for a bare announcement."""
    rest = _OPENING.sub("", _WHOM.sub("", text)).strip()
    return text.strip() if len(bare(rest)) >= 4 else ""


def corrected(text: str) -> str:
    """What ``text`` says is right: 「不是五号楼，是六号楼」 → 六号楼, 「不对，在菜市场旁边」 → 菜市场旁边."""
    after = re.split(r"(?:，|,|。|\s|^)(?:而?是|应该是|改成|改为|叫)(?!不是)", text)
    rest = after[-1] if len(after) > 1 and after[-1].strip() else text
    rest = re.split(r"不是|，?刚才", rest)[0] or rest
    return _SAY.sub("", rest).strip("，。！？、,.!? 的吧呢啊")


def says_building(text: str) -> bool:
    """Whether ``text`` names a house, an estate or a street, rather than an office."""
    return bool(
        _UNIT.search(text) or re.search(r"小区|花园|家园|新村|苑|公寓|社区|村|路|街|巷|门口|楼下", text)
    )


def merge_place(old: str, new: str) -> str:
    """Put ``new`` into ``old``: only the house number changes when ``new`` names nothing else.

    「新城小区3号楼」 and 「六号楼」 → 「新城小区六号楼」, and 「南门」 → 「新城小区3号楼南门」; a new place replaces the
    old one whole.
    """
    units, rest = _UNIT.findall(new), _UNIT.sub("", new).strip("，。 的")
    spot = _SPOT.fullmatch(rest)
    if not old or (rest and not spot) or not (units or spot):
        return new
    merged = old
    if spot:
        merged = re.sub(_SPOT.pattern + "$", "", merged)
    for figure, unit in units:
        houses = r"(?:号楼|栋|幢|座|楼)" if unit in ("号楼", "栋", "幢", "座", "楼") else re.escape(unit)
        pattern = re.compile(rf"[0-9０-９一二三四五六七八九十百]+{houses}")
        merged, changed = pattern.subn(f"{figure}{unit}", merged, count=1)
        if not changed:
            merged += f"{figure}{unit}"
    return merged + (spot[1] if spot else "")


def short(text: str, limit: int = 40) -> str:
    """``text`` on one line of at most ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
