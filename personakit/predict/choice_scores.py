"""How good are probabilities over options (departments, channels, hours): log-loss and hits, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some
from personakit.privacy.settings import check_between, generator_of, whole

__all__ = ["score_choices"]

Floats = NDArray[np.float64]


def score_choices(
    chosen: pd.DataFrame,
    forecasts: Mapping[str, pd.DataFrame],
    *,
    hits_at: int = 3,
    n_bootstrap: int = 1000,
    confidence: float = 0.95,
    random_state: Any = 0,
) -> pd.DataFrame:
    """Log-loss and hits of several forecasts of the same choices, each customer with the same weight.

    Parameters
    ----------
    chosen : DataFrame of shape (n_customers, n_options), counts
        How often each customer chose each option; everybody at least once.
    forecasts : mapping of a name to a DataFrame, probabilities of every customer and option in `chosen`
        The first is the one with which the others are compared.
    hits_at : int, default 3
        A choice is a hit when its option is among so many with the highest probability.
    n_bootstrap : int, default 1000
        Times that customers are drawn with replacement, the same ones for every forecast.
    confidence : float, default 0.95
    random_state : int, RandomState, Generator or None

    Returns
    -------
    DataFrame, one row a forecast
        log_loss (nats, lower is better), hits (share), and worse_by: the log-loss less that of the first forecast;
        each followed by the ends of its percentile interval. n_customers says of how many.

    Raises
    ------
    DataError
        Nobody chose anything, or something was chosen that a forecast does not know.

    Examples
    --------
    >>> chosen = pd.DataFrame({"Shoes": [1, 0], "Home": [0, 1]}, index=[7, 8])
    >>> sure = pd.DataFrame({"Shoes": [0.5, 0.2], "Home": [0.5, 0.8]}, index=[7, 8])
    >>> score_choices(chosen, {"sure": sure}, hits_at=1, n_bootstrap=10)["log_loss"].round(3).to_dict()
    {'sure': 0.458}
    """
    whole("hits_at", hits_at, where="score_choices", why=", the options that may be shown")
    whole("n_bootstrap", n_bootstrap, 2, where="score_choices", why=", the samples of customers")
    check_between("confidence", confidence)
    if not len(chosen):
        raise DataError("Nobody chose anything in the period, so there is nothing to score. Take a longer period.")
    counts = chosen.to_numpy(dtype=float)
    weights = counts / counts.sum(axis=1, keepdims=True)
    losses, hits = [], []
    for name, forecast in forecasts.items():
        known = forecast.reindex(index=chosen.index, columns=chosen.columns)
        p = known.fillna(0.0).to_numpy(dtype=float)
        denied = np.any((counts > 0) & (p <= 0), axis=0)
        if impossible := chosen.columns[denied].astype(str).tolist():
            raise DataError(
                f"{some(impossible)} was chosen, and {name} says that it cannot be. A category unseen in training has "
                "no probability: fit again on tables in which it is."
            )
        losses.append(-(weights * np.log(np.where(counts > 0, p, 1.0))).sum(axis=1))
        order = np.argsort(-p, axis=1, kind="stable")[:, :hits_at]
        hits.append(np.take_along_axis(weights, order, axis=1).sum(axis=1))
    n, rng = len(chosen), generator_of(random_state) or np.random.default_rng()
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=n_bootstrap) / n
    parts = {"log_loss": np.array(losses), "hits": np.array(hits), "worse_by": np.array(losses) - losses[0]}
    found: dict[str, Any] = {}
    for name, values in parts.items():
        low, high = np.quantile(values @ drawn.T, [(1 - confidence) / 2, (1 + confidence) / 2], axis=1)
        found |= {name: values.mean(axis=1), f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame({**found, "n_customers": n}, index=pd.Index(list(forecasts), name="forecast"))
