"""Reading a resident's words into the slots of a report."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions import (
    contact,
    gateway,
    gateway_cases,
    gateway_services,
    places,
    questions,
    several,
    summary,
    typos,
    words,
)
from bot.actions.base import Events

# What the resident said outside the story: it stays when the story is read anew.
KEPT = frozenset(
    {
        "type",
        "phone",
        "phone_tail",
        "name",
        "surname",
        "service",
        "position",
        "next",
        "draft",
        "asked_place",
        "filed",
        "told_privacy",
        "warned",
        "anonymous",
    }
)
# Without one of these a message is no praise, however friendly it sounds to the language layer.
_KIND = re.compile(
    r"谢|感激|感恩|表[扬杨]|赞|夸|锦旗|好人|不错|真好|太好|很好|热[情心]|耐心|周到|细心|贴心|暖心|心里暖|"
    r"(?:很|真|太|特别|认真)负责|佩服|满意|给力|辛苦"
)
# Nor a suggestion without one of these: thanks for an idea would mock somebody who told of a trouble.
_PROPOSES = re.compile(
    r"建议|希望|能不能|能否|可不可以|可否|应该|该.{0,6}[了吧]|最好|不如|要是.{0,12}就好|意见|想法|提议|"
    r"多[设装开建放摆种]|[增加]设|增加|改成|延长|[唔冇]?可以.{0,12}吗"
)
_OFFICE = re.compile(r"大厅|窗口|车管所|图书馆|体育馆")
_STORY = 100  # characters
UNKNOWN_PLACE = ""  # asked, and the resident could not say: filled, as far as the form is concerned


def sounds_kind(text: str) -> bool:
    """Whether a word of thanks or praise stands in ``text``."""
    return bool(_KIND.search(text))


_TURN = re.compile(r"但是?|可是|不过|然而|偏偏|就是(?=[^，。]{0,6}太)")
_RATES = re.compile(r"评价|评分|打分|差评|好评|[颗个]?星|满意")


# 「给你们点个赞，那个坑越修越大」: praise for what nobody would praise.
_ALAS = re.compile(
    r"心都有了|怕我们|(?:真|可真|太)贴心|越.{1,4}越(?:大|多|差|臭|脏|堵|糟|烂|响)|能养鱼|可以养鱼|"
    r"大大的赞|真(?:是)?(?:厉害|会|行|棒|负责).{0,8}(?:啊|呢)?[，,].{0,20}(?:还是|没|不|坏)|"
    r"(?:半年|[一二三四五六七八九十几]+(?:个月|天|年|回|次|趟)).{0,10}(?:没[人修好管]|还没|不[修管来])|"
    r"等于没|白[修干]|(?:谢谢|感谢|多谢)你们(?:让|害)"
)


def _irony(text: str) -> bool:
    """Whether praise stands beside what only a complaint says, and something is amiss in it."""
    return bool(_KIND.search(text) and _ALAS.search(text)) and not _RATES.search(text)


def turns_to_trouble(text: str) -> bool:
    """Whether kind words only lead up to a trouble: 「保安人不错，但是物业乱涨价」."""
    if _irony(text):
        return True
    after = _TURN.split(text)[-1] if _TURN.search(text) else ""
    if len(words.bare(after)) < 6 or _RATES.search(text):
        return False
    read = gateway.guess(after)
    return bool(read["sure"] and read["type"] in ("complaint", "help"))


# How we were of no use so far, without what it was about.
_OF_US = re.compile(
    r"12345|热线|(?:打|报|找|反映|投诉|说)了?.{0,4}(?:[两二三四五六七八九十几多好0-9]+|无数|好多)(?:遍|次|回|趟)"
    r"|没一?个?人(?:管|理|接)|不作为|吃干饭|踢皮球|推来推去"
)
_ANGRY = 44


def only_anger(text: str) -> bool:
    """Whether ``text`` only says how angry somebody is with us: that nobody came, not what for."""
    if len(text) > _ANGRY or not _OF_US.search(text):
        return False
    rest = _SWEARS.sub("", _OF_US.sub("", text))
    return len(re.sub(r"[是的吗我俺都了就也还啊呀吧呢嘛这那给啦过一群帮]", "", words.bare(rest))) <= 2


_SWEARS = re.compile(
    r"你们|政府|单位|部门|有没有人|管不管|到底|是不是|气死|什么玩意|我要(?:投诉|举报|反映)|都死|废物|垃圾(?:系统|东西|政府)"
)


def proposal(text: str) -> bool:
    """Whether ``text`` proposes something."""
    return bool(_PROPOSES.search(text))


NO_PLACE = (
    "说不清", "不知道", "不清楚", "没有地点", "没有具体", "跳过", "不方便说", "不记得", "不固定", "没有固定", "没固定",
    "到处都", "哪都", "哪里都", "说不上", "讲不清", "不晓得", "晓不得", "不会说地", "说不好", "不好说", "没得具体",
    "莫得具体", "不认得路",
)  # fmt: skip


_SOUND = re.compile(r"[啊哦嗯哈呃额唉哎呀嘿呵嘻噢喔哇]+|[A-Za-z0-9]+")


def beginning(text: str) -> str:
    """A word of two or three letters that only begins to tell: 「路灯」, and 「坏了」 follows; '' for anything else."""
    word = words.bare(text)
    empty = (
        words.is_yes(text)
        or words.is_no(text)
        or words.only_opens(text)
        or any(no in word for no in NO_PLACE)
    )
    return "" if empty or len(word) not in (2, 3) or _SOUND.fullmatch(word) else word


def first_reading(text: str, known: dict[str, Any], place: str | None = None) -> Events:
    """Slots after a resident's own account: of several matters none is begun before they say how."""
    parts = (
        several.troubles(contact.without_contact(text))
        if not known.get("type") and "next" not in known
        else []
    )
    if not parts:
        return understood(text, known, place)
    note_contact(text, known)
    # What stands before the first of them holds for all: 「青禾苑有两个事，一个是……」, 「……，都在2号楼」.
    shared, known["several"] = several.shared_place(contact.without_contact(text), parts)
    place = place or shared or None
    return [SlotSet("report_text", None), SlotSet("report_place", place), SlotSet("report", known)]


