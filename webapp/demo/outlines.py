"""Outlines that look like a map: Voronoi cells for grids, unions of cells for everything above.

Neighbours share edges exactly, because an area's ring is what is left of its cells' edges after every inner edge has
met its twin. Each edge is bent once, by a hash of its ends, so that both sides bend the same way.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict

import numpy as np
from scipy.spatial import Voronoi

Point = tuple[float, float]
KM_PER_DEGREE = 111.32
_ATTEMPTS = 200


class Mesh:
    """The city cut into cells; ``leaves[district][street][community]`` lists cell numbers."""

    def __init__(self, points: np.ndarray, size: int, centre: Point) -> None:
        self.size = size
        self.origin = centre
        self.points = points[:size]
        voronoi = Voronoi(points)
        self._vertices = voronoi.vertices
        self._rings = [self._ring(voronoi, cell) for cell in range(size)]
        self.neighbours: dict[int, set[int]] = defaultdict(set)
        for a, b in voronoi.ridge_points:
            if a < size and b < size:
                self.neighbours[int(a)].add(int(b))
                self.neighbours[int(b)].add(int(a))
        self.leaves: list[list[list[list[int]]]] = []

    def _ring(self, voronoi: Voronoi, cell: int) -> list[int]:
        """Vertex numbers of a cell, counter-clockwise."""
        region = [v for v in voronoi.regions[voronoi.point_region[cell]] if v >= 0]
        cx, cy = self.points[cell]
        return sorted(region, key=lambda v: math.atan2(self._vertices[v][1] - cy, self._vertices[v][0] - cx))

    def connected(self, cells: list[int]) -> bool:
        """Whether the cells form one piece."""
        left, stack = set(cells[1:]), [cells[0]]
        while stack:
            for other in self.neighbours[stack.pop()] & left:
                left.discard(other)
                stack.append(other)
        return not left

    def spread(self, cell: int) -> float:
        """Half the distance (km) to the nearest neighbouring cell's seed."""
        mine = self.points[cell]
        return float(min(np.hypot(*(self.points[n] - mine)) for n in self.neighbours[cell])) / 2

    def centre(self, cells: list[int]) -> Point:
        """Mean seed of the cells as (longitude, latitude); of a single cell always inside it."""
        x, y = self.points[cells].mean(axis=0)
        return self._degrees(float(x), float(y))

    def outline(self, cells: list[int]) -> list[Point]:
        """The closed outer ring of the union of the cells, in degrees, bent edge by edge."""
        edges: dict[tuple[int, int], bool] = {}
        for cell in cells:
            ring = self._rings[cell]
            for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
                if (b, a) in edges:
                    del edges[(b, a)]
                else:
                    edges[(a, b)] = True
        ring = _longest_ring(dict(edges.keys()))
        points = [p for a, b in zip(ring, ring[1:] + ring[:1], strict=True) for p in self._bent(a, b)]
        # Rounding may let the ends of a very short edge coincide.
        kept = [p for p, before in zip(points, points[-1:] + points[:-1], strict=True) if p != before]
        return [*kept, kept[0]]

    def _bent(self, a: int, b: int) -> list[Point]:
        """The edge from a (included) to b (excluded) with two bends, equal for both directions."""
        low, high = min(a, b), max(a, b)
        start, end = self._vertices[low], self._vertices[high]
        normal = np.array((end[1] - start[1], start[0] - end[0]))
        inner = []
        for at, salt in ((0.35, 1), (0.7, 2)):
            bend = (((low * 7919 + high * 104729 + salt * 1299709) % 1000) / 1000 - 0.5) * 0.16
            inner.append(start + (end - start) * at + normal * bend)
        line = [self._vertices[a], *(inner if a == low else inner[::-1])]
        return [self._degrees(float(x), float(y)) for x, y in line]

    def _degrees(self, x: float, y: float) -> Point:
        lon = self.origin[0] + x / (KM_PER_DEGREE * math.cos(math.radians(self.origin[1])))
        return round(lon, 5), round(self.origin[1] + y / KM_PER_DEGREE, 5)


def _longest_ring(following: dict[int, int]) -> list[int]:
    """The longest of the rings in a next-vertex map (holes are shorter than the outside)."""
    best: list[int] = []
    left = dict(following)
    while left:
        start, vertex = next(iter(left.items()))
        ring = [start]
        del left[start]
        while vertex != start and vertex in left:
            ring.append(vertex)
            vertex = left.pop(vertex)
        if len(ring) > len(best):
            best = ring
    return best


