"""Who moved between segments from one day to a later one, and whether more went one way than back."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from personakit.privacy.fairness.estimates import holm
from personakit.privacy.settings import check_between
from personakit.segment.membership import segments_by_customer

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["GONE", "NEW", "Migration", "migration"]

NEW, GONE = "(new)", "(gone)"
"""Where customers come from who were in no segment before, and where those go who are in none afterwards."""


@dataclass(frozen=True)
class Migration:
    """Moves between segments.

    Attributes
    ----------
    counts : DataFrame
        Customers by segment before (rows, the last is `NEW`) and after (columns, the last is `GONE`).
    flows : DataFrame
        One row a cell with customers: before, after, customers, share (of those who were in that segment before), low,
        high (Jeffreys' interval).
    net : DataFrame, index segment
        before, after (customers), moved_in, moved_out (from and to other segments), net (moved_in - moved_out), low,
        high (interval of net for customers like these), joined, left (new and gone).
    pairs : DataFrame
        One row a pair of segments: first, second, first_to_second, second_to_first, p_value (McNemar, exact), p_holm.
    chi2, df, p_value : float, int, float
        Bowker's test that as many move from each segment to each other as back.
    level : float
    """

    counts: pd.DataFrame
    flows: pd.DataFrame
    net: pd.DataFrame
    pairs: pd.DataFrame
    chi2: float
    df: int
    p_value: float
    level: float = 0.95

    @property
    def stayed(self) -> float:
        """The share of the customers known on both days who are in the same segment; missing if there are none."""
        inner = self.counts.iloc[:-1, :-1].to_numpy()
        return float(np.trace(inner) / inner.sum()) if inner.sum() else float("nan")

    @property
    def verdict(self) -> str:
        """The finding in words."""
        both = int(self.counts.iloc[:-1, :-1].to_numpy().sum())
        clear = self.pairs[self.pairs["p_holm"] < 1 - self.level].sort_values("p_holm", kind="stable")
        if self.p_value < 1 - self.level:
            asymmetry = f"Moves do not balance (Bowker: chi2 {self.chi2:.1f}, {self.df} df, p {self.p_value:.2g})."
        else:
            asymmetry = f"No sign that moves do not balance (Bowker: p {self.p_value:.2f})."
        moves = []
        for row in clear.head(3).to_dict("records"):
            there, back = row["first_to_second"], row["second_to_first"]
            ends = (row["first"], row["second"]) if there >= back else (row["second"], row["first"])
            moves.append(f"From {ends[0]} to {ends[1]} went {max(there, back):,}, back {min(there, back):,}.")
        stayed = f"Of {both:,} customers known on both days, {self.stayed:.0%} stayed in their segment." if both else ""
        joined, gone = int(self.net["joined"].sum()), int(self.net["left"].sum())
        return " ".join(part for part in (stayed, f"{joined:,} are new and {gone:,} gone.", asymmetry, *moves) if part)

    def plot(self, title: str | None = None) -> Picture:
        """The flows from the segments before to those after."""
        plots = importlib.import_module("personakit.notebook.segment_study_plots")
        picture: Picture = plots.plot_migration(self, title)
        return picture

    def __repr__(self) -> str:
        return f"Migration({self.verdict})"


def migration(before: pd.Series, after: pd.Series, *, level: float = 0.95) -> Migration:
    """Compare the segments of two days; both must come from the same fitted segmentation, or names mean two things.

    Parameters
    ----------
    before, after : Series, index customer_id
        The segment of each customer, as `predict` of a segmentation gives it. Who is in one of them only, or has a
        missing segment there, is new or gone.
    level : float, default 0.95
        Of intervals, and 1 - level of tests.

    Raises
    ------
    DataError
        No Series, nobody in one of them, or a customer twice.

    References
    ----------
    A. H. Bowker (1948), "A test for symmetry in contingency tables", JASA 43; Q. McNemar (1947), Psychometrika 12, with
    the exact binomial; Holm's correction over pairs; Jeffreys' intervals as in Brown, Cai and DasGupta (2001).

    Examples
    --------
    >>> before = pd.Series(["loyal", "loyal", "new"], index=pd.Index([1, 2, 3], name="customer_id"))
    >>> after = pd.Series(["loyal", "lost", "new"], index=pd.Index([1, 2, 4], name="customer_id"))
    >>> migration(before, after).counts.loc["loyal"].to_dict()
    {'loyal': 1, 'new': 0, 'lost': 1, '(gone)': 0}
    """
    check_between("level", level)
    first, second = segments_by_customer(before, "before"), segments_by_customer(after, "after")
    names = _names(first, second)
    ids = first.index.union(second.index, sort=False)
    size = len(names)
    places = [pd.Index(names, dtype=object).get_indexer(side.reindex(ids).astype(object)) for side in (first, second)]
    rows, columns = (np.where(place < 0, size, place) for place in places)
    table = np.zeros((size + 1, size + 1), dtype=int)
    np.add.at(table, (rows, columns), 1)
    counts = pd.DataFrame(
        table, index=pd.Index([*names, NEW], name="before"), columns=pd.Index([*names, GONE], name="after")
    )
    inner = table[:-1, :-1]
    pairs = _pairs(inner, names)
    moved = pairs["first_to_second"] + pairs["second_to_first"]
    part = ((pairs["first_to_second"] - pairs["second_to_first"]) ** 2 / moved.where(moved > 0)).dropna()
    chi2, df = float(part.sum()), len(part)
    return Migration(
        counts, _flows(counts, level), _net(table, names, level), pairs, chi2, df,
        float(stats.chi2.sf(chi2, df)) if df else 1.0, level,
    )  # fmt: skip


def _names(first: pd.Series, second: pd.Series) -> list[Any]:
    """Segments in the order of their categories, else of their names; those of `before` come first."""
    names: list[Any] = []
    for side in (first, second):
        found = list(side.unique())
        if isinstance(side.dtype, pd.CategoricalDtype):
            ordered = [each for each in side.cat.categories if each in set(found)]
        else:
            ordered = sorted(found, key=lambda each: (isinstance(each, str), each))
        names += [each for each in ordered if each not in names]
    return names


def _pairs(inner: np.ndarray, names: list[Any]) -> pd.DataFrame:
    rows = []
    for i, j in combinations(range(len(names)), 2):
        there, back = int(inner[i, j]), int(inner[j, i])
        p_value = stats.binomtest(there, there + back).pvalue if there + back else np.nan
        rows.append((names[i], names[j], there, back, float(p_value)))
    table = pd.DataFrame(rows, columns=["first", "second", "first_to_second", "second_to_first", "p_value"])
    table["p_holm"] = holm(table["p_value"].to_numpy(float))
    return table


def _flows(counts: pd.DataFrame, level: float) -> pd.DataFrame:
    table = counts.to_numpy()
    rows, columns = np.nonzero(table)
    found, total = table[rows, columns], table.sum(axis=1)[rows]
    low, high = stats.beta.interval(level, found + 0.5, total - found + 0.5)
    return pd.DataFrame(
        {
            "before": counts.index.to_numpy(object)[rows],
            "after": counts.columns.to_numpy(object)[columns],
            "customers": found,
            "share": found / total,
            "low": np.where(found == 0, 0.0, low),
            "high": np.where(found == total, 1.0, high),
        }
    )


def _net(table: np.ndarray, names: list[Any], level: float) -> pd.DataFrame:
    inner = table[:-1, :-1]
    stay, both = np.diag(inner), inner.sum()
    moved_in, moved_out = inner.sum(axis=0) - stay, inner.sum(axis=1) - stay
    net = moved_in - moved_out
    spread = np.sqrt(np.maximum(moved_in + moved_out - net**2 / max(both, 1), 0))  # of a paired difference of counts
    reach = stats.norm.ppf((1 + level) / 2) * spread
    return pd.DataFrame(
        {
            "before": table[:-1].sum(axis=1),
            "after": table[:, :-1].sum(axis=0),
            "moved_in": moved_in,
            "moved_out": moved_out,
            "net": net,
            "low": net - reach,
            "high": net + reach,
            "joined": table[-1, :-1],
            "left": table[:-1, -1],
        },
        index=pd.Index(names, name="segment"),
    )
