"""What an answer agrees to, besides what else it says: clause by clause, in whatever order and dialect. Pure.

A regular expression for a whole yes knows the order of its words; people do not keep to one. Here each clause is looked at
by itself: consent, "no phone", "no photo", hurry, thanks; what is none of these is left over, and is the matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Clauses: at marks, at spaces between Chinese (speech recognition), at pictures.
_CLAUSE = re.compile(r"[，。！？、；：,.!?;:~…“”\"'（）()\s\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]+")
_YES_WORD = (
    r"对头|对[对滴的哩嘞咯着]*|[队堆]的|没错|冇错|莫错|没得错|木有错|没问题|冇问题|冇得问题|莫得问题|"
    r"没有问题|没有毛病|没啥问题|没啥毛病|没毛病|没意见|都对|正确|无误|属实|"
    r"啱嘅?|系[噶咯]|是嘅|是滴|是的|是咯|是嘞|是哩|是哒|是|系嘅|系[啊呀]?|嗯+呐?|恩+|昂|好嘞|好咧|好滴|好嘅|好伐|好的|好|行|中|成|可以|"
    r"确认|确定|同意|认可|提交|登记|上报|[oO][kK][aA]?[yY]?|yes|要得|要的|得行|得嘞|得咯|妥妥|妥|正是|交|报|阿是|准确|"
    r"(?:就|都|这)*(?:是|按|照)?(?:这么|这[样个]|勒个|嗰个|咁样?|恁样|那样)?(?:回事儿?|个事儿?|来|办|"
    r"写|交|提交|报|登记)|就(?:这样|这么着|那样|这个|咁)|"
    r"信息(?:都|全)?(?:是)?(?:对|没错|正确)的?|(?:我)?(?:看|核对|检查)(?:过|好|完|了)*|欧克|(?:基本|差不多|大概|大致)(?:就|都|也)?(?:是)?(?:对|这样|这个意思|这么回事|没错|可以)?的?|"
    r"(?:写|记|说)(?:得|的)?(?:挺|很|蛮|都)?(?:对|好|清楚|全|明白)|没(?:写|记|说|搞|弄)错|(?:地址|地点|名字|电话|内容|类别|位置|事情)(?:也|都|全)?(?:对|没错|没问题|可以|正确)的?|(?:我|就|那)*(?:在)?等(?:着|你们?|信|消息|通知|回复|电话)+|收到|知道了|晓得了|明白了?|了解"
)
_FILLER = (
    r"那就|那|就|这回|这下|这次|这|现在|都|全|也|我|你们?|您|恁|咱|给我|帮我|替我|给俺|麻烦你?|请|"
    r"一下|哈子|一哈|哈|吧|啊|呀|哦|噢|呢|嘛|呐|哩|咯|嘞|滴|撒|"
    r"当然|肯定|必须|那还用说|废话|他妈的?|妈的|特么|噻|哒|哟|哉|喽|啦|喇|㗎|嘅|哎|唉|诶|呃|额|嘿|的|了|个|直接|上去|谢谢|多谢|谢|辛苦了?|同志|师傅|"
    r"老师|领导|姑娘|小伙子|嘎|伐|呵|先|再|可|儿|丫"
)
_CONSENT = re.compile(rf"(?:{_FILLER})*(?:(?:{_YES_WORD})(?:{_FILLER})*)+")
_HARD_YES = re.compile(
    r"(?:对对+|对的|对头|对滴|对哩|没错|冇错|是的|是嘅|系啊|系呀|嗯+|好的|好嘞|要得|可以的?|没问题|"
    r"得行|中中|ok|OK)(?:[啊呀哦哈嘛呢吧了咯滴嘞,， ]|没错|对的|是的)*"
    r"(?!面|不起|象|应|方|付|了|比|门|联|策|称|于|待|岸|过|得)"
)
_CONTACT = r"(?:联系)?(?:电话|手机号?码?|号码|联系方式|手机|座机|名字|姓名)"
_NEG = r"(?:不想|不用|不要|不必|不便|不方便|不愿意?|不需要|不|唔使|唔|别|莫|没|冇|甭|免|懒得|弗)"
_NO_CONTACT = re.compile(
    rf"(?:{_FILLER})*(?:{_CONTACT}.{{0,3}}(?:{_NEG}.{{0,2}}(?:留|填|写|给|记得?|说|要|有|用|提供)|"
    rf"不方便|不需要|不必|不用|没有|免)|{_NEG}.{{0,3}}(?:留|填|写|给|登记|记)(?:我的|我|下|"
    rf"个)*(?:{_CONTACT})?|{_NEG}(?:要|用|使)?{_CONTACT})"
    rf"(?:{_FILLER})*"
)
_NO_PHOTO = re.compile(
    rf"(?:{_FILLER})*(?:(?:照片|相片|图片?|视频|证据).{{0,4}}(?:没有?|莫得|没得|冇|不|拍不).{{0,4}}|"
    rf"(?:没有?|莫得|没得|冇|唔|未|不|拍不).{{0,4}}(?:拍|照片|相片|图|发图|影相).{{0,3}})"
)
_NOTHING_MORE = re.compile(
    rf"(?:{_FILLER})*(?:不用|不要|不需要|不必|免|唔使|没有?|没得|莫得|冇得?|木有|无)(?:什么|啥子?|其他|"
    rf"其它|别的|另外|要|可)*(?:的|说|补充|改|修改|问题|了|要说)*(?:{_FILLER})*|"
    rf"(?:{_FILLER})*(?:先)?(?:不补充|没别的事儿?|就这些|就这么多|就这点事?|就这事儿?)(?:{_FILLER})*"
)
_HURRY = re.compile(
    rf"(?:{_FILLER}|{_YES_WORD}|希望|能不能|能|要|一定|千万|政府|就|地方|人)*(?:快点?儿?|赶紧|赶快|"
    rf"尽快|抓紧|早点|早日|速度|快些|麻溜|马上|立马|加急|求求|拜托|务必|盼|快).{{0,10}}"
)
_HURRY_ALONE = re.compile(
    rf"(?:{_FILLER}|{_YES_WORD}|希望|能不能|能|要|政府)*(?:帮忙|给|来|派人|派个人|安排).{{0,4}}(?:解决|"
    rf"处理|修|弄|整|管|看看?|办|搞)(?:一下|一哈|下子|好|吧|啊|呗|掉|了|哈)*"
)
_THANKS = re.compile(r".{0,4}(?:谢|辛苦|劳[为烦驾]|有劳|唔该|麻烦[你您恁]|费心|难为).{0,8}")
# 「对了，居住证在哪办」: no yes, something has come to mind.
_BY_THE_WAY = re.compile(r"[哦噢啊诶哎欸]*对了[哦噢啊呀]*")
_FEAR = re.compile(r".{0,8}(?:怕|担心|报复|穿小鞋|打击|找[我俺]麻烦|得罪|匿名|保密|知道是我).{0,12}")
_BACK_TO = re.compile(
    r"(?:那|就|先|咱们?|我们)*(?:回到|接着|继续)(?:说|办|讲|弄)?.{0,8}(?:那个|那件|这个|这件|刚才|事儿?|的)*"
)
# 「你们直接处理就行」「赶紧派人来看看」: a closed class of words in any order, and nothing else.
_WAVE = re.compile(
    rf"(?!.*(?:修|弄|办|搞|处理|解决)(?:好|完)了)(?=.*(?:处理|解决|办|修|弄|管|派人|来人|来看|快|登记|提交|报|"
    rf"墨迹|磨叽|啰嗦|着急|急))(?:{_FILLER}|{_YES_WORD}|他们|政府|单位|部门|工作人员|领导|直接|赶紧|赶快|尽快|快点|快|"
    rf"早点|马上|立刻|处理|解决|办理?|修|弄|管管?|看着办|看着|上门|派个?人|来人|过来|来|看看|看|登记|提交|上报|安排|就行|"
    rf"就好|就可以|行了|可以了|能|会|要|希望|拜托|求求|别再?(?:拖|耽误|墨迹|磨叽|啰嗦|问)|不要再?(?:拖|耽误)|废话|少|着急|急|等着)+"
)
# Why no phone is left, beside the refusal itself: 「不留，我接不好电话」.
_WHY_NOT = re.compile(
    r"(?!.*[0-9])(?=.*(?:不|没|难|怕|烦|欠费|坏)).{0,12}(?:电话|手机|号码|[打接联]|骚扰|听不).{0,8}"
)
# Impatience beside a yes: 「废话，当然对」. By itself it agrees to nothing.
_SWEARS = re.compile(
    r"(?:你|您|这|真|就|还|他|都|说了)*(?:废话|屁话|瞎|眼瞎|烦死了?|烦不烦|啰嗦|罗嗦|啰里啰嗦|墨迹|磨叽|有完没完|问个?[啥屁]|问什么|还问|还用问|这还用[问说]|"
    r"傻|傻子|笨|蠢|有病|脑子有病|他?妈的?|靠|我靠|我去|艹|操|滚|不会自己看|看不懂[人话字]*|什么玩意儿?|服了|真服了)(?:你们?|您|了|吗|嘛|啊|呀|吧|的|人|机器人?|东西|话)*"
)
_CALL_ME = re.compile(
    rf"(?:{_FILLER})*(?:有事|有情况|要是|到时候?|随时|可以|晚上|白天|下午|上午|中午|最好)*(?:{_FILLER}|"
    rf"晚上|白天|下午|上午|中午|最好|随时|联系|打|回|找)*(?:{_CONTACT}|这个|我|俺)+(?:{_FILLER}|晚上|"
    rf"白天|下午|上午|中午|联系|打|是|就)*"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in an answer; ``rest`` is what none of it explains, clauses joined by commas."""

    yes: bool = False
    no_contact: bool = False
    no_photo: bool = False
    nothing_more: bool = False
    hurry: bool = False
    thanks: bool = False
    fear: bool = False
    back: bool = False
    rest: str = ""

    @property
    def content(self) -> bool:
        """Whether it holds anything but forms of politeness and consent."""
        return bool(self.rest)

    @property
    def settles(self) -> bool:
        """Whether it agrees or waves on, and says nothing else."""
        return not self.rest and (
            self.yes or self.no_contact or self.no_photo or self.nothing_more or self.hurry
        )


