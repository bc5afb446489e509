"""Assignment: who gets which arm of an experiment, decided by chance alone and the same way every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.world.random import Key, uniform

__all__ = ["assign"]

_METHODS = ("balanced", "independent")


def assign(
    customer_ids: ArrayLike,
    arms: Sequence[Any] | Mapping[Any, float],
    *,
    random_state: int = 0,
    method: str = "balanced",
) -> pd.Series:
    """Put each customer into one arm of an experiment at random.

    Every customer has a number between 0 and 1 that depends on nothing but her id and `random_state`. The row order of
    the input therefore never matters, and another experiment (another `random_state`) mixes the customers anew.

    Parameters
    ----------
    customer_ids : array-like of shape (n_customers,)
        Ids, whole numbers or strings, each once.
    arms : sequence of names, or mapping of name to share
        Two arms or more; shares are positive and need not add up to 1. A sequence means equal shares.
    random_state : int, default 0
        Which of the possible assignments.
    method : {"balanced", "independent"}, default "balanced"
        "balanced" deals the customers out in the order of their numbers, so that arm sizes are right to within one
        customer. "independent" cuts the numbers at fixed places: sizes vary as in coin tossing, and a customer who
        joins later changes nobody's arm, which a campaign that runs for weeks needs.

    Returns
    -------
    Series named "arm": categorical (the arms in the order given), index customer_id in the order given.

    Raises
    ------
    ParameterError
        Fewer than two arms, a share that is not positive, or an unknown method.
    DataError
        Ids are missing, or come twice.

    Examples
    --------
    >>> arms = assign(range(1, 1001), ["control", "offer"], random_state=1)
    >>> arms.value_counts().to_dict()
    {'control': 500, 'offer': 500}
    >>> arms.loc[[7]].equals(assign(range(1000, 0, -1), ["control", "offer"], random_state=1).loc[[7]])
    True
    """
    names, shares = _arms(arms)
    if method not in _METHODS:
        raise ParameterError(f"assign(method={method!r}): choose one of {', '.join(map(repr, _METHODS))}.")
    index = pd.Index(customer_ids, name="customer_id")  # type: ignore[arg-type]
    if index.hasnans:
        missing = int(np.count_nonzero(index.isna()))
        raise DataError(f"customer_ids has {missing} missing values. Drop them before assigning arms.")
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise DataError(
            f"customer_ids has {len(twice)} ids that come more than once ({some(twice)}). A customer can be in one arm "
            "only: drop the duplicates."
        )
    number = _numbers(index, random_state)
    if method == "balanced":
        place = np.empty(len(index))
        place[np.lexsort((_codes(index), number))] = (np.arange(len(index)) + 0.5) / max(len(index), 1)
        number = place
    chosen = np.searchsorted(np.cumsum(shares)[:-1], number, side="right")
    return pd.Series(pd.Categorical.from_codes(chosen.tolist(), categories=pd.Index(names)), index=index, name="arm")


def _arms(arms: Sequence[Any] | Mapping[Any, float]) -> tuple[list[Any], NDArray[np.float64]]:
    names = list(arms)
    shares = np.array(list(arms.values()) if isinstance(arms, Mapping) else [1.0] * len(names), dtype=float)
    if len(names) < 2 or len(set(names)) < len(names):
        raise ParameterError(f"An experiment needs two different arms or more; arms has {some(names, 5)}.")
    if not (np.isfinite(shares) & (shares > 0)).all():
        raise ParameterError(f"The shares of the arms must be positive numbers, and are {some(shares, 5)}.")
    return names, shares / shares.sum()


def _codes(index: pd.Index) -> NDArray[np.uint64]:
    """A whole number for each id that depends on the id alone (whole numbers as they are, strings hashed)."""
    if pd.api.types.is_integer_dtype(index):
        return index.to_numpy(dtype=np.int64).view(np.uint64)
    return pd.util.hash_array(index.astype(str).to_numpy(dtype=object), categorize=False)


def _numbers(index: pd.Index, random_state: int) -> NDArray[np.float64]:
    if not isinstance(random_state, int | np.integer):
        raise ParameterError(
            f"assign(random_state={random_state!r}): give a whole number, so that the same customer can be found in "
            "the same arm again."
        )
    return uniform(Key(int(random_state), "arm").at(_codes(index).view(np.int64)))
