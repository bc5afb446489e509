"""What a customer likes, from what she looked at and bought: shares of styles or departments against the average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import positive

__all__ = ["taste_features"]


def taste_features(
    interactions: Any,
    products: pd.DataFrame,
    *,
    of: str | Sequence[str] = "style",
    prior: float = 20.0,
    as_of: Any = None,
) -> pd.DataFrame:
    """How much more or less than the average customer each one turns to every value of an attribute of products.

    For a share s of her n events and the average share p it is (s - p) n / (n + prior) / sqrt(p): nought for the
    average, pulled towards nought where she did little, and of equal noise for rare and frequent values. (The squared
    length is the chi-squared distance from the average.) Returns do not count; views, baskets and purchases count one
    each, so that what she looked at and bought counts more.

    Parameters
    ----------
    interactions : DataFrame, or what a consent gate returned
        Columns customer_id and product_id; event and timestamp where there are any. Order lines and ratings will do.
    products : DataFrame with product_id and the attributes
    of : str or sequence of str, default "style"
        Attributes of the products: style, department, category, brand, material, ...
    prior : float, default 20
        Events of an average customer that are added to everybody's.
    as_of : date-like, optional
        Count what happened until the end of this day; needs the column timestamp.

    Returns
    -------
    DataFrame, index customer_id (sorted), columns such as "style classic", float64
        Customers without an event of a product with the attribute are nought there; those without any event are absent.

    Raises
    ------
    DataError
        A column is missing, or no event is left.

    Examples
    --------
    >>> seen = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": [10, 10, 10, 11]})
    >>> products = pd.DataFrame({"product_id": [10, 11], "style": ["classic", "street"]})
    >>> taste_features(seen, products, prior=2).round(3).to_dict("list")
    {'style classic': [0.144, -0.144], 'style street': [-0.25, 0.25]}
    """
    positive("prior", prior, "taste_features", "How many events of an average customer are added to everybody's.")
    events, attributes = plain_frame(interactions), [of] if isinstance(of, str) else list(of)
    wanted = ["customer_id", "product_id", *(["timestamp"] if as_of is not None else [])]
    for name, table, columns in (
        ("interactions", events, wanted),
        ("products", products, ["product_id", *attributes]),
    ):
        if absent := [column for column in columns if column not in table.columns]:
            raise DataError(f"{name} has no column {some(map(repr, absent))} (it has {some(table.columns, 8)}).")
    if "event" in events.columns:
        events = events[events["event"] != "return"]
    if as_of is not None:
        events = events[events["timestamp"] < pd.Timestamp(as_of).normalize() + pd.Timedelta(days=1)]
    if not len(events):
        raise DataError("interactions: no view, basket or purchase is left. Check the dates and the column event.")
    if products["product_id"].duplicated().any():
        raise DataError("products has a product_id in more than one row. Keep one row a product.")
    made = [_against_average(events, products, attribute, prior) for attribute in attributes]
    features = pd.concat(made, axis=1).fillna(0.0).sort_index()
    features.index.name = "customer_id"
    if (purpose := purpose_of(interactions)) is not None:
        features.attrs["purpose"] = purpose
    return features


def _against_average(events: pd.DataFrame, products: pd.DataFrame, attribute: str, prior: float) -> pd.DataFrame:
    values = events["product_id"].map(products.set_index("product_id")[attribute])
    if values.isna().all():
        raise DataError(
            f"products.{attribute} is not known of any product in interactions. Check the ids, or leave it out."
        )
    ids, customers = pd.factorize(events["customer_id"], sort=True)
    codes, names = pd.factorize(values.astype(object), sort=True)
    counts = np.zeros((len(customers), len(names)))
    np.add.at(counts, (ids[codes >= 0], codes[codes >= 0]), 1.0)
    average = counts.sum(axis=0) / counts.sum()
    total = counts.sum(axis=1, keepdims=True)
    shrunk = (counts - total * average) / (total + prior) / np.sqrt(average)
    return pd.DataFrame(shrunk, index=customers, columns=[f"{attribute} {name}" for name in names])
