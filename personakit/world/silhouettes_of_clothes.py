"""The outlines of clothes."""

from __future__ import annotations

from collections.abc import Callable

from personakit.world.figures import Layer, Points, body, box, buttons, line, mirror, move, oval, smooth

__all__ = ["CLOTHES"]


def _dress(v: int) -> list[Layer]:
    sleeve: Points = [(14, 13), (25, 27), (18, 32), (12, 25)] if v else [(11, 11), (12, 22), (13, 26)]
    outline = [(0, 22), (5, 11), *sleeve, (9, 44), (16, 58), (26, 84), (14, 87), (0, 86)]
    return [
        body(mirror(outline)),
        Layer("deep", box(40.6, 42.5, 59.4, 46)),
        line((46, 50), (42, 84)),
        line((54, 50), (59, 84)),
    ]


def _maxi(v: int) -> list[Layer]:
    top: Points = [(4, 6), (6, 6), (9, 20), (11, 24)] if v else [(5, 8), (12, 9), (12, 20), (12, 24)]
    outline = [(0, 19), *top, (8, 36), (16, 60), (31, 94), (15, 96), (0, 95)]
    return [
        body(mirror(outline)),
        Layer("deep", box(41.5, 35, 58.5, 37.5)),
        line((47, 40), (38, 94)),
        line((53, 40), (62, 94)),
        line((31, 76), (69, 76)),
    ]


def _tee_outline() -> Points:
    return mirror([(0, 24), (5, 21.5), (9, 17), (18, 19), (37, 33), (30, 44), (21, 38), (20, 60), (21, 84), (0, 85)])


def _tee(v: int) -> list[Layer]:
    neck = smooth([(41, 17), (45, 23), (50, 25), (55, 23), (59, 17)], closed=False)
    layers = [
        body(_tee_outline()),
        Layer("deep", neck, 2.4),
        line((28, 34), (29.5, 40)),
        line((30, 80.5), (70, 80.5), width=0.8),
    ]
    return [*layers, Layer("deep", box(57, 36, 65, 46))] if v else layers


def _polo(v: int) -> list[Layer]:
    collar = [
        Layer("pale" if v else "deep", [(50, 27), (40, 16), (36, 20), (44, 31)]),
        Layer("pale" if v else "deep", [(50, 27), (60, 16), (64, 20), (56, 31)]),
    ]
    cuffs = [line((20, 43), (13, 34), width=2.2), line((80, 43), (87, 34), width=2.2)]
    return [body(_tee_outline()), line((50, 27), (50, 45), width=1.6), *buttons(50, 32, 38, 43), *collar, *cuffs]


def _long_sleeves(hem: float, wide: float = 20, arm: float = 8.5) -> Points:
    return mirror([(0, 20), (8, 14), (18, 17), (27, 30), (37, 70), (37 - arm, 74), (21, 44), (wide, hem), (0, hem + 1)])


def _shirt(v: int) -> list[Layer]:
    collar = [
        Layer("deep", [(50, 25), (41, 13), (37, 18), (45, 29)]),
        Layer("deep", [(50, 25), (59, 13), (63, 18), (55, 29)]),
    ]
    pocket = [line((56, 40), (65, 40), (65, 49), (60.5, 52), (56, 49), (56, 40))] if v else []
    cuffs = [line((21, 71), (13.5, 67), width=1.4), line((79, 71), (86.5, 67), width=1.4)]
    return [
        body(_long_sleeves(86)),
        line((50, 25), (50, 86), width=1.4),
        *buttons(50, 34, 44, 54, 64, 74),
        *collar,
        *pocket,
        *cuffs,
    ]


def _jumper(v: int) -> list[Layer]:
    neck = smooth([(41, 14), (45, 21), (50, 23), (55, 21), (59, 14)], closed=False)
    rib = [line((x, 80), (x, 86), width=0.9) for x in range(32, 70, 4)]
    cuffs = [
        Layer("deep", [(12, 70), (24, 75), (23, 80), (10, 75)]),
        Layer("deep", [(88, 70), (76, 75), (77, 80), (90, 75)]),
    ]
    main = mirror([(0, 20), (8, 13), (19, 16), (29, 30), (38, 70), (26, 75), (21, 44), (21, 80), (0, 81)])
    roll = [Layer("deep", box(40, 8, 60, 19, 3))] if v else [Layer("deep", neck, 3.6)]
    return [body(main), Layer("deep", box(29.5, 80, 70.5, 86.5, 1.5)), *rib, *cuffs, *roll]


def _cardigan(v: int) -> list[Layer]:
    opening = Layer("hole", [(43, 8), (57, 8), (57, 14), (50, 44), (43, 14)])
    bands = [
        Layer("deep", [(43, 13), (50.5, 44), (50.5, 86)], 3.0),
        Layer("deep", [(57, 13), (49.5, 44), (49.5, 86)], 3.0),
    ]
    pockets = [line((33, 66), (43, 66), width=1.8), line((57, 66), (67, 66), width=1.8)] if v else []
    return [
        body(_long_sleeves(84, 25, 13)),
        opening,
        *bands,
        *buttons(50, 50, 60, 70, 80, r=1.7),
        *pockets,
        Layer("deep", box(25.5, 80, 74.5, 85)),
    ]


