"""The canonical tables as pandera schemas."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from personakit.data.canonical import CANONICAL, Column
from personakit.data.problems import nearest
from personakit.errors import UnknownNameError

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

__all__ = ["failures", "known_table", "schema"]


_CODES = {"not_nullable": "missing", "multiple_fields_uniqueness": "duplicate", "field_uniqueness": "duplicate"}


@contextmanager
def _quiet() -> Iterator[None]:
    """pandera looks for PySpark when it is there, and PySpark warns of pandas 3, although nothing here uses it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


@cache
def schema(name: str) -> DataFrameSchema:
    """The pandera schema of one canonical table, with the codes of `personakit.data.problems` as error texts.

    Parameters
    ----------
    name : str
        The table.

    Raises
    ------
    UnknownNameError
        There is no such table.

    >>> sorted(schema("ratings").columns)
    ['customer_id', 'product_id', 'rating', 'timestamp']
    """
    table = CANONICAL[known_table(name)]
    with _quiet():
        import pandera.pandas as pa

    columns = {
        column: pa.Column(None, _checks(rule), nullable=not rule.required, required=rule.required)
        for column, rule in table.columns.items()
    }
    return pa.DataFrameSchema(columns, unique=list(table.key) or None, report_duplicates="exclude_first", name=name)


def failures(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """What pandera finds wrong with a table: column, check (a code), failure_case (the value), index (the row's place).

    >>> failures("ratings", pd.DataFrame({"customer_id": [1], "product_id": [7], "rating": [None]}))["check"].tolist()
    ['missing']
    """
    rules = schema(name)
    from pandera.errors import SchemaErrors

    try:
        with _quiet():
            rules.validate(frame.reset_index(drop=True), lazy=True)
    except SchemaErrors as failed:
        cases = failed.failure_cases.dropna(subset=["index"])
        return cases.assign(check=[_CODES.get(str(check), str(check)) for check in cases["check"]])
    return pd.DataFrame(columns=["column", "check", "failure_case", "index"])


def _checks(rule: Column) -> list[Any]:
    from pandera.pandas import Check

    checks = []
    if rule.low is not None:
        checks.append(Check.ge(rule.low, error="negative" if rule.low == 0 else "too_low"))
    if rule.high is not None:
        checks.append(Check.le(rule.high, error="too_high"))
    if not rule.zero:
        checks.append(Check.ne(0, error="zero"))
    if rule.values:
        checks.append(Check.isin(rule.values, error="unknown_value"))
    return checks


def known_table(name: str) -> str:
    """The name itself if a canonical table has it; an `UnknownNameError` with the nearest match otherwise."""
    if name in CANONICAL:
        return name
    raise UnknownNameError(
        f"There is no canonical table {name!r}.{nearest(name, CANONICAL)} The tables are {', '.join(CANONICAL)}."
    )
