"""Reading what a shop knows of its products: the catalogue, reviews, and numbers taken from pictures."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some

__all__ = ["read_images", "read_products", "read_reviews", "texts_of"]


def read_products(products: Any, columns: Iterable[str] = ()) -> pd.DataFrame:
    """The catalogue as a checked data frame, one row a product.

    Parameters
    ----------
    products : pandas.DataFrame, or anything with `to_pandas()`
        With `product_id` and `columns`.
    columns : iterable of str, default ()
        Further columns that must be there; nulls in them are allowed.

    Raises
    ------
    DataError
        Not a table, no row, a missing column, a null id, or a product that stands there twice.

    Examples
    --------
    >>> read_products(pd.DataFrame({"product_id": [7, 7], "title": ["Cup", "Mug"]}))
    Traceback (most recent call last):
        ...
    personakit.errors.DataError: products.product_id has 1 repeated value (row 1: 7). Keep one row a product, e.g. ...
    """
    frame = _table(products, "products", "one row a product, with product_id and what is known of it")
    _need(frame, ["product_id", *columns], "products")
    repeated = frame["product_id"].duplicated().to_numpy()
    if repeated.any():
        rows, ids = frame.index[repeated], frame["product_id"][repeated]
        raise DataError(
            f"products.product_id has {repeated.sum()} repeated value{'s' if repeated.sum() > 1 else ''} "
            f"(row{'s' if repeated.sum() > 1 else ''} {some(rows)}: {some(ids)}). "
            'Keep one row a product, e.g. products.drop_duplicates("product_id").'
        )
    return frame


def read_reviews(reviews: Any) -> pd.DataFrame:
    """Reviews as a checked data frame, `product_id` and `text`, and `customer_id` where it is told."""
    frame = _table(reviews, "reviews", "product_id and text, and customer_id so that a customer can be forgotten")
    _need(frame, ["product_id", "text"], "reviews")
    return frame


def read_images(images: Any) -> pd.DataFrame:
    """Numbers taken from pictures, indexed by product: every column beside `product_id`, finite.

    >>> read_images(pd.DataFrame({"product_id": [1], "hue": [0.5]})).loc[1, "hue"]
    np.float64(0.5)
    """
    frame = _table(images, "images", "product_id and one column a number, e.g. hue and brightness")
    _need(frame, ["product_id"], "images")
    repeated = frame["product_id"].duplicated().to_numpy()
    if repeated.any():
        raise DataError(
            f"images.product_id has {repeated.sum()} repeated values ({some(frame['product_id'][repeated])}). "
            "Keep one row a product, e.g. the mean of its pictures: images.groupby('product_id').mean()."
        )
    numbers = frame.set_index("product_id")
    if not len(numbers.columns):
        raise DataError("images has no column beside product_id. Pass one column a number, e.g. hue and brightness.")
    for name in numbers.columns:
        column = numbers[name]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            raise DataError(
                f"images.{name} holds {column.dtype} values ({some(column)}), not numbers. Drop or encode it."
            )
        bad = ~np.isfinite(column.to_numpy(dtype=float, na_value=np.nan))
        if bad.any():
            raise DataError(
                f"images.{name} has {bad.sum()} missing or infinite values (products {some(column.index[bad])}). "
                "Leave out the rows of products without a picture; they are then compared by the rest."
            )
    return numbers.astype(float)


def texts_of(frame: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """The words of each row: its text columns one after the other, nulls as nothing.

    >>> texts_of(pd.DataFrame({"title": ["Blue cup", None], "description": [None, ""]}), ["title", "description"])
    ['Blue cup', '']
    """
    joined: NDArray[Any] = np.full(len(frame), "", dtype=object)
    for column in columns:
        joined = joined + " " + frame[column].astype(object).where(frame[column].notna(), "").map(str).to_numpy()
    return [text.strip() for text in joined]


def _table(table: Any, name: str, wanted: str) -> pd.DataFrame:
    frame = table.to_pandas() if not isinstance(table, pd.DataFrame) and hasattr(table, "to_pandas") else table
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{name} is a {type(table).__name__}. Pass a data frame with {wanted}.")
    if frame.empty:
        raise DataError(f"{name} has no rows. Pass a data frame with {wanted}.")
    return frame


def _need(frame: pd.DataFrame, columns: list[str], name: str) -> None:
    for column in columns:
        if column not in frame.columns:
            near = get_close_matches(column, [str(held) for held in frame.columns], n=1)
            raise DataError(
                f"{name} has no column {column!r} (columns: {some(frame.columns, 12)})."
                + (f" Did you mean {near[0]!r}?" if near else " Rename the column that holds it.")
            )
    missing = frame["product_id"].isna().to_numpy()
    if missing.any():
        raise DataError(
            f"{name}.product_id has {missing.sum()} missing values (rows {some(frame.index[missing])}). "
            "Drop those rows, or repair them."
        )
