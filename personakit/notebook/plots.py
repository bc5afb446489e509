"""Few plots: one message each, in the title; direct labels, units, and words for those who cannot see the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from personakit.errors import DataError
from personakit.measure.trial import Trial
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, canvas, use_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_bars", "plot_groups", "plot_reasons", "plot_segments", "plot_trial"]


@use_style()
def plot_bars(
    values: Mapping[str, float] | pd.Series, title: str, *, unit: str, highlight: str | None = None, digits: int = 0
) -> Picture:
    """Horizontal bars, the number written at the end of each.

    Parameters
    ----------
    values : mapping or Series of label to number
        From top to bottom.
    title : str
        The message.
    unit : str
        What the numbers count, for the axis.
    highlight : str, optional
        The bar that the message is about; the others turn grey.
    digits : int, default 0
        Decimals of the labels.

    Examples
    --------
    >>> plot_bars({"may be used": 2999, "refused": 1001}, "Three in four agreed", unit="customers")
    Three in four agreed. Bars, in customers: may be used 2,999; refused 1,001.
    """
    series = pd.Series(values)
    if not len(series):
        raise DataError("There is nothing to draw: values is empty.")
    figure, axes = canvas(0.5 * len(series) + 1.2)
    colours = [COLOURS["blue"] if highlight in (None, name) else COLOURS["pale"] for name in series.index]
    axes.barh(np.arange(len(series)), series.to_numpy(float), color=colours, height=0.66)
    for place, number in enumerate(series):
        axes.annotate(f" {number:,.{digits}f}", (max(number, 0), place), va="center", ha="left", annotation_clip=False)
    _rows(axes, [str(name) for name in series.index])
    axes.set(xlabel=unit, title=title)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    said = "; ".join(f"{name} {number:,.{digits}f}" for name, number in series.items())
    return Picture(figure, f"{title}. Bars, in {unit}: {said}.")


@use_style()
def plot_segments(segments: pd.DataFrame, title: str | None = None) -> Picture:
    """Each segment's share of the customers beside its share of the money.

    Parameters
    ----------
    segments : DataFrame
        `RFM.segments_`: segment, share, monetary_share.
    title : str, optional
        The message; by default what the segment with the most money brings.

    Examples
    --------
    >>> table = pd.DataFrame({"segment": ["Champions", "Lost"], "share": [0.2, 0.8], "monetary_share": [0.7, 0.3]})
    >>> print(str(plot_segments(table))[:60])
    20% of the customers (Champions) bring 70% of the value. Dum
    """
    place = int(segments["monetary_share"].to_numpy(float).argmax())
    top = segments.iloc[place]
    title = (
        title
        or f"{top['share']:.0%} of the customers ({top['segment']}) bring {top['monetary_share']:.0%} of the value"
    )
    figure, axes = canvas(0.34 * len(segments) + 1.2)
    places = np.arange(len(segments))
    axes.hlines(
        places, 100 * segments["share"], 100 * segments["monetary_share"], color=COLOURS["pale"], lw=3, zorder=1
    )
    for column, colour, label in (("share", "grey", "of customers"), ("monetary_share", "blue", "of value")):
        axes.scatter(100 * segments[column], places, color=COLOURS[colour], s=55, zorder=2)
        axes.annotate(
            label, (100 * top[column], place), xytext=(0, 9), ha="center",
            textcoords="offset points", color=COLOURS[colour], fontweight="bold", fontsize=9.5,
        )  # fmt: skip
    _rows(axes, segments["segment"].tolist())
    axes.grid(axis="x")
    axes.set(xlabel="share in per cent", title=title, xlim=(0, None))
    said = "; ".join(
        f"{row.segment} {row.share:.0%} of customers, {row.monetary_share:.0%} of value" for row in _records(segments)
    )
    return Picture(figure, f"{title}. Dumbbells: {said}.")


@use_style()
def plot_reasons(reasons: Mapping[str, float] | pd.Series, title: str, *, at_most: int = 6) -> Picture:
    """What adds to a score and what takes from it.

    Parameters
    ----------
    reasons : mapping or Series of words to contribution
    title : str
        The message.
    at_most : int, default 6
        How many of the largest contributions are shown; the rest is one bar, so that the bars add up to the score.
    """
    series = pd.Series(reasons, dtype=float)
    if not len(series):
        raise DataError("There is nothing to draw: reasons is empty.")
    order = series.abs().sort_values(ascending=False, kind="stable").index
    shown = series[order[:at_most]]
    if len(series) > at_most:
        shown = pd.concat(
            [shown, pd.Series({f"{len(series) - at_most} smaller reasons": series[order[at_most:]].sum()})]
        )
    figure, axes = canvas(0.42 * len(shown) + 1.2)
    colours = [COLOURS["blue"] if value >= 0 else COLOURS["vermilion"] for value in shown]
    axes.barh(np.arange(len(shown)), shown.to_numpy(), color=colours, height=0.66)
    axes.axvline(0, color=COLOURS["grey"], lw=1)
    for place, value in enumerate(shown):
        axes.annotate(f" {value:+.2f} ", (max(value, 0), place), va="center", annotation_clip=False)
    _rows(axes, [_short(str(name), 44) for name in shown.index])
    axes.set(title=title)
    axes.set_xlabel(f"part of the score ({series.sum():.2f} in all)")
    axes.set_xticks([])
    said = "; ".join(f"{name} {value:+.2f}" for name, value in shown.items())
    return Picture(figure, f"{title}. Parts of the score: {said}.")


@use_style()
def plot_trial(trial: Trial, title: str | None = None, *, labels: Mapping[str, str] | None = None) -> Picture:
    """What each arm brought, with its 95 % interval, the truth where it is known, and the best possible.

    Parameters
    ----------
    trial : Trial
    title : str, optional
        The message; by default how the best arm compares with the baseline.
    labels : mapping of arm to words, optional
        What to call the arms.
    """
    table = trial.table
    names = [(labels or {}).get(arm, arm) for arm in table["arm"]]
    known = table["truth"].notna().all()
    title = title or _verdict(trial, dict(zip(table["arm"], names, strict=True)))
    digits = 2 if trial.best > 2 else 3
    figure, axes = canvas(0.62 * len(table) + 1.5)
    for place, row in enumerate(_records(table)):
        colour = COLOURS["grey" if row.arm == trial.baseline else "blue"]
        axes.plot([row.mean_low, row.mean_high], [place, place], color=colour, lw=6, alpha=0.35, solid_capstyle="butt")
        axes.plot(row.mean, place, "o", color=colour, ms=9)
        axes.annotate(
            f"{row.mean:,.{digits}f}", (row.mean, place), xytext=(0, 12), textcoords="offset points", ha="center",
            color=colour, fontweight="bold", fontsize=11.5,
        )  # fmt: skip
        if known:
            axes.plot(row.truth, place, marker="|", color=COLOURS["vermilion"], ms=20, mew=2.5)
    if known:
        first = table.iloc[0]
        axes.annotate(
            "truth", (first["truth"], 0), xytext=(0, -20), textcoords="offset points", ha="center", fontsize=9.5,
            color=COLOURS["vermilion"],
        )  # fmt: skip
    limit = max(trial.best if known else 0.0, float(table["mean_high"].max())) * 1.06
    if known:
        axes.axvline(trial.best, color=COLOURS["green"], lw=1.5, ls="--")
        axes.annotate(
            "best possible ", (trial.best, -0.66), ha="right", va="top", fontsize=9.5, color=COLOURS["green"],
        )  # fmt: skip
    _rows(axes, names)
    axes.set_ylim(len(table) - 0.4, -0.7)
    axes.grid(axis="x")
    axes.set(xlabel=trial.measure, title=title, xlim=(0, limit))
    said = "; ".join(
        f"{name} {row.mean:,.{digits}f} ({row.mean_low:,.{digits}f} to {row.mean_high:,.{digits}f})"
        + (f", truth {row.truth:,.{digits}f}" if known else "")
        for name, row in zip(names, _records(table), strict=True)
    )
    best = f" Best possible: {trial.best:,.{digits}f}." if known else ""
    return Picture(figure, f"{title}. Dots with 95 % intervals, {trial.measure}: {said}.{best}")


@use_style()
def plot_groups(groups: pd.DataFrame, title: str, *, unit: str, digits: int = 2) -> Picture:
    """A mean with its interval for each group: who gains, and who does not.

    Parameters
    ----------
    groups : DataFrame[group, customers, mean, low, high]
        From top to bottom.
    title : str
        The message.
    unit : str
        What is measured, for the axis.
    """
    figure, axes = canvas(0.5 * len(groups) + 1.3)
    places = np.arange(len(groups))
    for place, row in zip(places, _records(groups), strict=True):
        clear = row.low > 0 or row.high < 0
        colour = COLOURS["vermilion" if row.mean < 0 else "blue"] if clear else COLOURS["grey"]
        axes.plot([row.low, row.high], [place, place], color=colour, lw=6, alpha=0.35, solid_capstyle="butt")
        axes.plot(row.mean, place, "o", color=colour, ms=8)
        axes.annotate(
            f"{row.mean:+.{digits}f}", (row.mean, place), xytext=(0, 8), textcoords="offset points", ha="center",
            color=colour, fontweight="bold", fontsize=9.5,
        )  # fmt: skip
    axes.axvline(0, color=COLOURS["ink"], lw=1)
    _rows(axes, [f"{row.group}  (n = {row.customers:,})" for row in _records(groups)])
    axes.set_ylim(len(groups) - 0.4, -0.8)
    axes.grid(axis="x")
    axes.set(xlabel=unit, title=title)
    said = "; ".join(
        f"{row.group} {row.mean:+.{digits}f} ({row.low:+.{digits}f} to {row.high:+.{digits}f})"
        for row in _records(groups)
    )
    return Picture(figure, f"{title}. Dots with 95 % intervals, {unit}: {said}.")


def _verdict(trial: Trial, names: Mapping[Any, str]) -> str:
    others = trial.table[trial.table["arm"] != trial.baseline]
    best = others.iloc[int(others["mean"].to_numpy(float).argmax())]
    arm, base = names[best["arm"]], names[trial.baseline]
    arm = arm[:1].upper() + arm[1:]
    if best["gain_low"] > 0:
        return f"{arm} beats {base} in this trial"
    if best["gain"] > 0:
        return f"{arm} looks better than {base}, but could be luck"
    return f"Nothing beats {base}"


def _records(frame: pd.DataFrame) -> list[Any]:
    return list(frame.itertuples())


def _rows(axes: Axes, labels: list[str]) -> None:
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)


def _short(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[: at_most - 1].rstrip() + "…"
