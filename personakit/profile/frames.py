"""Profiles as later rooms take them: one row a customer, each column of a known kind, nothing infinite."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import plain_frame

__all__ = ["Kind", "TakesProfiles", "by_customer", "kind_of"]

Kind = Literal["number", "category", "date"]
_ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}.*)?"


class TakesProfiles:
    """Tells scikit-learn that an estimator takes profiles as they are, with gaps, categories and text.

    Goes before scikit-learn's own bases.

    >>> from sklearn.base import BaseEstimator
    >>> class Model(TakesProfiles, BaseEstimator):
    ...     pass
    >>> Model().__sklearn_tags__().input_tags.allow_nan
    True
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def by_customer(profiles: Any, name: str = "profiles") -> pd.DataFrame:
    """One row a customer with customer_id as the index, whatever the profiles came in.

    Parameters
    ----------
    profiles : DataFrame, what a consent gate returned, or an engine's table
        With customer_id as a column or as the index. A frame without ids keeps its own index.
    name : str
        What the error texts call it.

    Returns
    -------
    DataFrame
        A view where it can be; `attrs` kept, with the purpose for which the gate released it.

    Raises
    ------
    DataError
        This is no table; it has no rows; a customer stands in several rows, or an id is missing; two columns have the
        same name.

    Examples
    --------
    >>> by_customer(pd.DataFrame({"customer_id": [7, 8], "frequency": [2, 1]})).loc[7, "frequency"]
    np.int64(2)
    """
    frame = plain_frame(profiles)
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"{name} is a {type(frame).__name__}, not a table. Give a DataFrame with one row a customer, such as "
            "pk.profile.build_profiles(tables) makes, or what pk.privacy.gate released."
        )
    if (twice := frame.columns[frame.columns.duplicated()]).size:
        raise DataError(f"{name} has {some(map(repr, twice))} more than once. Rename one of the columns.")
    if "customer_id" in frame.columns:
        frame = frame.set_index("customer_id")
    if not len(frame):
        raise DataError(f"{name} has no rows (0 samples). Check the as_of date, and whom the gate kept back.")
    if frame.index.name == "customer_id":
        _once(frame.index, name)
    if (purpose := purpose_of(profiles)) is not None and frame.attrs.get("purpose") != purpose:
        frame = frame.copy(deep=False)
        frame.attrs["purpose"] = purpose
    return frame


def kind_of(column: pd.Series) -> Kind:
    """What a column holds, by its dtype; text in which every value is an ISO date holds dates.

    >>> [kind_of(pd.Series(values)) for values in ([1, None], ["a", "b"], ["2025-01-31", None], [True, False])]
    ['number', 'category', 'date', 'number']
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(column.dtype):  # truth values too
        return "number"
    known = column.dropna()
    if isinstance(column.dtype, pd.CategoricalDtype) or not len(known):
        return "category"
    if known.map(lambda value: isinstance(value, (bool, np.bool_, int, float, np.number, Decimal))).all():
        return "number"
    return "date" if known.astype(str).str.fullmatch(_ISO_DATE).all() else "category"


def _once(ids: pd.Index, name: str) -> None:
    if (missing := ids.isna()).any():
        rows = np.flatnonzero(missing)
        raise DataError(f"{name}.customer_id is missing in {len(rows)} rows ({some(rows)}). Drop them, or fill it in.")
    if (again := ids[ids.duplicated()].unique()).size:
        raise DataError(
            f"{name} has {len(again)} customers in more than one row (customer_id {some(again)}). One row a customer "
            "is needed: merge them, or drop the repeats with drop_duplicates('customer_id')."
        )
