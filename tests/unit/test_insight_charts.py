"""Geometry of the charts: where things lie, and that nothing falls outside its frame."""

from __future__ import annotations

import pytest

from webapp.views.insight.charts import interval_bar, rating_bar, ticks, trend
from webapp.views.insight.export import safe
from webapp.views.insight.maps import edges, step_of
from webapp.views.insight.quadrants import Placed, quadrant
from webapp.views.insight.tables import number, share, signed


def test_an_interval_lies_on_its_line() -> None:
    bar = interval_bar(40, 50, 60, 100, 0)
    assert (bar.low, bar.point, bar.high, bar.raw, bar.target) == (48, 60, 72, 120, 0)
    assert interval_bar(-5, 50, 130).high == 120


def test_ratings_fill_the_bar() -> None:
    bar = rating_bar([1, 0, 1, 0, 2])
    assert [(s.level, s.start, s.width) for s in bar] == [(5, 0, 50), (3, 50, 25), (1, 75, 25)]
    assert rating_bar([0] * 5) == ()


@pytest.mark.parametrize(
    ("low", "high", "first", "last"), [(61.2, 78, 60, 80), (0, 1, 0, 1), (97, 100, 97, 100)]
)
def test_ticks_cover_with_round_numbers(low: float, high: float, first: float, last: float) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert (found[0], found[-1]) == (first, last)
    assert len(found) <= 7


def test_a_line_breaks_where_nothing_is_known() -> None:
    points = [
        ("a", 50.0, 45.0, 55.0),
        ("b", 60.0, 55.0, 65.0),
        ("c", None, None, None),
        ("d", 40.0, 30.0, 50.0),
    ]
    chart = trend(points)
    assert chart is not None
    assert len(chart.lines) == len(chart.bands) == 2
    assert [dot.text for dot in chart.dots] == ["a: 50.0", "b: 60.0", "d: 40.0"]
    assert chart.dots[1].y < chart.dots[0].y < chart.dots[2].y
    assert all(0 <= dot.x <= chart.width and 0 <= dot.y <= chart.height for dot in chart.dots)
    assert trend(points[:1]) is None


def test_the_quadrant_puts_much_asked_and_badly_done_bottom_right() -> None:
    units = [Placed(f"服务{i}", 2.0 * 3**i, 90.0 - 10 * i, float(i), "", "around", "") for i in range(5)]
    chart = quadrant(units, target=70.0)
    assert chart is not None
    worst = chart.marks[0]
    assert worst.x > chart.middle_x
    assert worst.y > chart.middle_y
    assert all(chart.left <= m.x <= chart.right and chart.top <= m.y <= chart.bottom for m in chart.marks)
    assert worst.label
    assert quadrant(units[:2]) is None


def test_labels_do_not_cross() -> None:
    units = [Placed("很长的服务事项名", 5 * 1.3**i, 50 + i * 7 % 30, 1.0, "", "below", "") for i in range(12)]
    chart = quadrant(units)
    assert chart is not None
    boxes = []
    for mark in chart.marks:
        wide = 13 * len(mark.label)
        left = {"start": mark.label_x, "end": mark.label_x - wide, "middle": mark.label_x - wide / 2}[
            mark.anchor
        ]
        boxes += [(left, mark.label_y)] if mark.label else []
    assert len(boxes) >= 4
    for i, (x, y) in enumerate(boxes):
        assert all(abs(x - other) > 100 or abs(y - level) > 12 for other, level in boxes[:i])


def test_steps_of_the_map_hold_equally_many() -> None:
    values = [float(i) for i in range(25)]
    scale = edges(values)
    assert len(scale) == 5
    assert [sum(step_of(v, scale) == step for v in values) for step in range(5)] == [6, 5, 4, 5, 5]
    assert edges([]) == []
    assert step_of(3.0, edges([3.0, 3.0])) == 0


@pytest.mark.parametrize("value", ["=1+1", "+86", "-2", "@x", "\t=1", "\r=1"])
def test_words_are_no_formulas(value: str) -> None:
    assert safe(value) == f"'{value}"


def test_numbers_stay_numbers() -> None:
    assert safe(-3.2) == -3.2
    assert safe("服务") == "服务"
    assert safe(None) is None


def test_cells_round_as_they_are_shown() -> None:
    assert (number(2.345).value, number(2.345).shown) == (2.3, "2.3")
    assert (share(0.6666).value, share(None).shown) == (66.7, "—")
    assert (signed(-0.04).shown, signed(1.0, clear=False).shown) == ("+0.0", "~ +1.0")
    assert (signed(-2.5).shown, signed(-2.5).value) == ("−2.5", -2.5)
