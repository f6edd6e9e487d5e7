"""What an answer to the card says, where it is neither a plain yes nor a plain no. Pure functions over text."""

from __future__ import annotations

import re

from bot.actions import words

_APART = re.compile(
    r"单独|单列|单报|另外(?:报|登|列|算)|分开|各(?:报|办|是|弄|登)各|各自|我(?:自己|的归我)|(?:别|不|莫|勿|甭)(?:要|用|想|必|跟|和|给我)?(?:跟|和)?(?:别人|他们?|邻居|人家|我)?(?:掺|合|并|一[起块道])|"
    r"不(?:是|算)?(?:同)?一(?:个|件|回|码|样|处)|两[码回件]事|(?:跟|和)(?:他|那|人家|邻居|别人).{0,6}(?:不一样|不同|无关|没关系|两回)|不一样|没关系|不相干|不加入|不参与|不跟"
)
_TOGETHER = re.compile(
    r"一[起块道]|合(?:在|并|成|到|起来|吧|了|办|着)|并(?:在|到|进|吧|成)|加入|跟(?:他们?|邻居|人家)(?:的)?(?:那个|那件)?(?:走|办|合|报)|算(?:在|到|我一个)|(?:同|就)是(?:这|那|一)(?:个|件|回)?事?"
)
# Where it is, and that it has to be changed, in either order.
_WHERE = r"(?:地[址点方]|位置|楼[栋号]|门牌号?|小区名?字?|路名|街道名?)"
_CHANGE = r"(?:换|改|错|不对|更正|纠正|变|重[新写]|写成|填)"
_PLACE_CHANGED = re.compile(
    rf"{_WHERE}.{{0,6}}{_CHANGE}|{_CHANGE}.{{0,4}}{_WHERE}|不是(?:这|那)(?:里|儿|个地方|边)"
)
_LEAD = re.compile(
    rf"^(?:[哦噢啊嗯哎呃那]|哎呀|等一?[下等]|不好意思|对不起|麻烦|请|帮我|给我|把|我|刚才|刚刚|上面|前面|记|弄|搞|写|说|填|打|有个?|{_WHERE}|{_CHANGE}|要|得|应该|需要|能不能|一下|一哈|哈|了|的|"
    rf"是|在|成|到|为|下|个|不是(?:这|那)(?:里|儿|个地方|边|个)|这个|那个|[，,。：:！!\s])+"
)
# A thumb, a tick, the first of the buttons.
_SIGN = re.compile(
    r"^(?:[👌👍🆗✅☑✔💯🙆👏🙏\ufe0f\U0001f3fb-\U0001f3ff]+|1|①|一|[yY]|oj8?k|欧[克了]|o了|ok的)$"
)


def apart_or_together(text: str) -> str:
    """``apart`` or ``together`` where an answer to the neighbour's same trouble says so; '' where it says neither."""
    spoken = words.bare(text)
    if len(spoken) > 24:
        return ""
    if _APART.search(spoken):
        return "apart"
    return "together" if _TOGETHER.search(spoken) else ""


def is_sign(text: str) -> bool:
    """Whether an answer is a sign for yes rather than a word: 👌, 1, 欧克."""
    return bool(_SIGN.match(words.bare(text)))


def changed_place(text: str) -> str:
    """What stands behind words that say that the place is to be changed (「地址换一下，水岸名都6栋」); '' without them."""
    if not _PLACE_CHANGED.search(text):
        return ""
    # 「地方错了」 may stand behind as well.
    return max(
        (_LEAD.sub("", part).strip("，,。！! 哈呢吧啊") for part in re.split(r"[，,。！!；;]\s*", text)),
        key=len,
    )
