"""Several troubles in one message: told apart, asked about, and registered one after the other."""

from __future__ import annotations

import re
from typing import Any

from bot.actions import consent, contact, gateway, second_thoughts, words

_MOST = 4
_AND = re.compile(r"^(?:还有|另外|再有|再就是|还)+(?=.{3})")
# Words that begin the next matter. A bare 「还有」 or 「另外」 may as well go on with the same one: see `troubles`.
_NEXT = re.compile(
    r"(?:[，,。；;！!\s]+|(?=还有[一个件就]|另外|另一|再就是))(?:另一个|另外|还有(?!得)|再有|再就是|"
    r"其次|再者|顺便|同时)(?:还)?(?:就是|有)?(?:[一两]?[个件](?:事|问题|情况)?)?(?:就?是)?|"
    r"[，,。；;！!\s]*(?:"
    r"(?:另|再|还有)一[个件](?:事|问题)?(?:就?是)?|[二三四]是|第[二三四](?![次回遍趟天年月周期批届名层中]|个(?:月|星期|礼拜|小时))(?:[个件](?:事|"
    r"问题)?)?(?:就?是)?|另[外一]?[个件](?:事|问题)?(?:就?是)?|"
    r"(?<!\d)[2-4][、.．)）](?!\d))[，,：:、\s]*|[；;\n]+"
)
_ANNOUNCED = re.compile(
    r"^.{0,14}?[两二2三3四4几][个件](?:事情?|问题|情况)(?:要?反映|要?投诉|要说|呢|啊|哈)?[，,：:。\s]*"
)
_FIRST = re.compile(r"^(?:第?一[个件]?(?:事|问题)?(?:就?是)|首先|第一|1[、.．)）])[，,：:、\s]*")
# 「……：一是A，二是B」: counted by the writer, whatever stands in front.
_COUNTED = re.compile(
    r"(?:^|[，,。；;：:！!\s])(?:第?一(?:是|[个件](?:事|问题)?(?:就?是)?|[、，,])|首先|1[、.．)）])[，,：:、\s]*(?=.{4})"
)
# 「……，都在新城小区2号楼」: where all of them are.
_ALL_AT = re.compile(r"[，,。\s]*(?:都|全)(?:是)?在(?P<place>[^，,。]{2,24})$")
# Many things are wrong, and each clause is one of them.
_MANY = re.compile(
    r"(?:毛病|问题|事情?|破事|烦心事)(?:儿)?(?:太|很|特别|真|好|老|可)?多[了啊呀]?[：:，,。 ]|(?:好几|"
    r"几|一堆|一大堆)(?:个|件|样)?(?:毛病|问题|事情?)[：:，,。 ]"
)
_DROPPED = re.compile(
    r"(?P<what>[^，,。]{2,10}?)(?:的|那个|这个|那件|就|先)*(?:算了|不报|不说|不要|不用报|别报|不管|"
    r"不反映|不提)"
)
_ONLY = re.compile(r"(?:只|就|光|单)(?:报|说|反映|要|登记|投诉|处理)(?P<what>[^，,。]{2,20})")
_OF_MATTER = ("complaint", "help", "suggestion")
_APART = re.compile(r"分|各|单独|[两三][个件]|都要|都报|都登记|一[个件]一[个件]|逐")
_BOTH = re.compile(r"[两二三2]件|都|各")
_TOGETHER = re.compile(r"合|一起|一[个件]|不分|不用分")


