"""What lists are truly worth, and how alike neighbours truly are: marks for the chapters on recommendation.

The truth is for marking only. None of these numbers may reach a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, UnknownNameError
from personakit.world import World
from personakit.world.choice import following, interest

__all__ = ["likeness_of_nearest", "true_liking", "value_of_lists"]

Floats = NDArray[np.float64]
_AT_ONCE = 512


def true_liking(world: World, customer_ids: Any) -> pd.DataFrame:
    """The probability that each customer follows each product once she glances at it on a slate, at its usual price.

    Parameters
    ----------
    world : World
    customer_ids : sequence of int
        Memory grows with customers x products.

    Returns
    -------
    pandas.DataFrame
        Index customer_id in the order asked for, columns product_id in order; numbers between 0 and 1.

    Examples
    --------
    >>> liking = true_liking(World(n_customers=5, n_products=30, n_days=28), [4, 2])
    >>> liking.shape, bool(liking.gt(0).all(axis=None) and liking.lt(1).all(axis=None))
    ((2, 30), True)
    """
    block = world.block(np.asarray(customer_ids))
    liking = following(block.liking + interest(block.people, block.goods))
    index = pd.Index(np.asarray(customer_ids), name="customer_id")
    columns = pd.Index(world.catalogue.product_id, name="product_id")
    return pd.DataFrame(liking, index=index, columns=columns).sort_index(axis=1)


def value_of_lists(
    lists: Mapping[str, pd.DataFrame], truth: pd.DataFrame, *, baseline: str | None = None
) -> pd.DataFrame:
    """The mean true worth of the products of each customer's list, with a 95 % interval over customers.

    Parameters
    ----------
    lists : mapping of name to DataFrame[customer_id, product_id]
    truth : DataFrame
        Worth of each product (columns) to each customer (index).
    baseline : str, optional
        Adds `gain`, `gain_low` and `gain_high`: the mean of the paired differences from it.

    Returns
    -------
    pandas.DataFrame
        One row a list: `action` (its name), `customers`, `value`, `low`, `high`.

    Raises
    ------
    DataError
        The truth lacks a customer or product of a list.
    UnknownNameError
        The baseline is none of the lists.

    Examples
    --------
    >>> truth = pd.DataFrame([[0.0, 1.0], [0.5, 0.5]], index=["eve", "tom"], columns=["a", "b"])
    >>> lists = {"best": pd.DataFrame({"customer_id": ["eve", "tom"], "product_id": ["b", "a"]})}
    >>> value_of_lists(lists, truth)[["action", "customers", "value"]].to_dict("records")
    [{'action': 'best', 'customers': 2, 'value': 0.75}]
    """
    if baseline is not None and baseline not in lists:
        raise UnknownNameError(f"baseline {baseline!r} is none of the lists: {', '.join(lists)}.")
    each = {name: _of_each(name, listed, truth) for name, listed in lists.items()}
    rows = []
    for name, values in each.items():
        row = {"action": name, "customers": len(values), **_interval(values, "value", "low", "high")}
        if baseline is not None:
            steps = (values - each[baseline]).dropna()
            row |= _interval(steps, "gain", "gain_low", "gain_high")
        rows.append(row)
    return pd.DataFrame(rows)


def likeness_of_nearest(rows: Any, truth: Any, *, n: int = 10) -> Floats:
    """How alike in truth each product is to the n whose rows are most like its own: the mean cosine, -1 to 1.

    Parameters
    ----------
    rows : array or sparse matrix, shape (n_products, n_features)
        What a method knows of the products; likeness is the product of rows, ties go by position.
    truth : array, shape (n_products, n_true_features)
        What they are like.
    n : int, default 10

    Returns
    -------
    ndarray of float, shape (n_products,)

    Examples
    --------
    >>> likeness_of_nearest([[1, 0], [1, 0], [0, 1]], [[1.0, 0.0], [2.0, 0.0], [0.0, 3.0]], n=1).tolist()
    [1.0, 1.0, 0.0]
    """
    known, kind = sparse.csr_matrix(rows, dtype=float), np.asarray(truth, dtype=float)
    if known.shape[0] != len(kind):
        raise DataError(f"There are {known.shape[0]} rows of features and {len(kind)} of the truth. Line them up.")
    length = np.linalg.norm(kind, axis=1, keepdims=True)
    unit = np.divide(kind, length, out=np.zeros_like(kind), where=length > 0)
    found = np.empty(len(kind))
    for start in range(0, len(kind), _AT_ONCE):
        part = np.arange(start, min(start + _AT_ONCE, len(kind)))
        alike = (known[part] @ known.T).toarray()
        alike[np.arange(len(part)), part] = -np.inf
        nearest = np.argsort(-alike, axis=1, kind="stable")[:, :n]
        found[part] = np.einsum("if,ijf->ij", unit[part], unit[nearest]).mean(axis=1)
    return found


def _of_each(name: str, listed: pd.DataFrame, truth: pd.DataFrame) -> pd.Series[float]:
    rows = truth.index.get_indexer(pd.Index(listed["customer_id"]))
    columns = truth.columns.get_indexer(pd.Index(listed["product_id"]))
    if (rows < 0).any() or (columns < 0).any():
        raise DataError(
            f"The truth lacks {(rows < 0).sum()} customers or {(columns < 0).sum()} products of the list {name!r}."
        )
    values = pd.Series(truth.to_numpy(dtype=float)[rows, columns])
    return values.groupby(listed["customer_id"].to_numpy()).mean()


def _interval(values: pd.Series[float], mean: str, low: str, high: str) -> dict[str, float]:
    error = 1.96 * float(values.std()) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return {mean: float(values.mean()), low: float(values.mean() - error), high: float(values.mean() + error)}
