"""SnowNLP's own sentiment, bit for bit, without computing the same logarithms again and again.

SnowNLP (MIT) spends nearly all its time on trigram log probabilities of its segmenter, most of them asked for many
times over: remembering them changes no result. It is the baseline and an engine one may choose; on government
messages it is close to a coin toss, so nothing is decided by it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache

# Its segmenter copies paths as it goes: quadratic in a run without punctuation.
MAX_CHARS = 2_000
_REMEMBERED = 1 << 18


@cache
def _classify() -> Callable[[str], float]:
    """SnowNLP's classifier, loaded on first use (2 s, 100 MB)."""
    from snownlp import seg, sentiment

    model = seg.segger.segger
    model.log_prob = lru_cache(_REMEMBERED)(model.log_prob)
    return sentiment.classify  # type: ignore[no-any-return]


def snownlp_sentiment(text: str) -> float:
    """Probability that the writer is positive (0-1) as `SnowNLP(text).sentiments` has it; 0.5 for a blank text."""
    return float(_classify()(text[:MAX_CHARS])) if text.strip() else 0.5
