"""Places in a message: words that end like a place, with what names them in front; and house numbers.

Rules over the words already cut: a place ends in 小区, 路, 街道 … and begins where the naming words begin. Spans
count characters of the text as given (normalising moves none).
"""

from __future__ import annotations

import re
from typing import Literal, cast

from nlp.segment import Word
from nlp.stopwords import stopwords
from nlp.types import Place

PlaceType = Literal["district", "street", "community", "estate", "road", "number", "facility"]

_SUFFIXES: dict[PlaceType, str] = {
    "district": "自治区 自治州 自治县 省 市 区 县 州 新区 开发区 高新区 经开区",
    "street": "街道 街道办 镇 乡 办事处",
    "community": "社区 村 居委会 村委会 村民组 屯 寨 庄",
    "estate": "小区 花园 花苑 家园 公寓 别墅 佳园 名苑 嘉园 新村 新城 名城 豪庭 雅苑 苑 公馆 府邸 御府 山庄 "
    "华庭 华府 华城 美墅 宿舍 家属院 安置房 公租房 楼盘 庭院 雅居 馨苑 丽苑 里弄 大院 里小区 首府 名邸 水岸 期",
    "road": "路 街 大道 大街 巷 胡同 弄 路口 高速 高架 高架桥 立交桥 立交 隧道 国道 省道 环线 线 公路 桥 大桥 天桥 辅路 支路 "
    "匝道 十字路口 交叉口 街区 步行街 匝道口",
    "facility": "广场 公园 医院 学校 小学 中学 大学 学院 幼儿园 一中 二中 三中 附小 附中 实验学校 地铁站 车站 火车站 汽车站 公交站 高铁站 站 机场 码头 港口 "
    "市场 菜市场 农贸市场 商场 超市 商城 购物中心 百货 大厦 大楼 写字楼 中心 银行 派出所 公安局 交警队 法院 税务局 社保局 教育局 政务中心 "
    "政务服务中心 服务中心 服务大厅 办事大厅 大厅 卫生院 诊所 卫生服务中心 图书馆 体育馆 体育场 博物馆 文化馆 电影院 影院 酒店 宾馆 饭店 餐厅 酒吧 "
    "KTV 网吧 工业园 产业园 园区 科技园 物流园 工厂 厂 工地 搅拌站 垃圾站 垃圾场 加油站 停车场 收费站 养老院 敬老院 殡仪馆 公墓 景区 风景区 湖 河 "
    "水库 山 江 码头 寺 庙 教堂 电影城 万达 门诊 药店 城 楼 园 湾 塔 岛 湿地 森林公园 河道 监狱 看守所 驾校 培训中心",
}
_TYPE_OF = {suffix: kind for kind, line in _SUFFIXES.items() for suffix in line.split()}
_MAX_SUFFIX = max(map(len, _TYPE_OF))
_BARE = frozenset("区 县 市 省 州 乡 镇 村 路 街 桥 线 站 城 楼 园 厂 山 河 湖 江 苑 期 湾 塔 岛 寺 庙 中心 大厅 大楼 庄 寨 屯 弄 巷".split())
# End like a place, are none (or name no particular one).
_NOT_PLACES = frozenset(
    "全市 我市 本市 城市 都市 超市 上市 股市 夜市 楼市 门市 小区 地区 社区 辖区 区 县区 校区 片区 景区 街区 郊区 山区 园区 库区 社区 "
    "道路 马路 公路 铁路 线路 一路 思路 网路 电路 高速 出路 问路 走路 修路 网络 套路 半路 上路 同路 各路 路 后路 活路 顺路 迷路 堵路 铺路 "
    "逛街 上街 学校 医院 广场 公园 市场 大厦 中心 银行 超市 工厂 工地 停车场 车站 地铁站 幼儿园 小学 中学 大学 学院 派出所 法院 酒店 "
    "宾馆 饭店 餐厅 商场 农村 全村 我村 本村 乡村 村 新村 乡 下乡 家乡 老乡 城乡 全县 我县 全区 我区 全省 我省 我省 两省 各省 各市 各区 各县 各镇 各乡 "
    "热线 在线 上线 路线 一线 前线 直线 光线 电线 视线 底线 无线 网线 分数线 流水线 生产线 站 网站 全站 本站 "
    "上山 爬山 江 河 湖 大楼 楼 一楼 二楼 三楼 四楼 五楼 六楼 楼上 上楼 下楼 高楼 层楼 住宅楼 居民楼 教学楼 宿舍楼 烂尾楼 园 校园 家园 公寓 别墅 宿舍 "
    "同期 长期 短期 到期 工期 定期 学期 日期 近期 前期 后期 延期 早期 周期 时期 假期 暑期 孕期 逾期 按期 分期 预期 任期 限期 有效期 星期 "
    "进城 全城 县城 商城 古城 围城 落户 街道 社区 居委会 村委会 办事处 街道办 服务中心 服务大厅 办事大厅 大厅 政务中心 安置房 公租房 楼盘 大院 "
    "十字路口 路口 大街 大道 大桥 桥 天桥 国道 省道 隧道 公园 菜市场 农贸市场 垃圾站 加油站 药店 诊所 景点 火车站 汽车站 公交站 机场 驾校 工业园 产业园 "
    "园区 开发区 市区 城区 老城区 主城区 灾区 误区 禁区 行政区 专区 停车位 车库 门诊 河道 水库 家属院 花园 人民政府 教育局 公安局 税务局 社保局 培训中心 步行街 街 巷 "
    "出厂 电厂 水厂 厂 建厂 药厂 开庄 钱庄 饭庄 寺庙 教堂 写字楼 购物中心 高架 高架桥 立交桥 立交 搅拌站 体育馆 体育场 图书馆 博物馆 电影院 网吧 酒吧 养老院 敬老院 "
    "殡仪馆 公墓 监狱 看守所 卫生院 辅路 工作站 变电站 基站 空间站 充电站 水站 泵站 污水站 服务站 自治区 自治县 高新区 经开区 新区 垃圾场 收费站 物流园 森林公园 风景区".split()
)
# Words that may stand inside a name, by jieba's tag.
_NAMING = ("ns", "nr", "nz", "nt", "nrt", "nrfg", "j", "eng", "f", "x", "b", "m", "i", "s", "a", "g", "n", "v", "t", "z", "q", "l")
_STOPPING = frozenset(
    "在 到 从 去 住 位于 位於 地处 坐落 处于 靠近 附近 旁边 对面 门口 我 我们 你们 他们 是 的 和 与 及 或 请问 关于 反映 投诉 咨询 建议 举报 来 往 至 "
    "该 本 这 那 这个 那个 某 各 每 全 整个 一个 几个 有 没有 于 由 为 经 过 路过 经过 进 出 回 家住 现住 居住 业主 居民 尊敬 领导 您好 你好 希望 目前 现在 今天 昨天 "
    "晚上 早上 购买 买 入住 附近 周边 因为 因 当 把 被 对 向 给 让 要求 要 想 后 前 里 上 下 内 外 中 旁 修 建 开 新建 修建 沿 沿着 隔壁 途经 多 多个 很多 大型 等 所 就 也 都".split()
)
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z第])(?:[A-Za-z]?[0-9]{1,5}[A-Za-z]?|[一二三四五六七八九十]{1,3})(?:-[0-9]{1,4}){0,3}"
    r"(?:号楼|号院|号门|号(?!线|文|令|公告|码|称|召|角|的时候|晚|早|上午|下午|凌晨|开始|之前|以后|左右|、)|栋|幢|单元|室|弄|组(?!织|成|合|长|委|建|装))"
)
_DATE_BEFORE = re.compile(r"(?:月|月份|本月|这月)$")
_METRO = re.compile(r"(?:地铁|轨道交通|轻轨)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})号线")
_MASKED = re.compile(r"[A-Z][0-9]{0,2}(?:市|区|县)")


