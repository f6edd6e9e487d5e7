"""What people say after the fact: it is settled, never mind, what of the other thing, a slip put right. Pure."""

from __future__ import annotations

import re

from bot.actions import contact, words

_SHORT, _LONGEST = 16, 40
# Taken away, cleared, repaired: the trouble is over.
_OVER = re.compile(
    r"解决|(?:修|换|装|焊|弄|整|搞|清|通|处理|收拾|打扫)(?:理|扫)?(?:好|完|妥|掉|干净|通)[了啦咯嘞喽]|"
    r"(?:拉|清|搬|挪|开|拖|抬|运|收|移|撵|赶)(?:理|运)?(?:走|掉|干净|开)|(?:散|拆|停|关)(?:掉|完)了|恢复(?:正常|了)|问题(?:没有|没)了|[水电气]来[了啦咯]|"
    r"来[水电气暖][了啦咯]|(?:灯|都|又|水|管|路|气|自己)(?:亮|通|热|好)[了啦咯嘞]|不(?:堵|吵|漏|臭|响)[了啦咯]|搞定"
)
_TAKES_BACK = re.compile(
    r"撤(?:了|销|掉|单|诉|吧|$)|(?:不用|不必|甭|别|莫|不要|不消|无需|不需要|冇使)(?:再)?(?:派人|叫人|师傅|人|你们|他们|您)?(?:再)?"
    r"(?:来|修|管|处理|办|弄|整|过来|跑|查|追究)(?:人)?(?:[了啦咯嘞吧哈]|$)|当我没说|作废|销(?:了|掉|单)|取消|不(?:报|反映|投诉|举报|追究|告)[了啦咯嘞]"
)
# It is said of something that went on, did not happen, or is still to come: no end of it.
_NOT_OVER = re.compile(
    r"还没|没有?(?:人)?(?:解决|修|弄|拉|清|来|处理)|[什啥]么?时候|几时|怎么|为什么|凭什么|又(?!亮|通|热|好)|[吗嘛？?]|别撤|不撤|不要撤|希望|尽快|赶紧|快点|"
    r"给我|告诉我|通知|联系我|打电话|记得|(?:修|弄|处理|解决)得?不"
)


def withdraws(text: str) -> str:
    """``solved`` where ``text`` says that a trouble is over, ``off`` where only that nobody need come; '' for neither."""
    if len(text) > _LONGEST or _NOT_OVER.search(text):
        return ""
    back = _TAKES_BACK.search(text)
    if _OVER.search(text) and (back or len(words.bare(text)) <= 22):
        return "solved"
    return "off" if back else ""


def takes_back(text: str) -> bool:
    """Whether ``text`` says in so many words that nobody need come."""
    return bool(_TAKES_BACK.search(text))


_CALLED_OFF = re.compile(r"撤(?!诉)|取消|作废|当我没说|不(?:报|反映|投诉|举报|追究|告)[了啦咯嘞]")


def calls_off(text: str) -> bool:
    """Whether ``text`` calls off a report that is not yet submitted, with whatever reason: 「有人来修了，撤了」."""
    called = _CALLED_OFF.search(text) and not _STILL_FILE.search(text)
    return bool(called and takes_back(text) and withdraws(text))


_GRATEFUL = re.compile(r"谢|感激|多亏|辛苦")
_BEFORE = re.compile(r"上[次回周个]|之前|前[天几阵]|昨天|那天|反[映应]|投诉|举报|(?:报|说|提|讲)(?:过)?的")
_TO_BE_PASSED_ON = re.compile(r"表扬|锦旗|点.{0,3}赞|评|星|满分|转[告达]|领导")


def thanks_for_repair(text: str) -> bool:
    """Whether ``text`` only thanks for what was reported before and is put right: nothing to register."""
    return (
        len(text) <= _LONGEST
        and bool(_GRATEFUL.search(text) and _BEFORE.search(text) and _OVER.search(text))
        and not (_NOT_OVER.search(text) or _TO_BE_PASSED_ON.search(text))
    )


