"""Pictures for the chapters on recommendation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError
from personakit.notebook.pictures import Picture
from personakit.notebook.style import COLOURS, use_style

__all__ = ["plot_matrix"]


@use_style()
def plot_matrix(pairs: pd.DataFrame, title: str, *, n_customers: int = 300, n_products: int = 300) -> Picture:
    """Who has what: a dot for each pair of customer and product, a sample of both sorted by how much they have.

    Parameters
    ----------
    pairs : pandas.DataFrame
        `customer_id`, `product_id`; repeats count once.
    title : str
        The message.
    n_customers, n_products : int, default 300
        At most so many rows and columns, taken evenly from the most active to the least.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": ["tea", "cup", "tea"]})
    >>> plot_matrix(seen, "Mostly empty")
    Mostly empty. Dots for 2 customers (rows) and 2 products (columns): 75.0 % of the cells are filled.
    """
    for name, value in (("n_customers", n_customers), ("n_products", n_products)):
        if value < 1:
            raise ParameterError(f"{name} must be at least 1, but is {value!r}.")
    pairs = pairs[["customer_id", "product_id"]].drop_duplicates()
    if not len(pairs):
        raise DataError("There is nothing to draw: pairs is empty. Check the filter before it.")
    rows, columns = _evenly(pairs["customer_id"], n_customers), _evenly(pairs["product_id"], n_products)
    at, to = rows.get_indexer(pd.Index(pairs["customer_id"])), columns.get_indexer(pd.Index(pairs["product_id"]))
    drawn = (at >= 0) & (to >= 0)
    filled = np.zeros((len(rows), len(columns)))
    filled[at[drawn], to[drawn]] = 1.0

    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2))
    axes = figure.subplots()
    colours = ListedColormap(["#FFFFFF", COLOURS["blue"]])
    axes.imshow(filled, cmap=colours, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.set(xticks=[], yticks=[], xlabel="products, the most popular left", ylabel="customers, the most active on top")
    axes.set_title(title)
    share = 100 * len(pairs) / (pairs["customer_id"].nunique() * pairs["product_id"].nunique())
    return Picture(
        figure,
        f"{title}. Dots for {len(rows):,} customers (rows) and {len(columns):,} products (columns): {share:.1f} % of "
        "the cells are filled.",
    )


def _evenly(ids: pd.Series, at_most: int) -> pd.Index:
    """Ids from the most frequent to the least, ties by id, every so many-th of them."""
    counts = ids.value_counts().sort_index(kind="stable").sort_values(ascending=False, kind="stable")
    places = np.linspace(0, len(counts) - 1, min(at_most, len(counts))).round().astype(int)
    return counts.index[places]