def _ending(text: str) -> tuple[str, PlaceType] | None:
    for size in range(min(_MAX_SUFFIX, len(text)), 0, -1):
        kind = _TYPE_OF.get(text[-size:])
        if kind:
            return text[-size:], kind
    return None


def _names(word: Word) -> bool:
    if word.text in _STOPPING or word.text in stopwords() or not word.text[0].isalnum():
        return False
    return not word.tag or word.tag.startswith(_NAMING) and not word.tag.startswith(("v", "a", "n")) or _nominal(word)


def _nominal(word: Word) -> bool:
    """Common words may be part of a name only when short (阳光 + 花园), never a whole phrase."""
    return word.tag.startswith(("n", "a", "vn", "v")) and len(word.text) <= 3


def _begin(words: list[Word], index: int, kind: PlaceType) -> int:
    """Index of the first word of the name that ends at `index`: up to three naming words, without a gap."""
    first = index
    limit = 3 if kind in ("estate", "facility") else 2
    while first > 0 and index - first < limit:
        previous = words[first - 1]
        touching = previous.start + len(previous.text) == words[first].start
        if not touching or not _names(previous):
            break
        ending = _ending(previous.text)
        if ending and ending[1] != "number" and len(previous.text) > 1 and previous.text not in _NOT_PLACES:
            break
        if ending and previous.text in _BARE:
            break
        first -= 1
    return first


def _suffix_places(words: list[Word]) -> list[Place]:
    out: list[Place] = []
    for index, word in enumerate(words):
        ending = _ending(word.text)
        if ending is None:
            continue
        suffix, kind = ending
        named = len(word.text) > len(suffix) and word.text not in _NOT_PLACES
        if named and not word.tag.startswith(("ns", "nr", "nz", "nt", "j", "n", "x")) and word.tag:
            continue
        whole = word.text == suffix or word.text in _NOT_PLACES
        first = _begin(words, index, kind) if whole or word.tag.startswith("n") else index
        if first == index and (whole or (word.tag and not word.tag.startswith(("ns", "nt", "nz", "nr")))):
            continue
        start, end = words[first].start, word.start + len(word.text)
        text = "".join(item.text for item in words[first : index + 1])
        if text in _NOT_PLACES or len(text) < 2:
            continue
        out.append(Place(text, start, end, kind))
    return out


def _pattern_places(normalised: str) -> list[Place]:
    out = [
        Place(match.group(), match.start(), match.end(), "number")
        for match in _NUMBER.finditer(normalised)
        if not _DATE_BEFORE.search(normalised[max(0, match.start() - 3) : match.start()])
    ]
    out += [Place(m.group(), m.start(), m.end(), "facility") for m in _METRO.finditer(normalised)]
    return out + [Place(m.group(), m.start(), m.end(), "district") for m in _MASKED.finditer(normalised)]


def find_places(words: list[Word], normalised: str, original: str) -> tuple[Place, ...]:
    """Places of a message in order, none overlapping (the longer wins); `text` is cut from `original`."""
    found = sorted(_suffix_places(words) + _pattern_places(normalised), key=lambda p: (p.start, -p.end))
    out: list[Place] = []
    for place in found:
        if out and place.start < out[-1].end:
            if place.end - place.start > out[-1].end - out[-1].start:
                out.pop()
            else:
                continue
        kind = cast(PlaceType, place.type)
        out.append(Place(original[place.start : place.end], place.start, place.end, kind))
    return tuple(out)
