"""Reading the answer to what the rating form asked, and storing the vote."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import consent, gateway, gateway_services, questions, words
from bot.actions.base import BotAction, Events, Said, clear, hand_over, is_answer
from bot.actions.rate_reading import blames_shortly, remarks, says_why, settle
from bot.actions.rate_store import FORM, resume, store
from bot.actions.report import begin
from bot.actions.report_reading import sounds_kind
from bot.actions.wording import say

# 「社保转移」 names what was meant; 「社保转移要带什么」 asks something else first.
_QUESTION = re.compile(r"怎么|咋|什么|啥|吗|几点|哪[里儿]|在哪|如何|多少|[？?]")
_PROGRESS = re.compile(r"进度|进展|查|反映|单号|哪一?步|结果")
_ENOUGH = ("不说了", "不写了", "不填了", "没了不说了", "不评论了")  # elsewhere these cancel
_THANKS_ONLY = re.compile(
    r"让.{0,6}(?:领导|单位|他们|她们).{0,2}知道|说声谢谢|没别的(?:事|意思)|就想(?:谢谢|表扬|感谢|夸)|转达|不记得|忘了|记不清|就是想感谢|不知道"
)


_PATIENCE = 2  # remarks instead of the service's name, before the name is asked for anew
# 「不是，我要投诉」, 「光打分不行，这事我要投诉：……」
_COMPLAINS = re.compile(
    r"^.{0,12}?我?[是要想](?:要|是|想)?(?:投诉|举报|反映)(?!.{0,4}服务)(?:问题|一下|个事)?"
)


_NO_MORE = re.compile(
    r"没(?:有)?(?:啥|什么|别的|其他)?(?:话|要)?(?:补充|要?说|话要?说)的?|没有?了|不用回复|就给?个?分数?|就这样"
)


def _nothing_more(text: str) -> bool:
    """Whether an answer only says that there is nothing to add."""
    return all(_NO_MORE.fullmatch(part) for part in consent.clauses(text)) and bool(text.strip())


def _keep_remark(text: str, known: dict[str, Any]) -> None:
    if remarks(text):
        known["remark"] = "。".join(part for part in (known.get("remark"), text.strip()) if part)


def _tells_trouble(said: Said) -> bool:
    """Whether a new trouble is told instead of which service is meant."""
    return (
        said.intent == "report" and len(said.text) > 14 and not words.rating_in(said.text)
        and not sounds_kind(said.text) and bool(gateway.place_in(said.text))
    )  # fmt: skip


class ValidateRating(BotAction):
    """Read the answer to what the form asked; no event at all means that it was no answer."""

    action_name = "validate_rate_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_answer(tracker, FORM):
            return []
        said, known = Said.of(tracker), dict(tracker.get_slot("rate") or {})
        asked = tracker.get_slot("requested_slot")
        if asked and questions.privacy(said.text) and not said.interrupts:
            # 「名字我可不留，怕给我穿小鞋」: answered, and the question asked again.
            return [SlotSet("rate", {**known, "about": "about_privacy"}), SlotSet(str(asked), None)]
        enough = asked == "rate_reason" and words.bare(said.text) in _ENOUGH
        if said.interrupts and not enough:
            return []
        if asked != "rate_reason" and said.intent == "report" and words.after_dropping(said.text):
            return []  # dropped for something else
        if asked in ("rate_service", "rate_level") and (_tells_trouble(said) or _COMPLAINS.search(said.text)):
            return self._to_report(said, known)
        if (
            asked == "rate_service"
            and gateway.is_only_place(said.text)
            and not gateway_services.match_services(said.text)
        ):
            # Where it is, of what was praise in appearance only.
            story = "，".join(part for part in (str(known.get("words") or ""), said.text) if part)
            return [SlotSet("rate", {**known, "report": story}), SlotSet("requested_slot", None)]
        if asked == "rate_service" and _nothing_more(said.text) and known.get("hits"):
            return self._settled(known, tracker.get_slot("rate_level"))
        if asked == "rate_service":
            return self._service(said, known)
        if asked == "rate_level":
            return self._level(said, known)
        return self._reason(said, known, int(tracker.get_slot("rate_level")))

    @staticmethod
    def _to_report(said: Said, known: dict[str, Any]) -> Events:
        """No rating after all, but a complaint: with what was said of it before."""
        told = _COMPLAINS.sub("", said.text).strip("，,。：: ")
        before = str(known.get("words") or "") if known.get("remark") else ""
        text = "。".join(part for part in (before, told) if len(words.bare(part)) >= 4)
        return [SlotSet("rate", {**known, "report": text}), SlotSet("requested_slot", None)]

    @staticmethod
    def _settled(known: dict[str, Any], level: Any) -> Events:
        """「没啥补充的」 instead of which service: of one it is a yes, and no reason follows; of several none is chosen."""
        if len(known["hits"]) > 1:
            return [SlotSet("rate", {**known, "heard": _PATIENCE}), SlotSet("rate_service", None)]
        why = [SlotSet("rate_reason", True)] if level or known.get("level") else []
        return [*ValidateRating._chosen(known["hits"][0], known), *why]

    def _service(self, said: Said, known: dict[str, Any]) -> Events:
        hits = known.get("hits") or []
        if code := said.entities.get("service_code"):
            return self._chosen([code, gateway_services.service_facts(code)["name"], 2], known)
        if known.get("praise") and _THANKS_ONLY.search(said.text):
            return self._thanks(known)
        number = words.ordinal_in(said.text)
        if number and number <= len(hits):
            return self._chosen(hits[number - 1], known)
        if words.is_yes(said.text):
            # A yes chooses one of one, and of several none.
            return self._chosen(hits[0], known) if len(hits) == 1 else [SlotSet("rate_service", None)]
        if words.bare(said.text) in ("都不是", "不是", "不是这个", "没有"):
            return self._thanks(known) if known.get("praise") else self._unknown(known)
        found = gateway_services.match_services(said.text)
        settled = settle(found) and not _QUESTION.search(said.text)
        if said.is_aside and said.intent not in ("rate", "praise") and not settled:
            return []
        exact = next((hit for hit in hits if hit[1] in said.text), None) or settle(found)
        level = words.rating_in(said.text)
        if level:
            known["level"] = level
        if exact:
            return self._chosen(exact, known)
        tags = any(tag in said.text for some in (5, 3, 1) for tag in gateway_services.rating_tags(some))
        agrees = consent.read(said.text).yes  # 「对，就中间那档」: to the level, not to one of several
        if (
            hits
            and (agrees or not found)
            and (agrees or level or tags or remarks(said.text))
            and known.get("heard", 0) < _PATIENCE
        ):
            # How it was, while we asked which: kept, and with one candidate there is nothing left to ask.
            _keep_remark(said.text, known)
            if len(hits) == 1:
                return self._chosen(hits[0], known)
            return [
                SlotSet("rate", {**known, "heard": known.get("heard", 0) + 1}),
                SlotSet("rate_service", None),
            ]
        if found:
            known |= {"hits": found}
            return [SlotSet("rate", known), SlotSet("rate_service", None)]
        return self._unknown(known)

    @staticmethod
    def _thanks(known: dict[str, Any]) -> Events:
        """No service to rate: the kind words become a request of their own and reach the people praised."""
        known["thanks"] = True
        return [SlotSet("rate_service", None), SlotSet("rate", known), SlotSet("requested_slot", None)]

    @staticmethod
    def _unknown(known: dict[str, Any]) -> Events:
        known |= {"hits": [], "tries": known.get("tries", 0) + 1}
        if known["tries"] >= 2:
            return [SlotSet("rate", known), SlotSet("requested_slot", None)]
        return [SlotSet("rate", known), SlotSet("rate_service", None)]

    @staticmethod
    def _chosen(hit: list[Any], known: dict[str, Any]) -> Events:
        known["name"] = hit[1]
        known.pop("heard", None)
        level = known.pop("level", None)
        events = [SlotSet("rate_service", hit[0]), SlotSet("rate", known)]
        return [*events, SlotSet("rate_level", level)] if level else events

    @staticmethod
    def _level(said: Said, known: dict[str, Any]) -> Events:
        spoken = words.bare(said.text)
        if known.get("praise") and spoken.startswith("转达"):
            return ValidateRating._thanks(known)
        level = words.level_in(said.text)
        if level is None and known.get("suggested") and words.is_yes(said.text):
            level = int(known["suggested"])
        tags = [tag for tag in gateway_services.rating_tags(5) if tag in said.text]
        if level is None and known.get("suggested") and (tags or said.intent == "praise"):
            # What was good is a yes to the suggested level, and the reason with it.
            known |= {"tags": tags, "comment": "" if tags and len(said.text) < 12 else said.text}
            level = int(known["suggested"])
            return [SlotSet("rate_level", level), SlotSet("rate_reason", True), SlotSet("rate", known)]
        if level is None and remarks(said.text) and not known.get("heard"):
            _keep_remark(said.text, known)
            return [SlotSet("rate_level", None), SlotSet("rate", {**known, "heard": True})]
        if level is None:
            return (
                []
                if said.is_aside or said.intent not in ("inform", "affirm", "deny", "correct")
                else [SlotSet("rate_level", None)]
            )
        if says_why(said.text):
            known["remark"] = said.text
        return [SlotSet("rate_level", level), SlotSet("rate", known)]

    @staticmethod
    def _reason(said: Said, known: dict[str, Any], level: int) -> Events:
        if words.says_wrong(said.text) and (changed := words.rating_in(said.text)):
            return [SlotSet("rate_level", changed), SlotSet("rate_reason", None)]
        tags = [tag for tag in gateway_services.rating_tags(level) if tag in said.text]
        rest = said.text
        for tag in tags:
            rest = rest.replace(tag, "")
        comment = said.text if len(words.bare(rest)) > 2 else ""
        if (
            words.is_skip(said.text)
            or words.bare(said.text) in _ENOUGH
            or words.is_yes(said.text)
            or (said.intent in ("deny", "goodbye") and not blames_shortly(consent.read(said.text).rest))
        ):
            tags, comment = [], ""
        elif (
            not tags
            and said.intent in ("ask_service", "progress", "ask_private", "help", "greet")
            and said.is_aside
            and (said.intent != "progress" or _PROGRESS.search(said.text))
        ):
            return []
        known |= {"tags": tags, "comment": comment}
        if _COMPLAINS.search(said.text):
            known["report"] = _COMPLAINS.sub("", said.text).strip("，,。：: ") or said.text
        return [SlotSet("rate", known), SlotSet("rate_reason", True)]


class SubmitRating(BotAction):
    """Store the review; after a bad one offer to open a case; then go on with what it interrupted."""

    action_name = "action_rate_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = tracker.get_slot("rate") or {}
        code, level = tracker.get_slot("rate_service"), tracker.get_slot("rate_level")
        if known.get("report") is not None and not (code and level):
            return [*clear(FORM), *begin(known["report"]), FollowupAction("report_form")]
        if not code:
            return self._without_service(dispatcher, tracker, known)
        if level is None:
            return clear(FORM)
        comment, reason = store(dispatcher, tracker)
        bad = int(level) <= 2
        rated = {"code": code, "name": known.get("name", "")}
        events = [*clear(FORM), SlotSet("topic", code), SlotSet("rated", rated)]
        if known.get("report"):
            # Asked for in the same breath as the reason.
            return [
                *events,
                *begin(known["report"], carried={"service": code}),
                FollowupAction("report_form"),
            ]
        if bad:
            say(dispatcher, "rate_offer_case")
            story = comment or f"对“{known.get('name', '')}”不满意{reason}"
            # The service's own department answers, whatever the words sound like.
            carried = {"service": code, "category": "", "category_name": f"{known.get('name', '')}的服务", "sure": True,
                       "place": gateway_services.service_facts(code)["place"]}  # fmt: skip
            return [*events, SlotSet("offer", {"kind": "report", "text": story, "carried": carried})]
        return [*events, *resume(dispatcher, tracker)]

    @staticmethod
    def _without_service(dispatcher: CollectingDispatcher, tracker: Tracker, known: dict[str, Any]) -> Events:
        if known.get("thanks"):
            return [*clear(FORM), *begin(known.get("words", ""), "praise"), FollowupAction("report_form")]
        hand_over(dispatcher, tracker, "service_not_found", "lost_handover")
        return clear(FORM)
