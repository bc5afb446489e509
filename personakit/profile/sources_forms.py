"""The forms in which canonical tables come (DataFrames, Arrow, Ibis, a DuckDB file), brought into Ibis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from personakit.data.problems import nearest
from personakit.errors import DataError, UnavailableError, some

__all__ = [
    "IBIS_TYPES",
    "NEEDED",
    "SHARED",
    "as_arrow",
    "as_ibis",
    "connection_of",
    "id_types",
    "named_tables",
    "with_types",
]

# table: column: (kind, must it be there). "id" keeps its type, "any" is passed on as it is.
NEEDED: dict[str, dict[str, tuple[str, bool]]] = {
    "customers": {
        "customer_id": ("id", True),
        "signed_up": ("time", False),
        "age_band": ("any", False),
        "gender": ("any", False),
        "region": ("any", False),
    },
    "products": {
        "product_id": ("id", True),
        "department": ("text", False),
        "category": ("text", False),
        "brand": ("text", False),
    },
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
    "reviews": {
        "customer_id": ("id", True),
        "timestamp": ("time", False),
        "rating": ("number", False),
        "sentiment": ("number", False),
    },
    "messages": {"customer_id": ("id", True), "timestamp": ("time", False)},
    "contacts": {
        "customer_id": ("id", True),
        "timestamp": ("time", True),
        "channel": ("text", True),
        "opened": ("flag", False),
        "clicked": ("flag", False),
        "unsubscribed": ("flag", False),
    },
    "consents": {
        "customer_id": ("id", True),
        "purpose": ("text", True),
        "granted": ("flag", True),
        "timestamp": ("time", True),
        "basis": ("text", False),
        "expires": ("time", False),
    },
}
SHARED = ("customer_id", "product_id")
"""Ids that join tables, and so must be of one type."""

_ARROW = {"time": pa.timestamp("us"), "number": pa.float64(), "flag": pa.bool_(), "text": pa.string()}
IBIS_TYPES = {"time": "timestamp(6)", "number": "float64", "flag": "boolean", "text": "string"}


def named_tables(tables: Any) -> tuple[Mapping[str, Any], bool]:
    """The tables by name, and whether Ibis comes out: where the caller named an Ibis table, not for a DuckDB file.

    Raises
    ------
    DataError
        They are neither a mapping nor a DuckDB file or connection.
    UnavailableError
        The file is not there, is no DuckDB file, or is held by another process.
    """
    if isinstance(tables, Mapping):
        needed = [table for name, table in tables.items() if name in NEEDED]
        return tables, any(isinstance(table, ir.Table) for table in needed)
    if isinstance(tables, (str, Path)):
        tables = _duckdb_file(Path(tables))
    if isinstance(tables, ibis.BaseBackend):
        # Ibis 12 lists the tables of DuckDB by a method that DuckDB 2 has no more.
        named = tables.raw_sql("SHOW TABLES").fetchall() if tables.name == "duckdb" else None
        there = set(tables.list_tables()) if named is None else {name for (name,) in named}
        if not there & NEEDED.keys():
            raise DataError(
                f"The {tables.name} connection holds none of the canonical tables (it has {some(sorted(there), 9)}). "
                "Give them their names, or pass {'order_lines': connection.table('yours'), ...}."
            )
        return {name: tables.table(name) for name in NEEDED if name in there}, tables.name != "duckdb"
    raise DataError(
        f"build_profiles needs tables by name, as in world.tables or {{'order_lines': frame}}, and got "
        f"{type(tables).__name__}. Give a mapping of table name to DataFrame."
    )


def _duckdb_file(path: Path) -> Any:
    if not path.is_file():
        raise UnavailableError(f"There is no DuckDB file {path}. Give the path of one, or a mapping of tables.")
    try:
        return ibis.duckdb.connect(path, read_only=True)
    except Exception as error:  # duckdb.Error is of another module in each of its versions
        raise UnavailableError(
            f"{path} cannot be opened for reading by DuckDB: {str(error).splitlines()[0]} Close it where it is open, "
            "or pass that connection: ibis.duckdb.from_connection(connection)."
        ) from error


def _refuse_missing(name: str, columns: list[str]) -> None:
    absent = [column for column, (_, must) in NEEDED[name].items() if must and column not in columns]
    if absent:
        hint = nearest(absent[0], columns)
        raise DataError(
            f"{name} has no column {', '.join(absent)} (it has {some(columns, 9)}).{hint} Rename yours, read the "
            f"table with pk.read_tables, which finds the columns, or leave {name} out."
        )


def as_arrow(name: str, table: Any) -> pa.Table:
    """The needed columns of anything like a DataFrame, in the types that the expressions count on."""
    frame = table if isinstance(table, pd.DataFrame) else table.to_pandas() if hasattr(table, "to_pandas") else None
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{name} is a {type(table).__name__}. Give a pandas DataFrame or an Ibis table.")
    _refuse_missing(name, list(map(str, frame.columns)))
    columns: dict[str, pa.Array] = {}
    for column, (kind, _) in NEEDED[name].items():
        if column not in frame.columns:
            if kind == "time" and column != "expires":
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


def as_ibis(name: str, table: ir.Table) -> ir.Table:
    """The needed columns of an Ibis table, in the types that the expressions count on."""
    _refuse_missing(name, list(table.columns))
    schema = table.schema()
    chosen = {}
    for column, (kind, _) in NEEDED[name].items():
        if column not in schema:
            if kind == "time" and column != "expires":
                chosen[column] = ibis.null(IBIS_TYPES[kind])
            continue
        dtype: Any = schema[column]
        if kind == "time":
            zone = getattr(dtype, "timezone", None)
            if zone is not None:
                _check_time(name, column, pa.timestamp("us", tz=zone))
            if not (dtype.is_timestamp() or dtype.is_date()):
                raise DataError(
                    f"{name}.{column} does not hold times (type {dtype}). Convert the column: "
                    f'{name}.{column}.cast("timestamp").'
                )
        chosen[column] = table[column].cast(IBIS_TYPES[kind]) if kind in IBIS_TYPES else table[column]
    return table.select(**chosen)


def connection_of(lazy: Mapping[str, ir.Table]) -> Any:
    """The one connection of all the Ibis tables; a DuckDB of its own in memory where there are none."""
    found: dict[int, Any] = {}
    for table in lazy.values():
        backends, _ = table._find_backends()  # the public method invents a default connection where there is none
        found.update({id(backend): backend for backend in backends})
    if len(found) > 1:
        raise DataError(
            f"The Ibis tables {some(lazy, 9)} are on {len(found)} connections. Bring them onto one, or give DataFrames."
        )
    return next(iter(found.values())) if found else _duckdb_in_memory()


def _duckdb_in_memory() -> Any:
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET enable_progress_bar = false")  # DuckDB would draw one into notebooks
    return connection


def id_types(arrow: Mapping[str, pa.Table], lazy: Mapping[str, ir.Table]) -> dict[str, str]:
    """The one type of each id over all tables: ids that join must be of one kind."""
    result = {}
    for column in SHARED:
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


def with_types(table: pa.Table, shared: Mapping[str, str]) -> pa.Table:
    """The Arrow table with shared ids in their one type, and columns that are all null in some type."""
    for at, field in enumerate(table.schema):
        wanted = pa.int64() if shared.get(field.name) == "int64" else pa.string()
        if pa.types.is_null(field.type) or (field.name in shared and wanted == pa.int64()):
            table = table.set_column(at, field.name, table.column(at).cast(wanted))
    return table
