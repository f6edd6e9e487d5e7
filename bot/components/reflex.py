"""Reflexes: what must be recognised whatever a classifier's probability says.

Emergencies, thoughts of suicide, and the short words by which people stop a dialogue or ask for a person. The
component comes last in the pipeline and overrides the intent; emergencies carry an entity ``hazard`` that says which.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

# Talk about a danger that is not there: prevention, the past, a possibility.
_NOT_NOW = re.compile(
    r"隐患|演练|预防|防火|培训|检查|检测|险些|差点|万一|如果|要是|会不会|去年|上个?月|以前|曾经|"
    r"收费|预约|安装|缴费|怎么交|多少钱|报警器|影视|电影|小说|新闻"
)
_HAZARDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "gas",
        re.compile(
            r"(煤气|燃气|天然气|液化气|沼气|毒气).{0,8}(漏|泄|味|臭|爆|中毒|嘶嘶)|"
            r"(漏|泄).{0,2}(煤气|燃气|天然气|毒气)|闻[到着见].{0,6}(煤气|燃气|天然气)|一氧化碳中毒"
        ),
    ),
    ("fire", re.compile(r"着火|起火|失火|火灾|冒(黑|浓|好大的?)?烟|烧起来|烧着了|纵火|爆炸|冒火花|救火")),
    (
        "violence",
        re.compile(
            r"[拿持提举](着|把)?.{0,2}(刀|棍|枪|斧)|砍人|杀人|要杀|家暴|强奸|绑架|劫持|抢劫|拐走|打群架|"
            r"(老公|丈夫|男人|男朋友|对象|前夫|老婆|儿子|婆婆|我爸).{0,6}(打|掐|揍|踢)我(?!电话|手机|的电话)|"
            r"[他她](又|在|一直|总|老是|天天)?(打|掐|揍|踢)我(?!电话|手机|的电话)|"
            r"打架.{0,6}血|打.{0,4}流血|打孩子.{0,8}(叫|哭)|跟踪我"
        ),
    ),
    (
        "medical",
        re.compile(
            r"晕倒|昏倒|昏迷|没有?呼吸|没气了|抽搐|心脏病发|大出血|流了?好?多血|触电|溺水|落水|"
            r"掉(进|到|下)?.{0,3}(河|井|湖|水)里|叫不醒|喘不上?来?气|倒在.{0,5}(没|不).{0,2}(反应|动|醒)|没有?反应了|噎住|食物中毒|车祸.{0,6}(人|伤|血)|快不行了"
        ),
    ),
    (
        "trapped",
        re.compile(
            r"(困|关|卡)在.{0,6}(电梯|里面|井|车|房)|被困|困住|压[着到住](了)?人|埋住|(房|墙|楼|桥).{0,3}塌了|救命"
        ),
    ),
)
_SELF_HARM = re.compile(
    r"不想(再)?活|想(去|要)?死(?!你)|(?:想|要|念头|企图|打算).{0,4}自杀|自杀|自尽|轻生|割腕|喝农药|寻短见|想不开|"
    r"我.{0,4}跳(楼|河|桥|江)|活着?.{0,4}没(啥|什么|有)?意[思义]|活不下去|活够了|一了百了|结束.{0,5}生命|"
    r"离开(人世|这个世界)|从.{0,6}(楼|桥|阳台).{0,3}跳下|遗书|死了算了|(死给|死在).{0,4}看|不如死|死路一条|想解脱|吞.{0,3}安眠药"
)
# Somebody else's life: an emergency to act on, not a cry for help.
_SOMEBODY_ELSE = re.compile(
    r"(有人|有个|邻居|楼上|对面|隔壁|朋友|同事|同学|孩子|儿子|女儿|老公|老婆|丈夫|妻子|爸|妈|母亲|父亲|他|她)"
    r".{0,8}(自杀|自尽|轻生|割腕|跳(楼|河|桥|江)|不想活|寻短见|想不开|想死)"
)
# Data of others: who a phone belongs to, who complained, where somebody lives.
_SOMEBODY = (
    "别人|某人|邻居|(?:投诉|举报|反映|评价|差评)(?:我|我们)?的?(?:那个)?人|[他她]|人家|对方|"
    "前妻|前夫|前男友|前女友|同事|房东|业主"
)
_PRIVATE = re.compile(
    r"(?<!\d)1[3-9][\d*]{9}(?!\d).{0,6}(是谁|谁的|机主|哪个人|叫什么|住哪|住在哪)|"
    r"(谁|哪个人?|什么人).{0,4}(投诉|举报|告|差评)了?的?(我|我们|我家|我店|俺)|"
    r"(投诉|举报|差评)(我|我们|俺)的?(那个)?(人)?(是谁|是哪个|叫什么|住哪|的?(电话|姓名|名字|住址|信息))|"
    rf"(查|告诉我|透露|说说|要知道|想知道).{{0,6}}({_SOMEBODY}).{{0,4}}(电话|手机|住址|住哪|住在哪|身份证|姓名|名字|信息|单子|诉求)"
)
# Nothing but abuse: with a matter beside it, the matter counts.
_ABUSE = re.compile(
    r"^(你们?|您|这个?|这帮|那帮|一群|一帮|一个|全?都?是|真是|就是|简直|什么|个|的|太|真|好|大|死|破|烂|他妈的?|特么|tmd)*"
    r"(傻[逼比叉子]|煞笔|沙比|废物|饭桶|王八蛋|狗屁|狗东西|混蛋|白痴|蠢货|蠢猪|神经病|智障|弱智|脑残|人工智障|滚|滚蛋|滚开|"
    r"(操|草|艹)(你妈|泥马)|你?妈的|去你妈的|吃干饭的|垃圾(?=机器|东西|玩意|客服|系统|政府|部门))"
    r"(机器人|机器|东西|玩意儿?|客服|系统|政府|部门|们|吧|啊|呀|了|一个|一群|的)*$"
)
_LONGEST_PRIVATE = 40  # a longer message tells a story in which such words may stand
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "cancel",
        re.compile(
            r"^(我要|帮我|麻烦|那就|还是|先)*(取消|算了|退出|停止|撤销|放弃|不办了|不弄了|不搞了|不填了|不说了|不报了|"
            r"不反映了|不投诉了|不评了|不评价了|不提交了|别提交|别提交了|不要提交)+(吧|了|啦|呗|一下|谢谢)*$"
        ),
    ),
    ("report", re.compile(r"^(我?要?)(反映|投诉|举报)(问题)?$")),
    ("suggest", re.compile(r"^(我?[要有提]?[个点]?)(建议|意见)$")),
    ("rate", re.compile(r"^(我?要?)(评价|打分|评分)$")),
    ("praise", re.compile(r"^(我?要?)表扬$")),
    ("progress", re.compile(r"^(我?要?)(查?进度|查单|查询|催单|催办)$")),
    ("affirm", re.compile(r"^(就反映这件事|一起跟进|对提交|要立案)$")),
    ("deny", re.compile(r"^(跳过|单独提交|都不是|不用了)$")),
    (
        "human",
        re.compile(
            r"^(我要|我想|请|帮我|给我|麻烦|直接|能不能|可以)*(转|转接|找|接|要|叫)*(一下|个)*"
            r"(人工|人工服务|人工客服|人工坐席|真人|真人客服|工作人员)(服务|客服|吧|谢谢|啊|呀)*$"
        ),
    ),
)
_MARKS = re.compile(r"[\s，。！？、,.!?~…]+")


def hazard_of(text: str) -> str | None:
    """Which immediate danger ``text`` tells of: gas, fire, violence, medical, trapped, suicide; or None."""
    if _SOMEBODY_ELSE.search(text):
        return "suicide"
    if _NOT_NOW.search(text):
        return None
    return next((name for name, pattern in _HAZARDS if pattern.search(text)), None)


def reflex(text: str) -> tuple[str, str | None] | None:
    """``(intent, hazard)`` where ``text`` needs no classifier; None for everything else."""
    if _SELF_HARM.search(text) and not _SOMEBODY_ELSE.search(text):
        return "self_harm", None
    hazard = hazard_of(text)
    if hazard:
        return "emergency", hazard
    if len(text) <= _LONGEST_PRIVATE and _PRIVATE.search(text):
        return "ask_private", None
    bare = _MARKS.sub("", text)
    if _ABUSE.match(bare):
        return "insult", None
    return next(((name, None) for name, pattern in _COMMANDS if pattern.match(bare)), None)


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class Reflex(GraphComponent):
    """Overrides the classifier's intent where :func:`reflex` knows better."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Reflex:
        """Make the component; it has no configuration and nothing to load."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and the ``hazard`` entity of each message that triggers a reflex."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = reflex(text)
            if not found:
                continue
            name, hazard = found
            intent = {"name": name, "confidence": 1.0}
            rest = [other for other in message.get(INTENT_RANKING_KEY, []) if other["name"] != name]
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [intent, *rest], add_to_output=True)
            if hazard:
                entity = {
                    "entity": "hazard",
                    "value": hazard,
                    "start": 0,
                    "end": len(text),
                    "extractor": "Reflex",
                }
                message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)
        return messages
