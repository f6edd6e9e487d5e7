"""Complaint, help, inquiry, suggestion or praise.

A model tells 投诉/求助, 咨询 and 建言 apart. Its training data has neither thanks nor a line between complaint and
help, so those two are drawn by the rules below, which anyone can read: praise needs words of praise, a positive
tone and no trouble left over (the thanks that close a complaint are manners); help asks for a hand rather than
accusing someone.
"""

from __future__ import annotations

import math
import re

from nlp.types import RequestType

_PRAISE = re.compile(
    r"表扬|值得(?:表扬|学习|称赞)|(?:太棒|真棒|真好|了不起|很漂亮|真漂亮|太好|特别喜欢|非常喜欢|很舒服)了?|点(?:个|一个|大)?赞|锦旗|感谢信|表示(?:衷心|由衷|诚挚|深深)?的?(?:感谢|谢意|敬意)|(?:特此|特地|专门|特意|专程|真心|由衷|衷心)(?:来)?(?:地|的)?(?:感谢|致谢|点赞|表扬)|"
    r"服务(?:态度)?(?:很|非常|特别|真|太|十分|超)?(?:好|棒|周到|热情|贴心|到位|细致|一流)|态度(?:很|非常|特别|真|十分|超)(?:好|棒|和蔼|亲切|热情|耐心)|"
    r"(?:非常|很|特别|十分|真)(?:满意|耐心|热情|负责|贴心|暖心|给力|敬业|专业|高效)|办事(?:效率)?(?:很|非常|真)?(?:快|高|利索|麻利)|效率(?:很|非常|真|特别)?(?:高|快)|"
    r"好评|暖心|给力|拾金不昧|助人为乐|好干部|好民警|好医生|好老师|好司机|雪中送炭|辛苦了|为民办实事|帮(?:了|我)?(?:我|我们)?(?:大忙|解决了|找回了?|跑了)|救了(?:我|他|她|人)|给(?:了)?[^,。]{0,8}(?:五星|满分)"
)
_THANKS = re.compile(r"感谢|谢谢|多亏|多谢|致谢|感恩|感激")
# Thanks that open a message and name whom they go to are meant; 感谢领导百忙之中… is manners.
_OPENS = re.compile(
    r"^(?:表扬|(?:真心|衷心|非常|特别|十分|首先)?(?:感谢|谢谢|多亏)(?!领导|政府|您|你|各位|百忙|关注|回复))"
)
_DONE = re.compile(
    r"(?:终于|已经|已|及时|马上|立刻|很快|当天|第一时间|圆满|顺利|迅速)[^,。!?]{0,10}(?:解决|修好|办好|办妥|处理|恢复|找到|找回|办完|拿到|修复|送到|装好|整改|清理)"
    r"|(?:解决|修好|办好|办妥|处理好|找到|找回|办完|装好|清理干净)了"
)
_TROUBLE = re.compile(
    r"投诉|举报|但是|但|却|可是|然而|不过|至今|仍然|还是没|没有(?:人|解决|处理|回复|答复|修)|没人管|不作为|扰民|严重影响|乱收费|违规|违法|"
    r"态度(?:很|非常|太|极其|十分|特别)?(?:差|恶劣|不好|冷漠|傲慢)|推诿|踢皮球|不满意|不合理|拖欠|噪音|怎么办|为什么|什么时候|何时|"
    r"请问|能否|能不能|是否|可否|如何|怎么(?!样)|恳请|恳求|请求|希望(?:政府|领导|有关|相关|尽快|能|你们|贵|市)|建议|求助|请(?:领导|政府|有关|相关|尽快)"
)
_HELP = re.compile(
    r"求助|求救|求援|求社会|请求(?:帮助|帮忙|援助|支援)|帮帮|帮(?:个|一下)?忙|帮我(?!们解决了|找回)|帮助(?:我|解决|$)|请(?:您|你|政府|领导)?帮|救救|救命|求求|求(?:政府|领导|大家|各位)|协助|走投无路|无助|"
    r"(?:家庭|生活|经济)(?:很|非常|特别|十分|极其)?困难|急需|求援|伸出援手|施以援手|怎么办(?:才好|呢|啊|\?|$)|没地方住|没有着落|交不起|重病|白血病|动不了|回不了家|上不了学|进不了门|不知(?:道)?(?:怎么办|如何是好|找谁|该找)|"
    r"望(?:政府|领导|有关部门|相关部门)?(?:能)?(?:给予)?(?:帮助|帮忙|援助|救助)|给予(?:帮助|救助|援助)|申请(?:救助|低保|补助)|找不到|走失|被困|联系不上|坏了|没水|没电|停水|停电"
)
_COMPLAINT = re.compile(
    r"投诉|举报|扰民|违规|违法|违建|乱收费|乱停|乱|恶劣|不作为|欺骗|欺诈|骗|坑|侵占|霸占|拖欠|克扣|噪音|噪声|臭|污染|严重影响|忍无可忍|"
    r"态度|推诿|敷衍|踢皮球|不管|不理|不处理|不解决|不退|拒绝|强制|强行|私自|擅自|偷工减料|质量问题|垄断|霸王|黑心|无良|猖狂|腐败|不合理|"
    r"要求(?:严查|查处|处理|整改|赔偿|退)|严查|查处|彻查|追责|曝光|谁来管|没人管|凭什么|难道"
)
_QUESTION = re.compile(
    r"(?:请问|咨询|想问|问一下|想了解|想知道|了解一下|怎么(?:办理|申请|查询|查|交|缴|转|提取|领|报|预约|弄)|如何(?:办理|申请|查询|缴|转)|"
    r"需要(?:什么|哪些)(?:材料|手续|条件)|在哪(?:里|儿)?(?:办|交|领|申请|查)|几点|多少钱|哪天|能不能办|可以[^,。?]{0,12}吗\?*$|要带什么|什么条件|电话是多少)"
)
_SUGGEST = re.compile(
    r"^(?:我)?(?:建议|提议|提个建议|希望(?:能)?(?:增设|增加|新增|增开|开通|延长|加装|安装))|"
    r"(?:建议|提议)(?:在|把|将|能|增|设|开|延|政府|有关|加|对|取消|推广|优化)"
)
_PROPOSES = re.compile(r"建议|提议|希望|应该|应当|能否|可否|呼吁|倡议|不妨|可以考虑|最好")
_BARE_QUESTION = re.compile(
    r"(?:吗|呢|几|多少|多久|哪里?|哪年|哪天|什么|怎么(?!回事|这么|这样)|如何|是否|能不能|可不可以|几时)"
    r"[^,。!?]{0,8}[?？]?$"
)
# Below this many characters the model, which saw few such texts, and plain words have about equal say.
_SHORT = 40.0


