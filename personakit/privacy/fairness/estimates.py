"""How sure one can be that groups differ: intervals and tests for ratios of sums over customers.

Every metric of the audit is a sum over customers divided by a sum over customers (a rate, a mean, a price index), so
one bootstrap serves them all. Customers are the clusters: all rows of one are drawn together. Draws are made within
each group, whose size is not in question. In simulation (benchmarks/fairness.md) the gap's interval and test keep
about their levels; the interval of one group's mean is too narrow where the group is small and the quantity very skewed
(87 % for 30 customers and a lognormal of sigma 1).

Sources: T. Hesterberg (2015), "What Teachers Should Know about the Bootstrap", section 5 (expanded percentiles, for
small groups); L. Brown, T. Cai and A. DasGupta (2001), "Interval Estimation for a Binomial Proportion" (Jeffreys'
interval for shares, where a bootstrap of 0 out of 20 would claim certainty); E. Chung and J. Romano (2013), "Exact and
asymptotically robust permutation tests" (studentised permutations); K. Wolter (2007), "Introduction to Variance
Estimation", chapter 2 (random groups, for large samples).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from personakit.privacy.fairness.groups import Attribute

__all__ = ["PERMUTED_UP_TO", "Metric", "Precision", "compare", "gap_between", "holm", "resampled_sums"]

Floats = NDArray[np.float64]
RANDOM_GROUPS = 2000
"""A larger group of customers is bootstrapped by so many random groups: the standard error is right to 2 %."""
PERMUTED_UP_TO = 10_000
"""With more customers the p-value comes from the bootstrap's centred draws; by then the two agree."""


@dataclass(frozen=True)
class Metric:
    """One number for each group: the group's sum of `total` over its sum of `weight`.

    Attributes
    ----------
    name : str
    total, weight : float arrays of shape (n,)
        Over customers; a customer of weight 0 has no part in it.
    exchangeable : bool
        Whether a customer's numbers would be the same in another group; otherwise no permutation test.
    selection : bool
        A selection rate, to which the four-fifths rule is applied.
    """

    name: str
    total: Floats
    weight: Floats
    exchangeable: bool = True
    selection: bool = False

    @property
    def is_share(self) -> bool:
        """Each customer counts once and is 0 or 1."""
        weight, total = self.weight, self.total
        return bool(np.isin(weight, (0, 1)).all() and np.isin(total, (0, 1)).all() and (total <= weight).all())


@dataclass(frozen=True)
class Precision:
    """How intervals and tests are made."""

    level: float = 0.95
    floor: int = 30
    n_bootstrap: int = 1000
    n_permutations: int = 999
    random: np.random.RandomState = field(default_factory=lambda: np.random.RandomState(0))


