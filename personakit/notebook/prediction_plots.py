"""Pictures of predictions: do probabilities and amounts come true?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError, some
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Tables", "plot_reliability", "plot_value_calibration", "tables_by_name"]

Tables = pd.DataFrame | Mapping[str, pd.DataFrame]

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
    named = tables_by_name(tables, ("predicted", "observed", "low", "high", "n"), "reliability")
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
    named = tables_by_name(tables, ("predicted", "observed", "low", "high", "n"), "value calibration")
    ends = np.concatenate([table[name].to_numpy(float) for table in named.values() for name in ("predicted", "high")])
    top = 1.05 * float(np.nanmax(ends))
    least = min(float(table[name].min()) for table in named.values() for name in ("predicted", "observed"))
    bottom = max(0.8 * least, top / 1000) if log else min(0.0, least)
    words = (f"forecast, {unit}", f"came true, {unit}")
    said = f"Forecast and what happened, {unit}"
    heads = {name: name for name in named} if len(named) > 1 else {}
    return _panels(named, title, words, heads, (bottom, top), said, 1, truth_name=truth_name, log=log, counts=False)


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


def tables_by_name(tables: Tables, needed: tuple[str, ...], made_by: str, most: int = _MOST) -> dict[str, pd.DataFrame]:
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
