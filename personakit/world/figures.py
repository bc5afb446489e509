"""Simple figures on a board of 100 by 100 units, of which the outlines of products are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Layer", "Points", "body", "box", "buttons", "flip", "line", "mirror", "move", "oval", "smooth"]

Points = Sequence[tuple[float, float]]


class Layer(NamedTuple):
    """One figure: what it is for, how its points are meant, the points, and a stroke width (0 to fill).

    `role` is body (takes colour and pattern), trim (takes the trim's colour), pale (nearly white), deep (a darker tone
    of the colour), hole (cut out of what is there), line (a thin darker line) or glow (a flame).
    """

    role: str
    points: Points
    width: float = 0.0


def smooth(points: Points, closed: bool = True, steps: int = 8) -> Points:
    """A Catmull-Rom curve through the points."""
    knots = np.array(points, dtype=float)
    ends = np.vstack([knots[-1:], knots, knots[:2]]) if closed else np.vstack([knots[:1], knots, knots[-1:]])
    t = np.arange(steps)[:, None] / steps
    curve: list[NDArray[np.float64]] = []
    for before, start, end, after in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        curve.append(0.5 * (2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
                            + (3 * start - before - 3 * end + after) * t**3))  # fmt: skip
    if not closed:
        curve.append(knots[-1:])
    return [(x, y) for x, y in np.vstack(curve).tolist()]


def mirror(half: Points) -> Points:
    """The outline whose right half runs from the top to the bottom, x counted from the middle."""
    return [(50 + x, y) for x, y in half] + [(50 - x, y) for x, y in reversed(half)]


def oval(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0) -> Points:
    angles = np.deg2rad(np.linspace(start, end, 41))
    return list(zip((x + rx * np.cos(angles)).tolist(), (y + ry * np.sin(angles)).tolist(), strict=True))


def box(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Points:
    if not r:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    corners = ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180))
    return [point for x, y, a in corners for point in oval(x, y, r, r, a, a + 90)[::5]]


def body(points: Points) -> Layer:
    return Layer("body", points)


def line(*points: tuple[float, float], width: float = 1.0) -> Layer:
    return Layer("line", list(points), width)


def buttons(x: float, *ys: float, r: float = 1.3) -> list[Layer]:
    return [Layer("pale", oval(x, y, r, r)) for y in ys]


def flip(layers: list[Layer], middle: float = 50.0) -> list[Layer]:
    return [Layer(layer.role, [(2 * middle - x, y) for x, y in layer.points], layer.width) for layer in layers]


def move(layers: list[Layer], dx: float, dy: float, scale: float = 1.0) -> list[Layer]:
    return [
        Layer(
            layer.role,
            [(50 + (x - 50) * scale + dx, 50 + (y - 50) * scale + dy) for x, y in layer.points],
            layer.width * scale,
        )
        for layer in layers
    ]