def build_mesh(rng: random.Random, shape: list[list[int]], centre: Point, radius: float) -> Mesh:
    """A mesh whose cells fall into ``shape`` (districts of streets of community counts), 3-5 cells a community."""
    counts = [[[rng.choice((3, 4, 4, 4, 5)) for _ in range(n)] for n in streets] for streets in shape]
    size = sum(sum(sum(c) for c in streets) for streets in counts)
    inside = _scatter(rng, size, radius)
    ring = [_edge_point(angle * math.tau / 120, radius * 1.13) for angle in range(120)]
    for _ in range(_ATTEMPTS):
        mesh = Mesh(np.array(inside + ring), size, centre)
        try:
            mesh.leaves = _divide(rng, mesh, counts)
        except ValueError:
            continue
        return mesh
    raise RuntimeError(f"no connected division of the city found in {_ATTEMPTS} attempts")


def _edge_point(angle: float, radius: float) -> Point:
    """A slightly irregular outline: three waves around a stretched circle, in km."""
    wave = (
        1 + 0.10 * math.sin(2 * angle + 0.7) + 0.07 * math.sin(3 * angle + 2.1) + 0.04 * math.sin(7 * angle)
    )
    return radius * wave * 1.12 * math.cos(angle), radius * wave * 0.92 * math.sin(angle)


def _scatter(rng: random.Random, count: int, radius: float) -> list[Point]:
    """Best-candidate sampling, denser towards the centre as a real city is."""
    points: list[Point] = []
    xs, ys, scale = np.empty(count), np.empty(count), np.empty(count)
    for index in range(count):
        best, best_gap = (0.0, 0.0), -1.0
        for _ in range(14):
            angle, share = rng.random() * math.tau, rng.random() ** 0.72
            x, y = _edge_point(angle, radius * share)
            room = 0.5 + share
            gap = float(np.min(np.hypot(xs[:index] - x, ys[:index] - y)) / room) if index else 1.0
            if gap > best_gap:
                best, best_gap, best_room = (x, y), gap, room
        points.append(best)
        xs[index], ys[index] = best
        scale[index] = best_room
    return points


def _divide(rng: random.Random, mesh: Mesh, counts: list[list[list[int]]]) -> list[list[list[list[int]]]]:
    """Districts as sectors (east, west, south, north), then halving along tried directions."""
    sizes = [sum(sum(c) for c in streets) for streets in counts]
    start = rng.uniform(-1.15, -0.75)
    angles = np.mod(np.arctan2(mesh.points[:, 1] / 0.92, mesh.points[:, 0] / 1.12) - start, math.tau)
    order = [int(i) for i in np.argsort(angles, kind="stable")]
    runs, at = {}, 0
    for district in (0, 3, 1, 2):  # counter-clockwise from the east: east, north, west, south
        runs[district] = order[at : at + sizes[district]]
        at += sizes[district]
    result = []
    for district, streets in enumerate(counts):
        groups = _split(rng, mesh, runs[district], [sum(c) for c in streets])
        result.append([_split(rng, mesh, cells, c) for cells, c in zip(groups, streets, strict=True)])
    return result


def _split(rng: random.Random, mesh: Mesh, cells: list[int], sizes: list[int]) -> list[list[int]]:
    """Cut cells into connected groups of the given sizes; ValueError if no tried direction works."""
    if len(sizes) == 1:
        if not mesh.connected(cells):
            raise ValueError("a group fell apart")
        return [cells]
    half = len(sizes) // 2
    first = sum(sizes[:half])
    points = mesh.points[cells]
    spread = points - points.mean(axis=0)
    long_axis = math.atan2(*np.linalg.svd(spread, full_matrices=False)[2][0][::-1])
    for turn in (0, 0.3, -0.3, 0.7, -0.7, 1.2, -1.2, 1.57):
        angle = long_axis + turn + rng.uniform(-0.1, 0.1)
        order = np.argsort(points @ np.array((math.cos(angle), math.sin(angle))), kind="stable")
        ordered = [cells[int(i)] for i in order]
        if not (mesh.connected(ordered[:first]) and mesh.connected(ordered[first:])):
            continue
        try:
            return _split(rng, mesh, ordered[:first], sizes[:half]) + _split(
                rng, mesh, ordered[first:], sizes[half:]
            )
        except ValueError:
            continue
    raise ValueError("no direction keeps both halves whole")
