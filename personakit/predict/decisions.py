"""From probabilities to whom to write: thresholds by profit, and lift and gain."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from personakit.errors import DataError
from personakit.predict.calibration import reliability
from personakit.predict.outcomes import amounts, beside, forecasts
from personakit.privacy.settings import check_between, whole

__all__ = ["BestThreshold", "best_threshold", "gain_curve", "lift_table", "profit_curve"]


class BestThreshold(NamedTuple):
    """From which probability on to act, and what it earns.

    threshold (inf: act on nobody); n_contacted; profit on the outcomes given, with the interval low to high (missing
    without outcomes); expected: the profit that the probabilities promise; theoretical: cost / value, the best
    threshold if the probabilities are honest (mean cost and value, where they differ).
    """

    threshold: float
    n_contacted: int
    profit: float
    low: float
    high: float
    expected: float
    theoretical: float


def profit_curve(
    y: Any,
    p: Any,
    *,
    cost: Any,
    value: Any,
    positive: Any = None,
    confidence: float = 0.95,
    max_rows: int = 500,
) -> pd.DataFrame:
    """What acting on everybody from a probability on earns, for every threshold.

    Each contact costs `cost`, and each one for whom the forecast comes true brings `value`: the margin of an order won;
    or in saving churners, the margin kept times the share who can be kept. That a customer who would have bought
    anyway is no gain is another matter: it needs the *effect* of the contact, of which no churn model knows anything.

    Parameters
    ----------
    y : Series or array of shape (n,), or None
        0 and 1, truth values, or classes with `positive`. None: outcomes are not known yet, and only what the
        probabilities promise is worked out.
    p : Series or array of shape (n,), forecast probabilities
    cost, value : float, or array of shape (n,)
        Money from 0, one for all or one for each customer, in the order of y.
    positive : the class that is forecast, where y is neither truth values nor 0 and 1
    confidence : float, default 0.95
    max_rows : int, default 500
        Thresholds are thinned out to so many; the best one stays.

    Returns
    -------
    DataFrame
        threshold (falling; the first row is inf, nobody), n_contacted, share_contacted, profit, low and high (the
        interval for as many customers like these, by the normal approximation of a sum), expected.

    Raises
    ------
    DataError
        Values are missing or out of range, lengths or customers differ.

    Examples
    --------
    >>> profit_curve([1, 0, 1, 0], [0.9, 0.6, 0.6, 0.1], cost=2, value=10)[["threshold", "n_contacted", "profit"]]
       threshold  n_contacted  profit
    0        inf            0     0.0
    1        0.9            1     8.0
    2        0.6            3    14.0
    3        0.1            4    12.0
    """
    if y is None:
        chance = forecasts(p, "profit_curve")
        hit = np.full(len(chance), np.nan)
    else:
        hit, chance = beside(y, p, "profit_curve", positive=positive)
    check_between("confidence", confidence)
    whole("max_rows", max_rows, 3, where="profit_curve")
    n = len(chance)
    costs, values = amounts("cost", cost, n, "profit_curve"), amounts("value", value, n, "profit_curve")
    order = np.argsort(-chance, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(chance[order])), n - 1)  # the last of those with equal probability
    gains = (values * hit - costs)[order]
    profit, squares = np.cumsum(gains)[ends], np.cumsum(gains**2)[ends]
    half = norm.ppf(0.5 + confidence / 2) * np.sqrt(np.maximum(squares - profit**2 / n, 0) * n / max(n - 1, 1))
    curve = pd.DataFrame(
        {
            "threshold": chance[order][ends],
            "n_contacted": ends + 1,
            "share_contacted": (ends + 1) / n,
            "profit": profit,
            "low": profit - half,
            "high": profit + half,
            "expected": np.cumsum((values * chance - costs)[order])[ends],
        }
    )
    nobody = {"threshold": np.inf, "n_contacted": 0, "share_contacted": 0.0, "expected": 0.0}
    nought = 0.0 if y is not None else np.nan
    first = pd.DataFrame([{**nobody, "profit": nought, "low": nought, "high": nought}])[list(curve)]
    curve = pd.concat([first, curve], ignore_index=True)
    if len(curve) > max_rows:
        kept = {int(each) for each in np.linspace(0, len(curve) - 1, max_rows - 2)}
        kept |= {_best(curve), int(curve["expected"].to_numpy().argmax())}
        curve = curve.iloc[sorted(kept)].reset_index(drop=True)
    return curve


def best_threshold(
    y: Any, p: Any, *, cost: Any, value: Any, positive: Any = None, confidence: float = 0.95
) -> BestThreshold:
    """The threshold that earns most; for honest probabilities it is cost / value, whatever the data.

    The best of many thresholds on the same outcomes flatters itself: choose it on one set of customers and report the
    profit of another, or take `theoretical`, which needs no outcomes, only calibration.

    Parameters
    ----------
    y, p, cost, value, positive, confidence
        As in `profit_curve`. With y=None the threshold is cost / value, and profit is missing.

    Returns
    -------
    BestThreshold
        Of several that earn the same, the highest.

    Raises
    ------
    DataError
        As in `profit_curve`; value is 0 for everybody.

    References
    ----------
    C. Elkan (2001), "The foundations of cost-sensitive learning", IJCAI.

    Examples
    --------
    >>> best_threshold([1, 0, 1, 0], [0.9, 0.6, 0.6, 0.1], cost=2, value=10)[:3]
    (0.6, 3, 14.0)
    >>> best_threshold(None, [0.9, 0.6, 0.15, 0.1], cost=2, value=10).n_contacted
    2
    """
    n = len(forecasts(p, "best_threshold"))
    mean_value = float(amounts("value", value, n, "best_threshold").mean())
    if mean_value == 0:
        raise DataError("best_threshold: value is 0 for everybody, so no contact can pay. Give what a success brings.")
    theoretical = float(amounts("cost", cost, n, "best_threshold").mean()) / mean_value
    curve = profit_curve(y, p, cost=cost, value=value, positive=positive, confidence=confidence, max_rows=n + 2)
    if y is None:
        at = curve.iloc[int((curve["threshold"] >= theoretical).sum()) - 1]
    else:
        at = curve.iloc[_best(curve)]
    threshold = theoretical if y is None and at["n_contacted"] else float(at["threshold"])
    profit, low, high, expected = (float(at[name]) for name in ("profit", "low", "high", "expected"))
    return BestThreshold(threshold, int(at["n_contacted"]), profit, low, high, expected, theoretical)


def lift_table(y: Any, p: Any, *, n_groups: int = 10, positive: Any = None, confidence: float = 0.95) -> pd.DataFrame:
    """Customers in groups of equal number, the most probable first: how many come true, and how many more than average.

    Parameters
    ----------
    y, p, positive, confidence
        As in `reliability`.
    n_groups : int, default 10
        Fewer come out where forecasts are equal.

    Returns
    -------
    DataFrame, indexed by group (1 is the most probable)
        n, predicted, observed, low, high, lift (observed over the share of all), share_contacted, gain (share of all
        those who come true in this group and those above it) and cumulative_lift (gain / share_contacted).

    Raises
    ------
    DataError
        As in `reliability`; it came true for nobody.

    Examples
    --------
    >>> table = lift_table([1, 1, 0, 1, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1], n_groups=4)
    >>> table[["n", "observed", "lift", "gain"]].round(2).loc[1].tolist()
    [2.0, 1.0, 2.67, 0.67]
    """
    hit, chance = beside(y, p, "lift_table", positive=positive)
    whole("n_groups", n_groups, where="lift_table", why=", the groups of customers")
    if not hit.any():
        raise DataError("lift_table: it came true for nobody (y is 0 everywhere), so there is no lift. Check y.")
    table = reliability(hit, chance, n_bins=n_groups, confidence=confidence).iloc[::-1].reset_index(drop=True)
    table.index = pd.RangeIndex(1, len(table) + 1, name="group")
    table["lift"] = table["observed"] / hit.mean()
    table["share_contacted"] = table["n"].cumsum() / len(hit)
    table["gain"] = (table["observed"] * table["n"]).cumsum() / hit.sum()
    table["cumulative_lift"] = table["gain"] / table["share_contacted"]
    return table[["n", *(name for name in table if name != "n")]]


def gain_curve(y: Any, p: Any, *, positive: Any = None) -> pd.DataFrame:
    """Which share of those for whom it comes true is among the first so many on the list.

    Parameters
    ----------
    y, p, positive
        As in `reliability`.

    Returns
    -------
    DataFrame
        share_contacted, gain (both 0 to 1, from nobody to everybody); equal probabilities make one step.

    Examples
    --------
    >>> gain_curve([1, 0, 1, 0], [0.9, 0.6, 0.6, 0.1])["gain"].tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    hit, _ = beside(y, p, "gain_curve", positive=positive)
    if not hit.any():
        raise DataError("gain_curve: it came true for nobody (y is 0 everywhere), so there is nobody to find. Check y.")
    curve = profit_curve(y, p, cost=0.0, value=1.0, positive=positive, max_rows=max(len(hit) + 2, 3))
    return pd.DataFrame({"share_contacted": curve["share_contacted"], "gain": curve["profit"] / hit.sum()})


def _best(curve: pd.DataFrame) -> int:
    """The row with the highest profit, by the outcomes where they are known; the first of equals."""
    profit = curve["profit"].to_numpy()
    return int(np.nanargmax(profit)) if np.isfinite(profit).any() else int(curve["expected"].to_numpy().argmax())