_PREAMBLE = re.compile(
    r"^(?:(?:那?就?行|好吧?|嗯+|好的|那好|哦|喂|请问|打扰了?|麻烦(?:问)?一?下|不好意思|谢谢|"
    r"(?:您|你|你们|同志|老师|领导)+好[啊呀]?)[。，,！!、 ~]+)+(?=.{8})"
)


def without_preamble(text: str) -> str:
    """``text`` without the greeting or the yes that stands before a matter."""
    return _PREAMBLE.sub("", text)


_TAG = re.compile(r"^(?:对不对|是不是|行不行|好不好|可不可以)[？?，, ]+(?=[对是行好可])")


def clauses(text: str) -> list[str]:
    """The clauses of ``text``, without marks."""
    return [part for part in _CLAUSE.split(_TAG.sub("", text)) if part]


def read(text: str) -> Answer:
    """Take an answer apart. A yes counts only as a clause of its own, or in front where it can mean nothing else."""
    found: dict[str, bool] = {}
    rest: list[str] = []
    said = clauses(text)
    if len(said) > 1 and _BY_THE_WAY.fullmatch(said[0]):
        del said[0]
    for clause in said:
        kinds, left = _kinds(clause)
        found |= dict.fromkeys(kinds, True)
        if left:
            rest.append(left)
    if found.get("no_contact"):
        rest = [part for part in rest if len(part) > 14 or not _WHY_NOT.fullmatch(part)]
    if found.get("yes"):
        rest = [part for part in rest if not _SWEARS.fullmatch(part)]
    return Answer(**found, rest="，".join(rest))


