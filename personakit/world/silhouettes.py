"""The outlines of what Larkspur sells, as layers of simple figures on a board of 100 by 100 units."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["SHAPES", "Layer"]

Points = list[tuple[float, float]]


class Layer(NamedTuple):
    """One figure: what it is for, how its points are meant, the points, and a stroke width (0 to fill).

    `role` is body (takes colour and pattern), trim (takes the trim's colour), pale (nearly white), deep (a darker tone of
    the colour), hole (cut out of what is there) or line (a thin darker line).
    """

    role: str
    points: Points
    width: float = 0.0


def _smooth(points: Points, closed: bool = True, steps: int = 8) -> Points:
    """A Catmull-Rom curve through the points."""
    knots = np.array(points, dtype=float)
    ends = np.vstack([knots[-1:], knots, knots[:2]]) if closed else np.vstack([knots[:1], knots, knots[-1:]])
    t = np.arange(steps)[:, None] / steps
    curve = []
    for before, start, end, after in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        curve.append(0.5 * (2 * start + (end - before) * t + (2 * before - 5 * start + 4 * end - after) * t**2
                            + (3 * start - before - 3 * end + after) * t**3))  # fmt: skip
    return [tuple(point) for point in np.vstack([*curve, knots[-1:]]).tolist()] if not closed else [tuple(p) for p in np.vstack(curve).tolist()]


def _mirror(half: Points) -> Points:
    """The outline whose right half runs from the top to the bottom, x counted from the middle."""
    return [(50 + x, y) for x, y in half] + [(50 - x, y) for x, y in reversed(half)]


def _oval(x: float, y: float, rx: float, ry: float, start: float = 0.0, end: float = 360.0) -> Points:
    angles = np.deg2rad(np.linspace(start, end, 41))
    return list(zip((x + rx * np.cos(angles)).tolist(), (y + ry * np.sin(angles)).tolist(), strict=True))


def _box(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Points:
    if not r:
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    corners = ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180))
    return [point for x, y, a in corners for point in _oval(x, y, r, r, a, a + 90)[::5]]


def _body(points: Points) -> Layer:
    return Layer("body", points)


def _line(*points: tuple[float, float], width: float = 1.0) -> Layer:
    return Layer("line", list(points), width)


def _buttons(x: float, *ys: float, r: float = 1.3) -> list[Layer]:
    return [Layer("pale", _oval(x, y, r, r)) for y in ys]


def _flip(layers: list[Layer], middle: float = 50.0) -> list[Layer]:
    return [Layer(layer.role, [(2 * middle - x, y) for x, y in layer.points], layer.width) for layer in layers]


def _move(layers: list[Layer], dx: float, dy: float, scale: float = 1.0) -> list[Layer]:
    return [Layer(layer.role, [(50 + (x - 50) * scale + dx, 50 + (y - 50) * scale + dy) for x, y in layer.points], layer.width * scale) for layer in layers]


# ---- clothes ----


def _dress(v: int) -> list[Layer]:
    sleeve: Points = [(14, 13), (25, 27), (18, 32), (12, 25)] if v else [(11, 11), (12, 22), (13, 26)]
    outline = [(0, 22), (5, 11), *sleeve, (9, 44), (16, 58), (26, 84), (14, 87), (0, 86)]
    return [_body(_mirror(outline)), Layer("deep", _box(40.6, 42.5, 59.4, 46)), _line((46, 50), (42, 84)), _line((54, 50), (59, 84))]


def _maxi(v: int) -> list[Layer]:
    top: Points = [(4, 6), (6, 6), (9, 20), (11, 24)] if v else [(5, 8), (12, 9), (12, 20), (12, 24)]
    outline = [(0, 19), *top, (8, 36), (16, 60), (31, 94), (15, 96), (0, 95)]
    return [_body(_mirror(outline)), Layer("deep", _box(41.5, 35, 58.5, 37.5)), _line((47, 40), (38, 94)), _line((53, 40), (62, 94)), _line((31, 76), (69, 76))]


def _tee_outline() -> Points:
    return _mirror([(0, 24), (5, 21.5), (9, 17), (18, 19), (37, 33), (30, 44), (21, 38), (20, 60), (21, 84), (0, 85)])


def _tee(v: int) -> list[Layer]:
    neck = _smooth([(41, 17), (45, 23), (50, 25), (55, 23), (59, 17)], closed=False)
    layers = [_body(_tee_outline()), Layer("deep", neck, 2.4), _line((28, 34), (29.5, 40)), _line((30, 80.5), (70, 80.5), width=0.8)]
    return [*layers, Layer("deep", _box(57, 36, 65, 46))] if v else layers


def _polo(v: int) -> list[Layer]:
    collar = [Layer("pale" if v else "deep", [(50, 27), (40, 16), (36, 20), (44, 31)]), Layer("pale" if v else "deep", [(50, 27), (60, 16), (64, 20), (56, 31)])]
    cuffs = [_line((20, 43), (13, 34), width=2.2), _line((80, 43), (87, 34), width=2.2)]
    return [_body(_tee_outline()), _line((50, 27), (50, 45), width=1.6), *_buttons(50, 32, 38, 43), *collar, *cuffs]


def _long_sleeves(hem: float, wide: float = 20, arm: float = 8.5) -> Points:
    return _mirror([(0, 20), (8, 14), (18, 17), (27, 30), (37, 70), (37 - arm, 74), (21, 44), (wide, hem), (0, hem + 1)])


def _shirt(v: int) -> list[Layer]:
    collar = [Layer("deep", [(50, 25), (41, 13), (37, 18), (45, 29)]), Layer("deep", [(50, 25), (59, 13), (63, 18), (55, 29)])]
    pocket = [_line((56, 40), (65, 40), (65, 49), (60.5, 52), (56, 49), (56, 40))] if v else []
    cuffs = [_line((21, 71), (13.5, 67), width=1.4), _line((79, 71), (86.5, 67), width=1.4)]
    return [_body(_long_sleeves(86)), _line((50, 25), (50, 86), width=1.4), *_buttons(50, 34, 44, 54, 64, 74), *collar, *pocket, *cuffs]


def _jumper(v: int) -> list[Layer]:
    neck = _smooth([(41, 14), (45, 21), (50, 23), (55, 21), (59, 14)], closed=False)
    rib = [_line((x, 80), (x, 86), width=0.9) for x in range(32, 70, 4)]
    cuffs = [Layer("deep", [(12, 70), (24, 75), (23, 80), (10, 75)]), Layer("deep", [(88, 70), (76, 75), (77, 80), (90, 75)])]
    body = _mirror([(0, 20), (8, 13), (19, 16), (29, 30), (38, 70), (26, 75), (21, 44), (21, 80), (0, 81)])
    roll = [Layer("deep", _box(40, 8, 60, 19, 3))] if v else [Layer("deep", neck, 3.6)]
    return [_body(body), Layer("deep", _box(29.5, 80, 70.5, 86.5, 1.5)), *rib, *cuffs, *roll]


def _cardigan(v: int) -> list[Layer]:
    opening = Layer("hole", [(43, 8), (57, 8), (57, 14), (50, 44), (43, 14)])
    bands = [Layer("deep", [(43, 13), (50.5, 44), (50.5, 86)], 3.0), Layer("deep", [(57, 13), (49.5, 44), (49.5, 86)], 3.0)]
    pockets = [_line((33, 66), (43, 66), width=1.8), _line((57, 66), (67, 66), width=1.8)] if v else []
    return [_body(_long_sleeves(84, 25, 13)), opening, *bands, *_buttons(50, 50, 60, 70, 80, r=1.7), *pockets, Layer("deep", _box(25.5, 80, 74.5, 85))]


def _skirt(v: int) -> list[Layer]:
    hem = 30 if v else 22
    body = _body(_mirror([(0, 20), (14, 20), (15, 26), (hem - 6, 50), (hem, 82), (hem / 2, 85), (0, 84)]))
    pleats = [_line((50 + x * 0.45, 30), (50 + x, 83)) for x in ((-18, -6, 6, 18) if v else (-8, 8))]
    return [body, Layer("deep", _box(35.6, 18, 64.4, 25, 1)), *pleats]


def _legs(knee: float, ankle: float) -> Points:
    return _mirror([(0, 10), (15, 10), (19, 30), (knee, 55), (ankle, 92), (3, 92), (1.5, 44), (0, 40)])


def _trousers(v: int) -> list[Layer]:
    pockets = [_line((35, 18), (32.5, 29)), _line((65, 18), (67.5, 29))]
    hems = [_line((33.5, 88.5), (46.5, 88.5), width=1.6), _line((53.5, 88.5), (66.5, 88.5), width=1.6)] if v else []
    return [_body(_legs(18, 16)), Layer("deep", _box(35, 8, 65, 14)), _line((50, 14), (50, 38)), *pockets, *hems, *_buttons(50, 11)]


def _wide_trousers(v: int) -> list[Layer]:
    creases = [_line((40, 34), (31, 91)), _line((60, 34), (69, 91))]
    tie = [_line((50, 14), (46, 26), width=1.8), _line((50, 14), (54, 26), width=1.8)] if v else []
    return [_body(_legs(25, 33)), Layer("deep", _box(35, 8, 65, 14)), _line((50, 14), (50, 38)), *creases, *tie]


def _coat(v: int) -> list[Layer]:
    outline = _mirror([(0, 18), (8, 9), (19, 13), (28, 28), (35, 64), (26, 67), (22, 44), (22, 60), (26, 92), (0, 93)])
    lapels = [Layer("deep", [(50, 42), (41, 9), (35, 14), (36, 28), (41, 30)]), Layer("deep", [(50, 42), (59, 9), (65, 14), (64, 28), (59, 30)])]
    belt = [Layer("deep", _box(28, 52, 72, 56.5)), Layer("pale", _box(47, 51, 53, 57.5), 1.4)] if v else [*_buttons(44, 50, 61, 72, r=1.8), *_buttons(56, 50, 61, 72, r=1.8)]
    return [_body(outline), _line((50, 42), (50, 93), width=1.4), *lapels, *belt, _line((31, 66), (40, 64), width=1.8), _line((69, 66), (60, 64), width=1.8)]


def _parka(v: int) -> list[Layer]:
    outline = _mirror([(0, 16), (12, 16), (22, 22), (30, 36), (36, 70), (26, 73), (23, 50), (25, 86), (0, 87)])
    hood = [Layer("trim", _oval(50, 18, 17, 15)), Layer("deep", _oval(50, 19, 12, 11))]
    pockets = [_line((31, 62), (43, 62), (43, 74), (31, 74), (31, 62)), _line((57, 62), (69, 62), (69, 74), (57, 74), (57, 62))]
    chest = [_line((57, 40), (67, 40), width=1.8)] if v else []
    return [_body(outline), *hood, _line((50, 30), (50, 87), width=2.2), *pockets, _line((28, 56), (72, 56), width=1.4), *chest, *_buttons(53.5, 38, 48, 66, 78, r=1.1)]


def _jacket(v: int) -> list[Layer]:
    outline = _mirror([(0, 20), (10, 18), (21, 22), (30, 36), (38, 72), (28, 75), (23, 50), (22, 80), (0, 81)])
    hood = [_body(_smooth(_mirror([(0, 5), (9, 8), (13, 18), (9, 27), (0, 30)]))), Layer("deep", _oval(50, 19, 7.5, 9))]
    yoke = [_line((28, 38), (50, 44), (72, 38), width=1.4)] if v else []
    return [_body(outline), *hood, Layer("pale", [(50, 30), (50, 80)], 1.6), _line((37, 56), (33, 70), width=2), _line((63, 56), (67, 70), width=2), *yoke, _line((28, 77), (72, 77))]


def _socks(v: int) -> list[Layer]:
    leg = [(34, 10), (53, 10), (52, 45), (55, 58), (72, 70), (77, 79), (70, 87), (55, 86), (38, 76), (32, 64), (35, 40)]
    front = [_body(_smooth(leg)), Layer("deep", _box(33, 9, 54, 18, 2)), Layer("deep", _smooth([(70, 69), (78, 78), (70, 87), (62, 86), (64, 76)])),
             Layer("deep", _smooth([(33, 62), (42, 66), (44, 77), (36, 74), (32, 67)]))]  # fmt: skip
    back = _move(front, -14, 0 if v else -4)
    return [*back, Layer("line", _smooth([(x + 0.5, y) for x, y in leg]), 1.6), *_move(front, 6, 3)]


# ---- shoes ----


def _boot(v: int) -> list[Layer]:
    upper = [(28, 14), (55, 14), (54, 34), (58, 50), (72, 58), (86, 64), (90, 74), (90, 79), (22, 79), (23, 62), (27, 40)]
    sole = [Layer("trim", [(22, 78), (91, 78), (91, 84), (48, 84), (46, 83), (45, 91), (22, 91)])]
    middle = [Layer("deep", [(34, 30), (45, 30), (47, 54), (38, 54)])] if v else [Layer("pale", _smooth([(57, 44), (48, 48)], closed=False), 1.5), Layer("pale", [(56, 36), (47, 39)], 1.5),
                                                                                 Layer("pale", [(60, 52), (52, 56)], 1.5)]  # fmt: skip
    return [_body(upper), *sole, *middle, Layer("deep", [(27, 14), (56, 14)], 3), _line((24, 66), (34, 70), (36, 79), width=1.2)]


def _trainer(v: int) -> list[Layer]:
    upper = _smooth([(14, 48), (17, 38), (26, 40), (38, 44), (48, 34), (56, 42), (72, 55), (88, 60), (92, 70), (50, 73), (14, 71)])
    laces = [Layer("pale", [(48 + 6 * k, 42 + 4.6 * k), (56 + 6 * k, 39.5 + 5.2 * k)], 1.7) for k in range(4)]
    flash = [Layer("pale", _smooth([(24, 66), (38, 56), (52, 66)], closed=False), 3)] if v else [Layer("deep", _smooth([(14, 48), (26, 52), (27, 72), (14, 72)])), ]
    toe = [Layer("deep", _smooth([(80, 58), (90, 62), (92, 71), (76, 72)]))]
    return [_body(upper), *flash, *toe, *laces, Layer("pale", _smooth([(12, 70), (50, 72), (93, 69), (94, 78), (60, 81), (14, 80)])), _line((13, 76), (93, 75), width=1)]


def _shoe(v: int) -> list[Layer]:
    upper = _smooth([(12, 58), (14, 47), (22, 50), (36, 56), (48, 50), (62, 53), (82, 60), (92, 68), (90, 74), (50, 76), (13, 75)])
    opening = Layer("deep", _smooth([(16, 48), (28, 50), (45, 51), (36, 58), (22, 56)]))
    strap = [Layer("deep", [(46, 56), (58, 52), (64, 72), (50, 74)]), Layer("pale", [(52, 61), (58, 60)], 2.4)] if v else [Layer("deep", [(48, 54), (60, 53), (62, 66), (50, 67)]), _line((50, 62), (62, 61), width=2)]
    return [_body(upper), opening, *strap, Layer("trim", [(12, 74), (92, 73), (90, 79), (36, 79), (35, 86), (13, 86)])]


def _sandal(v: int) -> list[Layer]:
    foot = _smooth([(50, 8), (60, 14), (62, 30), (58, 48), (61, 72), (56, 90), (46, 92), (40, 80), (42, 55), (36, 30), (40, 13)])
    straps = [Layer("body", [(34, 38), (49, 14), (64, 36)], 7), Layer("body", [(38, 62), (62, 62)], 7)] if v else [Layer("body", [(36, 26), (63, 30)], 9), Layer("body", [(39, 46), (61, 42)], 8), Layer("body", [(39, 70), (62, 70)], 7)]
    one = [Layer("trim", foot), *straps]
    return [*_move(_flip(one), -20, 0), *_move(one, 20, 0)]


def _slipper(v: int) -> list[Layer]:
    sole = Layer("trim", _smooth([(12, 72), (50, 74), (88, 70), (93, 77), (60, 82), (14, 81)]))
    upper = _body(_smooth([(36, 74), (38, 56), (50, 48), (70, 50), (88, 60), (93, 72), (66, 76)]))
    heel = [_body(_smooth([(12, 74), (11, 56), (16, 54), (24, 64), (40, 68), (40, 76)]))] if v else []
    fluff = [Layer("pale", _oval(37 + 1.5 * k, 71 - 5.5 * k, 5, 4.6)) for k in range(5)]
    return [sole, *heel, upper, *fluff]


# ---- accessories ----


def _tote(v: int) -> list[Layer]:
    handle = Layer("deep", _smooth([(36, 42), (38, 16), (50, 9), (62, 16), (64, 42)], closed=False), 3.6)
    pocket = [_line((38, 62), (62, 62), (62, 80), (38, 80), (38, 62))] if v else [Layer("deep", _box(44, 58, 56, 66))]
    return [handle, _body([(22, 36), (78, 36), (82, 90), (18, 90)]), Layer("deep", [(22, 39), (78, 39)], 2), *pocket, _line((36, 36), (37, 50), width=3), _line((64, 36), (63, 50), width=3)]


def _bag(v: int) -> list[Layer]:
    strap = Layer("trim", _smooth([(20, 48), (26, 18), (50, 8), (74, 18), (80, 48)], closed=False), 2.8)
    flap = _smooth([(18, 44), (82, 44), (78, 64), (50, 72), (22, 64)]) if v else [(18, 44), (82, 44), (82, 60), (50, 72), (18, 60)]
    return [strap, _body(_box(16, 44, 84, 86, 7)), Layer("line", [*flap, flap[0]], 1.8), Layer("pale", _box(46, 66, 54, 74, 2)), _line((18, 82), (82, 82))]


def _backpack(v: int) -> list[Layer]:
    handle = Layer("trim", _smooth([(42, 14), (44, 5), (56, 5), (58, 14)], closed=False), 2.6)
    straps = [Layer("trim", _smooth([(26, 40), (17, 56), (23, 78)], closed=False), 5), Layer("trim", _smooth([(74, 40), (83, 56), (77, 78)], closed=False), 5)]
    body = _body(_smooth([(30, 18), (50, 10), (70, 18), (77, 40), (78, 80), (70, 91), (30, 91), (22, 80), (23, 40)]))
    flap = [Layer("line", _smooth([(24, 36), (50, 44), (76, 36)], closed=False), 2), Layer("trim", _box(40, 34, 43, 52)), Layer("trim", _box(57, 34, 60, 52))] if v else [Layer("pale", _smooth([(27, 34), (50, 26), (73, 34)], closed=False), 1.6)]
    return [handle, *straps, body, Layer("deep", _box(31, 58, 69, 84, 6)), Layer("pale", [(34, 64), (66, 64)], 1.6), *flap]


def _scarf(v: int) -> list[Layer]:
    tails = [_body([(36, 34), (54, 36), (50, 88), (30, 88)]), _body([(50, 36), (64, 34), (71, 76), (54, 79)])] if v else [_body([(34, 34), (50, 36), (46, 86), (27, 84)]), _body([(52, 34), (66, 33), (73, 84), (54, 87)])]
    ends = ((30, 88, 50, 88), (54, 79, 71, 76)) if v else ((27, 84, 46, 86), (54, 87, 73, 84))
    fringe = [Layer("deep", [(x0 + (x1 - x0) * k / 6, y0 + (y1 - y0) * k / 6), (x0 + (x1 - x0) * k / 6, y0 + 7)], 1.5) for x0, y0, x1, y1 in ends for k in range(7)]
    loop = [_body(_smooth([(24, 24), (36, 12), (64, 12), (76, 24), (72, 38), (50, 45), (28, 38)])), Layer("deep", _smooth([(33, 23), (40, 18), (60, 18), (67, 23), (60, 28), (40, 28)]))]
    return [*tails, Layer("line", [(51, 40), (52, 80)], 1.6), *fringe, *loop, Layer("line", _smooth([(26, 32), (50, 40), (74, 32)], closed=False), 1.6)]


def _beanie(v: int) -> list[Layer]:
    dome = _body(_smooth([(22, 66), (24, 42), (36, 24), (50, 19), (64, 24), (76, 42), (78, 66), (50, 70)]))
    ribs = [_line((x, 66), (x, 82), width=1.1) for x in range(26, 78, 6)]
    pompom = [Layer("pale", _oval(50, 15, 10, 9.5))] if v else []
    return [dome, *pompom, Layer("deep", _box(20, 64, 80, 83, 4)), *ribs]


def _hat(v: int) -> list[Layer]:
    brim = _body(_oval(50, 66, 44, 15) if v else _smooth([(6, 66), (28, 58), (50, 56), (72, 58), (94, 66), (80, 78), (50, 82), (20, 78)]))
    crown = _body(_smooth([(26, 64), (29, 40), (38, 27), (50, 24), (62, 27), (71, 40), (74, 64), (50, 70)]))
    band = Layer("trim", _smooth([(26.5, 57), (50, 62), (73.5, 57), (74, 64), (50, 70), (26, 64)]))
    return [brim, Layer("line", _oval(50, 66, 26, 8), 2), crown, band]


def _glove(v: int) -> list[Layer]:
    cuff = 72
    palm = _box(36, 42, 66, 76, 6)
    fingers = [_body(_box(36 + 7.6 * k, (22, 14, 16, 24)[k], 43 + 7.6 * k, 56, 3.4)) for k in range(4)] if not v else [_body(_box(36, 16, 66, 60, 13))]
    thumb = _body(_smooth([(62, 66), (66, 52), (76, 40), (82, 44), (78, 56), (68, 72)]))
    splits = [_line((43.3 + 7.6 * k, 30), (43.3 + 7.6 * k, 50)) for k in range(3)] if not v else []
    one = [*fingers, thumb, _body(palm), *splits, Layer("deep", _box(35, cuff, 67, 88, 2)), _line((35, 80), (67, 80), width=1.4)]
    return [*_move(_flip(one, 52), -20, 2, 0.82), *_move(one, 20, 0, 0.82)]


def _earrings(v: int) -> list[Layer]:
    drop = _oval(27, 62, 15, 20) if v else _smooth([(27, 34), (36, 58), (40, 68), (27, 82), (14, 68), (18, 58)])
    one = [Layer("trim", _smooth([(27, 38), (27, 26), (33, 18), (37, 24), (35, 30)], closed=False), 2.2), Layer("trim", _oval(27, 37, 3.6, 3.6)), _body(drop), Layer("trim", [*drop, drop[0]], 2)]
    return [*one, *_flip(one)]


def _necklace(v: int) -> list[Layer]:
    chain = _smooth([(18, 10), (21, 36), (34, 56), (50, 63), (66, 56), (79, 36), (82, 10)], closed=False)
    beads = [_body(_oval(*chain[k], 4.6, 4.6)) for k in range(10, 40, 5)] if v else []
    pendant = _oval(50, 78, 13, 14) if v else _smooth([(50, 60), (64, 74), (50, 93), (36, 74)])
    return [Layer("trim", chain, 2.2), *beads, Layer("trim", _oval(50, 63, 3.4, 3.4)), _body(pendant), Layer("trim", [*pendant, pendant[0]], 2)]


# ---- home and outdoor ----


def _cushion(v: int) -> list[Layer]:
    edge = _smooth([(12, 14), (50, 18), (88, 14), (84, 50), (88, 86), (50, 82), (12, 86), (16, 50)], steps=10)
    extra = [Layer("trim", _oval(x, y, 4, 4)) for x, y in ((12, 14), (88, 14), (12, 86), (88, 86))] if v else [Layer("line", _smooth([(20, 22), (50, 25), (80, 22), (77, 50), (80, 78), (50, 75), (20, 78), (23, 50)]), 1)]
    return [_body(edge), Layer("deep", [*edge, edge[0]], 2.2), *extra]


def _throw(v: int) -> list[Layer]:
    fringe = [Layer("deep", [(18 + 4.5 * k, 84), (17.5 + 4.6 * k, 93)], 1.7) for k in range(15)]
    folded = _body([(16, 30), (84, 30), (84, 85), (16, 85)])
    top = _body(_smooth([(16, 30), (20, 20), (50, 18), (80, 20), (84, 30), (50, 33)]))
    folds = [_line((16, 48), (84, 48), width=1.8), _line((16, 66), (84, 66), width=1.8)] if v else [_line((16, 56), (84, 56), width=2.2)]
    return [*fringe, folded, top, Layer("line", _smooth([(16, 30), (50, 33), (84, 30)], closed=False), 1.6), *folds]


def _bedding(v: int) -> list[Layer]:
    head = Layer("trim", _box(12, 18, 88, 46, 4))
    pillows = [Layer("pale", _box(18, 34, 47, 52, 6)), Layer("pale", _box(53, 34, 82, 52, 6))]
    duvet = _body([(14, 50), (86, 50), (94, 84), (6, 84)])
    fold = Layer("pale" if v else "deep", [(13.5, 50), (86.5, 50), (88, 57), (12, 57)])
    legs = [Layer("trim", _box(9, 84, 14, 91)), Layer("trim", _box(86, 84, 91, 91))]
    return [head, *legs, *pillows, duvet, fold, _line((31, 60), (25, 83)), _line((66, 60), (71, 83))]


def _lamp(v: int) -> list[Layer]:
    shade = [(34, 12), (66, 12), (82, 50), (18, 50)] if v else [(30, 12), (70, 12), (76, 50), (24, 50)]
    stand = _smooth([(46, 50), (54, 50), (54, 58), (62, 70), (54, 82), (46, 82), (38, 70), (46, 58)]) if v else _box(47.5, 50, 52.5, 84)
    return [Layer("trim", stand), Layer("trim", _smooth([(30, 88), (50, 82), (70, 88), (50, 91)])), _body(shade), _line(shade[0], shade[1], width=1.8), _line(shade[3], shade[2], width=2.2)]


def _vase(v: int) -> list[Layer]:
    half: Points = [(9, 26), (6, 36), (20, 56), (22, 70), (13, 90), (0, 91)] if v else [(13, 24), (11, 34), (17, 48), (19, 66), (12, 90), (0, 91)]
    top = half[0]
    outline = _smooth(_mirror(half)[: len(half)], closed=False)
    twigs = [Layer("trim", _smooth([(50, 26), (46, 14), (38, 5)], closed=False), 1.4), Layer("trim", _smooth([(51, 26), (56, 14), (62, 6)], closed=False), 1.4), Layer("trim", [(50, 26), (50, 4)], 1.2)]
    leaves = [Layer("trim", _oval(x, y, 3.6, 2.2)) for x, y in ((38, 6), (43, 10), (47, 16), (62, 7), (58, 12), (53, 18), (50, 4), (50, 10))]
    return [*twigs, *leaves, _body(outline + [(100 - x, y) for x, y in reversed(outline)]), Layer("deep", _oval(50, top[1], top[0], 3))]


def _candle(v: int) -> list[Layer]:
    flame = [Layer("glow", _smooth([(50, 6), (55, 17), (50, 23), (45, 17)])), _line((50, 22), (50, 31), width=1.4)]
    label = [Layer("pale", _box(38, 52, 62, 70, 1)), _line((42, 58), (58, 58)), _line((44, 63), (56, 63))] if v else []
    wide = 22 if v else 19
    jar = [_body([(50 - wide, 32), (50 + wide, 32), (50 + wide, 86), (50 - wide, 86)]), _body(_oval(50, 86, wide, 5)), Layer("pale", _oval(50, 32, wide, 5.5)), Layer("line", _oval(50, 32, wide, 5.5), 1.2)]
    return [*jar, *flame, *label]


def _mug(v: int) -> list[Layer]:
    handle = Layer("body", _oval(72, 54, 15, 17 if v else 14), 6)
    wall = [(22, 28), (72, 28), (68 if v else 72, 84), (26 if v else 22, 84)]
    return [handle, _body(wall), _body(_oval(47, 84, 21 if v else 25, 4)), Layer("deep", _oval(47, 28, 25, 5.5)), Layer("line", _oval(47, 28, 25, 5.5), 1.4)]


def _bowl(v: int) -> list[Layer]:
    side = [(8, 44), *_oval(50, 44, 42, 40 if v else 32, 0, 180), (8, 44)]
    foot = Layer("deep", [(36, 72), (64, 72), (67, 86 if v else 80), (33, 86 if v else 80)])
    return [foot, _body(side), Layer("deep", _oval(50, 44, 42, 9)), Layer("line", _oval(50, 44, 42, 9), 1.6)]


def _umbrella(v: int) -> list[Layer]:
    scallops = [(8, 52), (19, 47), (29, 52), (40, 47), (50, 52), (60, 47), (71, 52), (81, 47), (92, 52)]
    dome = _oval(50, 52, 42, 38, 180, 360)
    stick = Layer("trim", [(50, 48), (50, 84)], 2.4)
    hook = Layer("trim", _smooth([(50, 82), (49, 91), (43, 93), (38, 90), (38, 85)] if v else [(50, 82), (51, 91), (57, 93), (62, 90), (62, 85)], closed=False), 3.2)
    ribs = [Layer("line", _smooth([(50, 14), ((50 + x) / 2 + (x - 50) * 0.22, 28), (x, 51)], closed=False), 1.3) for x in (29, 50, 71)]
    return [stick, hook, Layer("trim", [(50, 8), (50, 15)], 2), _body(dome + list(reversed(scallops))), *ribs]


SHAPES: dict[str, Callable[[int], list[Layer]]] = {
    "backpack": _backpack, "bag": _bag, "beanie": _beanie, "bedding": _bedding, "boot": _boot, "bowl": _bowl, "candle": _candle,
    "cardigan": _cardigan, "coat": _coat, "cushion": _cushion, "dress": _dress, "earrings": _earrings, "glove": _glove, "hat": _hat,
    "jacket": _jacket, "jumper": _jumper, "lamp": _lamp, "maxi": _maxi, "mug": _mug, "necklace": _necklace, "parka": _parka, "polo": _polo,
    "sandal": _sandal, "scarf": _scarf, "shirt": _shirt, "shoe": _shoe, "skirt": _skirt, "slipper": _slipper, "socks": _socks, "tee": _tee,
    "throw": _throw, "tote": _tote, "trainer": _trainer, "trousers": _trousers, "umbrella": _umbrella, "vase": _vase,
    "wide_trousers": _wide_trousers,
}  # fmt: skip
