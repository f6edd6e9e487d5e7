"""Minping's language layer: reads residents' Chinese, offline, on the CPU, without the web app.

    from nlp import analyze
    analysis = analyze("小区门口的路灯坏了一周没人修")
    analysis.category, analysis.sentiment, analysis.as_dict()

Earlier messages about the same trouble: `nlp.similar.SimilarIndex`. Topics of a batch, and for new messages:
`nlp.topics.find_topics`, `nlp.topics.assign_topics`.

Importing this package is cheap; segmenter and models load on first use (or by ``Analyzer().warm_up()``).
"""

from nlp.analyzer import Analyzer, analyze, default_analyzer
from nlp.types import (
    FORUM_CATEGORIES,
    REQUEST_TYPES,
    URGENCIES,
    Analysis,
    Category,
    CategoryGuess,
    LabelGuess,
    Place,
)

__all__ = [
    "FORUM_CATEGORIES",
    "REQUEST_TYPES",
    "URGENCIES",
    "Analysis",
    "Analyzer",
    "Category",
    "CategoryGuess",
    "LabelGuess",
    "Place",
    "analyze",
    "default_analyzer",
]
