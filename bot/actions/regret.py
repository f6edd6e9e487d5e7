"""A word of regret where anger or bitterness deserves one: for having waited in vain, for having been treated badly. Pure."""

from __future__ import annotations

import re

# So often, so long, and nobody came: said with anger, not only told.
_IN_VAIN = re.compile(
    r"(?:第|都)[两二三四五六七八九十几N][次回遍](?:来|问|打|报|反映|投诉|找|说|了|催)|(?:来|问|打|报|反映|投诉|找|说|催|跑)(?:了|过)?(?:[两三四五六七八九十几]|好几|无数|\d+)(?:次|回|趟|遍)|"
    r"摆设|吃[干闲白]饭|推来推去|踢皮球|互相推|糊弄|敷衍|没人当回事|白[跑说报等]|装聋作哑|不作为"
)
# The same where it is shouted.
_NOBODY = re.compile(r"没一?个?人[管理来修问]|不[管理]|到现在|还没|拖")
_SHOUTS = re.compile(r"[！!]|你们.{0,14}[吗么呢？?]|到底|气死|受不了|忍")
_BADLY = re.compile(
    r"(?:什么|啥|这)(?:破)?态度|态度.{0,6}(?:差|恶劣|不好|坏|横|凶|冲)|受(?:这个?|这种|他|她|你们的?)?气|(?:往|朝).{0,8}[上下](?:一)?[摔扔甩]|[摔扔甩](?:给|在|到|我)|"
    r"不识字|不会看|翻(?:了个|个)?白眼|爱搭不理|爱理不理|不耐烦|[吼骂训凶]我|阴阳怪气|冷言冷语|看不起|瞧不起|甩脸|黑着脸|刁难|为难(?:人|我)|故意"
)


def due(text: str) -> str:
    """The wording of the regret that ``text`` deserves, or ''."""
    if _BADLY.search(text):
        return "sorry_treated"
    if _IN_VAIN.search(text) or (_NOBODY.search(text) and _SHOUTS.search(text)):
        return "sorry_waited"
    return ""
