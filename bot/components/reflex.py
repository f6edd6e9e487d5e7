"""Reflexes: what must be recognised whatever a classifier's probability says.

Emergencies, thoughts of suicide, and the short words by which people stop a dialogue or ask for a person. The
component comes last in the pipeline and overrides the intent; emergencies carry an entity ``hazard`` that says which.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import jieba
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

# The language layer lies beside the bot; Rasa itself starts inside bot/.
sys.path.append(str(Path(__file__).resolve().parents[2]))
from nlp import alarm, danger_words
from nlp.analyzer import default_analyzer

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
    (
        "fire",
        re.compile(
            r"(?<!不)着火(?!车|锅)|起火|失火|火灾|冒(黑|浓|好大的?)?烟|烧起来|烧着了|(?:车|棚|房|楼|屋|厨房|家里|店里?|罐|灶|锅|柜|箱|电线|树|草|垃圾|仓库|摩托|瓶)着(?:起来|火|了)|纵火|爆炸|冒火花|救火"
        ),
    ),
    (
        "violence",
        re.compile(
            r"[拿持提举](着|把)?.{0,2}(刀|棍|枪|斧)|砍人|杀人|要杀|家暴|强奸|绑架|劫持|抢劫|拐走|打群架|"
            r"(?:又|正|在|一直|往死里|老是).{0,3}打.{0,3}(?:老婆|媳妇|女人|妻子|女的|老人|老娘|老爹|爹妈)(?!.{0,3}电话)|"
            r"(老公|丈夫|男人|男朋友|对象|前夫|老婆|儿子|婆婆|我爸).{0,6}(打|掐|揍|踢)我(?!电话|手机|的电话)|"
            r"(?<!帮)[他她](又|在|一直|总|老是|天天)?(打|掐|揍|踢)我(?!电话|手机|的电话)|"
            r"打架.{0,6}血|打.{0,4}流血|打孩子.{0,8}(叫|哭)|跟踪我|不让我(?:走|出去).{0,6}(?:锁|关)|(?:把门|门)锁.{0,6}不让我|(?:前男友|前夫|前任|有人|陌生人|男的).{0,6}堵我"
        ),
    ),
    (
        "medical",
        re.compile(
            r"晕倒|昏倒|昏迷|没有?呼吸|没气了|抽搐|心脏病发|大出血|流了?好?多血|触电|溺水|落水|"
            r"掉(进|到|下)?.{0,3}(河|井|湖|水)里|叫不醒|喘不上?来?气|倒在.{0,5}(没|不).{0,2}(反应|动|醒)|没有?反应了|噎住|食物中毒|"
            r"(胸口|心口|心脏|心窝).{0,3}[疼痛闷绞].{0,12}(很|厉害|不行|打滚|冒汗|白|说不出|站不|喘)|[脸嘴]唇?.{0,4}(煞?白|发?紫|青).{0,8}(说不出|站不|动不|不行|喘|汗)|"
            r"嘴.{0,2}歪.{0,6}|突然.{0,4}(说不了|不会说|说不出)话|半边.{0,4}(动不了|没知觉)|口吐白沫|羊水破|要生了|(喝|吞|误食)了?.{0,3}农药|不省人事|车祸.{0,6}(人|伤|血)|快不行了"
        ),
    ),
    (
        "trapped",
        re.compile(
            r"(困|关|卡)在.{0,6}(电梯|里面|井|车|房)|[我俺人娃].{0,8}[困关卡锁]进?(?:了|到)?(?:电梯|轿厢)[^，。,]{0,2}里|电梯.{0,4}(?:卡住|停住|停了|不动|掉下|往下掉).{0,6}(?:里面?|还)?(?:有|关|困|俩|两).{0,5}人|被困|困住|压[着到住](了)?人|埋住|(?:电梯|井|洞|车)里?(?:还)?关着.{0,4}人|(?:水|洪水|火|烟).{0,8}出不[去来]|发大水了|[车人].{0,4}(?:掉|陷)(?:下去|进去|坑里)了|(?:公交|大巴|汽车|货车|校)车?翻了|(房|墙|楼|桥).{0,3}塌了|救命"
        ),
    ),
)
# Smoke that comes every evening is a nuisance.
_SMOKE = re.compile(r"冒(黑|浓|好大的?)?烟")
_EVERY_DAY = re.compile(
    r"烧烤|油烟|烟囱|饭店|餐馆|排烟|炒菜|小吃|天天|每天|总是|老是|经常|一到晚上|长期|常年|偷偷"
)
# Whether a person or a machine answers here: no wish for a person yet.
_WHO_ANSWERS = re.compile(
    r"^(?!.*转).{0,6}你是谁.{0,6}(?:真人|机器|人).{0,6}$|"
    r"^(?!.*(?:[转找叫要换].{0,3}(?:人|真人|人工)|不跟|说不|听不懂)).{0,12}(?:是|个)(?:真|活)?人(?:还是|呢?还是)(?:机器|电脑|程序|AI|ai).{0,6}$|"
    r"^(?!.*[转找叫要换破蠢傻烂笨废滚脑]).{0,6}(?:你|您|这|对面).{0,6}(?:真人|活人|机器人?|电脑|AI|ai|程序).{0,4}(?:吗|吧|么|不|嘛|啊|呀)?[？?。！!]*$"
)
_LEAST_MATTER = 8
_SELF_HARM = re.compile(
    r"不想(再)?活|想(去|要)?死(?!你)|(?:想|要|念头|企图|打算).{0,4}自杀|自杀|自尽|轻生|割腕|喝农药|寻短见|想不开|"
    r"我.{0,4}跳(楼|河|桥|江)|活着?.{0,4}没(啥|什么|有)?意[思义]|活不下去|活够了|一了百了|结束.{0,5}生命|"
    r"离开(人世|这个世界)|从.{0,6}(楼|桥|阳台).{0,3}跳下|从.{0,6}(?:楼|桥|阳台|窗|天台).{0,3}(?:下去|栽下去|出去)(?:就?算了|得了|拉倒|就完|一了|了事|就解脱)|遗书|死了算了|(死给|死在).{0,4}看|不如死|死路一条|想解脱|吞.{0,3}安眠药|"
    r"活腻|[划割捅]自己|(?:我|俺).{0,6}站在.{0,4}(?:楼顶|天台|桥边|桥上|窗台)|站在(?:楼顶|天台)上了|我.{0,3}喝了.{0,3}(?:农药|百草枯|敌敌畏)|再见了.{0,4}世界|煤气.{0,6}别管我"
)
# Somebody else's life: an emergency to act on, not a cry for help.
_SOMEBODY_ELSE = re.compile(
    r"(有人|有个|邻居|楼上|对面|隔壁|朋友|同事|同学|孩子|儿子|女儿|老公|老婆|丈夫|妻子|爸|妈|母亲|父亲|他|她)"
    # Not across the writer: 「爸妈天天骂我，我不想活了」 is about the one who writes.
    r"(?:[^我俺]|[我俺]们?[家这单楼小]){0,8}(自杀|自尽|轻生|割腕|跳(楼|河|桥|江)|不想活|寻短见|想不开|想死)"
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
    r"(操|草|艹)(你妈|泥马)|你?妈的|去你妈的|吃[干闲白]饭的|垃圾(?=机器|东西|玩意|客服|系统|政府|部门))"
    r"(机器人|机器|东西|玩意儿?|客服|系统|政府|部门|们|吧|啊|呀|了|一个|一群|的)*$"
)
_CURSE = re.compile(
    r"^.{0,6}(?:你们|政府|单位|当官的|他们).{0,8}(?:死绝|死光|死哪儿?去?|全死|都死)(?:了|啦)?(?:吗|么|啊|呀|是不是)?"
    r"[？?！!，,。 ]*(?P<rest>.*)$",
    re.DOTALL,
)
# What became of a matter told before, whatever it was about.
_BEFORE = re.compile(
    r"(说|讲|反映|反应|报|提|登记|投诉|提交)(过)?的?(那|这)?(个|件)?(事|事情|问题|情况|单子).{0,10}"
    r"(几时|啥时候|什么时候|多久|还要等|咋样|怎么样|怎样|到哪|有没有(人|结果|消息|回|下文)|有(人管|结果|消息|回音|下文)|办(好|到|得)|处理)"
)
# 「哦等会儿，不投诉了，都是学生娃不容易」: called off, and why; nothing else is wanted.
_CALLED_OFF = re.compile(
    r"^(?:[^，,。！!]{0,6}[，,。！! ]+)?[^，,。！!]{0,4}(?:不|别|莫|甭)(?:要|想|用)?再?"
    r"(?:报|反映|投诉|举报|登记|告|提交|评价?)了[吧啦哈嘛呗]?[，,。！! ]+"
    r"(?!.*(?:我要|我想|改|帮我|先|另外|还有|换|但|不过|建议|希望|[？?])).{1,20}$"
)
_LONGEST_PRIVATE = 40  # a longer message tells a story in which such words may stand
_COMMANDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "cancel",
        re.compile(
            r"^(我要|帮我|麻烦|那就|还是|先)*(取消|算了|退出|停止|撤销|放弃|不办了|不弄了|不搞了|不填了|不说了|不报了|"
            r"不反映了|不投诉了|不评了|不评价了|不提交了|别提交|别提交了|不要提交)+(吧|了|啦|呗|一下|谢谢)*$|"
            r"^(?!.*(别|不能|为什么|怎么)).{0,8}不(反映|投诉|举报|登记|评价)了(吧|啦|哈)?$|"
            r"^(?:那|还是|唉|算了|不用了?|不必了?|不麻烦(?:你们?|您)?了?|不要了)*(?:我|俺|咱)们?自己(?:去|来|先)?(?:找|联系|弄|修|搞|整|解决|处理|想办法|协商|问)(?!.{0,8}(?:没用|没人|不行)).{0,8}$|"
            r"^(我|那就?|还是|先)*(不要|不用|不想|别|甭|不)再?(报|登记|反映|评价?|查|告|投诉|提交|弄|办|填|催)了(吧|啦|哈|咯)?$"
        ),
    ),
    (
        "greet",
        re.compile(
            r"^(您|你|人)?还?在(吗|不|不在|没|没得|不得|线吗)(啊|呀|哦)?$|^有(没有)?人(吗|不|没|没得)$"
        ),
    ),
    (
        "report",
        re.compile(
            r"^(我?要?)(反映|投诉|举报)(问题)?$|^(您好|你好|同志)?(我们?|俺们?|咱)?(这有|有)?(想|要|来|得)?(跟|向|给)?(政府|你们?|您)?"
            r"(再)?(反[映应]|投诉|举报|登记|帮我登记)(一|个|件|点|下|些|项)*(情况|问题|事情?|诉求|事儿)$"
        ),
    ),
    ("suggest", re.compile(r"^(我?[要有提]?[个点]?)(建议|意见)$")),
    ("rate", re.compile(r"^(我?要?)(评价|打分|评分)$")),
    ("praise", re.compile(r"^(我?要?)表扬$")),
    ("progress", re.compile(r"^(我?要?)(查?进度|查单|查询|催单|催办)$")),
    (
        "affirm",
        re.compile(
            r"^(就反映这件事|一起跟进|对提交|要立案|(好|行|嗯|可以|都)?(没|没有|没得|没啥|冇|莫得)(啥)?(问题|毛病|意见)(了|的|啊|呀|老铁)*(交吧|提交吧?|报吧|可以提交)?)$"
        ),
    ),
    ("inform", re.compile(r"^[1-6一二三四五六]$")),
    # Thanks for what somebody else did; the bot's own thanks name nobody.
    (
        "praise",
        re.compile(
            r"^(真的|太|真)?(谢谢|感谢|多谢|多亏|替我谢谢|感激|点赞|表扬)(了|一下)?(你们|咱们?|我们)?(小区|村里?|街道|社区|那位|那个|几位|各位|所有)?的?"
            r"(司机|师傅|医生|护士长?|大夫|交警|警察|民警|消防[员队]?|志愿者|社区|街道|居委会|电力|供电所?|环卫(工人|师傅)?|快递(员|小哥)?|老师|干部|物业|保安|保洁|窗口|网格员|楼长|书记|派出所|公交)"
            r"(?!.{0,8}(但|可是|就是|不过)).{3,}$"
        ),
    ),
    # What was wrong is not so any more. 「水不来了」 and 「暖气不热了」 are the opposite.
    (
        "solved",
        re.compile(
            r"^(?!.*(又|还是|可|但|仍|才|为什么)).{1,12}(?<![谁好])不[堵吵漏黄臭浑闹渗滴](了|啦|咯)(谢谢.*|现在.*|可以.*)?$|"
            r"^(?!.*(不给|没|还没|什么时候|怎么|被)).{0,6}(工资|工钱|工程款|血汗钱|押金|退款|货款|学费)(都|已经|总算|终于)?(要到|到手|结清|结了|退了|退回来|退给我|拿回来|拿到|到账)(了|啦)?(谢谢.*)?$"
        ),
    ),
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
    if _EVERY_DAY.search(text):
        text = _SMOKE.sub("", text)
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
    if len(text) <= _LONGEST_PRIVATE and _BEFORE.search(text):
        return "progress", None
    bare = _MARKS.sub("", text)
    if _CALLED_OFF.match(text):
        return "cancel", None
    if _ABUSE.match(bare):
        return "insult", None
    if curse := _CURSE.match(text):
        # What stands behind it is the matter, and no cry for help.
        return "report" if len(curse["rest"]) >= _LEAST_MATTER else "insult", None
    if _WHO_ANSWERS.match(text):
        return "chitchat", None
    return next(((name, None) for name, pattern in _COMMANDS if pattern.match(bare)), None)


# Heard by the classifier, and to be borne out by a word: each is answered with more than a question.
_BORNE_OUT = {"emergency": alarm.believed, "self_harm": danger_words.own_life}


def sober(ranking: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """``ranking`` without danger and despair where no word of ``text`` bears them out, if one of these comes first."""
    if ranking[0]["name"] not in _BORNE_OUT:
        return ranking
    kept = [read for read in ranking if _BORNE_OUT.get(read["name"], bool)(text)]
    if not kept or ranking[0] is kept[0]:
        return ranking
    left = sum(read["confidence"] for read in kept)
    return [{"name": read["name"], "confidence": read["confidence"] / (left or 1.0)} for read in kept]


# No story of a danger: where the classifier hears one of these, it did not know the words.
_SHORT_ANSWERS = frozenset(
    {"cancel", "human", "inform", "deny", "affirm", "help", "insult", "chitchat", "correct", "greet", "goodbye", "thank",
     "nlu_fallback"}
)  # fmt: skip
_ALARM = {"name": "emergency", "confidence": 0.7}
_HALF_HEARD = 0.2  # share of the emergency in the ranking, from which a report may be one


def alarmed(ranking: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """``ranking`` with the emergency in front where a word of danger stands and the language layer calls it urgent."""
    heard = next((read["confidence"] for read in ranking if read["name"] == "emergency"), 0.0)
    first = str(ranking[0]["name"])
    may_be = first in _SHORT_ANSWERS or (
        first == "report" and heard >= _HALF_HEARD and not _EVERY_DAY.search(text)
    )
    if not may_be or len(text) > _LONGEST_PRIVATE or _NOT_NOW.search(text) or not danger_words.in_words(text):
        return ranking
    if default_analyzer().analyze(text).urgency != "emergency":
        return ranking
    return [dict(_ALARM), *(read for read in ranking if read["name"] != "emergency")]


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
        """Make the component; it has no configuration. Loads the tokenizer's dictionary, or the first resident waits."""
        jieba.initialize()
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and the ``hazard`` entity of each message that triggers a reflex."""
        for message in messages:
            text = message.get(TEXT) or ""
            found = reflex(text)
            if not found:
                if read := message.get(INTENT_RANKING_KEY):
                    ranking = alarmed(sober(read, text), text)
                    message.set(INTENT, ranking[0], add_to_output=True)
                    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
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
