"""Canonical tables, in whatever form they come, as Ibis tables with the columns that profiles need, up to one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from personakit.data.problems import nearest
from personakit.errors import DataError, ParameterError, some

__all__ = ["NEEDED", "Sources", "day_of", "open_sources"]

# table: column: (kind, must it be there). "id" keeps its type, "any" is passed on as it is.
NEEDED: dict[str, dict[str, tuple[str, bool]]] = {
    "customers": {
        "customer_id": ("id", True),
        "signed_up": ("time", False),
        "age_band": ("any", False),
        "gender": ("any", False),
        "region": ("any", False),
    },
    "products": {"product_id": ("id", True), "department": ("text", False), "category": ("text", False)},
    "sessions": {"customer_id": ("id", True), "timestamp": ("time", True), "channel": ("text", True)},
    "interactions": {
        "customer_id": ("id", True),
        "product_id": ("id", True),
        "timestamp": ("time", False),
        "event": ("text", True),
        "channel": ("text", False),
    },
    "order_lines": {
        "order_id": ("id", True),
        "customer_id": ("id", True),
        "product_id": ("id", True),
        "timestamp": ("time", True),
        "quantity": ("number", False),
        "unit_price": ("number", True),
        "list_price": ("number", False),
        "discount": ("number", False),
        "channel": ("text", False),
        "returned": ("flag", False),
    },
    "ratings": {
        "customer_id": ("id", True),
        "product_id": ("id", True),
        "rating": ("number", True),
        "timestamp": ("time", False),
    },
    "contacts": {
        "customer_id": ("id", True),
        "timestamp": ("time", True),
        "channel": ("text", True),
        "opened": ("flag", False),
    },
}
_ARROW = {"time": pa.timestamp("us"), "number": pa.float64(), "flag": pa.bool_(), "text": pa.string()}
_IBIS = {"time": "timestamp(6)", "number": "float64", "flag": "boolean", "text": "string"}
_SHARED = ("customer_id", "product_id")


@dataclass(frozen=True)
class Sources:
    """Ibis tables cut off at the end of a day, and the connection on which they run.

    `tables` have those columns of NEEDED that the caller's tables have, and always their time column. Rows without a
    time are dropped and counted in `undated`; customers who signed up later are not in it, those without a date are.
    """

    tables: dict[str, ir.Table]
    connection: Any
    day: date
    undated: dict[str, int]

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table is there with all these columns."""
        return table in self.tables and all(column in self.tables[table].columns for column in columns)


def day_of(as_of: object) -> date:
    """The calendar day that `as_of` names, on its own clock.

    Raises
    ------
    ParameterError
        It is not a day, or outside 1900 to 2200.

    >>> day_of("2025-12-31"), day_of(pd.Timestamp("2025-12-31 23:30", tz="Europe/London"))
    (datetime.date(2025, 12, 31), datetime.date(2025, 12, 31))
    """
    day: date | None = None
    try:
        if isinstance(as_of, str):
            day = datetime.fromisoformat(as_of.strip()).date()
        elif isinstance(as_of, np.datetime64) and not np.isnat(as_of):
            day = pd.Timestamp(as_of).date()
        elif isinstance(as_of, datetime) and not pd.isna(as_of):
            day = as_of.date()
        elif isinstance(as_of, date):
            day = as_of
    except (ValueError, OverflowError):
        day = None
    if day is None or not 1900 <= day.year <= 2200:
        raise ParameterError(
            f"as_of={as_of!r} is not a day between 1900 and 2200. Write it as year, month and day, "
            'as_of="2025-12-31", or give a date or a Timestamp.'
        )
    return day


