"""Your own tables: CSV files, Parquet files or data frames, columns named by guess and shown, values checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from personakit.data.canonical import CANONICAL, Column
from personakit.data.checks import Duplicates, OnBad, Returns, check_tables
from personakit.data.conversion import Reading, convert_column, is_text
from personakit.data.deriving import derive_tables
from personakit.data.files import read_file
from personakit.data.guessing import guess_columns, table_name
from personakit.data.problems import Findings
from personakit.data.saving import unguarded
from personakit.data.synonyms import LINE_TOTAL
from personakit.data.tables import MAPPING, Tables
from personakit.errors import DataError, ParameterError

__all__ = ["read_tables"]

Source = Any
"""A path, a DataFrame, or anything with `to_pandas()` (Polars, Arrow, Ibis)."""


def read_tables(
    customers: Source = None,
    orders: Source = None,
    *,
    mapping: Mapping[str, Mapping[str, str | None]] | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
    on_bad: OnBad = "raise",
    returns: Returns | None = None,
    duplicates: Duplicates = "reject",
    decimal: str | None = None,
    dayfirst: bool | None = None,
    date_format: str | None = None,
    timezone: str | None = None,
    encoding: str | None = None,
    sep: str | None = None,
    derive: bool = True,
    **tables: Source,
) -> Tables:
    """Your own tables as canonical tables: columns recognised and shown, values checked, nothing dropped in silence.

    Parameters
    ----------
    customers, orders, **tables : path, DataFrame, or anything with `to_pandas()`
        Tables by canonical name (`ratings=`, `interactions=`, `products=`, ...) or a usual other one (`orders=`,
        `users=`, `items=`, `events=`). Paths are CSV files, compressed or not, or Parquet files.
    mapping : mapping of table to {your column: canonical column}, optional
        Your word about columns that are not recognised, or wrongly; None for a column to leave out.
    names : mapping of table to list of column names, optional
        For files without a header line.
    on_bad : {"raise", "quarantine"}
        One error about all bad rows of all tables, or the good rows, with the bad ones in `.rejected`. Rows are named
        by the index of a DataFrame; those of a file are numbered from 0 at the first line after the header.
    returns : {"negative_price", "negative_quantity"}, optional
        How your returned goods are booked; without it, both are errors.
    duplicates : {"reject", "first", "last"}
        What to do with a second row of the same key, such as a customer's second rating of a product.
    decimal : {".", ","}, optional
        The decimal sign, where the columns do not show it.
    dayfirst : bool, optional
        Whether 03/04/2025 is in April, where the columns do not show it.
    date_format : str, optional
        A `strptime` format that all dates follow.
    timezone : str, optional
        The shop's own time zone ("Europe/London"), to whose clock times with an offset are brought.
    encoding, sep : str, optional
        Encoding and separator of the CSV files, where they are not UTF-8 and one of comma, semicolon, tab and bar.
    derive : bool
        Whether tables that follow from others are made (see `personakit.data.deriving.derive_tables`).

    Returns
    -------
    Tables
        With `.mapping`, `.report` and `.rejected`. An order line that has only its total gets
        unit_price = total / quantity. Columns that are not canonical are kept under their own names.

    Raises
    ------
    DataError
        Everything that is wrong, in one text: what, where, and what to do.
    UnknownNameError
        A table or canonical column that does not exist.

    Examples
    --------
    >>> stars = pd.DataFrame({"userId": [1, 1, 2], "sku": ["a", "b", "a"], "stars": [5, 3, 4], "ts": "2025-01-31"})
    >>> tables = read_tables(ratings=stars)
    >>> tables["ratings"].columns.tolist()
    ['customer_id', 'product_id', 'rating', 'timestamp']
    >>> tables.mapping[["source_column", "column", "how"]].values.tolist()[0]
    ['userId', 'customer_id', 'synonym']
    """
    reading = Reading(decimal=decimal, dayfirst=dayfirst, date_format=date_format, timezone=timezone)
    if decimal not in (None, ".", ","):
        raise ParameterError(f'decimal={decimal!r} is not a decimal sign. Pass "." or ",".')
    sources = _by_table({"customers": customers, "orders": orders, **tables})
    if not sources:
        raise ParameterError('Pass at least one table, such as read_tables(ratings="ratings.csv").')
    given = {table_name(name): columns for name, columns in (mapping or {}).items()}
    header = {table_name(name): columns for name, columns in (names or {}).items()}
    for argument, wanted in (("mapping", given), ("names", header)):
        for name in wanted.keys() - sources.keys():
            raise ParameterError(
                f"{argument} is about {name}, which was not passed. The tables are {', '.join(sources)}."
            )
    findings, record, frames = Findings(), [], {}
    for name, source in sources.items():
        try:
            frame = _frame(name, source, findings, encoding=encoding, sep=sep, names=header.get(name))
        except DataError as fault:  # told with all others
            findings.stop(str(fault))
            continue
        columns, lines = guess_columns(name, frame, given.get(name, {}))
        record += lines
        unused = [source for source, column in given.get(name, {}).items() if column is None]
        frame = _named(frame.drop(columns=unused), columns, name)
        frames[name] = _unit_prices(frame, reading, findings) if LINE_TOTAL in frame.columns else frame
    checked = check_tables(
        frames, on_bad=on_bad, returns=returns, duplicates=duplicates, reading=reading, findings=findings
    )
    where = ", ".join(f"{name} from {_origin(source)}" for name, source in sources.items())
    result = checked.replace(mapping=pd.DataFrame(record, columns=MAPPING), source=where)
    return derive_tables(result) if derive else result


def _by_table(sources: Mapping[str, Source]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, source in sources.items():
        if source is None:
            continue
        table = table_name(name)
        if table in found:
            raise ParameterError(f"{table} was passed twice, once as {name!r}. Put the rows into one table.")
        found[table] = source
    return found


def _frame(name: str, source: Source, findings: Findings, **options: Any) -> pd.DataFrame:
    if isinstance(source, (str, Path)):
        frame = read_file(source, name, findings, **options)
        return _without_apostrophes(frame, name, findings)
    if isinstance(source, pd.DataFrame):
        return source
    if hasattr(source, "to_pandas"):
        return pd.DataFrame(source.to_pandas())
    raise ParameterError(
        f"{name} is of type {type(source).__name__}. Pass a path, a DataFrame, or something with to_pandas()."
    )


def _without_apostrophes(frame: pd.DataFrame, name: str, findings: Findings) -> pd.DataFrame:
    """Take back the apostrophes that `Tables.to_csv` puts before cells that a spreadsheet would run."""
    for column in frame.columns:
        if not is_text(frame[column]):
            continue
        tidy, count = unguarded(frame[column])
        if count:
            frame = frame.assign(**{str(column): tidy})
            findings.note(name, str(column), count, "apostrophe before =, +, - or @ taken away")
    return frame


def _named(frame: pd.DataFrame, columns: Mapping[Any, str], name: str) -> pd.DataFrame:
    clashing = [c for c in frame.columns if c not in columns and c in columns.values()]
    renamed = frame.drop(columns=clashing).rename(columns=dict(columns))
    rules = [column for column in (*CANONICAL[name].columns, LINE_TOTAL) if column in renamed.columns]
    return renamed[[*rules, *(column for column in renamed.columns if column not in rules)]]


def _unit_prices(frame: pd.DataFrame, reading: Reading, findings: Findings) -> pd.DataFrame:
    """`unit_price` from the total of the line; pieces that cannot be read are reported with their own column."""
    number = Column("number", "money of the whole line")
    total = convert_column(frame[LINE_TOTAL], number, reading, findings, table="order_lines", name="unit_price")
    if "quantity" not in frame.columns:
        findings.note("order_lines", "quantity", len(frame), "no such column: one piece a line assumed")
        return frame.drop(columns=LINE_TOTAL).assign(quantity=1, unit_price=total)
    silent = Findings()  # the quantity is checked later, under its own name
    pieces = convert_column(frame["quantity"], Column("count", ""), reading, silent, table="", name="")
    numbers = pieces.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    price = np.divide(total.to_numpy(), numbers, out=np.zeros(len(frame)), where=~np.isnan(numbers) & (numbers != 0))
    findings.note("order_lines", "unit_price", len(frame), "made from the total of the line, divided by quantity")
    return frame.drop(columns=LINE_TOTAL).assign(unit_price=price)


def _origin(source: Source) -> str:
    return Path(source).name if isinstance(source, (str, Path)) else f"a {type(source).__name__}"
