"""Minping's language layer: reads residents' Chinese, offline, on the CPU, without the web app.

    from nlp import analyze
    analysis = analyze("小区门口的路灯坏了一周没人修")
    analysis.category, analysis.sentiment, analysis.as_dict()

Earlier messages about the same trouble: `nlp.similar.SimilarIndex`. Topics of a batch, and for new messages:
`nlp.topics.find_topics`, `nlp.topics.assign_topics`.

Given the city's names, a message also gets its area:

    analyzer = Analyzer(gazetteer=Gazetteer([Entry("990101", "东澄区", ("东澄",), 2, None)]))
    analyzer.analyze("东澄区的路灯坏了").area

Importing this package is cheap; segmenter and models load on first use (or by ``Analyzer().warm_up()``).
"""

from nlp.analyzer import Analyzer, analyze, default_analyzer
from nlp.gazetteer import AreaGuess, Entry, Gazetteer
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
    "AreaGuess",
    "Category",
    "CategoryGuess",
    "Entry",
    "Gazetteer",
    "LabelGuess",
    "Place",
    "analyze",
    "default_analyzer",
]
