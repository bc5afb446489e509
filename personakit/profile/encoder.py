"""Profiles as numbers: what segmentation and prediction make of a table with categories, dates and gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names, check_is_fitted, validate_data

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.profile.frames import Kind, TakesProfiles, by_customer, kind_of

__all__ = ["NOT_FEATURES", "ProfileEncoder"]

Floats = NDArray[np.float64]

NOT_FEATURES = ("consented_to",)
"""Columns of a profile that are no features unless they are asked for: what she agreed to is not to be held for or
against her."""

SECONDS_A_DAY = 86_400


class ProfileEncoder(TakesProfiles, TransformerMixin, BaseEstimator):
    """Takes a profile frame as it is and gives a matrix of floats; what it leaves out, it names.

    Numbers and truth values stay numbers. Dates, and text in which every value is an ISO date, become days before the
    day of the profiles (their own `attrs["as_of"]`, else that of the profiles that `fit` saw, else the latest date
    among these), each column on its own. Everything else is a category. Columns that say nothing (one value only, or
    none at all), with more than `max_categories` categories, and those of NOT_FEATURES are left out, and listed with
    the reason in `left_out_`.

    Parameters
    ----------
    columns : sequence of str, optional
        Use these columns only; by default all that can be used.
    leave_out : sequence of str
        Columns that are not to be used.
    numbers : {"keep", "standard", "ranks"}
        As they are; less the mean, by the standard deviation; or as normal scores of their ranks among the customers
        that `fit` saw, which tames counts and money with long tails.
    categories : {"codes", "onehot"}
        One column of codes 0, 1, ... in the order of the sorted names, as trees take them (a category that `fit` did
        not see is missing); or a column a category (one that `fit` did not see is nought everywhere).
    missing : {"keep", "fill"}
        Gaps stay NaN; or the median takes their place, with a column that says where gaps were, if `fit` saw any; a
        gap in a category is a category of its own.
    max_categories : int, default 50
        A column with more categories is no feature: it is a name or a free text.

    Attributes
    ----------
    kinds_ : dict of column to {"number", "category", "date"}, the columns in use
    left_out_ : dict of column to the reason
    categories_ : dict of column to list of str
    sources_ : list of str, the column from which each column of the output is made
    categorical_features_ : bool ndarray of shape (n_features_out,), which columns are codes of categories
    as_of_ : Timestamp or None, the day from which dates are counted
    purpose_ : str or None, for which the gate released the profiles
    n_features_in_, feature_names_in_ : as in scikit-learn, without customer_id

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3], "frequency": [9, 2, None], "region": ["N", "S", "N"],
    ...                        "shop": ["Larkspur"] * 3})
    >>> encoder = ProfileEncoder(categories="onehot", missing="fill").fit(people)
    >>> encoder.get_feature_names_out().tolist(), encoder.left_out_
    (['frequency', 'frequency is missing', 'region = N', 'region = S'], {'shop': 'one value only'})
    >>> encoder.transform(people)[2].tolist()
    [5.5, 1.0, 1.0, 0.0]
    """

    kinds_: dict[str, Kind]
    left_out_: dict[str, str]
    categories_: dict[str, list[str]]
    sources_: list[str]
    categorical_features_: NDArray[np.bool_]
    as_of_: pd.Timestamp | None
    purpose_: str | None

    def __init__(
        self,
        columns: Sequence[str] | None = None,
        leave_out: Sequence[str] = (),
        *,
        numbers: Literal["keep", "standard", "ranks"] = "keep",
        categories: Literal["codes", "onehot"] = "codes",
        missing: Literal["keep", "fill"] = "keep",
        max_categories: int = 50,
    ) -> None:
        self.columns = columns
        self.leave_out = leave_out
        self.numbers = numbers
        self.categories = categories
        self.missing = missing
        self.max_categories = max_categories

    def fit(self, X: Any, y: Any = None) -> ProfileEncoder:
        """Learn kinds, categories, medians and scales.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, ...), what a consent gate returned, or array of shape (n_customers, n)
            Profiles, one row a customer.
        y : ignored

        Raises
        ------
        DataError
            An asked-for column is absent; an infinite value; a customer in two rows; no column can be used.
        ParameterError
            A setting that does not exist.
        """
        self._check_settings()
        frame = self._frame(X, reset=True)
        self.purpose_ = purpose_of(X)
        self.left_out_, self.kinds_, self._parts = {}, {}, []
        day = _day(frame.attrs.get("as_of"))
        kinds: dict[str, Kind] = {name: kind_of(frame[name]) for name in self._wanted(frame)}
        dates = [_dates(frame[name]).max() for name, kind in kinds.items() if kind == "date"]
        self.as_of_ = day if day is not None else (max(dates) if dates else None)
        for name, kind in kinds.items():
            part = self._learnt(frame[name], kind, self.as_of_)
            if isinstance(part, str):
                self.left_out_[name] = part
            else:
                self.kinds_[name] = kind
                self._parts.append(part)
        if not self._parts:
            reasons = ", ".join(f"{name} ({why})" for name, why in list(self.left_out_.items())[:3])
            raise DataError(
                f"profiles: none of the {frame.shape[1]} columns of n_samples={len(frame)} customers can be used: "
                f"{reasons}. Give columns in which customers differ."
            )
        self.categories_ = {part.name: part.names for part in self._parts if part.kind == "category"}
        self.sources_ = [part.name for part in self._parts for _ in part.outputs]
        codes = self.categories == "codes"
        self.categorical_features_ = np.array([codes and self.kinds_[name] == "category" for name in self.sources_])
        return self

    def transform(self, X: Any) -> Floats:
        """The matrix, float64 of shape (n_customers, n_features_out), rows in the order of X."""
        check_is_fitted(self, "kinds_")
        check_use(self, X)
        frame = self._frame(X, reset=False)
        stated = _day(frame.attrs.get("as_of"))
        day = self.as_of_ if stated is None else stated
        return np.column_stack([self._numbers(part, frame[part.name], day) for part in self._parts])

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """The name of each column of the matrix."""
        check_is_fitted(self, "kinds_")
        return np.array([name for part in self._parts for name in part.outputs], dtype=object)

    def _check_settings(self) -> None:
        for name, known in (
            ("numbers", ("keep", "standard", "ranks")),
            ("categories", ("codes", "onehot")),
            ("missing", ("keep", "fill")),
        ):
            if getattr(self, name) not in known:
                raise ParameterError(f"ProfileEncoder({name}={getattr(self, name)!r}): give one of {', '.join(known)}.")

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        plain = plain_frame(X)
        if isinstance(plain, pd.DataFrame):
            frame = by_customer(X)
            _check_feature_names(self, frame, reset=reset)
            if reset:
                self.n_features_in_ = frame.shape[1]
            if not all(isinstance(name, str) for name in frame.columns):
                frame = frame.set_axis(frame.columns.map(str), axis=1)
        else:
            array = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite=False)
            frame = pd.DataFrame(array, columns=[f"x{place}" for place in range(array.shape[1])]).infer_objects()
        for name, dtype in frame.dtypes.items():
            if pd.api.types.is_numeric_dtype(dtype):
                _check_finite(frame[name].to_numpy(dtype=float, na_value=np.nan), frame[name])
        return frame

    def _wanted(self, frame: pd.DataFrame) -> list[str]:
        asked = [self.columns] if isinstance(self.columns, str) else self.columns
        not_wanted = [self.leave_out] if isinstance(self.leave_out, str) else list(self.leave_out)
        if absent := [name for name in (*(asked or ()), *not_wanted) if name not in frame.columns]:
            raise DataError(
                f"profiles has no column {some(map(repr, absent))} (it has {some(frame.columns, 6)}). Name columns of "
                "the profiles."
            )
        if asked is not None:
            return [name for name in asked if name not in not_wanted]
        for name in (*not_wanted, *NOT_FEATURES):
            if name in frame.columns:
                self.left_out_[name] = "asked for" if name in not_wanted else "what she agreed to is no feature"
        return [name for name in frame.columns if name not in self.left_out_]

    def _learnt(self, column: pd.Series, kind: Kind, day: pd.Timestamp | None) -> _Part | str:
        """How a column is turned into numbers, or the reason why it is not."""
        name = str(column.name)
        if column.isna().all():
            return "no value at all"
        gaps = bool(column.isna().any())
        if kind == "category":
            names = sorted(column.dropna().astype(str).unique())
            if len(names) + gaps < 2:
                return "one value only"
            if len(names) > self.max_categories:
                return f"{len(names)} categories, more than max_categories={self.max_categories}"
            outputs = [f"{name} = {each}" for each in names] if self.categories == "onehot" else [name]
            if gaps and self.missing == "fill" and self.categories == "onehot":
                outputs.append(f"{name} is missing")
            return _Part(name, kind, outputs, names=names)
        values = _as_numbers(column, kind, day)
        known = np.sort(values[np.isfinite(values)])
        if known[0] == known[-1] and not (gaps and self.missing == "keep"):
            return "one value only"
        spread = float(known.std())
        part = _Part(name, kind, [name], median=float(np.median(known)), mean=float(known.mean()))
        part.spread = spread if spread else 1.0
        if self.numbers == "ranks":
            part.known = known
        if gaps and self.missing == "fill":
            part.outputs.append(f"{name} is missing")
        return part

    def _numbers(self, part: _Part, column: pd.Series, day: pd.Timestamp | None) -> Floats:
        """The columns of the output that one column of the profiles makes."""
        if part.kind == "category":
            text = column.astype(object).where(column.isna(), column.astype(str))
            code = pd.Index(part.names, dtype=object).get_indexer(pd.Index(text, dtype=object))
            if self.categories == "onehot":
                made = (code[:, None] == np.arange(len(part.names))).astype(float)
                return np.column_stack([made, column.isna()]) if len(part.outputs) > len(part.names) else made
            if self.missing == "fill":
                code = np.where(column.isna(), len(part.names), code)
            return np.where(code < 0, np.nan, code).astype(float)[:, None]
        values = _as_numbers(column, part.kind, day)
        gap = ~np.isfinite(values)
        if self.missing == "fill":
            values = np.where(gap, part.median, values)
        if self.numbers == "standard":
            values = (values - part.mean) / part.spread
        elif part.known is not None:
            values = np.where(np.isfinite(values), _normal_scores(values, part.known), np.nan)
        return np.column_stack([values, gap]) if len(part.outputs) > 1 else values[:, None]


@dataclass
class _Part:
    """What was learnt about one column."""

    name: str
    kind: Kind
    outputs: list[str]
    names: list[str] = field(default_factory=list)
    median: float = 0.0
    mean: float = 0.0
    spread: float = 1.0
    known: Floats | None = None


def _normal_scores(values: Floats, known: Floats) -> Floats:
    """The normal quantile of each value's mid-rank among the known ones (van der Waerden)."""
    below = np.searchsorted(known, values, side="left") + np.searchsorted(known, values, side="right")
    return norm.ppf((below / 2 + 0.5) / (len(known) + 1))


