"""The tables that a profile is made from, as Ibis expressions that end where the profile's day ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from personakit.errors import DataError

__all__ = ["NEEDED", "last_day", "past", "sources"]

# What is read of each table; the time column comes last.
NEEDED: dict[str, tuple[str, ...]] = {
    "customers": ("customer_id", "signed_up"),
    "products": ("product_id", "category"),
    "order_lines": (
        "order_id", "customer_id", "product_id", "quantity", "unit_price", "list_price", "discount", "channel",
        "returned", "timestamp",
    ),
    "interactions": ("customer_id", "product_id", "event", "channel", "timestamp"),
    "sessions": ("customer_id", "channel", "timestamp"),
    "ratings": ("customer_id", "product_id", "rating", "timestamp"),
    "contacts": ("customer_id", "channel", "opened", "timestamp"),
    "consents": ("customer_id", "purpose", "granted", "timestamp"),
}  # fmt: skip
ACTIVITY = ("order_lines", "interactions", "sessions", "ratings")


def sources(tables: Mapping[str, Any]) -> dict[str, ir.Table]:
    """Each table that is there, with the columns that profiles need, as an Ibis table.

    Tables of events without a column of times are left out: what cannot be dated may lie in the future.

    Raises
    ------
    DataError
        No table of activity is there, times are not times, or the ids are of different kinds.
    """
    found: dict[str, ir.Table] = {}
    for name, columns in NEEDED.items():
        if name not in tables:
            continue
        table = tables[name]
        there = [column for column in columns if column in table.columns]
        if "customer_id" in columns and "customer_id" not in there:
            raise DataError(
                f"{name} has no column customer_id (it has {', '.join(map(str, table.columns))}). "
                "Rename the column that names the customer."
            )
        if "timestamp" in columns and "timestamp" not in there:
            continue
        read = table.select(*there) if isinstance(table, ir.Table) else ibis.memtable(_plain(table[there]))
        when = "signed_up" if name == "customers" else "timestamp"
        if when in there:
            _check_time(name, when, read.schema()[when])
        found[name] = read
    if not any(name in found for name in ACTIVITY):
        raise DataError(
            f"build_profiles needs one of {', '.join(ACTIVITY)} with the columns customer_id and timestamp; there is "
            f"{', '.join(tables) or 'nothing'}. Read your files with pk.read_tables(...), which finds and names them."
        )
    _check_ids(found, "customer_id")
    _check_ids(found, "product_id")
    return found


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as the values that they stand for: engines disagree on what an enumeration is."""
    kinds = {
        name: kind.categories.dtype for name, kind in frame.dtypes.items() if isinstance(kind, pd.CategoricalDtype)
    }
    plain = frame.astype(kinds) if kinds else frame.copy(deep=False)
    plain.attrs = {}
    return plain


def _check_time(table: str, column: str, kind: dt.DataType) -> None:
    if isinstance(kind, dt.Null):
        return
    if not isinstance(kind, (dt.Timestamp, dt.Date)) or getattr(kind, "timezone", None):
        raise DataError(
            f"{table}.{column} is of type {kind}, not naive timestamps. Convert it with pd.to_datetime, drop the time "
            "zone, or read the file with pk.read_tables(...), which does both."
        )


def _check_ids(found: Mapping[str, ir.Table], column: str) -> None:
    kinds = {name: table.schema()[column] for name, table in found.items() if column in table.columns}
    groups: dict[str, list[str]] = {}
    for name, kind in kinds.items():
        if not isinstance(kind, dt.Null):
            groups.setdefault("text" if kind.is_string() else "numbers" if kind.is_numeric() else str(kind), []).append(
                name
            )
    if len(groups) > 1:
        told = "; ".join(f"{kind} in {', '.join(names)}" for kind, names in groups.items())
        raise DataError(
            f"{column} is of different kinds: {told}. Nothing would be matched: convert one side, for example with "
            ".astype(str)."
        )


def past(table: ir.Table, cutoff: pd.Timestamp) -> ir.Table:
    """Rows of a known customer from before the cutoff."""
    return table.filter(table.timestamp < ibis.literal(cutoff), table.customer_id.notnull())


def last_day(found: Mapping[str, ir.Table]) -> pd.Timestamp:
    """The day of the last activity in any table."""
    latest = [found[name].timestamp.max().cast("timestamp").name("at").as_table() for name in ACTIVITY if name in found]
    at = ibis.union(*latest).execute()["at"].max() if len(latest) > 1 else latest[0].execute()["at"].max()
    if pd.isna(at):
        raise DataError("build_profiles: there is no row with a time in any table of activity. Pass as_of= a day.")
    return pd.Timestamp(at)
