"""All of the bot's wording: warm, short, 您. ``{braces}`` are filled by the actions.

Chinese only, like what the bot understands: another language would be another Rasa project, not a translation.
"""

from __future__ import annotations

import random
from typing import Any, Final

from rasa_sdk.executor import CollectingDispatcher

Buttons = list[dict[str, str]]

_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "greet": ("您好，我是民评小助手。遇到问题、想评价服务、想问怎么办事，直接跟我说就行。",),
    "help": (
        "我能帮您四件事：\n"
        "一、反映问题，比如“幸福小区3号楼电梯坏了”；\n"
        "二、评价服务，比如“给办身份证的窗口打五星”；\n"
        "三、查进度，报单号就行；\n"
        "四、问办事要带什么、在哪办、几点开门。\n"
        "想找人说话，随时说“转人工”。",
    ),
    "goodbye": ("好的，您慢走，有事随时找我。",),
    "thank": ("不客气，应该的。还有别的事您接着说。",),
    "chitchat": (
        "我是民评的智能助手，闲聊不太在行，办事我在行。您有要反映的、要评价的，直接说就好。",
        "跟您聊天挺高兴的。我是机器助手，反映问题、评价服务、查办事指南这些最拿手，您有需要就说。",
    ),
    "insult": ("让您生气了，对不住。您慢慢说是什么事，我尽力帮您办；也可以转人工。",),
    "ask_private": ("别人的信息我不能透露，这是保护每一位群众，包括您。您可以查自己的单子，报单号就行。",),
    "back": ("咱们接着刚才的说。",),
    "cancelled": ("好的，已经取消，没有提交。您想说的时候再找我。",),
    "cancel_submitted": ("已经提交的要撤回，我请工作人员帮您办，好吗？",),
    "comfort": (
        "听着您心里不好受，我陪不了您太多，但有人可以。想说说话就打 12356，白天夜里都有人听；也可以转人工。",
    ),
    "stopped": ("好的，先不查了。需要时您随时说。",),
    "nothing_to_cancel": ("好的，现在没有在办的事。需要时您随时说。",),
    "what_next": ("好的。您想办什么，直接说就行。",),
    "anything_else": ("好的，那先这样。有事您随时说。",),
    "lost": ("不好意思，我没太明白。您是想——",),
    "lost_handover": (
        "我还是没弄明白，不耽误您了，已转给工作人员。您说的话都留着，不用重说，稍后有人在这里回复您。",
    ),
    "handover": (
        "好的，已转给工作人员，您前面说的他们都看得到，不用重复。稍后在这里回复您；着急请打 {hotline}。",
    ),
    "handover_failed": ("现在转接不上，您的话已经留下。着急请直接打 {hotline}，有人接听。",),
    "trouble": ("刚才没能办成，是我们的问题。您的话已经留下，工作人员会看到；急事请打 {hotline}。",),
    "emergency_gas": (
        "先保命：开窗、关阀门，别开灯、别点火，马上离开屋子，到外面再打 119，也可拨打燃气公司抢修电话。",
    ),
    "emergency_fire": ("请马上离开，别坐电梯，捂住口鼻弯腰走。出来后立刻打 119，说清地点和有没有人被困。",),
    "emergency_violence": ("请先躲到安全的地方，马上打 110。不方便说话，可以发短信到 12110，写清地点。",),
    "emergency_medical": (
        "请马上打 120，说清地点和病人情况，听接线员指导，先别乱搬动病人。涉及水里、高处救人也打 119。",
    ),
    "emergency_trapped": ("请马上打 119 救援；电梯困人可按轿厢里的报警键，别扒门。有人受伤同时打 120。",),
    "emergency_suicide": (
        "请马上打 110 和 120，说清地点，尽量有人陪着他/她，别离开。心理援助热线 12356 也能教您怎么办。",
    ),
    "emergency_other": ("情况紧急请马上打电话：报警 110，火警和救援 119，急救 120。先顾好人。",),
    "emergency_stored": (
        "我已经按紧急登记，单号 {number}，查询码 {secret}，值班人员马上看到。电话请您先打，别等我们。",
    ),
    "emergency_place": ("您在什么位置？告诉我，我补进去。",),
    "if_urgent": ("如果有人有危险，请马上打 110、119 或 120。我先把情况记下来。",),
    "self_harm": (
        "听您这么说，我很担心您。您不是一个人，现在就可以打 12356，有专业的人听您说，白天夜里都接。"
        "如果您已经伤到自己或身边有危险，请马上打 120 或 110。",
        "您心里一定很难受。先别一个人扛，打 12356，那边一直有人陪您说话。"
        "要是现在就有危险，请马上打 120 或 110，或者叫一声身边的人。",
    ),
    "self_harm_person": ("我已经请工作人员来跟您说话，请您在这里等一等，好吗？",),
    "report_ask_text": ("您请说，遇到了什么事？在哪里、什么东西出了问题，想到什么写什么就行。",),
    "report_ask_text_again": (
        "不着急，写一两句就行，比如“幸福小区3号楼电梯坏了三天”。说不清楚也没关系，可以转人工。",
    ),
    "suggest_ask_text": ("好的，您有什么建议？直接写给我就行。",),
    "praise_ask_text": ("好的，想表扬谁、什么事？您直接写，我转到他们单位。",),
    "report_ask_place": ("记下了。这是在什么地方？小区、楼号、路名都行。",),
    "report_ask_place_again": ("正确的地点是哪里？小区、楼号、路名都行。",),
    "report_ask_category": ("您看属于哪一类？点一个，或者用自己的话说。",),
    "report_what_is_wrong": ("哪里不对？您直接说正确的也行，比如“是三号楼”。",),
    "report_card": (
        "我这样登记，您看对不对：\n事情：{text}\n类别：{category}\n地点：{place}{urgency}{contact}",
    ),
    "report_card_changed": (
        "改好了：\n事情：{text}\n类别：{category}\n地点：{place}{urgency}{contact}\n这样提交吗？",
    ),
    "report_similar": (
        "附近已有人反映同样的事：“{subject}”（{where}，{status}）。跟他们合在一起办，进展一样告诉您，好吗？",
    ),
    "report_done": (
        "登记好了。\n"
        "单号：{number}\n"
        "查询码：{secret}\n"
        "由{department}办理，{due}前答复。想知道进展，在这里说“查进度”就行。",
    ),
    "report_joined": ("已和邻居的那件一起跟进，现在共 {people} 人反映。",),
    "suggest_done": (
        "谢谢您的建议，已转给{department}。\n单号：{number}\n查询码：{secret}\n{due}前给您答复。",
    ),
    "praise_done": (
        "您的心意收到了，已转给{department}，他们看到一定高兴。\n单号：{number}\n查询码：{secret}",
    ),
    "resume_report": ("刚才您反映的事还没提交，我们接着办。",),
    "rate_ask_service": ("您想评价哪个服务？说名字就行，比如“办身份证”“东澄大厅”。",),
    "rate_ask_service_praise": ("真好，谢谢您说出来！是哪个窗口或哪项服务？说个名字就行，我帮您记上。",),
    "rate_choose_service": ("您说的是哪一个？",),
    "rate_is_it": ("您说的是“{service}”吗？",),
    "rate_which_first": ("您说的我记下了。先点一下是哪一个？",),
    "rate_unknown_service": ("没找到这个服务，换个说法试试？比如办的是什么事。",),
    "rate_ask_level": ("“{service}”您满意吗？",),
    "rate_level_first": ("您说的我记下了。“{service}”总的来说，您满意吗？",),
    "rate_suggest_level": ("给“{service}”记“非常满意”（五星），可以吗？也可以另选。",),
    "rate_ask_reason_good": ("记下了：{level}。哪里让您满意？点一个或几个，也可以写两句。",),
    "rate_ask_reason_middle": ("记下了：{level}。哪里还可以更好？点一个或几个，也可以写两句。",),
    "rate_ask_reason_bad": (
        "对不起，让您受委屈了。是哪里不满意？点一个或几个，也可以写两句，他们必须整改。",
    ),
    "rate_done": ("评价已记下：“{service}” {level}{reason}。谢谢您，每一票都算数。",),
    "rate_done_bad": ("评价已记下：“{service}” {level}{reason}。他们要在规定时间内核实、整改并回复。",),
    "rate_offer_case": ("要不要我同时立个案，请部门当面给您解决？",),
    "progress_ask_number": ("请把单号发给我，MP 开头的。没记住也可以找人工。",),
    "progress_no_number": ("这里没查到您在本聊天里反映的事。请把单号发给我，MP 开头的；没记住可以找人工。",),
    "progress_handover": (
        "没关系，没有单号也能查，我请工作人员帮您找，稍后在这里回复您。着急请打 {hotline}。",
    ),
    "progress_ask_secret": ("为了保护您的信息，再发一下查询码（六位），或者当时留的手机号后四位。",),
    "progress_wrong": ("单号或查询码对不上，麻烦您再核对一下。",),
    "progress_one": ("{number}（{subject}）\n现在：{status}，{department}在办。{answer}{due}",),
    "follow_up_ask_solved": ("{number} 单位说办好了，您看解决了吗？",),
    "follow_up_ask_contacted": ("办的过程中，单位联系过您吗？",),
    "follow_up_ask_satisfied": ("这件事办得您满意吗？",),
    "follow_up_early": (
        "太好了！您的话已记进单子 {number}，{department}会看到。等他们登记办结，我再请您评一评。",
    ),
    "follow_up_several": ("太好了！您有几件还在办：{numbers}。等单位登记办结，我再请您逐件评一评。",),
    "follow_up_none": ("那就好。还有别的事您接着说。",),
    "follow_up_closed": ("谢谢您，{number} 按您的话结案了，记“{level}”。以后又出问题，说一声就能重办。",),
    "follow_up_reopened": (
        "对不起，没给您办好。{number} 已退回{department}重新办，{due}前答复您。您记的是“{level}”。",
    ),
    "follow_up_dropped": ("好的，这次先不问了。想说的时候，说“查进度”就行。",),
    "rate_changed": ("改好了：“{service}” 现在记“{level}”，前一次不算。",),
    "progress_more": ("您还有这些：{others}。报单号我就查。",),
    "service_facts": ("{answer}\n（来源：民评公布的“{service}”办事指南）",),
    "service_partly": (
        "这一点公布的办事指南里没有写，我不敢乱说。可以直接问：\n{answer}\n（来源：民评公布的“{service}”办事指南）",
    ),
    "supplemented": ("补进单子 {number} 了。还有要补充的接着说。",),
    "service_choose": ("您问的是哪一项？",),
    "service_ask": ("您想问哪项业务？说名字就行，比如“办身份证”“公积金提取”。",),
    "service_unknown": ("这个我没有查到公布的规定，不敢乱说。可以帮您转人工，或打 {hotline} 问。",),
    "service_menu": ("“{service}”，您想——",),
    "phone_noted": ("收到您的电话了。您是要反映什么事呢？说给我听，登记时我一起记上。",),
    "correct_what": ("好的，您要更正哪件事？已经提交的，告诉我单号，我请工作人员改。",),
}
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
    "comfort": (("转人工", "转人工"),),
    "lost": (
        ("就反映这件事", "就反映这件事"),
        ("评价服务", "我要评价"),
        ("查进度", "查进度"),
        ("找人工", "转人工"),
    ),
    "report_ask_place": (("说不清", "说不清在哪"),),
    "report_ask_place_again": (("说不清", "说不清在哪"),),
    "report_ask_text_again": (("转人工", "转人工"), ("取消", "取消")),
    "report_what_is_wrong": (("类别不对", "类别不对"), ("地点不对", "地点不对"), ("取消", "取消")),
    "rate_ask_service_praise": (("不记得了，转达感谢", "转达感谢"),),
    "rate_unknown_service": (("找人工", "转人工"), ("取消", "取消")),
    "rate_offer_case": (("要，立案", "要，立案"), ("不用了", "不用了")),
    "follow_up_ask_solved": (("解决了", "解决了"), ("部分解决", "部分解决"), ("没解决", "没解决")),
    "follow_up_ask_contacted": (("联系过", "联系过"), ("没有联系", "没有联系")),
    "progress_ask_number": (("找人工", "转人工"), ("取消", "取消")),
    "progress_no_number": (("找人工", "转人工"), ("取消", "取消")),
    "service_unknown": (("找人工", "转人工"),),
    "correct_what": (("找人工", "转人工"),),
}


def button(title: str, payload: str | None = None) -> dict[str, str]:
    """A quick reply; its payload is its title unless given."""
    return {"title": title, "payload": title if payload is None else payload}


def code_button(title: str, entity: str, code: str) -> dict[str, str]:
    """A quick reply that stands for a code which nobody would type (``service_code`` or ``category_code``)."""
    return {"title": title, "payload": f'/inform{{"{entity}": "{code}"}}'}


def say(dispatcher: CollectingDispatcher, name: str, buttons: Buttons | None = None, **values: Any) -> None:
    """Send the wording ``name`` with its own buttons, or with ``buttons``. Raises KeyError for an unknown name."""
    text = random.choice(_TEXTS[name]).format_map(values)  # noqa: S311
    own = [button(title, payload) for title, payload in _BUTTONS.get(name, ())]
    dispatcher.utter_message(text=text, buttons=own if buttons is None else buttons)
