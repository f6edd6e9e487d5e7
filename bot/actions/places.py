"""The answer to "where is it?": which part of it is the place, and which is more of the story."""

from __future__ import annotations

import re

from bot.actions import consent, gateway, place_spans, words

LONGEST = 12  # up to here words that nobody knows may be the name of a place
# Impatience, a question, what was done so far, a reproach: none of it is a place.
_NO_ANSWER = re.compile(
    r"(管不管|(?<!来)[吗嘛]|[了过]|什么时候|为什么|怎么|快点|赶紧|赶快|自己)[啊呀吧呢的]*[！!？?。]*$|"
    r"^(我|你|他|咱|恁)们?[都也还就已自]|"
    r"^(不用|不要|算了|随便|你们|关你|问|为啥|凭)|[改查管处解]?[改查管理决]吧?$"
)
_LEAD = re.compile(
    r"^(?:哦|噢|啊|嗯|喺|那个|地址|地点|位置|在哪里?|[啊呀嘛呢是就在住搁：:，, ]|就在|就是|我家|我们家|"
    r"俺家|我住|俺住|住在)+(?=..)"
)
_SAID_IN = re.compile(r"(?P<what>.{1,10}?)(?:就在|在|是)(?P<where>.{3,})$")
_TAIL = re.compile(
    r"(?:啰|喽|咯|噻|嘞|哒|哩|哈|啊|呀|哦|嘛|呢|吧|的?那儿|的?那里|的?那[块边]儿?|这[儿里边]|嗰度|来的?|的)+$"
)

_ANNOUNCES = re.compile(r"^[哦噢啊嗯哎那个]*(?:地址|地点|位置|地方)(?:就?是|啊|呀|嘛|呢|在|的话)*$")


def names(text: str) -> bool:
    """Whether ``text`` names a place that somebody else could find."""
    return words.says_building(text) or bool(gateway.place_in(text))


def is_none(answer: str) -> bool:
    """Whether an answer to the question for the place cannot be one."""
    if place_spans.is_anywhere(answer):
        return True
    return not names(answer) and bool(_NO_ANSWER.search(answer))


_SLIP = re.compile(
    r"[，,。.\s]*(?:哦|噢|啊|呃|哎|额)*(?:不对|不是|错了|说错了|写错了|打错了|口误|"
    r"更正)+[了]?[，,。.\s]*(?:应该)?(?:是|在)?"
)


_TWICE = re.compile(r"^([一-龥]{2,6}?[路街巷苑园邸居村道])\1")  # said twice, as one does who was wrong first


def put_right(text: str) -> str:
    """``text`` with a house number that the same breath puts right (「2号楼，哦不对，5号楼」); '' if there is none."""
    slip = _SLIP.search(text)
    if not slip or slip.start() < 2 or slip.end() >= len(text):
        return ""
    before, after = text[: slip.start()], _TWICE.sub(r"\1", text[slip.end() :])
    wrong, right = gateway.place_in(before), gateway.place_in(after)
    if wrong and right and wrong != right and not words.unit_at_start(after):
        if before.endswith(wrong) and after.startswith(right[:2]):
            return before[: -len(wrong)] + after  # 「采石街啊不对是文澜街，门口……」
        if gateway.is_only_place(after):
            return before.replace(wrong, right)
    unit = words.unit_at_start(after)
    if not unit or not words.has_unit(before):
        return ""
    return words.merge_place(before, unit) + after[len(unit) :]


def trimmed(place: str) -> str:
    """``place`` without the words that lead to it and the particles after it; unchanged if nothing else were left."""
    place = place.strip("，。,. 　")
    said = _SAID_IN.match(place)
    if said and names(said["where"]) and not names(said["what"]):
        place = said["where"]
    bare = _TAIL.sub("", _LEAD.sub("", place))
    return bare if len(bare) >= 2 else place


# 18动, 7号搂: what an input method makes of 栋 and 楼.
_HOUSE_TYPO = re.compile(r"(?<=[0-9])[动憧懂冻洞](?![0-9])")
_FLOOR_TYPO = re.compile(r"(?<=[0-9一二三四五六七八九十])号[搂娄蒌偻]")


def _of_the_story(part: str) -> bool:
    """Whether a clause only sounds like a place: 我家门口, 「小区停水三天了」."""
    if place_spans.is_anywhere(part) or place_spans.is_anywhere(place_spans.own_part(part)):
        return True
    return place_spans.tells_amiss(part) and not gateway.place_in(part)


def answered(answer: str) -> tuple[str, str]:
    """The place that an answer names ('' if none can be found), and what else it tells."""
    parts = consent.clauses(_FLOOR_TYPO.sub("号楼", _HOUSE_TYPO.sub("栋", answer)))
    spoken = [n for n, part in enumerate(parts) if names(part) and not _of_the_story(part)]
    if not spoken:
        return "", ""
    first, last = spoken[0], spoken[-1]
    if last - first != len(spoken) - 1:
        last = first
    place = "".join(
        trimmed(part) if n == first else part for n, part in enumerate(parts[first : last + 1], first)
    )
    others = [part for part in (*parts[:first], *parts[last + 1 :]) if not _ANNOUNCES.match(part)]
    rest = consent.read("，".join(others)).rest
    if len(place) > 30:
        place = gateway.place_in(place) or place
    more = (
        "" if len(words.bare(rest)) < 4 or any(no in rest for no in ("说不清", "不知道", "不清楚")) else rest
    )
    return _TAIL.sub("", place) or place, more
