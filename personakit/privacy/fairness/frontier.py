"""What fairness costs: the same decisions at several degrees of mitigation, each measured on customers held out."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError
from personakit.privacy.fairness.estimates import Precision, resampled_sums
from personakit.privacy.fairness.groups import Attribute
from personakit.privacy.settings import check_between, is_number

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["Mitigation", "degrees", "largest_gap", "mean_and_loss", "split_by_group"]

Floats = NDArray[np.float64]
FRONTIER = ("setting", "attribute", "gap", "gap_low", "gap_high", "value", "value_low", "value_high",
            "loss", "loss_low", "loss_high")  # fmt: skip


@dataclass(frozen=True)
class Mitigation:
    """The decisions after mitigation, and what each degree of it costs.

    Attributes
    ----------
    output : Series or DataFrame
        For the customers held out, at the strongest setting.
    frontier : DataFrame
        One row a setting and attribute: setting (0, or no bound, is no mitigation), attribute, gap with gap_low and
        gap_high, value (what is given up) with value_low and value_high, loss of value against no mitigation for the
        same customers with loss_low and loss_high. All measured on customers whom nothing was fitted on.
    gap_name, value_name, setting_name : str
        What the columns are.
    outputs : dict of setting to Series or DataFrame
        The decisions at every setting.
    warnings, notes : tuple of str
    """

    output: Any = field(repr=False)
    frontier: pd.DataFrame = field(repr=False)
    gap_name: str
    value_name: str
    setting_name: str
    outputs: dict[Any, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The frontier in plain words."""
        lines = []
        for name, rows in self.frontier.groupby("attribute", sort=False):
            first, last = rows.iloc[0], rows.iloc[-1]
            lines.append(
                f"{name}: {self.gap_name} falls from {first['gap']:.3g} ({first['gap_low']:.3g} to "
                f"{first['gap_high']:.3g}) to {last['gap']:.3g} ({last['gap_low']:.3g} to {last['gap_high']:.3g}); "
                f"{self.value_name} changes from {first['value']:.4g} to {last['value']:.4g}, a loss of "
                f"{last['loss']:.3g} ({last['loss_low']:.3g} to {last['loss_high']:.3g})."
            )
        return "\n".join([*lines, *(f"Note: {text}" for text in self.warnings)])

    def plot(self, *, attribute: str | None = None, title: str | None = None) -> Picture:
        """The gap against what is given up, a point a setting, with intervals.

        Parameters
        ----------
        attribute : str, optional
            By default the first.
        title : str, optional
            The message.
        """
        from matplotlib.figure import Figure

        style = importlib.import_module("personakit.notebook.style")
        pictures = importlib.import_module("personakit.notebook.pictures")
        attribute = str(self.frontier["attribute"].iloc[0]) if attribute is None else attribute
        rows = self.frontier[self.frontier["attribute"] == attribute].to_dict("records")
        if not rows:
            known = ", ".join(map(str, self.frontier["attribute"].unique()))
            raise ParameterError(f"attribute is {attribute!r}. The frontier has: {known}.")
        title = title or f"What it costs to close the gap by {attribute}"
        with style.use_style():
            figure = Figure(figsize=(7.2, 3.6))
            axes = figure.subplots()
            axes.plot(
                [row["gap"] for row in rows], [row["value"] for row in rows], color=style.COLOURS["pale"], zorder=1
            )
            for row in rows:
                blue = style.COLOURS["blue"]
                axes.plot([row["gap_low"], row["gap_high"]], [row["value"]] * 2, color=blue, alpha=0.3, lw=3)
                axes.plot([row["gap"]] * 2, [row["value_low"], row["value_high"]], color=blue, alpha=0.3, lw=3)
                axes.plot(row["gap"], row["value"], "o", color=blue, ms=8)
                axes.annotate(
                    f"{row['setting']}",
                    (row["gap"], row["value"]),
                    xytext=(6, 7),
                    textcoords="offset points",
                    fontsize=9,
                )
            axes.set(xlabel=self.gap_name, ylabel=self.value_name, title=title)
            axes.grid(axis="both")
        said = "; ".join(f"{row['setting']}: gap {row['gap']:.3g}, value {row['value']:.4g}" for row in rows)
        picture: Picture = pictures.Picture(
            figure, f"{title}. {self.value_name} against {self.gap_name}, by {self.setting_name}: {said}."
        )
        return picture

    def _repr_html_(self) -> str:
        words = "".join(f"<li>{escape(line)}</li>" for line in self.summary.splitlines())
        table = self.frontier.to_html(index=False, escape=True, float_format="{:.3g}".format, na_rep="")
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        heading = f"{self.gap_name} against {self.value_name}, by {self.setting_name}"
        return f"<p><b>{escape(heading)}</b></p><ul>{words}</ul>{table}{notes}"


def largest_gap(gaps: list[dict[str, Any]], held: Attribute) -> dict[str, float]:
    """The widest of some gaps, as columns of a frontier."""
    if not gaps:
        raise DataError(
            f"{held.name} has no two groups of two customers or more among those held out. Merge small groups, or hold "
            "out more customers with test_size=."
        )
    worst = max(gaps, key=lambda row: row["difference"])
    return {"gap": worst["difference"], "gap_low": worst["difference_low"], "gap_high": worst["difference_high"]}


def degrees(values: Any, name: str, low: float, high: float) -> list[float]:
    """The settings asked for, checked: numbers in a range, each once, at least one.

    >>> degrees([0, 1, 0.5], "strengths", 0, 1)
    [0.0, 0.5, 1.0]
    """
    listed = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else []
    if not listed or not all(is_number(value) and low <= value <= high for value in listed):
        raise ParameterError(f"{name}={values!r}: give one or more numbers from {low:g} to {high:g}, in a list.")
    return sorted({float(value) for value in listed})


def split_by_group(
    codes: NDArray[np.intp], test_size: float, random: np.random.RandomState
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the customers to fit on and of those held out; each group is split in the same proportion."""
    check_between("test_size", test_size, example=0.5)
    luck = random.uniform(size=len(codes))
    order = np.lexsort((luck, codes))
    sizes = np.bincount(codes)
    within = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = within < np.maximum(np.round(test_size * sizes), 1)[codes[order]]
    fit, test = np.sort(order[~held]), np.sort(order[held])
    if not len(fit):
        raise DataError(
            f"There are {len(codes)} customers: none is left to fit on once {test_size:.0%} of each group are held out."
        )
    return fit, test


def mean_and_loss(values: Floats, before: Floats, how: Precision) -> dict[str, float]:
    """The mean over customers and how much less it is than before, with intervals; the customers are paired."""
    sums = resampled_sums(
        np.stack([values, before - values, np.ones(len(values))], axis=1), how.n_bootstrap, how.random
    )
    tails = [(1 - how.level) / 2, (1 + how.level) / 2]
    low, high = np.quantile(sums[:, 0] / sums[:, 2], tails)
    less, more = np.quantile(sums[:, 1] / sums[:, 2], tails)
    return {
        "value": float(values.mean()), "value_low": float(low), "value_high": float(high),
        "loss": float((before - values).mean()), "loss_low": float(less), "loss_high": float(more),
    }  # fmt: skip
