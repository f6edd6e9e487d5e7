"""The rating form: which service, how satisfied (five levels), why; then thanks, and a case if it was bad."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, words
from bot.actions.base import BotAction, Events, Said, active_form, clear, coming_back, hand_over, is_answer
from bot.actions.report import begin
from bot.actions.wording import Buttons, button, code_button, say

FORM = "rate_form"
LEVELS = (5, 4, 3, 2, 1)
CLEAR = 0.75  # from this likeness on, and this far before the next, a service is taken without asking
AHEAD = 0.1
LONG = 40  # up to here the dialogue's own classifier knows best
_WHY = re.compile(
    r"态度|效率|耐心|热情|排队|等了|推诿|环境|很?快|太?慢|帮|差(?!评)|讲|跑|解决|周到|顺利|不理|骂"
)
_ENOUGH = ("不说了", "不写了", "不填了", "没了不说了", "不评论了")  # elsewhere these cancel
_THANKS_ONLY = re.compile(r"转达|不记得|忘了|记不清|就是想感谢|不知道")


def settle(hits: list[list[Any]]) -> list[Any] | None:
    """The one service that is meant, if there is no doubt."""
    if not hits or hits[0][2] < CLEAR:
        return None
    if len(hits) == 1 or hits[0][2] >= 1 > hits[1][2]:
        return hits[0]
    return hits[0] if hits[0][2] - hits[1][2] >= AHEAD else None


def level_buttons() -> Buttons:
    """The five levels, best first."""
    return [button(gateway.rating_label(level)) for level in LEVELS]


def change_vote(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """「改成五星」 after a rating of this dialogue: the same vote with another level; no events if that is not meant."""
    text, rated = Said.of(tracker).text, tracker.get_slot("rated") or {}
    level = words.rating_in(text)
    if not rated or level is None or not words.says_wrong(text) or active_form(tracker):
        return []
    named = settle(gateway.match_services(text))
    if named and named[0] != rated["code"]:
        return []
    gateway.change_level(tracker.sender_id, rated["code"], level)
    say(dispatcher, "rate_changed", service=rated["name"], level=gateway.rating_label(level))
    return [SlotSet("offer", None), FollowupAction("action_listen")]


class StartRating(BotAction):
    """Begin a rating with what the message already says: service, level, and what it praises or blames."""

    action_name = "action_rate_start"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if changed := change_vote(dispatcher, tracker):
            return changed
        said = Said.of(tracker)
        praise = said.intent == "praise" and not gateway.sounds_unhappy(said.text)
        level = words.rating_in(said.text)
        if not active_form(tracker) and level is None and _is_no_praise(said):
            return [*begin(said.text), SlotSet("offer", None), FollowupAction("report_form")]
        hits = gateway.match_services(said.text)
        chosen = settle(hits)
        remark = said.text if _says_why(said.text) else ""
        known = {
            "praise": praise,
            "hits": hits,
            "words": said.text,
            "remark": remark,
            "name": chosen[1] if chosen else "",
        }
        if praise:
            # Kind words suggest the best level; the resident still decides.
            known["suggested"], level = 5, None if level in (None, 4) else level
        events = [
            *clear(FORM), SlotSet("rate_service", chosen[0] if chosen else None), SlotSet("rate_level", level),
            SlotSet("rate", known), SlotSet("offer", None),
        ]  # fmt: skip
        if active_form(tracker) == "report_form":
            events.append(SlotSet("suspended", "report_form"))
        return events


def _is_no_praise(said: Said) -> bool:
    """Whether a long polite message only sounds like thanks: the language layer reads a question or a trouble in it."""
    if said.intent != "praise" or len(said.text) <= LONG:
        return False
    return gateway.guess(said.text)["type"] in ("complaint", "help", "inquiry", "suggestion")


def _remarks(text: str) -> bool:
    """Whether ``text`` says what was good or bad: a tag's words, or a sentence about it."""
    return any(tag in text for level in (5, 3, 1) for tag in gateway.rating_tags(level)) or _says_why(text)


def _keep_remark(text: str, known: dict[str, Any]) -> None:
    if _remarks(text):
        known["remark"] = "。".join(part for part in (known.get("remark"), text.strip()) if part)


def _says_why(text: str) -> bool:
    """Whether ``text`` tells of the service, and not only which one and how many stars."""
    return len(text) >= 8 and bool(_WHY.search(text))