def open_sources(tables: Mapping[str, Any], as_of: object | None) -> Sources:
    """Check the tables, bring them into Ibis, and cut them off at the end of the day (None: the last day recorded).

    pandas DataFrames go to a DuckDB of their own in memory; where one of the tables is an Ibis table with a
    connection, everything runs there.

    Raises
    ------
    DataError
        The tables are not a mapping, a needed column is missing, holds something else than it should, or ids disagree.
    ParameterError
        as_of is not a day.
    """
    day = None if as_of is None else day_of(as_of)
    if not isinstance(tables, Mapping):
        raise DataError(
            f"build_profiles needs tables by name, as in world.tables or {{'order_lines': frame}}, and got "
            f"{type(tables).__name__}. Give a mapping of table name to DataFrame."
        )
    given = {name: tables[name] for name in NEEDED if name in tables and tables[name] is not None}
    lazy = {name: _lazy(name, table) for name, table in given.items() if isinstance(table, ir.Table)}
    arrow = {name: _arrow(name, table) for name, table in given.items() if name not in lazy}
    connection = _connection(lazy)
    shared = _id_types(arrow, lazy)
    opened: dict[str, ir.Table] = {}
    for name in given:
        if name in arrow:
            opened[name] = ibis.memtable(_with_types(arrow[name], shared))
        else:
            opened[name] = lazy[name].cast({c: shared[c] for c in _SHARED if c in lazy[name].columns and c in shared})
    facts = {name: _facts(name, table, connection, arrow.get(name)) for name, table in opened.items()}
    if day is None:
        latest = [last for _, last in facts.values() if last is not None and not pd.isna(last)]
        if not latest:
            raise DataError(
                f"The tables ({some(tables, 9) or 'none'}) hold no date, so the last day is not known. "
                'Give the day: as_of="2025-12-31".'
            )
        day = pd.Timestamp(max(latest)).date()
    end = ibis.timestamp((datetime(day.year, day.month, day.day) + timedelta(days=1)).isoformat(sep=" "))
    for name, table in opened.items():
        if name == "customers":
            opened[name] = table.filter((table["signed_up"] < end) | table["signed_up"].isnull())
        elif "timestamp" in NEEDED[name]:
            opened[name] = table.filter(table["timestamp"] < end)
    undated = {name: count for name, (count, _) in facts.items() if count}
    return Sources(opened, connection, day, undated)


def _missing(name: str, columns: list[str]) -> None:
    absent = [column for column, (_, must) in NEEDED[name].items() if must and column not in columns]
    if absent:
        hint = nearest(absent[0], columns)
        raise DataError(
            f"{name} has no column {', '.join(absent)} (it has {some(columns, 9)}).{hint} Rename yours, read the "
            f"table with pk.read_tables, which finds the columns, or leave {name} out."
        )


def _arrow(name: str, table: Any) -> pa.Table:
    """The needed columns of anything like a DataFrame, in the types that the expressions count on."""
    frame = table if isinstance(table, pd.DataFrame) else table.to_pandas() if hasattr(table, "to_pandas") else None
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{name} is a {type(table).__name__}. Give a pandas DataFrame or an Ibis table.")
    _missing(name, list(map(str, frame.columns)))
    columns: dict[str, pa.Array] = {}
    for column, (kind, _) in NEEDED[name].items():
        if column not in frame.columns:
            if kind == "time":
                columns[column] = pa.nulls(len(frame), _ARROW[kind])
            continue
        series = frame[column]
        if isinstance(series.dtype, pd.CategoricalDtype):
            series = series.astype(series.cat.categories.dtype)
        try:
            values = pa.Array.from_pandas(series)
            values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
            if kind == "time":
                _check_time(name, column, values.type)
            if kind in _ARROW:
                values = values.cast(_ARROW[kind], safe=kind not in ("time", "flag"))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
            what = {"time": "times", "number": "numbers", "flag": "true or false"}.get(kind, "values of one kind")
            raise DataError(
                f"{name}.{column} does not hold {what} (dtype {frame[column].dtype}: {some(map(repr, series))}). "
                "Read the table with pk.read_tables, which says which rows are wrong, or convert the column."
            ) from error
        if kind == "number":
            wrong = np.flatnonzero(np.isinf(np.asarray(values.fill_null(0))))
            if len(wrong):
                raise DataError(
                    f"{name}.{column} has {len(wrong)} infinite value{'s' * (len(wrong) > 1)} (rows {some(wrong)}). "
                    "Look for a division by nought, or drop the rows."
                )
        columns[column] = values
    return pa.table(columns)


def _check_time(name: str, column: str, kind: Any) -> None:
    """Refuse numbers, which Arrow would take for microseconds since 1970, and clocks other than the shop's."""
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        raise DataError(
            f"{name}.{column} has the time zone {kind.tz}; times are on the shop's own clock, without a zone. "
            f'Convert them: {name}["{column}"].dt.tz_convert("Europe/London").dt.tz_localize(None).'
        )
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        raise pa.ArrowTypeError("numbers are not times")


def _lazy(name: str, table: ir.Table) -> ir.Table:
    _missing(name, list(table.columns))
    schema = table.schema()
    chosen = {}
    for column, (kind, _) in NEEDED[name].items():
        if column not in schema:
            if kind == "time":
                chosen[column] = ibis.null(_IBIS[kind])
            continue
        dtype: Any = schema[column]
        if kind == "time":
            zone = getattr(dtype, "timezone", None)
            if zone is not None:
                _check_time(name, column, pa.timestamp("us", tz=zone))
            if not (dtype.is_timestamp() or dtype.is_date()):
                raise DataError(f"{name}.{column} does not hold times (type {dtype}). Convert the column.")
        chosen[column] = table[column].cast(_IBIS[kind]) if kind in _IBIS else table[column]
    return table.select(**chosen)


