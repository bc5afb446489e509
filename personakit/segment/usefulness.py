"""What knowing the segment is worth: how much better it foretells what customers do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.model_selection import KFold
from sklearn.utils import check_random_state

from personakit.errors import DataError, some
from personakit.privacy.settings import whole

__all__ = ["Usefulness", "usefulness"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Usefulness:
    """The share of the loss that goes when the segment is known.

    Attributes
    ----------
    gain : float
        1 - loss with segments / loss without: 0 no help, 1 no error left; below 0 where they mislead.
    low, high : float
        A 95 % interval, by the bootstrap over customers.
    measure : str
        "log-loss" for an outcome of 0 and 1, "squared error" (so that gain is R2 out of sample) for numbers.
    n_customers : int
    """

    gain: float
    low: float
    high: float
    measure: str
    n_customers: int


def usefulness(
    segments: Any,
    outcome: pd.Series,
    *,
    n_splits: int = 10,
    n_bootstrap: int = 500,
    random_state: Any = 0,
) -> Usefulness:
    """How much better the mean of her segment foretells a customer's outcome than the mean of all.

    Means are learnt on other customers than they are scored on (cross-validation), and shrunk to the mean of all by one
    customer's worth, so that many small segments do not look useful.

    Parameters
    ----------
    segments : Series by customer_id
        One segment a customer, found without the outcome.
    outcome : Series by customer_id
        What she did later: 0 and 1 (or truth values), or a number such as the money of the next quarter. Customers in
        one of the two only are left out.

    Raises
    ------
    DataError
        Too few customers in both, a missing or infinite outcome, or an outcome that is the same for everybody.

    Examples
    --------
    >>> segments = pd.Series(["a", "b"] * 50, name="segment")
    >>> round(usefulness(segments, pd.Series([0.0, 10.0] * 50)).gain, 3)
    1.0
    >>> usefulness(segments, pd.Series(np.arange(100) % 7 > 2)).gain < 0.1
    True
    """
    whole("n_splits", n_splits, 2, where="usefulness")
    joined = pd.concat([pd.Series(segments, name="segment"), pd.Series(outcome, name="outcome")], axis=1, join="inner")
    if len(joined) < 2 * n_splits:
        raise DataError(
            f"usefulness: {len(joined)} customers have both a segment and an outcome, too few for n_splits={n_splits}. "
            "Give both as Series with customer_id as the index."
        )
    values = joined["outcome"].to_numpy(dtype=float, na_value=np.nan)
    if (wrong := ~np.isfinite(values)).any():
        raise DataError(
            f"outcome is missing or infinite for {int(wrong.sum())} customers ({some(joined.index[wrong])}). "
            "Drop them, or say what a gap means (often 0)."
        )
    if values.min() == values.max():
        raise DataError(f"outcome is {values[0]:g} for all {len(values)} customers: there is nothing to foretell.")
    codes = pd.factorize(joined["segment"], use_na_sentinel=False)[0]
    yes_or_no = bool(np.isin(values, (0, 1)).all())
    draws = check_random_state(random_state)
    known, plain = np.empty(len(values)), np.empty(len(values))
    for train, test in KFold(n_splits, shuffle=True, random_state=draws).split(values):
        base = (values[train].sum() + 0.5) / (len(train) + 1) if yes_or_no else values[train].mean()
        sums = np.bincount(codes[train], values[train], minlength=codes.max() + 1)
        sizes = np.bincount(codes[train], minlength=codes.max() + 1)
        known[test], plain[test] = ((sums + base) / (sizes + 1))[codes[test]], base
    losses = [_loss(values, forecast, yes_or_no) for forecast in (known, plain)]
    drawn = draws.randint(len(values), size=(n_bootstrap, len(values)))
    again = 1 - losses[0][drawn].sum(axis=1) / losses[1][drawn].sum(axis=1)
    low, high = np.quantile(again, [0.025, 0.975])
    gain = 1 - losses[0].sum() / losses[1].sum()
    measure = "log-loss" if yes_or_no else "squared error"
    return Usefulness(float(gain), float(low), float(high), measure, len(values))


def _loss(values: Floats, forecast: Floats, yes_or_no: bool) -> Floats:
    if yes_or_no:
        return -np.log(np.where(values == 1, forecast, 1 - forecast))
    return (values - forecast) ** 2
