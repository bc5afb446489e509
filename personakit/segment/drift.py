"""A drift alarm: which columns of the profiles changed from one day to another by more than sampling noise."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use
from personakit.privacy.settings import check_between, generator_of, whole
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import by_customer
from personakit.segment.membership import segments_by_customer

if TYPE_CHECKING:
    from personakit.notebook.pictures import Picture

__all__ = ["SEGMENT", "Drift", "change_in_words", "drift"]

Floats = NDArray[np.float64]

SEGMENT = "(segment)"
"""The row of the table that compares how many customers are in each segment."""

_BLOCK = 50


@dataclass(frozen=True)
class Drift:
    """What changed between two days.

    Attributes
    ----------
    table : DataFrame, index column, the clearest first
        psi (population stability index), expected (what it would be on average without drift), threshold (what it must
        exceed to raise the alarm, by permutation), p_value (of the column alone), p_adjusted (for all columns), alarm,
        size ("little" below 0.1, "moderate", "large" from 0.25, as credit scoring reads the index), before and after
        (median, or the commonest category with its share), missing_before, missing_after (shares).
    left_out : dict of column to the reason
    n_before, n_after, n_both : int
        Customers on each day, and on both.
    level : float
        1 - level is the chance of any alarm at all where nothing drifts.
    """

    table: pd.DataFrame
    n_before: int
    n_after: int
    n_both: int
    left_out: dict[str, str] = field(default_factory=dict, repr=False)
    level: float = 0.95

    @property
    def alarm(self) -> bool:
        """Whether any column drifted beyond sampling noise."""
        return bool(self.table["alarm"].any())

    @property
    def verdict(self) -> str:
        """The finding in words."""
        clear = self.table[self.table["alarm"]]
        known = f"{self.n_before:,} customers before, {self.n_after:,} after, {self.n_both:,} of them the same"
        if not len(clear):
            first = self.table.iloc[0]
            return (
                f"No drift beyond sampling noise in {len(self.table)} columns ({known}): nearest to its threshold "
                f"comes {first.name} (PSI {first['psi']:.2g}, threshold {first['threshold']:.2g})."
            )
        told = [
            f"{name} (PSI {row['psi']:.2g}, threshold {row['threshold']:.2g}, {row['size']}: {change_in_words(row)})"
            for name, row in clear.head(3).iterrows()
        ]
        more = f", and {len(clear) - 3} more" if len(clear) > 3 else ""
        return f"{len(clear)} of {len(self.table)} columns drifted ({known}): {'; '.join(told)}{more}."

    def plot(self, title: str | None = None) -> Picture:
        """The index of each column beside what noise alone would show."""
        plots = importlib.import_module("personakit.notebook.drift_plots")
        picture: Picture = plots.plot_drift(self, title)
        return picture

    def __repr__(self) -> str:
        return f"Drift({self.verdict})"


def drift(
    before: Any,
    after: Any,
    segments_before: pd.Series | None = None,
    segments_after: pd.Series | None = None,
    *,
    columns: Sequence[str] | None = None,
    leave_out: Sequence[str] = (),
    n_bins: int = 10,
    n_permutations: int = 499,
    level: float = 0.95,
    random_state: Any = 0,
) -> Drift:
    """Compare the profiles of two days column by column, and raise the alarm only beyond sampling noise.

    The population stability index of a column is the sum over its bins of (q - p) ln(q / p), with p and q the shares
    before and after. Bins are quantiles of both days together; categories and missing values are bins of their own, and
    half a customer is added to each bin. How large the index becomes by luck is found by permutation: where the same
    customer is on both days, her two days change places or stay; the other customers change days among themselves. So
    the chance of a false alarm in any column is 1 - level at most, whatever the distributions and however the columns
    depend on each other (step-down max-T).

    Counts that only grow (tenure_days, frequency of the same customers) differ between two days by construction: leave
    them out, or compare customers who had been there for as long.

    Parameters
    ----------
    before, after : DataFrame of shape (n_customers, ...) or what a consent gate returned
        Profiles of two days, with the same columns. Dates become days before the day of their own profiles.
    segments_before, segments_after : Series by customer_id, optional
        The segments of these customers on each day: how many are in which is compared in the row `SEGMENT`.
    columns, leave_out : sequence of str
        As in `ProfileEncoder`.
    n_bins : int, default 10
        Bins of a number; fewer where many customers have the same value.
    n_permutations : int, default 499
        At least 1 / (1 - level) - 1, or there could be no alarm.
    level : float, default 0.95
    random_state : int, Generator, RandomState or None, default 0

    Raises
    ------
    DataError
        A column is on one day only, segments of one day only or without anybody; or as in `ProfileEncoder` (nobody,
        a customer twice, infinite values, no column in which customers differ).
    ParameterError
        Too few permutations for the level.
    ConsentError
        The two days were released for different purposes.

    References
    ----------
    N. Siddiqi (2006), "Credit Risk Scorecards", for the index; B. Yurdakul and J. Naranjo (2020), "Statistical
    properties of the population stability index", on why fixed thresholds mislead; P. Westfall and S. Young (1993),
    "Resampling-Based Multiple Testing", algorithm 4.1 (step-down max-T).

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> then = pd.DataFrame({"customer_id": range(200), "visits": draws.poisson(4, 200), "age": draws.normal(size=200)})
    >>> now = then.assign(visits=draws.poisson(6, 200), customer_id=range(200, 400))
    >>> drift(then, now).table["alarm"].to_dict()
    {'visits': True, 'age': False}
    """
    whole("n_bins", n_bins, 2, where="drift")
    whole("n_permutations", n_permutations, 1, where="drift")
    check_between("level", level)
    most = int((1 - level) * (n_permutations + 1) + 1e-9)
    if most < 1:
        raise ParameterError(
            f"drift(n_permutations={n_permutations}): with level={level:g} no result could be an alarm. Give at least "
            f"{int(np.ceil(1 / (1 - level) - 1e-9)) - 1}."
        )
    first, second = by_customer(before, "before"), by_customer(after, "after")
    check_use(before, after)
    encoder, values = _encoded(first, second, columns, leave_out)
    codes = {name: _bins(values[:, place], n_bins) for place, name in enumerate(encoder.sources_)}
    kinds = {str(name): str(kind) for name, kind in encoder.kinds_.items()}
    if (labels := _segments(segments_before, segments_after, first.index, second.index)) is not None:
        codes[SEGMENT] = pd.factorize(labels)[0]
        kinds[SEGMENT] = "segment"
    twins = second.index.get_indexer(first.index)
    statistics = _statistics(codes, len(first), twins, n_permutations, generator_of(random_state))
    table = _tested(statistics, list(codes), most)
    known = {name: values[:, place] for place, name in enumerate(encoder.sources_)}
    parts = [
        _told(name, kinds[name], labels if name == SEGMENT else known[name], len(first), encoder)
        for name in table.index
    ]
    table[["before", "after", "missing_before", "missing_after"]] = pd.DataFrame(parts, index=table.index, dtype=object)
    table[["missing_before", "missing_after"]] = table[["missing_before", "missing_after"]].astype(float)
    return Drift(table, len(first), len(second), int((twins >= 0).sum()), dict(encoder.left_out_), level)


def change_in_words(row: Any) -> str:
    """What a row of the table says a column was before and after; how many have none where that is what changed.

    >>> change_in_words({"before": "0", "after": "0", "missing_before": 0.25, "missing_after": 0.5})
    'missing for 25.0% → 50.0%'
    """
    if row["before"] == row["after"] and row["missing_before"] != row["missing_after"]:
        return f"missing for {row['missing_before']:.1%} → {row['missing_after']:.1%}"
    return f"{row['before']} → {row['after']}"


def _encoded(
    first: pd.DataFrame, second: pd.DataFrame, columns: Sequence[str] | None, leave_out: Sequence[str]
) -> tuple[ProfileEncoder, Floats]:
    for one, other, here, there in ((first, second, "before", "after"), (second, first, "after", "before")):
        if absent := [name for name in one.columns if name not in other.columns and (not columns or name in columns)]:
            raise DataError(
                f"{here} has the column {some(map(repr, absent))} and {there} has not. Give profiles with the same "
                "columns, or name those to compare in columns=."
            )
    both = [frame[[name for name in first.columns if name in second.columns]] for frame in (first, second)]
    together = pd.concat(both, ignore_index=True)
    together.attrs = {}
    encoder = ProfileEncoder(columns, leave_out).fit(together)
    return encoder, np.concatenate([encoder.transform(frame) for frame in both])


def _bins(column: Floats, n_bins: int) -> NDArray[np.int64]:
    """The bin of each value: quantiles of all, or a bin for each value where there are few; gaps are the last."""
    known = np.isfinite(column)
    different = np.unique(column[known])
    if len(different) > n_bins:
        cuts = np.unique(np.quantile(column[known], np.arange(1, n_bins) / n_bins, method="inverted_cdf"))
    else:
        cuts = different
    place = np.searchsorted(cuts, column, side="left")
    return pd.factorize(np.where(known, place, len(cuts) + 1), sort=True)[0].astype(np.int64)


def _statistics(
    codes: dict[str, NDArray[Any]], n_first: int, twins: NDArray[np.intp], n: int, draws: np.random.Generator | None
) -> Floats:
    """The index of each column: of the data in the first row, of each permutation below."""
    widths = np.array([each.max() + 1 for each in codes.values()])
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    cells = np.column_stack([each + start for each, start in zip(codes.values(), starts, strict=True)])
    rows = np.repeat(np.arange(len(cells)), cells.shape[1])
    member = csr_array((np.ones(cells.size), (rows, cells.ravel())), shape=(len(cells), int(widths.sum())))
    total = np.asarray(member.sum(axis=0)).ravel()
    found = []
    for late in _days(len(cells), n_first, twins, n, draws or np.random.default_rng()):
        after = np.asarray((member.T @ late.T).T)
        n_after = late.sum(axis=1, keepdims=True)
        spread = 0.5 * np.repeat(widths, widths)
        q = (after + 0.5) / (n_after + spread)
        p = (total - after + 0.5) / (len(cells) - n_after + spread)
        found.append(np.add.reduceat((q - p) * np.log(q / p), starts, axis=1))
    return np.concatenate(found)


def _days(
    n_rows: int, n_first: int, twins: NDArray[np.intp], n: int, draws: np.random.Generator
) -> Iterator[NDArray[np.float64]]:
    """Which rows count as after, in blocks of permutations; the first is the truth."""
    true = (np.arange(n_rows) >= n_first).astype(float)
    both = np.flatnonzero(twins >= 0)
    partner = n_first + twins[both]
    alone = np.setdiff1d(np.arange(n_rows), np.concatenate([both, partner]))
    yield true[None, :]
    for start in range(0, n, _BLOCK):
        late = np.tile(true, (min(_BLOCK, n - start), 1))
        swapped = draws.integers(0, 2, (len(late), len(both))).astype(float)
        late[:, both], late[:, partner] = swapped, 1 - swapped
        late[:, alone] = draws.permuted(late[:, alone], axis=1)
        yield late


def _tested(statistics: Floats, names: Sequence[str], most: int) -> pd.DataFrame:
    """Step-down max-T on indices that are standardised by what all permutations show, the data among them."""
    centre, spread = statistics.mean(axis=0), statistics.std(axis=0)
    scores = (statistics - centre) / np.where(spread > 0, spread, 1)
    order = np.argsort(-scores[0], kind="stable")
    # In each step, the largest score of this column and of those that are less clear.
    largest = np.maximum.accumulate(scores[:, order[::-1]], axis=1)[:, ::-1]
    reached = (largest >= scores[0, order] - 1e-12).mean(axis=0)  # the data reaches itself
    adjusted = np.maximum.accumulate(reached)
    bar = np.sort(largest, axis=0)[-most - 1] if most < len(largest) else largest.min(axis=0)
    psi = statistics[0, order]
    table = pd.DataFrame(
        {
            "psi": psi,
            "expected": statistics[1:].mean(axis=0)[order],
            "threshold": centre[order] + bar * spread[order],
            "p_value": (scores[:, order] >= scores[0, order] - 1e-12).mean(axis=0),
            "p_adjusted": adjusted,
            "alarm": adjusted <= most / len(statistics) + 1e-12,
            "size": np.select([psi < 0.1, psi < 0.25], ["little", "moderate"], "large"),
        },
        index=pd.Index([names[place] for place in order], name="column"),
    )
    return table


def _told(name: str, kind: str, values: Any, n_first: int, encoder: ProfileEncoder) -> dict[str, Any]:
    """What a column was on each day: its median, or the commonest category with its share."""
    told: dict[str, Any] = {}
    for day, part in (("before", values[:n_first]), ("after", values[n_first:])):
        known = part[pd.notna(part)]
        told[f"missing_{day}"] = 1 - len(known) / len(part)
        if not len(known):
            told[day] = "missing"
        elif kind in ("category", "segment"):
            counts = pd.Series(known).value_counts()
            first = counts.index[0] if kind == "segment" else encoder.categories_[name][int(counts.index[0])]
            told[day] = f"{first} {counts.iloc[0] / len(part):.0%}"
        else:
            told[day] = f"{np.median(known):.4g}"
    return {each: told[each] for each in ("before", "after", "missing_before", "missing_after")}


def _segments(before: Any, after: Any, first: pd.Index, second: pd.Index) -> NDArray[np.object_] | None:
    if before is None and after is None:
        return None
    parts = []
    for name, segments, ids in (("segments_before", before, first), ("segments_after", after, second)):
        found = segments_by_customer(segments, name).astype(object).reindex(ids)
        if found.isna().all():
            raise DataError(f"{name} has none of the customers of its day. Its index must be customer_id.")
        parts.append(found.where(found.notna(), None).to_numpy(dtype=object))
    return np.concatenate(parts)
