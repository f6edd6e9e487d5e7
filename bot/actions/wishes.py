"""Two wishes in one message: a trouble, and beside it a question about a published service. Neither is dropped."""

from __future__ import annotations

import re

from bot.actions import contact, gateway, gateway_services, matters, questions, words
from bot.actions.rate_reading import settle

# Where one wish may end and the next begin: at marks, and at the words that people link them with.
_BORDER = re.compile(
    r"[，,。；;！!？?\n ]+|(?=(?:另外|顺便|顺带|顺路|对了|还有)(?:我|再|想|就是)*(?:再)?(?:问|咨询|打听|请教|想知道))"
)
_LINK = re.compile(
    r"^(?:另外|还有|顺便|顺带|对了|再|就是|然后|我|也|还|想|一并)*(?:再|想)*(?:问问?|咨询|打听|请教|请问)?"
    r"(?:一?[下哈]|哈子|个事|一声|你们?|您)*[，,：: ]*"
)
_HANGING = re.compile(r"[，,。；;！!\s]*(?:对了|还有|另外|顺便|顺带)?[，,。；;！!\s]*$")
_ASKS = re.compile(
    r"什么|啥|哪|几点|几时|何时|怎么|咋|如何|多少|(?:[吗嘛么没]|[^不]不)[？?。 ]*$|需要|要带|带点|手续|材料|电话|地址|流程|条件"
)
_LONG_MATTER = 10
_LIKELY = 0.6  # likeness from which a service is answered for without being named
_LEAST, _LEAST_MATTER = 14, 6


def trouble_and_question(text: str) -> tuple[str, str, str]:
    """The trouble, the question and the code of the service that it names; three times '' where it is not both."""
    if len(text) < _LEAST or not (questions.how_to(text) or questions.asked_facts(text)):
        return "", "", ""
    cuts = sorted({match.end() for match in _BORDER.finditer(text)} - {0, len(text)})
    for cut in reversed(cuts):
        for matter, question in ((text[:cut], text[cut:]), (text[cut:], text[:cut])):
            if code := _both(matter, question):
                return _HANGING.sub("", matter), question, code
    return "", "", ""


def _both(matter: str, question: str) -> str:
    asked = _LINK.sub("", question)
    if (
        matters.AMISS.search(asked)
        or not _ASKS.search(asked)
        or not (questions.how_to(asked) or questions.asked_facts(asked))
    ):
        return ""
    plain = matters.core(_LINK.sub("", matter))
    if len(words.bare(plain)) < _LEAST_MATTER or questions.how_to(plain):
        return ""
    hits = gateway_services.match_services(asked)
    chosen = settle(hits) or (hits[0] if hits else None)
    if not chosen or chosen[2] < _LIKELY or matters.is_trouble_desk(chosen[1]) or contact.phone_in(question):
        return ""
    # The trouble must stand by itself: the question's own words may not be what makes it one.
    told = matters.is_matter(plain) or (
        len(words.bare(plain)) >= _LONG_MATTER and bool(gateway.place_in(plain))
    )
    return str(chosen[0]) if told else ""
