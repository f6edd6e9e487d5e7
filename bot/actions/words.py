"""What short answers mean: yes, no, stars, phones, ordinals, places put right. Pure functions over text."""

from __future__ import annotations

import re

from bot.actions import consent

_MARKS = re.compile(r"[\s，。！？、；：,.!?;:~…“”\"'（）()]+")
_TAIL = (
    r"(吧|的|了|啊|呀|哦|哈|呢|嘛|呐|哪|咯|嘞|滴|撒|噻|哒|就行|赶紧|快点|就?是?那[儿里]|谢谢|谢谢你|"
    r"谢谢您|麻烦了|辛苦了)*$"
)
_YES = re.compile(
    r"^(嗯|恩|啊|哦|好|那|就|这|这回|这下|现在|这样|都|全|也)*(对|对头|是|好|行|中|成|可以|没错|"
    r"没问题|正确|确认|确定|同意|ok|OK|提交|要的|得行|要得|"
    r"没毛病|就这样|就是这样|就是这个|是这么回事|对提交|没问题提交|直接提交|就按这个来|需要|要|愿意|嗯|中|妥|正是|交|报|得嘞)+"
    + _TAIL
)
_NO = re.compile(
    r"^(不|否|没|莫|别|算)?(不用|不要|不需要|不了|不留|不填|不想留|不方便|没有|没了|没啥|莫得|没得|"
    r"不必|跳过|不想说|不说|不好|不|否|no|No)"
    r"(留|电话|号码|填|补充|别的|其他|说|立案|了|啥|什么|要说|单独|可以|行)*" + _TAIL
)
# A refusal, and then its reason: 「不用了，说了也白说」.
_DECLINES = re.compile(
    r"^(还是|那|先|就)?(不用|不要|不必|不需要|免了|算了|不立|莫得必要|没必要)(了|吧|啦|哈|咯|谢谢)*[，,。！!\s]"
)
# Something is dropped, and something else begins: 「算了不评了，帮我报修」.
_DROPS = re.compile(
    r"^(唉|哎|那|还是|我)?(算了|还是(?:投诉|反映|报)(?=吧)|我?(?:重新|从头)(?:说|讲|来)(?:一遍|一下)?|取消|(?:先)?(?:不|别|不要|不想)(?:再)?(?:评价?|打分|查|问|弄|搞|说这个)|先不|换一个)(了|吧|啦|咯)*[，,。！!\s]*"
    r"((不评价?|不打分|不查|不问|不弄|不搞|还是(?:投诉|反映|报)|我?(?:重新|从头)(?:说|讲|来|报|反映)(?:一遍|一下)?)(了|吧|啦|咯)*[，,。！!\s]+)?"
)
_SKIP = re.compile(
    r"(跳过|没有(了|别的|补充|啥|什么)?|没了|不写|不说|不用|不填|没啥|不想说|随便|就这样|无)" + _TAIL
)
_WRONG = re.compile(
    r"不对(?!劲|头|称|付|[？?]对)|不是|(?<!没)(?<!冇)(?:错了|[说写打搞弄记填选点听理解看]{1,2}错)|有误|不正确|不准|改一?[下哈]|改成|改为|改到|换成|换到|更正|纠正|应该是|应该归"
)
_NOT_BUT = re.compile(r"不是[^，,。是]*(?:[，,。]\s*(?:而?是|应该是|改成|改为)?|而?是)(?P<right>[^，,。].*)$")
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
_GIVEN = re.compile(r"[给打](?:你们?|他们?|她|个)?([一二两三四五1-5])(?:颗|个)?(?:\s?[星分])?(?!\d)")
_STARS = re.compile(r"(?<![0-9])([一二两三四五1-5])(?:颗|个)?\s?(?:星|分)(?!钟)")
_LEVELS: tuple[tuple[re.Pattern[str], int], ...] = (
    (
        re.compile(
            r"非常不满意|零分|0分|负分|最低的|最低[档给]|很不满意|太不满意|特别不满意|极不满意|差评|很差|太差|极差|糟透|最低分"
        ),
        1,
    ),
    (re.compile(r"基本满意|一般|还行|凑合|也就那样|就那样吧|还可以|马马虎虎|过得去|中评|将就"), 3),
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
    r"建议|意见|诉求|问题|情况|事情|事|表扬|感谢|人|东西|说|讲|跟|政府|你们|就|这件|件|另外|吧|啊|呢|"
    r"的|了|写|封|信|评价|转达|好|谢谢|"
    r"[，。！？、,.!?\s])+"
)
_WHOM = re.compile(
    r"[，,]?(但是?|可是?|就是)?我?也?(不知道|不晓得|不清楚)该?(归|找|是)?(哪个|什么|啥|谁)(部门|单位)?(管|负责)?(的|呢|啊)?"
)
_UNIT = re.compile(r"([0-9０-９一二三四五六七八九十百]+)(号楼|栋|幢|座|单元|室|楼|层|号|期|弄|组|队)")
# A spot beside or inside what was named before.
_PUT_RIGHT = re.compile(r"(?:是|住|在)\s*([0-9一二三四五六七八九十百]+(?:号楼|栋|幢|座|单元|室|号))")
_SPOT = re.compile(
    r"(?:在|的)?((?:大门口?|正门口?|后门口?|[东南西北]门口?|门口|楼下|楼上|楼道里?|楼顶|地下车库|旁边|"
    r"对面|附近|前面|后面|里面|边上|路口|车库))"
)
# 「7号楼，打错了」: what is right stands in front.
_SLIPPED = re.compile(r"(?<=.)[，,。.\s]+(?:我|刚才|刚刚|前面)*(?:打|说|写|搞|弄|看)错了?[了啊哈。！!]*$")
_SAY = re.compile(
    r"^(对(?=[，,。 ])|嗯(?=[，,。 ])|是的(?=[，,。 ])|哎呀|等[一下等]*|"
    r"不对|不是(这个|那个|这里|那里)?|错了|哦不|噢|哦|啊|嗯|地点|地址|位置|小区名字|楼号|类别|分类|"
    r"应该|我(?:的意思|要?反映|要?投诉|想说|说)的?(?:是)?|[我]?[说写打搞弄记填选点]错了|把|楼[号栋](?:改|换)成|纠正|理解错了|"
    r"刚才|改一[下哈]|改成|改为|改到|换成|换到|更正一下|更正|一下|正确的|是|在|叫|归|属于|的|了|咯|就|[，。！？、：,.!?:\s])+"
)


