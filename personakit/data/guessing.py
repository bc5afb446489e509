"""Which of the reader's columns is which canonical column: by name, by a known other name, at last by content."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from personakit.data.canonical import CANONICAL
from personakit.data.conversion import is_text
from personakit.data.problems import nearest
from personakit.data.schemas import known_table
from personakit.data.synonyms import LINE_TOTAL, TABLE_SYNONYMS, synonyms
from personakit.errors import DataError, ParameterError, UnknownNameError

__all__ = ["guess_columns", "table_name"]


def table_name(name: str) -> str:
    """The canonical table that a name means.

    >>> table_name("orders")
    'order_lines'
    """
    simple = name.strip().lower()
    for table, others in TABLE_SYNONYMS.items():
        if simple == table or simple in others:
            return table
    return known_table(simple)


def simplified(name: object) -> str:
    return re.sub(r"[\W_]+", "", str(name).lower())


def guess_columns(
    table: str, frame: pd.DataFrame, given: Mapping[str, str | None]
) -> tuple[dict[Any, str], list[dict[str, Any]]]:
    """The canonical name of each column of `frame` that has one, and the record of how it was found.

    Parameters
    ----------
    table : str
        A canonical table.
    frame : DataFrame
        As the reader has it.
    given : mapping of the frame's column to canonical column, or to None for one that is to be dropped
        The reader's own word, which comes first.

    Returns
    -------
    names : dict of the frame's column to canonical column
    record : list of dict with table, column, source_column, how, example

    Raises
    ------
    DataError
        `given` names a column that the frame does not have.
    UnknownNameError
        `given` names a canonical column that the table does not have.
    ParameterError
        `given` names two columns for one canonical column.

    >>> frame = pd.DataFrame({"userId": [1], "sku": [7], "stars": [4]})
    >>> guess_columns("ratings", frame, {})[0]
    {'userId': 'customer_id', 'sku': 'product_id', 'stars': 'rating'}
    """
    targets = synonyms(table)
    names: dict[Any, str] = {}
    how: dict[Any, str] = {}
    spare = list(frame.columns)
    for source, column in given.items():
        if source not in spare:
            raise DataError(
                f"mapping for {table} names the column {source!r}, which is not there."
                f"{nearest(str(source), map(str, spare))} "
                f"The columns are {', '.join(map(repr, spare))}."
            )
        if column is not None and column not in targets:
            raise UnknownNameError(
                f"mapping for {table} names the canonical column {column!r}, which it does not have."
                f"{nearest(str(column), targets)} Its columns are {', '.join(targets)}."
            )
        if column is not None and column in names.values():
            first = next(other for other, taken in names.items() if taken == column)
            raise ParameterError(f"mapping for {table} maps both {first!r} and {source!r} to {column!r}. Choose one.")
        how[source] = "not used" if column is None else "given"
        if column is not None:
            names[source] = column
    for column in targets:
        free = [source for source in spare if source not in how]
        if column in names.values():
            continue
        same = [source for source in free if source == column]
        alike = [source for source in free if simplified(source) == simplified(column)]
        if same or alike:
            names[(same or alike)[0]] = column
            how[(same or alike)[0]] = "same name" if same else "synonym"
    for column, words in targets.items():
        if column in names.values() or (column == LINE_TOTAL and "unit_price" in names.values()):
            continue
        left = {simplified(source): source for source in reversed(spare) if source not in how}
        word = next((word for word in words if word in left), None)
        if word is not None:
            names[left[word]] = column
            how[left[word]] = "synonym"
    _by_content(table, frame, names, how)
    record = [_line(table, frame, source, names.get(source), how.get(source)) for source in spare]
    return names, record


def _by_content(table: str, frame: pd.DataFrame, names: dict[Any, str], how: dict[Any, str]) -> None:
    """The one required column that is still missing is the one column left over, if its content is of the kind."""
    rules = CANONICAL[table].columns
    absent = [column for column, rule in rules.items() if rule.required and column not in names.values()]
    if LINE_TOTAL in names.values():
        absent = [column for column in absent if column != "unit_price"]
    for column in absent:
        same_kind = [other for other in absent if rules[other].kind == rules[column].kind]
        fitting = [
            source for source in frame.columns if source not in how and _content(frame[source]) == rules[column].kind
        ]
        if rules[column].kind in ("time", "number") and len(same_kind) == 1 and len(fitting) == 1:
            names[fitting[0]], how[fitting[0]] = column, "by content"


def _content(series: pd.Series[Any]) -> str:
    if series.dtype.kind == "M" or isinstance(series.dtype, pd.DatetimeTZDtype):
        return "time"
    if series.dtype.kind in "iuf":
        return "number"
    sample = series.dropna().astype(str).head(200) if is_text(series) else pd.Series(dtype=object)
    if len(sample) and sample.str.fullmatch(r"\s*[-+]?\d*[.,]?\d+\s*").all():
        return "number"
    if len(sample) and sample.str.fullmatch(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?").all():
        return "time"
    return "text"


def _line(table: str, frame: pd.DataFrame, source: Any, column: str | None, how: str | None) -> dict[str, Any]:
    there = frame[source].dropna()
    example = str(there.iloc[0]) if len(there) else ""
    shown = f"unit_price ({LINE_TOTAL} / quantity)" if column == LINE_TOTAL else column
    return {
        "table": table,
        "column": shown or ("" if how == "not used" else str(source)),
        "source_column": str(source),
        "how": how or "kept",
        "example": example[:40],
    }
