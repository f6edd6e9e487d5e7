"""What residents ask about us and about reporting itself, whatever is being done at the moment. Pure functions over text."""

from __future__ import annotations

import re

from bot.actions import words

_IN_SHORT = 34  # a longer message tells a story in which such words may stand
_ASKS = re.compile(
    r"[吗嘛么不没啵伐]$|[？?]|能不能|可不可以|会不会|怎么|咋|如何|多久|几天|啥时候|什么时候|几时|怕|"
    r"担心|别|不要|莫|唔好"
)
_PRIVACY = re.compile(
    r"匿名|保密|实名|(?:泄露|泄漏|透露|公开|说出去|讲出去|告诉(?:他|她|人|别人|对方|物业|老板|领导|"
    r"学校|邻居)|(?:知道|晓得|说|讲|猜到|发现|听说)(?:出|到)?是[我俺]|是[我俺](?:讲|说|报|举报|反映|投诉|告)的|看(?:得|不)?[到见].{0,3}我)|"
    r"(?:名字|姓名|信息|电话|我).{0,3}(?:捅|透|漏|告诉|说|讲).{0,3}(?:给|到)?(?:老板|领导|单位|学校|物业|对方|他们|别人|公司)|(?:要|必须|非得|一定|用|需要|可以不).{0,3}(?:留|填|写|给|登记|实名).{0,3}(?:电话|手机|名字|姓名|身份证|号码)?[吗嘛么不]|(?:报复|穿小鞋|打击|找[我俺]麻烦|得罪人?)|^(?:这样|那|你们?|可以)?放心[吗嘛么]|不会(?:说|讲|传|漏)出去"
)
_OTHERS = re.compile(r"业主信息|个人信息被|卖.{0,4}信息|客户信息|被.{0,4}(?:泄露|报复|打击)了|已经.{0,4}报复")
_FEE = re.compile(
    r"(?<!乱)(?:要不要|收不收|用不用|是不是要|要|收|花|需要)(?:交|给|收)?(?:钱|费)用?(?:的|滴)?(?:吗|不|么|"
    r"嘛|啵|伐|[？?]|$)|免费(?:的|滴)?(?:吗|不|么|嘛|吧)"
)
_HOW_LONG = re.compile(
    r"(?:会不会|会|有没有|能|能不能)?有?人.{0,6}(?:联系我|打给我|打电话|回我|上门|来看|来处理|来修|来管|管|处理).{0,4}[吗嘛么没不][？?]?$|"
    r"(?:多久|好久|几久|几天|多长时间|多少天|多少个?工作日|什么时候|啥时候|啥时|几时|哪天|几点)(?:才|可以|能|会|有人|给|能给|"
    r"就|来|人)*.{0,3}(?:处理|解决|办|回复|答复|回话|回电|回音|消息|来|修|弄|整|回[我你个]|结果|搞|好|管|上门|到|联系)|"
    r"(?:处理|解决|办|修|弄|整|等)(?:好|完|下来)?要?(?:得)?(?:多久|几天|多长时间|好久|多少天)|"
    r"^(?:那|大概|一般|要|得|需要|我|还|最快|请问|等)*(?:等|花|用)?(?:到|得)?(?:多久|几天|好久|多长时间|多少天|多少个?工作日|哪天|几时|猴年马月)(?:时间)?[啊呀呢嘛吧]*[？?]?$"
)
_PHOTO = re.compile(
    r"(?:照片|相片|图片?|视频|截图).{0,6}(?:怎么|咋|如何|在?哪|可以|能|往哪|要).{0,4}(?:发|传|上传|交|给)|"
    r"(?:怎么|咋|如何|能不能|可不可以|可以|能|要不要|用不用|往哪).{0,4}(?:发|传|上传|交|拍).{0,4}(?:照片|相片|图|视频|截图)|"
    r"(?:发|传|拍|给).{0,3}(?:照片|相片|图片?|视频|截图).{0,3}(?:行不行|[行中成]吗|[行中成]不|"
    r"可以[吗不]|可不可以|得不得行|好[吗伐])"
)
_WHOSE = re.compile(
    r"(?:归|由|是|派给|转给|交给)(?:你们)?(?:哪个|哪家|哪|什么|啥|谁)(?:部门|单位|局|地方|"
    r"家)?.{0,3}(?:管|负责|处理|办|的)?[的呢啊呀吗]*[？?]?$|(?:哪个|哪家|什么|啥)(?:部门|单位|"
    r"局)(?:来)?(?:管|负责|处理|办)"
)
_NO_SMARTPHONE = re.compile(
    r"老年机|老人机|老头乐手机|按键机|(?:不会|不晓得|弄不来|搞不来|整不来|整不明白|弄不明白|不太会|"
    r"用不来|没有?|莫得|冇)(?:用|弄|搞|整|上|玩|得)?(?:智能)?(?:手机|智能机|网上|上网|电脑|微信|扫码|"
    r"小程序|网)|"
    r"(?:手机|网上|电脑|微信|扫码)(?:上|那些)?(?:我|俺)?(?:不会|弄不来|搞不来|整不来|用不来|"
    r"不晓得)(?:弄|用|搞|整|操作)?|不识字|不认[得识]字|不会打字|眼睛(?:看不清|不好使|花)"
)


