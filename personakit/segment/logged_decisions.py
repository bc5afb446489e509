"""Logged decisions: what each one brought, and weighted means of them that hold for everybody who was decided on.

A decision drawn by chance stands for all that had been possible: weighted by one over its propensity, those who got an
offer tell what everybody would have brought with it. The means are self-normalised (Hájek's), and the decisions about
one customer count as one witness.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from personakit.errors import DataError, UnknownNameError, some

__all__ = ["interval_of", "moves_by_customer", "weighted_mean", "worth_of_decisions"]

Floats = NDArray[np.float64]


def worth_of_decisions(log: pd.DataFrame, action: str, *, outcome: str, by: str | None = None) -> Floats:
    """The outcome of each logged decision less its cost, after a look at every column that is used.

    Parameters
    ----------
    log : DataFrame of shape (n_decisions, ...)
        customer_id, propensity, the action and the outcome; `cost`, if there is such a column, is taken off.
    action, outcome : str
        The names of their columns.
    by : str, optional
        A column with groups.

    Returns
    -------
    ndarray of shape (n_decisions,)

    Raises
    ------
    UnknownNameError
        A column does not exist.
    DataError
        Propensities that are missing or outside 0 to 1, outcomes or actions that are missing.

    Examples
    --------
    >>> log = pd.DataFrame({"customer_id": [1], "action": "mail", "propensity": 0.5, "margin": 3.0, "cost": 0.5})
    >>> worth_of_decisions(log, "action", outcome="margin").tolist()
    [2.5]
    """
    for name in ("customer_id", "propensity", action, outcome, *([by] if by else [])):
        if name not in log.columns:
            raise UnknownNameError(f"log has no column {name!r} (it has {some(log.columns, 8)}).")
    chance = pd.to_numeric(log["propensity"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~((chance > 0) & (chance <= 1))
    if wrong.any():
        raise DataError(
            f"log.propensity has {int(wrong.sum())} values that are missing or outside 0 to 1 (rows "
            f"{some(np.flatnonzero(wrong))}: {some(log['propensity'].to_numpy()[wrong])}). Without the chance with "
            "which an action was drawn its effect cannot be told from why it was chosen: log it, or run an experiment."
        )
    if log[action].isna().any():
        rows = np.flatnonzero(log[action].isna())
        raise DataError(
            f"log.{action} is missing in {len(rows)} rows (rows {some(rows)}). Doing nothing is an action: "
            'call it "none".'
        )
    worth = pd.to_numeric(log[outcome], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if "cost" in log.columns:
        worth = worth - pd.to_numeric(log["cost"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(worth).all():
        rows = np.flatnonzero(~np.isfinite(worth))
        raise DataError(
            f"log.{outcome} or log.cost is missing or not a number in {len(rows)} rows (rows {some(rows)}). A customer "
            "who did nothing has outcome 0: fill these in, do not drop them."
        )
    return worth


def weighted_mean(worth: Floats, weight: Floats, chosen: NDArray[np.bool_]) -> tuple[float, Floats]:
    """The weighted mean of the chosen rows, and what each row moves it by (shape (n_rows,), sum nought).

    Source: D. G. Horvitz and D. J. Thompson (1952), Journal of the American Statistical Association 47; J. Hájek (1971)
    for the division by the sum of the weights.

    >>> weighted_mean(np.array([1.0, 4.0, 9.0]), np.array([2.0, 1.0, 1.0]), np.array([True, True, False]))[0]
    2.0
    """
    weights = np.where(chosen, weight, 0.0)
    value = float(weights @ worth / weights.sum())
    return value, weights * (worth - value) / weights.sum()


def moves_by_customer(who: NDArray[Any], shift: Floats) -> Floats:
    """What each customer with a part in it moves the estimate by; her decisions are no independent witnesses.

    >>> moves_by_customer(np.array([7, 7, 8]), np.array([0.5, 0.25, -0.75])).tolist()
    [0.75, -0.75]
    """
    moved = shift != 0
    if not moved.any():
        return np.zeros(1)
    codes, _ = pd.factorize(who[moved])
    return np.asarray(np.bincount(codes, shift[moved]), dtype=float)


def interval_of(value: float, moves: Floats, confidence: float) -> tuple[float, float]:
    """The interval of an estimate, from what each customer moves it by; Student's t with one degree less.

    >>> low, high = interval_of(1.0, np.array([0.1, -0.1]), 0.95)
    >>> round(low, 2), round(high, 2)
    (-1.54, 3.54)
    """
    n = len(moves)
    error = float(np.sqrt((moves**2).sum() * n / max(n - 1, 1)))
    reach = error * stats.t.ppf((1 + confidence) / 2, max(n - 1, 1))
    return float(value - reach), float(value + reach)
