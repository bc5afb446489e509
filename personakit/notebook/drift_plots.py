"""Pictures of drift: how much each column changed, beside what sampling noise would show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style
from personakit.segment.drift import change_in_words

if TYPE_CHECKING:
    from personakit.segment.drift import Drift

__all__ = ["plot_drift"]

_MOST = 15


@use_style()
def plot_drift(found: Drift, title: str | None = None) -> Picture:
    """The population stability index of each column as a point, and the range of noise up to its threshold as a bar.

    Parameters
    ----------
    found : Drift
        The fifteen clearest columns are shown.
    title : str, optional
        The message; by default how many columns drifted.
    """
    shown = found.table.head(_MOST)
    many = int(found.table["alarm"].sum())
    title = title or (
        f"{many} of {len(found.table)} columns drifted beyond noise" if many else "No column drifted beyond noise"
    )
    figure, axes = canvas(0.3 * len(shown) + 1.6)
    places = np.arange(len(shown))
    axes.barh(places, shown["threshold"], height=0.62, color=COLOURS["pale"], label="sampling noise")
    colours = [COLOURS["vermilion" if alarm else "ink"] for alarm in shown["alarm"]]
    axes.scatter(shown["psi"], places, color=colours, s=34, zorder=3)
    for place, (_, row) in enumerate(shown.iterrows()):
        if row["alarm"]:
            axes.text(row["psi"], place, f"  {change_in_words(row)}", va="center", fontsize=9, parse_math=False)
    axes.set_yticks(places, shown.index, parse_math=False)
    axes.set(
        title=title, xlabel="population stability index; grey: up to the alarm threshold", ylim=(len(shown) - 0.4, -0.6)
    )
    axes.set_xlim(0, 1.35 * max(shown["psi"].max(), shown["threshold"].max()))
    said = "; ".join(f"{name} {row['psi']:.3f} of {row['threshold']:.3f}" for name, row in shown.iterrows())
    return Picture(figure, f"{title}. Population stability index and alarm threshold by column: {said}.")
