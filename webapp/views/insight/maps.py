"""The city as a map without a map server: outlines of streets, filled by a measure, districts drawn around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from webapp.domain.geo import Projection, bounding_box, centroid
from webapp.queries import drill
from webapp.queries.kept import PAST_LAG_S, kept
from webapp.queries.scorecards import Unit
from webapp.queries.units import DISTRICT, STREET, Catalogue, catalogue

STEPS = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """An area: path data, its step of the scale, name, value as text, address of its page."""

    path: str
    step: str
    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Caption:
    """A district's name at its middle."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class CityMap:
    """Streets to fill, districts' outlines above them, the legend (step and what it stands for)."""

    width: float
    height: float
    shapes: Sequence[Shape]
    borders: Sequence[str]
    captions: Sequence[Caption]
    legend: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Drawn:
    width: float
    height: float
    streets: Mapping[int, str]
    districts: Mapping[int, str]
    captions: Sequence[Caption]


def _draw(known: Catalogue) -> _Drawn | None:
    if not known.outlines:
        return None
    projection = Projection(bounding_box(known.outlines.values()), width=620.0)
    levels = {i: unit.level for i, unit in known.areas.items()}
    paths = {i: projection.path(outline) for i, outline in known.outlines.items()}
    captions = []
    for i in paths:
        if levels[i] == DISTRICT:
            x, y = projection.pixel(centroid(known.outlines[i]))
            captions.append(Caption(round(x, 1), round(y, 1), known.areas[i].name))
    return _Drawn(
        projection.width, round(projection.height, 1), {i: p for i, p in paths.items() if levels[i] == STREET},
        {i: p for i, p in paths.items() if levels[i] == DISTRICT}, captions,
    )  # fmt: skip


def edges(values: Sequence[float], steps: int = STEPS) -> list[tuple[float, float]]:
    """Lower and upper edges of steps that hold about equally many of the values; fewer where values repeat."""
    ordered = sorted(values)
    if not ordered:
        return []
    cuts = [ordered[round(i * (len(ordered) - 1) / steps)] for i in range(steps + 1)]
    distinct = sorted(set(cuts))
    if len(distinct) == 1:
        return [(distinct[0], distinct[0])]
    return list(pairwise(distinct))


def step_of(value: float, scale: Sequence[tuple[float, float]]) -> int:
    """Index of the step that a value falls in."""
    return next((i for i, (_low, high) in enumerate(scale) if value <= high), len(scale) - 1)


def city_map(
    steps: Mapping[str, tuple[str, str]], legend: Sequence[tuple[str, str]], hrefs: Mapping[str, str]
) -> CityMap | None:
    """The map filled by ``steps`` (street code → step and its value as text); None where no outlines are stored."""
    known = catalogue()
    drawn = kept("map", lambda: _draw(known), PAST_LAG_S)
    if drawn is None:
        return None
    shapes = []
    for i, path in drawn.streets.items():
        unit = known.areas[i]
        step, text = steps.get(unit.code, ("none", ""))
        shapes.append(Shape(path, step, unit.name, text, hrefs.get(unit.code, "")))
    return CityMap(drawn.width, drawn.height, shapes, list(drawn.districts.values()), drawn.captions, legend)


def area_map(
    area: Unit,
    steps: Mapping[str, tuple[str, str]],
    legend: Sequence[tuple[str, str]],
    hrefs: Mapping[str, str],
) -> CityMap | None:
    """The parts of one area filled by ``steps``, each with its name; None where none has an outline."""
    known, found = catalogue(), drill.outlines(area)
    if not found:
        return None
    projection = Projection(bounding_box(found.values()), width=620.0)
    shapes, captions = [], []
    for i, outline in found.items():
        unit = known.areas.get(i)
        if unit is None:
            continue
        step, text = steps.get(unit.code, ("none", ""))
        shapes.append(Shape(projection.path(outline), step, unit.name, text, hrefs.get(unit.code, "")))
        x, y = projection.pixel(centroid(outline))
        captions.append(Caption(round(x, 1), round(y, 1), _short(unit.name, area.name)))
    return CityMap(projection.width, round(projection.height, 1), shapes, [], captions, legend)


def _short(name: str, parent: str) -> str:
    """A name without what the area above says already: 「鼓台街道第三网格」 in 鼓台街道 is 第三网格."""
    return name.removeprefix(parent) or name
