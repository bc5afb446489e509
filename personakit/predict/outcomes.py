"""Outcomes and their forecasts side by side, checked once for calibration and for decisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some

__all__ = ["amounts", "beside", "forecasts", "outcomes"]

Floats = NDArray[np.float64]


def beside(y: Any, p: Any, where: str, *, positive: Any = None, shares: bool = False) -> tuple[Floats, Floats]:
    """Outcomes as 0 and 1 and forecast probabilities, of the same customers in the same order.

    Parameters
    ----------
    y : Series or array of shape (n,)
        Truth values, 0 and 1, or classes of which `positive` is the one that is forecast; with `shares`, also the true
        probability of each, between 0 and 1.
    p : Series or array of shape (n,)
        Forecast probabilities. Where both are Series about customers, they are joined by customer_id.

    Raises
    ------
    DataError
        Lengths or customers differ, a value is missing, p is outside 0 to 1, or y is of other classes.

    Examples
    --------
    >>> y = pd.Series(["yes", "no"], index=pd.Index([8, 7], name="customer_id"))
    >>> beside(y, pd.Series([0.1, 0.9], index=pd.Index([7, 8], name="customer_id")), "reliability", positive="yes")
    (array([1., 0.]), array([0.9, 0.1]))
    """
    both = isinstance(y, pd.Series) and isinstance(p, pd.Series) and "customer_id" in y.index.names
    if both and y.index.names == p.index.names and not y.index.equals(p.index):
        strangers = y.index[~y.index.isin(p.index)]
        if len(strangers) or len(y) != len(p) or not p.index.is_unique:
            raise DataError(
                f"{where}: y is about {len(y)} customers and p about {len(p)}, not the same "
                f"(in y only: {some(strangers) or 'nobody'}). Keep those in both."
            )
        p = p.loc[y.index]
    chance = forecasts(p, where)
    truth = outcomes(y, where, positive=positive, shares=shares)
    if len(truth) != len(chance):
        raise DataError(f"{where}: y has {len(truth)} values and p {len(chance)}. Give one forecast for each outcome.")
    return truth, chance


def forecasts(p: Any, where: str) -> Floats:
    """Probabilities as an array of shape (n,)."""
    found = np.asarray(p)
    if found.ndim != 1:
        raise DataError(
            f"{where}: p has shape {found.shape}. Give the probability of one class: predict_proba(X)[:, 1], or a "
            "column of probabilities(X)."
        )
    try:
        chance = found.astype(float)
    except (TypeError, ValueError) as problem:
        raise DataError(f"{where}: p does not hold numbers ({some(found)}). Give probabilities.") from problem
    if not len(chance):
        raise DataError(f"{where}: p is empty. Give one probability for each customer.")
    wrong = np.flatnonzero(~((chance >= 0) & (chance <= 1)))
    if len(wrong):
        raise DataError(
            f"{where}: p is missing or outside 0 to 1 in {len(wrong)} rows ({some(wrong)}: {some(chance[wrong])}). "
            "Give probabilities, not scores: model.predict_proba(X)[:, 1]."
        )
    return chance


def outcomes(y: Any, where: str, *, positive: Any = None, shares: bool = False) -> Floats:
    """Outcomes as 0.0 and 1.0 in an array of shape (n,)."""
    given = pd.Series(np.asarray(y).ravel() if not isinstance(y, pd.Series) else y.to_numpy())
    if (missing := np.flatnonzero(given.isna())).size:
        raise DataError(f"{where}: y is missing in {len(missing)} rows ({some(missing)}). Drop them from y and p.")
    if positive is not None:
        if not (hit := given == positive).any():
            raise DataError(f"{where}(positive={positive!r}): y has no such value (it has {some(given.unique(), 6)}).")
        return hit.to_numpy(float)
    numbers = pd.to_numeric(given, errors="coerce").to_numpy(float, na_value=np.nan)
    fits = (numbers >= 0) & (numbers <= 1) if shares else (numbers == 0) | (numbers == 1)
    if not fits.all():
        raise DataError(
            f"{where}: y holds values other than 0 and 1 ({some(pd.unique(given[~fits]))}). Say which is forecast: "
            f"positive={given.iloc[int(np.flatnonzero(~fits)[0])]!r}."
        )
    return numbers


def amounts(name: str, value: Any, n: int, where: str) -> Floats:
    """Money for each customer, from one number for all or from one a customer.

    >>> amounts("cost", 2, 3, "profit_curve").tolist()
    [2.0, 2.0, 2.0]
    """
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as problem:
        raise DataError(f"{where}({name}={value!r}): give an amount of money, or one for each customer.") from problem
    if found.ndim > 1 or (found.ndim == 1 and len(found) != n):
        raise DataError(f"{where}: {name} has shape {found.shape} for {n} customers. Give one number, or one for each.")
    if not np.isfinite(found).all() or (found < 0).any():
        raise DataError(f"{where}: {name} is negative, missing or infinite. Give amounts of money from 0.")
    return np.broadcast_to(found, n).astype(float)
