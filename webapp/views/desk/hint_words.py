"""Why something is urgent, in words, and whom to call: what an agent reads out while the caller is on the line."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from webapp.domain.text import N_

# Reason code of the language layer → what it heard.
REASONS = {
    "animal": N_("动物伤人或惊扰"), "child": N_("孩子走失或有危险"), "collapse": N_("倒塌"), "cracks": N_("房屋开裂"),
    "danger": N_("听起来有人身危险"), "deadline": N_("期限就要到了"), "elevator": N_("电梯故障"),
    "eviction": N_("被赶出住处"), "explosion": N_("爆炸"), "falling": N_("高处坠物或坠落"), "fire": N_("着火"),
    "flood": N_("积水或被淹"), "gas": N_("燃气泄漏"), "health": N_("影响健康"), "live_wire": N_("漏电或电线落地"),
    "manhole": N_("井盖缺失或松动"), "medical": N_("有人受伤或发病"), "missing_elder": N_("老人走失"),
    "pipe": N_("水管爆裂"), "pressing": N_("听起来很着急"), "self_harm": N_("可能想伤害自己"),
    "traffic": N_("交通危险"), "trapped": N_("有人被困"), "unrest": N_("有人聚集或冲突"),
    "utility": N_("停水停电停气"), "violence": N_("有人被打或受威胁"),
}  # fmt: skip
# Reason code → what to tell the caller, with the number to dial. The same advice as the chat gives.
ADVICE = {
    "self_harm": N_("请打 110 和 120，说清地点，别让人独处。心理援助热线 12356，昼夜有人。"),
    "fire": N_("请马上离开，别坐电梯，捂住口鼻弯腰走，出来后打 119。"),
    "gas": N_("开窗、关阀门，别开灯、别点火，离开屋子后到外面打 119。"),
    "explosion": N_("请离开现场，打 119；有人受伤打 120。"),
    "collapse": N_("请离开危险的地方，打 119；有人受伤打 120。"),
    "trapped": N_("请打 119 救援。电梯困人按轿厢里的报警键，别扒门。"),
    "medical": N_("请打 120，说清地点和病人情况，先别搬动病人。"),
    "violence": N_("请先躲到安全的地方，打 110；不方便说话发短信到 12110。"),
    "child": N_("请打 110；受伤打 120，被困或在高处打 119。"), "missing_elder": N_("请打 110，说清衣着和最后在哪里。"),
    "live_wire": N_("别靠近、别触碰，让旁人远离，打 119；供电抢修 95598。"),
    "falling": N_("请离开下方，有人受伤打 120，有人在高处打 119 和 110。"),
}  # fmt: skip
GENERAL = N_("有人有危险，请马上打电话：报警 110，火警和救援 119，急救 120。")


def reasons(codes: Sequence[str]) -> list[str]:
    """What was heard, in words, most pressing first; codes that say nothing about urgency are left out."""
    return [_(REASONS[code]) for code in codes if code in REASONS]


def advice(codes: Sequence[str]) -> str:
    """What to tell a caller in danger: the advice for the most pressing reason that has one, else the three numbers."""
    return _(next((ADVICE[code] for code in codes if code in ADVICE), GENERAL))
