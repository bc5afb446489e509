"""Train and test parts of a table of interactions, split by customer-product pair so that no pair is in both."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from personakit.errors import DataError, ParameterError
from personakit.recommend.interactions import IdIndex, age_in_days, as_index, read_interactions, ticks

__all__ = ["Parts", "Split", "pairs_among", "ratings_to_learn_from", "split_interactions", "split_parts"]

Split = Literal["random", "last", "time", "cold_users", "cold_items"]


class Parts(NamedTuple):
    """What a model learns from, what it is measured on, and what it may see of new customers when it recommends."""

    train: pd.DataFrame
    test: pd.DataFrame
    history: pd.DataFrame  # empty but for "cold_users"
    left_out: pd.DataFrame  # in none of them: what came after something that is held out, and repeats after the moment


def split_interactions(
    interactions: pd.DataFrame,
    *,
    split: Split = "random",
    test_size: float = 0.25,
    random_state: int | np.random.RandomState | None = 0,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold out some products of each customer, some customers, or some products of the catalogue.

    All rows of a customer-product pair go together (a view in the training part would give the purchase in the test
    part away).

    Parameters
    ----------
    interactions : pandas.DataFrame
        With `customer_id`, `product_id`, and `timestamp` for "last" and "time".
    split : {"random", "last", "time", "cold_users", "cold_items"}, default "random"
        "random": of each customer's n products, ``n - round(n * (1 - test_size))`` at random, as Microsoft
        Recommenders' stratified split does. "last": the product that each customer with at least two came to last.
        "time": one moment for everybody, before which ``1 - test_size`` of the rows lie; held out is what a customer
        first touched after it. "cold_users": that share of the customers is absent from the training part; held out is
        the second half of their products (by time where there is a `timestamp`, else at random). "cold_items": that
        share of the products is absent from the training part and held out.
    test_size : float, default 0.25
        Share to hold out, between 0 and 1; "last" does not use it.
    random_state : int, RandomState or None, default 0
        For all but "last" and "time".

    Returns
    -------
    train, test : pandas.DataFrame
        Rows of `interactions` in their order, with its `attrs`. Rows that would tell of the future are in neither: with
        "time", those after the moment whose pair was there before (a repeat is no discovery); with "last", what a
        customer did again after she came to the product that is held out. With "cold_users" the first half of the new
        customers' products is in neither; `split_parts` gives it, up to the first that is held out.

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
    parts = split_parts(interactions, split=split, test_size=test_size, random_state=random_state)
    return parts.train, parts.test


def split_parts(
    interactions: pd.DataFrame,
    *,
    split: Split = "random",
    test_size: float = 0.25,
    random_state: int | np.random.RandomState | None = 0,
) -> Parts:
    """As `split_interactions`, with the history of the new customers of "cold_users", and the rows that are in no part.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": np.arange(40) // 4, "product_id": np.arange(40) % 7})
    >>> parts = split_parts(visits, split="cold_users", test_size=0.2)
    >>> len(parts.train), len(parts.test), len(parts.history)
    (32, 4, 4)
    """
    if split not in get_args(Split):
        near = get_close_matches(str(split), get_args(Split), n=1)
        raise ParameterError(
            f"split must be one of {', '.join(get_args(Split))}, but is {split!r}."
            + (f" Did you mean {near[0]!r}?" if near else "")
        )
    if not isinstance(test_size, (int, float, np.number)) or not 0 < test_size < 1:
        raise ParameterError(f"test_size must lie between 0 and 1, e.g. 0.25, but is {test_size!r}.")
    frame = read_interactions(interactions, columns=("timestamp",) if split in ("last", "time") else ())
    customers, customer_codes = IdIndex.encode(frame["customer_id"])
    products, product_codes = IdIndex.encode(frame["product_id"])
    keys = customer_codes.astype(np.int64) * len(products) + product_codes
    pairs, pair_of_row = np.unique(keys, return_inverse=True)
    owners = pairs // len(products)
    counts = np.bincount(owners, minlength=len(customers))
    nowhere = np.zeros(len(frame), dtype=bool)
    history = nowhere
    if split == "random":
        luck = check_random_state(random_state).random_sample(len(pairs))
        n_train = np.round(counts * (1 - test_size)).astype(int)
        held = (_place_in_group(owners, luck) >= n_train[owners])[pair_of_row]
    elif split == "cold_items":
        held = _drawn(len(products), test_size, check_random_state(random_state))[product_codes]
    elif split == "cold_users":
        draws = check_random_state(random_state)
        new = _drawn(len(customers), test_size, draws)
        timed = "timestamp" in frame.columns
        order = _first_touch(frame, pair_of_row, len(pairs)) if timed else draws.random_sample(len(pairs))
        late = _place_in_group(owners, order) >= (counts // 2)[owners]
        held = (new[owners] & late)[pair_of_row]
        history = (new[owners] & ~late)[pair_of_row]
        if timed:
            nowhere = history & _after_held(frame, customer_codes, held)
            history &= ~nowhere
    else:
        first = _first_touch(frame, pair_of_row, len(pairs))
        if split == "last":
            held = ((_place_in_group(owners, first) == counts[owners] - 1) & (counts[owners] > 1))[pair_of_row]
            nowhere = ~held & _after_held(frame, customer_codes, held)
        else:
            recency = -age_in_days(frame)
            moment = np.quantile(recency, 1 - test_size)
            held = first[pair_of_row] > moment
            nowhere = (recency > moment) & ~held
    shown = ~held & ~nowhere & ~history
    if not shown.any() or not held.any():
        raise DataError(
            f"The {split!r} split of {len(frame)} rows leaves nothing to {'test' if shown.any() else 'train'} on. "
            + _NEEDS.get(split, "It needs customers with several products each and more than one moment.")
        )
    return Parts(frame[shown], frame[held], frame[history], frame[nowhere])


def pairs_among(pairs: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Which of the customer-product pairs are in the other table too, shape (len(pairs),).

    >>> table = pd.DataFrame({"customer_id": [1, 2], "product_id": ["a", "b"]})
    >>> pairs_among(table, table.tail(1)).tolist()
    [False, True]
    """
    customers, owners = IdIndex.encode(others["customer_id"])
    products, wanted = IdIndex.encode(others["product_id"])
    rows, columns = customers.codes(pairs["customer_id"]), products.codes(pairs["product_id"])
    both = (rows >= 0) & (columns >= 0)
    both[both] = np.isin(rows[both] * len(products) + columns[both], owners * len(products) + wanted)
    return both