def troubles(text: str) -> list[str]:
    """The matters that ``text`` tells of, at most four; [] unless there are two or more.

    Where their number is announced each part counts. Elsewhere each must sound like a matter of a kind of its own.
    """
    if many := _MANY.search(text):
        clauses = [_AND.sub("", part) for part in re.split(r"[，,。；;、]", text[many.end() :])]
        clauses = [part for part in clauses if len(words.bare(contact.without_contact(part))) >= 4]
        if 2 <= len(clauses) <= _MOST:
            return clauses
    announced = _ANNOUNCED.match(text)
    rest = text[announced.end() :] if announced else text
    counted = _COUNTED.search(text)
    if counted and _NEXT.search(text, counted.end()):
        announced, rest = counted, text[counted.end() :]
    parts = [_FIRST.sub("", part).strip("，,。；; \n") for part in _NEXT.split(_FIRST.sub("", rest))]
    parts = [part for part in parts if len(words.bare(contact.without_contact(part))) >= 5]
    if not 2 <= len(parts) <= _MOST:
        return []
    if announced:
        return parts
    read = [gateway.guess(part) for part in parts]
    kinds = {guess["category"] for guess in read if guess["category"] and guess["type"] in _OF_MATTER}
    return parts if len(kinds) == len(parts) else []


def shared_place(text: str, parts: list[str]) -> tuple[str, list[str]]:
    """Where all of the matters are, said before the first or after the last, and the matters without it; '' if nowhere."""
    at_end = _ALL_AT.search(text)
    if at_end and parts[-1].endswith(at_end[0].strip("，,。 ")):
        parts = [*parts[:-1], _ALL_AT.sub("", parts[-1])]
    place = at_end["place"] if at_end else gateway.place_in(text[: max(0, text.find(parts[0]))])
    return place, parts


def chosen(parts: list[str], answer: str) -> list[str]:
    """Which of the matters an answer keeps (「摆摊的就算了，只报路灯和井盖」); [] if it chooses none of them."""
    dropped, only = _DROPPED.search(answer), _ONLY.search(answer)
    if not (dropped or only):
        return []
    kept = list(parts)
    if dropped:
        kept = [part for part in kept if not _share(part, dropped["what"])]
    if only:
        kept = [part for part in kept if _share(part, only["what"])]
    return kept if 0 < len(kept) < len(parts) else []


_FIRST_CHOICE = re.compile(
    r"(?:先把|首先|优先|先)(?:给我|帮我)?(?:弄|报|说|处理|解决|办|登记|搞|整|来|管|反映|记|讲|修)?(?:一下)?(?P<what>[^，,。]{1,10}?)(?:那个|那件|这个|这件|的事|的|事|吧|一个|报|弄|办|说|登记|处理|[，,。]|$)"
)


def first_of(parts: list[str], answer: str) -> list[str]:
    """``parts`` with the one in front that an answer wants done first (「先弄垃圾那个」); [] if it names none of them."""
    wish = _FIRST_CHOICE.search(answer)
    if not wish:
        return []
    number = words.ordinal_in(wish["what"])
    named = [part for part in parts if second_thoughts.is_about(wish["what"], part)]
    if number and number <= len(parts):
        named = [parts[number - 1]]
    return [named[0], *(part for part in parts if part is not named[0])] if len(named) == 1 else []


def _share(one: str, other: str) -> bool:
    """Whether two texts share two neighbouring characters."""
    return any(other[i : i + 2] in one for i in range(len(other) - 1))


def wants_apart(text: str) -> tuple[bool | None, str]:
    """Whether the answer to "shall I register them apart?" is yes (None: no telling), and what else it says."""
    front, _, behind = text.replace("。", "，").partition("，")
    for part, rest in ((text, ""), (front, behind)):
        if words.is_no(part) or (_TOGETHER.search(part) and not _BOTH.search(part) and len(part) <= 12):
            return False, consent.read(rest).rest
        if words.is_yes(part) or consent.read(part).settles or (_APART.search(part) and len(part) <= 12):
            return True, consent.read(rest).rest
    return None, text


def listed(parts: list[str]) -> str:
    """The matters as a numbered list."""
    return "\n".join(f"{number}. {words.short(part, 40)}" for number, part in enumerate(parts, 1))


def carried(known: dict[str, Any], place: str | None) -> dict[str, Any]:
    """What the next matter takes over: the contact, the place where it names none itself, and those that follow."""
    following = known.get("next") or []
    kept: dict[str, Any] = {
        key: known[key] for key in ("phone", "phone_tail", "name", "anonymous") if key in known
    }
    if place and following and not gateway.guess(following[0])["place"]:
        kept["place"] = place
    return {**kept, "next": following[1:]}
