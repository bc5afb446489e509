"""The outlines of things for the home and of the umbrella."""

from __future__ import annotations

from collections.abc import Callable

from personakit.world.figures import Layer, Points, body, box, line, mirror, oval, smooth

__all__ = ["HOMEWARE"]


def _cushion(v: int) -> list[Layer]:
    edge = smooth([(12, 14), (50, 18), (88, 14), (84, 50), (88, 86), (50, 82), (12, 86), (16, 50)], steps=10)
    extra = (
        [Layer("trim", oval(x, y, 4, 4)) for x, y in ((12, 14), (88, 14), (12, 86), (88, 86))]
        if v
        else [
            Layer("line", smooth([(20, 22), (50, 25), (80, 22), (77, 50), (80, 78), (50, 75), (20, 78), (23, 50)]), 1)
        ]
    )
    return [body(edge), Layer("deep", [*edge, edge[0]], 2.2), *extra]


def _throw(v: int) -> list[Layer]:
    fringe = [Layer("deep", [(18 + 4.5 * k, 84), (17.5 + 4.6 * k, 93)], 1.7) for k in range(15)]
    folded = body([(16, 30), (84, 30), (84, 85), (16, 85)])
    top = body(smooth([(16, 30), (20, 20), (50, 18), (80, 20), (84, 30), (50, 33)]))
    folds = (
        [line((16, 48), (84, 48), width=1.8), line((16, 66), (84, 66), width=1.8)]
        if v
        else [line((16, 56), (84, 56), width=2.2)]
    )
    return [*fringe, folded, top, Layer("line", smooth([(16, 30), (50, 33), (84, 30)], closed=False), 1.6), *folds]


def _bedding(v: int) -> list[Layer]:
    head = Layer("trim", box(12, 18, 88, 46, 4))
    pillows = [Layer("pale", box(18, 34, 47, 52, 6)), Layer("pale", box(53, 34, 82, 52, 6))]
    duvet = body([(14, 50), (86, 50), (94, 84), (6, 84)])
    fold = Layer("pale" if v else "deep", [(13.5, 50), (86.5, 50), (88, 57), (12, 57)])
    legs = [Layer("trim", box(9, 84, 14, 91)), Layer("trim", box(86, 84, 91, 91))]
    return [head, *legs, *pillows, duvet, fold, line((31, 60), (25, 83)), line((66, 60), (71, 83))]


def _lamp(v: int) -> list[Layer]:
    shade = [(34, 12), (66, 12), (82, 50), (18, 50)] if v else [(30, 12), (70, 12), (76, 50), (24, 50)]
    stand = (
        smooth([(46, 50), (54, 50), (54, 58), (62, 70), (54, 82), (46, 82), (38, 70), (46, 58)])
        if v
        else box(47.5, 50, 52.5, 84)
    )
    return [
        Layer("trim", stand),
        Layer("trim", smooth([(30, 88), (50, 82), (70, 88), (50, 91)])),
        body(shade),
        line(shade[0], shade[1], width=1.8),
        line(shade[3], shade[2], width=2.2),
    ]


def _vase(v: int) -> list[Layer]:
    half: Points = (
        [(9, 26), (6, 36), (20, 56), (22, 70), (13, 90), (0, 91)]
        if v
        else [(13, 24), (11, 34), (17, 48), (19, 66), (12, 90), (0, 91)]
    )
    top = half[0]
    outline = smooth(mirror(half)[: len(half)], closed=False)
    twigs = [
        Layer("trim", smooth([(50, 26), (46, 14), (38, 5)], closed=False), 1.4),
        Layer("trim", smooth([(51, 26), (56, 14), (62, 6)], closed=False), 1.4),
        Layer("trim", [(50, 26), (50, 4)], 1.2),
    ]
    leaves = [
        Layer("trim", oval(x, y, 3.6, 2.2))
        for x, y in ((38, 6), (43, 10), (47, 16), (62, 7), (58, 12), (53, 18), (50, 4), (50, 10))
    ]
    return [
        *twigs,
        *leaves,
        body([*outline, *((100 - x, y) for x, y in reversed(outline))]),
        Layer("deep", oval(50, top[1], top[0], 3)),
    ]


def _candle(v: int) -> list[Layer]:
    flame = [Layer("glow", smooth([(50, 6), (55, 17), (50, 23), (45, 17)])), line((50, 22), (50, 31), width=1.4)]
    label = [Layer("pale", box(38, 52, 62, 70, 1)), line((42, 58), (58, 58)), line((44, 63), (56, 63))] if v else []
    wide = 22 if v else 19
    jar = [
        body([(50 - wide, 32), (50 + wide, 32), (50 + wide, 86), (50 - wide, 86)]),
        body(oval(50, 86, wide, 5)),
        Layer("pale", oval(50, 32, wide, 5.5)),
        Layer("line", oval(50, 32, wide, 5.5), 1.2),
    ]
    return [*jar, *flame, *label]


def _mug(v: int) -> list[Layer]:
    handle = Layer("body", oval(72, 54, 15, 17 if v else 14), 6)
    wall = [(22, 28), (72, 28), (68 if v else 72, 84), (26 if v else 22, 84)]
    return [
        handle,
        body(wall),
        body(oval(47, 84, 21 if v else 25, 4)),
        Layer("deep", oval(47, 28, 25, 5.5)),
        Layer("line", oval(47, 28, 25, 5.5), 1.4),
    ]


def _bowl(v: int) -> list[Layer]:
    side = [(8, 44), *oval(50, 44, 42, 40 if v else 32, 0, 180), (8, 44)]
    foot = Layer("deep", [(36, 72), (64, 72), (67, 86 if v else 80), (33, 86 if v else 80)])
    return [foot, body(side), Layer("deep", oval(50, 44, 42, 9)), Layer("line", oval(50, 44, 42, 9), 1.6)]


def _umbrella(v: int) -> list[Layer]:
    scallops = [(8, 52), (19, 47), (29, 52), (40, 47), (50, 52), (60, 47), (71, 52), (81, 47), (92, 52)]
    dome = oval(50, 52, 42, 38, 180, 360)
    stick = Layer("trim", [(50, 48), (50, 84)], 2.4)
    hook = Layer(
        "trim",
        smooth(
            [(50, 82), (49, 91), (43, 93), (38, 90), (38, 85)]
            if v
            else [(50, 82), (51, 91), (57, 93), (62, 90), (62, 85)],
            closed=False,
        ),
        3.2,
    )
    ribs = [
        Layer("line", smooth([(50, 14), ((50 + x) / 2 + (x - 50) * 0.22, 28), (x, 51)], closed=False), 1.3)
        for x in (29, 50, 71)
    ]
    return [stick, hook, Layer("trim", [(50, 8), (50, 15)], 2), body([*dome, *reversed(scallops)]), *ribs]


HOMEWARE: dict[str, Callable[[int], list[Layer]]] = {
    "cushion": _cushion,
    "throw": _throw,
    "bedding": _bedding,
    "lamp": _lamp,
    "vase": _vase,
    "candle": _candle,
    "mug": _mug,
    "bowl": _bowl,
    "umbrella": _umbrella,
}
