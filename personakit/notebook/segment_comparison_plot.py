"""How many segments, in one picture: every yardstick against the number of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from personakit.segment.comparison import SegmentComparison

__all__ = ["plot_segment_comparison"]

_PALETTE = ("blue", "orange", "green")
# column: (what stands above the panel, low, high)
_PANELS = {
    "silhouette": ("silhouette (dashed: in one cloud)", None, None),
    "gap": ("gap, with its error", "gap_se", "gap_se"),
    "bic": ("BIC, less is better", None, None),
    "stability": ("stability: adjusted Rand", "stability_low", "stability_high"),
    "usefulness": ("usefulness: share foretold", "usefulness_low", "usefulness_high"),
}


@use_style()
def plot_segment_comparison(found: SegmentComparison, title: str | None = None) -> Picture:
    """A panel for each yardstick, a line for each method.

    Parameters
    ----------
    found : SegmentComparison
    title : str, optional
        The message; by default whether there are clusters.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    said = found.verdict.split(":")[0].split(" by ")[0]
    title = title or (said if found.n_segments == 1 else f"{said} stand apart")
    panels = [name for name in _PANELS if name in found.table and found.table[name].notna().any()]
    columns = (len(panels) + 1) // 2
    figure = Figure(figsize=(3.4 * columns, 5.6), layout="constrained")
    grid = figure.subplots(2, columns, squeeze=False).ravel()
    methods = list(found.table["method"].unique())
    for axes, name in zip(grid, panels, strict=False):
        for colour, method in zip(_PALETTE, methods, strict=False):
            _line(axes, found.table[found.table["method"] == method], name, COLOURS[colour])
        axes.set_title(_PANELS[name][0], fontsize=10, fontweight="normal")
        axes.set_xlabel("segments")
        axes.set_xticks(sorted(found.table["n_segments"].unique()))
        if name == "usefulness":
            axes.yaxis.set_major_formatter(PercentFormatter(1))
            if found.baseline is not None:
                axes.axhline(found.baseline.gain, color=COLOURS["grey"], ls=":")
                axes.annotate("RFM", (0.99, found.baseline.gain), xycoords=("axes fraction", "data"), ha="right",
                              va="bottom", fontsize=9, color=COLOURS["grey"])  # fmt: skip
        if found.n_segments > 1:
            axes.axvline(found.n_segments, color=COLOURS["pale"], lw=6, zorder=0)
    for axes in grid[len(panels) :]:
        axes.axis("off")
    handles = [grid[0].plot([], [], color=COLOURS[colour], marker="o", ms=4)[0]
               for colour, _ in zip(_PALETTE, methods, strict=False)]  # fmt: skip
    figure.legend(handles, [name.replace("_", " ") for name in methods], loc="outside lower center", ncols=3)
    figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize=12.5)
    return Picture(figure, f"{title}. {found.verdict}")


def _line(axes: Axes, rows: pd.DataFrame, name: str, colour: str) -> None:
    _, low, high = _PANELS[name]
    x, y = rows["n_segments"], rows[name]
    axes.plot(x, y, color=colour, marker="o", ms=4)
    if name == "silhouette":
        axes.plot(x, rows["expected_silhouette"], color=colour, ls="--", lw=1)
    elif name == "gap":
        axes.fill_between(x, y - rows[str(low)], y + rows[str(high)], color=colour, alpha=0.15, lw=0)
    elif low and high:
        axes.fill_between(x, rows[low], rows[high], color=colour, alpha=0.15, lw=0)