# Who speaks here, whether this is the place, and whether we take such things at all.
_BOT = re.compile(
    r"(?:你|您|这|对面|跟我(?:说话|聊天?|讲话)的|回我的?|那边).{0,8}(?:真人|活人|是人(?!民)|机器人?|人工(?:智能)?|电脑|程序|AI|ai|智能)"
    r".{0,8}(?:吗|嘛|还是|不是|么|啊|呀|吧|呢|？|\?|$)|是(?:真)?人还是机器|"
    r"^(?:请问|那|现在|这)*(?:(?:是|有)(?:不是)?(?:真|活)人(?:在)?(?:回|答|聊|说话|看|打字|值班)?|是(?:不是)?人在?(?:回|答|聊|说话|打字)).{0,2}(?:吗|么|不|嘛)[？?]?$"
)
_FOR_A_PERSON = re.compile(
    r"[转找叫要换接].{0,3}(?:真人|活人|人工|人)|不想跟|不跟|说不[明通清]|听不懂|别让|"
    r"[破蠢傻烂笨废滚]|脑子|垃圾|有病"
)
_HERE = re.compile(
    r"(?:我|俺|咱).{0,12}(?:能|可以|可不可以|能不能)(?:反映|投诉|举报|说)[吗嘛么不？?]|"
    r"(?:这|这里|这儿|你们?|您|在这).{0,6}(?:反映|投诉|举报|说事|提意见).{0,6}(?:吗|嘛|么|不|地方)|"
    r"(?:能|可以|可不可以|能不能|行不行).{0,6}(?:跟|向|和|找|在)?(?:你|您|你们|这里|这儿|这).{0,4}(?:说|反映|投诉|讲)(?:个|点|一下)?(?:事|问题|情况)?[吗嘛么不]|"
    r"(?:反映|投诉)(?:问题|情况)?.{0,4}(?:是不是|是)?.{0,2}(?:在|找)(?:这|你)"
)
_CAN = re.compile(
    r"^(?:那|那么|请问|就|这|这个|这种|这样|这类|这事|这件|这些|的|事情?|问题|情况|你们?|您|政府|到底|能不能|能|会|归|该|也|都|给|帮我?|帮忙|"
    r"管不管|管不|管得了|管|处理|解决|得了|一下|吗|嘛|么|不|呢|啊|呀|哈|得|[？?，, ])+$"
)
_MANAGES = re.compile(r"管|处理|解决")
_HOW_TO_SEND = re.compile(
    r"^(?:那|我|要|得|该)*(?:怎么|咋|如何|往哪|在哪)(?:个|样)?(?:发|传|上传|弄)(?:给你们?|过去|呢|啊|呀|的|法)*[？?]?$"
)
_NOT_TYPING = re.compile(
    r"(?:不会|不太会|不怎么会|打不来|打不了|弄不来|懒得).{0,2}(?:打字|拼音|写字|写)|打字(?:慢|费劲|不会|不行)|字(?:都)?(?:认不全|不认得?)"
)
_NUMBER = re.compile(
    r"(?:单号|编号|工单号|号码|查询码)(?:是|呢|啊|有)?(?:多少|几|啥|什么|哪个|忘|丢|没记)|(?:什么|多少|哪个).{0,2}(?:单号|编号)|"
    r"(?:单号|编号|号码?)(?:再)?(?:给|发|报)(?:给)?我|(?:给|发)我.{0,2}(?:一?个)?(?:单号|编号|号)(?:码)?(?:吧|呗|$)|"
    r"(?:单号|编号|查询码).{0,6}(?:再说|再发|发我|发给我|告诉我|给我)|(?:再说|再发|告诉).{0,6}(?:单号|编号)"
)


