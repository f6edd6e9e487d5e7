"""More about a service spoken of: whether a question goes on with it, and which part of it no published fact answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.actions import consent, questions, words

_LONGEST = 34
_ASKS = re.compile(
    r"(?:吗|么|呢|不|没有?|嘛|伐)[？?。！!\s]*$|[？?]|行不行|能不能|可不可以|要不要|用不用|几[次天个年岁]|多少|多久|多大|多长|找谁|问谁|怎么|咋"
)
_GOES_ON = re.compile(
    r"^(?:那|那么|要是|如果|万一|假如|可是|但是?|还有)|这样(?:也|还|能|行|可以)|(?:也|还)(?:能|可以|行|要|得)|找谁|问谁|替我|代我|帮我(?:去|办|跑)|本人"
)
_ANOTHER = re.compile(r"顺便|另外|再问|还想问|对了|换个")
# Asked by a clause, whatever else the message asks.
_MORE = re.compile(
    r"(?:吗|么|不|没有?|嘛|伐)$|行不行|能不能|可不可以|要不要|用不用|几[次天个年]|多少|多久|多大|多长|几个工作日|岁|押金|收费|费用"
)
_DOUBT = re.compile(
    r"只[有带剩]|没有|没带|不在|在老家|复印件|代替|行不|行吗|可以[吗不]|一定要|必须|非得|忘|找不到|丢"
)
_SAME = {
    "户口本": "户口簿", "户口簿": "户口簿", "身份证": "身份证", "照片": "照", "相片": "照", "合同": "合同", "出生证": "出生",
    "结婚证": "结婚证", "房本": "产权", "房产证": "产权", "发票": "发票", "银行卡": "银行卡",
}  # fmt: skip


def follows_up(text: str) -> bool:
    """Whether a short question goes on with what was spoken of: 「这样也能提吗」, 「那要是不热找谁」."""
    return (
        len(text) <= _LONGEST and bool(_GOES_ON.search(text) and _ASKS.search(text)) and not _ANOTHER.search(text)
    )  # fmt: skip


def supposes(text: str) -> bool:
    """Whether ``text`` speaks of a case that may be, or of what was just said, and not of a trouble of today."""
    return bool(re.search(r"要是|如果|万一|假如|这样", text))


def about_document(text: str, materials: Sequence[str]) -> bool:
    """Whether ``text`` doubts a document that the service spoken of asks for: 「只有身份证行不」."""
    listed = "、".join(materials)
    named = any(word in text and kept in listed for word, kept in _SAME.items())
    return (
        len(text) <= _LONGEST
        and named
        and bool(_DOUBT.search(text))
        and not re.search(r"怎么[办补换]|咋[办补换]", text)
    )


def unanswered(question: str) -> str:
    """The clause of ``question`` that asks for what is not among the published facts, where others do not; or ''."""
    clauses = consent.clauses(question)
    left = [
        part
        for part in clauses
        if _MORE.search(part) and not (questions.asked_facts(part) or questions.how_to(part))
    ]
    others = [
        part for part in clauses if part not in left and (questions.asked_facts(part) or _ASKS.search(part))
    ]
    return words.short(left[-1], 24) if left and (others or len(left) > 1) else ""
