"""Invented messages about share bikes, for what a city's model learns from staff's corrections."""

from __future__ import annotations

_WHERE = (
    "东门",
    "西门外头",
    "南站出口",
    "北街拐角",
    "河边步道",
    "桥头两侧",
    "广场南面",
    "公园入口",
    "小学旁边",
    "菜市场口",
)
_WHAT = (
    "共享单车到处乱停",
    "一堆单车占满人行道",
    "没人收的共享单车越积越多",
    "单车横七竖八挡住盲道",
    "废旧单车堆成了山",
)
_HOW = (
    "行人只好走机动车道", "老人推着轮椅根本过不去", "接送孩子的家长天天绕路", "一到下雨天更是寸步难行", "早高峰挤得水泄不通",
    "打了几次电话也没见人来", "消防通道也给占了", "绊倒过好几个人", "晚上黑灯瞎火很危险", "环卫工人扫地都没法扫",
)  # fmt: skip
_ASK = (
    "请尽快派人清理",
    "希望有人管一管",
    "到底归哪个部门负责",
    "能不能划个停车区",
    "盼着早点处理",
    "麻烦催一下运营公司",
    "建议限制投放数量",
)


def messages(count: int) -> list[str]:
    """So many, no two alike; always the same ones, and neighbours share as little as the lists allow."""
    texts = list(dict.fromkeys(_message(n) for n in range(4 * count)))[:count]
    assert len(texts) == count
    return texts


def _message(n: int) -> str:
    parts = [_WHERE[n % 10], _WHAT[(n // 2) % 5], "，", _HOW[(n * 7 + n // 10) % 10], "，", _ASK[n % 7]]
    return "".join(parts if n % 2 else [*parts[3:5], *parts[:3], parts[5]])
