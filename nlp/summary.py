"""One sentence that stands for a long message: the writer's own, never a new one.

Extractive, after Luhn (1958) and Edmundson (1969): a sentence is as good as the informative words in it that the whole
message keeps coming back to; one near the beginning, where residents say what is wrong, and one that asks for
something count more; greetings, thanks and the writer's biography count less.
"""

from __future__ import annotations

import math
import re

from nlp.features import word_ids
from nlp.linear import Linear
from nlp.segment import Word
from nlp.stopwords import stopwords

# A message that fits into one look needs no summary.
SHORTEST = 60
_LONGEST = 90
# Chosen on half of the forum's messages by likeness to the subject line their writers gave them; `python -m nlp
# evaluate --only summary` prints the other half.
_LENGTH, _LEAD = 20.0, 6.0
_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;]?")
_CLAUSE = re.compile(r"[^,，]+[,，]?")
_GREETING = re.compile(
    r"^(?:尊敬的|敬爱的|各位|您好|你好|领导好?|我是|我叫|我们是|本人|感谢|谢谢|此致|敬礼|祝|望回复|盼复)|(?:您好|你好|谢谢|为盼|敬礼)[!。]?$"
)
_ASKS = re.compile(r"希望|请求|恳请|要求|请问|能否|是否|建议|投诉|举报|反映|咨询|望(?:有关|相关|政府|领导)")


def stretches(text: str) -> list[tuple[int, int]]:
    """(start, end) of the sentences of a text; one that is too long to be read at a glance is cut at its commas."""
    out: list[tuple[int, int]] = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        if end - start <= _LONGEST:
            out.append((start, end))
            continue
        first = start
        for clause in _CLAUSE.finditer(text, start, end):
            if clause.end() - first > _LONGEST and clause.start() > first:
                out.append((first, clause.start()))
                first = clause.start()
        out.append((first, min(end, first + 2 * _LONGEST)))
    return out


def summary(words: list[Word], normalised: str, original: str, model: Linear) -> str | None:
    """The sentence, as it was written; None for a message of fewer than `SHORTEST` characters. Linear time.

    words: of the normalised text, in order. model: gives the words their inverse document frequency.
    """
    if len(normalised.strip()) < SHORTEST:
        return None
    content = [w for w in words if len(w.text) > 1 and w.text not in stopwords() and w.text[0].isalpha()]
    if not content:
        return None
    counts: dict[str, int] = {}
    for word in content:
        counts[word.text] = counts.get(word.text, 0) + 1
    names = list(counts)
    weight = {
        name: float(idf) * (1 + math.log(counts[name]))
        for name, idf in zip(names, model.idf_of(word_ids(names)), strict=True)
    }
    best, best_value, at = None, 0.0, 0
    for number, (start, end) in enumerate(stretches(normalised)):
        inside: set[str] = set()
        while at < len(content) and content[at].start < end:
            inside.add(content[at].text)
            at += 1
        sentence = normalised[start:end].strip()
        value = sum(weight[name] for name in inside) / (_LENGTH + len(sentence))
        value *= 1 + _LEAD / (1 + number)
        value *= 1.15 if _ASKS.search(sentence) else 1.0
        value *= 0.6 if _GREETING.search(sentence) else 1.0
        if value > best_value:
            best, best_value = (start, end), value
    return original[best[0] : best[1]].strip(" ,，;；\n\t　") if best else None