def bare(text: str) -> str:
    """``text`` without punctuation and spaces."""
    return _MARKS.sub("", text)


def is_yes(text: str) -> bool:
    """Whether the whole of ``text`` says yes."""
    if _YES.match(bare(text)):
        return True  # words of greeting are none of it
    answer = consent.read(text)
    return answer.yes and not answer.rest


def is_no(text: str) -> bool:
    """Whether the whole of ``text`` says no or not needed (not: that something is wrong)."""
    return bool(_NO.match(bare(text)))


def is_skip(text: str) -> bool:
    """Whether ``text`` only says that there is nothing to add."""
    return bool(_SKIP.fullmatch(bare(text)) or _NO.match(bare(text)))


def says_wrong(text: str) -> bool:
    """Whether ``text`` says that something shown is not right."""
    return bool(_WRONG.search(text))


def declines(text: str) -> bool:
    """Whether ``text`` begins by refusing what was offered, whatever comes after."""
    return bool(_DECLINES.match(text))


def after_dropping(text: str) -> str:
    """What ``text`` goes on to after dropping what was begun (「算了不评了，帮我报修」 → 帮我报修), or ''."""
    match = _DROPS.match(text.strip())
    return text.strip()[match.end() :] if match else ""


def ordinal_in(text: str) -> int | None:
    """``第二个`` → 2, ``3`` → 3, counting from 1; None unless that is all ``text`` says."""
    match = _ORDINAL.match(bare(text))
    return _DIGITS[match[1]] if match else None


def rating_in(text: str) -> int | None:
    """A 好差评 level (1-5) in ``text``: stars, points, the five names or everyday words; None without one."""
    # 「五颗星我给四颗吧」: what is given counts, not out of how many.
    given = _GIVEN.search(text)
    if given and _STARS.search(text):
        return _DIGITS[given[1]]
    stars = _STARS.search(text)
    if stars:
        return _DIGITS[stars[1]]
    return next((level for pattern, level in _LEVELS if pattern.search(text)), None)


