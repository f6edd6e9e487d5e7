"""Whether words are a complaint about how an office or a member of staff behaves, and whether the writer wants no name.

Read generously on purpose: a mistaken yes sends a case to the supervising office, which can pass it on; a mistaken no
would show the writer to those they complain about.
"""

from __future__ import annotations

import re
from typing import Final

_PEOPLE: Final = (
    r"(?:工作人员|办事人员|办事员|窗口人员|经办人员?|科员|科长|股长|局长|所长|站长|主任|书记|村支书|村干部|社区干部|街道干部|领导干部?|"
    r"执法人员|执法队员|城管队员|城管|民警|警察|交警|协警|辅警|网格员|公务员|接线员|话务员|审批员|导办员)"
)
_DEEDS: Final = (
    r"(?:态度(?:非常|十分|特别|极其|很|太|极)?(?:恶劣|差|不好|蛮横|傲慢|冷漠|生硬|粗暴)|骂|吼我|吼人|凶我|凶人|刁难|为难|吃拿卡要|索贿|索要|受贿|行贿|"
    r"贪污|收(?:了)?(?:钱|红包|好处|礼)|要(?:了)?(?:红包|好处)|打人|动手打|推诿|推来推去|踢皮球|不作为|乱作为|玩手机|脱岗|不在岗|包庇|"
    r"泄露|泄密|透露了我|打击报复|报复|以权谋私|优亲厚友|滥用职权|徇私|违规|威胁|恐吓|嘲笑|嘲讽|翻白眼|不耐烦|爱答不理|爱理不理|敷衍)"
)
_NEAR: Final = r"[^，。；！？,.;!?\s]{0,16}"
_BODY: Final = (
    r"[一-龥]{1,10}(?:局|委|办|厅|所|中心|大队|支队|街道|街道办|镇政府|乡政府|社区|居委会|村委会|派出所)"
)
_PRIVATE: Final = re.compile(
    rf"(?:物业|保安|银行|超市|商场|饭店|餐馆|酒店|快递|外卖|公司|中介|医院|学校|网吧|工地|企业|商家|店里?){_NEAR}{_PEOPLE}"
)
_BEHAVED: Final = re.compile(rf"{_PEOPLE}{_NEAR}{_DEEDS}|{_DEEDS}{_NEAR}{_PEOPLE}")
_BODY_BEHAVED: Final = re.compile(
    rf"{_BODY}{_NEAR}(?:不作为|乱作为|推诿|推来推去|踢皮球|索贿|吃拿卡要|打击报复|徇私|包庇|泄露)"
)
_ACCUSED: Final = re.compile(rf"(?:投诉|举报|检举|控告|告发){_NEAR}{_PEOPLE}")

_NO_NAME: Final = re.compile(
    r"匿名|(?:不要|别|不想|不愿意?|请勿)(?:让[^，。,.\n]{0,8})?(?:透露|公开|暴露|泄露|告诉[^，。,.\n]{0,6}|说出?|留)?(?:我|本人)?的?(?:真实)?"
    r"(?:姓名|名字|身份|个人信息)|(?:不想|不要|别)让[^，。,.\n]{1,10}知道(?:是|我是)?(?:我|谁)|别说是我|"
    r"(?:名字|姓名)(?:就|可)?(?:不要|别|莫|不用|不想)(?:写|留|登|填|记|用|提)(?:我|本人|上)|(?:不要|别|莫)(?:写|登|记|填|提)(?:上)?(?:我|本人)的?(?:名字|姓名|名)"
)


def is_about_staff(text: str) -> bool:
    """Whether ``text`` complains about the conduct of public staff or of an office."""
    if _BODY_BEHAVED.search(text):
        return True
    if not (_BEHAVED.search(text) or _ACCUSED.search(text)):
        return False
    # A property manager or a bank clerk is nobody's subordinate here.
    return _behaves(_PRIVATE.sub("", text)) if _PRIVATE.search(text) else True


def _behaves(text: str) -> bool:
    return bool(_BEHAVED.search(text) or _ACCUSED.search(text))


def wants_no_name(text: str) -> bool:
    """Whether the writer asks to stay unknown."""
    return bool(_NO_NAME.search(text))