def ratings_to_learn_from(ratings: pd.DataFrame, parts: Parts, split: Split) -> pd.DataFrame:
    """Ratings from beside the interactions that tell a model no more than the training part does.

    Left out are those of held-out pairs, of customers and products that the training part does not have but another
    part has, and with "time" and "last" those given later than the training part goes.

    >>> table = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["a", "b", "c"]})
    >>> parts = Parts(table[:1], table[1:2], table[2:], table[:0])
    >>> len(ratings_to_learn_from(table, parts, "cold_users"))
    1
    """
    kept = ~pairs_among(ratings, parts.test)
    for column in ("customer_id", "product_id"):
        elsewhere = as_index(pd.concat([parts.test[column], parts.history[column]])).unique()
        new = elsewhere[~elsewhere.isin(as_index(parts.train[column]))]
        kept &= ~as_index(ratings[column]).isin(new)
    if split in ("time", "last") and "timestamp" in ratings.columns:
        given = _days(read_interactions(ratings, columns=("timestamp",), name="ratings"))
        if split == "time":
            kept &= given <= _days(parts.train).max()
        else:
            customers, owners = IdIndex.encode(parts.test["customer_id"])
            until = np.full(len(customers) + 1, np.inf)  # the last place is that of others, where -1 points
            np.minimum.at(until, owners, _days(parts.test))
            kept &= given <= until[customers.codes(ratings["customer_id"])]
    return ratings[kept]


_NEEDS = {
    "random": "It needs customers with several products each.",
    "cold_users": "It needs at least two customers.",
    "cold_items": "It needs at least two products.",
}


def _drawn(n: int, share: float, draws: np.random.RandomState) -> NDArray[np.bool_]:
    """A random share of n, at least one where there are two."""
    chosen = np.zeros(n, dtype=bool)
    chosen[draws.permutation(n)[: min(n - 1, max(1, round(n * share)))]] = True
    return chosen


def _days(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Each row's `timestamp` in days since 1970, whether it is a time or seconds."""
    when, a_day = ticks(frame)
    return np.asarray(when / a_day, dtype=float)


def _first_touch(frame: pd.DataFrame, pair_of_row: NDArray[np.intp], n_pairs: int) -> NDArray[np.float64]:
    """When each pair was first seen, in days up to the last row of all."""
    first = np.full(n_pairs, np.inf)
    np.minimum.at(first, pair_of_row, -age_in_days(frame))
    return first


def _after_held(frame: pd.DataFrame, customers: NDArray[np.intp], held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows later than the first of their customer's that is held out."""
    when = -age_in_days(frame)
    first = np.full(customers.max() + 1, np.inf)
    np.minimum.at(first, customers[held], when[held])
    return np.asarray(when > first[customers])


def _place_in_group(groups: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.intp]:
    """The rank of each value within its group; groups are sorted, equal values go by position."""
    order = np.lexsort((values, groups))
    place = np.empty(len(order), dtype=np.intp)
    sizes = np.bincount(groups)
    place[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return place
