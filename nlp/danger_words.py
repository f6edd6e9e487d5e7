"""Whether danger stands in the words themselves. Pure.

A model's number alone calls no fire brigade: it hears danger in a barbecue, a taxi fare, a son who does not visit. Where
none of these words is said, an alarm of the classifier or of the language layer is a reason for a person to look, no more.
"""

from __future__ import annotations

import re

_NOW = re.compile(
    r"救命|救人|快救|来救|救救|🆘|人命|流血|出血|是血|血流|吐血|昏|晕(?!车|头)|抽搐|抽风|抽过去|喘不|呼吸|断气|倒在地|脸色.{0,4}白|脸都?.{0,2}紫|嘴.{0,2}歪|说不了?话|不会说话|不说话了|[误]?吞了?.{0,4}(?:异物|药|电池|硬币)|误食|上吐下泻|不省人事|叫不醒|喊不醒|没反应|没动静|"
    r"不动弹了?人|心脏.{0,4}(?:病?发|停|疼|痛|难受|不行|不舒服)|胸口|心口|休克|中风|噎|窒息|快不行|不行了|起不来|羊水|要生了|口吐|"
    r"刀|棍|枪|斧|砍|捅|杀|掐|抢劫|抢[我了东包]|弄死|陌生人|围着打|不让我走|关起来|汽油|纵火|绑|拐|强奸|猥亵|家暴|打架|打人|打我|打得|打起来|在打|往死里打|揍|殴|跟踪|尾随|堵我|撬|闯进|翻进|翻墙|有贼|进贼|小偷.{0,4}[在进]|砸门|踹门|"
    r"困(?!难|扰|惑|境)|关着?.{0,4}人|[关卡锁]在|[关卡锁]进?.{0,4}(?:电梯|屋|房|车|阳台|厕所|卫生间|轿厢|井|洞|栏杆)[^，。]{0,2}里|车底|出不去|发大水|水漫|反锁|卡住|出不来|下不来|压[着住到]|埋[在住了]|夹住|"
    r"塌|垮|倒下来|要倒|砸[中伤了下]|砸到(?!了?(?:大?半?夜|晚|天[亮黑]|凌晨|深更|早|现在|几点|[0-9一二三四五六七八九十两]+点))|坠|掉[进到下].{0,4}[河井湖水坑沟池塘里]|掉下去|掉[河井江沟坑湖]|往下掉|掉下来|掉进|桥断|落.{0,3}[江河水]|跌[进入]|落水|溺|淹|洪水|泥石流|滑坡|决口|水里有人|在水里|河里有人|"
    r"漏电|触电|电[死到倒打了]|被电|变压器.{0,4}[着炸火]|带电|电线.{0,6}[掉断落垂]|高压线|火花|"
    r"着火|起火|失火|大火|火灾|火[苗光势]|烧起来|烧着|自燃|浓烟|黑烟|冒烟|冒.{0,2}烟|全是烟|走水|火烧|火.{0,4}(?:灭|扑)|[在了]火|烧了|"
    r"(?:煤气|燃气|天然气|液化气|瓦斯).{0,8}(?:漏|泄|味|臭|爆|毒|嘶)|(?:闻|漏).{0,6}(?:煤气|燃气|天然气)|泄漏|泄露|毒气|化学品|爆炸|炸了|要炸|(?<!管)(?<!管子)爆了|中毒|农药|毒|"
    r"失踪|走丢|走失|不见了|找不[到着].{0,4}[人娃孩]|[娃孩人]丢了|"
    r"自杀|轻生|跳[楼河桥江下]|要跳|不想活|寻死|想死|割腕|遗书|站在.{0,4}(?:楼顶|天台|窗台|桥上)|往下跳|"
    r"车祸|撞[了伤死倒上飞人]|翻[了车]|轧|碾|咬[了伤人]|毒蛇|马蜂|烫[伤到]|摔.{0,6}(?:不动|不起|头|血|昏)|"
    r"卷进|没了?知觉|没了?意识|止不住|漂着|扑腾|沉下去|栏杆外|半边.{0,4}(?:动不|麻|没)|砸.{0,3}门|拽.{0,6}(?:上车|孩|娃)|喝了?.{0,4}(?:洗|消毒|剂|百草枯|汽油)|往外喷|"
    r"死人(?!多|家|头)|要死[人了](?!的[热冷累])|全家.{0,4}(?:吐|倒|晕)|站不起来|"
    r"119|110|120|报警|快来人|出事了|警察快|救护车|消防.{0,3}[来快]"
)
# Smoke that a kitchen makes every evening is no fire.
_EVERY_DAY = re.compile(
    r"烧烤|油烟|烟囱|饭店|餐馆|排烟|炒菜|小吃|摊|天天|每天|总是|老是|经常|一到晚上|长期|常年"
)
_SMOKE = re.compile(r"冒烟|冒.{0,2}烟|全是烟|浓烟|黑烟")

# A stove that does not light.
_NO_FIRE = re.compile(r"(?:打|点|着)不[着起燃]火?|没火|火车|火锅|上火|火气|灭火器|防火")
# What has not happened. What somebody may do to the writer counts all the same.
_FEARED = re.compile(
    r"(?:怕|担心|万一|早晚|迟早|别等|容易|会不会|差点|险些)(?!.{0,6}[我俺])[^，,。！!]{0,10}"
)


def in_words(text: str) -> bool:
    """Whether ``text`` names a danger to life: fire, gas, blood, a weapon, somebody trapped, fallen, lost …"""
    text = _FEARED.sub("", _NO_FIRE.sub("", text))
    if _EVERY_DAY.search(text):
        text = _SMOKE.sub("", text)
    return bool(_NOW.search(text))


# What is said by those who think of ending it.
_OWN_LIFE = re.compile(
    r"死|活[不着够腻下]|[不没]活|自杀|自尽|轻生|寻短|想不开|命|跳|农药|安眠药|割腕|上吊|遗书|后事|解脱|消失|这个?世[上界]|了断|一了百了|"
    r"撑不|累赘|拖累|多余|没人要|绝望|没[什啥]?么?意[思义]|没希望|天台|楼顶|醒不过来|不醒"
)


def own_life(text: str) -> bool:
    """Whether ``text`` holds a word of despair; a model's number alone sends nobody to a helpline."""
    return bool(_OWN_LIFE.search(text))