def _praises(text: str, sentiment: float) -> bool:
    praise, thanks = len(_PRAISE.findall(text)), len(_THANKS.findall(text))
    done, trouble = bool(_DONE.search(text)), len(_TROUBLE.findall(text))
    opens = bool(_OPENS.match(text))
    if not praise and not (thanks and (done or opens or sentiment > 0.85)):
        return False
    strength = 2 * min(praise, 4) + min(thanks, 2) + 2 * done + 2 * opens + 3 * (sentiment - 0.5)
    return strength >= 2.0 + 2.5 * trouble and sentiment > 0.15


def _lean(text: str, probabilities: dict[str, float]) -> dict[str, float]:
    """Log probabilities of the three labels, moved by plain words; the shorter the text, the more they count."""
    share = 1.0 / (1.0 + (len(text) / _SHORT) ** 2)
    asks = min(len(_QUESTION.findall(text)) + len(_BARE_QUESTION.findall(text)), 2)
    proposes = min(len(_SUGGEST.findall(text)), 2)
    suffers = min(len(_HELP.findall(text)) + len(_COMPLAINT.findall(text)), 3)
    hints = {
        "投诉/求助": 1.5 * suffers,
        "咨询": 2.5 * asks - 0.5 * min(suffers, 2),
        "建言": 2.5 * proposes - (0.0 if _PROPOSES.search(text) else 2.5),
    }
    return {
        name: math.log(chance + 1e-6) + share * hints.get(name, 0.0) for name, chance in probabilities.items()
    }


def decide(text: str, probabilities: dict[str, float], sentiment: float, anger: float) -> RequestType:
    """The request type of a normalised text.

    probabilities: of 投诉/求助, 咨询 and 建言 from the model.
    """
    if _praises(text, sentiment):
        return "praise"
    lean = _lean(text, probabilities)
    label = max(lean, key=lambda name: lean[name])
    if label == "咨询":
        return "inquiry"
    if label == "建言":
        return "suggestion"
    helps, blames = len(_HELP.findall(text)), len(_COMPLAINT.findall(text))
    return "help" if helps > blames + (1 if anger > 0.9 and blames else 0) else "complaint"