def compare(attribute: Attribute, metrics: Sequence[Metric], how: Precision) -> tuple[list[dict[str, Any]], ...]:
    """Rows of `by_group` and of `gaps` for one attribute.

    Customers must come in an order that does not depend on the data's, such as by id: then neither the order of rows
    nor the names of the groups change a number.
    """
    codes, n_groups = attribute.codes, len(attribute.labels)
    sums = np.stack([_by_code(codes, each.total, n_groups) for each in metrics], axis=1)
    weights = np.stack([_by_code(codes, each.weight, n_groups) for each in metrics], axis=1)
    n = np.stack([np.bincount(codes, each.weight > 0, n_groups).astype(int) for each in metrics], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = sums / weights
    draws = _draws(codes, n_groups, metrics, how)
    permuted = _permutations(codes, metrics, n, how)
    rows, gaps = [], []
    for at, metric in enumerate(metrics):
        level = _spread_level(n[:, at], metric.is_share, how.level)
        for group, label in enumerate(attribute.labels):
            low, high = _quantiles(draws[:, group, at], level[group])
            rows.append({
                "attribute": attribute.name, "group": label, "n": int(n[group, at]), "metric": metric.name,
                "value": float(values[group, at]), "low": low, "high": high, "small": bool(n[group, at] < how.floor),
            })  # fmt: skip
        compared = _compared(n[:, at], how.floor)
        if len(compared) < 2:
            continue
        labels = [attribute.labels[group] for group in compared]
        gap = gap_between(
            values[compared, at], draws[:, compared, at], n[compared, at], level=how.level, share=metric.is_share
        )
        if at in permuted:
            gap["gap_if_equal"], gap["gap_p_value"] = permuted[at]
        gap["highest"], gap["lowest"] = labels[gap["highest"]], labels[gap["lowest"]]
        below = bool(gap["ratio"] < 0.8) if metric.selection and np.isfinite(gap["ratio"]) else None
        gaps.append({"attribute": attribute.name, "metric": metric.name, **gap, "below_four_fifths": below})
    return rows, gaps


def _by_code(codes: NDArray[np.intp], values: Floats, n_groups: int) -> Floats:
    return np.asarray(np.bincount(codes, values, n_groups), dtype=float)


def _compared(n: NDArray[Any], floor: int) -> NDArray[np.intp]:
    """Groups between which the gap is taken: large enough, or where there are not two such, all with an interval."""
    large = np.flatnonzero(n >= max(floor, 2))
    return large if len(large) > 1 else np.flatnonzero(n >= 2)


def _draws(codes: NDArray[np.intp], n_groups: int, metrics: Sequence[Metric], how: Precision) -> Floats:
    """What each metric might have been: array (draws, groups, metrics)."""
    draws = np.full((how.n_bootstrap, n_groups, len(metrics)), np.nan)
    shares = [at for at, each in enumerate(metrics) if each.is_share]
    others = [at for at in range(len(metrics)) if at not in shares]
    _, first = np.unique(codes, return_index=True)
    order = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=n_groups))])
    for group in np.argsort(first):  # not by name: the name of a group must not change its luck
        rows = order[starts[group] : starts[group + 1]]
        for at in shares:
            weight, total = metrics[at].weight[rows].sum(), metrics[at].total[rows].sum()
            if weight > 0:
                draws[:, group, at] = how.random.beta(total + 0.5, weight - total + 0.5, how.n_bootstrap)
        if others:
            columns = np.stack([column[rows] for at in others for column in (metrics[at].total, metrics[at].weight)], 1)
            sums = resampled_sums(columns, how.n_bootstrap, how.random)
            with np.errstate(invalid="ignore", divide="ignore"):
                draws[:, group, others] = sums[:, 0::2] / sums[:, 1::2]
    return draws