_GREETS = re.compile(
    r"(?:您|你|你们|大家|同志|老师|领导|师傅|姑娘|小助手)+好[啊呀]?|[早晚上中下]+[上午安]好?|在吗|在不在|喂+"
)
_KINDS: tuple[tuple[str, re.Pattern[str], int], ...] = (
    ("yes", _CONSENT, 16),
    ("no_contact", _NO_CONTACT, 18),
    ("no_photo", _NO_PHOTO, 14),
    ("nothing_more", _NOTHING_MORE, 14),
    ("thanks", _THANKS, 14),
    ("back", _BACK_TO, 16),
    ("fear", _FEAR, 24),
    ("hurry", _HURRY_ALONE, 16),
    ("hurry", _HURRY, 18),
    ("hurry", _WAVE, 18),
)


def _kinds(clause: str) -> tuple[tuple[str, ...], str]:
    """What one clause is (nothing, one kind, a yes and another), and what of it is left over."""
    if _GREETS.fullmatch(clause):
        return (), ""  # 「你好」 agrees to nothing
    for name, pattern, longest in _KINDS:
        if len(clause) <= longest and pattern.fullmatch(clause):
            return (name,), ""
    front = _HARD_YES.match(clause)
    if front and front.end() < len(clause):
        names, left = _kinds(clause[front.end() :])
        return ("yes", *names), left
    return (), clause