def about_bot(text: str) -> bool:
    """Whether ``text`` asks if a person or a machine answers here (and does not ask for a person)."""
    return len(text) <= _IN_SHORT and bool(_BOT.search(text)) and not _FOR_A_PERSON.search(text)


def asks_number(text: str) -> bool:
    """Whether ``text`` asks for the tracking number once more."""
    return len(text) <= _IN_SHORT and bool(_NUMBER.search(text))


def no_typist(text: str) -> bool:
    """Whether somebody says that they cannot type well."""
    return len(text) <= _IN_SHORT and bool(_NOT_TYPING.search(text))


def privacy(text: str) -> bool:
    """Whether ``text`` asks or fears what becomes of the writer's own data, and tells of no case of it."""
    return (
        len(text) <= _IN_SHORT
        and bool(_PRIVACY.search(text))
        and bool(_ASKS.search(text))
        and not _OTHERS.search(text)
    )


_IF_KNOWN = re.compile(
    r"^(?:那|我|就|请问|可是|但是?|你们?|这样?|到时候?)*(?:会不会|不会|怕|能不能|可不可以|能|可以)(?:不|被|让|给|把)*(?:别人|人家|人|物业|老板|领导|邻居|对方|"
    r"他们?|学校|单位)*(?:知道|晓得|看[到见]|查到|发现|告诉|报复|匿名|保密).{0,14}$"
)


def only_privacy(text: str) -> bool:
    """Whether the whole of ``text`` asks who learns of a report, and tells none."""
    return privacy(text) and bool(_IF_KNOWN.match(words.bare(text)))


_CLAUSES = re.compile(r"[^，,。！!；;？?]+[？?]?")
_LEADS_TO = re.compile(
    r"^(?:可是|但是?|不过|就是|那|我|得|要|想|先|咱|跟你|把话)*(?:讲|说|问|谈)(?:一?[下句声])?(?:清楚|明白|好|在前头|在前面|个事)?(?:啊|哈|了)?$"
)


def without_privacy(text: str) -> str:
    """``text`` without the clauses that ask what becomes of the writer's own data; unchanged if little else were left."""
    clauses = [part.strip() for part in _CLAUSES.findall(text) if part.strip()]
    asked = [part for part in clauses if privacy(part)]
    rest = [part for part in clauses if part not in asked and not _LEADS_TO.match(part)]
    return "，".join(rest) if asked and len(words.bare("".join(rest))) >= 6 else text


def about_reporting(text: str) -> str:
    """The wording that answers a question about reporting itself: privacy, fee, how long, photos …; '' for anything else."""
    if len(text) > _IN_SHORT:
        return ""
    if privacy(text):
        return "about_privacy"
    if _FEE.search(text):
        return "about_fee"
    if _PHOTO.search(text) or _HOW_TO_SEND.match(text):
        return "about_photo"
    if _HERE.search(text):
        return "about_here"
    if _MANAGES.search(text) and _CAN.match(text) and re.search(r"[吗嘛么不？?]", text):
        return "about_can"
    if _WHOSE.search(text):
        return "about_who"
    return "about_time" if _HOW_LONG.search(text) else ""


def while_open(about: str) -> str:
    """The wording of an answer about reporting while nothing is registered yet: no day can be named."""
    return {"about_time": "about_time_open", "about_who": "about_who_open"}.get(about, about)


def without_smartphone(text: str) -> bool:
    """Whether somebody says that they cannot do it by phone or computer."""
    return bool(_NO_SMARTPHONE.search(text))


