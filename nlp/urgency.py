"""How fast a person must look: safety words read in their context, from data/urgency.csv.

A rule needs one of its literal words (a cheap test), then its pattern in one sentence. A hit counts unless the
sentence is about a drill, a rule or something long over, or the hit itself is feared, prevented or denied.
Figures of speech (气死我了, 跳楼价) are blanked out first. Recall goes before precision: a false alarm costs a
clerk a minute.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.types import Urgency

_DATA = Path(__file__).parent / "data"
_SENTENCE = re.compile(r"[^。.!！?？;；\n]{1,400}[。.!！?？;；\n]?")

_FIGURES = re.compile(
    r"跳楼(?:价|机|大?甩卖|清仓|大减价|式)|气死(?:我|人|个人|了)|(?:急|笑|累|热|烦|吵|臭|饿|丑|难吃|气|愁|堵|困|冷|美|萌|乐|忙|冻|晒|贵|坑|想|爱|羡慕|辣|咸|渴|高兴|开心|无聊|尴尬)死(?:我|人|了|你|个人)+"
    r"|爆炸(?:式|性|头|盐|增长|新闻|糖)|(?:信息|知识|人气|流量|能量|口味|口感|味道)(?:大)?爆炸|好吃到爆炸|自杀式|(?<![楼街马路桥车船])上火|火爆|火锅|"
    r"(?:房价|股市|股票|系统|网站|平台|服务器|心态|人设|情绪|精神|信用|经济)[^,，。]{0,4}(?:崩溃|崩塌|坍塌|崩盘|崩了|塌了|着火)|塌房|"
    r"女儿墙|被困(?:扰|惑)|困(?:难|扰|惑|境|局|于资金)|套牢|灭火器|防火墙|点火|打火机|救命(?:稻草|之恩|恩人|钱)|"
    r"(?:眼里|眼睛|嗓子|喉咙|嘴里|胃里?)(?:都)?(?:要)?(?:冒烟|着火|冒火)|冒火(?!花)|怒火|后院起火|触电般|像触电|来电显示|晕倒在地上都|"
    r"(?:电话|手机|网络|热线|客服|微信|信号|网)[^,，。]{0,3}(?:掉线|爆炸|被打爆|打爆)|被淹没|人间蒸发|(?:活|往)死里"
)
# 「当场原地去世」, 「那味儿直接把我送走」: dying said of what only annoys.
_EXAGGERATED = re.compile(
    r"原地(?:直接)?(?:去世|升天|飞升|爆炸|社死|离世|暴毙)|我(?:真的?|都|就|直接|简直)?(?:当场|瞬间)(?:直接)?(?:去世|升天|社死|暴毙)|"
    r"(?:直接|能|快|差点|真的?)把我(?:给)?送走|我(?:这个?|整个)?人(?:都|就|快|要|快要|直接)(?:要)?没了|我真的?会谢|"
    r"(?:[熏吵闹折腾耗等晒热]|这么|这样)下去.{0,6}人(?:都|就|快)(?:要)?没了|半条命(?:都|就|快)?(?:要|给)?(?:没了|搭进去)"
)
_AFTER_HARMLESS = re.compile(
    r"^(?:(?:的|等)?(?:隐患|风险|预案|演练|演习|保险|险种|报警器|报警|费|价格?|改造|管道(?:安装|铺设|改造)|预防|防范|知识|"
    r"宣传|培训|讲座|应急|责任险|认定|鉴定|调查|理赔|事故调查|热线|率|的可能|怎么办理|电影|片))"
)
_BEFORE_FEARED = re.compile(
    r"(?:如果|如有|如遇|倘若|若|即使|等到|等着|要等|别等|非得|非要|冒着|不至于|会发生|一旦|万一|假如|假设|要是|避免|防止|以免|免得|预防|谨防|严防|防范|防|杜绝|会不会|会否|怕|害怕|担心|担忧|恐|"
    r"容易|易|可能会?|有可能|恐怕|潜在|减少|降低|远离|消除|没有|未|并未|没|无|不会|不是|未发生|从未|并非|不用|预警|应对|"
    r"(?<!已)(?<!已经)(?:引发|引起|导致|造成))[^,，。、]{0,6}$"
)
# A supposition carries over a comma.
_SUPPOSED = re.compile(r"(?:一旦|万一|倘若|若是|如有|如遇|如果发生|要是发生)[^。]{0,30}$")
_BEFORE_REAL = re.compile(
    r"(?:已|已经|刚|刚刚|正在|现在|又|昨天|昨晚|今天|今早|今晚|刚才|多次)[^,，。]{0,8}$"
)
_NOT_NOW = re.compile(
    r"演练|演习|培训|讲座|预案|知识竞赛|科普|电影|电视剧|小说|游戏|话剧|证书|考试|课程|补贴|办理流程|怎么申请|许可证|"
    r"工程师|岗位|招聘|理赔|赔付标准|认定标准|建议(?:加强|增设|增加|安装|开展|组织|设置|多|在|定期)|希望(?:加强|开展|组织)|宣传(?:栏|活动|周|月|册)|"
    r"什么时候(?:开始|能)?(?:安装|改造|通气|开通)|收费标准|纪念馆|遗址|历史上|展览|时有发生|频发|根据[^。]{0,10}法|新闻(?:报道|里|上)|多次报道"
)
_RESOLVED = re.compile(
    r"已经?(?:全部)?(?:修好|扑灭|处理好|解决|救出|恢复|排除|找到|修复|抢修完|更换|送回)|恢复正常|修好了|虚惊一场|找到了|"
    r"(?:感谢|谢谢|多亏)[^。]{0,30}(?:及时|迅速|很快|第一时间|半夜|连夜)|(?:及时|迅速|第一时间|很快)[^。]{0,12}(?:赶到|处置|排除|救出|扑灭|修好|解决)"
)
_PAST = re.compile(
    r"(?:去年|前年|大前年|上个?月|几年前|多年前|年前|当年|曾经|曾|以前|那次|小时候|上次|[0-9一二三四五六七八九十]+年前|20[0-9]{2}年|19[0-9]{2}年)"
)
_STILL = re.compile(r"现在|目前|至今|仍|还在|还是|又|再次|一直|今天|昨天|昨晚|今早|依然|正在|刚刚|刚才")


@dataclass(frozen=True, slots=True)
class _Rule:
    level: Urgency
    reason: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]
    firm: bool


@dataclass(frozen=True, slots=True)
class UrgencyReading:
    """The level and why: reason codes of data/urgency.csv, most pressing first; `danger` as in `Analysis`."""

    level: Urgency
    reasons: tuple[str, ...]
    danger: float = 0.0


@cache
def _rules() -> tuple[_Rule, ...]:
    with (_DATA / "urgency.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            _Rule(
                "emergency" if row["level"] == "emergency" else "urgent",
                row["reason"],
                tuple(row["needs"].split("|")),
                re.compile(row["pattern"]),
                row["firm"] == "yes",
            )
            for row in csv.DictReader(file)
        )


@cache
def _by_first() -> dict[str, tuple[tuple[str, tuple[int, ...]], ...]]:
    """First character → the words that some rules need and that begin with it, and those rules' places."""
    rules_of: dict[str, list[int]] = {}
    for place, rule in enumerate(_rules()):
        for need in rule.needs:
            rules_of.setdefault(need, []).append(place)
    out: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for need, places in rules_of.items():
        out.setdefault(need[0], []).append((need, tuple(places)))
    return {first: tuple(needs) for first, needs in out.items()}


