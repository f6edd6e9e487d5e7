"""Sentences about ratings, progress, follow-ups and services: part of :data:`bot.actions.texts.TEXTS`."""

from __future__ import annotations

from typing import Final

SERVICE_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "waiting_for_you": (
        "{number}（{subject}）\n{department}在等您一句话：“{question}”\n您直接回我，我补进单子，他们接着办。",
    ),
    "rate_ask_service": ("您想评价哪个服务？说名字就行，比如“办身份证”“东澄大厅”。",),
    "rate_ask_service_level": (
        "“{level}”，记下了。您评的是哪个服务？说名字就行，比如“办身份证”“东澄大厅”。",
    ),
    "rate_ask_service_praise": ("真好，谢谢您说出来！是哪个窗口或哪项服务？说个名字就行，我帮您记上。",),
    "rate_choose_service": ("您说的是哪一个？",),
    "rate_choose_service_level": ("“{level}”（{stars} 分），记下了。您说的是哪一个？",),
    "rate_is_it_level": ("“{level}”（{stars} 分），记下了。您说的是“{service}”吗？",),
    "rate_is_it": ("您说的是“{service}”吗？",),
    "rate_which_first": ("您说的我记下了。先点一下是哪一个？",),
    "rate_which_again": ("记下了。还要请您点一下，说的是下面哪一个？",),
    "rate_unknown_service": ("没找到这个服务，换个说法试试？比如办的是什么事。",),
    "rate_ask_level": ("“{service}”您满意吗？",),
    "rate_level_first": ("您说的我记下了。“{service}”总的来说，您满意吗？",),
    "rate_suggest_level": ("谢谢您说出来。给“{service}”记“非常满意”（五星），可以吗？也可以另选。",),
    "rate_ask_reason_good": ("{service}，记下了：{level}。哪里让您满意？点一个或几个，也可以写两句。",),
    "rate_ask_reason_middle": ("{service}，记下了：{level}。哪里还可以更好？点一个或几个，也可以写两句。",),
    "rate_ask_reason_bad": (
        "对不起，让您受委屈了。{service}，记下了：{level}。是哪里不满意？点一个或几个，也可以写两句，他们必须整改。",
    ),
    "rate_done": ("评价已记下：“{service}” {level}{reason}。谢谢您，每一票都算数。",),
    "rate_done_bad": ("评价已记下：“{service}” {level}{reason}。他们要在规定时间内核实、整改并回复。",),
    "rate_offer_case": ("要不要我同时立个案，请部门当面给您解决？",),
    "progress_ask_number": ("请把单号发给我，MP 开头的。没记住也可以找人工。",),
    "progress_no_number": ("这里没查到您在本聊天里反映的事。请把单号发给我，MP 开头的；没记住可以找人工。",),
    "progress_odd": (
        "这个单号好像不全：单号是 MP 开头，后面九位字母或数字。麻烦再看一眼发给我，找不到也可以找人工。",
    ),
    "progress_others": (
        "别人反映的事，要有单号和查询码才能查，这也是保护他。有的话发给我；没有就请他本人来问，或者打 {hotline}。",
    ),
    "progress_others_none": ("那就请他本人来问，或者让他把单号和查询码告诉您。别的事您接着说。",),
    "progress_handover": (
        "没关系，没有单号也能查，我请工作人员帮您找，稍后在这里回复您。着急请打 {hotline}。",
    ),
    "progress_no_secret": (
        "单号和查询码、手机号对不上，我这里就打不开，这是保护反映的人。点“找人工”，工作人员核实后帮您查；着急请打 {hotline}。",
    ),
    "progress_later": ("没有单号也能查，等会儿说“转人工”，请工作人员帮您找。",),
    "progress_ask_secret": ("为了保护您的信息，再发一下查询码（六位），或者当时留的手机号后四位。",),
    "progress_wrong": ("单号或查询码对不上，麻烦您再核对一下。",),
    "progress_one": ("{number}（{subject}）\n现在：{status}，{department}正在办理。{answer}{due}",),
    "follow_up_ask_solved": ("{number} 单位说办好了，您看解决了吗？",),
    "follow_up_ask_contacted": ("办的过程中，单位联系过您吗？",),
    "follow_up_ask_satisfied": ("这件事办得您满意吗？",),
    "follow_up_early": (
        "太好了！您的话已记进单子 {number}，{department}会看到。等他们登记办结，我再请您评一评。",
    ),
    "follow_up_several": ("太好了！您有几件还在办：{numbers}。等单位登记办结，我再请您逐件评一评。",),
    "follow_up_thanks": (
        "修好了就好，谢谢您还特地来说一声！想给办事的单位打个分，说“评价”；想让他们单位知道，说“表扬”，我再登记。",
    ),
    "follow_up_none": ("那就好，谢谢您告诉我们！还有别的事您接着说。",),
    "follow_up_closed": ("谢谢您，{number} 按您的话结案了，记“{level}”。以后又出问题，说一声就能重办。",),
    "follow_up_reopened": (
        "对不起，没给您办好。{number} 已退回{department}重新办，{due}前答复您。您记的是“{level}”。",
    ),
    "follow_up_dropped": ("好的，这次先不问了。想说的时候，说“查进度”就行。",),
    "rate_kept": ("好的，不用写原因。“{service}” 记的是“{level}”；想改就说“改成三星”这样。",),
    "rate_changed": ("改好了：“{service}” 现在记“{level}”，前一次不算。",),
    "progress_more": ("您还有这些：{others}。报单号我就查。",),
    "service_facts": ("“{service}”：\n{answer}\n（来源：民评公布的办事指南）",),
    "service_or_report": (
        "“{service}”管这事，直接找他们最快：\n{answer}\n（来源：民评公布的办事指南）\n要我登记派给他们，回“登记”就行。",
    ),
    "service_partly": (
        "“{question}”这一点我不清楚：“{service}”公布的指南里没有写，不敢乱说。可以直接问：\n{answer}\n（来源：民评公布的办事指南）",
    ),
    "service_facts_each": ("{answer}\n（来源：民评公布的办事指南）",),
    "service_choose": ("您问的是哪一项？",),
    "service_is_it": ("您问的是“{service}”吗？",),
    "service_ask": ("您请问。要办哪项业务、遇到什么事，直接说就行，比如“办身份证要带什么”。",),
    "service_unknown": (
        "这个我没有查到公布的规定，不敢乱说。可以帮您转人工，或打 {hotline} 问。",
        "公布的资料里没有这一条，我不能瞎编。可以转人工，或打 {hotline} 问。",
    ),
    "past_reply": (
        "以前有人问过差不多的事：“{question}”\n{department}{day}公开答复：“{answer}”\n（来源：{url}）\n"
        "这是当时的答复，规定可能有变，办之前最好再问一下。",
    ),
    "service_menu": ("“{service}”，您想——",),
}
