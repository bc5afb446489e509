"""The outlines of shoes, bags, hats, gloves and jewellery."""

from __future__ import annotations

from collections.abc import Callable

from personakit.world.figures import Layer, body, box, flip, line, move, oval, smooth

__all__ = ["ACCESSORIES"]


def _boot(v: int) -> list[Layer]:
    upper = [
        (28, 14),
        (55, 14),
        (54, 34),
        (58, 50),
        (72, 58),
        (86, 64),
        (90, 74),
        (90, 79),
        (22, 79),
        (23, 62),
        (27, 40),
    ]
    sole = [Layer("trim", [(22, 78), (91, 78), (91, 84), (48, 84), (46, 83), (45, 91), (22, 91)])]
    middle = (
        [Layer("deep", [(34, 30), (45, 30), (47, 54), (38, 54)])]
        if v
        else [
            Layer("pale", smooth([(57, 44), (48, 48)], closed=False), 1.5),
            Layer("pale", [(56, 36), (47, 39)], 1.5),
            Layer("pale", [(60, 52), (52, 56)], 1.5),
        ]
    )
    return [
        body(upper),
        *sole,
        *middle,
        Layer("deep", [(27, 14), (56, 14)], 3),
        line((24, 66), (34, 70), (36, 79), width=1.2),
    ]


def _trainer(v: int) -> list[Layer]:
    upper = smooth(
        [(14, 48), (17, 38), (26, 40), (38, 44), (48, 34), (56, 42), (72, 55), (88, 60), (92, 70), (50, 73), (14, 71)]
    )
    laces = [Layer("pale", [(48 + 6 * k, 42 + 4.6 * k), (56 + 6 * k, 39.5 + 5.2 * k)], 1.7) for k in range(4)]
    flash = (
        [Layer("pale", smooth([(24, 66), (38, 56), (52, 66)], closed=False), 3)]
        if v
        else [
            Layer("deep", smooth([(14, 48), (26, 52), (27, 72), (14, 72)])),
        ]
    )
    toe = [Layer("deep", smooth([(80, 58), (90, 62), (92, 71), (76, 72)]))]
    return [
        body(upper),
        *flash,
        *toe,
        *laces,
        Layer("pale", smooth([(12, 70), (50, 72), (93, 69), (94, 78), (60, 81), (14, 80)])),
        line((13, 76), (93, 75), width=1),
    ]


def _shoe(v: int) -> list[Layer]:
    upper = smooth(
        [(12, 58), (14, 47), (22, 50), (36, 56), (48, 50), (62, 53), (82, 60), (92, 68), (90, 74), (50, 76), (13, 75)]
    )
    opening = Layer("deep", smooth([(16, 48), (28, 50), (45, 51), (36, 58), (22, 56)]))
    strap = (
        [Layer("deep", [(46, 56), (58, 52), (64, 72), (50, 74)]), Layer("pale", [(52, 61), (58, 60)], 2.4)]
        if v
        else [Layer("deep", [(48, 54), (60, 53), (62, 66), (50, 67)]), line((50, 62), (62, 61), width=2)]
    )
    return [body(upper), opening, *strap, Layer("trim", [(12, 74), (92, 73), (90, 79), (36, 79), (35, 86), (13, 86)])]


def _sandal(v: int) -> list[Layer]:
    foot = smooth(
        [(50, 8), (60, 14), (62, 30), (58, 48), (61, 72), (56, 90), (46, 92), (40, 80), (42, 55), (36, 30), (40, 13)]
    )
    straps = (
        [Layer("body", [(34, 38), (49, 14), (64, 36)], 7), Layer("body", [(38, 62), (62, 62)], 7)]
        if v
        else [
            Layer("body", [(36, 26), (63, 30)], 9),
            Layer("body", [(39, 46), (61, 42)], 8),
            Layer("body", [(39, 70), (62, 70)], 7),
        ]
    )
    one = [Layer("trim", foot), *straps]
    return [*move(flip(one), -20, 0), *move(one, 20, 0)]


