"""Whether an alarm is believed: by a word of danger, or by how sure the model is without one.

A model hears danger in a taxi fare, and people tell of danger without naming it (the child sits outside the window).
To ask for a word of danger loses more than half of the emergencies that our own rows describe (nlp/gold/urgency.csv); to
believe every alarm of the model, which is set so that hardly any is missed, would greet many a resident with 119.
"""

from __future__ import annotations

import re

from nlp import danger_words
from nlp.analyzer import default_analyzer
from nlp.danger import PART_CHARS

SURE = 0.5
VERY_SURE = 0.9
_OVER = re.compile(
    r"差点|险些|差一点|(?:[一两二三四五六七八九十几半]|[0-9]+)个?(?:多)?(?:天|礼拜|星期|周|月|年)(?:多)?了"
)


def believed(text: str, danger: float | None = None) -> bool:
    """Whether ``text`` names a danger to life, or tells of one so that the model is rather sure.

    ``danger`` as in `Analysis` (0-1), if the text has been read already.
    """
    if danger_words.in_words(text):
        return True
    return (default_analyzer().analyze(text).danger if danger is None else danger) >= SURE


def worth_a_word(text: str, danger: float) -> bool:
    """Whether the number to call should be named beside whatever else is said; ``danger`` as in `Analysis` (0-1).

    Of a long story the whole says little about danger: a word in it has to.
    """
    if danger < SURE:
        return False
    if danger_words.in_words(text):
        return True
    # What nearly happened is over, and what goes on for days has to be heard more surely.
    if _OVER.search(text) and danger < VERY_SURE:
        return False
    return len(text) <= PART_CHARS
