"""How simulated residents speak: phrases drawn from ``phrases.yml``, in the register of one person."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

REGISTERS = ("plain", "plain", "voice", "dialect", "typos", "angry", "elderly", "brief")
_DIALECTS = (
    {
        "没有": "莫得",
        "没人": "没得人",
        "怎么": "咋个",
        "什么": "啥子",
        "知道": "晓得",
        "谁": "哪个",
        "不要": "莫要",
        "天天": "天天都",
    },
    {
        "没有": "冇",
        "怎么": "咋",
        "什么": "么子",
        "我们": "我俚",
        "知道": "晓得",
        "不要": "莫",
        "小孩": "细伢子",
    },
    {"怎么": "咋", "什么": "啥", "我们": "俺们", "我家": "俺家", "非常": "老", "很": "老", "一下": "一哈"},
)
_TYPOS = {
    "反映": "反应",
    "坏了": "怀了",
    "小区": "小曲",
    "已经": "以经",
    "在": "再",
    "的": "得",
    "帮": "邦",
    "修": "休",
    "投诉": "投述",
    "怎么": "怎莫",
}
_FILLERS = ("嗯", "那个", "就是", "然后", "呃", "这个")
_CURSES = ("！！", "，什么玩意", "，气死人", "，烦死了", "，真是的", "！！！！")
_PARTICLES = ("哈", "啊", "嘛", "哦", "呢", "咯", "～", "。", "!", "😊", "🙏")


@cache
def bank() -> dict[str, list[str]]:
    """All phrases by the name of their list."""
    text = Path(__file__).with_name("phrases.yml").read_text(encoding="utf-8")
    return {str(name): [str(phrase) for phrase in phrases] for name, phrases in yaml.safe_load(text).items()}


@dataclass
class Speech:
    """One person's way of speaking; ``held`` draws from the half of the phrases that is kept for measuring."""

    draw: random.Random
    held: bool
    register: str = ""

    def __post_init__(self) -> None:
        self.register = self.draw.choice(REGISTERS)
        self._dialect = self.draw.choice(_DIALECTS)

    def chance(self, share: float) -> bool:
        """True in ``share`` of all cases."""
        return self.draw.random() < share

    def phrase(self, name: str, /, **values: str) -> str:
        """A phrase of the list ``name``, unaltered, with ``values`` in its braces."""
        return self.draw.choice(bank()[name][int(self.held) :: 2]).format_map(values)

    def pair(self, name: str) -> tuple[str, str]:
        """A phrase and what belongs to it (``said|meant``)."""
        said, _, meant = self.phrase(name).partition("|")
        return said, meant

    def short(self, name: str, /, **values: str) -> str:
        """An answer of a few words, with what people hang on to it."""
        text = self.phrase(name, **values)
        return text + self.draw.choice(_PARTICLES) if self.chance(0.15) and text[-1] > "一" else text

    def told(self, text: str) -> str:
        """A sentence about a trouble in this person's register. Places, phones and numbers are not to be given here."""
        if self.register == "voice":
            text = text.replace("，", self.draw.choice(("", "", *_FILLERS)))
        elif self.register == "dialect":
            for word, own in self._dialect.items():
                text = text.replace(word, own)
        elif self.register == "typos":
            for word, slip in _TYPOS.items():
                text = text.replace(word, slip) if self.chance(0.5) else text
        elif self.register == "angry":
            text += self.draw.choice(_CURSES)
        return text