def _slipper(v: int) -> list[Layer]:
    sole = Layer("trim", smooth([(12, 72), (50, 74), (88, 70), (93, 77), (60, 82), (14, 81)]))
    upper = body(smooth([(36, 74), (38, 56), (50, 48), (70, 50), (88, 60), (93, 72), (66, 76)]))
    heel = [body(smooth([(12, 74), (11, 56), (16, 54), (24, 64), (40, 68), (40, 76)]))] if v else []
    fluff = [Layer("pale", oval(37 + 1.5 * k, 71 - 5.5 * k, 5, 4.6)) for k in range(5)]
    return [sole, *heel, upper, *fluff]


def _tote(v: int) -> list[Layer]:
    handle = Layer("deep", smooth([(36, 42), (38, 16), (50, 9), (62, 16), (64, 42)], closed=False), 3.6)
    pocket = [line((38, 62), (62, 62), (62, 80), (38, 80), (38, 62))] if v else [Layer("deep", box(44, 58, 56, 66))]
    return [
        handle,
        body([(22, 36), (78, 36), (82, 90), (18, 90)]),
        Layer("deep", [(22, 39), (78, 39)], 2),
        *pocket,
        line((36, 36), (37, 50), width=3),
        line((64, 36), (63, 50), width=3),
    ]


def _bag(v: int) -> list[Layer]:
    strap = Layer("trim", smooth([(20, 48), (26, 18), (50, 8), (74, 18), (80, 48)], closed=False), 2.8)
    flap = (
        smooth([(18, 44), (82, 44), (78, 64), (50, 72), (22, 64)])
        if v
        else [(18, 44), (82, 44), (82, 60), (50, 72), (18, 60)]
    )
    return [
        strap,
        body(box(16, 44, 84, 86, 7)),
        Layer("line", [*flap, flap[0]], 1.8),
        Layer("pale", box(46, 66, 54, 74, 2)),
        line((18, 82), (82, 82)),
    ]


def _backpack(v: int) -> list[Layer]:
    handle = Layer("trim", smooth([(42, 14), (44, 5), (56, 5), (58, 14)], closed=False), 2.6)
    straps = [
        Layer("trim", smooth([(26, 40), (17, 56), (23, 78)], closed=False), 5),
        Layer("trim", smooth([(74, 40), (83, 56), (77, 78)], closed=False), 5),
    ]
    main = body(smooth([(30, 18), (50, 10), (70, 18), (77, 40), (78, 80), (70, 91), (30, 91), (22, 80), (23, 40)]))
    flap = (
        [
            Layer("line", smooth([(24, 36), (50, 44), (76, 36)], closed=False), 2),
            Layer("trim", box(40, 34, 43, 52)),
            Layer("trim", box(57, 34, 60, 52)),
        ]
        if v
        else [Layer("pale", smooth([(27, 34), (50, 26), (73, 34)], closed=False), 1.6)]
    )
    return [
        handle,
        *straps,
        main,
        Layer("deep", box(31, 58, 69, 84, 6)),
        Layer("pale", [(34, 64), (66, 64)], 1.6),
        *flap,
    ]


def _scarf(v: int) -> list[Layer]:
    tails = (
        [body([(36, 34), (54, 36), (50, 88), (30, 88)]), body([(50, 36), (64, 34), (71, 76), (54, 79)])]
        if v
        else [body([(34, 34), (50, 36), (46, 86), (27, 84)]), body([(52, 34), (66, 33), (73, 84), (54, 87)])]
    )
    ends = ((30, 88, 50, 88), (54, 79, 71, 76)) if v else ((27, 84, 46, 86), (54, 87, 73, 84))
    fringe = [
        Layer("deep", [(x0 + (x1 - x0) * k / 6, y0 + (y1 - y0) * k / 6), (x0 + (x1 - x0) * k / 6, y0 + 7)], 1.5)
        for x0, y0, x1, y1 in ends
        for k in range(7)
    ]
    loop = [
        body(smooth([(24, 24), (36, 12), (64, 12), (76, 24), (72, 38), (50, 45), (28, 38)])),
        Layer("deep", smooth([(33, 23), (40, 18), (60, 18), (67, 23), (60, 28), (40, 28)])),
    ]
    return [
        *tails,
        Layer("line", [(51, 40), (52, 80)], 1.6),
        *fringe,
        *loop,
        Layer("line", smooth([(26, 32), (50, 40), (74, 32)], closed=False), 1.6),
    ]


