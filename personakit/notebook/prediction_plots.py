"""Pictures of predictions: do they come true, whom do they put first, and what is it worth to act on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_gain", "plot_profit", "plot_reliability", "plot_value_calibration"]

Floats = NDArray[np.float64]
Tables = pd.DataFrame | Mapping[str, pd.DataFrame]

_SERIES = ("blue", "orange", "green", "purple")
_MOST = 3  # panels that are still large enough to read


@use_style()
def plot_reliability(tables: Tables, title: str | None = None, *, event: str = "buy") -> Picture:
    """What was forecast beside what happened: on the diagonal, forecasts come true. Below, how many were told so.

    Parameters
    ----------
    tables : DataFrame or mapping of name to DataFrame, at most 3
        From `personakit.predict.reliability`, one row a bin: predicted (its mean), observed (the share for whom it came
        true), low and high (the interval of observed), n; all shares 0 to 1. A column `truth` (the mean of the true
        probabilities) is drawn as a mark of another colour.
    title : str, optional
        The message; by default how far the forecasts are off on average, the expected calibration error (ECE).
    event : str, default "buy"
        What is forecast, for the axes.

    Raises
    ------
    DataError
        A column is missing, or there is nothing to draw.

    Examples
    --------
    >>> table = pd.DataFrame({"predicted": [0.1, 0.6], "observed": [0.12, 0.5], "low": [0.1, 0.4], "high": [0.14, 0.6],
    ...                       "n": [900, 100]})
    >>> plot_reliability(table)
    The forecasts are off by 2.8 points on average (ECE 0.028). Forecast and what happened, shares who buy: 0.10 ...
    """
    named = _named(tables, ("predicted", "observed", "low", "high", "n"), "reliability")
    errors = {name: _mean_gap(table) for name, table in named.items()}
    if title is None and len(named) == 1:
        error = next(iter(errors.values()))
        title = f"The forecasts are off by {100 * error:.1f} points on average (ECE {error:.3f})"
    elif title is None:
        best = min(errors, key=lambda name: errors[name])
        title = f"Of these, the forecasts of “{best}” come true best (ECE {errors[best]:.3f})"
    heads = {name: f"{name}, ECE {error:.3f}" for name, error in errors.items()} if len(named) > 1 else {}
    words = ("forecast probability", f"share who {event}")
    return _panels(named, title, words, heads, (0.0, 1.0), f"Forecast and what happened, shares who {event}", 2)


@use_style()
def plot_value_calibration(
    tables: Tables, title: str, *, unit: str, truth_name: str = "truth", log: bool = False
) -> Picture:
    """The same for amounts: what groups of customers were forecast to bring, beside what they brought.

    Parameters
    ----------
    tables : DataFrame or mapping of name to DataFrame, at most 3
        One row a group of customers (tenths of the forecast, say): predicted and observed (means), low and high (the
        interval of observed), n; `truth` (the mean of the true expectation) where it is known.
    title : str
        The message.
    unit : str
        What is forecast, for the axes.
    truth_name : str
        What the mark is.
    log : bool, default False
        Both axes logarithmic, for amounts with a long tail.

    Examples
    --------
    >>> table = pd.DataFrame({"predicted": [1.0, 30.0], "observed": [2.0, 25.0], "low": [1.0, 20.0],
    ...                       "high": [3.0, 30.0], "n": [50, 50]})
    >>> plot_value_calibration(table, "The best are overrated", unit="pounds a year")
    The best are overrated. Forecast and what happened, pounds a year: 1.0 2.0 (1.0 to 3.0), n = 50; 30.0 25.0 ...
    """
    named = _named(tables, ("predicted", "observed", "low", "high", "n"), "value calibration")
    ends = np.concatenate([table[name].to_numpy(float) for table in named.values() for name in ("predicted", "high")])
    top = 1.05 * float(np.nanmax(ends))
    least = min(float(table[name].min()) for table in named.values() for name in ("predicted", "observed"))
    bottom = max(0.8 * least, top / 1000) if log else min(0.0, least)
    words = (f"forecast, {unit}", f"came true, {unit}")
    said = f"Forecast and what happened, {unit}"
    heads = {name: name for name in named} if len(named) > 1 else {}
    return _panels(named, title, words, heads, (bottom, top), said, 1, truth_name=truth_name, log=log, counts=False)


@use_style()
def plot_gain(
    outcomes: Any, scores: Mapping[str, Any] | pd.Series, title: str | None = None, *, mark: float = 0.2,
    event: str = "buyers",
) -> Picture:  # fmt: skip
    """Cumulative gains and lift: how many of those one looks for are found among the first so many on the list.

    Parameters
    ----------
    outcomes : array-like of shape (n_customers,)
        0 or 1, or the true probability. A Series is matched with the scores by its index.
    scores : mapping of name to array-like of shape (n_customers,), or one of them
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
    named = _named(curves, ("n_contacted", "threshold", "profit"), "profit_curve", most=len(_SERIES))
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


