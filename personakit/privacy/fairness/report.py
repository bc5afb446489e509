"""What a fairness audit found: a table by group, the gaps, what to be careful about, and words for it."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.privacy.fairness.estimates import PERMUTED_UP_TO, Metric, Precision, compare, holm
from personakit.privacy.fairness.groups import Attribute
from personakit.privacy.settings import check_between, is_number, no_seed, whole

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["FairnessReport", "chosen", "names_of", "precision", "report"]

BY_GROUP = ("attribute", "group", "n", "metric", "value", "low", "high", "small")
GAPS = (
    "attribute", "metric", "highest", "lowest", "difference", "difference_low", "difference_high", "ratio", "ratio_low",
    "ratio_high", "gap_if_equal", "gap_p_value", "gap_p_holm", "below_four_fifths",
)  # fmt: skip
FOUR_FIFTHS = (
    "The four-fifths rule is a rule of thumb for selection rates (US Uniform Guidelines on Employee Selection "
    "Procedures, 29 CFR 1607.4 D): a fact about the ratio, not a verdict."
)
_COUNT = 6


@dataclass(frozen=True)
class FairnessReport:
    """What an audit found.

    Attributes
    ----------
    by_group : DataFrame
        One row an attribute, metric and group: attribute, group, n (customers behind the number), metric, value, low,
        high, small (n below the floor). Where an attribute ends in "(products)", the groups are groups of products.
    gaps : DataFrame
        One row an attribute and metric: highest and lowest (the groups farthest apart); difference (highest - lowest)
        and ratio (lowest / highest), each with _low and _high, simultaneous over all pairs of groups; gap_if_equal, the
        gap that luck would show on average were the groups equal; gap_p_value, of a test that they are; gap_p_holm, the
        same after Holm's correction for all gaps of this table; below_four_fifths, for selection rates (else missing).
    warnings : tuple of str
        Small groups, and whatever limits what the numbers say.
    notes : tuple of str
        How it was measured.
    subject : str
        What was audited.
    level, floor : float, int
        Of the intervals; customers below which a group counts as small.
    """

    subject: str
    by_group: pd.DataFrame
    gaps: pd.DataFrame
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=(), repr=False)
    level: float = 0.95
    floor: int = 30

    def __repr__(self) -> str:
        clear = int((self.gaps["gap_p_holm"] < 1 - self.level).sum())
        return (
            f"FairnessReport({self.subject}: {len(self.gaps)} gaps, {clear} beyond luck; {len(self.warnings)} warnings)"
        )

    @property
    def summary(self) -> str:
        """The audit in plain words, the clearest gaps first."""
        table = self.gaps.sort_values("gap_p_holm", kind="stable")
        clear = table[table["gap_p_holm"] < 1 - self.level]
        lines = [
            f"Audit of {self.subject}: of {len(table)} comparisons, {len(clear)} show a gap beyond luck "
            f"(Holm-adjusted p < {1 - self.level:.2g})."
        ]
        lines += [_in_words(row, self.level) for row in clear.head(_COUNT).to_dict("records")]
        if len(clear) > _COUNT:
            lines.append(f"{len(clear) - _COUNT} further gaps beyond luck are in .gaps.")
        short = self.gaps[[value is True for value in self.gaps["below_four_fifths"]]]
        lines += [
            f"{row['attribute']}: the {row['metric']} of {row['lowest']} is {row['ratio']:.2f} of that of "
            f"{row['highest']}, below four fifths."
            for row in short.to_dict("records")
        ]
        if len(clear) < len(table):
            lines.append("A gap that is not beyond luck is no proof of equality: see how wide its interval is.")
        return "\n".join([*lines, *(f"Note: {text}" for text in self.warnings)])

    def table(self, metric: str | None = None) -> pd.DataFrame:
        """`by_group` side by side: one row a group, one column a metric.

        Parameters
        ----------
        metric : str, optional
            One metric only, with its n, low and high.

        Raises
        ------
        UnknownNameError
            No such metric in this report.
        """
        if metric is None:
            wide = self.by_group.pivot(index=["attribute", "group"], columns="metric", values="value")
            order = pd.MultiIndex.from_frame(self.by_group[["attribute", "group"]].drop_duplicates())
            return wide.reindex(index=order, columns=list(dict.fromkeys(self.by_group["metric"])))
        rows = self.by_group[self.by_group["metric"] == self._metric(metric)]
        return rows.set_index(["attribute", "group"])[["n", "value", "low", "high"]]

    def plot(self, metric: str | None = None, *, attribute: str | None = None, title: str | None = None) -> Picture:
        """One metric by group, with intervals; small groups in grey.

        Parameters
        ----------
        metric, attribute : str, optional
            By default those of the gap that is least likely luck.
        title : str, optional
            The message.
        """
        if metric is None:
            rows = self.gaps if attribute is None else self.gaps[self.gaps["attribute"] == attribute]
            rows = rows.sort_values("gap_p_value", kind="stable")
            metric = str(rows["metric"].iloc[0]) if len(rows) else str(self.by_group["metric"].iloc[0])
            attribute = attribute or (str(rows["attribute"].iloc[0]) if len(rows) else None)
        rows = self.by_group[self.by_group["metric"] == self._metric(metric)]
        attribute = attribute or str(rows["attribute"].iloc[0])
        if attribute not in set(rows["attribute"]):
            raise UnknownNameError(
                f"There is no attribute {attribute!r} with {metric}; there are: {some(rows['attribute'].unique(), 8)}."
            )
        return _drawn(rows[rows["attribute"] == attribute], title or f"{metric} by {attribute}", metric, self.level)

    def _metric(self, metric: str) -> str:
        known = list(dict.fromkeys(self.by_group["metric"]))
        if metric not in known:
            raise UnknownNameError(f"There is no metric {metric!r} in this report; there are: {some(known, 20)}.")
        return metric

    def _repr_html_(self) -> str:
        words = "".join(f"<li>{escape(line)}</li>" for line in self.summary.splitlines()[1:])
        tables = "".join(
            f"<h4>{heading}</h4>{table.to_html(index=False, escape=True, float_format='{:.3g}'.format, na_rep='')}"
            for heading, table in (("Gaps", self.gaps), ("By group", self.by_group))
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<p><b>{escape(self.summary.splitlines()[0])}</b></p><ul>{words}</ul>{tables}{notes}"


def _in_words(row: dict[Any, Any], level: float) -> str:
    digits = 3 if abs(row["difference"]) < 1 else 2
    ratio = "" if pd.isna(row["ratio"]) else f"; ratio {row['ratio']:.2f}"
    return (
        f"{row['attribute']}: {row['metric']} is highest for {row['highest']} and lowest for {row['lowest']}: "
        f"{row['difference']:.{digits}f} apart ({level:.0%} interval {row['difference_low']:.{digits}f} to "
        f"{row['difference_high']:.{digits}f}; luck alone would show {row['gap_if_equal']:.{digits}f}{ratio})."
    )


def _drawn(rows: pd.DataFrame, title: str, metric: str, level: float) -> Picture:
    """Imported by name and only here: a plot needs the notebook room, and an audit does not."""
    from matplotlib.figure import Figure

    style = importlib.import_module("personakit.notebook.style")
    pictures = importlib.import_module("personakit.notebook.pictures")
    with style.use_style():
        figure = Figure(figsize=(7.2, 0.5 * len(rows) + 1.3))
        axes = figure.subplots()
        for place, row in enumerate(rows.to_dict("records")):
            colour = style.COLOURS["grey" if row["small"] else "blue"]
            if np.isfinite(row["low"]):
                axes.plot([row["low"], row["high"]], [place, place], color=colour, lw=6, alpha=0.35)
            axes.plot(row["value"], place, "o", color=colour, ms=8)
            axes.annotate(
                f"{row['value']:.3g}", (row["value"], place), xytext=(0, 8), textcoords="offset points", ha="center",
                color=colour, fontweight="bold", fontsize=9.5,
            )  # fmt: skip
        labels = [f"{row['group']}  (n = {row['n']:,})" for row in rows.to_dict("records")]
        axes.set_yticks(range(len(rows)), labels)
        axes.set_ylim(len(rows) - 0.4, -0.8)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.set(xlabel=metric, title=title)
    said = "; ".join(
        f"{row['group']} {row['value']:.3g} ({row['low']:.3g} to {row['high']:.3g}, n = {row['n']})"
        for row in rows.to_dict("records")
    )
    picture: Picture = pictures.Picture(figure, f"{title}. Dots with {level:.0%} intervals, {metric}: {said}.")
    return picture


def precision(
    level: float, floor: int, n_bootstrap: int, n_permutations: int, random_state: int | np.random.RandomState | None
) -> Precision:
    """The audit's settings, checked."""
    check_between("level", level)
    for name, value, least in (
        ("floor", floor, 1),
        ("n_bootstrap", n_bootstrap, 40),
        ("n_permutations", n_permutations, 0),
    ):
        whole(name, value, least)
    try:
        draws = check_random_state(random_state)
    except ValueError as problem:
        raise no_seed(random_state, "a RandomState") from problem
    return Precision(level, int(floor), int(n_bootstrap), int(n_permutations), draws)


