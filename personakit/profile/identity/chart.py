"""The match weights as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from personakit.notebook.pictures import Picture

__all__ = ["match_weight_chart"]


def match_weight_chart(weights: pd.DataFrame, ax: Axes | None = None) -> Picture:
    """Bars of `Identities.match_weights`: how many bits each level adds for or against one person."""
    from importlib import import_module

    from matplotlib.figure import Figure

    # By name: the notebook room stands above this one, and is there when a picture is asked for.
    style, pictures = import_module("personakit.notebook.style"), import_module("personakit.notebook.pictures")
    colours_of = style.COLOURS

    title = "What speaks for one person, and what against"
    with style.use_style():
        if ax is None:
            ax = Figure(figsize=(7.2, 0.27 * len(weights) + 1.2)).subplots()
        places = np.arange(len(weights)) + 0.6 * pd.factorize(weights["comparison"])[0]
        values = weights["weight"].to_numpy(float)
        colours = [colours_of["blue"] if value > 0 else colours_of["vermilion"] for value in values]
        ax.barh(places, values, color=colours, height=0.75)
        labels = [
            f"{field.replace('_', ' ')}: {level}"
            for field, level in zip(weights["comparison"], weights["level"], strict=True)
        ]
        ax.set_yticks(places, labels)
        ax.invert_yaxis()
        ax.axvline(0, color=colours_of["ink"], lw=1)
        ax.grid(axis="x")
        ax.set(xlabel="match weight in bits: one bit doubles the odds", title=title)
    said = "; ".join(f"{label} {value:+.1f}" for label, value in zip(labels, values, strict=True))
    figure = ax.get_figure()
    picture: Picture = pictures.Picture(figure, f"{title}. Bars, in bits: {said}.")
    return picture
