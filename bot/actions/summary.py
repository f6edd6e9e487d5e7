"""What of a long story is shown on the card: the sentence, or the clauses, that tell the trouble itself."""

from __future__ import annotations

import re

from bot.actions import words
from webapp.services import language

_SENTENCE = re.compile(r"[^。！!？?；;\n]{6,}")
_CLAUSE = re.compile(r"[^。！!？?；;，,\n]{3,}")
_MOST_SENTENCES = 16
_ASIDE = 0.3
_WHO_WRITES = re.compile(r"[\s，,]*(?:我|本人|俺)(?:是|叫|今年|姓|老家)")
# What is seen, heard, smelled or felt of a trouble: who did not answer the telephone is none of it.
_SENSED = re.compile(
    r"漏|渗|返水|积水|淹|停[水电气暖]|没[水电气暖](?!费)|断[水电气]|发?霉|潮|湿|往下掉|脱落|裂|塌|坏|堵|臭|味[儿道]?|熏|呛|烧|油烟|冒烟|黑烟|"
    r"吵|噪|打桩|轰|震|咚|响|不[亮热通转走]|冰凉|坑|垃圾|污|脏|苍蝇|蟑螂|老鼠|缺了|缺[一个]?角|断[了裂开]|破[了损洞]|碎|翘|松动|掉下|丢了|歪|倒[了塌]|绊|卡进|陷|盖子|乱停|违停|占道|挡|扰民|违建|拖欠|欠薪|不发工资|不给钱"
)


def gist(text: str, limit: int = 100) -> str:
    """``text``, or of a long story the sentence that stands for it, and that all of it is kept."""
    if len(text) <= limit:
        return words.short(text, limit)
    return f"{words.short(core(text, limit) or text, limit)}（原话全文都记下了）"


def core(text: str, limit: int = 100) -> str:
    """Of a long story the sentence, or the clauses, that tell the trouble itself; '' where none does."""
    sentence = tellingest(text)
    # A whole life told in one breath is one sentence: of it the clauses that tell the trouble.
    told = sentence if len(sentence) <= limit and _SENSED.search(sentence) else ""
    return told or _sensed(text, limit) or sentence


def _sensed(text: str, limit: int) -> str:
    """The clauses of ``text`` with most to see, hear or smell in them, in their order, up to ``limit`` characters."""
    clauses = [clause.strip() for clause in _CLAUSE.findall(text) if not _WHO_WRITES.match(clause)]
    telling = [(len(set(_SENSED.findall(clause))), n) for n, clause in enumerate(clauses)]
    kept: list[int] = []
    for count, n in sorted(telling, key=lambda found: (-found[0], found[1])):
        if count and sum(len(clauses[k]) + 1 for k in kept) + len(clauses[n]) <= limit:
            kept.append(n)
    return "，".join(clauses[n] for n in sorted(kept))


def tellingest(text: str) -> str:
    """Of a long story the sentence whose kind of trouble is the clearest; '' where none has any."""
    best, found = 0.0, ""
    for sentence in _SENTENCE.findall(text)[:_MOST_SENTENCES]:
        if _WHO_WRITES.match(sentence):
            continue
        analysis = language.read(sentence)
        if analysis is None or analysis.request_type not in ("complaint", "help"):
            continue
        # A complaint before a life story that only sounds like one.
        chance = analysis.categories[0].probability * (1.0 if analysis.request_type == "complaint" else 0.6)
        if not _SENSED.search(sentence):
            chance *= _ASIDE  # who was told of it, and what they said
        if chance > best:
            best, found = chance, sentence
    return found