def _as_numbers(column: pd.Series, kind: Kind, day: pd.Timestamp | None) -> Floats:
    if kind == "date":
        ago: pd.Series = pd.Timestamp(str(day)) - _dates(column)
        return ago.dt.total_seconds().to_numpy(dtype=float) / SECONDS_A_DAY
    try:
        values = column.astype(object).where(column.notna(), np.nan) if column.dtype == object else column
        numbers = pd.to_numeric(values).to_numpy(dtype=float, na_value=np.nan)
    except (ValueError, TypeError) as problem:
        raise DataError(
            f"profiles.{column.name} held numbers when this was fitted, and now holds text "
            f"({some(column.unique())}). Read the column as numbers: pd.to_numeric(column, errors='coerce') makes "
            "gaps of what is none."
        ) from problem
    _check_finite(numbers, column)
    return numbers


def _check_finite(numbers: Floats, column: pd.Series) -> None:
    if (wrong := np.isinf(numbers)).any():
        raise DataError(
            f"profiles.{column.name} is infinite for {int(wrong.sum())} customers ({some(column.index[wrong])}). An "
            "infinity is mostly a division by nought: put a missing value (NaN) there, or a number."
        )


def _dates(column: pd.Series) -> pd.Series:
    """Moments without a time zone; text with offsets in UTC, moments of a zone on its own clock."""
    if column.dtype.kind == "M":
        return column.dt.tz_localize(None) if getattr(column.dt, "tz", None) is not None else column
    moments = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)
    if (lost := moments.isna() & column.notna()).any():
        raise DataError(
            f"profiles.{column.name} holds dates, and {int(lost.sum())} values that are none ({some(column[lost])}). "
            "Correct them, or put a missing value there: pd.to_datetime(column, errors='coerce')."
        )
    return moments


def _day(as_of: Any) -> pd.Timestamp | None:
    return None if as_of is None else pd.Timestamp(str(as_of)).tz_localize(None)
