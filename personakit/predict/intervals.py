"""Conformal intervals: bounds that hold in the stated share of cases, whatever the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.pipeline import Pipeline

from personakit.errors import DataError, some
from personakit.predict.pipelines import boosted
from personakit.privacy.settings import check_between

__all__ = ["ConformalQuantiles", "interval_coverage"]

Floats = NDArray[np.float64]
BLOCK = 4_000_000  # numbers in memory at once
NEAR = 0.1
"""So near the floor, as a part of the way to the median of those above it, a lower bound is taken to be the floor."""


class ConformalQuantiles:
    """Conformalised quantile regression, cross-fitted (CV+).

    In each fold, boosted quantile regressions of the other folds give bounds, and each left-out row says by how much
    they would have had to be wider. A new row's bound is a quantile over all rows of the bounds by that row's models,
    widened by what that row says. Coverage is at least 1 - 2 (1 - coverage) whatever the data, and `coverage` in
    practice, on average over customers like those learnt from.

    Amounts are put on the scale of arcsinh(y / s), s the median of those that are not 0, which is logarithmic for
    large amounts and takes 0 and returns; quantiles pass through it unchanged, and widening becomes proportional.

    Where many amounts are exactly the least one (0 spent), no lower bound can fail for them, and the usual symmetric
    intervals would cover too often, all errors being at the top. So for rows whose lower quantile is this floor the
    interval is one-sided, from the floor to the upper quantile of level `coverage`, and the floor counts as covered
    before anything else. If more than `coverage` of all amounts are the floor, coverage is higher than stated: no
    interval that holds the floor can have less.

    References
    ----------
    Y. Romano, E. Patterson and E. J. Candès (2019), "Conformalized quantile regression", NeurIPS; R. F. Barber,
    E. J. Candès, A. Ramdas and R. J. Tibshirani (2021), "Predictive inference with the jackknife+", Annals of
    Statistics 49(1); C. Gupta, A. K. Kuchibhotla and A. Ramdas (2022), "Nested conformal prediction and quantile
    out-of-bag ensemble methods", Pattern Recognition 127.
    """

    def __init__(self, coverage: float, max_iter: int, random_state: int) -> None:
        self.coverage = coverage
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, rows: pd.DataFrame, y: Floats, folds: Sequence[NDArray[np.intp]]) -> ConformalQuantiles:
        """Learn from profiles and amounts; `folds` says which rows are held out together."""
        above = np.abs(y[y != 0])
        self.scale_ = float(np.median(above)) if len(above) else 1.0
        t = np.arcsinh(y / self.scale_)
        miss = 1 - self.coverage
        at_floor = t == t.min()
        self.floor_ = float(t.min()) if miss / 2 < at_floor.mean() < 1 else None
        self.near_ = NEAR * float(np.median(t[~at_floor]) - t.min()) if self.floor_ is not None else 0.0
        levels = (miss / 2, 1 - miss / 2) + (() if self.floor_ is None else (self.coverage,))
        self.models_: list[list[Pipeline]] = []
        self.scores_: list[Floats] = []
        for held in folds:
            seen = np.setdiff1d(np.arange(len(t)), held)
            models = [self._quantile(rows.iloc[seen], t[seen], level) for level in levels]
            low, high = self._bounds(models, rows.iloc[held])
            self.models_.append(models)
            self.scores_.append(self._scores(t[held], low, high))
        return self

    def bounds(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """The lower and the upper bound of each row; infinite where there were too few rows to say."""
        n = sum(map(len, self.scores_))
        rank = int(np.ceil(self.coverage * (n + 1)))
        ends = [self._bounds(models, rows) for models in self.models_]
        floor = -np.inf if self.floor_ is None else self.floor_
        low, high = np.full(len(rows), floor), np.full(len(rows), np.inf)
        if rank <= n:
            size = max(1, BLOCK // n)
            for start in range(0, len(rows), size):
                part = slice(start, start + size)
                pairs = list(zip(ends, self.scores_, strict=True))
                up = np.concatenate([each[1][part, None] + scores for each, scores in pairs], axis=1)
                down = np.concatenate([_less(each[0][part, None], scores) for each, scores in pairs], axis=1)
                high[part] = np.partition(up, rank - 1, axis=1)[:, rank - 1]
                low[part] = np.partition(down, n - rank, axis=1)[:, n - rank]
        low, high = np.maximum(low, floor), np.maximum(high, floor)
        crossed = low > high  # the bounds of the quantile regressions met: one value between them
        middle = (low[crossed] + high[crossed]) / 2
        low[crossed], high[crossed] = middle, middle
        return self.scale_ * np.sinh(low), self.scale_ * np.sinh(high)

    def _quantile(self, rows: pd.DataFrame, t: Floats, level: float) -> Pipeline:
        return boosted(rows, t, "regression", max_iter=self.max_iter, random_state=self.random_state, quantile=level)

    def _bounds(self, models: list[Pipeline], rows: pd.DataFrame) -> tuple[Floats, Floats]:
        low, high = models[0].predict(rows), models[1].predict(rows)
        if self.floor_ is None:
            return low, high
        one_sided = low <= self.floor_ + self.near_
        return np.where(one_sided, -np.inf, low), np.where(one_sided, models[2].predict(rows), high)

    def _scores(self, t: Floats, low: Floats, high: Floats) -> Floats:
        """By how much the bounds would have had to be wider; -inf for a floor that is always inside."""
        wider = np.maximum(low - t, t - high)
        return wider if self.floor_ is None else np.where((t == self.floor_) & np.isneginf(low), -np.inf, wider)


def _less(low: Floats, scores: Floats) -> Floats:
    """low - scores, where a lower bound that is the floor (-inf) stays it even for scores of -inf."""
    return np.where(np.isneginf(low), low, np.where(np.isneginf(low), 0.0, low) - scores)


def interval_coverage(y: Any, intervals: pd.DataFrame, *, groups: Any = None, confidence: float = 0.95) -> pd.DataFrame:
    """In which share of cases intervals held what came, for all and by group.

    Intervals that hold for 90 % of all may hold for 80 % of one group and 95 % of another: on average is no promise to
    anybody in particular.

    Parameters
    ----------
    y : Series or array of shape (n,), what came
    intervals : DataFrame with lower and upper, as `ProfileRegressor.predict_interval` gives
        A Series y about customers is joined by customer_id.
    groups : Series or array of shape (n,), optional
        The group of each row of `intervals`.
    confidence : float, default 0.95

    Returns
    -------
    DataFrame, indexed by group ("all" first)
        n, coverage (share inside, bounds included), low and high (Wilson's interval of it), median_width.

    Raises
    ------
    DataError
        lower or upper is missing, lengths or customers differ, y is missing somewhere.

    Examples
    --------
    >>> found = interval_coverage([1, 5, 9], pd.DataFrame({"lower": [0, 0, 0], "upper": [4, 6, 8]}))
    >>> found.loc["all", ["n", "coverage", "median_width"]].round(2).tolist()
    [3.0, 0.67, 6.0]
    """
    if lacking := [name for name in ("lower", "upper") if name not in intervals]:
        raise DataError(
            f"interval_coverage: intervals has no column {some(lacking)}. Give what predict_interval returns."
        )
    check_between("confidence", confidence)
    if isinstance(y, pd.Series) and "customer_id" in y.index.names and not y.index.equals(intervals.index):
        y = y.reindex(intervals.index)
    came = np.asarray(y, dtype=float)
    if len(came) != len(intervals) or np.isnan(came).any():
        raise DataError(
            f"interval_coverage: y has {len(came)} values, {int(np.isnan(came).sum())} of them missing, for "
            f"{len(intervals)} intervals. Give one value for each."
        )
    lower, upper = intervals["lower"].to_numpy(float), intervals["upper"].to_numpy(float)
    table = pd.DataFrame({"inside": (lower <= came) & (came <= upper), "width": upper - lower})
    rows = {"all": table}
    if groups is not None:
        named = pd.Series(np.asarray(groups), index=table.index)
        if len(named) != len(table):
            raise DataError(f"interval_coverage: groups has {len(named)} values for {len(table)} intervals.")
        rows |= {str(name): table[named == name] for name in sorted(named.dropna().unique(), key=str)}
    z = norm.ppf(0.5 + confidence / 2)
    found = {}
    for name, part in rows.items():
        n, share = len(part), part["inside"].mean()
        centre, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
        low, high = (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
        found[name] = {"n": n, "coverage": share, "low": low, "high": high, "median_width": part["width"].median()}
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("group").astype({"n": int})
