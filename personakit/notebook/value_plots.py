"""Pictures of what a decision is worth: estimates beside the truth, curves with a break-even, and bars to play with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, MissingExtraError, ParameterError
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style
from personakit.notebook.widgets import box_of

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["ValueBars", "explore", "plot_curves", "plot_estimates"]


@use_style()
def plot_estimates(
    estimates: pd.DataFrame, title: str, *, unit: str, truth: Mapping[str, float] | pd.Series | None = None
) -> Picture:
    """Estimates with their intervals, from top to bottom, and the truth beside them where it is known.

    Parameters
    ----------
    estimates : DataFrame[action, value, low, high]
        Or gain, gain_low and gain_high instead of the last three, which are preferred where there are both.
    title : str
        The message.
    unit : str
        What is estimated, for the axis.
    truth : mapping of action to number, optional

    Examples
    --------
    >>> table = pd.DataFrame({"action": ["mail", "text"], "value": [2.0, 1.0], "low": [1.5, 0.0], "high": [2.5, 2.0]})
    >>> plot_estimates(table, "Mail wins", unit="pounds")
    Mail wins. Dots with 95 % intervals, pounds: mail 2.00 (1.50 to 2.50); text 1.00 (0.00 to 2.00).
    """
    if not len(estimates):
        raise DataError("There is nothing to draw: estimates is empty.")
    names = ["gain", "gain_low", "gain_high"] if "gain" in estimates.columns else ["value", "low", "high"]
    figure, axes = canvas(0.36 * len(estimates) + 1.5)
    said = []
    for place, (action, row) in enumerate(zip(estimates["action"], estimates[names].to_numpy(float), strict=True)):
        value, low, high = row
        axes.plot([low, high], [place, place], color=COLOURS["blue"], lw=6, alpha=0.3, solid_capstyle="butt")
        axes.plot(value, place, "o", color=COLOURS["blue"], ms=7)
        words = f"{action} {value:.2f} ({low:.2f} to {high:.2f})"
        if truth is not None:
            axes.plot(truth[action], place, marker="|", color=COLOURS["vermilion"], ms=15, mew=2.5)
            words += f", truth {truth[action]:.2f}"
        said.append(words)
    if truth is not None:
        for x, colour, words in ((0.98, "vermilion", "truth"), (0.86, "blue", "log")):
            axes.annotate(
                words, (x, 1.01), xycoords="axes fraction", ha="right", va="bottom", color=COLOURS[colour],
                fontweight="bold", fontsize=9.5,
            )  # fmt: skip
    axes.axvline(0, color=COLOURS["ink"], lw=1)
    axes.set_yticks(np.arange(len(estimates)), [str(action) for action in estimates["action"]])
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(unit)
    axes.set_title(title, pad=22 if truth is not None else None)
    return Picture(figure, f"{title}. Dots with 95 % intervals, {unit}: {'; '.join(said)}.")


@use_style()
def plot_curves(
    curves: pd.DataFrame, title: str, *, x: str, y: str, log_x: bool = False, digits: int = 2, level: float | None = 0.0
) -> Picture:
    """Lines with their names at their right ends.

    Parameters
    ----------
    curves : DataFrame
        The index is x; one column a line.
    title : str
        The message.
    x, y : str
        Axis labels, with units.
    log_x : bool, default False
    digits : int, default 2
        Decimals in the words for those who cannot see it.
    level : float, optional, default 0
        A horizontal line to compare with; None for none.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [-1.0, 2.0]}, index=[10, 100])
    >>> plot_curves(frame, "It pays from 40 on", x="customers", y="pounds", log_x=True)
    It pays from 40 on. Lines, pounds by customers: a from -1.00 at 10 to 2.00 at 100.
    """
    if not curves.size:
        raise DataError("There is nothing to draw: curves is empty.")
    figure, axes = canvas(3.6)
    places = curves.index.to_numpy(float)
    palette = ["grey", "blue", "green", "orange", "purple", "sky"]
    ends = _apart(curves.iloc[-1].to_numpy(float), 0.075 * float(np.ptp(curves.to_numpy(float)) or 1.0))
    for number, name in enumerate(curves.columns):
        colour = COLOURS[palette[number % len(palette)]]
        marker = "o" if len(curves) <= 8 else None
        axes.plot(places, curves[name].to_numpy(float), color=colour, lw=2.4, marker=marker, ms=6)
        axes.annotate(
            str(name), (places[-1], ends[number]), xytext=(8, 0), textcoords="offset points", va="center",
            color=colour, fontweight="bold", fontsize=9.5, annotation_clip=False,
        )  # fmt: skip
    if level is not None:
        axes.axhline(level, color=COLOURS["ink"], lw=1)
    if log_x:
        axes.set_xscale("log")
    if len(curves) <= 8:
        axes.set_xticks(places, [f"{place:,g}" for place in places])
        axes.minorticks_off()
    else:
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.grid(axis="y")
    axes.set(xlabel=x, ylabel=y, title=title)
    said = "; ".join(
        f"{name} from {line.iloc[0]:,.{digits}f} at {curves.index[0]:,} to {line.iloc[-1]:,.{digits}f} at "
        f"{curves.index[-1]:,}"
        for name, line in curves.items()
    )
    return Picture(figure, f"{title}. Lines, {y} by {x}: {said}.")


@use_style()
@dataclass(frozen=True)
class ValueBars:
    """A small bar chart in HTML with a sentence above it, quick enough to follow a slider.

    Attributes
    ----------
    values : mapping of label to number
    message : str
        What the bars say.
    unit : str

    Examples
    --------
    >>> ValueBars({"one message": 1.2, "one-to-one": 2.1}, "It pays", "pounds a customer")
    It pays (pounds a customer): one message 1.20; one-to-one 2.10.
    """

    values: Mapping[str, float]
    message: str
    unit: str

    def __repr__(self) -> str:
        said = "; ".join(f"{name} {value:.2f}" for name, value in self.values.items())
        return f"{self.message} ({self.unit}): {said}."

    @property
    def html(self) -> str:
        """The bars as one HTML element; zero is a line, losses go to its left."""
        low, high = min(0.0, *self.values.values()), max(0.0, *self.values.values())
        span = (high - low) or 1.0
        rows = []
        for name, value in self.values.items():
            left, width = 100 * (min(value, 0.0) - low) / span, 100 * abs(value) / span
            colour = COLOURS["blue" if value >= 0 else "vermilion"]
            rows.append(
                f'<div style="display:flex;align-items:center;margin:3px 0"><div style="width:190px;text-align:right;'
                f'padding-right:10px">{escape(str(name))}</div><div style="position:relative;flex:1;height:20px;'
                f'background:#F4F4F4"><div style="position:absolute;left:{left:.1f}%;width:{width:.1f}%;height:20px;'
                f'background:{colour}"></div></div><div style="width:70px;padding-left:10px;font-weight:700">'
                f"{value:+.2f}</div></div>"
            )
        return (
            f'<div role="img" aria-label="{escape(repr(self))}" style="max-width:720px;font-size:14px;color:#222;'
            f'background:#fff;padding:6px"><div style="font-weight:700;padding-bottom:6px">{escape(self.message)}</div>'
            f'{"".join(rows)}<div style="color:#555;padding-top:4px">{escape(self.unit)}</div></div>'
        )

    def _repr_html_(self) -> str:
        return self.html


def explore(
    view: Callable[..., ValueBars], options: Mapping[str, Sequence[Any] | Mapping[str, Any]], **start: Any
) -> ipywidgets.VBox:
    """Sliders that a view follows.

    Without a kernel (on GitHub, in an exported page) the first view is shown as it is.

    Parameters
    ----------
    view : function of the options to something with `.html` and a repr
    options : mapping of argument to its values, or to a mapping of words to values
        One slider each, with these stops.
    **start
        Where the sliders stand at first; by default at their first stop.

    Returns
    -------
    ipywidgets.VBox
        The sliders and, last among its `children`, the view.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise MissingExtraError.of("ipywidgets", "notebooks", "explore") from error
    if not options:
        raise ParameterError("explore has nothing to move: options is empty.")
    stops = {
        name: list(given.items()) if isinstance(given, Mapping) else [(str(value), value) for value in given]
        for name, given in options.items()
    }
    first = {name: start.get(name, values[0][1]) for name, values in stops.items()}
    for name, value in first.items():
        if value not in [stop for _, stop in stops[name]]:
            raise ParameterError(f"explore({name}={value!r}): that is none of the stops of the slider.")

    shown = view(**first)
    sliders = {
        name: ipywidgets.SelectionSlider(
            options=values, value=first[name], description=name.replace("_", " "),
            style={"description_width": "140px"}, layout={"width": "520px"}, continuous_update=False,
        )
        for name, values in stops.items()
    }  # fmt: skip
    page = ipywidgets.HTML(shown.html)

    def follow(_: Mapping[str, Any]) -> None:
        page.value = view(**{name: slider.value for name, slider in sliders.items()}).html

    for slider in sliders.values():
        slider.observe(follow, names="value")
    return box_of([*sliders.values(), page], words=f"Sliders for {', '.join(stops)}. {shown!r}", html=shown.html)


def _apart(values: np.ndarray, least: float) -> np.ndarray:
    """The heights of labels, moved apart where they would cover each other."""
    order, placed = np.argsort(values, kind="stable"), values.astype(float).copy()
    for below, above in pairwise(order):
        placed[above] = max(placed[above], placed[below] + least)
    return placed
