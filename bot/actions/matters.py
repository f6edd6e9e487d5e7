"""Whether words tell of a trouble: a second opinion on the classifier's, from the language layer and the words themselves.

A classifier that learned from single sentences hears thanks, abuse or a question in what stands around a trouble:
a greeting, who one is, how long one has waited, what one thinks of us. Here that is taken off first.
"""

from __future__ import annotations

import re

from bot.actions import consent, contact, gateway, gateway_services, place_spans, questions, words
from bot.actions.after_filing import BETTER
from bot.actions.base import Said
from bot.actions.report_reading import only_anger, sounds_kind

# Something is wrong with it: then the question is a complaint.
AMISS = re.compile(
    r"没人|不给|不让|坏了|投诉|举报|反映|凭什么|为什么|拖|推[来给诿]|一直|还没|到现在|总是|老是|骗|乱|太?慢|差评|态度|满意|"
    r"不[退给让管来修发还理肯合]|没有?下文|登记过|[漏堵塌臭吵欠咬脏冻]|不[热亮通响动]|冰凉|冰冷|碎|断了?|破[了损洞]|翘|烂|脱落|往下掉|掉下[来去]|松动|满了|[丢偷]了?|贵|涨价|关门|跑路|[积冒渗]|挡|占|霸|噪|裂|歪|倒闭|超载|黑车|假|馊|过期|怎么涨|为啥|凭啥|咋涨|越来越"
)
_TROUBLE_DESK = re.compile(r"投诉|举报|处理|报修|维修")
# What people say in a few words. A long message of such an intent is a story, whatever its first words are.
_SAID_IN_SHORT = frozenset(
    {"greet", "goodbye", "thank", "affirm", "deny", "inform", "correct", "help", "chitchat", "insult", "solved", "progress",
     "nlu_fallback"}
)  # fmt: skip
# Of these a sentence that tells a trouble is enough; good news and progress have words of their own for it.
_NEVER_A_STORY = _SAID_IN_SHORT - {"solved", "progress"}
_LONG, _SENTENCE, _TOLD, _CLAUSE = 28, 16, 10, 7
_BEFORE = re.compile(
    r"上次|上回|之前(?:反映|报|投诉|说)|反映过|投诉过|报过|提过|单号|进度|修好了|解决了|查一下|查查"
)
_CHINESE = re.compile(r"[一-龥]")
_FEW = 5
_SURE_REPORT = 0.6
# Anger beside the matter, and who speaks: none of it says what is wrong.
_AROUND = re.compile(
    r"(?:什么|啥)(?:破)?(?:玩意儿?|东西)|(?:真(?:的|是)?|我)?(?:气死|烦死|急死|要疯|受不了|服了|无语)(?:我|人|个人)?(?:了|啦)?|真是的|(?:造孽|作孽)(?:哦|啊|呀)?|"
    r"不好意思(?:又|再)?(?:来)?(?:麻烦|打扰|打搅)(?:你们?|您|各位)?(?:一下|了)?|(?:说|讲)出来(?:你|您)?(?:别|不要)(?:笑|嫌).{0,4}"
)


_AT_US = re.compile(r"机器|系统|客服|程序|AI|ai|你个|你这个?")
_USELESS = re.compile(
    r"^.{0,4}(?:屁用|一点用|啥用|什么用|卵用|用处)(?:都|也)?(?:没有?|不顶).{0,2}$|^.{0,3}(?:没用|废物|垃圾|白痴|要你何用).{0,3}$"
)
_ONLY_IF = re.compile(r"^.{0,4}(?:要是|如果|假如|万一|比如|比方)")


def core(text: str) -> str:
    """``text`` without the greeting, the clauses that ask about us, and outcries: the matter, if there is one."""
    parts = [
        part
        for part in consent.clauses(consent.without_preamble(text))
        if not questions.about_reporting(part)
    ]
    kept = (_AROUND.sub("", part) for part in parts)
    return "，".join(part for part in kept if part)


def amiss(text: str) -> bool:
    """Whether a word of ``text`` says that something is wrong."""
    return place_spans.tells_amiss(text) or bool(AMISS.search(text))


def is_matter(text: str) -> bool:
    """Whether the language layer reads something to register in words that the classifier did not understand."""
    if len(_CHINESE.findall(text)) < 4 or _ONLY_IF.match(text):
        return False
    read = gateway.guess(text)
    wrong = bool(read["category"]) and amiss(text)
    if not (read["sure"] or read["place"] or wrong):
        return False
    if read["type"] == "help" and not read["place"] and not wrong and gateway_services.match_services(text):
        return False  # a service may be what helps: offered beside the report
    return read["type"] in ("complaint", "help", "suggestion") or (
        read["type"] == "praise" and not sounds_kind(text)
    )