# For those who come to see to it, or forgotten the first time: more of the same matter.
_FOR_THE_WORKERS = re.compile(
    r"(?:跟|给|和|同|告诉|提醒|转告|叫|让|喊|麻烦)(?:一下)?(?:来的|维修的?|修的|修理的?|环卫|干活的|办事的|"
    r"上门的)?(?:师傅|工人|人|他们|工作人员|同志).{0,8}(?:说|讲|知道|晓得|带|注意|小心|一[声下哈]|留意|早|"
    r"晚)"
)
_FORGOT = re.compile(
    r"忘(?:了|记)?(?:跟你|和你)?(?:说|讲|提)|漏(?:了|说|讲)|补(?:充|一句)|加一[句条]|再(?:加|补|添)|备注|差点忘"
)
_AND = re.compile(
    r"^(?:哦|噢|喔|啊|诶|对了|那个|嗯)*[，, ]*(?:还有|另外|对了|再就是)[，, ]*(?:就?是)?(?:那个|它|他|"
    r"位置|具体)?(?:就?在|是)?(?:靠|挨|临|紧|冲着|对着)"
)


def adds(text: str) -> bool:
    """Whether ``text`` is more about what was told, by its own words: for the workers, or forgotten before."""
    return bool(_FOR_THE_WORKERS.search(text) or _FORGOT.search(text) or _AND.search(text))


_WHAT_OF = re.compile(
    r"^(?:那[个件]|那么?|还有|哎|诶|咦|可是|但|但是)*[，, ]*(?P<what>[^，,。？?！!\s]{1,8}?)(?:的)?(?:那)?(?:个|"
    r"件)?(?:事儿?|事情|问题|情况)?(?:那个|那件|这个)?"
    r"(?:呢|咋办|咋整|怎么办|怎么说|咋说|怎么弄|报了没有?|报了吗|登记了没有?|登记了吗|记了没有?|"
    r"记上了?[吗没]|也?一起[吗嘛]|管不管)[啊呀哈哦]*[？?。！!]*$"
)
_PRONOUN = re.compile(
    r"^(?:我|你|您|的|他|她|它|这|那|人|电话|结果|然后|之后|接下来|单号|号码|别的|其他|现在|进度|时间|地址|照片|费用|钱|进展|处理|回复|答复|老人|孩子|大家)+[的]?$"
)


def what_of(text: str) -> str:
    """The trouble that ``text`` asks after by a word (「那狗的事呢」 → 狗), or ''."""
    match = _WHAT_OF.match(text) if len(text) <= _SHORT else None
    what = match["what"].removesuffix("的") if match else ""
    return "" if not what or _PRONOUN.match(what) else what


def is_about(what: str, story: str) -> bool:
    """Whether ``story`` holds ``what``: two neighbouring characters of it, or the one that it is."""
    if len(what) == 1:
        return what in story
    return any(what[n : n + 2] in story for n in range(len(what) - 1))


_SLIP = re.compile(
    r"^(?:哦|噢|啊|呃|额|哎|哎呀|不好意思|抱歉|不对|对不起|晕|汗|我?)*[，, ]*(?:刚才|刚刚|上面|"
    r"前面)?(?:我|手|字|是)?(?:滑|快)?(?:打|说|写|发|输|按|敲|讲|手)(?:错|岔|茬|滑|误)(?:字|了|啦|啊|哈|"
    r"咯)*"
    r"[，,。.：:！!\s]*(?:应该是|我?是?想说的?是?|是说|说的是|是|要说)?[，,：:\s]*(?P<right>.{2,})$"
)


def slip(text: str) -> str:
    """What a slip is put right to (「打错了 停水」 → 停水), or ''. Telephones, numbers and stars have their own ways."""
    match = _SLIP.match(text.strip())
    right = match["right"].strip() if match else ""
    own = (
        contact.phone_in(right) or contact.number_in(right) or words.rating_in(right) or words.has_unit(right)
    )
    return "" if own or re.search(r"电话|手机|名字|姓", right) else right


_PRESSES = re.compile(
    r"门牌|地址|住哪|住[几在]|电话|手机|号码?|姓|名字?|微信|是谁|哪[个家户栋]|哪一[家户]|单元|几楼|几栋|"
    r"信息|照片|尾号|大概|那个人|举报人|投诉人"
)
_PLEADS = re.compile(
    r"[就只光]|总|亲戚|朋友|家人|家属|熟人|同事|我是[他她]|[他她]是我|告诉|透露|悄悄|偷偷|通融|行个方便|"
    r"求|帮帮忙|不说出去|不告诉|保证|又不|还不行|总行|可以[吧不吗]|行[吧不吗]|说一下|给我|警察|律师|有权"
)


def presses(text: str) -> bool:
    """Whether ``text`` asks again, with a reason or for less, for what was just refused of other people."""
    return len(text) <= _LONGEST and bool(_PRESSES.search(text) and _PLEADS.search(text))


