"""From the places that the language layer finds in a message to the one that belongs on the card. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.actions import words

Span = tuple[int, int]
_LONGEST_NAME = 6
_ESTATE = (
    r"小区|花园|家园|佳苑|雅居|苑|公寓|新村|名[邸都苑门]|豪[庭苑]|名城|府|家属院|社区|新城|公馆|山庄|[华雅景]庭|庭院|嘉园|丽都|大厦|宿舍|大院|"
    r"国际城|半岛|庄园|水岸"
)
# Named like places, and none: what is broken, not where.
_THING = re.compile(r"路灯|红绿灯|楼道灯|门禁|楼道|路面|门卫|路牌|楼梯|大门|单元门")
_AROUND = re.compile("[那这]边|[那这][里儿]|附近|一带|旁边|的|在|是|就")
# A house number often follows an estate's name that the language layer does not know.
_BEFORE = re.compile(rf"[一-龥]{{2,6}}(?:{_ESTATE}|村|路|街|巷|大道)$")
# Nor does it always end like an estate's: what stands right before a house number is its name.
_RUN = re.compile(r"[一-龥]{2,9}$")
_NOT_NAME = re.compile(
    r"^.*(?:阿拉|我哋|俺庄|伲|晓得|知道|我们?|俺们?|住在?|就?在|到|的|是|去|和(?!顺|平|谐|美|园|畅|睦|泰)|跟|您|你们?|咱们?|一下|一哈|是|就|有|事|了|呀|啊|嘛|哈)(?=.{2})"
)
# The same, where the language layer caught only the end of such a name, or ran on into what stands there.
_NAME = re.compile(rf"[一-龥]{{2,6}}?(?:{_ESTATE})")
_THAT_ONE = re.compile(r"[那这][一二两三几]?[盏个条根棵只块家座些段处蔸]")
_SPOT = r"门口?|旁边|对面|附近|里面?|后面|前面|边上?|路口|楼下|楼上|外面"
# 「12号的饭店」: what belongs to a place is the matter, unless it says where in it; 「2栋旁边」: the spot belongs to it.
_BELONGS = re.compile(rf"(?<=.{{3}})的(?!.{{0,2}}(?:{_SPOT})$)")
_BESIDE = re.compile(
    r"的?(?:[东南西北大正后前侧][大侧]?门)?(?:门口|楼下|楼顶|旁边|对面|附近|前面|后面|外面|里面|边上|隔壁|[东南西北]边|交叉路?口|路口|地下车库|地下室|车库)|"
    r"的?[一二三四五六七八九十1-9]{1,2}楼?(?:厕所|卫生间|大厅|走廊|食堂|电梯口)|的?[东南西北大正后前侧]门(?:外面|里面|口|边上?|旁边?)?"
)
# What the matter begins with where a span ran on into it.
_TROUBLE = re.compile(
    r"(?<=.{3})(?:的?(?:路灯|楼道灯|电梯|井盖|水管|污水管|下水道|红绿灯|健身器材|监控|门禁)(?=.{0,6}(?:不|坏|没|断|爆|堵|漏|松|丢|少|灭|裂|歪))|不[亮热通走]|断了|爆了|灭了|积水|漏水|渗水|返水|停[水电气]|断[水电]|欠薪|拖欠|扰民|路(?=塌|坏|断|陷)|路面|坑坑?洼洼|塌[了陷]?|坏了?|没人|垃圾(?!站|场|桶|房)|臭|吵|又|老是|天天|一直|已经|昨天|今天|从|有人|有个|也|都|太|很).*$"
)
# A thing that stands at a house number, a street or an estate is what the matter is about.
_STANDS = re.compile(
    r"(?<=[号街道路区苑园府寓村楼栋边面口下])(?:的)?(?:建筑)?(?:工地|外墙(?:瓷砖)?|墙皮|瓷砖|诊所|垃圾[站桶房]|(?:[一-龥]{0,2})(?:饭店|餐馆|烧烤店|烧烤摊|早餐摊|菜市场摊|麻将馆|网吧|KTV))$"
)
_ERRAND = re.compile(r"(?<=大厅|窗口|中心)(?:办|弄|搞|里办|交|领|补|查|报).*$")
_OFFICE = re.compile(r"^[一-龥]{2,4}(?:大厅|窗口)$")
# Words of a sentence, never of a name; and places that are everywhere.
_NO_NAME = re.compile(r"[想要说有个这那哪些么]|反映|投诉|举报|一下")
_ANYWHERE = re.compile(
    r"(?:[我俺咱你]们?(?:家|庄|屋头)?|阿拉|我哋|伲|孩子|娃儿?|俺娃|我家娃|老人)?(?:的|嘅|这|那)?(?:个|边|里|条)?"
    r"(?:小区(?:中心)?广场|小区|广场|公交(?:车站?|站台?|车上)|站台|路口|红绿灯路口|学校|幼儿园|单位|公司|厂|[河湖江塘池沟渠]|庄上|屋头|大?门口|楼下|楼上|楼道|村|村里|庄|屯|单元|马?路|街|家|地下车库)"
    r"(?:门口|楼下|楼顶|旁边|对面|附近|[前后里外]面|边上?|上|里|地下车库)?"
)
# Whoever speaks, before a name that was caught too early; and what no name begins with.
_LEADING = (
    "阿拉",
    "我哋",
    "我们",
    "俺们",
    "咱们",
    "你们",
    "晓得",
    "知道",
    "我住",
    "我在",
    "位于",
    "反映",
    "投诉",
)
# Roads that are none: somebody made off, or it is any road in the village.
_NO_ROAD = re.compile(
    r"(?:跑|走|带|问|铺|修|让|绕|拦|堵|占|挡|卷款|关门)路$|(?:村|庄|屯|镇|小区|路)[里上](?:[的得地])?(?:小|大|土|泥|水泥)?路$|关门跑"
)
_NO_START = re.compile(r"[了着过还也都又很太真被把]")


def is_thing(text: str) -> bool:
    """Whether ``text`` only names a thing that is called like a place (路灯, 单元门)."""
    return bool(_THING.fullmatch(words.bare(text)))


def is_anywhere(text: str) -> bool:
    """Whether ``text`` is no place that anybody else could find (我家, 小区门口)."""
    return bool(_ANYWHERE.fullmatch(words.bare(text)))


def left_over(text: str, places: Sequence[str]) -> int:
    """How many characters of ``text`` are neither in one of ``places`` nor words of position."""
    rest = words.bare(text)
    for place in places:
        rest = rest.replace(words.bare(place), "") if place else rest
    return len(_AROUND.sub("", rest))


# Where somebody lived before; the trouble is where they live now.
_FORMER = re.compile(r"(?:原来|以前|之前|从前|早先|过去|老家)[^，,。！!；;]{0,6}(?:住|在|是)[^，,。！!；;]*")
_AMISS = re.compile(
    r"(?<=.)(?:[太很好又老也都就]|天天|一直|已经)*(?:停[水电气]|断[水电]|没[水电气有人]|漏水|不[亮热通来走管]|坏|堵|臭|吵|塌|裂|歪|倒了|脏|乱停|积水|冒).*$"
)
# A clause that is a name and nothing else: roads and estates that no list knows.
_CLAUSE = re.compile(r"[^，,。！？、；：,.!?;:\s]+")
_NAMED = re.compile(
    rf"(?:就?在|位于|地[址点][是:：]?|我住|住)?(?P<name>[一-龥0-9]{{1,8}}(?:路|街|巷|大道|{_ESTATE}|村|镇|街道|市场|小学|中学|医院|车站)"
    rf"(?:[0-9一二三四五六七八九十]{{1,4}}(?:号楼?|栋|幢|座|单元))*(?:[东南西北中]段)?"
    rf"(?:[一-龥]{{1,6}}(?:银行|超市|医院|学校|小学|中学|药店|饭店|酒店|市场|公园|广场|车站|邮局|加油站|派出所|商场|工厂|大楼|卫生站|活动室))?(?:{_SPOT})?)(?:那[边里儿]|这[边里儿])?"
)
# The same at the end of a clause, or at its beginning where a spot closes it.
_LED_TO = re.compile(rf"(?:就?在|位于|我?家?住在?|[我俺咱]们?是){_NAMED.pattern}的?$")
_RUNS_ON = re.compile(rf"{_NAMED.pattern}(?<=[口边面近外角])")
# 「和平里小区整个停水」: an estate's name right at the beginning, whatever is wrong in it.
_ESTATE_FIRST = re.compile(
    r"(?:在|是)?(?P<name>[一-龥]{2,6}小区(?:[0-9一二三四五六七八九十]{1,4}(?:号楼?|栋|幢|座|单元))*)(?=整个|全|里|又|都|停|断|没|漏|这|那|的)"
)
_NO_ESTATE = re.compile(
    r"[我俺咱你他我这那哪整全老各某本住每同新旧多几啥]|隔壁|旁边|附近|对面|别的|其他|后面|前面|楼下|楼上|高档|物业|安置小区|回迁|人"
)
_NO_CLAUSE = re.compile(
    r"[想要说有个这那些么坏堵修没不了吗呢怎]|反映|投诉|举报|一下|建议|我们?|你们?|他们?|一条|整条|小区门口|修路|马路|走路|"
    r"铁路|出路|线路|电路|思路|道路|水路|公路$|网路|半路|逛街|上街|全村|农村|乡村"
)


def clause_named(text: str) -> str:
    """A place that is a clause of its own (「路灯不亮 建设路 快点」), by its shape only; '' if there is none."""
    for clause in _CLAUSE.findall(text):
        match = _NAMED.fullmatch(clause) or _LED_TO.search(clause) or _RUNS_ON.match(clause)
        if not match and (estate := _ESTATE_FIRST.match(clause)) and not _NO_ESTATE.search(estate["name"]):
            match = estate
        if (
            match
            and len(match["name"]) >= 3
            and not (
                _NO_CLAUSE.search(match["name"])
                or _NO_ROAD.search(match["name"])
                or is_thing(clause)
                or is_anywhere(match["name"])
            )
        ):
            return match["name"]
    return ""


def own_part(clause: str) -> str:
    """What of a clause is a place, without the trouble that it runs on into: 「小区停水三天了」 → 小区."""
    return _AMISS.sub("", clause)


def tells_amiss(clause: str) -> bool:
    """Whether a clause says what is wrong rather than where: 「路灯不亮」."""
    return bool(_AMISS.search(clause))


def _lived_before(text: str, spans: Sequence[Span]) -> list[Span]:
    """``spans`` without those where somebody used to live, if others remain."""
    former = [match.span() for match in _FORMER.finditer(text)]
    now = [span for span in spans if not any(start <= span[0] < end for start, end in former)]
    return now or list(spans)


def joined(text: str, spans: Sequence[Span], known: str) -> str:
    """Neighbouring ``spans`` (sorted) as one stretch of the text (「新城小区」+「3号楼」); the first that is a place wins.

    ``known`` is a name of the city's own that stands in the text, or '': it counts even where no span has it.
    """
    place = _first_joined(text, spans, known)
    for n in range(1, len(spans)):
        place = place or _first_joined(text, spans[n:], known)
    return place


def _first_joined(text: str, spans: Sequence[Span], known: str) -> str:
    stretch: Span | None = None
    if known and any(match.start() <= text.find(known) < match.end() for match in _FORMER.finditer(text)):
        known = ""
    for start, end in _lived_before(text, spans):
        if stretch is None:
            stretch = start, end
        elif start - stretch[1] <= 2 and not set(text[stretch[1] : start]) & set("，。！？；,.!?;"):
            stretch = stretch[0], max(end, stretch[1])
        elif start - stretch[1] == 1 and text[stretch[1]] in "，, " and words.unit_at_start(text[start:]):
            stretch = stretch[0], max(end, stretch[1])  # 「翠屏小区，8号楼」
    if stretch is None:
        end = text.index(known) + len(known) if known and known in text else 0
        spot = _BESIDE.match(text, end) if end else None
        return _checked(known + (spot[0] if spot else ""))
    start, end = _whole_name(text, stretch[0], known), stretch[1]
    # 「401楼上漏水」: the floor above belongs to the neighbour, the number to the address.
    if (
        text[end - 1 : end] == "楼"
        and text[end : end + 1] in ("上", "下")
        and text[end - 2 : end - 1].isdigit()
    ):
        end -= 1
    if text[end - 2 : end + 1] == "广场舞":
        end -= 2
    elif text[end - 1 : end + 1] == "路灯":
        end -= 1
    beside = _BESIDE.match(text, end)
    end = beside.end() if beside else end
    found = re.sub(r"(?<=.)[，,](?=[0-9一二三四五六七八九十]+(?:号|栋|幢|座|单元))", "", text[start:end])
    return _checked(_named_before(text, start, known) + _own_part(found))


def _own_part(found: str) -> str:
    """What of a stretch is the place: not the thing that stands there, nor what is the matter with it."""
    found = _ERRAND.sub("", found)
    found = _BELONGS.split(_THAT_ONE.split(found)[0])[0]
    return _STANDS.sub("", _TROUBLE.sub("", found))


def _named_before(text: str, start: int, known: str) -> str:
    """A name right before ``start`` that the language layer missed, or ''."""
    before = text[:start]
    if known and before.endswith(known):
        return known
    named = _BEFORE.search(before) or (_RUN.search(before) if words.unit_at_start(text[start:]) else None)
    name = _NOT_NAME.sub("", named[0]) if named else ""
    return (
        ""
        if _NO_NAME.search(name) or (named and named.re is _RUN and not 2 <= len(name) <= _LONGEST_NAME)
        else name
    )


def _checked(place: str) -> str:
    """``place`` without whoever speaks; '' where it is none that could be found."""
    for word in _LEADING:
        rest = place.rsplit(word, 1)[-1]
        place = rest if word in place and len(rest) >= 3 else place
    unfit = (
        (_THING.search(place) and is_anywhere(_THING.sub("", place)))
        or _ANYWHERE.fullmatch(place)
        or _NO_ROAD.search(place)
        or _NO_START.match(place)
        or _OFFICE.match(place)
    )
    return "" if unfit else place


def _whole_name(text: str, start: int, known: str) -> int:
    """Where the estate's name begins that ``start`` lies inside of; ``start`` itself if it does not."""
    at = text.find(known) if known else -1
    if at >= 0 and at < start < at + len(known):
        return at
    for match in _NAME.finditer(text):
        if match.start() < start < match.end():
            trimmed = _NOT_NAME.sub("", match[0])
            return start if _NO_NAME.search(trimmed) else match.end() - len(trimmed)
    return start
