"""Pictures of consent and of what protects: choices by purpose, and figures with intervals beside the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from personakit.errors import DataError
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style

if TYPE_CHECKING:
    pass

__all__ = ["plot_choices", "plot_intervals"]

_NARROW = 0.06  # of the whole: a part below it has no room for its number


@use_style()
def plot_choices(counts: pd.DataFrame, title: str, *, unit: str = "customers") -> Picture:
    """One bar a row, cut into its parts: what customers chose, by purpose.

    Parameters
    ----------
    counts : DataFrame of numbers
        One row a bar, from top to bottom; one column a part, from left to right. Parts that are 0 everywhere are left
        out.
    title : str
        The message.
    unit : str
        What the numbers count.

    Examples
    --------
    >>> table = pd.DataFrame({"may be used": [3, 1], "refused": [1, 2], "expired": [0, 0]}, index=["e-mail", "voice"])
    >>> plot_choices(table, "Few lend their voice")
    Few lend their voice. Bars in parts, customers: e-mail: may be used 3, refused 1; voice: may be used 1, refused 2.
    """
    if not counts.size:
        raise DataError("There is nothing to draw: counts is empty.")
    parts = counts.loc[:, (counts != 0).any()]
    whole = float(parts.sum(axis=1).max())
    colours = [COLOURS[name] for name in ("blue", "orange", "vermilion", "purple", "grey", "pale")]
    figure, axes = canvas(0.42 * len(parts) + 1.5)
    places, left = np.arange(len(parts)), np.zeros(len(parts))
    for number, name in enumerate(parts.columns):
        widths = parts[name].to_numpy(float)
        colour = colours[number % len(colours)]
        axes.barh(places, widths, left=left, color=colour, height=0.7, label=str(name))
        for place, width in enumerate(widths):
            if width > _NARROW * whole:
                ink = "white" if name in parts.columns[[0]] or colour == COLOURS["vermilion"] else COLOURS["ink"]
                axes.annotate(
                    f"{width:,.0f}", (left[place] + width / 2, place), ha="center", va="center", color=ink, fontsize=9.5
                )
        left += widths
    axes.set_yticks(places, [str(name) for name in parts.index])
    axes.invert_yaxis()
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xticks([])
    axes.set_xlabel(unit)
    axes.set_title(title, pad=26)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=len(parts.columns), handlelength=0.9, columnspacing=1.2,
        borderaxespad=0.1, fontsize=9.5,
    )  # fmt: skip
    said = "; ".join(
        f"{row}: " + ", ".join(f"{name} {number:,.0f}" for name, number in line.items() if number)
        for row, line in parts.iterrows()
    )
    return Picture(figure, f"{title}. Bars in parts, {unit}: {said}.")


@use_style()
def plot_intervals(
    table: pd.DataFrame,
    title: str,
    *,
    unit: str,
    truth: Mapping[str, float] | pd.Series | None = None,
    truth_name: str = "truth",
    level: float | None = 0.0,
    digits: int = 2,
) -> Picture:
    """Figures with intervals, from top to bottom, the number written at each, and the truth beside it where known.

    Parameters
    ----------
    table : DataFrame[<label>, value (or estimate), low, high]
        The first column holds the labels.
    title : str
        The message.
    unit : str
    truth : mapping of label to number, optional
        Drawn as a mark of another colour.
    truth_name : str
        What the mark is.
    level : float, optional, default 0
        A line to compare with; None for none.
    digits : int, default 2

    Examples
    --------
    >>> table = pd.DataFrame({"what": ["raw", "k = 5"], "value": [99.5, 0.0], "low": [99.2, 0], "high": [99.6, 0.1]})
    >>> plot_intervals(table, "Names are not what tells", unit="per cent", digits=1)
    Names are not what tells. Dots with intervals, per cent: raw 99.5 (99.2 to 99.6); k = 5 0.0 (0.0 to 0.1).
    """
    if not len(table):
        raise DataError("There is nothing to draw: table is empty.")
    middle = "value" if "value" in table.columns else "estimate"
    if lacking := [name for name in (middle, "low", "high") if name not in table.columns]:
        raise DataError(f"plot_intervals: the table has no column {', '.join(lacking)}. It needs value, low and high.")
    from matplotlib.patheffects import withStroke

    figure, axes = canvas(0.4 * len(table) + 1.5)
    said = []
    labels = [str(label) for label in table.iloc[:, 0]]
    for place, (label, (value, low, high)) in enumerate(
        zip(labels, table[[middle, "low", "high"]].to_numpy(float), strict=True)
    ):
        axes.plot([low, high], [place, place], color=COLOURS["blue"], lw=6, alpha=0.3, solid_capstyle="butt")
        axes.plot(value, place, "o", color=COLOURS["blue"], ms=7)
        axes.annotate(
            f"{value:,.{digits}f}", (value, place), xytext=(0, 7), textcoords="offset points", ha="center",
            fontsize=8.5, color=COLOURS["ink"], path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )  # fmt: skip
        words = f"{label} {value:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"
        if truth is not None:
            axes.plot(truth[label], place, marker="|", color=COLOURS["vermilion"], ms=16, mew=2.5)
            words += f", {truth_name} {truth[label]:,.{digits}f}"
        said.append(words)
    if truth is not None:
        axes.annotate(
            truth_name, (1, 1.01), xycoords="axes fraction", ha="right", va="bottom", color=COLOURS["vermilion"],
            fontweight="bold", fontsize=9.5,
        )  # fmt: skip
    if level is not None:
        axes.axvline(level, color=COLOURS["ink"], lw=1)
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.75)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(unit)
    axes.set_title(title, pad=22 if truth is not None else None)
    return Picture(figure, f"{title}. Dots with intervals, {unit}: {'; '.join(said)}.")
