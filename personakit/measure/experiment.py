"""Experiments: arms compared with intervals, sharpened by what was known before, checked for a broken assignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from personakit.errors import DataError, ParameterError, UnknownNameError, some

__all__ = ["Comparison", "compare_arms", "sample_ratio_p_value"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """What an experiment found.

    Attributes
    ----------
    table : DataFrame
        One row an arm and metric: metric, arm, customers, mean, mean_low, mean_high, difference, low, high (against
        the baseline, in the metric's unit), relative (difference as a share of the baseline's mean), p_value (of no
        difference, two-sided). The baseline's row has missing differences.
    baseline : object
        The arm that the others are compared with.
    confidence : float
        Coverage of the intervals.
    sample_ratio_p_value : float
        How likely arm sizes at least this uneven are when the assignment worked. Below 0.001 something is broken.
    covariate : str or None
        What the means were adjusted for.
    variance_left : dict of metric to float
        The share of the variance that the adjustment left; 1 without one.
    """

    table: pd.DataFrame
    baseline: Any
    confidence: float
    sample_ratio_p_value: float
    covariate: str | None
    variance_left: dict[str, float]

    @property
    def sound(self) -> bool:
        """Whether the arm sizes are those that were planned (sample ratio test at 0.001)."""
        return self.sample_ratio_p_value >= 0.001


def compare_arms(
    outcomes: pd.DataFrame,
    arm: str | pd.Series = "arm",
    *,
    metric: str | list[str],
    baseline: Any = None,
    covariate: str | None = None,
    shares: Mapping[Any, float] | None = None,
    confidence: float = 0.95,
) -> Comparison:
    """Compare the arms of an experiment: mean outcome a customer, difference from the baseline, interval.

    Differences are those of Welch, which do not take equal variances for granted. With a `covariate` from before the
    experiment they are CUPED-adjusted: what the covariate predicts is taken off each outcome, which narrows the
    interval without bias because chance alone decided on the arms.

    Parameters
    ----------
    outcomes : DataFrame of shape (n_customers, ...)
        One row a customer, those who did nothing (outcome 0) included.
    arm : str or Series, default "arm"
        The column with the arm, or a Series by customer_id such as `assign` returns.
    metric : str or list of str
        The outcome column or columns.
    baseline : arm, default the first (the first category, else the first in sorted order)
        The arm that the others are compared with.
    covariate : str, optional
        A column known before the experiment began, e.g. spend in the months before.
    shares : mapping of arm to share, optional
        The planned arm sizes, for the sample ratio test. Equal by default.
    confidence : float in (0, 1), default 0.95
        Coverage of each interval. Intervals of several arms or metrics are not corrected for their number.

    Raises
    ------
    UnknownNameError
        A column or the baseline does not exist.
    DataError
        A customer has no arm or no outcome, or an arm has fewer than two customers.

    References
    ----------
    B. L. Welch (1947), Biometrika 34; A. Deng, Y. Xu, R. Kohavi and T. Walker (2013), "Improving the sensitivity of
    online controlled experiments by utilizing pre-experiment data", WSDM; A. Fabijan and others (2019), "Diagnosing
    sample ratio mismatch in online controlled experiments", KDD.

    Examples
    --------
    >>> outcomes = pd.DataFrame({"arm": ["a"] * 4 + ["b"] * 4, "revenue": [1.0, 2, 3, 4, 3, 4, 5, 6]})
    >>> result = compare_arms(outcomes, metric="revenue", baseline="a")
    >>> result.table.loc[1, ["mean", "difference", "low", "high"]].astype(float).round(2).tolist()
    [4.5, 2.0, -0.23, 4.23]
    """
    if not 0 < confidence < 1:
        raise ParameterError(f"compare_arms(confidence={confidence}): give a share between 0 and 1, such as 0.95.")
    metrics = [metric] if isinstance(metric, str) else list(metric)
    arms = _arms_of(outcomes, arm)
    for column in [*metrics, *([covariate] if covariate else [])]:
        _check_numbers(outcomes, column)
    names = list(arms.cat.categories) if isinstance(arms.dtype, pd.CategoricalDtype) else sorted(arms.unique())
    baseline = names[0] if baseline is None else baseline
    if baseline not in names:
        raise UnknownNameError(f"There is no arm {baseline!r} to compare with; the arms are {some(names, 8)}.")
    members = {name: (arms == name).to_numpy() for name in names}
    small = [name for name in names if members[name].sum() < 2]
    if small:
        raise DataError(f"outcomes: arm {some(small)} has fewer than 2 customers, too few for an interval.")
    rows, left = [], {}
    for column in metrics:
        values = outcomes[column].to_numpy(dtype=float)
        raw = sum(values[mask].var() * mask.sum() for mask in members.values())
        if covariate:
            values = _cuped(values, outcomes[covariate].to_numpy(dtype=float), list(members.values()))
        adjusted = sum(values[mask].var() * mask.sum() for mask in members.values())
        left[column] = float(adjusted / raw) if raw > 0 else 1.0
        for name in names:
            rows.append(
                _row(column, name, values[members[name]], values[members[baseline]], name == baseline, confidence)
            )
    sizes = {name: int(mask.sum()) for name, mask in members.items()}
    return Comparison(pd.DataFrame(rows), baseline, confidence, sample_ratio_p_value(sizes, shares), covariate, left)


def sample_ratio_p_value(sizes: Mapping[Any, int], shares: Mapping[Any, float] | None = None) -> float:
    """How likely arm sizes at least this uneven are, if the assignment was as planned (chi-square test).

    Parameters
    ----------
    sizes : mapping of arm to number of customers
    shares : mapping of arm to planned share, optional
        Equal by default; need not add up to 1.

    Examples
    --------
    >>> round(sample_ratio_p_value({"control": 5000, "offer": 5000}), 3)
    1.0
    >>> sample_ratio_p_value({"control": 5000, "offer": 4600}) < 0.001
    True
    """
    planned = dict.fromkeys(sizes, 1.0) if shares is None else dict(shares)
    if set(planned) != set(sizes):
        raise UnknownNameError(
            f"shares are given for {some(sorted(map(str, planned)), 8)}, but the arms are "
            f"{some(sorted(map(str, sizes)), 8)}."
        )
    seen = np.array([sizes[name] for name in sizes], dtype=float)
    share = np.array([planned[name] for name in sizes], dtype=float)
    return float(stats.chisquare(seen, share / share.sum() * seen.sum()).pvalue)


def _row(metric: str, arm: Any, values: Floats, base: Floats, is_base: bool, confidence: float) -> dict[str, Any]:
    mean, error = values.mean(), values.std(ddof=1) / np.sqrt(len(values))
    reach = error * stats.t.ppf((1 + confidence) / 2, len(values) - 1)
    row = {
        "metric": metric, "arm": arm, "customers": len(values),
        "mean": mean, "mean_low": mean - reach, "mean_high": mean + reach,
        "difference": np.nan, "low": np.nan, "high": np.nan, "relative": np.nan, "p_value": np.nan,
    }  # fmt: skip
    if is_base:
        return row
    # Welch by hand: scipy's returns NaN where both arms are constant, and 0 +- 0 is the right answer there.
    parts = values.var(ddof=1) / len(values), base.var(ddof=1) / len(base)
    spread = float(np.sqrt(sum(parts)))
    difference = mean - base.mean()
    row["difference"] = row["low"] = row["high"] = difference
    row["p_value"] = float(difference == 0)
    if spread > 0:
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(values) - 1) + parts[1] ** 2 / (len(base) - 1))
        reach = spread * stats.t.ppf((1 + confidence) / 2, freedom)
        row["low"], row["high"] = difference - reach, difference + reach
        row["p_value"] = float(2 * stats.t.sf(abs(difference) / spread, freedom))
    row["relative"] = difference / base.mean() if base.mean() else np.nan
    return row


def _cuped(values: Floats, covariate: Floats, members: list[NDArray[np.bool_]]) -> Floats:
    """Outcomes less what the covariate predicts, by one slope from within the arms.

    A slope over everybody would mix the effect itself into the adjustment when arms differ in the covariate by chance.
    """
    covariance = sum(float(np.cov(values[mask], covariate[mask])[0, 1]) * (mask.sum() - 1) for mask in members)
    variance = sum(float(covariate[mask].var(ddof=1)) * (mask.sum() - 1) for mask in members)
    if variance == 0:
        return values
    return values - covariance / variance * (covariate - covariate[np.logical_or.reduce(members)].mean())


def _arms_of(outcomes: pd.DataFrame, arm: str | pd.Series) -> pd.Series:
    if isinstance(arm, str):
        if arm not in outcomes.columns:
            raise UnknownNameError(
                f"outcomes has no column {arm!r} with the arms (it has {some(outcomes.columns, 8)})."
            )
        arms = outcomes[arm]
    else:
        ids = outcomes["customer_id"] if "customer_id" in outcomes.columns else outcomes.index
        arms = pd.Series(arm.reindex(ids).array, index=outcomes.index)
    missing = arms.isna()
    if missing.any():
        which = outcomes["customer_id"] if "customer_id" in outcomes.columns else outcomes.index.to_series()
        raise DataError(
            f"outcomes: {int(missing.sum())} customers have no arm ({some(which[missing])}). Leave out who was not "
            "part of the experiment, and nobody else."
        )
    return arms.cat.remove_unused_categories() if isinstance(arms.dtype, pd.CategoricalDtype) else arms


def _check_numbers(outcomes: pd.DataFrame, column: str) -> None:
    if column not in outcomes.columns:
        raise UnknownNameError(f"outcomes has no column {column!r} (it has {some(outcomes.columns, 8)}).")
    bad = ~np.isfinite(pd.to_numeric(outcomes[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan))
    if bad.any():
        raise DataError(
            f"outcomes.{column} is missing or not a number in {int(bad.sum())} rows "
            f"(rows {some(np.flatnonzero(bad))}). A customer who did nothing has outcome 0, not a missing one: fill "
            "these in, do not drop them."
        )
