"""The picture of one explanation: how a prediction comes about, column by column."""

from __future__ import annotations

import pandas as pd

from personakit.errors import DataError
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style

__all__ = ["plot_contributions"]


@use_style()
def plot_contributions(parts: pd.Series, base: float, title: str, *, unit: str) -> Picture:
    """A waterfall: from the mean prediction at the top, step by step, to the customer's own at the foot.

    Parameters
    ----------
    parts : Series of floats, by what each is due to
        In the order in which they are drawn; base + their sum is the prediction.
    base : float
        Where the steps begin: the mean prediction of those compared with.
    title : str
        The message.
    unit : str
        What is predicted, for the axis. Of something that begins with "probability", steps are written in points.

    Raises
    ------
    DataError
        There is nothing to draw, or a step is no finite number.

    Examples
    --------
    >>> steps = pd.Series([0.2, -0.05], index=["visits = 9", "region = N"])
    >>> plot_contributions(steps, 0.3, "Her visits speak for her", unit="probability of buying")
    Her visits speak for her. From the mean 0.30 to 0.45, probability of buying: visits = 9 +20.0 points; region = N ...
    """
    values = parts.to_numpy(dtype=float)
    if not len(values) or not pd.notna(values).all():
        raise DataError("There is nothing to draw: parts is empty, or has a missing value.")
    points = unit.startswith("probability")
    ends = base + values.cumsum()
    starts = ends - values
    figure, axes = canvas(0.36 * len(values) + 1.5)
    room = 0.012 * (max(base, *ends) - min(base, *ends) or 1.0)
    said = []
    for place, (name, value) in enumerate(zip(parts.index, values, strict=True)):
        colour = COLOURS["blue" if value >= 0 else "vermilion"]
        axes.barh(place, value, left=starts[place], height=0.62, color=colour)
        axes.plot([ends[place]] * 2, [place - 0.31, place + 1.31], color=COLOURS["grey"], lw=0.8)
        text = f"{100 * value:+.1f}" if points else f"{value:+,.3g}"
        right = value >= 0
        axes.text(
            ends[place] + (room if right else -room), place, text, va="center", ha="left" if right else "right",
            fontsize=9, color=colour, fontweight="bold",
        )  # fmt: skip
        said.append(f"{name} {text}{' points' if points else ''}")
    axes.axvline(base, color=COLOURS["grey"], lw=1, ls=(0, (3, 3)))
    axes.plot(ends[-1], len(values), "D", color=COLOURS["ink"], ms=7, clip_on=False)
    axes.text(ends[-1] + 2 * room, len(values), f"{ends[-1]:.3g}", va="center", fontweight="bold", fontsize=10)
    axes.text(base + room, -0.75, f"mean {base:.3g}", va="center", color=COLOURS["ink"], fontsize=9)
    axes.set_yticks(range(len(values) + 1), [*map(str, parts.index), "her prediction"])
    axes.set_ylim(len(values) + 0.6, -1.1)
    axes.use_sticky_edges = False  # else the longest bar ends at the frame, and its number outside
    axes.margins(x=0.1)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set(xlabel=f"{unit} (steps in points)" if points else unit, title=title)
    return Picture(figure, f"{title}. From the mean {base:.2f} to {ends[-1]:.2f}, {unit}: {'; '.join(said)}.")
