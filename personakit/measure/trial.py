"""What came out of trying slates out: a table, its words for people, and who gains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from personakit.errors import UnknownNameError, some
from personakit.measure.experiment import Comparison

__all__ = ["Trial", "mean_interval"]


@dataclass(frozen=True)
class Trial:
    """What came out of trying slates.

    Attributes
    ----------
    table : DataFrame
        One row an arm: arm, customers, mean, mean_low, mean_high, gain, gain_low, gain_high (difference from the
        baseline; missing in its own row), truth (the exact expectation if every customer were in that arm),
        share_of_best. What nobody can know is missing.
    outcomes : DataFrame
        One row a customer who was measured, and what she did; of a held-out trial the same as `each`.
    each : DataFrame, index customer_id
        One column an arm: what this customer is worth in it. In the world the exact expectation, which no experiment
        can show for one person; held out, the measure itself.
    measure : str
        What is measured, with its unit.
    baseline : str
        The arm that gains are counted from.
    best : float
        What the best possible slates would give, in the unit of the measure.
    design : str
        How it was measured, and what that cannot tell.
    comparison : Comparison or None
        The experiment behind it, with its sample ratio test; None where nothing was randomised.
    """

    table: pd.DataFrame
    outcomes: pd.DataFrame
    each: pd.DataFrame
    measure: str
    baseline: str
    best: float
    design: str
    comparison: Comparison | None = None

    def gain_by(self, groups: pd.Series, arm: str) -> pd.DataFrame:
        """Who gains by an arm over the baseline: the mean gain of each group of customers.

        Parameters
        ----------
        groups : Series by customer_id
            Each customer's group; a categorical keeps its order. Customers without one are left out.
        arm : str

        Returns
        -------
        DataFrame[group, customers, mean, low, high], with 95 % intervals for the mean of such customers.
        """
        if arm not in self.each.columns:
            raise UnknownNameError(f"There is no arm {arm!r}; the arms are {some(self.each.columns, 8)}.")
        gain = self.each[arm] - self.each[self.baseline]
        own = groups.reindex(gain.index)
        rows = [
            (str(group), len(values), *mean_interval(values))
            for group, values in gain.groupby(own, observed=True)
            if len(values) > 1
        ]
        return pd.DataFrame(rows, columns=["group", "customers", "mean", "low", "high"])

    def summary(self, labels: Mapping[str, str] | None = None) -> pd.DataFrame:
        """The table for people: rounded, 95 % intervals in brackets, "unknown" where nobody can know.

        Returns
        -------
        DataFrame of strings, index slate (the arm, or its label), columns mean, gain, truth, of best.
        """
        digits = 2 if self.best > 2 else 3
        rows = {}
        for row in self.table.to_dict("records"):
            span, reach = (
                f"[{row[name + '_low']:.{digits}f}, {row[name + '_high']:.{digits}f}]" for name in ("mean", "gain")
            )
            rows[(labels or {}).get(row["arm"], row["arm"])] = {
                "mean": f"{row['mean']:.{digits}f} {span}",
                "gain": "baseline" if row["arm"] == self.baseline else f"{row['gain']:+.{digits}f} {reach}",
                "truth": "unknown" if pd.isna(row["truth"]) else f"{row['truth']:.{digits}f}",
                "of best": f"{row['share_of_best']:.0%}",
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("slate")


def mean_interval(values: Iterable[float]) -> tuple[float, float, float]:
    """The mean of at least two values and its 95 % interval (Student's t).

    >>> mean_interval([1.0, 3.0])[0]
    2.0
    """
    numbers = np.asarray(list(values), dtype=float)
    reach = numbers.std(ddof=1) / np.sqrt(len(numbers)) * stats.t.ppf(0.975, len(numbers) - 1)
    return float(numbers.mean()), float(numbers.mean() - reach), float(numbers.mean() + reach)