class AskService(BotAction):
    """Ask which service, offering what it may be."""

    action_name = "action_ask_rate_service"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = tracker.get_slot("rate") or {}
        if coming_back(tracker):
            say(dispatcher, "back")
        hits = known.get("hits") or []
        if hits:
            choices = [code_button(name, "service_code", code) for code, name, _ in hits]
            thanks = [button("不记得了，转达感谢", "转达感谢")] if known.get("praise") else []
            wording = (
                "rate_which_first"
                if known.get("heard")
                else "rate_is_it"
                if len(hits) == 1
                else "rate_choose_service"
            )
            say(dispatcher, wording, [*choices, button("都不是"), *thanks], service=hits[0][1])
        elif known.get("tries"):
            say(dispatcher, "rate_unknown_service")
        else:
            say(dispatcher, "rate_ask_service_praise" if known.get("praise") else "rate_ask_service")
        return []


class AskLevel(BotAction):
    """Show the five levels, as a card of stars and as buttons."""

    action_name = "action_ask_rate_level"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known, code = tracker.get_slot("rate") or {}, tracker.get_slot("rate_service")
        if coming_back(tracker):
            say(dispatcher, "back")
        suggested = known.get("suggested")
        say(
            dispatcher,
            "rate_suggest_level"
            if suggested
            else "rate_level_first"
            if known.get("heard")
            else "rate_ask_level",
            level_buttons(),
            service=known.get("name", ""),
        )
        card = {
            "type": "stars",
            "service_code": code,
            "service_name": known.get("name", ""),
            "suggested": suggested,
        }
        dispatcher.utter_message(json_message=card)
        return []


class AskReason(BotAction):
    """Ask what was good or bad, with the tags of the level."""

    action_name = "action_ask_rate_reason"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        level = int(tracker.get_slot("rate_level"))
        if coming_back(tracker):
            say(dispatcher, "back")
        kind = "good" if level >= 4 else "bad" if level <= 2 else "middle"
        tags = gateway.rating_tags(level)
        buttons = [*(button(tag) for tag in tags), button("跳过")]
        say(dispatcher, f"rate_ask_reason_{kind}", buttons, level=gateway.rating_label(level))
        dispatcher.utter_message(json_message={"type": "tags", "options": tags, "multiple": True})
        return []


class ValidateRating(BotAction):
    """Read the answer to what the form asked; no event at all means that it was no answer."""

    action_name = "validate_rate_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_answer(tracker, FORM):
            return []
        said, known = Said.of(tracker), dict(tracker.get_slot("rate") or {})
        asked = tracker.get_slot("requested_slot")
        enough = asked == "rate_reason" and words.bare(said.text) in _ENOUGH
        if said.interrupts and not enough:
            return []
        if asked == "rate_service":
            return self._service(said, known)
        if asked == "rate_level":
            return self._level(said, known)
        return self._reason(said, known, int(tracker.get_slot("rate_level")))

    def _service(self, said: Said, known: dict[str, Any]) -> Events:
        hits = known.get("hits") or []
        if code := said.entities.get("service_code"):
            return self._chosen([code, gateway.service_facts(code)["name"], 2], known)
        if known.get("praise") and _THANKS_ONLY.search(said.text):
            return self._thanks(known)
        number = words.ordinal_in(said.text)
        if number and number <= len(hits):
            return self._chosen(hits[number - 1], known)
        if words.is_yes(said.text):
            return self._chosen(hits[0], known) if hits else [SlotSet("rate_service", None)]
        if words.bare(said.text) in ("都不是", "不是", "不是这个", "没有"):
            return self._thanks(known) if known.get("praise") else self._unknown(known)
        found = gateway.match_services(said.text)
        if said.is_aside and said.intent not in ("rate", "praise") and not settle(found):
            return []
        exact = next((hit for hit in hits if hit[1] in said.text), None) or settle(found)
        level = words.rating_in(said.text)
        if level:
            known["level"] = level
        if exact:
            return self._chosen(exact, known)
        if hits and not found and (level or _remarks(said.text)) and not known.get("heard"):
            # How it was, while we asked which: kept, and with one candidate there is nothing left to ask.
            _keep_remark(said.text, known)
            if len(hits) == 1:
                return self._chosen(hits[0], known)
            return [SlotSet("rate", {**known, "heard": True}), SlotSet("rate_service", None)]
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
        tags = [tag for tag in gateway.rating_tags(5) if tag in said.text]
        if level is None and known.get("suggested") and (tags or said.intent == "praise"):
            # What was good is a yes to the suggested level, and the reason with it.
            known |= {"tags": tags, "comment": "" if tags and len(said.text) < 12 else said.text}
            level = int(known["suggested"])
            return [SlotSet("rate_level", level), SlotSet("rate_reason", True), SlotSet("rate", known)]
        if level is None and _remarks(said.text) and not known.get("heard"):
            _keep_remark(said.text, known)
            return [SlotSet("rate_level", None), SlotSet("rate", {**known, "heard": True})]
        if level is None:
            return (
                []
                if said.is_aside or said.intent not in ("inform", "affirm", "deny", "correct")
                else [SlotSet("rate_level", None)]
            )
        if _says_why(said.text):
            known["remark"] = said.text
        return [SlotSet("rate_level", level), SlotSet("rate", known)]

    @staticmethod
    def _reason(said: Said, known: dict[str, Any], level: int) -> Events:
        if words.says_wrong(said.text) and (changed := words.rating_in(said.text)):
            return [SlotSet("rate_level", changed), SlotSet("rate_reason", None)]
        tags = [tag for tag in gateway.rating_tags(level) if tag in said.text]
        rest = said.text
        for tag in tags:
            rest = rest.replace(tag, "")
        comment = said.text if len(words.bare(rest)) > 2 else ""
        if (
            words.is_skip(said.text)
            or words.bare(said.text) in _ENOUGH
            or words.is_yes(said.text)
            or said.intent in ("deny", "goodbye")
        ):
            tags, comment = [], ""
        elif (
            not tags
            and said.intent in ("ask_service", "progress", "ask_private", "help", "greet")
            and said.is_aside
        ):
            return []
        known |= {"tags": tags, "comment": comment}
        return [SlotSet("rate", known), SlotSet("rate_reason", True)]


