"""Pictures of what to do with predictions: whom a list puts first, and what it earns to act on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.notebook.pictures import Picture
from personakit.notebook.prediction_plots import Tables, tables_by_name
from personakit.notebook.style import COLOURS, canvas, use_style

__all__ = ["plot_gain", "plot_profit"]

Floats = NDArray[np.float64]

_SERIES = ("blue", "orange", "green", "purple")


@use_style()
def plot_gain(
    outcomes: Any, scores: Any, title: str | None = None, *, mark: float = 0.2,
    event: str = "buyers",
) -> Picture:  # fmt: skip
    """Cumulative gains and lift: how many of those one looks for are found among the first so many on the list.

    Parameters
    ----------
    outcomes : array-like of shape (n_customers,)
        0 or 1, or the true probability. A Series is matched with the scores by its index.
    scores : mapping of name to array-like of shape (n_customers,), DataFrame with a column a name, or one array-like
        Higher comes first. Equal scores share their place: among them the order is by chance.
    title : str, optional
        The message; by default what the first score finds at `mark`.
    mark : float in (0, 1), default 0.2
        The share of customers at which the words quote the curves.
    event : str
        Those one looks for.

    Raises
    ------
    DataError
        Lengths or customers differ, a value is missing, or there is nobody to find.

    Examples
    --------
    >>> plot_gain([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], {"model": [9, 3, 8, 7, 2, 2, 2, 2, 2, 2]})
    The first 20 % on the list hold 50 % of the buyers: 2.5 times as many as by chance. Share of buyers found ...
    """
    if not 0 < mark < 1:
        raise ParameterError(f"plot_gain(mark={mark!r}): give a share between 0 and 1, such as 0.2.")
    y, named = _aligned(outcomes, scores)
    curves = {name: _gains(y, values) for name, values in named.items()}
    perfect = _gains(y, y)
    first = next(iter(curves))
    at = {name: float(np.interp(mark, *curve)) for name, curve in curves.items()}
    title = title or (
        f"The first {mark:.0%} on the list hold {at[first]:.0%} of the {event}: {at[first] / mark:.1f} times as many "
        "as by chance"
    ).replace("%", " %")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.6))
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    left.plot([0, 100], [0, 100], color=COLOURS["grey"], lw=1.2, ls="--")
    left.plot(100 * perfect[0], 100 * perfect[1], color=COLOURS["grey"], lw=1.2)
    right.axhline(1, color=COLOURS["grey"], lw=1.2, ls="--")
    for name, colour in zip(curves, _SERIES, strict=False):
        share, found = curves[name]
        left.plot(100 * share, 100 * found, color=COLOURS[colour], lw=2.4)
        kept = share >= 0.02  # of a handful of customers a lift says nothing
        right.plot(100 * share[kept], found[kept] / share[kept], color=COLOURS[colour], lw=2.4, label=name)
    left.axvline(100 * mark, color=COLOURS["pale"], lw=1.2, zorder=0)
    for words, x, y_at in (("perfect", 55, 103), ("chance", 74, 60)):
        left.annotate(words, (x, y_at), color=COLOURS["grey"], fontsize=9)
    left.set(xlabel="per cent of customers, highest score first", ylabel=f"per cent of the {event} found",
             xlim=(0, 100), ylim=(0, 114))  # fmt: skip
    right.set(xlabel="per cent of customers", ylabel="lift: times chance", xlim=(0, 100), ylim=(0, None))
    if len(curves) > 1:
        right.legend(loc="upper right", fontsize=9, labelcolor="linecolor", handlelength=1.2)
    for axes in (left, right):
        axes.grid(axis="y")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12.5, fontweight="bold", wrap=True)
    figure.tight_layout()
    said = "; ".join(
        f"{name} " + ", ".join(f"{np.interp(each, *curve):.2f} at {100 * each:.0f} %" for each in (0.1, mark, 0.5))
        for name, curve in {**curves, "perfect": perfect}.items()
    )
    return Picture(figure, f"{title}. Share of {event} found among the first so many customers: {said}.")


@use_style()
def plot_profit(
    curves: Tables, title: str | None = None, *, unit: str = "pounds", marks: Mapping[str, float] | None = None
) -> Picture:
    """Profit against how many are contacted, the best place marked, and the one that a threshold of 0.5 would choose.

    Parameters
    ----------
    curves : DataFrame or mapping of name to DataFrame, at most 4
        From `personakit.predict.profit_curve`, one row a threshold: n_contacted, threshold, profit; with low and high
        a band is drawn.
    title : str, optional
        The message; by default what the best threshold earns beside 0.5 and beside contacting everybody.
    unit : str, default "pounds"
    marks : mapping of words to threshold, optional
        By default the best of the first curve and 0.5.

    Raises
    ------
    DataError
        A column is missing, or there is nothing to draw.

    Examples
    --------
    >>> curve = pd.DataFrame({"threshold": [0.9, 0.5, 0.1], "n_contacted": [10, 30, 100], "profit": [20.0, 40.0, 10.0]})
    >>> plot_profit(curve)
    30 contacts earn 40 pounds; all 100 would earn 10. Profit by contacts: profit 20 at 10, 40 at 30, 10 at 100; ...
    """
    named = tables_by_name(curves, ("n_contacted", "threshold", "profit"), "profit_curve", most=len(_SERIES))
    name, first = next(iter(named.items()))
    first = first.sort_values("n_contacted", kind="stable")
    top, last = first.iloc[int(first["profit"].to_numpy(float).argmax())], first.iloc[-1]
    title = title or (
        f"{top['n_contacted']:,.0f} contacts earn {top['profit']:,.0f} {unit}; all {last['n_contacted']:,.0f} would "
        f"earn {last['profit']:,.0f}"
    )
    marks = {"best": float(top["threshold"]), "0.5": 0.5} if marks is None else marks
    from matplotlib.patheffects import withStroke

    figure, axes = canvas(3.7)
    said, told = [], []
    for (name, each), colour in zip(named.items(), _SERIES, strict=False):
        line = each.sort_values("n_contacted", kind="stable")
        x = line["n_contacted"].to_numpy(float)
        if {"low", "high"} <= set(line.columns):
            axes.fill_between(x, line["low"], line["high"], color=COLOURS[colour], alpha=0.18, lw=0)
        axes.plot(x, line["profit"], color=COLOURS[colour], lw=2.4, label=name)
        some_rows = line.iloc[np.unique(np.linspace(0, len(line) - 1, 5).round().astype(int))]
        points = ", ".join(f"{row.profit:,.0f} at {row.n_contacted:,.0f}" for row in some_rows.itertuples())
        said.append(f"{name} {points}")
    for words, threshold in marks.items():
        reached = first[first["threshold"] >= threshold]
        at = reached.iloc[-1] if len(reached) else pd.Series({"n_contacted": 0.0, "profit": 0.0})
        axes.plot(at["n_contacted"], at["profit"], "o", color=COLOURS["vermilion"], ms=8, zorder=3)
        label = f"{words}, from {threshold:.2f}" if words == "best" else f"threshold {words}"
        early = at["n_contacted"] < 0.6 * last["n_contacted"]
        axes.annotate(f"{label}: {at['profit']:,.0f}", (at["n_contacted"], at["profit"]),
                      xytext=(9 if early else -9, -13 if words != "best" else 8), textcoords="offset points",
                      ha="left" if early else "right", color=COLOURS["vermilion"], fontweight="bold", fontsize=9.5,
                      path_effects=[withStroke(linewidth=2.5, foreground="white")])  # fmt: skip
        told.append(f"{words} (threshold {threshold:.2f}) {at['profit']:,.0f} with {at['n_contacted']:,.0f} contacts")
    axes.axhline(0, color=COLOURS["ink"], lw=1)
    if len(named) > 1:
        axes.legend(loc="upper right", fontsize=9.5, labelcolor="linecolor", handlelength=1.2)
    axes.grid(axis="y")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.margins(y=0.15)
    axes.set(xlabel="customers contacted, highest probability first", ylabel=f"profit, {unit}", title=title)
    return Picture(figure, f"{title}. Profit by contacts: {'; '.join(said)}; marked: {'; '.join(told)}.")


def _aligned(outcomes: Any, scores: Any) -> tuple[Floats, dict[str, Floats]]:
    """Outcomes and scores of the same customers in the same order."""
    named = scores if isinstance(scores, (Mapping, pd.DataFrame)) else {"model": scores}
    given: dict[str, Any] = {str(name): each for name, each in named.items()}
    if not given:
        raise DataError("There is nothing to draw: scores is empty.")
    if len(given) > len(_SERIES):
        raise ParameterError(f"plot_gain shows at most {len(_SERIES)} scores, not {len(given)}.")
    found: dict[str, Floats] = {}
    y = np.asarray(outcomes, dtype=float)
    for name, each in given.items():
        if isinstance(each, pd.Series) and isinstance(outcomes, pd.Series):
            if len(lost := outcomes.index.symmetric_difference(each.index)):
                raise DataError(
                    f"The outcomes and {name!r} are not about the same customers: {len(lost)} are in one only "
                    f"({some(lost)}). Take the customers that both have."
                )
            each = each.reindex(outcomes.index)
        found[name] = np.asarray(each, dtype=float)
        if found[name].shape != y.shape:
            raise DataError(f"There are {len(y)} outcomes and {len(found[name])} values of {name!r}. Give one each.")
        if np.isnan(found[name]).any():
            raise DataError(f"{name!r} is missing for {int(np.isnan(found[name]).sum())} customers. Leave them out.")
    if np.isnan(y).any() or not len(y) or y.min() < 0 or y.sum() == 0:
        raise DataError("Outcomes must be 0 or 1, or probabilities, none missing, and not all of them 0.")
    return y, found


def _gains(y: Floats, score: Floats) -> tuple[Floats, Floats]:
    """The shares of customers and of outcomes from the top of the list on; equal scores make one straight step."""
    levels, place = np.unique(-score, return_inverse=True)
    n, found = np.bincount(place, minlength=len(levels)), np.bincount(place, weights=y, minlength=len(levels))
    return np.append(0.0, n.cumsum() / len(y)), np.append(0.0, found.cumsum() / y.sum())
