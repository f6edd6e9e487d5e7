"""How much a topic matters to how many people now: its heat.

    heat = (writers + supporters / 2 + √likes) · (1 + concentration) / 2

- writers: distinct people who took the trouble to write; without names every message counts as one.
- supporters: people who joined somebody's request ("me too"); they gave their name but found no words, hence half.
- likes: anonymous taps, less the dislikes, under a root: taps follow one another, and the weight of a crowd whose
  members do not decide independently grows with the root of its size (L. S. Penrose, The elementary statistics of
  majority voting, 1946; also the transform that evens out a count's variance, M. S. Bartlett 1936). A thousand
  bought likes weigh like thirty-two letters, a million like a thousand.
- concentration: the share of the dated messages in the busiest 30 days, 0–1 (1 when none is dated). The same number
  of letters within a month is hotter than over a year.

The weights are policy, not measurement; raw counts stand beside the heat wherever it is shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(days=30)
SUPPORTER_WEIGHT: Final = 0.5
# More than any city has residents: a count beyond is a mistake or an attack.
MOST: Final = 10_000_000


def count(value: object) -> int:
    """A count given as number or text: a whole number from 0 to `MOST`; whatever is none of that counts as 0."""
    try:
        number = float(str(value).strip() or 0)
    except ValueError:
        return 0
    return int(min(max(number, 0.0), float(MOST))) if math.isfinite(number) else 0


def concentration(times: Iterable[datetime | None], window: timedelta = WINDOW) -> float:
    """Share of the dated messages in the busiest `window`, above 0 and at most 1; 1 when none is dated."""
    dated = sorted(time for time in times if time is not None)
    most, begin = 0, 0
    for end, time in enumerate(dated):
        while time - dated[begin] > window:
            begin += 1
        most = max(most, end - begin + 1)
    return most / len(dated) if dated else 1.0


def heat(writers: int, supporters: int, likes: int, dislikes: int, times: Sequence[datetime | None]) -> float:
    """The formula above, rounded to 2 digits: 0 for nothing, never negative, never infinite."""
    liked = math.sqrt(max(0, count(likes) - count(dislikes)))
    people = count(writers) + SUPPORTER_WEIGHT * count(supporters)
    return round((people + liked) * (1 + concentration(times)) / 2, 2)
