"""Product pictures: shape, colour and pattern drawn so that they can be plainly seen, 96 pixels wide.

A picture is drawn three times as large with Pillow, scaled down for smooth edges, and kept in a small palette, so that
600 of them take little more than a megabyte. The same arguments give the same bytes under one version of Pillow.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from personakit.errors import UnknownNameError
from personakit.world.figures import Layer
from personakit.world.random import Key, uniform
from personakit.world.silhouettes import SHAPES
from personakit.world.words.vocabulary import COLOURS, PATTERNS

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["picture_bytes", "render"]

RGB = tuple[int, int, int]
_BACKGROUND: RGB = (246, 245, 241)
_SCALE = 3
_PALETTE = 28
_RGB = {colour.name: colour.rgb for colour in COLOURS}
_TRIMS: dict[str, RGB] = {
    "brass": (196, 158, 78),
    "sterling silver": (182, 187, 196),
    "oak": (178, 134, 88),
    "stoneware": (206, 196, 180),
    "glass": (176, 204, 210),
    "leather": (104, 72, 50),
    "suede": (126, 96, 72),
    "canvas": (150, 132, 108),
}
_TRIM: RGB = (120, 100, 84)
_KNITS = frozenset({"merino wool", "lambswool", "cashmere blend"})
_GLOSSY = frozenset({"silk", "glass", "brass", "sterling silver", "velvet", "stoneware", "leather"})


def _towards(colour: RGB, other: RGB, share: float) -> RGB:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _second(colour: RGB) -> RGB:
    """The pattern's own colour: light on dark, dark on light, so that the pattern stands out."""
    luminance = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    return _towards(colour, (255, 250, 240), 0.66) if luminance < 140 else _towards(colour, (40, 34, 48), 0.62)


def render(
    shape: str,
    colour: str,
    pattern: str,
    *,
    material: str | None = None,
    size: int = 96,
    seed: int = 0,
    product_id: int = 0,
) -> Image.Image:
    """Draw a product.

    Parameters
    ----------
    shape : str
        A `shape` of `LEAVES`.
    colour, pattern : str
        Names of `COLOURS` and of `PATTERNS`.
    material : str, optional
        Sets the trim and the texture.
    size : int
        Width and height in pixels.
    seed, product_id : int
        Vary cut, proportions and scale of the pattern a little.

    Returns
    -------
    PIL.Image.Image
        RGB.

    Raises
    ------
    UnknownNameError
        A shape, colour or pattern that does not exist.

    Examples
    --------
    >>> render("mug", "navy", "striped").size
    (96, 96)
    """
    from PIL import Image, ImageDraw

    for what, value, known in (("shape", shape, SHAPES), ("colour", colour, _RGB), ("pattern", pattern, PATTERNS)):
        if value not in known:
            raise UnknownNameError(f"There is no {what} {value!r}. Choose one of: {', '.join(known)}.")
    luck = uniform(Key(seed, "picture").at(product_id, np.arange(8)))
    big = size * _SCALE
    base = _RGB[colour]
    layers = SHAPES[shape](int(luck[0] < 0.5))
    fabric = _patterned(base, pattern, big, luck, _middle(layers) * big / 100)
    fabric = _textured(fabric, material, big)
    trim = _TRIMS.get(material or "", _TRIM)
    if shape in ("boot", "shoe", "sandal", "slipper"):
        trim = (74, 54, 44) if sum(base) > 260 else (156, 124, 92)
    paints: dict[str, RGB] = {
        "trim": trim
        if max(abs(a - b) for a, b in zip(trim, base, strict=True)) > 40
        else _towards(trim, (40, 30, 26), 0.5),
        "pale": _towards((250, 247, 240), base, 0.06) if sum(base) < 600 else (150, 128, 104),
        "deep": _towards(base, (16, 14, 22), 0.30) if sum(base) > 210 else _towards(base, (255, 255, 255), 0.24),
        "line": _towards(base, (16, 14, 22), 0.42) if sum(base) > 210 else _towards(base, (255, 255, 255), 0.30),
        "glow": (250, 196, 70),
    }
    edge = _towards(base, (20, 16, 24), 0.55) if sum(base) > 210 else _towards(base, (0, 0, 0), 0.55)
    canvas = Image.new("RGB", (big, big), _BACKGROUND)
    ImageDraw.Draw(canvas).ellipse([big * 0.2, big * 0.88, big * 0.8, big * 0.965], fill=(229, 227, 221))
    for layer in layers:
        _paint(canvas, layer, fabric, paints, edge, big, luck)
    return canvas.resize((size, size), Image.Resampling.BOX)


