"""Sentences about reports, what is filed, photos and corrections: part of :data:`bot.actions.texts.TEXTS`."""

from __future__ import annotations

from typing import Final

REPORT_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "report_ask_text": ("您请说，遇到了什么事？在哪里、什么东西出了问题，想到什么写什么就行。",),
    "report_ask_text_angry": (
        "让您受累了，对不住，这些话我一起记上。您说说是什么事、在什么地方，我马上登记派单。",
    ),
    "report_ask_text_at": ("{place}，记下了。那里出了什么事？写一两句就行。",),
    "report_ask_text_again": (
        "不着急，写一两句就行，比如“幸福小区3号楼电梯坏了三天”。说不清楚也没关系，可以转人工。",
        "写一两句就行，说个大概：什么东西、在哪里、怎么了，比如“幸福小区门口路灯不亮”。不方便打字可以转人工。",
    ),
    "report_ask_text_begun": ("“{begun}”，具体是怎么回事？请说一两句，比如在哪里、多久了。",),
    "suggest_ask_text": ("好的，您有什么建议？直接写给我就行。",),
    "praise_ask_text": ("好的，想表扬谁、什么事？您直接写，我转到他们单位。",),
    "report_ask_text_photo": ("这是什么情况？在哪里？写一两句就行，比如“幸福小区门口井盖坏了”。",),
    "report_ask_text_here": ("这里怎么了？写一两句就行，也可以再发张照片。",),
    "photo_noted": ("照片收到了，会一起提交。",),
    "photo_too_many": ("照片收到了。一件事最多附 {limit} 张，先发的 {limit} 张会一起提交。",),
    "photo_added": ("照片补进单子 {number} 了，办理的人看得到。要是另外一件事，直接说给我就行。",),
    "photo_case_full": (
        "照片收到了，不过单子 {number} 已经有 {limit} 张，放不下了。需要的话我请工作人员来看。",
    ),
    "photo_aside": ("照片收到了，留在对话里。",),
    "position_noted": ("位置收到了：{place}。",),
    "position_added": ("位置补进单子 {number} 了：{place}。",),
    "position_aside": ("位置收到了，留在对话里。",),
    "report_several": ("听着像是{count}件事，您看对不对：\n{list}\n分开登记，各办各的，可以吗？",),
    "report_next": ("接着登记下一件。",),
    "report_ask_place": ("记下了{told}这是在什么地方？说个大概的地址就行，比如小区、楼号、路名。",),
    "report_ask_place_short": (
        "还差个地址：在什么地方？小区、楼号、路名都行，说不清就说“说不清”。",
        "就差一个地址了：小区、楼号、路名，说个大概就行；说不清就回“说不清”。",
    ),
    "report_ask_place_more": (
        "这些也记下了。还差个地址：这是在什么地方？小区、楼号、路名都行，说不清就说“说不清”。",
        "记上了。在什么地方还不知道：小区、楼号、路名都行，说不清就说“说不清”。",
    ),
    "report_promise": (
        "会有人管：提交后马上派给负责的单位，说好什么时候答复，办到哪一步随时能问我。急事打 {hotline}。",
    ),
    "report_ask_place_again": ("正确的地点是哪里？小区、楼号、路名都行。",),
    "contact_added": ("电话记上了（尾号 {tail}），补进单子 {number}，办理的人会按这个联系您。",),
    "filed": ("好的。{number} 已经登记好，{department}在办，{due}答复。想知道进展，说“查进度”就行。",),
    "filed_without": ("好的，不留也可以。{number} 已经登记好，{due}答复；在这里说“查进度”就能看到。",),
    "report_same_category": (
        "现有的分类里，跟您说的最接近的就是“{category}”。您看是下面哪一类？都不是就让工作人员定。",
    ),
    "report_ask_category": ("您看属于哪一类？点一个，或者用自己的话说。",),
    "report_what_is_wrong": ("哪里不对？您直接说正确的也行，比如“是三号楼”。",),
    "report_card": (
        "我这样登记，您看对不对：\n事情：{text}\n类别：{category}\n地点：{place}{urgency}{photos}{contact}",
    ),
    "report_card_changed": (
        "改好了：\n事情：{text}\n类别：{category}\n地点：{place}{urgency}{photos}{contact}\n这样提交吗？",
    ),
    "report_card_short": (
        "接着刚才的：{text}\n地点：{place}{photos}\n这样提交吗？",
        "您的事我还留着：{text}\n地点：{place}{photos}\n可以提交的话回“对”，要改就直接说哪里改。",
    ),
    "report_similar_short": (
        "接着刚才的：{text}\n地点：{place}{photos}\n跟邻居那件“{subject}”合在一起办，好吗？",
    ),
    "report_similar": (
        "附近已有人反映同样的事：“{subject}”（{where}，{status}）。跟他们合在一起办，进展一样告诉您，好吗？",
    ),
    "report_done_which": ("“{subject}”这一件：",),
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
    "supplemented": (
        "记下了，补进单子了（单号 {number}）。还有要补充的接着说。",
        "好的，这一条也写进单子 {number} 了，办理的人看得到。",
    ),
    "supplemented_danger": (
        "记下了，补进单子了（单号 {number}），值班人员看得到。先顾人的安全，110、119、120 还没打的请先打。",
    ),
    "supplemented_danger_place": (
        "记下了：{place}。已补进单子（单号 {number}），值班人员看得到。先顾人的安全，110、119、120 还没打的请先打。",
    ),
    "withdrawn_solved": (
        "太好了，解决了就好。{number} 已经记上“您说解决了”，{department}核对后办结，您不用再管；又出问题说一声，接着办。",
    ),
    "withdrawn": (
        "好的，{number} 已经记上“您要撤回、不用办了”。"
        "单子不会自己撤掉，要{department}看到后办结，在那之前可能还会联系您；改主意了说一声，接着办。",
    ),
    "what_of_same": ("“{what}”也写在单子 {number} 里，一起办，不用另报。还有要补充的接着说。",),
    "what_of_filed": ("“{what}”已经登记了，单号 {number}，{department}在办，{due}答复。",),
    "what_of_none": ("“{what}”还没有登记。要报的话，说说是怎么回事、在什么地方，我马上记。",),
    "phone_noted": ("收到您的电话了。您是要反映什么事呢？说给我听，登记时我一起记上。",),
    "correct_what": (
        "好的，您要更正哪件事？已经提交的，告诉我单号，我请工作人员改。",
        "您说的是哪一件要改？已经提交的报单号给我，我转工作人员改。",
    ),
}
