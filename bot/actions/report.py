"""The report form: what happened, where, is this right; then a tracking number."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway, words
from bot.actions.base import BotAction, Events, Said, active_form, clear, coming_back, hand_over, is_answer
from bot.actions.report_confirm import Confirmation
from bot.actions.report_reading import KEPT, UNKNOWN_PLACE, note_contact, understood
from bot.actions.wording import Buttons, button, code_button, say
from webapp.errors import MinpingError

FORM = "report_form"
PATIENCE = 3  # answers that say nothing, before a person takes over
_NO_PLACE = ("说不清", "不知道", "不清楚", "没有地点", "没有具体", "跳过", "不方便说", "不记得")


def begin(text: str, kind: str = "", carried: dict[str, Any] | None = None) -> Events:
    """Slots of a report that starts with ``text`` (may be ''). ``kind`` is the request type if the resident named it."""
    known: dict[str, Any] = {**(carried or {})}
    if kind:
        known["type"] = kind
    content = words.content_of(text)
    return [*clear(FORM), *understood(content, known)]


class StartReport(BotAction):
    """Begin a report with what the message already says."""

    action_name = "action_report_start"

    def __init__(self) -> None:
        super().__init__()
        # Actions are made once, when the server starts: the place to load what the first report would wait for.
        gateway.warm_up()

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        said = Said.of(tracker)
        offer = tracker.get_slot("offer") or {}
        # "电梯" was not understood, "坏了" is: together they are the report.
        before = str(offer.get("text") or "") if offer.get("lost") and len(words.bare(said.text)) <= 6 else ""
        events = begin(before + said.text, "suggestion" if said.intent == "suggest" else "")
        if active_form(tracker) == "rate_form":
            events += clear("rate_form")
        return [*events, SlotSet("offer", None)]


class AskText(BotAction):
    """Ask what happened."""

    action_name = "action_ask_report_text"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        kind = str((tracker.get_slot("report") or {}).get("type"))
        name = {"suggestion": "suggest_ask_text", "praise": "praise_ask_text"}.get(kind, "report_ask_text")
        unclear = (tracker.get_slot("report") or {}).get("unclear")
        say(dispatcher, "report_ask_text_again" if unclear else name)
        return []


class AskPlace(BotAction):
    """Ask where it is."""

    action_name = "action_ask_report_place"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if coming_back(tracker):
            say(dispatcher, "back")
        say(dispatcher, "report_ask_place")
        dispatcher.utter_message(json_message={"type": "ask_location"})
        return []


class AskConfirm(BotAction):
    """Show what will be registered, or ask for the one thing to be put right."""

    action_name = "action_ask_report_confirm"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known = tracker.get_slot("report") or {}
        fix = known.get("fix")
        if fix == "category":
            options = known.get("options") or []
            say(
                dispatcher,
                "report_ask_category",
                [*_category_buttons(options), button("说不准，让工作人员定")],
            )
        elif fix == "place":
            say(dispatcher, "report_ask_place_again")
        elif fix == "which":
            say(dispatcher, "report_what_is_wrong")
        else:
            if coming_back(tracker):
                say(dispatcher, "back")
            self._show(dispatcher, tracker, known)
        return []

    @staticmethod
    def _show(dispatcher: CollectingDispatcher, tracker: Tracker, known: dict[str, Any]) -> None:
        similar = known.get("similar")
        say(
            dispatcher, "report_card_changed" if known.get("changed") else "report_card", [] if similar else _card_buttons(known),
            text=words.short(tracker.get_slot("report_text") or "", 60), category=_category_words(known),
            place=tracker.get_slot("report_place") or "没有写", urgency=gateway.URGENCY_LINES.get(known.get("urgency", ""), ""),
            contact=_contact_words(known),
        )  # fmt: skip
        if similar:
            buttons = [button("一起跟进"), button("单独提交"), button("地点不对"), button("类别不对")]
            say(
                dispatcher,
                "report_similar",
                buttons,
                subject=words.short(similar["subject"], 24),
                where=similar["where"],
                status=similar["status"],
            )


def _category_buttons(options: list[list[str]]) -> Buttons:
    return [code_button(name, "category_code", code) for code, name in options]


def _card_buttons(known: dict[str, Any]) -> Buttons:
    return [button("对，提交"), button("类别不对"), button("地点不对"), button("取消")]


def _category_words(known: dict[str, Any]) -> str:
    name = str(known.get("category_name") or "")
    if not name:
        return "由工作人员来定"
    return name if known.get("sure") else f"{name}（我拿不太准，工作人员会核对）"


def _contact_words(known: dict[str, Any]) -> str:
    if known.get("phone_tail"):
        return f"\n回电：尾号 {known['phone_tail']}"
    return "\n想让工作人员回电，把电话发给我就行，不留也可以。"


class ValidateReport(BotAction):
    """Read the answer to what the form asked; no event at all means "this was no answer", and the rules take over."""

    action_name = "validate_report_form"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        if not is_answer(tracker, FORM):
            return []
        said, known = Said.of(tracker), dict(tracker.get_slot("report") or {})
        asked = tracker.get_slot("requested_slot")
        if asked == "report_text":
            return self._text(said, known, tracker.get_slot("report_place"))
        if asked == "report_place":
            return self._place(said, known, tracker)
        return Confirmation(said, known, tracker).events()

    @staticmethod
    def _text(said: Said, known: dict[str, Any], place: str | None) -> Events:
        if said.is_aside and not (said.intent in ("praise", "rate") and len(said.text) > 6):
            return []
        content = said.text if known.get("type") else words.content_of(said.text)
        if not known.get("type") and gateway.is_only_place(content):
            return [SlotSet("report_text", None), SlotSet("report_place", content)]
        if len(words.bare(content)) < 2:
            if not note_contact(said.text, known):
                known["unclear"] = known.get("unclear", 0) + 1
            enough = [SlotSet("requested_slot", None)] if known.get("unclear", 0) >= PATIENCE else []
            return [SlotSet("report_text", None), SlotSet("report", known), *enough]
        return understood(content, known, place)

    @staticmethod
    def _place(said: Said, known: dict[str, Any], tracker: Tracker) -> Events:
        if said.is_aside:
            return []
        text = tracker.get_slot("report_text") or ""
        if any(word in said.text for word in _NO_PLACE) or words.is_no(said.text):
            return [SlotSet("report_place", UNKNOWN_PLACE)]
        note_contact(said.text, known)
        answer = words.without_contact(said.text)
        no_place = words.is_yes(answer) or (words.rating_in(answer) and not words.says_building(answer))
        if not answer or no_place:
            return [SlotSet("report_place", None), SlotSet("report", known)]
        right = words.corrected(answer)
        if (
            words.says_wrong(answer)
            and len(right) >= 4
            and not (words.says_building(right) or gateway.place_in(right))
        ):
            # Not the place but the story put right: 「说错了，是红绿灯坏了」.
            kept = {str(k): v for k, v in known.items() if k in KEPT}
            return [SlotSet("report_place", None), *understood(right, kept)]
        if len(answer) > 25 or (
            said.intent == "report" and said.confidence >= 0.5 and not gateway.is_only_place(answer)
        ):
            # More of the story, perhaps with the place somewhere in it; it is asked for once more, not for ever.
            place = gateway.place_in(answer) or (UNKNOWN_PLACE if known.get("asked_twice") else None)
            return [
                SlotSet("report_place", place),
                *understood(f"{text}。{answer}", {**known, "asked_twice": True}, place),
            ]
        place = right or answer
        known["similar"] = gateway.similar(text, place, known.get("category", ""))
        return [SlotSet("report_place", place), SlotSet("report", known)]


class SubmitReport(BotAction):
    """Store the report, give the tracking number, and forget everything else."""

    action_name = "action_report_submit"

    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        known, text = tracker.get_slot("report") or {}, tracker.get_slot("report_text") or ""
        if not text and known.get("unclear", 0) >= PATIENCE:
            hand_over(dispatcher, tracker, "lost", "lost_handover")
        if not text or not tracker.get_slot("report_confirm"):
            return clear(FORM)
        receipt = gateway.submit_request(
            tracker.sender_id, text, tracker.get_slot("report_place") or "", known
        )
        name = {"suggestion": "suggest_done", "praise": "praise_done"}.get(
            known.get("type", ""), "report_done"
        )
        say(dispatcher, name, **{k: receipt[k] for k in ("number", "secret", "department", "due")})
        if known.get("join"):
            say(dispatcher, "report_joined", people=receipt["people"])
        tracking_card(dispatcher, receipt)
        return [*clear(FORM), SlotSet("suspended", None)]

    def after_refusal(self, tracker: Tracker, error: MinpingError) -> Events:
        # A phone that cannot be one must not cost the report: drop it and show the card again.
        if error.field == "contact_phone":
            known = {
                k: v
                for k, v in (tracker.get_slot("report") or {}).items()
                if k not in ("phone", "phone_tail")
            }
            return [SlotSet("report", known), SlotSet("report_confirm", None), FollowupAction(FORM)]
        return clear(FORM)


def tracking_card(dispatcher: CollectingDispatcher, receipt: dict[str, Any]) -> None:
    """The card with the tracking number, for channels that can show one."""
    dispatcher.utter_message(
        json_message={
            "type": "tracking", "service_request_id": receipt["number"], "secret": receipt["secret"], "url": receipt["url"],
        }
    )  # fmt: skip