def _connection(lazy: Mapping[str, ir.Table]) -> Any:
    found: dict[int, Any] = {}
    for table in lazy.values():
        backends, _ = table._find_backends()  # the public method invents a default connection where there is none
        found.update({id(backend): backend for backend in backends})
    if len(found) > 1:
        raise DataError(
            f"The Ibis tables {some(lazy, 9)} are on {len(found)} connections. Bring them onto one, or give DataFrames."
        )
    return next(iter(found.values())) if found else ibis.duckdb.connect()


def _id_types(arrow: Mapping[str, pa.Table], lazy: Mapping[str, ir.Table]) -> dict[str, str]:
    """The one type of each id over all tables: ids that join must be of one kind."""
    result = {}
    for column in _SHARED:
        kinds: dict[str, str] = {}
        for name, table in arrow.items():
            if column in table.column_names and not pa.types.is_null(table.schema.field(column).type):
                kinds[name] = _id_kind(name, column, str(ibis.memtable(table.select([column])).schema()[column]))
        for name, expression in lazy.items():
            if column in expression.columns:
                kinds[name] = _id_kind(name, column, str(expression.schema()[column]))
        if len(set(kinds.values())) > 1:
            first = next(iter(kinds))
            other = next(name for name in kinds if kinds[name] != kinds[first])
            raise DataError(
                f"{column} is {kinds[first]} in {first} and {kinds[other]} in {other}, so the same "
                f"{column.removesuffix('_id')} would not be found again. Convert one: "
                f'{other}["{column}"].astype({first}["{column}"].dtype).'
            )
        result[column] = next(iter(kinds.values()), "int64")
    return result


def _id_kind(name: str, column: str, kind: str) -> str:
    kind = kind.removeprefix("!")
    if kind.startswith("float"):
        raise DataError(
            f"{name}.{column} holds floats ({kind}): missing ids or decimal points got in. "
            f'Drop rows without an id and convert: {name}["{column}"].astype("int64").'
        )
    return "int64" if kind.startswith(("int", "uint")) else kind


def _with_types(table: pa.Table, shared: Mapping[str, str]) -> pa.Table:
    """The Arrow table with shared ids in their one type, and columns that are all null in some type."""
    for at, field in enumerate(table.schema):
        wanted = pa.int64() if shared.get(field.name) == "int64" else pa.string()
        if pa.types.is_null(field.type) or (field.name in shared and wanted == pa.int64()):
            table = table.set_column(at, field.name, table.column(at).cast(wanted))
    return table


def _facts(name: str, table: ir.Table, connection: Any, arrow: pa.Table | None) -> tuple[int, Any]:
    """How many rows have no date, and the last date; an error where an id is missing, or names two rows."""
    key = "product_id" if name == "products" else "customer_id"
    time = next((column for column, (kind, _) in NEEDED[name].items() if kind == "time"), None)
    unique = name in ("customers", "products")
    if arrow is not None:
        ids = arrow.column(key).to_pandas()
        rows, missing, repeated = len(ids), np.flatnonzero(ids.isna()), np.flatnonzero(ids.duplicated() & unique)
        dates = None if time is None else arrow.column(time).to_pandas()
        undated = 0 if dates is None else int(dates.isna().sum())
        last = None if dates is None else dates.max()
        where = (f" (rows {some(missing)})", f" (rows {some(repeated)}: {some(ids.iloc[repeated])})")
        n_missing, n_repeated = len(missing), len(repeated)
    else:
        fact = connection.to_pandas(
            table.agg(
                rows=table.count(),
                ids=table[key].count(),
                distinct=table[key].nunique() if unique else table[key].count(),
                dated=table.count() if time is None else table[time].count(),
                last=ibis.null("timestamp") if time is None else table[time].max(),
            )
        ).iloc[0]
        rows, n_ids = int(fact["rows"]), int(fact["ids"])
        n_missing, n_repeated = rows - n_ids, n_ids - int(fact["distinct"])
        undated, last, where = int(rows - fact["dated"]), fact["last"], ("", "")
    if n_missing:
        raise DataError(
            f"{name}.{key} is missing in {n_missing} of {rows} rows{where[0]}. Fill it in, or drop the rows."
        )
    if n_repeated:
        raise DataError(
            f"{name}.{key} names more than one row {n_repeated} time{'s' * (n_repeated > 1)}{where[1]}. "
            f'Keep one row each: {name}.drop_duplicates("{key}", keep="last").'
        )
    return (0 if name in ("customers", "products") else undated), last
