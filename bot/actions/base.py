"""What the actions share: reading the last message, and running with the platform at hand."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import gateway
from bot.actions.wording import JUST_SAID, say
from nlp import alarm
from webapp.errors import MinpingError

logger = structlog.get_logger("bot")
Events = list[dict[str, Any]]
# What must not be heard by mistake: without one of these words the classifier has to be very sure, as reflexes are.
VERY_SURE = 0.75
UNSURE = "nlu_fallback"
NEEDED_WORDS = {
    "cancel": re.compile(
        r"取[消肖]|算[了咯咧啦球嘞]|关了|开头|重新|不|别|退|停|撤|放弃|作废|终止|打住|后悔|懒得|重新?来|从头|重填|返回|主菜单|首页|菜单|删|关掉|结束|先放|以后|改天|下次|晚点|"
        r"没心情|当我没|甭|回头|回去|改主意|中止|暂停|再说|莫要|弗"
    ),
    # A person who was not asked for ends the dialogue, and abuse that was none insults whoever wrote it.
    "human": re.compile(
        r"人[工功]|真人|活人|大活人|客服|坐席|接线|值班|转接|转[一给到]?[下个]?|工作人员|[找换来叫喊][一个位]*人|领导|主任|负责|做主|懂的人|机器|(?:给我|打我).{0,4}电话|打电话给我|能打电话|回.{0,2}电话|跟人|[派安排]个人|让人联系|要人|活的|会.{0,4}的(?:人|来)|听不懂|说不[明通清]|不跟你|有人[吗没]"
    ),
    "insult": re.compile(
        r"[傻蠢笨滚屁]|猪(?:脑|头|队|一样|狗|都)|骗子|骗人|骗鬼|骗老百姓|都骗|吃[闲白]饭|死绝|死光|死哪|废物|垃圾(?!桶|箱|站|房|车|堆|袋|屋|池|道|间|分类|点)|饭桶|白痴|智障|弱智|神经|有病|混蛋|他妈|妈的|尼玛|去死|闭嘴|不要脸|脑子|脑残|扯淡|糊弄|忽悠|吃干饭|王八|没用|[破烂操鬼]|你妹|你丫|屎|去你|狗东西|酒囊|官官|脑壳|缺心眼|二百五|毛病|^爬|的嘴|满嘴|无赖|大爷|日了|恶心|无耻|啥也不|啥都不|要你|干啥吃|[破烂]机|狗官|老子|sb|SB|md|tmd|特么|废话|胡说|白养|瓜|憨|批|扑街|痴线|册那|龟儿|哈儿|草包|什么玩意|不干[活事]|杀了你|弄死"
    ),
    "thank": re.compile(
        r"爱你|比心|[xX]ie|蟹|费心|有用|贴心|谢|感|辛苦|麻烦|劳|帮|好人|3[qQ]|[tT]h[ax]|唔该|多亏|靠谱|棒|好"
    ),
    "solved": re.compile(r"[了好完妥结掉通亮热行]|解决|正常|恢复|没问题|处理"),
    "self_harm": re.compile(
        r"(?:我|俺|自己|想|要|去|寻|找|就|不如|等|让|还|快|一).{0,6}死(?!绝|光|角)|死(?:了算|掉|给|在|路|亡|心)|[不没]活|活[不着够腻]|活下去|自杀|自尽|轻生|命|跳(?!绳|舞|操|广场|来|闸|蹦)|药|割|(?<![跳牵拴晾])绳|遗书|后事|解脱|消失|世上|世界|了断|一了|撑|累赘|多余|没人要|绝望|希望|意思|天台|楼顶|站在"
    ),
    "ask_private": re.compile(
        r"谁|哪[个家户]|电话|手机|号码|微信|住|名[字单册]|姓|叫[啥什]|信息|数据|资料|档案|记录|身份证|密码|提示词|prompt|指令|规则|权限|模式|"
        r"后台|别[人家]|人家|他|她|邻居|隔壁|同事|前[夫妻]|老[公婆]|管理员|系统|举报|差评|投诉[我人]"
    ),
}
# The thing, and no abuse, however sure the classifier is.
_RUBBISH = re.compile(
    r"(?:那?个?|小区的?|楼下的?|门口的?)*(?:有人)?垃圾(?:桶|箱|站|房|车|堆|袋|屋|池|道|间|点|清运|分类)[^你您系机客政]{0,6}"
)
# What happens again and again, or has a price, is a nuisance before it is a danger.
_OLD_STORY = re.compile(
    r"老是|总是|天天|每天|经常|常常|好几[次回天]|[两三四五六七八九十几]+(?:次|回|天|年|个月)|一直|昨天|前天|上周|上个?月|去年|以前|投诉|物业|怎么办|会不会|万一|怕|隐患|涨价|收费|麻烦|请问|反映|能不能|管管|希望|派人|看看"
)
_RATHER_SURE = 0.6
_TURNS_BACK = 2
# Intents that interrupt a form: they are never the answer to its question.
ALWAYS_ASIDE = frozenset({"cancel", "human", "self_harm", "send_photo", "send_position"})
ASIDE = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "help",
        "chitchat",
        "insult",
        "ask_private",
        "ask_service",
        "progress",
        "rate",
        "praise",
    }
)
FORM_SLOTS = {
    "report_form": ("report_text", "report_place", "report_confirm", "report"),
    "rate_form": ("rate_service", "rate_level", "rate_reason", "rate"),
    "progress_form": ("progress_number", "progress_secret", "progress"),
    "follow_up_form": ("follow_up_solved", "follow_up_contacted", "follow_up_satisfied", "follow_up"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """The resident's last message as Rasa read it."""

    text: str
    intent: str
    confidence: float
    entities: dict[str, str]
    ranking: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, tracker: Tracker) -> Said:
        """Read the tracker's latest message. A pressed code button has its code in ``entities`` and no text."""
        message = tracker.latest_message or {}
        intent = message.get("intent") or {}
        text = str(message.get("text") or "")
        entities = {str(e["entity"]): str(e["value"]) for e in message.get("entities") or []}
        name, confidence = str(intent.get("name") or ""), float(intent.get("confidence") or 0)
        needed = NEEDED_WORDS.get(name)
        if needed is not None and confidence < VERY_SURE and not needed.search(text):
            name = UNSURE
        if name == "insult" and _RUBBISH.fullmatch(text):
            name = UNSURE
        if name == "emergency" and "hazard" not in entities and not alarm.believed(text):
            name = UNSURE  # however sure the classifier is
        ranking = {str(r["name"]): float(r["confidence"]) for r in message.get("intent_ranking") or []}
        return cls("" if text.startswith("/") else text, name, confidence, entities, ranking)

    def leans(self, intent: str, share: float = 0.2) -> bool:
        """Whether it may well be ``intent`` where that is what was asked for, though another reading is as likely."""
        best = max((chance for name, chance in self.ranking.items() if name != UNSURE), default=0.0)
        chance = self.ranking.get(intent, 0.0)
        return self.intent == intent or (
            self.confidence < VERY_SURE and chance >= share and chance >= best / 2
        )

    @property
    def is_emergency(self) -> bool:
        """A danger that the reflexes know, or that the classifier hears where nothing says that it is an old story."""
        sure = 0.8 if _OLD_STORY.search(self.text) else _RATHER_SURE
        return self.intent == "emergency" and ("hazard" in self.entities or self.confidence >= sure)

    @property
    def interrupts(self) -> bool:
        """Whether it answers no question: stop, a person, danger, a photo, a position."""
        return self.intent in ALWAYS_ASIDE or self.is_emergency

    @property
    def is_aside(self) -> bool:
        """Whether this message interrupts a form. The longer it is, the surer the classifier has to be."""
        if self.interrupts:
            return True
        return self.intent in ASIDE and self.confidence >= (0.6 if len(self.text) > 12 else 0.45)