def _paint(
    canvas: Image.Image,
    layer: Layer,
    fabric: Image.Image,
    paints: dict[str, RGB],
    edge: RGB,
    big: int,
    luck: NDArray[np.float64],
) -> None:
    from PIL import Image, ImageDraw

    wide, tall, tilt = 0.93 + 0.1 * luck[1], 0.94 + 0.09 * luck[2], np.deg2rad(4 * (luck[3] - 0.5))
    points = np.array(layer.points) - 50
    points = points * (wide, tall)
    points = points @ np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
    flat = [tuple(point) for point in ((points * 0.94 + 50) * big / 100).tolist()]
    width = round(layer.width * big / 100)
    if layer.role != "body":
        draw = ImageDraw.Draw(canvas)
        colour = _BACKGROUND if layer.role == "hole" else paints[layer.role]
        if width:
            draw.line(flat, fill=colour, width=width, joint="curve")
        else:
            draw.polygon(flat, fill=colour)
            if layer.role in ("trim", "pale"):
                draw.line(
                    [*flat, flat[0]], fill=_towards(colour, (30, 24, 24), 0.35), width=max(big // 160, 1), joint="curve"
                )
        return
    mask = Image.new("L", canvas.size, 0)
    rim = max(big // 110, 1)
    if width:
        ImageDraw.Draw(canvas).line(flat, fill=edge, width=width + 2 * rim, joint="curve")
        ImageDraw.Draw(mask).line(flat, fill=255, width=width, joint="curve")
        canvas.paste(fabric, (0, 0), mask)
        return
    ImageDraw.Draw(mask).polygon(flat, fill=255)
    canvas.paste(fabric, (0, 0), mask)
    ImageDraw.Draw(canvas).line([*flat, flat[0]], fill=edge, width=rim, joint="curve")


def _middle(layers: list[Layer]) -> float:
    """The height at which a colour block changes: below the middle, so that the first colour has the larger part."""
    heights = [y for layer in layers if layer.role == "body" for _, y in layer.points]
    return min(heights) + 0.6 * (max(heights) - min(heights))


def _patterned(base: RGB, pattern: str, big: int, luck: NDArray[np.float64], middle: float) -> Image.Image:
    """A sheet of the fabric. The base colour keeps more than half of it under every pattern."""
    from PIL import Image, ImageDraw

    sheet = Image.new("RGB", (big, big), base)
    draw = ImageDraw.Draw(sheet)
    other = _second(base)
    unit = big / 100
    step = unit * (11 + 4 * luck[4])
    places = np.arange(-1, int(big / step) + 3)
    if pattern == "striped":
        along = luck[5] < 0.3
        for k in places:
            at = k * step
            draw.rectangle([at, 0, at + step * 0.4, big] if along else [0, at, big, at + step * 0.4], fill=other)
    elif pattern == "checked":
        half, quarter = _towards(base, other, 0.45), _towards(base, other, 0.95)
        for k in places:
            draw.rectangle([k * step, 0, k * step + step * 0.36, big], fill=half)
        for k in places:
            draw.rectangle([0, k * step, big, k * step + step * 0.36], fill=half)
        for k in places:
            for m in places:
                draw.rectangle([k * step, m * step, k * step + step * 0.36, m * step + step * 0.36], fill=quarter)
    elif pattern == "dotted":
        radius = step * 0.27
        for k in places:
            for m in places:
                x, y = (k + (m % 2) / 2) * step, m * step * 0.86
                draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=other)
    elif pattern == "floral":
        heart = (
            (236, 190, 70) if sum(abs(a - b) for a, b in zip(base, (236, 190, 70), strict=True)) > 90 else (150, 60, 60)
        )
        step, petal = step * 1.5, step * 0.23
        for k in places:
            for m in places:
                x, y = (k + (m % 2) / 2) * step, m * step * 0.9
                for turn in np.arange(5) * 2 * np.pi / 5 + luck[6] * 6 + k + 2 * m:
                    px, py = x + petal * 1.15 * np.cos(turn), y + petal * 1.15 * np.sin(turn)
                    draw.ellipse([px - petal, py - petal, px + petal, py + petal], fill=other)
                draw.ellipse([x - petal * 0.7, y - petal * 0.7, x + petal * 0.7, y + petal * 0.7], fill=heart)
                leaf = x + step * 0.5
                draw.ellipse(
                    [leaf - petal * 0.9, y - petal * 0.4, leaf + petal * 0.3, y + petal * 0.4],
                    fill=_towards(base, (60, 110, 60), 0.6),
                )
    elif pattern == "herringbone":
        column = step * 0.95
        for c in range(-1, int(big / column) + 2):
            slope = column if c % 2 else -column
            for y in np.arange(-2 * column, big + 2 * column, column * 0.62):
                draw.line([c * column, y, (c + 1) * column, y + slope], fill=other, width=max(round(unit * 1.5), 1))
    elif pattern == "geometric":
        step *= 1.1
        for k in places:
            for m in places:
                x, y = k * step, m * step
                if (k + m) % 2:
                    draw.polygon([(x, y + step), (x + step / 2, y + step * 0.1), (x + step, y + step)], fill=other)
                else:
                    draw.polygon(
                        [(x, y), (x + step / 2, y + step * 0.9), (x + step, y)], fill=_towards(base, other, 0.45)
                    )
    elif pattern == "colour block":
        spare = [
            colour.rgb for colour in COLOURS if sum(abs(a - b) for a, b in zip(colour.rgb, base, strict=True)) > 200
        ]
        at = middle + big * 0.03 * (luck[5] - 0.5)
        slant = big * 0.1 * (luck[6] - 0.5)
        draw.polygon([(0, at - slant), (big, at + slant), (big, big), (0, big)], fill=spare[int(luck[7] * len(spare))])
    return sheet


@lru_cache(maxsize=16)
def _texture(kind: str, big: int) -> NDArray[np.float32]:
    across, down = np.meshgrid(np.arange(big) / big, np.arange(big) / big)
    light = 1.02 - 0.06 * np.floor(across * 4) / 4
    if kind == "knit":
        light = light * np.where(np.floor(down * 24) % 2 == 0, 1.0, 0.975)
    elif kind == "gloss":
        light = light + 0.16 * (np.abs(across + 0.25 * down - 0.42) < 0.035)
    return np.asarray(light[:, :, None], dtype=np.float32)


def _textured(sheet: Image.Image, material: str | None, big: int) -> Image.Image:
    """Light from the left, ribs on knitwear, a gleam on what shines."""
    from PIL import Image

    kind = "knit" if material in _KNITS else "gloss" if material in _GLOSSY else "flat"
    lit = np.asarray(sheet, dtype=np.float32) * _texture(kind, big)
    return Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))


def picture_bytes(
    shape: str,
    colour: str,
    pattern: str,
    *,
    material: str | None = None,
    size: int = 96,
    seed: int = 0,
    product_id: int = 0,
) -> bytes:
    """The picture of `render` as a PNG file with a palette, about 2 kB at 96 pixels.

    >>> picture_bytes("mug", "navy", "striped")[:4]
    b'\\x89PNG'
    """
    from PIL import Image

    picture = render(shape, colour, pattern, material=material, size=size, seed=seed, product_id=product_id)
    small = picture.quantize(colors=_PALETTE, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()