def _active(text: str) -> list[tuple[_Rule, list[str]]]:
    """Rules that find words they need, in their order, with those words: most messages have none."""
    by_first = _by_first()
    found: dict[int, list[str]] = {}
    for first in by_first.keys() & set(text):
        for need, places in by_first[first]:
            if need in text:
                for place in places:
                    found.setdefault(place, []).append(need)
    return [(_rules()[place], found[place]) for place in sorted(found)]


def _counts(rule: _Rule, match: re.Match[str], sentence: str) -> bool:
    """Whether a hit is about something happening. Firm rules (self-harm, gas smell) ask fewer questions."""
    if _AFTER_HARMLESS.match(sentence[match.end() : match.end() + 8]) or _RESOLVED.search(sentence):
        return False
    if _NOT_NOW.search(sentence):
        return False
    if rule.firm:
        return True
    before = sentence[max(0, match.start() - 14) : match.start()]
    if _BEFORE_FEARED.search(before) and not _BEFORE_REAL.search(before):
        return False
    if _SUPPOSED.search(sentence[max(0, match.start() - 36) : match.start()]):
        return False
    return not _PAST.search(sentence) or bool(_STILL.search(sentence))


def exaggerates(text: str) -> bool:
    """Whether ``text`` speaks of dying as people do who are only annoyed: a model's number says little about it."""
    return bool(_EXAGGERATED.search(text))


def read_urgency(normalised: str) -> UrgencyReading:
    """Urgency of a normalised text. Linear: every pattern has bounded gaps and sees a sentence of ≤ 400 characters."""
    active = _active(normalised)
    if not active:
        return UrgencyReading("normal", ())
    text = normalised
    for figures in (_FIGURES, _EXAGGERATED):
        text = figures.sub(lambda match: "〇" * len(match.group()), text)
    found: dict[str, Urgency] = {}
    for sentence in (match.group() for match in _SENTENCE.finditer(text)):
        for rule, needs in active:
            if found.get(rule.reason) == "emergency" or not any(need in sentence for need in needs):
                continue
            if any(_counts(rule, match, sentence) for match in rule.pattern.finditer(sentence)):
                found[rule.reason] = rule.level
    emergencies = [reason for reason, level in found.items() if level == "emergency"]
    reasons = emergencies + [reason for reason in found if reason not in emergencies]
    level: Urgency = "emergency" if emergencies else "urgent" if found else "normal"
    return UrgencyReading(level, tuple(reasons), float(level == "emergency"))
