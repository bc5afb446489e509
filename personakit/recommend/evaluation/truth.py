"""The true worth of recommended lists, which only a simulated world knows: a score for methods, never their input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError
from personakit.recommend.evaluation.ranking import check_k, read_lists

if TYPE_CHECKING:
    from personakit.world.world import World

__all__ = ["slate_value"]

_PLACES = 12  # of a slate in the world


def slate_value(world: World, lists: pd.DataFrame, *, k: int = 10, at: object = None) -> pd.DataFrame:
    """What each customer's list would bring in a week if the shop showed it on every visit, exactly.

    The expectation under the world's own choice model, all that the customer does without the list included: she
    comes, looks at one place of the list and takes what she finds there or not, and chooses on the category pages too.
    An offline metric asks whether a list finds what was held out. This asks what the list changes.

    Parameters
    ----------
    world : World
        What made the data that the lists were learnt from.
    lists : pandas.DataFrame
        As `recommend` returns it: `customer_id`, `product_id`, `rank`. Shorter lists are worth what they hold; a
        product that cannot be bought that week is worth nothing.
    k : int, default 10
        Length of the lists, up to 12.
    at : date-like, optional
        A day of the week to look at; by default the first week after the history.

    Returns
    -------
    pandas.DataFrame
        One row a customer, sorted: `customer_id`; `clicks` on the list, `orders`, `revenue` and `margin` in pounds,
        expected in that week; `shop_margin`, the margin under the shop's own slates; `best_margin`, under the oracle's
        best slate of the same length; `regret`, what the list leaves of that. Who has dropped out brings nothing,
        whatever is shown.

    Raises
    ------
    ParameterError, DataError
        For k outside 1 to 12, no lists, or customers and products that the world does not have.

    Examples
    --------
    >>> from personakit.recommend import Popular
    >>> from personakit.world import World
    >>> world = World(n_customers=50, n_products=60, n_days=90)
    >>> lists = Popular().fit(world.tables["interactions"]).recommend(k=5)
    >>> value = slate_value(world, lists, k=5)
    >>> bool((value["regret"] >= 0).all())
    True
    """
    k = check_k(k)
    if k > _PLACES:
        raise ParameterError(f"k is {k}, but a slate in the world has at most {_PLACES} places. Pass k=10, say.")
    listed = read_lists(lists, k).sort_values(["customer_id", "rank"])
    if listed.empty:
        raise DataError("lists has no rows, so there is no slate to value. Pass what recommend() returns.")
    length = listed.groupby("customer_id")["rank"].transform("size").to_numpy()
    parts = []
    for places in np.unique(length):
        part = listed[length == places]
        slate = part["product_id"].to_numpy().reshape(-1, places)
        customers = part["customer_id"].to_numpy()[::places]
        outcome = world.expected(customers, {"slate": slate}, at=at)
        best = world.best_slates(customers, int(places), at=at)["product_id"].to_numpy().reshape(-1, places)
        shop, ideal = world.expected(customers, at=at), world.expected(customers, {"slate": best}, at=at)
        value = outcome[["customer_id", "clicks", "orders", "revenue", "margin"]].assign(
            shop_margin=shop["margin"], best_margin=ideal["margin"]
        )
        parts.append(value.assign(regret=ideal["margin"] - outcome["margin"]))
    return pd.concat(parts).sort_values("customer_id", ignore_index=True)
