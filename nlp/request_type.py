"""Complaint, help, inquiry, suggestion or praise.

Two models speak: `request_type` knows 投诉/求助, 咨询 and 建言 from thousands of long messages to the government;
`five_types` was fitted on short messages of our own (and lightly on those), and alone tells complaint from help and
knows praise. The longer a message, the more the first one counts; of a short one it knows nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from nlp.linear import softmax
from nlp.types import REQUEST_TYPES

# Where each of the five types stands among the three labels; praise is none of them.
_AMONG_THREE = {"complaint": 0, "help": 0, "inquiry": 1, "suggestion": 2}
_NONE_OF_THREE = 0.25
_SAYS_NOTHING = 0.37
_SHORT, _LONG = 40.0, 150.0


def probabilities(three: NDArray[np.float64], five: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Probabilities of `REQUEST_TYPES` for a message of `length` characters, shape (5,).

    three: probabilities of 投诉/求助, 咨询 and 建言. five: of `REQUEST_TYPES`.
    """
    say = min(1.0, max(0.0, (length - _SHORT) / (_LONG - _SHORT)))
    of_three = three.tolist()
    among = [
        of_three[_AMONG_THREE[name]] if name in _AMONG_THREE else _NONE_OF_THREE for name in REQUEST_TYPES
    ]
    chances = softmax([
        math.log(own + 1e-6) + say * math.log(other + 1e-3)
        for own, other in zip(five.tolist(), among, strict=True)
    ])  # fmt: skip
    if max(chances) < _SAYS_NOTHING:
        # A word or two that could mean anything: to be taken up as a case loses nothing.
        chances[REQUEST_TYPES.index("complaint")] = max(chances) + 0.01
        total = sum(chances)
        chances = [chance / total for chance in chances]
    return np.array(chances)
