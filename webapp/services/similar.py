"""Same trouble: neighbours' requests that say much the same, from the language layer's index or else by their words."""

from __future__ import annotations

from nlp.similar import Match, SimilarIndex
from webapp.models import Area, Category
from webapp.queries import similar as queries
from webapp.queries.similar import Similar
from webapp.services import similar_index

# "Mostly the same trouble" (nlp.similar).
LEAST = 0.3
CANDIDATES = 3000
# So many of the newest may not have been taken up yet: they are read as they stand.
FRESH = 40


def same_trouble(
    text: str, area: Area, category: Category | None = None, exclude_id: int | None = None, limit: int = 3
) -> list[Similar]:
    """Open public requests of the last 60 days in the area's street that look like the same trouble, likest first."""
    found = similar_index.ask(lambda index: _from_index(index, text, area, category, exclude_id, limit))
    return queries.by_words(text, area, category, exclude_id, limit) if found is None else found


def _from_index(
    index: SimilarIndex, text: str, area: Area, category: Category | None, exclude_id: int | None, limit: int
) -> list[Similar]:
    # The database says what may be shown, as it is now; the index only how like it is.
    ids = queries.candidate_ids(area, category, exclude_id, CANDIDATES)
    found = [*index.find(text, limit, among=ids, least=LEAST), *_fresh(index, text, ids[:FRESH])]
    best = sorted(found, key=lambda match: (-match.likeness, match.key))[:limit]
    requests = queries.requests_of([match.key for match in best])
    return [Similar(requests[m.key], round(m.likeness, 3)) for m in best if m.key in requests]


def _fresh(index: SimilarIndex, text: str, ids: list[int]) -> list[Match]:
    """The like ones among requests that the sweep has not taken up yet."""
    taken = index.saved(ids)
    fresh = queries.requests_of([number for number in ids if number not in taken])
    if not fresh:
        return []
    said = index.compare(text, [request.text for request in fresh.values()])
    return [Match(key, likeness) for key, likeness in zip(fresh, said, strict=True) if likeness >= LEAST]
