"""Rows of a store: appended all or none, the last one winning where rows have a key, and noted for the next update."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from personakit.data.canonical import CANONICAL
from personakit.data.schemas import known_table
from personakit.errors import DataError, ParameterError
from personakit.privacy.moments import latest_now
from personakit.profile.store.checks import ORDINAL, Incoming, rules_of
from personakit.profile.store.file import OWN, StoreFile, quoted

__all__ = ["Appended", "append", "columns_of", "last_moment", "tables_of"]

_TO_SQL = {
    pa.int64(): "BIGINT",
    pa.string(): "VARCHAR",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us"): "TIMESTAMP",
}
_IDS = {"BIGINT": pa.int64(), "VARCHAR": pa.string()}


class Appended(NamedTuple):
    """What an append did.

    Attributes
    ----------
    table : str
    rows : int
        Rows given (of a batch that was there before: rows it had then).
    added : int
        Rows that are new.
    replaced : int
        Rows that took the place of a row with the same key.
    unchanged : int
        Rows left out because the store has the same row, or a later row of the same lot has the same key.
    batch : str or None
    repeated : bool
        The batch had been appended before, so nothing was done.
    """

    table: str
    rows: int
    added: int
    replaced: int
    unchanged: int
    batch: str | None
    repeated: bool

    def __str__(self) -> str:
        if self.repeated:
            return f"batch {self.batch!r} of {self.table} was appended before ({self.rows:,} rows): nothing done"
        more = f", {self.replaced:,} replaced, {self.unchanged:,} unchanged" if CANONICAL[self.table].key else ""
        return f"{self.table}: {self.added:,} rows added{more}"


def tables_of(file: StoreFile) -> list[str]:
    """The canonical tables that the store has, in canonical order."""
    there = {name for (name,) in file.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'")}
    return [name for name in CANONICAL if name in there]


def columns_of(file: StoreFile) -> dict[str, dict[str, str]]:
    """The columns of every canonical table in the store, and their SQL types."""
    found: dict[str, dict[str, str]] = {name: {} for name in tables_of(file)}
    sql = (
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' "
        "AND NOT internal ORDER BY table_name, column_index"
    )
    for table, column, kind in file.rows(sql):
        if table in found:
            found[table][column] = kind
    return found


def last_moment(file: StoreFile, there: dict[str, dict[str, str]]) -> pd.Timestamp | None:
    """The last moment of what happened in the shop, choices of customers left out; None where nothing is dated."""
    dated = [name for name, columns in there.items() if "timestamp" in columns and name != "consents"]
    found = [
        value for name in dated for (value,) in file.rows(f"SELECT max(timestamp) FROM {name}") if value is not None
    ]
    return pd.Timestamp(max(found)) if found else None


def append(file: StoreFile, table_name: str, frame: Any, batch: str | None) -> Appended:
    """Check and append the rows in one transaction; see `ProfileStore.append`."""
    table = known_table(table_name)
    if batch is not None and (not isinstance(batch, str) or not batch.strip()):
        raise ParameterError(f"batch={batch!r} is no name of a batch. Give a text that is not empty, or leave it out.")
    there = columns_of(file)
    latest = _latest_choice(file, there) if table == "consents" else None
    incoming = Incoming(table, frame, _ids(there), latest)
    if batch is not None and (before := _before(file, table, batch, incoming.n_rows)) is not None:
        return Appended(table, before, 0, 0, 0, batch, True)
    with file.transaction():
        if incoming.n_rows == 0:  # an empty frame has no types that a table could be made with
            return _recorded(file, incoming, batch, 0, 0)
        _make_room(file, table, incoming.schema, there.get(table, {}))
        if CANONICAL[table].key:
            added, replaced = _upsert(file, incoming, list({**there.get(table, {}), **dict.fromkeys(incoming.columns)}))
        else:
            columns = ", ".join(map(quoted, incoming.columns))
            _stream(file, incoming, f"INSERT INTO {quoted(table)} ({columns}) SELECT {columns} FROM incoming")
            added, replaced = incoming.rows, 0
            if incoming.rows and "customer_id" in incoming.columns:
                _mark(file, incoming.people())
        return _recorded(file, incoming, batch, added, replaced)


def _latest_choice(file: StoreFile, there: dict[str, dict[str, str]]) -> pd.Timestamp:
    """When a choice can have been made at the latest: by now, or by the last moment of a shop simulated ahead."""
    last = last_moment(file, there)
    return latest_now() if last is None else max(latest_now(), last)


def _recorded(file: StoreFile, incoming: Incoming, batch: str | None, added: int, replaced: int) -> Appended:
    if batch is not None:
        file.rows(f"INSERT INTO {OWN}.batches VALUES (?, ?, ?)", [batch, incoming.table, incoming.rows])
    rest = incoming.rows - added - replaced
    return Appended(incoming.table, incoming.rows, added, replaced, rest, batch, False)


def _ids(there: dict[str, dict[str, str]]) -> dict[str, tuple[pa.DataType, str]]:
    return {
        column: (_IDS[kind], table)
        for table, columns in there.items()
        for column, kind in columns.items()
        if rules_of(table)[column].kind == "id"
    }


def _before(file: StoreFile, table: str, batch: str, n_rows: int | None) -> int | None:
    """How many rows a batch of this name had; an error where it was another lot of rows."""
    found = file.rows(
        f"SELECT table_name, n_rows FROM {OWN}.batches WHERE batch = ? AND table_name = ?", [batch, table]
    )
    if not found:
        return None
    had = int(found[0][1])
    if n_rows is not None and n_rows != had:
        raise DataError(
            f"batch {batch!r} of {table} was appended before with {had:,} rows, and these are {n_rows:,}. The name of "
            "a batch stands for one lot of rows: give these another name. Nothing was appended."
        )
    return had


def _make_room(file: StoreFile, table: str, schema: pa.Schema, there: dict[str, str]) -> None:
    columns = {field.name: _TO_SQL[field.type] for field in list(schema)[1:]}
    if not there:
        defined = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        file.rows(f"CREATE TABLE IF NOT EXISTS {quoted(table)} ({defined})")
        return
    for name, kind in columns.items():
        if name not in there:
            file.rows(f"ALTER TABLE {quoted(table)} ADD COLUMN {quoted(name)} {kind}")


def _upsert(file: StoreFile, incoming: Incoming, columns: list[str]) -> tuple[int, int]:
    """Put rows in place of those with the same key; columns that the lot does not have keep what they hold."""
    table, key = quoted(incoming.table), CANONICAL[incoming.table].key
    names, new = ", ".join(map(quoted, key)), set(incoming.columns)
    _stream(file, incoming, "CREATE OR REPLACE TEMP TABLE lot AS SELECT * FROM incoming")
    same = " AND ".join(f"lot.{quoted(name)} = old.{quoted(name)}" for name in key)
    differs = " OR ".join(f"lot.{quoted(c)} IS DISTINCT FROM old.{quoted(c)}" for c in incoming.columns)
    values = ", ".join(f"{'lot' if name in new else 'old'}.{quoted(name)}" for name in columns)
    there = f"old.{quoted(key[0])} IS NOT NULL"
    file.rows(
        f"CREATE OR REPLACE TEMP TABLE differing AS SELECT {values}, {there} AS replaces "
        f"FROM (SELECT * FROM lot QUALIFY row_number() OVER (PARTITION BY {names} ORDER BY {ORDINAL} DESC) = 1) AS lot "
        f"LEFT JOIN {table} AS old ON {same} WHERE NOT ({there}) OR {differs}",
    )
    rows, replaced = file.rows("SELECT count(*), count(*) FILTER (replaces) FROM differing")[0]
    if built(file):
        if "customer_id" in columns:  # the former owner of a row has changed too
            for source in ("differing", f"{table} SEMI JOIN differing USING ({names})"):
                file.rows(f"INSERT INTO {OWN}.touched SELECT DISTINCT customer_id FROM {source}")
        if incoming.table == "products":
            file.rows(f"INSERT INTO {OWN}.touched_products SELECT CAST(product_id AS VARCHAR) FROM differing")
    if replaced:
        file.rows(f"DELETE FROM {table} WHERE ({names}) IN (SELECT ({names}) FROM differing WHERE replaces)")
    listed = ", ".join(map(quoted, columns))
    file.rows(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM differing")
    for name in ("lot", "differing"):
        file.rows(f"DROP TABLE temp.{name}")
    return int(rows - replaced), int(replaced)


def _mark(file: StoreFile, people: pa.Table) -> None:
    if built(file):
        _registered(file, "people", people, f"INSERT INTO {OWN}.touched SELECT DISTINCT customer_id FROM people")


def built(file: StoreFile) -> bool:
    """Whether profiles were built, so that what changes from now on must be noted."""
    return file.noted("as_of") is not None


def _stream(file: StoreFile, incoming: Incoming, sql: str) -> None:
    try:
        _registered(file, "incoming", incoming.reader(), sql)
    except Exception:
        if incoming.problem is not None:
            raise incoming.problem from None
        raise


def _registered(file: StoreFile, name: str, data: Any, sql: str) -> None:
    file.connection.register(name, data)
    try:
        file.rows(sql)
    finally:
        file.connection.unregister(name)
