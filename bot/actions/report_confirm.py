"""The answer to the card that shows what will be registered."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import SlotSet

from bot.actions import (
    confirm_reading,
    consent,
    contact,
    gateway,
    matters,
    place_spans,
    questions,
    second_thoughts,
    words,
)
from bot.actions.base import Events
from bot.actions.report_changes import BESIDE, CANNOT_SAY, WORDS, CardChanges
from bot.actions.report_reading import note_contact

_WRONG_CATEGORY = ("类别不对", "类别错了", "分类不对", "分类错了")
_WRONG_PLACE = ("地点不对", "地点错了", "位置不对", "地址不对", "改一下地点", "地方错了", "楼号不对")


# Consent in more words than a yes, and a question about us instead of an answer.
_CONSENTS = re.compile(
    r"没错|准确|就(?:是)?这[么样个]|提交吧|可以提交|对的|没问题|你看着办|随便|都行|要得|系啊|交吧|登记吧|给我登记|那就行|[报交]上去"
)
_OBJECTS = re.compile(r"不对|不是|(?<!没)错了|不准确|有问题|还有|另外|漏了|改")
_ASKS_US = re.compile(
    r"(?:会|能|真).{0,10}(?:来|管|解决|处理|办|修|用|理).{0,3}[吗嘛么]|管用|有用[吗嘛么]|多久|几天|什么时候|啥时候"
)
# After a yes: what wants the card changed, or begins another matter.
_MORE = re.compile(r"不对|不是|(?<!没)错|改|但|不过|还有|另外|漏|除了|再加|补充|其实|应该|换成")
_QUESTION = re.compile(r"[吗嘛么][？?]?$|[？?]$|多久|几天|什么时候|啥时候")
_CONTACT = re.compile(r"电话|手机|号码|尾号|联系方式|名字|姓名|姓错|写错|打错")
_AND_MORE = re.compile(
    r"(?:还有|另外|补充|再加|再写|而且|并且|尤其|特别是|主要是|关键是|你再)(?!.*(?:[查问]|怎么办|服务|窗口))"
)
# 「不是投诉啊，就是个建议」: of what kind it is, and nothing of the story.
_ONLY_PROPOSES = re.compile(
    r"(?:不是|不算|没想)(?:要)?(?:投诉|举报|告状).{0,6}(?:就|只|算|提)?.{0,2}是?个?小?建议"
)
_IN_SHORT = 24
_SENTENCE = 10  # characters from which an answer may say something of its own


def _same_place(old: str, new: str) -> bool:
    """Whether two wordings of a place share a name of three characters: the one is the other, more or less exactly."""
    return any(old[i : i + 3] in new for i in range(len(old) - 2))


class Confirmation(CardChanges):
    """The answer to the card: yes, join, a phone, a correction in words or by button, or more of the story."""

    def events(self) -> Events:
        """Slots after this answer; none if it is no answer."""
        said = self.said
        if code := said.entities.get("category_code"):
            return (
                self._category([code, gateway.category_name(code)])
                if gateway.category_name(code)
                else self._ask("category")
            )
        spoken = words.bare(said.text)
        if self.fix in ("category", "same_category") and CANNOT_SAY.search(spoken):
            return self._category_in_words()
        if (
            self.known.get("similar")
            and said.intent == "cancel"
            and confirm_reading.apart_or_together(said.text)
        ):
            return self._decision(spoken)  # 「别合，分开」 calls off nothing but the joining
        if said.interrupts:
            return []
        if spoken in _WRONG_CATEGORY:
            return self._ask("category")
        if spoken in _WRONG_PLACE:
            return self._ask("place")
        if self.fix in ("category", "same_category") and not said.is_aside:
            return self._category_in_words()
        if self.fix == "place" and not said.is_aside:
            return self._new_place(words.corrected(said.text) or said.text)
        if self.fix == "which" and not said.is_aside and words.house_put_right(said.text):
            return self._new_place(words.house_put_right(said.text))
        return self._decision(spoken)

    def _decision(self, spoken: str) -> Events:
        said = self.said
        similar = self.known.get("similar")
        asked_to_join = confirm_reading.apart_or_together(said.text) if similar else ""
        if (
            spoken.startswith(("单独", "分开"))
            or asked_to_join == "apart"
            or (similar and words.is_no(said.text))
        ):
            return self._accept(join="")
        if similar and asked_to_join == "together":
            return self._accept(join=similar["number"])
        if confirm_reading.is_sign(said.text):
            return self._accept_with_join(similar)
        if second_thoughts.what_of(said.text) and second_thoughts.is_about(
            second_thoughts.what_of(said.text), self.text
        ):
            return [SlotSet("report", self.known), SlotSet("report_confirm", None)]  # the card, once more
        has_phone = note_contact(said.text, self.known)
        rest = contact.without_contact(said.text)
        if (
            (has_phone or contact.name_in(said.text))
            and words.says_wrong(said.text)
            and _CONTACT.search(said.text)
        ):
            return self._show_again()  # the phone or the name was put right, and noted
        house = words.house_put_right(rest)
        if house and house not in self.place:
            return self._new_place(house)
        if settled := self._apart_from_contact(rest, has_phone, similar) or self._asked(said.text):
            return settled
        if not has_phone and (settled := self._consent(spoken, similar)):
            return settled
        if words.is_no(said.text):
            # "不用(留电话了)": the card itself was not called wrong.
            return self._accept_with_join(similar)
        return self._otherwise(rest)

    def _apart_from_contact(self, rest: str, has_phone: bool, similar: dict[str, Any] | None) -> Events:
        """A yes, in whatever words, with a phone or a detail beside it; [] where it is none."""
        said, answer = self.said, consent.read(rest)
        if words.says_wrong(rest):
            return []
        agrees = answer.settles or (answer.yes and not _MORE.search(answer.rest))
        if agrees or (has_phone and (len(words.bare(answer.rest)) <= 6 or answer.yes)):
            return self._agreed(answer.rest, similar)
        short = said.leans("affirm") and len(words.bare(said.text)) <= 12 and not _MORE.search(rest)
        return self._accept_with_join(similar) if words.is_yes(said.text) or short else []

    def _asked(self, text: str) -> Events:
        """The card again after an answer to a question about reporting itself; [] where none was asked."""
        about = questions.about_reporting(text)
        if questions.about_bot(text):
            about = "about_bot"
        if not about and consent.read(text).fear and not consent.read(text).rest:
            about = "about_privacy"
        return self._about(about) if about and not gateway.place_in(text) else []

    def _otherwise(self, rest: str) -> Events:
        """Neither yes nor no: a correction, another place, or more of the story."""
        said = self.said
        if (moved := confirm_reading.changed_place(rest)) and (
            gateway.place_in(moved) or words.has_unit(moved)
        ):
            return self._new_place(moved)
        if _ONLY_PROPOSES.search(said.text) and len(said.text) <= _IN_SHORT:
            self.known["type"] = "suggestion"
            return self._show_again()
        if words.says_wrong(said.text):
            return self._correction(words.corrected(said.text))
        if second_thoughts.adds(said.text) or (
            _AND_MORE.match(said.text) and not _QUESTION.search(said.text)
        ):
            return self._more(rest)
        if said.is_aside and not self._goes_on(rest):
            return []
        if gateway.is_only_place(rest):
            return self._new_place(words.corrected(rest) or rest)
        if house := words.house_put_right(rest):
            return self._new_place(house)
        named = gateway.place_in(rest)
        if named and len(words.bare(rest)) <= len(named) + BESIDE and not place_spans.tells_amiss(rest):
            return self._new_place(rest)  # 「澄江路那个转盘」
        return self._more(rest) if self._says_more(rest) else self._remind()

    def _goes_on(self, rest: str) -> bool:
        """Whether what sounds like small talk or abuse tells more of the trouble."""
        return self.said.intent in ("insult", "chitchat", "help") and matters.is_matter(matters.core(rest))

    def _says_more(self, rest: str) -> bool:
        """Whether words that are neither yes nor no say anything that could stand on the card."""
        spoken = len(words.bare(rest))
        told = place_spans.tells_amiss(rest) or bool(gateway.place_in(rest))
        return (
            told
            or spoken >= _SENTENCE
            or (spoken >= WORDS and self.said.intent in ("report", "inform", "correct", "suggest"))
        )

    def _remind(self) -> Events:
        """The card once more: nothing was said that could be told from a yes or a no."""
        return [SlotSet("report", self.known), SlotSet("report_confirm", None)]

    def _about(self, wording: str) -> Events:
        """A question about us is answered, and the card shown again."""
        self.known["about"] = "about_can" if wording == "about_here" else wording
        return [SlotSet("report", self.known), SlotSet("report_confirm", None)]

    def _agreed(self, rest: str, similar: dict[str, Any] | None) -> Events:
        """A yes with more behind it: a finer place or a detail goes along; another place is shown once more."""
        if len(words.bare(rest)) < 4 or _QUESTION.search(rest):
            return self._accept_with_join(similar)
        place = words.corrected(rest) if gateway.is_only_place(rest) else ""
        if place and words.merge_place(self.place, place) == place and not _same_place(self.place, place):
            return self._new_place(place)
        if place:
            return [
                e for e in self._new_place(place) if e["name"] != "report_confirm"
            ] + self._accept_with_join(similar)
        events = self._accept_with_join(similar)
        return [SlotSet("report_text", f"{self.text}。{rest}"), *events]

    def _consent(self, spoken: str, similar: dict[str, Any] | None) -> Events:
        """A yes in more words than one, or the card again after a question about us; [] where it is neither."""
        if len(spoken) > _IN_SHORT or _OBJECTS.search(spoken) or words.says_building(self.said.text):
            return []
        if _CONSENTS.search(spoken):
            return self._accept_with_join(similar)
        if _ASKS_US.search(spoken) and not gateway.place_in(self.said.text):
            self.known["asked_us"] = True
            return [SlotSet("report", self.known), SlotSet("report_confirm", None)]
        return []

    def _accept_with_join(self, similar: dict[str, Any] | None) -> Events:
        return self._accept(join=similar["number"] if similar else "")

    def _accept(self, join: str) -> Events:
        self.known["join"] = join
        return [SlotSet("report", self.known), SlotSet("report_confirm", True)]
