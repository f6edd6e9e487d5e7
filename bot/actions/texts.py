"""Every sentence the bot says: warm, short, 您. ``{braces}`` are filled by the actions.

Chinese only, like what the bot understands: another language would be another Rasa project, not a translation.
"""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "greet": (
        "您好，我是民评小助手。遇到问题、想评价服务、想问怎么办事，直接跟我说就行。",
        "在呢，您请说。要反映问题、评价服务、查进度、问怎么办事，用自己的话说就行。",
    ),
    "help": (
        "我能帮您四件事：\n"
        "一、反映问题，比如“幸福小区3号楼电梯坏了”；\n"
        "二、评价服务，比如“给办身份证的窗口打五星”；\n"
        "三、查进度，报单号就行；\n"
        "四、问办事要带什么、在哪办、几点开门。\n"
        "想找人说话，随时说“转人工”。",
    ),
    "goodbye": ("好的，您慢走，有事随时找我。", "再见，有需要再来找我。"),
    "thank": ("不客气，应该的。还有别的事您接着说。",),
    "chitchat": (
        "我是民评的智能助手，闲聊不太在行，办事我在行。您有要反映的、要评价的，直接说就好。",
        "在呢，跟您聊天挺高兴的。我是机器助手，反映问题、评价服务、查办事指南这些最拿手，您有需要就说。",
    ),
    "insult": (
        "让您生气了，对不住。您慢慢说是什么事，我尽力帮您办；也可以转人工。",
        "您有气我明白，是我们没做好。您说说是什么事、在哪里，我马上记下来；不想跟我说，就回“转人工”。",
    ),
    "ask_private": (
        "别人的信息我不能透露，这是保护每一位群众，包括您。您可以查自己的单子，报单号就行。",
        "这个不能查也不能说：别人的信息受保护，跟您的信息一样。您自己的单子，报单号我就能查。",
    ),
    "greet_inside": ("在呢。", "我在的，您接着说。"),
    "thank_inside": ("不客气。", "应该的。"),
    "goodbye_inside": ("您先别走，这件还差一步没提交。",),
    "chitchat_inside": ("这个我不太会聊，咱们先把您的事办了。", "哈哈，这个先放一放，先把您的事登记上。"),
    "help_inside": (
        "不难，照着下面的问题用自己的话回我就行，说错了能改；想找人帮忙说“转人工”，不想办了说“取消”。",
        "别急，不用找哪里点，直接打字或说话回我就行；实在不方便，回“转人工”。",
    ),
    "insult_inside": ("让您生气了，对不住，我尽快给您登记上。", "您消消气，我这就给您办。"),
    "about_bot": (
        "我是机器小助手，不是真人，不过您说的话工作人员都看得到。想跟真人说，回一句“转人工”就行；有事直接告诉我也可以。",
    ),
    "about_here": ("是的，就在这里说。是什么事、在什么地方，用自己的话告诉我就行。",),
    "about_can": ("管的。您说的事我登记下来，派给负责的单位办，不归我们管的也会告诉您找谁。",),
    "about_who_open": ("不用您自己找单位。您说说是什么事、在什么地方，我登记后派给管这事的单位。",),
    "about_typing": (
        "不会打字没关系：点键盘上的话筒，说话就能变成字；拍张照片发来也行；或者打 {hotline}，有人帮您记。",
    ),
    "about_number": ("您的单号是 {number}。在这里说“查进度”，不报单号我也查得到。",),
    "about_numbers": ("您在这里登记过这些，最近的在前：{numbers}。说“查进度”我就告诉您办到哪了。",),
    "waiting_for_you": (
        "{number}（{subject}）\n{department}在等您一句话：“{question}”\n您直接回我，我补进单子，他们接着办。",
    ),
    "elsewhere": ("{guidance}\n要是想让工作人员也看看，可以登记下来，或者转人工。",),
    "back": ("咱们接着刚才的说。",),
    "cancelled": ("好的，已经取消，没有提交。您想说的时候再找我。",),
    "cancel_submitted": ("已经提交的要撤回，我请工作人员帮您办，好吗？",),
    "comfort": (
        "听着您心里不好受，我陪不了您太多，但有人可以。想说说话就打 12356，白天夜里都有人听；也可以转人工。",
    ),
    "stopped": ("好的，先不查了。需要时您随时说。",),
    "nothing_to_cancel": ("好的，现在没有在办的事。需要时您随时说。",),
    "what_next": ("好的。您想办什么，直接说就行。", "好的。要反映问题、打分、查进度，还是问办事？"),
    "anything_else": ("好的，那先这样。有事您随时说。", "好的。还有别的事，随时跟我说。"),
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
    "danger_first": ("要是有人正有危险，请先打 110、119 或 120，别等我们。",),
    "self_harm": (
        "听您这么说，我很担心您。您不是一个人，现在就可以打 12356，有专业的人听您说，白天夜里都接。"
        "如果您已经伤到自己或身边有危险，请马上打 120 或 110。",
        "您心里一定很难受。先别一个人扛，打 12356，那边一直有人陪您说话。"
        "要是现在就有危险，请马上打 120 或 110，或者叫一声身边的人。",
    ),
    "self_harm_person": ("我已经请工作人员来跟您说话，请您在这里等一等，好吗？",),
    "report_ask_text": ("您请说，遇到了什么事？在哪里、什么东西出了问题，想到什么写什么就行。",),
    "report_ask_text_angry": (
        "让您受累了，对不住，这些话我一起记上。您说说是什么事、在什么地方，我马上登记派单。",
    ),
    "report_ask_text_at": ("{place}，记下了。那里出了什么事？写一两句就行。",),
    "report_ask_text_again": (
        "不着急，写一两句就行，比如“幸福小区3号楼电梯坏了三天”。说不清楚也没关系，可以转人工。",
        "说个大概就行：什么东西、在哪里、怎么了，比如“幸福小区门口路灯不亮”。不方便打字可以转人工。",
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
    "about_privacy": (
        "放心，会给您保密：不留姓名电话也照样办；留了的话，电话加密保存，只有办理的工作人员看得到，公开页面上不会出现。",
    ),
    "about_fee": ("反映问题、评价、查进度都不收钱，打热线也一样。",),
    "about_photo": ("可以的，照片直接发在这个对话里就行，我会附到您的单子上。",),
    "about_time": (
        "已经派单，{due}答复您（一般 {normal} 个工作日内，加急 {urgent} 小时内）；说“查进度”随时看得到。",
    ),
    "about_time_open": (
        "提交以后马上派单：一般的事 {normal} 个工作日内答复，加急的 {urgent} 小时内，紧急的 {emergency} 小时内；"
        "说“查进度”随时看得到。",
    ),
    "about_offline": (
        "不用手机、不会上网也能办：直接去{place}，窗口有人帮您弄；也可以打电话 {phone} 问，或者我帮您转人工。",
    ),
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
    "follow_up_none": ("那就好，谢谢您告诉我们！还有别的事您接着说。",),
    "follow_up_closed": ("谢谢您，{number} 按您的话结案了，记“{level}”。以后又出问题，说一声就能重办。",),
    "follow_up_reopened": (
        "对不起，没给您办好。{number} 已退回{department}重新办，{due}前答复您。您记的是“{level}”。",
    ),
    "follow_up_dropped": ("好的，这次先不问了。想说的时候，说“查进度”就行。",),
    "rate_kept": ("好的，不用写原因。“{service}” 记的是“{level}”；想改就说“改成三星”这样。",),
    "rate_changed": ("改好了：“{service}” 现在记“{level}”，前一次不算。",),
    "progress_more": ("您还有这些：{others}。报单号我就查。",),
    "service_facts": ("{answer}\n（来源：民评公布的“{service}”办事指南）",),
    "service_partly": (
        "这一点公布的办事指南里没有写，我不敢乱说。可以直接问：\n{answer}\n（来源：民评公布的“{service}”办事指南）",
    ),
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
        "好的，{number} 已经记上“您要撤回、不用办了”，{department}看到后就办结，您不用再管；改主意了说一声，接着办。",
    ),
    "what_of_same": ("“{what}”也写在单子 {number} 里，一起办，不用另报。还有要补充的接着说。",),
    "what_of_filed": ("“{what}”已经登记了，单号 {number}，{department}在办，{due}答复。",),
    "what_of_none": ("“{what}”还没有登记。要报的话，说说是怎么回事、在什么地方，我马上记。",),
    "ask_private_again": (
        "不管是什么关系，别人的姓名、电话、住址我都不能透露，请您体谅。要是有矛盾想找人说和，告诉我是什么事，我帮您登记调解。",
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
    "phone_noted": ("收到您的电话了。您是要反映什么事呢？说给我听，登记时我一起记上。",),
    "correct_what": (
        "好的，您要更正哪件事？已经提交的，告诉我单号，我请工作人员改。",
        "您说的是哪一件要改？已经提交的报单号给我，我转工作人员改。",
    ),
}