_IF_FILED = re.compile(
    r"(?:没|真没|不会|是不是|确定|已经|有没有|真的?).{0,8}(?:报|登记|提交|交|记|派|发)(?:上去|上|出去|了|过|成功|下)*.{0,3}(?:吧|吗|没|么|嘛|啊|哈|噢|哦|呀|呗|[？?])|"
    r"(?:取消|撤)(?:成功|掉|了|好)*(?:吧|吗|没有?|么|哈|噢|哦)[？?]?$"
)
_TAKES_UP = re.compile(
    r"[^，,。！!；;]{0,8}(?:还是(?:得|要|想)?(?:给?我)?(?:报|登记|反映|投诉|举报|提交|说)(?:了|上|一下)?(?:吧|算了|好了)?|"
    r"改主意了?(?:[，, ]*(?:还是)?(?:报|登记|反映|投诉|提交)(?:吧|了|上))?|"
    r"(?:继续|接着|重新|再)(?:报|登记|反映|投诉|提交)(?:吧|一下|上|了)?|"
    r"(?:刚才|刚刚)(?:那个|那件|取消的)(?:事)?(?:还是)?(?:要)?(?:报|登记|反映|投诉|提交)(?:吧|了)?)[，,。！!；; ]*"
)


def asks_if_filed(text: str) -> bool:
    """Whether ``text`` asks if what was called off was registered all the same (「真没报上去吧」)."""
    return len(text) <= _SHORT and bool(_IF_FILED.search(text))


def takes_up(text: str) -> bool:
    """Whether ``text`` goes on with what was called off: 「唉，还是报吧」."""
    return bool(_TAKES_UP.search(text))


def after_taking_up(text: str) -> str:
    """What ``text`` says besides going on with what was called off, or ''."""
    rest = re.sub(r"^(?:唉|哎|算了|那|嗯|不行)+[，,。 ]+", "", _TAKES_UP.sub("", text, count=1)).strip(
        "，,。 "
    )
    return rest if len(words.bare(rest)) >= 2 else ""


_LAUGHS = re.compile(r"笑死|笑不活|乐死|笑喷|逗死|哈哈哈|太逗|太搞笑|好搞笑|[😂🤣]")
_WISHES = re.compile(
    r"希望|建议|能不能|能否|管管|修|处理|解决|赶紧|快点|派人|报修|投诉|举报|反映|登记|帮我|麻烦|怎么办|投诉|谢|评|星|没人|多久"
)


def jokes(text: str) -> bool:
    """Whether ``text`` only laughs at something and wishes nothing."""
    return bool(_LAUGHS.search(text)) and not _WISHES.search(text)


_NOT_FOR_FILING = re.compile(
    r"(?:不用|不必|别|不要|没想|不是要|不想|甭|无需)(?:真的?|给我|帮我|再)?(?:报|登记|提交|记|反映|投诉|立案)(?!.{0,3}(?:电话|名字|姓名|地址))|(?:就|只|随口|纯|单纯).{0,4}(?:吐个?槽|说着玩|开个?玩笑|唠唠|逗|发发牢骚|抱怨)|"
    r"(?:说着玩|开玩笑|随便说说|随口一说)"
)


def only_talks(text: str) -> bool:
    """Whether ``text`` says that nothing of it is to be registered: 「不用报，就吐个槽」."""
    return len(text) <= _SHORT and bool(_NOT_FOR_FILING.search(text)) and not _STILL_FILE.search(text)


_STILL_FILE = re.compile(r"单独|邻居|合并|别人|提交吧|就这样报|再报|重复|不要?报错")


_ASKS_WHAT_TO_DO = re.compile(
    r"要不要|能不能|可不可以|可以.{0,10}[吗么]|要.{0,10}[吗么][？?]?$|能.{0,10}[吗么][？?]?$|该(?:怎么|咋|不该|做|干)|怎么办|咋办|咋整|怎么做|(?:干|做|帮)点?(?:啥|什么)|(?:干|做)(?:啥|什么)|我(?:还|现在)?(?:能|该|要|得).{0,8}(?:[？?啥]|什么|吗|不)|"
    r"行不行|行吗|是不是(?:要|该|得)"
)


def asks_in_danger(text: str) -> bool:
    """Whether somebody in the middle of a danger asks what to do, or whether they may do something."""
    return len(text) <= _LONGEST and bool(_ASKS_WHAT_TO_DO.search(text))
