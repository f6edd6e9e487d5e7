"""What nobody here can look up: what happens this minute, or what stands in somebody else's records. Pure.

Saying so at once, and who publishes it, is worth more than a number for a request that could only be answered too late.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WHEN = r"(?:几点|什么时候|啥时候?|几时|多久|多会儿?|哪天|多长时间|准点|准话|几分钟)"


@dataclass(frozen=True, slots=True)
class Unknown:
    """What to say; words that a published service with a telephone is found by, or ''; whether it is a trouble as well."""

    guidance: str
    service: str = ""
    trouble: bool = False


_ASKED: tuple[tuple[re.Pattern[str], Unknown], ...] = (
    (
        re.compile(
            r"(?:[0-9一二三四五六七八九十]+路|公交|地铁|班车|末班车).{0,10}(?:还有|还要|还得|再过)?(?:几|多少)(?:分钟?|站)|"
            r"(?:[0-9一二三四五六七八九十]+路|公交|地铁|班车).{0,6}(?:到哪(?:里|儿|一?站)?了|还有多久|多久(?:能|才)?(?:到|来)|什么时候(?:到|来)|到了?没)|"
            r"(?:下一?班|末班)车?.{0,6}(?:还有)?(?:多久|几分钟|到哪)"
        ),
        Unknown(
            "车到哪一站、还有几分钟，我这里看不到实时的，不敢乱说：用手机地图搜这路车，或看公交公司的小程序、站牌上的二维码。",
            "公交线路",
        ),
    ),
    (
        re.compile(
            r"(?:CT|ct|[Bb]超|核磁|化验|体检|检查|片子|拍的?片|病理|验血|抽血|核酸).{0,14}(?:结果|报告|化验单).{0,8}(?:出|没|吗|怎么|咋|查|看)|"
            r"(?:结果|报告).{0,4}(?:出来?|好)了?没.{0,10}(?:CT|医院|化验|体检)"
        ),
        Unknown(
            "检查结果只有做检查的医院查得到，我这里看不到：打这家医院的总机或导诊台问，也可以看医院的公众号、自助机；"
            "看病方面的事还可以打 12320。"
        ),
    ),
    (
        re.compile(
            rf"(?:停|断|没)水.{{0,16}}{_WHEN}.{{0,5}}(?:来|通|恢复|好|有|给)|{_WHEN}.{{0,5}}(?:来水|有水|供水|恢复供水)"
        ),
        Unknown("几点来水，要看抢修的进度，我这里没法查到准点，不敢乱说。", "停水 供水", True),
    ),
    (
        re.compile(
            rf"(?:停|断|没)电.{{0,16}}{_WHEN}.{{0,5}}(?:来|通|恢复|好|有|给)|{_WHEN}.{{0,5}}(?:来电(?!话|显)|有电|供电|恢复供电)"
        ),
        Unknown("几点来电，要看抢修的进度，我这里没法查到准点；供电的事打 95598，停电信息也在那里公布。", "", True),
    ),
    (
        re.compile(rf"(?:停|断|没)(?:燃|天然)?气.{{0,16}}{_WHEN}.{{0,5}}(?:来|通|恢复|好|有|给)"),
        Unknown("几点通气，要看抢修的进度，我这里没法查到准点，不敢乱说。", "燃气", True),
    ),
    (
        re.compile(
            r"(?:快递|包裹|外卖).{0,8}(?:到哪|到了?没|什么时候(?:到|送)|几点(?:到|送)|还有多久)"
        ),
        Unknown("快递到哪了，我这里查不到：看快递公司的单号查询，或打它的客服；不满意可以打邮政 12305 申诉。"),
    ),
    (
        re.compile(r"(?:今天|明天|后天|下午|晚上|周末)?.{0,6}(?:会不会|要不要|是不是)?(?:下雨|下雪|刮风|天气).{0,4}(?:吗|么|怎么样|咋样|如何)[？?]?$"),
        Unknown("天气我这里看不到：打 12121，或看气象部门的预报。"),
    ),
    (
        re.compile(
            r"(?:现在|这会儿?|此刻|眼下).{0,10}(?:排队|排着?|等着?|人).{0,4}(?:多少|几个|几号|多不多|多吗|多么)|"
            r"(?:叫|排)到(?:几|多少)号了"
        ),
        Unknown("窗口这会儿有多少人、叫到几号，我这里看不到，去之前打电话问一声最准。"),
    ),
)  # fmt: skip
_ABOUT_REQUEST = re.compile(r"上次|上回|之前|反映|投诉|登记|单号|单子|我报|进度")


def asked(text: str) -> Unknown | None:
    """What ``text`` wants to know that cannot be looked up here; None for anything else."""
    if _ABOUT_REQUEST.search(text):
        return None
    return next((unknown for pattern, unknown in _ASKED if pattern.search(text)), None)
