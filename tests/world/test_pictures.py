"""Pictures: is what they show there to be seen, and are they small and repeatable?"""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from personakit.errors import UnknownNameError
from personakit.world.pictures import picture_bytes, render
from personakit.world.silhouettes import SHAPES
from personakit.world.words.vocabulary import COLOURS, LEAVES, PATTERNS

BACKGROUND = np.array(render("mug", "navy", "plain"))[0, 0].astype(int)


def foreground(picture: Image.Image) -> np.ndarray:
    pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    return pixels[np.abs(pixels - BACKGROUND).sum(axis=1) > 40]


def outline(shape: str) -> np.ndarray:
    pixels = np.asarray(render(shape, "navy", "plain")).astype(int)
    return np.abs(pixels - BACKGROUND).sum(axis=2) > 60


def test_every_leaf_has_a_silhouette_and_there_are_at_least_twelve():
    assert {leaf.shape for leaf in LEAVES} <= set(SHAPES)
    assert len(SHAPES) >= 12


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
def test_the_dominant_colour_is_near_the_one_named(colour):
    table = np.array([other.rgb for other in COLOURS])
    right = 0
    shapes = sorted(SHAPES)
    for k, shape in enumerate(shapes):
        pixels = foreground(render(shape, colour.name, "plain", product_id=k))
        distance = np.abs(pixels - np.array(colour.rgb)).max(axis=1)
        assert (distance < 30).mean() > 0.2, shape
        nearest = np.argmin(((pixels[:, None] - table) ** 2).sum(axis=2), axis=1)
        right += np.bincount(nearest, minlength=len(COLOURS)).argmax() == COLOURS.index(colour)
    assert right >= 0.8 * len(shapes)


@pytest.mark.parametrize("pattern", PATTERNS[1:])
def test_a_pattern_changes_what_one_sees(pattern):
    for k, shape in enumerate(sorted(SHAPES)):
        plain = np.asarray(render(shape, "teal", "plain", product_id=k)).astype(int)
        other = np.asarray(render(shape, "teal", pattern, product_id=k)).astype(int)
        changed = np.abs(plain - other).max(axis=2) > 40
        shown = np.abs(plain - BACKGROUND).sum(axis=2) > 40
        assert changed[shown].mean() > 0.05, (shape, pattern)
        assert changed[~shown].mean() < 0.02, (shape, pattern)


def test_patterns_differ_from_each_other():
    sheets = {pattern: np.asarray(render("throw", "navy", pattern)).astype(int) for pattern in PATTERNS}
    for k, one in enumerate(PATTERNS):
        for other in PATTERNS[k + 1 :]:
            assert (np.abs(sheets[one] - sheets[other]).max(axis=2) > 30).mean() > 0.1


def test_silhouettes_differ_from_each_other():
    drawn = {shape: outline(shape) for shape in SHAPES}
    names = sorted(drawn)
    overlap = [
        (drawn[a] & drawn[b]).sum() / (drawn[a] | drawn[b]).sum() for k, a in enumerate(names) for b in names[k + 1 :]
    ]
    assert max(overlap) < 0.96
    assert np.mean(overlap) < 0.6


def test_six_hundred_pictures_take_less_than_a_megabyte_and_a_half():
    draw = np.random.default_rng(0)
    sizes = []
    for k in range(120):
        leaf = LEAVES[k % len(LEAVES)]
        file = picture_bytes(
            leaf.shape,
            COLOURS[draw.integers(16)].name,
            PATTERNS[draw.integers(8)],
            material=str(draw.choice(leaf.materials)),
            product_id=k,
        )
        sizes.append(len(file))
    assert np.mean(sizes) < 2500
    assert np.mean(sizes) * 600 < 1.5e6


def test_bytes_repeat_and_products_vary():
    one = picture_bytes("dress", "scarlet", "dotted", product_id=4)
    assert picture_bytes("dress", "scarlet", "dotted", product_id=4) == one
    others = {picture_bytes("dress", "scarlet", "dotted", product_id=k) for k in range(6)}
    assert len(others) == 6
    assert picture_bytes("dress", "scarlet", "dotted", product_id=4, seed=1) != one


def test_the_file_is_a_png_of_the_size_asked_for():
    for size in (48, 96):
        with Image.open(io.BytesIO(picture_bytes("vase", "sage", "floral", size=size))) as picture:
            assert picture.format == "PNG"
            assert picture.size == (size, size)


def test_nothing_touches_the_frame():
    for shape in SHAPES:
        for product in range(4):
            pixels = np.asarray(render(shape, "plum", "plain", product_id=product)).astype(int)
            frame = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
            assert (np.abs(frame - BACKGROUND).sum(axis=1) < 60).all(), shape


@pytest.mark.parametrize(("argument", "value"), [("shape", "rocket"), ("colour", "octarine"), ("pattern", "tartanish")])
def test_an_unknown_name_is_answered_with_the_known_ones(argument, value):
    wanted = {"shape": "mug", "colour": "navy", "pattern": "plain"} | {argument: value}
    with pytest.raises(UnknownNameError, match=f"There is no {argument} '{value}'. Choose one of: ") as caught:
        render(**wanted)
    assert {"shape": "mug", "colour": "navy", "pattern": "plain"}[argument] in str(caught.value)


def test_light_and_dark_colours_keep_their_order():
    by_lightness = sorted(COLOURS, key=lambda colour: sum(colour.rgb))
    seen = [np.median(foreground(render("cushion", colour.name, "plain")).sum(axis=1)) for colour in by_lightness]
    assert all(after >= before - 30 for before, after in pairwise(seen))