def resampled_sums(columns: Floats, n_bootstrap: int, random: np.random.RandomState) -> Floats:
    """Sums of each column over resampled rows; array (draws, columns).

    Examples
    --------
    >>> resampled_sums(np.ones((5, 2)), 3, np.random.RandomState(0)).tolist()
    [[5.0, 5.0], [5.0, 5.0], [5.0, 5.0]]
    """
    n = len(columns)
    if n > RANDOM_GROUPS:
        mixed = columns[random.permutation(n)]
        columns = np.add.reduceat(mixed, np.linspace(0, n, RANDOM_GROUPS, endpoint=False).astype(int), axis=0)
        n = RANDOM_GROUPS
    sums = np.empty((n_bootstrap, columns.shape[1]))
    step = max(1, 4_000_000 // n)
    for start in range(0, n_bootstrap, step):
        size = min(step, n_bootstrap - start)
        chosen = random.randint(n, size=(size, n)) + np.arange(size)[:, None] * n
        times = np.bincount(chosen.ravel(), minlength=size * n).reshape(size, n)
        sums[start : start + size] = times @ columns
    return sums


def _spread_level(n: NDArray[Any], share: bool, level: float) -> Floats:
    """The level at which percentiles are read so that a small group's interval is as wide as Student's t makes it."""
    if share:
        return np.full(len(n), level)
    tail = (1 - level) / 2
    size = np.clip(n, 2, RANDOM_GROUPS)
    return np.asarray(1 - 2 * stats.norm.cdf(np.sqrt(size / (size - 1)) * stats.t.ppf(tail, size - 1)))


def _quantiles(values: Floats, level: float) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    if len(finite) < 0.9 * len(values) or not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def gap_between(values: Floats, draws: Floats, n: NDArray[Any], *, level: float, share: bool) -> dict[str, Any]:
    """The largest difference between groups and the ratio of the same two, with intervals that allow for the choice.

    The two groups are picked because they lie farthest apart, so an interval for two groups named beforehand would be
    too narrow. The interval is simultaneous over all pairs: its width comes from the largest studentised difference
    among all pairs in each draw.

    Parameters
    ----------
    values : float array (groups,)
    draws : float array (draws, groups)
    n : int array (groups,), customers behind each value
    level : float
    share : bool
        Values lie from 0 to 1, and so does their difference.

    Returns
    -------
    dict
        highest, lowest (positions), difference, ratio (lowest over highest), each with _low and _high; gap_if_equal,
        the gap that luck alone would show on average were all groups equal; gap_p_value.
    """
    first, second = np.triu_indices(len(values), 1)
    # Draws of small groups vary too little by sqrt((n - 1) / n); Jeffreys' do not.
    widened = np.ones(len(n)) if share else np.sqrt(np.clip(n, 2, None) / (np.clip(n, 2, None) - 1))
    noise = (draws - np.nanmean(draws, axis=0)) * widened
    apart = noise[:, first] - noise[:, second]
    error = np.nanstd(apart, axis=0)
    # Rounding is not luck: what cannot vary has a tiny error, and no draw beyond it.
    least = 1e-9 * max(float(np.nanmax(np.abs(values))), 1e-9)
    apart, error = np.where(np.abs(apart) > least, apart, 0.0), np.maximum(error, least)
    farthest = np.nanmax(np.abs(apart) / error, axis=1)
    top, bottom = int(np.nanargmax(values)), int(np.nanargmin(values))
    if top == bottom:
        top, bottom = 0, 1
    pair = int(np.flatnonzero((first == min(top, bottom)) & (second == max(top, bottom)))[0])
    size = int(min(n[top], n[bottom]))
    student = 1.0 if share else stats.t.ppf((1 + level) / 2, size - 1) / stats.norm.ppf((1 + level) / 2)
    reach = float(np.nanquantile(farthest, level)) * student
    difference = float(values[top] - values[bottom])
    most = 1.0 if share else np.inf
    ratio, ratio_low, ratio_high = _ratio(values, draws, bottom, top, reach)
    shown = float(np.nanmax(np.abs(values[first] - values[second]) / error))
    return {
        "highest": top,
        "lowest": bottom,
        "difference": difference,
        "difference_low": max(difference - reach * float(error[pair]), -most),
        "difference_high": min(difference + reach * float(error[pair]), most),
        "ratio": ratio,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "gap_if_equal": float((np.nanmax(noise, axis=1) - np.nanmin(noise, axis=1)).mean()),
        "gap_p_value": _p_value(int((farthest >= shown).sum()), len(farthest), shown, n, len(first)),
    }


def _ratio(values: Floats, draws: Floats, bottom: int, top: int, reach: float) -> tuple[float, float, float]:
    """The lowest over the highest, its interval symmetric in the logarithm; missing where values are not positive."""
    if not values[top] > 0 or values[bottom] < 0:
        return (float("nan"),) * 3
    low, high = draws[:, bottom], draws[:, top]
    fine = (low > 0) & (high > 0)
    if fine.mean() < 0.9:
        return float(values[bottom] / values[top]), float("nan"), float("nan")
    log = np.log(low[fine] / high[fine])
    middle = np.log(values[bottom] / values[top]) if values[bottom] > 0 else float(np.median(log))
    spread = reach * float(log.std())
    return float(values[bottom] / values[top]), float(np.exp(middle - spread)), float(np.exp(middle + spread))


def _permutations(
    codes: NDArray[np.intp], metrics: Sequence[Metric], n: NDArray[Any], how: Precision
) -> dict[int, tuple[float, float]]:
    """For each metric that allows it, the gap to expect and the p-value when labels are dealt out at random."""
    asked = [at for at, each in enumerate(metrics) if each.exchangeable]
    if not asked or how.n_permutations < 1 or len(codes) > PERMUTED_UP_TO:
        return {}
    found: dict[int, tuple[float, float]] = {}
    for compared, at_once in _same_groups(n, asked, how.floor):
        if len(compared) < 2:
            continue
        rows = np.flatnonzero(np.isin(codes, compared))
        _, own, sizes = np.unique(codes[rows], return_inverse=True, return_counts=True)
        moments = np.concatenate([_moments(metrics[at], rows) for at in at_once], axis=1)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        sums = np.empty((how.n_permutations + 1, len(sizes), moments.shape[1]))
        sums[0] = np.add.reduceat(moments[np.argsort(own, kind="stable")], starts, axis=0)
        first_seen = np.argsort([np.flatnonzero(own == group)[0] for group in range(len(sizes))])
        starts = np.concatenate([[0], np.cumsum(sizes[first_seen])[:-1]])  # names must not change the luck
        for draw in range(1, len(sums)):
            sums[draw] = np.add.reduceat(moments[how.random.permutation(len(rows))], starts, axis=0)
        for place, at in enumerate(at_once):
            values, errors = _studentised(sums[:, :, 5 * place : 5 * place + 5], metrics[at].is_share)
            found[at] = _extremes(values, errors, n[compared, at])
    return found


def _same_groups(n: NDArray[Any], asked: list[int], floor: int) -> list[tuple[NDArray[np.intp], list[int]]]:
    """Metrics that compare the same groups are permuted together."""
    together: dict[tuple[int, ...], list[int]] = {}
    for at in asked:
        together.setdefault(tuple(_compared(n[:, at], floor)), []).append(at)
    return [(np.array(groups, dtype=np.intp), few) for groups, few in together.items()]


def _moments(metric: Metric, rows: NDArray[np.intp]) -> Floats:
    total, weight = metric.total[rows], metric.weight[rows]
    return np.stack([total, weight, total**2, total * weight, weight**2], axis=1)


def _studentised(sums: Floats, share: bool) -> tuple[Floats, Floats]:
    """Values of each group and their squared standard errors, from sums (draws, groups, 5)."""
    total, weight, total2, both, weight2 = np.moveaxis(sums, 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = total / weight
        if share:
            likely = (total + 0.5) / (weight + 1)
            return values, likely * (1 - likely) / (weight + 1)
        return values, np.maximum(total2 - 2 * values * both + values**2 * weight2, 0) / weight**2


def _extremes(values: Floats, errors: Floats, n: NDArray[Any]) -> tuple[float, float]:
    first, second = np.triu_indices(values.shape[1], 1)
    apart = np.abs(values[:, first] - values[:, second])
    allowed = np.sqrt(errors[:, first] + errors[:, second])
    farthest = np.nanmax(np.where(apart > 0, apart / np.maximum(allowed, np.finfo(float).tiny), 0.0), axis=1)
    gaps = np.nanmax(values[1:], axis=1) - np.nanmin(values[1:], axis=1)
    # Ties up to rounding count as at least as far, so that equal groups give p = 1.
    beyond = int((farthest[1:] >= farthest[0] * (1 - 1e-12)).sum())
    return float(np.nanmean(gaps)), _p_value(beyond, len(farthest) - 1, float(farthest[0]), n, len(first))


def _p_value(beyond: int, draws: int, farthest: float, n: NDArray[Any], n_pairs: int) -> float:
    """The share of draws beyond what was seen. Where none is, as far as Student's t allows below 1 / (draws + 1).

    Without that, 999 draws could say nothing clearer than 0.001, and Holm's correction of 50 gaps would hide them all.
    The bound is Bonferroni's over the pairs, with the degrees of freedom of the smallest group.
    """
    counted = (1 + beyond) / (1 + draws)
    if beyond:
        return float(counted)
    tail = 2 * n_pairs * float(stats.t.sf(farthest, max(int(np.min(n)) - 1, 1)))
    return float(np.clip(tail, 1e-9, counted))


def holm(p_values: Floats) -> Floats:
    """Holm's adjustment of p-values for how many there are; missing ones stay missing.

    Source: S. Holm (1979), "A simple sequentially rejective multiple test procedure".

    >>> holm(np.array([0.01, 0.04, 0.03])).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0) if len(order) else steps
    return adjusted
