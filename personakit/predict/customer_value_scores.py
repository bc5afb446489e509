"""Forecasts of value beside what came: the total, the error, the order and the best tenth, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from personakit.errors import DataError

__all__ = ["compare_forecasts", "poisson_deviance"]

Floats = NDArray[np.float64]

MEASURES = ("total", "mae", "spearman", "top_decile", "deviance")


def compare_forecasts(
    forecasts: Mapping[str, ArrayLike], actual: ArrayLike, *, n_bootstrap: int = 200, random_state: int = 0
) -> pd.DataFrame:
    """Several forecasts of the same customers' value, measured on what came.

    Parameters
    ----------
    forecasts : mapping of name to array of shape (n_customers,), 0 or more
    actual : array of shape (n_customers,)
    n_bootstrap : int
        Resamples of customers for the 95 % intervals, the same for all forecasts.

    Returns
    -------
    DataFrame with a row a forecast and columns total (sum of the forecasts over what came: 1 is right), mae, spearman,
    top_decile (share of all value that came from the tenth of customers with the highest forecasts) and deviance (mean
    Poisson deviance, which is lowest at the true mean), each with _low and _high.

    Examples
    --------
    >>> came = np.array([0.0, 0, 10, 40])
    >>> compare_forecasts({"same": came, "flat": np.full(4, 12.5)}, came)[["total", "mae"]].to_dict("index")
    {'same': {'total': 1.0, 'mae': 0.0}, 'flat': {'total': 1.0, 'mae': 13.75}}
    """
    y = np.asarray(actual, dtype=float)
    if not y.sum() > 0:
        raise DataError(f"The {len(y)} customers brought nothing in the period, so forecasts cannot be compared on it.")
    made = {name: np.asarray(each, dtype=float) for name, each in forecasts.items()}
    rng = np.random.default_rng(random_state)
    draws = [rng.integers(0, len(y), len(y)) for _ in range(n_bootstrap)]
    table: dict[str, dict[str, float]] = {}
    for name, forecast in made.items():
        table[name] = dict(zip(MEASURES, _measures(forecast, y), strict=True))
        if draws:
            spread = np.array([_measures(forecast[draw], y[draw]) for draw in draws if y[draw].sum() > 0])
            for measure, low, high in zip(MEASURES, *np.nanquantile(spread, [0.025, 0.975], axis=0), strict=True):
                table[name] |= {f"{measure}_low": low, f"{measure}_high": high}
    found = pd.DataFrame(table).T.rename_axis("forecast")
    return found[[column for measure in MEASURES for column in found.columns if column.startswith(measure)]]


def poisson_deviance(forecast: Floats, actual: Floats) -> Floats:
    """Each customer's Poisson deviance, amounts below 0 counted as 0.

    >>> poisson_deviance(np.array([1.0, 2.0]), np.array([1.0, 0.0])).tolist()
    [0.0, 4.0]
    """
    y, mean = np.maximum(actual, 0.0), np.maximum(forecast, 1e-9)
    return 2 * (np.where(y > 0, y * np.log(np.maximum(y, 1e-300) / mean), 0.0) - y + mean)


def _measures(forecast: Floats, y: Floats) -> tuple[Any, ...]:
    constant = np.ptp(forecast) == 0 or np.ptp(y) == 0
    spearman = np.nan if constant else np.corrcoef(rankdata(forecast), rankdata(y))[0, 1]
    best = np.argsort(-forecast, kind="stable")[: max(1, round(len(y) / 10))]
    return (
        forecast.sum() / y.sum(),
        np.abs(forecast - y).mean(),
        spearman,
        y[best].sum() / y.sum(),
        poisson_deviance(forecast, y).mean(),
    )
