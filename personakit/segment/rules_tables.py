"""Columns as rules see them: numbers, texts, days and flags, from a pandas frame or from an engine's table.

Both classes offer the same few operations, with the same answer for every value that is missing: a comparison with it
is no. That is all that makes a rule mean the same in pandas and in an engine.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, some

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COMPARISONS", "EngineColumns", "FrameColumns", "RuleColumns", "days_since_1970"]

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_DAY = r"^\d{4}-\d{2}-\d{2}"


def days_since_1970(day: date) -> float:
    """A day as rules count it.

    >>> days_since_1970(date(1970, 1, 31))
    30.0
    """
    return float((day - date(1970, 1, 1)).days)


class RuleColumns(Protocol):
    """The operations that a rule is made of; conditions have a yes or no for every customer, values may be missing."""

    @property
    def names(self) -> list[str]: ...
    def kind(self, name: str) -> str:
        """number, text, day, flag, or nothing where no value is known."""
        ...

    def read(self, name: str, kind: str) -> Any:
        """A column; days are numbers of days since 1970, and a text read as a day is missing where it is none."""
        ...

    def compare(self, op: str, left: Any, right: Any) -> Any: ...
    def within(self, value: Any, choices: Sequence[Any]) -> Any: ...
    def known(self, value: Any) -> Any: ...
    def arithmetic(self, op: str, left: Any, right: Any) -> Any:
        """One of + - * /; a division by nought is missing."""
        ...

    def everywhere(self, yes: bool) -> Any: ...
    def opposite(self, condition: Any) -> Any: ...
    def joined(self, conditions: Sequence[Any], all_of: bool) -> Any: ...


class FrameColumns:
    """The columns of a DataFrame: floats, texts (missing: None) and conditions as arrays."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    def kind(self, name: str) -> str:
        column = self._column(name)
        if pd.api.types.is_bool_dtype(column.dtype):
            return "flag"
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            return "day"
        if pd.api.types.is_numeric_dtype(column.dtype) and column.dtype.kind != "c":
            return "number"
        known = column.dropna()
        if not len(known) or isinstance(column.dtype, pd.StringDtype):
            return "text" if len(known) else "nothing"
        kinds: list[tuple[str, Any]] = [("text", str), ("flag", (bool, np.bool_)), ("day", date)]
        for kind, types in [*kinds, ("number", (int, float, np.integer, np.floating))]:
            if known.map(lambda value, types=types: isinstance(value, types)).all():
                return kind
        raise DataError(
            f"profiles.{name} holds neither numbers, nor texts, nor days, nor true and false throughout (dtype "
            f"{column.dtype}: {some(map(repr, known))}). Convert it before it is used in a rule."
        )

    def read(self, name: str, kind: str) -> NDArray[Any]:
        column = self._column(name)
        if kind == "text":
            values = column.astype(object)
            return values.where(values.notna(), None).to_numpy(dtype=object)
        if kind == "day":
            if not pd.api.types.is_datetime64_any_dtype(column.dtype):
                text = column.astype(object).where(column.notna(), "").astype(str)
                days = text.str[:10].where(text.str.contains(_DAY))
                column = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")
            column = column.dt.tz_localize(None) if column.dt.tz is not None else column
            since: pd.Series = column.dt.normalize() - pd.Timestamp("1970-01-01")
            return since.dt.total_seconds().to_numpy(dtype=float) / 86_400
        if kind == "nothing":
            return np.full(len(column), np.nan)
        return column.to_numpy(dtype=float, na_value=np.nan)

    def compare(self, op: str, left: Any, right: Any) -> NDArray[np.bool_]:
        answer = COMPARISONS[op](*self._wide(left, right))
        return np.asarray(answer, dtype=bool) & self.known(left) & self.known(right)

    def within(self, value: Any, choices: Sequence[Any]) -> NDArray[np.bool_]:
        return pd.Series(self._wide(value)[0]).isin(list(choices)).to_numpy()

    def known(self, value: Any) -> NDArray[np.bool_]:
        return pd.notna(self._wide(value)[0])

    def arithmetic(self, op: str, left: Any, right: Any) -> NDArray[np.float64]:
        one, other = self._wide(left, right)
        with np.errstate(all="ignore"):
            if op == "/":
                return one / np.where(other == 0, np.nan, other)
            return _ARITHMETIC[op](one, other)

    def everywhere(self, yes: bool) -> NDArray[np.bool_]:
        return np.full(len(self.frame), yes)

    def opposite(self, condition: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return ~condition

    def joined(self, conditions: Sequence[NDArray[np.bool_]], all_of: bool) -> NDArray[np.bool_]:
        return reduce(operator.and_ if all_of else operator.or_, conditions)

    def _column(self, name: str) -> pd.Series:
        column = self.frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.astype(column.cat.categories.dtype if len(column.cat.categories) else object)
        return column

    def _wide(self, *values: Any) -> list[NDArray[Any]]:
        """Numbers and texts as long as the frame."""
        return [value if isinstance(value, np.ndarray) else self._filled(value) for value in values]

    def _filled(self, value: Any) -> NDArray[Any]:
        return np.full(len(self.frame), value, dtype=object if isinstance(value, str) else float)


class EngineColumns:
    """The columns of an Ibis table, as expressions; nothing is run."""

    def __init__(self, table: ir.Table) -> None:
        self.table = table

    @property
    def names(self) -> list[str]:
        return list(self.table.columns)

    def kind(self, name: str) -> str:
        dtype: Any = self.table.schema()[name]
        tests = {"flag": "is_boolean", "number": "is_numeric", "text": "is_string", "nothing": "is_null"}
        for kind, test in tests.items():
            if getattr(dtype, test)():
                return kind
        if dtype.is_timestamp() or dtype.is_date():
            return "day"
        raise DataError(
            f"The column {name} holds neither numbers, nor texts, nor days, nor true and false (type {dtype}). Convert "
            "it before it is used in a rule."
        )

    def read(self, name: str, kind: str) -> Any:
        import ibis

        column: Any = self.table[name]
        if kind == "number":
            return column.cast("float64")
        if kind == "day":
            if column.type().is_string():
                column = ibis.ifelse(column.re_search(_DAY), column.substr(0, 10), None).try_cast("date")
            day = column.date() if column.type().is_timestamp() else column
            return day.delta(ibis.date("1970-01-01"), unit="day").cast("float64")
        return column.cast("float64") if kind == "nothing" else column

    def compare(self, op: str, left: Any, right: Any) -> Any:
        answer = COMPARISONS[op](*self._values(left, right)).fill_null(False)
        for value in (left, right):
            answer = answer & self.known(value) if _may_be_nan(value) else answer
        return answer

    def within(self, value: Any, choices: Sequence[Any]) -> Any:
        return self._values(value)[0].isin(list(choices)).fill_null(False)

    def known(self, value: Any) -> Any:
        there = self._values(value)[0].notnull()
        return there & ~value.isnan() if _may_be_nan(value) else there

    def arithmetic(self, op: str, left: Any, right: Any) -> Any:
        one, other = self._values(left, right)
        # An engine writes nullif(x, 0) as a case with x in it twice. A rule's divisions are nested a few deep at most
        # (see rules_language), so twice of twice of twice stays small; here nothing else may repeat an operand.
        return one / other.nullif(0.0) if op == "/" else _ARITHMETIC[op](one, other)

    def everywhere(self, yes: bool) -> Any:
        import ibis

        return ibis.literal(yes)

    def opposite(self, condition: Any) -> Any:
        return ~condition

    def joined(self, conditions: Sequence[Any], all_of: bool) -> Any:
        """In pairs of pairs: a chain of hundreds would be as deep a tree, and too deep to write down as SQL."""
        found = list(conditions)
        while len(found) > 1:
            pairs = zip(found[::2], found[1::2], strict=False)
            odd = [found[-1]] if len(found) % 2 else []
            found = [*((one & other) if all_of else (one | other) for one, other in pairs), *odd]
        return found[0]

    @staticmethod
    def _values(*values: Any) -> list[Any]:
        import ibis

        return [ibis.literal(value) if isinstance(value, (str, float, bool)) else value for value in values]


def _may_be_nan(value: Any) -> bool:
    """Whether this is an expression in floats: an engine holds NaN equal to itself and above all numbers."""
    return hasattr(value, "type") and value.type().is_floating()
