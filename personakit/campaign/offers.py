"""Offers: the products chosen for a customer, with the words and prices that a message or a page shows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from personakit.errors import DataError, some

__all__ = ["offers_for"]

_SHOWN = ("title", "category", "brand", "price")


def offers_for(
    recommendations: pd.DataFrame, products: pd.DataFrame, *, columns: tuple[str, ...] = _SHOWN
) -> dict[Any, list[dict[str, Any]]]:
    """The recommended products of each customer as a list that templates can loop over.

    Parameters
    ----------
    recommendations : DataFrame[customer_id, product_id, rank, ...]
        What a recommender's `recommend` returns; `rank` 1 is the best.
    products : DataFrame[product_id, ...]
        The catalogue.
    columns : tuple of str
        Columns of the catalogue to show.

    Returns
    -------
    dict of customer_id to list of dict, the best first. Each dict has product_id, rank and all of `columns`; what the
    catalogue does not know is None, so that a template written for one catalogue runs on another.

    Raises
    ------
    DataError
        A table misses a column, or a recommended product is not in the catalogue.

    Examples
    --------
    >>> slate = pd.DataFrame({"customer_id": [1, 1], "product_id": [20, 10], "rank": [2, 1]})
    >>> shelf = pd.DataFrame({"product_id": [10, 20], "title": ["Linen shirt", "Wool scarf"]})
    >>> [offer["title"] for offer in offers_for(slate, shelf)[1]]
    ['Linen shirt', 'Wool scarf']
    """
    for name, frame, needed in (
        ("recommendations", recommendations, ["customer_id", "product_id", "rank"]),
        ("products", products, ["product_id"]),
    ):
        absent = [column for column in needed if column not in frame.columns]
        if absent:
            raise DataError(f"{name} has no column {', '.join(absent)} (it has {some(frame.columns, 6)}).")
    shelf = products[["product_id", *(column for column in columns if column in products.columns)]]
    unknown = ~recommendations["product_id"].isin(shelf["product_id"])
    if unknown.any():
        raise DataError(
            f"recommendations.product_id has {int(unknown.sum())} values that are not in products "
            f"({some(recommendations.loc[unknown, 'product_id'].unique())}). Give the catalogue that the "
            "recommender was fitted on."
        )
    merged = recommendations.sort_values(["customer_id", "rank"], kind="stable")[["customer_id", "product_id", "rank"]]
    merged = merged.merge(shelf, on="product_id", how="left", validate="many_to_one")
    merged = merged.astype(object).where(merged.notna(), None)
    unknown_columns = dict.fromkeys(column for column in columns if column not in products.columns)
    offers: dict[Any, list[dict[str, Any]]] = {}
    for row in merged.to_dict("records"):
        offers.setdefault(row.pop("customer_id"), []).append(
            {str(name): value for name, value in row.items()} | unknown_columns
        )
    return offers