# Questions about a service: which of the published facts, and whether the question names a matter of its own.
_WHAT = r"(?:什么|啥子?|哪些|哪几样|莫子|么子|么斯|咩|嘛)"
ASKED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "materials",
        re.compile(
            rf"材料|手续|证件|准备|要带|(?:带|要|交|拿|备){_WHAT}|{_WHAT}.{{0,2}}(?:材料|手续|证|东西)"
        ),
    ),
    (
        "place",
        re.compile(
            r"哪里|哪儿|[在到去上搁往][哪边]|哪块|哪点|边度|地址|地点|怎么走|咋走|位置|(?:什么|啥子?)地方|哪个(?:地方|位置|窗口|楼|大厅|点)|几楼|几号窗"
        ),
    ),
    (
        "hours",
        re.compile(
            # 「下礼拜要坐飞机」 says when it is needed.
            r"(?<![上下这个])(?:星期|礼拜)|几点|上班|下班|开门|关门|开到|(?<![上下这])周[末一二三四五六日天]|中午|下午|时间|什么时候|"
            r"啥时候?|几时|休息|开放|节假日|放假|营业"
        ),
    ),
    ("phone", re.compile(r"电话|号码|phone|number|tel|(?:怎么|咋|如何)联系|联系方式|打哪")),
)
_ASKING = re.compile(
    r"(?:再)?(?:发|给|告诉|报|说)(?:我|给我|一?下|一?个|一遍|过来)+|请问|问一下|需要|要|带|什么|啥子?|哪些|哪里|哪儿|哪个|哪块|哪|几楼|几|多少|多久|多长|怎么|咋个?|"
    r"如何|材料|手续|证件?|条件|流程|窗口|电话|号码|地址|地点|位置|"
    r"在|去|到|上|走|搁|办理?|弄|交|领|找|谁|钱|费用?|收费|时候|时间|点|开门|关门|上班|下班|休息|中午|"
    r"周[末一二三四五六日]|星期[一二三四五六日天]|礼拜[一二三四五六日天]|节假日|押金|拿|取|出证|发证|莫得|没得|有没得?|"
    r"到账|能|可以|可不可以|网上|本人|代办|"
    r"别人|预约|复印|原件|照片|身份|天|工作日|还|那|这|他们|它|你们|的|呢|吗|嘛|不|没|有|是|了|啊|呀|哈|就行|行|吧|得|和|人|"
    r"准备|问|我|俺|咱|您|你|一[下哈]|哈子|个|打|咨询|晓得|知道|想|告诉|说|给|嘞|哒|么子|莫子|咩|边度|"
    r"滴|哩|再|也|都|东西|样|具体|大概|一般|方便|麻烦|联系|方式|地方|开到|开放|营业|下午|上午|早上|"
    r"晚上|平时|今天|明天|现在|开|关|营业|phone|number|tel|address|open|time|please|pls"
)


def asked_facts(text: str) -> list[str]:
    """Which published facts ``text`` asks for: materials, place, hours, phone."""
    return [name for name, pattern in ASKED if pattern.search(text)]


def goes_on(text: str) -> bool:
    """Whether a question names no matter of its own: hardly anything is left of it without the words of asking."""
    return len(_ASKING.sub("", words.bare(text).lower())) <= 1


def how_to(text: str) -> bool:
    """Whether ``text`` asks how something is done: what to bring, where, when, by which way."""
    return bool(_HOW.search(text))


_HOW = re.compile(
    rf"要?(?:带|准备|交|备|拿)(?:些|点|齐)?{_WHAT}|(?:需要|还要|都要|要){_WHAT}(?:材料|手续|证|东西|"
    rf"条件|[呀啊呢嘛]?[？?]?$)|(?:材料|手续|流程|条件)(?:是|有)?(?:{_WHAT}|怎么|咋)|"
    r"(?:怎么|咋个?|如何|点样|哪能|怎样|咋样)(?:去|来|才能|个|好)?(?:办|弄|搞|整|申请|领|交|转|开|补|"
    r"走|查|取|拿|换|改|考|预约|报名|缴|报销|登记|备案|过户|迁|落户|续)|"
    r"(?:[在到去上搁往]|是)?(?:哪里|哪儿|哪块|哪个(?:窗口|部门|单位|大厅|地方)|边度|啥地方|什么地方|"
    r"哪)(?:能|可以)?(?:办|弄|搞|申请|领|交|开|补|报名|打|查|拿|取|买)|"
    r"几点(?:钟)?(?:开|关|上|下)|(?:周[末六日]|星期[六天日]|礼拜[六天]|中午|节假日)(?:也|还)?(?:开|上|"
    r"办|休|营)|能不能(?:代办|网上办|异地办)|(?:能|可以)(?:代办|网上办|别人代)"
)