def check_threshold(threshold: Any) -> None:
    """Refuse what is no score from which a decision is yes.

    >>> check_threshold(0.5)
    """
    if not is_number(threshold) or not 0 < threshold <= 1:
        raise ParameterError(f"threshold is {threshold!r}. Give a probability above 0 and at most 1.")


def chosen(metrics: Sequence[Metric], names: Sequence[str] | None) -> list[Metric]:
    """The metrics asked for; all of them where none is named."""
    asked = names_of(names)
    if asked is None:
        return list(metrics)
    by_name = {metric.name: metric for metric in metrics}
    unknown = [name for name in asked if name not in by_name]
    if unknown:
        raise UnknownNameError(
            f"metrics has {some(map(repr, unknown))}, which this audit does not have for what it was given. "
            f"There are: {', '.join(by_name)}."
        )
    return [by_name[name] for name in asked]


def names_of(metrics: Any) -> list[str] | None:
    """The names of the metrics asked for, of which one may stand alone; None for all of them."""
    if metrics is None or isinstance(metrics, str):
        return None if metrics is None else [metrics]
    if not isinstance(metrics, Iterable):
        raise ParameterError(f"metrics is {metrics!r}. Give a list of names, or None for all of them.")
    return list(metrics)


def report(
    subject: str,
    parts: Sequence[tuple[Attribute, Sequence[Metric]]],
    how: Precision,
    *,
    further: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], []),
    warnings: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> FairnessReport:
    """Compare groups on metrics, attribute by attribute, and say what came out."""
    rows, gaps, said = [], [], list(warnings)
    for attribute, metrics in parts:
        some_rows, some_gaps = compare(attribute, metrics, how)
        rows += some_rows
        gaps += some_gaps
        said += _small(attribute.name, some_rows, how.floor)
    rows, gaps = rows + further[0], gaps + further[1]
    if not rows:
        raise DataError(f"The audit of {subject} has nothing to measure.")
    table = pd.DataFrame(gaps, columns=[name for name in GAPS if name != "gap_p_holm"])
    table["gap_p_holm"] = holm(table["gap_p_value"].to_numpy(float))
    table["below_four_fifths"] = (
        table["below_four_fifths"].astype(object).where(table["below_four_fifths"].notna(), None)
    )
    made = [
        f"Intervals of {how.level:.0%}: {how.n_bootstrap:,} bootstrap draws of customers within each group; shares of "
        "customers by Jeffreys' interval. Gaps are between the two groups farthest apart, with intervals simultaneous "
        "over all pairs. p-values by studentised permutation of the groups' labels over customers, or, with more than "
        f"{PERMUTED_UP_TO:,} customers, by the bootstrap.",
        f"Gaps leave out groups of fewer than {how.floor} customers where at least two larger ones remain.",
    ]
    if table["below_four_fifths"].notna().any():
        made.append(FOUR_FIFTHS)
    return FairnessReport(
        subject,
        pd.DataFrame(rows, columns=list(BY_GROUP)),
        table[list(GAPS)],
        tuple(dict.fromkeys(said)),
        (*made, *notes),
        how.level,
        how.floor,
    )


def _small(attribute: str, rows: list[dict[str, Any]], floor: int) -> list[str]:
    found: dict[str, dict[int, list[str]]] = {}
    for row in rows:
        if row["small"]:
            found.setdefault(row["group"], {}).setdefault(row["n"], []).append(row["metric"])
    n_metrics = len({row["metric"] for row in rows})
    said = []
    for group, by_n in found.items():
        for n, metrics in by_n.items():
            what = "" if len(metrics) == n_metrics else f" behind {some(metrics, 4)}"
            said.append(
                f"{attribute}: {group} has {n} customers{what}, fewer than {floor}; its numbers are shown, and "
                "say little."
            )
    return said
