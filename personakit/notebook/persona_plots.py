"""Pictures of personas: what sets each segment apart, beside each other."""

from __future__ import annotations

import math
from textwrap import fill
from typing import TYPE_CHECKING

from personakit.errors import ParameterError
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, use_style

if TYPE_CHECKING:
    from personakit.segment.personas import Personas

__all__ = ["plot_personas"]

_MOST = 12


@use_style()
def plot_personas(found: Personas, title: str | None = None) -> Picture:
    """A panel a segment: its clearest traits as bars of effect size against the rest, with intervals.

    Parameters
    ----------
    found : Personas
    title : str, optional
        The message; by default how many personas there are.

    Raises
    ------
    ParameterError
        More than twelve segments: nobody reads as many panels.
    """
    from matplotlib.figure import Figure

    if len(found.table) > _MOST:
        raise ParameterError(
            f"plot shows {_MOST} personas at most, and there are {len(found.table)}. Read .table, or describe fewer."
        )
    title = title or f"What sets {len(found.table)} segments apart from the rest"
    rows = math.ceil(len(found.table) / 2)
    figure = Figure(figsize=(7.2, (0.34 * found.n_traits + 0.9) * rows + 0.6), layout="constrained")
    axes = figure.subplots(rows, 2, squeeze=False, sharex=True)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
    said = []
    for panel in axes.flat[len(found.table) :]:
        panel.set_axis_off()
    for panel, (segment, row) in zip(axes.flat, found.table.iterrows(), strict=False):
        traits = found.portrait(segment).to_dict("records")
        for place, trait in enumerate(traits):
            colour = COLOURS["blue" if trait["effect"] > 0 else "orange"]
            panel.barh(place, trait["effect"], height=0.7, color=colour)
            panel.plot([trait["low"], trait["high"]], [place, place], color=COLOURS["ink"], lw=1.2)
        if not traits:
            panel.text(0, 0, row["portrait"], ha="center", va="center", fontsize=8.5, parse_math=False)
        panel.axvline(0, color=COLOURS["ink"], lw=0.8)
        panel.set(xlim=(-1.05, 1.05), ylim=(found.n_traits - 0.4, -0.6))
        panel.set_yticks(
            range(len(traits)), [_short(trait["trait"]) for trait in traits], fontsize=8.5, parse_math=False
        )
        panel.set_title(f"{fill(str(row['name']), 38)}\n{row['customers']:,} customers", fontsize=9.5, parse_math=False)
        tellings = ", ".join(f"{trait['trait']} {trait['effect']:+.2f}" for trait in traits) or row["portrait"]
        said.append(f"{row['name']} ({row['customers']:,} customers): {tellings}")
    for panel in axes.flat[: len(found.table)][-2:]:  # the last of each column
        panel.tick_params(labelbottom=True)
        panel.set_xlabel("effect size (−1 lower, +1 higher)", fontsize=9)
    return Picture(figure, f"{title}. Effect sizes against the rest. {'; '.join(said)}.")


def _short(text: str, length: int = 26) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