def without_rating(text: str) -> str:
    """``text`` without stars and levels: what is rated, not how (「最低的给他」 names no minimum income)."""
    for pattern in (_STARS, *(pattern for pattern, _level in _LEVELS)):
        text = pattern.sub("", text)
    return text


def level_in(text: str) -> int | None:
    """The level that answers the question for one: as in :func:`rating_in`, or nothing but its number."""
    level = rating_in(text)
    return _DIGITS[bare(text)] if level is None and bare(text) in tuple("12345一二三四五") else level


def only_opens(text: str) -> bool:
    """Whether ``text`` only says that something is coming (有个事)."""
    return not bare(_OPENING.sub("", text.strip()))


_ANNOUNCES = re.compile(
    r"^(?:您|你|们|好|喂|同志|师傅|老师|领导|请问|那个|嗯|哎|我|俺|咱|们|想|要|来|得|就是|有|跟|和|找|给|帮|你|政府|这儿|这里|一?下|个|件|点|些|能|可以|再|还|"
    r"麻烦|问问?|说|讲|谈|聊|唠|反[映应]|投诉|举报|告状|诉苦|事情?|事儿|情况|问题|意见|一|两|几|是|不|吗|吧|啊|呀|哈|嘛|管|的|归|这样|：|呢)+$"
)
_ANNOUNCED = re.compile(
    r"(?:说|讲|谈|反[映应]|投诉|举报|问|有|遇到).{0,4}(?:事|情况|问题|意见)|(?:投诉|举报|告状|反[映应])|管(?:不管)?(?:事|用)|麻烦.{0,3}事|个(?:小|大)?事儿?$"
)


_HAILS = re.compile(
    r"(?:您|你|们|好|喂|哈喽|嗨|请问|那个|有人|客服|同志|小民)*(?:还)?在(?:不在|线)?(?:吗|么|嘛|没有?|不|呀|啊|吧|呢)*"
)


def hails(text: str) -> bool:
    """Whether ``text`` only asks if anybody is there: 「在不」, 「有人在吗」."""
    return bool(_HAILS.fullmatch(bare(text)))


def announces(text: str) -> bool:
    """Whether ``text`` only says that a matter is coming (我想说个事情, 你们管不管事的), in a few words."""
    spoken = bare(text)
    return len(spoken) <= 16 and bool(_ANNOUNCED.search(spoken) and _ANNOUNCES.fullmatch(spoken))


def content_of(text: str) -> str:
    """What ``text`` says beyond "I want to report something": '' for a bare announcement."""
    text = text.strip()
    rest = _OPENING.sub("", _WHOM.sub("", text)).strip()
    # 「停水了」 says it all; what is left of 「我要反映」 says nothing.
    least = 3 if rest == text and not (is_yes(text) or is_no(text)) else 4
    return text if len(bare(rest)) >= least else ""


def corrected(text: str) -> str:
    """What ``text`` says is right: 「不是五号楼，是六号楼」 → 六号楼, 「不对，在菜市场旁边」 → 菜市场旁边."""
    text = _SLIPPED.sub("", text) or text
    if otherwise := _NOT_BUT.search(text):
        text = otherwise["right"]
    after = re.split(r"(?:，|,|。|\s|^)(?:而?是|应该是|改成|改为|改到|换成|换到|叫)(?!不是)", text)
    rest = after[-1] if len(after) > 1 and after[-1].strip() else text
    rest = re.split(r"不是|，?刚才", rest)[0] or rest
    return _SAY.sub("", rest).strip("，。！？、,.!? 的吧呢啊")


def house_put_right(text: str) -> str:
    """The house number that a short remark insists on (「等下……是9号楼，没错」 → 9号楼), or ''."""
    found = _PUT_RIGHT.findall(text) if len(bare(text)) <= 20 else []
    return str(found[-1]) if found else ""


def has_unit(text: str) -> bool:
    """Whether a house, an entrance, a floor or a room with its number stands in ``text``."""
    return bool(_UNIT.search(text))


def unit_at_start(text: str) -> str:
    """The house number (with entrance, room …) that ``text`` begins with, or ''."""
    match = re.match(rf"(?:{_UNIT.pattern})+", text)
    return match[0] if match else ""


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