def behind_abuse(text: str) -> bool:
    """Whether an angry message tells what it is about. The card asks before anything is stored."""
    # What is thrown at the machine is no part of it.
    matter = "，".join(
        part for part in consent.clauses(core(text)) if not _AT_US.search(part) and not _USELESS.search(part)
    )
    if is_matter(matter):
        return True
    if _AT_US.search(text):
        return False
    long = len(words.bare(matter)) >= _TOLD and not only_anger(matter)
    return long and amiss(matter) and gateway.guess(matter)["type"] == "complaint"


def empty(said: Said) -> bool:
    """Whether a message that was read as a report, not very surely, tells nothing: no place, no kind, nothing wrong."""
    if said.confidence >= _SURE_REPORT or len(words.bare(said.text)) < _FEW or amiss(said.text):
        return False
    return says_nothing(said.text)


def says_nothing(text: str) -> bool:
    """Whether the language layer finds neither a place nor a kind of trouble in ``text``, and no word says what is wrong."""
    read = gateway.guess(text)
    return not (read["category"] or read["place"] or amiss(text)) and read["type"] not in (
        "suggestion",
        "praise",
    )


def short_trouble(text: str) -> bool:
    """Whether two to five characters tell of a trouble: 停水, 路灯坏."""
    bare = words.bare(text)
    if (
        not 2 <= len(bare) <= _FEW
        or not place_spans.tells_amiss(f"这{bare}")
        or BETTER.search(bare)
        or "没人" in bare
        or bare[-1] in "吗嘛呢"
    ):
        return False
    return bool(gateway.guess(bare)["category"] or gateway_services.match_services(bare))


def told(said: Said) -> bool:
    """Whether a message tells of a trouble though it was read as small talk, a bare answer or a question."""
    if contact.number_in(said.text):
        return False
    if questions.how_to(said.text) and not AMISS.search(said.text):
        hits = gateway_services.match_services(said.text)[:1]
        if hits and hits[0][2] >= 1 and not is_trouble_desk(hits[0][1]):
            return False  # a question, however long the life that it comes out of
    if said.intent in _NEVER_A_STORY and _clause(said):
        return True
    asks = said.intent == "ask_service"
    length = len(words.bare(said.text))
    if asks and _complains(said.text):
        return True
    if not (asks or said.intent in _SAID_IN_SHORT) or length < _SENTENCE:
        return False
    if not asks and length < _LONG and not _place_and_trouble(said):
        return False
    if said.intent in ("progress", "solved") and _BEFORE.search(said.text):
        return False
    read = gateway.guess(contact.without_contact(said.text))
    if asks and (not read["place"] or (read["type"] == "inquiry" and not _only_desks(said.text))):
        return False
    if (
        asks
        and questions.asked_facts(said.text)
        and read["type"] != "complaint"
        and not _only_desks(said.text)
    ):
        return False
    kinds = ("complaint", "help", "inquiry") if asks else ("complaint", "help")
    return read["type"] in kinds and bool(read["sure"] or read["place"] or read["category"])


def _clause(said: Said) -> bool:
    """Whether what is left of a message without its frame tells a trouble, though it is no long story."""
    matter = core(contact.without_contact(said.text))
    if (
        len(words.bare(matter)) < _CLAUSE
        or BETTER.search(matter)
        or _BEFORE.search(matter)
        or words.says_wrong(matter)
    ):
        return False
    if questions.how_to(said.text) and not AMISS.search(said.text):
        return False
    if said.confidence >= 0.9 and len(words.bare(said.text)) < _SENTENCE:
        return False
    read = gateway.guess(matter)
    wrong = amiss(matter)
    if read["type"] == "help" and not (wrong or read["place"]):
        return False  # a service may be what helps
    return read["type"] in ("complaint", "help") and bool(read["sure"] or (read["category"] and wrong))


def _complains(text: str) -> bool:
    """Whether a message that was read as a question about a service asks for nothing published, and something is wrong."""
    matter = core(text)
    if len(words.bare(matter)) < _CLAUSE or questions.asked_facts(matter) or questions.how_to(matter):
        return False
    read = gateway.guess(matter)
    wrong = bool(read["category"]) and bool(AMISS.search(matter))
    return read["type"] == "complaint" and bool(read["sure"] or read["place"] or wrong)


def _place_and_trouble(said: Said) -> bool:
    """Whether a sentence of middling length names a place and what is wrong there: 「那行。梧桐苑对面夜里还打桩」."""
    if said.intent in ("solved", "progress", "inform", "correct"):
        return False
    read = gateway.guess(contact.without_contact(said.text))
    return bool(read["place"] or read["sure"]) and read["type"] in ("complaint", "help")


def _only_desks(text: str) -> bool:
    """Whether no published service answers ``text``, or only one that takes complaints."""
    hits = gateway_services.match_services(text)[:1]
    return not hits or hits[0][2] < gateway_services.UNNAMED / 2 or is_trouble_desk(hits[0][1])


def is_trouble_desk(service_name: str) -> bool:
    """Whether a service is there to take complaints or repairs."""
    return bool(_TROUBLE_DESK.search(service_name))
