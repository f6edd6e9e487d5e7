"""Orders that nobody may give here, whoever they say they are: names of those who complain, and what they said removed. Pure."""

from __future__ import annotations

import re

_LONGEST = 80
_POSES = re.compile(
    r"我(?:们)?(?:就?是|这边是|这里是|代表).{0,14}(?:长|主任|领导|书记|警察|公安|民警|法院|检察|纪委|记者|律师|管理员|技术|运维|开发|后台|工作人员|[局委办部院]|大队|公司|单位)|"
    r"内部(?:急用|需要|核查|调查|使用)|(?:领导|上级|上面|局里)(?:要|让|叫|需要)|执行公务|依法调取|有授权"
)
_OTHERS = re.compile(
    r"那[几些个]|几个人|谁|差评|投诉(?:的|人|我们)|举报(?:的|人)|反映(?:的|人)|打分的|评价的|群众|市民|居民|用户|别人|他们|所有|全部|最近"
)
_DATA = r"(?:名字|姓名|名单|电话|手机号?|号码|住址|地址|身份证|个人信息|资料|是谁|账号|工单|记录|后台数据)"
_GIVE = r"(?:发|给|告诉|报|提供|调出?|导出?|查|列|拉|说|透露)"
_WANTS_DATA = re.compile(rf"{_DATA}.{{0,8}}{_GIVE}|{_GIVE}.{{0,14}}{_DATA}")
_SAID = r"(?:差评|坏评|低分|评价|评分|投诉|举报|工单|留言|记录)"
_GONE = r"(?:删|抹|清(?:掉|除|空)|去掉|消掉|撤掉|撤下|屏蔽|隐藏|改成(?:好评|满意|五星)|改高)"
_WANTS_GONE = re.compile(rf"{_SAID}.{{0,10}}{_GONE}|{_GONE}.{{0,10}}{_SAID}")
_NOT_THEIRS = re.compile(r"那[几些]|几条|别人|人家|他们|她们|有人|恶意|网上|所有|全部|这些|给我们")
_OWN = re.compile(r"我(?:的|自己|刚|之前|上次|写|打|给|报|投|发)|不小心|打错|点错")


def wants_names(text: str) -> bool:
    """Whether somebody who claims an office orders data of others."""
    return (
        len(text) <= _LONGEST and bool(_POSES.search(text) and _WANTS_DATA.search(text) and _OTHERS.search(text))
    )  # fmt: skip


def wants_gone(text: str, refused: bool = False) -> bool:
    """Whether what others said is to be removed or made better; ``refused``: their data were refused just before."""
    if len(text) > _LONGEST or not _WANTS_GONE.search(text) or _OWN.search(text):
        return False
    return refused or bool(_NOT_THEIRS.search(text) or _POSES.search(text))
