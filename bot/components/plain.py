"""What is no Chinese but means some: an answer that is nothing but a picture, pinyin or a word of English. Pure."""

from __future__ import annotations

import re

# Only where a message holds nothing else: beside words they are decoration.
_PICTURES = {
    "👌": "好的", "👍": "好的", "🆗": "好的", "✅": "好的", "✔": "好的", "☑": "好的", "💯": "好的", "🤝": "好的", "🫡": "好的",
    "👎": "不好", "❌": "不对", "✖": "不对", "🙅": "不用了", "🙏": "谢谢", "🌹": "谢谢", "👋": "再见",
}  # fmt: skip
# Answers that people type in pinyin because the keyboard stayed in English.
_PINYIN = {
    "dui": "对", "duide": "对的", "duidui": "对对", "shi": "是", "shide": "是的", "hao": "好", "haode": "好的", "en": "嗯",
    "xing": "行", "keyi": "可以", "bu": "不", "bushi": "不是", "budui": "不对", "buyong": "不用", "buliu": "不留",
    "buyao": "不要", "meiyou": "没有", "mei": "没", "xiexie": "谢谢", "tijiao": "提交", "quxiao": "取消", "nihao": "你好",
    "zaima": "在吗", "de": "的", "le": "了",
}  # fmt: skip
_ENGLISH = (
    (re.compile(r"\b(?:yes|yeah|yep|sure|right|correct|that'?s right|exactly)\b", re.I), "对"),
    (re.compile(r"\bno (?:phone|number|contact)\b.*", re.I), "不留电话"),
    (re.compile(r"\bno\b.*\b(?:just|only)\b.*\b(?:mine|myself|alone)\b.*", re.I), "单独提交"),
    (re.compile(r"\bhow long\b.*|\bwhen will\b.*", re.I), "多久能处理"),
    (re.compile(r"\b(?:thanks|thank you|thx)\b.*", re.I), "谢谢"),
    (re.compile(r"\b(?:submit|go ahead)\b", re.I), "提交"),
    (re.compile(r"\bno\b", re.I), "不用"),
)  # fmt: skip
_SHORT, _LINE = 14, 60
_WORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2,8}(?![A-Za-z0-9])")
_SAYS = re.compile(r"[A-Za-z0-9一-龥]")


def plain(text: str) -> str:
    """``text`` in Chinese where it is a picture, a few words of pinyin or an everyday English answer; else unchanged."""
    if not _SAYS.search(text):
        if re.fullmatch(r"[?？!！。.…~\s]+", text) and re.search(r"[?？]", text):
            return "在吗"
        return next((word for picture, word in _PICTURES.items() if picture in text), text)
    if len(text) <= _SHORT:
        known = _WORD.sub(lambda match: _PINYIN.get(match[0].lower(), match[0]), text)
        if known != text:
            return known.replace(" ", "")
    if len(text) <= _LINE and not re.search(r"[一-龥]", text):
        for pattern, said in _ENGLISH:
            if pattern.search(text):
                return said
    return text
