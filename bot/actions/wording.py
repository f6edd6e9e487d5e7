"""Saying one of the bot's sentences (``texts``) with its buttons."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Final

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.texts import TEXTS

Buttons = list[dict[str, str]]
# What the bot said in its last two turns, while an action runs.
JUST_SAID: ContextVar[frozenset[str]] = ContextVar("just_said", default=frozenset())

_MENU: Final = (
    ("反映问题", "我要反映问题"),
    ("评价服务", "我要评价"),
    ("查进度", "查进度"),
    ("找人工", "转人工"),
)
# Payloads are words that a resident could type just as well; only codes travel as commands.
_BUTTONS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "greet": _MENU,
    "help": _MENU,
    "insult": (("反映问题", "我要反映问题"), ("转人工", "转人工")),
    "what_next": _MENU,
    "cancel_submitted": (("找人工", "转人工"), ("不用了", "不用了")),
    "about_bot": (("转人工", "转人工"),),
    "about_here": (("反映问题", "我要反映问题"),),
    "elsewhere": (("还是登记一下", "就反映这件事"), ("转人工", "转人工"), ("不用了", "不用了")),
    "live": (("转人工", "转人工"),),
    "joke": (("登记", "就反映这件事"), ("不用了", "不用了")),
    "comfort": (("转人工", "转人工"),),
    "lost": (
        ("就反映这件事", "就反映这件事"),
        ("评价服务", "我要评价"),
        ("查进度", "查进度"),
        ("找人工", "转人工"),
    ),
    "photo_case_full": (("找人工", "转人工"),),
    "report_ask_text_photo": (("取消", "取消"),),
    "report_ask_text_here": (("取消", "取消"),),
    "report_ask_place": (("说不清", "说不清在哪"),),
    "report_ask_place_short": (("说不清", "说不清在哪"),),
    "report_ask_place_more": (("说不清", "说不清在哪"),),
    "report_ask_place_again": (("说不清", "说不清在哪"),),
    "report_ask_text_again": (("转人工", "转人工"), ("取消", "取消")),
    "report_ask_text_begun": (("转人工", "转人工"), ("取消", "取消")),
    "report_several": (("分开登记", "分开登记"), ("合成一件", "合成一件"), ("取消", "取消")),
    "report_what_is_wrong": (("类别不对", "类别不对"), ("地点不对", "地点不对"), ("取消", "取消")),
    "rate_ask_service_praise": (("不记得了，转达感谢", "转达感谢"),),
    "rate_unknown_service": (("找人工", "转人工"), ("取消", "取消")),
    "rate_offer_case": (("要，立案", "要，立案"), ("不用了", "不用了")),
    "follow_up_ask_solved": (("解决了", "解决了"), ("部分解决", "部分解决"), ("没解决", "没解决")),
    "follow_up_ask_contacted": (("联系过", "联系过"), ("没有联系", "没有联系")),
    "progress_ask_number": (("找人工", "转人工"), ("取消", "取消")),
    "progress_odd": (("找人工", "转人工"), ("取消", "取消")),
    "progress_others": (("找人工", "转人工"), ("取消", "取消")),
    "progress_no_number": (("找人工", "转人工"), ("取消", "取消")),
    "service_unknown": (("找人工", "转人工"),),
    "service_or_report": (("登记", "就反映这件事"), ("不用了", "不用了")),
    "past_reply": (("找人工", "转人工"),),
    "about_offline": (("找人工", "转人工"),),
    "correct_what": (("找人工", "转人工"),),
}


def button(title: str, payload: str | None = None) -> dict[str, str]:
    """A quick reply; its payload is its title unless given."""
    return {"title": title, "payload": title if payload is None else payload}


def code_button(title: str, entity: str, code: str) -> dict[str, str]:
    """A quick reply that stands for a code which nobody would type (``service_code`` or ``category_code``)."""
    return {"title": title, "payload": f'/inform{{"{entity}": "{code}"}}'}


def inside(name: str) -> str:
    """The wording of an aside while a form is open: shorter, for the form's question follows."""
    return f"{name}_inside" if f"{name}_inside" in TEXTS else name


def say(dispatcher: CollectingDispatcher, name: str, buttons: Buttons | None = None, **values: Any) -> None:
    """Send the wording ``name`` with its own buttons, or with ``buttons``; of several variants the first not just said.

    Raises KeyError for an unknown name.
    """
    variants = [variant.format_map(values) for variant in TEXTS[name]]
    text = next((variant for variant in variants if variant not in JUST_SAID.get()), variants[-1])
    own = [button(title, payload) for title, payload in _BUTTONS.get(name, ())]
    dispatcher.utter_message(text=text, buttons=own if buttons is None else buttons)
