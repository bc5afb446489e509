"""One picture of a comparison of recommenders: each model with its interval, and beside it what is true where known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_comparison"]

_NAMES = {
    "ndcg": "nDCG", "map": "MAP", "mrr": "MRR", "auc": "AUC", "hit_rate": "hit rate",
    "popularity_lift": "popularity lift", "filled": "share of places filled",
}  # fmt: skip
_LESS_IS_BETTER = ("popularity", "popularity_lift")


@use_style()
def plot_comparison(
    table: pd.DataFrame,
    title: str | None = None,
    *,
    metric: str = "ndcg",
    truth: Mapping[str, float] | pd.Series | None = None,
    truth_unit: str = "true value",
    digits: int = 3,
) -> Picture:
    """Models from best to worst with their 95 % intervals, and in a second panel what their lists are truly worth.

    Parameters
    ----------
    table : DataFrame
        From `personakit.recommend.evaluate`: model, the metric, and its `_low` and `_high`.
    title : str, optional
        The message; by default whether the best model beats the baseline, or the truth's best if there is a truth.
    metric : str, default "ndcg"
        The column to show.
    truth : mapping of model to number, optional
        The mean of `slate_value`, say. The rows keep the order of the metric, so that a wrong order shows.
    truth_unit : str, default "true value"
        What the truth counts, for the axis.
    digits : int, default 3
        Decimals of the labels.

    Raises
    ------
    DataError
        For an empty table, a metric that is not in it, or a model without its truth.

    Examples
    --------
    >>> table = pd.DataFrame({"model": ["popular", "ease"], "ndcg": [0.2, 0.4], "ndcg_low": [0.18, 0.37],
    ...                       "ndcg_high": [0.22, 0.43], "ndcg_gain_low": [0.0, 0.17]})
    >>> plot_comparison(table)
    Ease beats popular. Dots with 95 % intervals, nDCG: ease 0.400 (0.370 to 0.430); popular 0.200 (0.180 to 0.220).
    """
    needed = ("model", metric, f"{metric}_low", f"{metric}_high")
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise DataError(
            f"table has no column {missing[0]!r} (columns: {some(table.columns, 12)}). Pass what evaluate() returns, "
            "and a metric that was asked for."
        )
    if table.empty:
        raise DataError("There is nothing to draw: table has no rows. Pass what evaluate() returns.")
    if truth is not None and not set(table["model"]) <= set(truth.keys()):
        raise DataError(f"truth has no value for {some(set(table['model']) - set(truth.keys()))}. Give one a model.")
    shown = table.sort_values(metric, ascending=metric in _LESS_IS_BETTER, kind="stable", ignore_index=True)
    title = title or _verdict(table, shown, metric, truth)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 0.46 * len(shown) + 1.5))
    panels = figure.subplots(1, 1 if truth is None else 2, sharey=True, squeeze=False)[0]
    k = f"@{table.attrs['k']}" if "k" in table.attrs and metric not in ("auc", "filled") else ""
    label = f"{_NAMES.get(metric, metric)}{k}"
    if "candidates" in table.columns:
        label += f", among {table['candidates'].iloc[0]} products only"
    said = _dots(panels[0], shown, metric, digits)
    panels[0].set_xlabel(label)
    panels[0].set_yticks(np.arange(len(shown)), shown["model"].astype(str).tolist())
    panels[0].invert_yaxis()
    alt = f"{title}. Dots with 95 % intervals, {label}: {said}."
    if truth is not None:
        worth = np.array([float(truth[name]) for name in shown["model"]])
        _bars(panels[1], worth, digits)
        panels[1].set_xlabel(truth_unit)
        told = "; ".join(f"{name} {value:.{digits}f}" for name, value in zip(shown["model"], worth, strict=True))
        alt += f" Bars beside them, {truth_unit}: {told}."
    figure.suptitle(title, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
    figure.tight_layout()
    return Picture(figure, alt)


def _dots(axes: Axes, shown: pd.DataFrame, metric: str, digits: int) -> str:
    said = []
    columns = shown[["model", metric, f"{metric}_low", f"{metric}_high"]]
    for place, (name, value, low, high) in enumerate(columns.itertuples(index=False)):
        colour = COLOURS["blue" if place == 0 else "grey"]
        axes.plot([low, high], [place, place], color=colour, lw=6, alpha=0.35, solid_capstyle="butt")
        axes.plot(value, place, "o", color=colour, ms=7)
        axes.annotate(
            f"{value:.{digits}f}", (value, place), xytext=(0, 7), textcoords="offset points", ha="center", color=colour,
            fontweight="bold", fontsize=9.5,
        )  # fmt: skip
        said.append(f"{name} {value:.{digits}f}" + (f" ({low:.{digits}f} to {high:.{digits}f})" if low == low else ""))
    axes.set_ylim(-0.7, len(shown) - 0.5)
    axes.margins(x=0.12)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    return "; ".join(said)


def _bars(axes: Axes, worth: np.ndarray, digits: int) -> None:
    best = worth.max()
    colours = [COLOURS["vermilion" if value == best else "pale"] for value in worth]
    axes.barh(np.arange(len(worth)), worth, color=colours, height=0.6)
    for place, value in enumerate(worth):
        axes.annotate(f" {value:.{digits}f}", (max(value, 0), place), va="center", annotation_clip=False)
    axes.tick_params(axis="y", left=False)
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlim(min(0.0, float(worth.min())), best * 1.2 if best > 0 else None)


def _verdict(
    table: pd.DataFrame, shown: pd.DataFrame, metric: str, truth: Mapping[str, float] | pd.Series | None
) -> str:
    best = shown["model"].iloc[0]
    if truth is not None:
        truly = max(table["model"], key=lambda name: float(truth[name]))
        if truly != best:
            return f"Offline {best} looks best, in truth {truly} is"
        return f"{_capital(best)} looks best offline, and is"
    gain = f"{metric}_gain_low"
    baseline = table.attrs.get("baseline", table["model"].iloc[0])
    if len(table) == 1 or gain not in table.columns:
        return f"{_capital(best)} comes first"
    if best == baseline:
        return f"Nothing beats {baseline}"
    if shown[gain].iloc[0] > 0 and not shown.get(f"{metric}_gain_p", pd.Series([0.0])).iloc[0] > 0.05:
        return f"{_capital(best)} beats {baseline}"
    return f"{_capital(best)} looks better than {baseline}, but could be luck"


def _capital(name: object) -> str:
    return str(name)[:1].upper() + str(name)[1:]
