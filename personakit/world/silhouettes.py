"""The outlines of all that Larkspur sells, by name; each takes 0 or 1 for one of two cuts."""

from __future__ import annotations

from collections.abc import Callable

from personakit.world.figures import Layer
from personakit.world.silhouettes_of_accessories import ACCESSORIES
from personakit.world.silhouettes_of_clothes import CLOTHES
from personakit.world.silhouettes_of_homeware import HOMEWARE

__all__ = ["SHAPES"]

SHAPES: dict[str, Callable[[int], list[Layer]]] = {**CLOTHES, **ACCESSORIES, **HOMEWARE}