def _panels(
    named: Mapping[str, pd.DataFrame],
    title: str,
    words: tuple[str, str],
    heads: Mapping[str, str],
    limits: tuple[float, float],
    subject: str,
    digits: int,
    *,
    truth_name: str = "truth",
    log: bool = False,
    counts: bool = True,
) -> Picture:
    """One panel a table: dots with intervals about the diagonal, and under it the number of customers of each dot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.3 if counts else 3.7))
    rows = figure.subplots(2 if counts else 1, len(named), squeeze=False, sharex="col", sharey="row",
                           height_ratios=[4, 1] if counts else None)  # fmt: skip
    said = []
    for place, (name, table) in enumerate(named.items()):
        upper, lower = rows[0, place], rows[-1, place]
        _scatter(upper, table, limits, truth_name if place == 0 else "")
        upper.set_title(heads.get(name, ""), fontsize=10.5)
        if log:
            upper.set(xscale="log", yscale="log")
            for axis in (upper.xaxis, upper.yaxis):
                axis.set_major_formatter(lambda value, _: f"{value:,g}")
        elif len(named) > 1:
            upper.locator_params(axis="x", nbins=3)  # or the last number of a panel meets the first of the next
        if counts:
            lower.bar(table["predicted"], table["n"], width=0.02 + 0.005 * len(named), color=COLOURS["grey"])
            lower.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        lower.set_xlabel(words[0])
        points = "; ".join(_point(row, digits, truth_name) for row in table.to_dict("records"))
        said.append(f"{name}: {points}" if len(named) > 1 else points)
    rows[0, 0].set_ylabel(words[1])
    if counts:
        rows[1, 0].set_ylabel("customers")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
    figure.tight_layout()
    figure.align_ylabels()
    return Picture(figure, f"{title}. {subject}: {'. '.join(said)}.")


def _scatter(axes: Axes, table: pd.DataFrame, limits: tuple[float, float], truth_name: str) -> None:
    axes.plot(limits, limits, color=COLOURS["grey"], lw=1.2, ls="--", zorder=1)
    axes.vlines(table["predicted"], table["low"], table["high"], color=COLOURS["blue"], lw=5, alpha=0.3, zorder=2)
    axes.plot(table["predicted"], table["observed"], "o", color=COLOURS["blue"], ms=6, zorder=3)
    if "truth" in table.columns:
        axes.plot(table["predicted"], table["truth"], "_", color=COLOURS["vermilion"], ms=13, mew=2.5, zorder=4)
        if truth_name:
            axes.annotate(truth_name, (0.04, 0.93), xycoords="axes fraction", color=COLOURS["vermilion"],
                          fontweight="bold", fontsize=9.5)  # fmt: skip
    beyond = 0.02 * (limits[1] - limits[0])  # a dot at the very end is seen whole
    axes.set(xlim=(limits[0], limits[1] + beyond), ylim=(limits[0], limits[1] + beyond))
    axes.grid()


def _point(row: Mapping[Any, Any], digits: int, truth_name: str) -> str:
    numbers = [f"{row[name]:,.{digits}f}" for name in ("predicted", "observed", "low", "high")]
    truth = f", {truth_name} {row['truth']:,.{digits}f}" if "truth" in row else ""
    return f"{numbers[0]} {numbers[1]} ({numbers[2]} to {numbers[3]}){truth}, n = {row['n']:,.0f}"


def _named(tables: Tables, needed: tuple[str, ...], made_by: str, most: int = _MOST) -> dict[str, pd.DataFrame]:
    """The tables by name, each with all that is drawn of it."""
    alone = isinstance(tables, pd.DataFrame)
    only = "profit" if "profit" in needed else "model"
    named: dict[str, pd.DataFrame] = {only: tables} if isinstance(tables, pd.DataFrame) else dict(tables)
    if not named or not all(len(table) for table in named.values()):
        raise DataError(f"There is nothing to draw: the {made_by} table is empty.")
    if len(named) > most:
        raise ParameterError(f"At most {most} tables fit into one picture, not {len(named)} ({some(named, 6)}).")
    for name, table in named.items():
        if lacking := [column for column in needed if column not in table.columns]:
            where = "The table" if alone else f"The table of {name!r}"
            raise DataError(
                f"{where} has no column {some(map(repr, lacking))} (it has {some(table.columns, 8)}). Give what "
                f"personakit.predict.{made_by} returns, or a table with {', '.join(needed)}."
            )
    return named


def _mean_gap(table: pd.DataFrame) -> float:
    """The expected calibration error over the table's bins."""
    gaps = (table["predicted"] - table["observed"]).abs().to_numpy(float)
    return float(np.average(gaps, weights=table["n"].to_numpy(float)))


def _aligned(outcomes: Any, scores: Any) -> tuple[Floats, dict[str, Floats]]:
    """Outcomes and scores of the same customers in the same order."""
    given: dict[str, Any] = {str(name): each for name, each in scores.items()} if isinstance(scores, Mapping) else {
        "model": scores
    }  # fmt: skip
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