def _beanie(v: int) -> list[Layer]:
    dome = body(smooth([(22, 66), (24, 42), (36, 24), (50, 19), (64, 24), (76, 42), (78, 66), (50, 70)]))
    ribs = [line((x, 66), (x, 82), width=1.1) for x in range(26, 78, 6)]
    pompom = [Layer("pale", oval(50, 15, 10, 9.5))] if v else []
    return [dome, *pompom, Layer("deep", box(20, 64, 80, 83, 4)), *ribs]


def _hat(v: int) -> list[Layer]:
    brim = body(
        oval(50, 66, 44, 15)
        if v
        else smooth([(6, 66), (28, 58), (50, 56), (72, 58), (94, 66), (80, 78), (50, 82), (20, 78)])
    )
    crown = body(smooth([(26, 64), (29, 40), (38, 27), (50, 24), (62, 27), (71, 40), (74, 64), (50, 70)]))
    band = Layer("trim", smooth([(26.5, 57), (50, 62), (73.5, 57), (74, 64), (50, 70), (26, 64)]))
    return [brim, Layer("line", oval(50, 66, 26, 8), 2), crown, band]


def _glove(v: int) -> list[Layer]:
    cuff = 72
    palm = box(36, 42, 66, 76, 6)
    fingers = (
        [body(box(36 + 7.6 * k, (22, 14, 16, 24)[k], 43 + 7.6 * k, 56, 3.4)) for k in range(4)]
        if not v
        else [body(box(36, 16, 66, 60, 13))]
    )
    thumb = body(smooth([(62, 66), (66, 52), (76, 40), (82, 44), (78, 56), (68, 72)]))
    splits = [line((43.3 + 7.6 * k, 30), (43.3 + 7.6 * k, 50)) for k in range(3)] if not v else []
    one = [
        *fingers,
        thumb,
        body(palm),
        *splits,
        Layer("deep", box(35, cuff, 67, 88, 2)),
        line((35, 80), (67, 80), width=1.4),
    ]
    return [*move(flip(one, 52), -20, 2, 0.82), *move(one, 20, 0, 0.82)]


def _earrings(v: int) -> list[Layer]:
    drop = oval(27, 62, 15, 20) if v else smooth([(27, 34), (36, 58), (40, 68), (27, 82), (14, 68), (18, 58)])
    one = [
        Layer("trim", smooth([(27, 38), (27, 26), (33, 18), (37, 24), (35, 30)], closed=False), 2.2),
        Layer("trim", oval(27, 37, 3.6, 3.6)),
        body(drop),
        Layer("trim", [*drop, drop[0]], 2),
    ]
    return [*one, *flip(one)]


def _necklace(v: int) -> list[Layer]:
    chain = smooth([(18, 10), (21, 36), (34, 56), (50, 63), (66, 56), (79, 36), (82, 10)], closed=False)
    beads = [body(oval(*chain[k], 4.6, 4.6)) for k in range(10, 40, 5)] if v else []
    pendant = oval(50, 78, 13, 14) if v else smooth([(50, 60), (64, 74), (50, 93), (36, 74)])
    return [
        Layer("trim", chain, 2.2),
        *beads,
        Layer("trim", oval(50, 63, 3.4, 3.4)),
        body(pendant),
        Layer("trim", [*pendant, pendant[0]], 2),
    ]


ACCESSORIES: dict[str, Callable[[int], list[Layer]]] = {
    "boot": _boot,
    "trainer": _trainer,
    "shoe": _shoe,
    "sandal": _sandal,
    "slipper": _slipper,
    "tote": _tote,
    "bag": _bag,
    "backpack": _backpack,
    "scarf": _scarf,
    "beanie": _beanie,
    "hat": _hat,
    "glove": _glove,
    "earrings": _earrings,
    "necklace": _necklace,
}