def store(dispatcher: CollectingDispatcher, tracker: Tracker) -> tuple[str, str]:
    """Store the vote with what was said so far, and say so; returns the comment and the tags as words."""
    known, level = tracker.get_slot("rate") or {}, int(tracker.get_slot("rate_level"))
    tags, remark = known.get("tags") or [], known.get("remark") or ""
    comment = "。".join(dict.fromkeys(part for part in (remark, known.get("comment") or "") if part))
    gateway.submit_review(tracker.sender_id, tracker.get_slot("rate_service"), level, tags, comment)
    reason = f"，{'、'.join(tags)}" if tags else ""
    say(
        dispatcher, "rate_done_bad" if level <= 2 else "rate_done", service=known.get("name", ""),
        level=gateway.rating_label(level), reason=reason,
    )  # fmt: skip
    return comment, reason


class SubmitRating(BotAction):
    """Store the review; after a bad one offer to open a case; then go on with what it interrupted."""

    action_name = "action_rate_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = tracker.get_slot("rate") or {}
        code, level = tracker.get_slot("rate_service"), tracker.get_slot("rate_level")
        if not code:
            return self._without_service(dispatcher, tracker, known)
        if level is None:
            return clear(FORM)
        comment, reason = store(dispatcher, tracker)
        bad = int(level) <= 2
        rated = {"code": code, "name": known.get("name", "")}
        events = [*clear(FORM), SlotSet("topic", code), SlotSet("rated", rated)]
        if bad:
            say(dispatcher, "rate_offer_case")
            story = comment or f"对“{known.get('name', '')}”不满意{reason}"
            # The service's own department answers, whatever the words sound like.
            carried = {"service": code, "category": "", "category_name": f"{known.get('name', '')}的服务", "sure": True,
                       "place": gateway.service_facts(code)["place"]}  # fmt: skip
            return [*events, SlotSet("offer", {"kind": "report", "text": story, "carried": carried})]
        return [*events, *resume(dispatcher, tracker)]

    @staticmethod
    def _without_service(dispatcher: CollectingDispatcher, tracker: Tracker, known: dict[str, Any]) -> Events:
        if known.get("thanks"):
            return [*clear(FORM), *begin(known.get("words", ""), "praise"), FollowupAction("report_form")]
        hand_over(dispatcher, tracker, "service_not_found", "lost_handover")
        return clear(FORM)


def resume(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Go on with the report that a rating interrupted, if there was one."""
    if tracker.get_slot("suspended") != "report_form" or not tracker.get_slot("report_text"):
        return []
    say(dispatcher, "resume_report")
    return [SlotSet("suspended", None), FollowupAction("report_form")]
