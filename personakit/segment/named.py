"""What segmentations by name have in common: the columns they read, from a frame or an array, and their answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import sklearn.exceptions
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from personakit.data.problems import nearest
from personakit.errors import DataError, NotFittedError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.profile.frames import by_customer

__all__ = ["NamedSegments", "NotFittedSegmentsError", "money_shares", "numbered"]


class NotFittedSegmentsError(NotFittedError, sklearn.exceptions.NotFittedError):
    """A segmentation that has not learnt yet; scikit-learn's tools know it by their own name."""


class NamedSegments(BaseEstimator):
    """The base of segmentations that give every customer a name: reading, and the shape of the answer.

    Profile frames (customer_id as a column or as the index), what a consent gate released, an engine's table, and
    arrays with just the columns that are read, in their order, are all taken. A frame gives a categorical Series by
    customer_id; an array an array of whole numbers, the place of each name among the names.
    """

    purpose_: str | None
    n_features_in_: int

    def fit_predict(self, profiles: Any, y: None = None) -> Any:
        """`fit` and `predict` on the same customers."""
        return self.fit(profiles).predict(profiles)

    def _read(self, profiles: Any, columns: Sequence[str], *, reset: bool) -> pd.DataFrame:
        """These columns as floats by customer, missing values as NaN.

        An array has them in this order, or more, which are called x0, x1, ...
        """
        given = plain_frame(profiles)
        if not isinstance(given, pd.DataFrame):
            rows = isinstance(given, list) and bool(given) and isinstance(given[0], (list, tuple, np.ndarray))
            if not rows and not hasattr(given, "shape") and not hasattr(given, "__array__"):
                raise DataError(
                    f"{type(self).__name__} needs a DataFrame with the columns {', '.join(columns)}, and got "
                    f"{type(given).__name__}. Make one with pk.profile.build_profiles(tables)."
                )
            array = validate_data(self, given, reset=reset, dtype=np.float64, ensure_all_finite=False)
            alone = array.shape[1] == len(columns)
            frame = pd.DataFrame(array, columns=list(columns) if alone else numbered(array.shape[1]))
            if any(name not in frame.columns for name in columns):
                raise DataError(
                    f"An array for {type(self).__name__} has the columns {', '.join(columns)}, and this one has "
                    f"{array.shape[1]} feature(s). Give these {len(columns)}, or a DataFrame that names its columns."
                )
            return frame[list(columns)]
        frame = by_customer(profiles)
        if absent := [name for name in columns if name not in frame.columns]:
            raise DataError(
                f"profiles has no column {', '.join(absent)} (it has {some(given.columns, 6)})."
                f"{nearest(absent[0], map(str, frame.columns))} "
                "Make the columns with pk.profile.build_profiles(tables), or rename yours."
            )
        if reset:
            self.n_features_in_ = len(columns)
        values = pd.DataFrame({name: _floats(frame[name]) for name in columns}, index=frame.index)
        values.index.name = "customer_id"
        return values

    def _check_fitted(self, what: str = "its cut-offs") -> None:
        if not hasattr(self, "purpose_"):
            raise NotFittedSegmentsError(
                f"This {type(self).__name__} has not learnt {what} yet. Call fit(profiles) first."
            )

    @staticmethod
    def _answer(profiles: Any, names: NDArray[Any], index: pd.Index, categories: Sequence[str], title: str) -> Any:
        """A categorical Series by customer for a table; for an array, the places among the categories."""
        found = pd.Categorical(names, categories=list(categories))
        if not isinstance(plain_frame(profiles), pd.DataFrame):
            return found.codes.astype(np.int64)
        series = pd.Series(found, index=index, name=title)
        if (purpose := purpose_of(profiles)) is not None:
            series.attrs["purpose"] = purpose
        return series


def numbered(width: int) -> list[str]:
    """The names of an array's columns.

    >>> numbered(2)
    ['x0', 'x1']
    """
    return [f"x{place}" for place in range(width)]


def money_shares(profiles: Any, names: Any) -> pd.Series | None:
    """Each segment's share of the money of these customers, by name; None where no money is recorded.

    >>> people = pd.DataFrame({"customer_id": [1, 2, 3], "monetary": [60.0, 30.0, 10.0]})
    >>> money_shares(people, ["a", "b", "b"]).to_dict()
    {'a': 0.6, 'b': 0.4}
    """
    frame = plain_frame(profiles)
    if not isinstance(frame, pd.DataFrame) or "monetary" not in frame.columns:
        return None
    money = pd.Series(_floats(frame["monetary"])).groupby(np.asarray(names, dtype=object)).sum()
    return money / money.sum() if money.sum() > 0 else None


def _floats(column: pd.Series) -> NDArray[np.float64]:
    try:
        if column.dtype.kind in "mM":
            raise TypeError("times are no numbers")
        return column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as problem:
        raise DataError(
            f"profiles.{column.name} does not hold numbers (dtype {column.dtype}: {some(map(repr, column))}). Counts "
            "of days come from dates with (pd.Timestamp(as_of) - pd.to_datetime(dates)).dt.days; numbers in text are "
            "read with pd.to_numeric."
        ) from problem