def _skirt(v: int) -> list[Layer]:
    hem = 30 if v else 22
    main = body(mirror([(0, 20), (14, 20), (15, 26), (hem - 6, 50), (hem, 82), (hem / 2, 85), (0, 84)]))
    pleats = [line((50 + x * 0.45, 30), (50 + x, 83)) for x in ((-18, -6, 6, 18) if v else (-8, 8))]
    return [main, Layer("deep", box(35.6, 18, 64.4, 25, 1)), *pleats]


def _legs(knee: float, ankle: float) -> Points:
    return mirror([(0, 10), (15, 10), (19, 30), (knee, 55), (ankle, 92), (3, 92), (1.5, 44), (0, 40)])


def _trousers(v: int) -> list[Layer]:
    pockets = [line((35, 18), (32.5, 29)), line((65, 18), (67.5, 29))]
    hems = [line((33.5, 88.5), (46.5, 88.5), width=1.6), line((53.5, 88.5), (66.5, 88.5), width=1.6)] if v else []
    return [
        body(_legs(18, 16)),
        Layer("deep", box(35, 8, 65, 14)),
        line((50, 14), (50, 38)),
        *pockets,
        *hems,
        *buttons(50, 11),
    ]


def _wide_trousers(v: int) -> list[Layer]:
    creases = [line((40, 34), (31, 91)), line((60, 34), (69, 91))]
    tie = [line((50, 14), (46, 26), width=1.8), line((50, 14), (54, 26), width=1.8)] if v else []
    return [body(_legs(25, 33)), Layer("deep", box(35, 8, 65, 14)), line((50, 14), (50, 38)), *creases, *tie]


def _coat(v: int) -> list[Layer]:
    outline = mirror([(0, 18), (8, 9), (19, 13), (28, 28), (35, 64), (26, 67), (22, 44), (22, 60), (26, 92), (0, 93)])
    lapels = [
        Layer("deep", [(50, 42), (41, 9), (35, 14), (36, 28), (41, 30)]),
        Layer("deep", [(50, 42), (59, 9), (65, 14), (64, 28), (59, 30)]),
    ]
    belt = (
        [Layer("deep", box(28, 52, 72, 56.5)), Layer("pale", box(47, 51, 53, 57.5), 1.4)]
        if v
        else [*buttons(44, 50, 61, 72, r=1.8), *buttons(56, 50, 61, 72, r=1.8)]
    )
    return [
        body(outline),
        line((50, 42), (50, 93), width=1.4),
        *lapels,
        *belt,
        line((31, 66), (40, 64), width=1.8),
        line((69, 66), (60, 64), width=1.8),
    ]


def _parka(v: int) -> list[Layer]:
    outline = mirror([(0, 16), (12, 16), (22, 22), (30, 36), (36, 70), (26, 73), (23, 50), (25, 86), (0, 87)])
    hood = [Layer("trim", oval(50, 18, 17, 15)), Layer("deep", oval(50, 19, 12, 11))]
    pockets = [
        line((31, 62), (43, 62), (43, 74), (31, 74), (31, 62)),
        line((57, 62), (69, 62), (69, 74), (57, 74), (57, 62)),
    ]
    chest = [line((57, 40), (67, 40), width=1.8)] if v else []
    return [
        body(outline),
        *hood,
        line((50, 30), (50, 87), width=2.2),
        *pockets,
        line((28, 56), (72, 56), width=1.4),
        *chest,
        *buttons(53.5, 38, 48, 66, 78, r=1.1),
    ]


def _jacket(v: int) -> list[Layer]:
    outline = mirror([(0, 20), (10, 18), (21, 22), (30, 36), (38, 72), (28, 75), (23, 50), (22, 80), (0, 81)])
    hood = [body(smooth(mirror([(0, 5), (9, 8), (13, 18), (9, 27), (0, 30)]))), Layer("deep", oval(50, 19, 7.5, 9))]
    yoke = [line((28, 38), (50, 44), (72, 38), width=1.4)] if v else []
    return [
        body(outline),
        *hood,
        Layer("pale", [(50, 30), (50, 80)], 1.6),
        line((37, 56), (33, 70), width=2),
        line((63, 56), (67, 70), width=2),
        *yoke,
        line((28, 77), (72, 77)),
    ]


def _socks(v: int) -> list[Layer]:
    leg = [(34, 10), (53, 10), (52, 45), (55, 58), (72, 70), (77, 79), (70, 87), (55, 86), (38, 76), (32, 64), (35, 40)]
    front = [
        body(smooth(leg)),
        Layer("deep", box(33, 9, 54, 18, 2)),
        Layer("deep", smooth([(70, 69), (78, 78), (70, 87), (62, 86), (64, 76)])),
        Layer("deep", smooth([(33, 62), (42, 66), (44, 77), (36, 74), (32, 67)])),
    ]
    back = move(front, -14, 0 if v else -4)
    return [*back, Layer("line", smooth([(x + 0.5, y) for x, y in leg]), 1.6), *move(front, 6, 3)]


CLOTHES: dict[str, Callable[[int], list[Layer]]] = {
    "dress": _dress,
    "maxi": _maxi,
    "tee": _tee,
    "polo": _polo,
    "shirt": _shirt,
    "jumper": _jumper,
    "cardigan": _cardigan,
    "skirt": _skirt,
    "trousers": _trousers,
    "wide_trousers": _wide_trousers,
    "coat": _coat,
    "parka": _parka,
    "jacket": _jacket,
    "socks": _socks,
}