def understood(text: str, known: dict[str, Any], place: str | None = None) -> Events:
    """Slots after reading ``text``: guesses where the resident said nothing themselves.

    ``place`` is None while nobody was asked for it, '' when the resident could not say.
    """
    note_contact(text, known)
    matter = places.put_right(contact.without_contact(text)) or contact.without_contact(text)
    if not matter:
        return [SlotSet("report", known)]
    core = questions.without_privacy(matter)
    if core != matter and not known.get("told_privacy"):
        known |= {"about": "about_privacy", "told_privacy": True}
    read = gateway.guess(typos.mended(core))
    if not read["sure"] and len(matter) > _STORY and (told := summary.core(matter)):
        # A whole life stands around it: what the clearest sentence is about, the story is about.
        clear = gateway.guess(told)
        read |= {key: clear[key] for key in ("category", "category_name", "options")} if clear["sure"] else {}
    if (read["type"] == "praise" and (not sounds_kind(matter) or turns_to_trouble(matter))) or (
        read["type"] == "suggestion" and not proposal(matter)
    ):
        read["type"] = "complaint"
    known = {**read, **known}
    if known["type"] == "praise":
        known["urgency"] = "normal"  # nobody hurries thanks
    read["place"] = known.pop("place", "") or read["place"]
    if place is None and known["type"] in ("suggestion", "praise"):
        place = UNKNOWN_PLACE  # these need no spot on the map
    place = place or read["place"] or place
    if not known["sure"] and not known.get("service"):
        known |= gateway_services.certain_service(matter)
    if not place and _OFFICE.search(matter) and (office := gateway_services.certain_service(matter)):
        # Trouble at a counter that the words name: where that is, is published.
        place = gateway_services.service_facts(office["service"])["place"] or place
    if place:
        known["similar"] = gateway_cases.similar(matter, place, known["category"])
    return [SlotSet("report_text", matter), SlotSet("report_place", place), SlotSet("report", known)]


def note_contact(text: str, known: dict[str, Any]) -> bool:
    """Seal a phone and a name found in ``text`` into ``known``; True if there was a phone."""
    phone, name = contact.phone_in(text), contact.name_in(text)
    if phone:
        known["phone"] = gateway.seal(phone)
        known["phone_tail"] = phone[-4:]
    if name:
        known["name"], known["surname"] = (
            gateway.seal(name),
            name[:2] if name.startswith("欧阳") else name[:1],
        )
    return bool(phone)
