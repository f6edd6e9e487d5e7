"""One sentence that stands for a long message: the writer's own, never a new one.

Extractive, after Luhn (1958) and Edmundson (1969): a sentence is as good as the informative words in it that the whole
message keeps coming back to; one near the beginning, where residents say what is wrong, and one that asks for
something count more; greetings, thanks and the writer's biography count less.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from nlp.segment import Word
from nlp.vocabulary import Known

# A message that fits into one look needs no summary.
SHORTEST = 60
_LONGEST = 90
# Chosen on half of the forum's messages by likeness to the subject line their writers gave them; `python -m nlp
# evaluate --only summary` prints the other half.
_LENGTH, _LEAD, _ASKING = 20.0, 6.0, 1.15
# What a word is worth that the message has so many times: 1 + log of it.
_REPEATED = (0.0, *(1 + math.log(count) for count in range(1, 50)))
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


def summary(words: list[Word], known: list[Known], normalised: str, original: str) -> str | None:
    """The sentence, as it was written; None for a message of fewer than `SHORTEST` characters. Linear time.

    words: of the normalised text, in order; known: what `Vocabulary` says of each.
    """
    if len(normalised.strip()) < SHORTEST:
        return None
    content = [
        (word.start, word.text, entry.idf) for word, entry in zip(words, known, strict=True) if entry.content
    ]
    counts = Counter(text for _, text, _ in content)
    best, best_value, at = None, 0.0, 0
    for number, (start, end) in enumerate(stretches(normalised)):
        inside: dict[str, float] = {}
        while at < len(content) and content[at][0] < end:
            _, text, idf = content[at]
            inside[text] = idf * _REPEATED[min(counts[text], len(_REPEATED) - 1)]
            at += 1
        if not inside:
            continue
        sentence = normalised[start:end].strip()
        value = sum(inside.values()) / (_LENGTH + len(sentence)) * (1 + _LEAD / (1 + number))
        # Most sentences are out of the race before anything must be searched in them.
        if value * _ASKING <= best_value:
            continue
        value *= _ASKING if _ASKS.search(sentence) else 1.0
        value *= 0.6 if _GREETING.search(sentence) else 1.0
        if value > best_value:
            best, best_value = (start, end), value
    return original[best[0] : best[1]].strip(" ,，;；\n\t　") if best else None
