"""Products: attributes, style vectors, quality, appeal, price and cost, and how each of them strikes each customer.

Inside the world products stand in the order of their leaf in the category tree, so that a category page is a range of
columns; the ids that the shop uses are a fixed shuffle of 1 .. n and give nothing away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from personakit.world import random as draw
from personakit.world.random import Key
from personakit.world.traits import Traits
from personakit.world.words.vocabulary import BRANDS, COLOURS, LEAVES, MATERIALS, PATTERNS, STYLES

__all__ = ["Catalogue", "catalogue"]

TASTE_WEIGHT = 0.85

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Catalogue:
    """Arrays over n products, in the order of their leaf."""

    product_id: Ints
    leaf: Ints
    brand: Ints
    material: Ints
    style: Ints
    colour: Ints
    pattern: Ints
    vector: Floats  # (n, 8) style vector
    appeal: Floats  # utility for everyone, heavy-tailed
    quality: Floats  # (n, 5) over ASPECTS, standard normal; the product's own part of it
    price: Floats  # reference price, pounds
    unit_cost: Floats
    launched: Ints  # day since START; negative: before the shop opened
    in_words: NDArray[np.bool_]  # colour and pattern are told in words, not only in the picture
    return_rate: Floats  # probability that a piece is sent back
    leaf_start: Ints  # (n_leaves,) first product of each leaf that has any
    leaf_of_start: Ints  # the leaf that starts there
    page: Ints  # which of these leaves each product stands on

    def __len__(self) -> int:
        return len(self.product_id)

    def position(self, product_ids: NDArray[np.int64]) -> Ints:
        """Where these product ids stand in the arrays; -1 for an id that does not exist."""
        where = np.full(len(self) + 1, -1, dtype=np.int64)
        where[self.product_id] = np.arange(len(self))
        ids = np.asarray(product_ids, dtype=np.int64)
        known = (ids >= 1) & (ids <= len(self))
        return np.where(known, where[np.where(known, ids, 0)], -1)

    def liking(self, people: Traits) -> Floats:
        """How much each customer likes each product at its reference price, shape (customers, products).

        Taste for its style, the eye for its colour and pattern, and the appeal that it has for everyone. Memory grows
        with customers x products: work in blocks.
        """
        hue = np.deg2rad(np.array([COLOURS[colour].hue for colour in self.colour]))
        colourful = np.array([COLOURS[colour].saturation for colour in self.colour])
        light = np.array([COLOURS[colour].lightness for colour in self.colour])
        wish = np.deg2rad(people.hue)
        # cos(hue - wish) and (light - wish)^2 both factor into products, so that one matrix product does it all.
        left = np.column_stack([
            TASTE_WEIGHT * people.taste,
            people.hue_strength * np.cos(wish),
            people.hue_strength * np.sin(wish),
            3.2 * people.lightness,
            people.pattern,
            np.ones(len(people)),
        ])  # fmt: skip
        right = np.column_stack([
            self.vector,
            colourful * np.cos(hue),
            colourful * np.sin(hue),
            light - 0.45,
            np.eye(len(PATTERNS))[self.pattern],
            self.appeal - 1.6 * (light - 0.45) ** 2,
        ])  # fmt: skip
        return left @ right.T


def catalogue(seed: int, n_products: int, n_days: int) -> Catalogue:
    """The catalogue of the world with this seed and size."""
    at = np.arange(n_products)

    def key(tag: str) -> Key:
        return Key(seed, f"product {tag}").at(at)

    n_leaves = min(len(LEAVES), max(1, n_products // 3))
    which = np.linspace(0, len(LEAVES) - 1, n_leaves).round().astype(np.int64)
    leaf = which[at * n_leaves // n_products]
    brand = draw.integers(key("brand"), len(BRANDS))
    own = np.array([STYLES.index(each.style) for each in BRANDS])[brand]
    style = np.where(draw.uniform(key("on brand")) < 0.55, own, draw.integers(key("style"), len(STYLES)))
    names = {material.name: place for place, material in enumerate(MATERIALS)}
    fits = [[names[name] for name in LEAVES[each].materials] for each in leaf]
    pick = draw.uniform(key("material"))
    material = np.array([options[int(u * len(options))] for options, u in zip(fits, pick, strict=True)], dtype=np.int64)
    colour = draw.integers(key("colour"), len(COLOURS))
    pattern = draw.choice(key("pattern"), [0.36, 0.13, 0.10, 0.08, 0.13, 0.06, 0.08, 0.06])

    axis = np.eye(len(STYLES))
    lean = 0.16 * draw.normal(Key(0, "material vector").at(np.arange(len(MATERIALS))[:, None], np.arange(len(STYLES))))
    noise = draw.normal(Key(seed, "product vector").at(at[:, None], np.arange(len(STYLES))))
    vector = 1.15 * axis[style] + 0.45 * axis[own] + lean[material] + 0.20 * noise

    quality = draw.normal(Key(seed, "product quality").at(at[:, None], np.arange(5)))
    appeal = 0.50 * draw.normal(key("appeal")) + 0.45 * draw.exponential(key("hit")) + 0.15 * quality[:, 1]
    base = np.array([LEAVES[each].base_price for each in leaf])
    factor = (
        np.array([each.price_factor for each in BRANDS])[brand]
        * np.array([each.price_factor for each in MATERIALS])[material]
    )
    raw = 0.86 * base * factor * np.exp(0.22 * draw.normal(key("price")) + 0.05 * quality[:, 1])
    price = np.maximum(np.round(raw) - np.where(raw < 100, 0.05, 0.0), 2.95).round(2)
    launched = np.where(
        draw.uniform(key("launched early")) < 0.78,
        -draw.integers(key("age"), 400) - 1,
        draw.integers(key("launch"), max(n_days - 60, 1)),
    )
    first = np.flatnonzero(np.diff(leaf, prepend=-1))
    fashion = base_department(leaf) != "Home"
    return Catalogue(
        product_id=np.argsort(draw.uniform(key("id")), kind="stable") + 1,
        leaf=leaf,
        brand=brand,
        material=material,
        style=style,
        colour=colour,
        pattern=pattern,
        vector=vector - vector.mean(axis=0),
        appeal=appeal - appeal.mean(),
        quality=quality,
        price=price,
        unit_cost=(price * (0.36 + 0.16 * draw.uniform(key("cost")))).round(2),
        launched=launched,
        in_words=draw.uniform(key("in words")) < 0.5,
        return_rate=1 / (1 + np.exp(2.5 - 0.9 * fashion + 0.55 * quality[:, 0])),
        leaf_start=first,
        leaf_of_start=leaf[first],
        page=np.searchsorted(first, at, side="right") - 1,
    )


def base_department(leaf: Ints) -> NDArray[np.str_]:
    """The department of each leaf index."""
    return np.array([each.department for each in LEAVES])[leaf]
