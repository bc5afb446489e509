"""Train and test parts of a table of interactions, split by customer-product pair so that no pair is in both."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError
from personakit.recommend.interactions import IdIndex, age_in_days, read_interactions

__all__ = ["Split", "split_interactions"]

Split = Literal["random", "last", "time"]


def split_interactions(
    interactions: pd.DataFrame,
    *,
    split: Split = "random",
    test_size: float = 0.25,
    random_state: int | np.random.RandomState | None = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold out some products of each customer.

    All rows of a customer-product pair go together (a view in the training part would give the purchase in the test
    part away).

    Parameters
    ----------
    interactions : pandas.DataFrame
        With `customer_id`, `product_id`, and `timestamp` for "last" and "time".
    split : {"random", "last", "time"}, default "random"
        "random": of each customer's n products, ``n - round(n * (1 - test_size))`` at random, as Microsoft
        Recommenders' stratified split does. "last": the product that each customer with at least two came to last.
        "time": one moment for everybody, before which ``1 - test_size`` of the rows lie; held out is what a customer
        first touched after it.
    test_size : float, default 0.25
        Share to hold out, between 0 and 1; "last" does not use it.
    random_state : int, RandomState or None, default 0
        For "random".

    Returns
    -------
    train, test : pandas.DataFrame
        Rows of `interactions` in their order; `train` keeps its `attrs`. With "time", rows after the moment whose pair
        was there before are in neither: a repeat is no discovery.

    Raises
    ------
    DataError, ParameterError
        For a table or an argument that cannot be used, or when a part would be empty.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1] * 4, "product_id": list("abcd")})
    >>> train, test = split_interactions(visits)
    >>> len(train), len(test)
    (3, 1)
    """
    if split not in ("random", "last", "time"):
        raise ParameterError(f"split must be 'random', 'last' or 'time', but is {split!r}.")
    if not 0 < test_size < 1:
        raise ParameterError(f"test_size must lie between 0 and 1, e.g. 0.25, but is {test_size!r}.")
    frame = read_interactions(interactions, columns=() if split == "random" else ("timestamp",))
    customers, customer_codes = IdIndex.encode(frame["customer_id"])
    products, product_codes = IdIndex.encode(frame["product_id"])
    keys = customer_codes.astype(np.int64) * len(products) + product_codes
    pairs, pair_of_row = np.unique(keys, return_inverse=True)
    owners = pairs // len(products)
    counts = np.bincount(owners, minlength=len(customers))
    dropped = np.zeros(len(frame), dtype=bool)
    if split == "random":
        luck = check_random_state(random_state).random_sample(len(pairs))
        n_train = np.round(counts * (1 - test_size)).astype(int)
        held = (_place_in_group(owners, luck) >= n_train[owners])[pair_of_row]
    else:
        recency = -age_in_days(frame)
        first = np.full(len(pairs), np.inf)
        np.minimum.at(first, pair_of_row, recency)
        if split == "last":
            held = ((_place_in_group(owners, first) == counts[owners] - 1) & (counts[owners] > 1))[pair_of_row]
        else:
            moment = np.quantile(recency, 1 - test_size)
            held = first[pair_of_row] > moment
            dropped = (recency > moment) & ~held
    if held.all() or not held.any():
        raise DataError(
            f"The {split!r} split of {len(frame)} rows leaves nothing to {'train' if held.all() else 'test'} on. "
            "It needs customers with several products each"
            + (" and more than one moment." if split != "random" else ".")
        )
    return frame[~held & ~dropped], frame[held]


def _place_in_group(groups: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.intp]:
    """The rank of each value within its group; groups are sorted, equal values go by position."""
    order = np.lexsort((values, groups))
    place = np.empty(len(order), dtype=np.intp)
    sizes = np.bincount(groups)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place
