"""Intervals over customers and paired tests between models: whether a difference could be luck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError, UnknownNameError, some

__all__ = ["bootstrap_means", "check_resamples", "holm", "interval", "paired_tests"]

Floats = NDArray[np.float64]
_DRAWS_AT_ONCE = 2_000_000


def bootstrap_means(values: ArrayLike, n_bootstrap: int, draws: np.random.RandomState) -> Floats:
    """Means over resampled rows: customers drawn with replacement, the same ones for all columns, so that they pair.

    Parameters
    ----------
    values : array of float, shape (n_customers, n_columns)
    n_bootstrap : int
        Resamples; 0 for none.
    draws : RandomState

    Returns
    -------
    ndarray of float, shape (n_bootstrap, n_columns)
        A NaN is left out of the mean of its column. Efron and Tibshirani 1993, chapter 6.

    Examples
    --------
    >>> bootstrap_means(np.ones((5, 2)), 3, np.random.RandomState(0)).tolist()
    [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    """
    stacked = np.asarray(values, dtype=float)
    n_customers = len(stacked)
    there = np.isfinite(stacked)
    whole = bool(there.all())
    filled = stacked if whole else np.where(there, stacked, 0.0)
    size = max(1, _DRAWS_AT_ONCE // n_customers)
    means = np.empty((max(n_bootstrap, 0), stacked.shape[1]))
    for start in range(0, n_bootstrap, size):
        n_draws = min(size, n_bootstrap - start)
        chosen = draws.randint(n_customers, size=(n_draws, n_customers)) + np.arange(n_draws)[:, None] * n_customers
        weights = np.bincount(chosen.ravel(), minlength=n_draws * n_customers).reshape(n_draws, n_customers)
        with np.errstate(invalid="ignore"):
            means[start : start + n_draws] = weights @ filled / (n_customers if whole else weights @ there)
    return means


def interval(values: Floats) -> tuple[float, float]:
    """The 95 % percentile interval of resampled values; NaN where there are none.

    >>> interval(np.arange(101.0))
    (2.5, 97.5)
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def check_resamples(number: int, name: str, *, least: int = 0) -> None:
    """Refuse what is no number of resamples.

    >>> check_resamples(999, "n_bootstrap")
    """
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        raise ParameterError(
            f"{name} must be a whole number >= {least}, e.g. {9999 if least else 1000}, but is {number!r}."
        )


def paired_tests(
    values: Mapping[str, ArrayLike],
    *,
    baseline: str,
    test: Literal["sign_flip", "bootstrap"] = "sign_flip",
    n_resamples: int = 9999,
    random_state: int | np.random.RandomState | None = 0,
) -> pd.DataFrame:
    """Whether each model differs from the baseline over the same customers.

    Parameters
    ----------
    values : mapping of model to array of float, shape (n_customers,)
        One metric of each model, customers in the same order.
    baseline : str
        The model to compare with.
    test : {"sign_flip", "bootstrap"}, default "sign_flip"
        "sign_flip": the differences with random signs, which is exact where the models are exchangeable (Fisher's
        randomisation test; Smucker et al. 2007 recommend it for rankings). "bootstrap": the differences resampled
        around 0.
    n_resamples : int, default 9999
        The smallest possible p value is 1 / (n_resamples + 1).
    random_state : int, RandomState or None, default 0

    Returns
    -------
    pandas.DataFrame
        One row a model but the baseline: `model`, `difference`, `p_value` (two-sided), `p_holm` (corrected for the
        number of models, Holm 1979), `n_customers` who have a value under both; NaN where nobody has.

    Raises
    ------
    UnknownNameError, ParameterError, DataError
        For an unknown baseline or test, no resamples, or values that do not pair.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> low, high = rng.random(200), rng.random(200) + 0.2
    >>> paired_tests({"low": low, "high": high}, baseline="low").round(4)["p_holm"].tolist()
    [0.0001]
    """
    if baseline not in values:
        raise UnknownNameError(f"baseline {baseline!r} is not among the models ({', '.join(values)}).")
    if test not in ("sign_flip", "bootstrap"):
        raise ParameterError(f"test must be 'sign_flip' or 'bootstrap', but is {test!r}.")
    check_resamples(n_resamples, "n_resamples", least=1)
    arrays = {name: np.asarray(each, dtype=float) for name, each in values.items()}
    base = arrays.pop(baseline)
    uneven = [name for name, each in arrays.items() if each.shape != base.shape]
    if uneven or base.ndim != 1 or not len(base):
        raise DataError(
            f"The values of {some(uneven or [baseline])} do not pair with those of {baseline!r}: every model needs one "
            "value for each of the same customers."
        )
    if not arrays:
        return pd.DataFrame({"model": [], "difference": [], "p_value": [], "p_holm": [], "n_customers": []})
    differences = np.column_stack([each - base for each in arrays.values()])
    there = np.isfinite(differences)  # a customer with no value (AUC, say) pairs with nobody
    differences, there = differences[there.any(axis=1)], there[there.any(axis=1)]
    if not len(differences):
        raise DataError(
            "No customer has a value under the baseline and another model, so nothing can be tested. Measure both on "
            "the same customers."
        )
    n_there = there.sum(axis=0)
    filled = np.where(there, differences, 0.0)
    observed = np.divide(filled.sum(axis=0), n_there, out=np.full(len(n_there), np.nan), where=n_there > 0)
    draws = check_random_state(random_state)
    if test == "bootstrap":
        luck = bootstrap_means(differences - observed, n_resamples, draws)
    else:
        luck = _flipped_means(filled, n_resamples, draws) * (len(filled) / np.maximum(n_there, 1))
    least = np.abs(observed) * (1 - 1e-12)  # equal but for rounding counts as equal
    p_values = (1 + (np.abs(luck) >= least).sum(axis=0)) / (n_resamples + 1)
    p_values[n_there == 0] = np.nan
    return pd.DataFrame(
        {
            "model": list(arrays),
            "difference": observed,
            "p_value": p_values,
            "p_holm": holm(p_values),
            "n_customers": n_there,
        }
    )


def holm(p_values: ArrayLike) -> Floats:
    """P values corrected for their number, so that the chance of any false alarm keeps to the level (Holm 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, dtype=float)
    order = np.argsort(given, kind="stable")[: np.isfinite(given).sum()]  # NaN, at the end, is no test
    stepped = given[order] * np.arange(len(order), 0, -1)
    corrected = np.full(given.shape, np.nan)
    corrected[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return corrected


def _flipped_means(differences: Floats, n_resamples: int, draws: np.random.RandomState) -> Floats:
    n = len(differences)
    total = differences.sum(axis=0)
    size = max(1, _DRAWS_AT_ONCE // n)
    means = np.empty((n_resamples, differences.shape[1]))
    for start in range(0, n_resamples, size):
        stop = min(start + size, n_resamples)
        flipped = draws.randint(0, 2, size=(stop - start, n), dtype=np.int8).astype(np.float64)
        means[start:stop] = (total - 2 * (flipped @ differences)) / n
    return means