def active_form(tracker: Tracker) -> str:
    """Name of the form that is being filled, or ''."""
    return str((tracker.active_loop or {}).get("name") or "")


def actions_since_user(tracker: Tracker) -> list[str]:
    """Names of the actions run since the last message of the resident, oldest first."""
    names: list[str] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "action":
            names.append(str(event.get("name")))
    return names[::-1]


def is_answer(tracker: Tracker, form: str) -> bool:
    """Whether the last message may answer ``form``'s question.

    Not while the form is just being opened, nor when it comes back after an aside that used the message up.
    """
    if active_form(tracker) != form:
        return False
    return all(
        name in (form, "action_listen", "action_extract_slots") for name in actions_since_user(tracker)
    )


def coming_back(tracker: Tracker) -> bool:
    """Whether a form asks again after an aside (and was not opened just now)."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        if event.get("event") == "active_loop" and event.get("name"):
            return False
    aside = {
        "action_aside",
        "action_answer_service",
        "action_lost",
        "action_progress_submit",
        "action_yes",
        "action_no",
    }
    return bool(aside & set(actions_since_user(tracker)))


def clear(form: str) -> Events:
    """Empty the slots of a form: nothing that a resident said stays longer than it is needed."""
    return [SlotSet(name, None) for name in FORM_SLOTS[form]]


def leave_form(tracker: Tracker) -> Events:
    """Stop the active form, if any, and forget what it held."""
    form = active_form(tracker)
    if not form:
        return []
    return [ActiveLoop(None), SlotSet("requested_slot", None), *clear(form)]


def back_to_form(tracker: Tracker) -> Events:
    """After an aside: let the active form ask its question again."""
    form = active_form(tracker)
    return [FollowupAction(form)] if form else []


def _just_said(tracker: Tracker) -> frozenset[str]:
    """What the bot said in answer to the last two messages."""
    said: set[str] = set()
    turns = 0
    for event in reversed(tracker.events):
        turns += event.get("event") == "user"
        if turns > _TURNS_BACK:
            break
        if event.get("event") == "bot":
            said.add(str(event.get("text")))
    return frozenset(said)


def hand_over(dispatcher: CollectingDispatcher, tracker: Tracker, reason: str, wording: str) -> None:
    """Tell the platform that a person takes over, and say so."""
    handed = gateway.hand_over(tracker.sender_id, reason)
    say(dispatcher, wording if handed else "handover_failed", hotline=gateway.hotline())
    if handed:
        dispatcher.utter_message(json_message={"type": "handover", "reason": reason})


class BotAction(Action, ABC):
    """An action with the platform's application context around it. Subclasses write :meth:`act`."""

    action_name = ""

    def name(self) -> str:
        """The name in the domain."""
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Run :meth:`act`; an error becomes an apology, and a person sees the conversation."""
        return await gateway.in_app(self._guarded, dispatcher, tracker)

    def _guarded(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        JUST_SAID.set(_just_said(tracker))
        try:
            return self.act(dispatcher, tracker)
        except MinpingError as error:
            # Written for the person who reads it: which field, and what to do.
            dispatcher.utter_message(text=error.message)
            return self.after_refusal(tracker, error)
        except Exception as error:
            # The kind of error only: its text may repeat what the resident wrote.
            logger.error("action failed", action=self.action_name, error=type(error).__name__)
            say(dispatcher, "trouble", hotline=gateway.hotline())
            self._call_a_person(tracker)
            return leave_form(tracker)

    @staticmethod
    def _call_a_person(tracker: Tracker) -> None:
        try:
            gateway.hand_over(tracker.sender_id, "bot_error")
        except Exception as error:
            logger.error("hand-over failed", error=type(error).__name__)

    def after_refusal(self, tracker: Tracker, error: MinpingError) -> Events:
        """Events after the platform refused something; the default leaves the form."""
        return leave_form(tracker)

    @abstractmethod
    def act(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Do the work; return events. Runs in a thread, with an application context."""
