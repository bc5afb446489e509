"""Canonical tables, in whatever form they come, as Ibis tables with the columns that profiles need, up to one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from personakit.errors import DataError, ParameterError, some
from personakit.profile.sources_checks import Survey, survey
from personakit.profile.sources_forms import (
    NEEDED,
    SHARED,
    as_arrow,
    as_ibis,
    connection_of,
    id_types,
    named_tables,
    with_types,
)

__all__ = ["OCCASIONS", "TRACES", "Sources", "cut_off", "day_of", "open_sources"]

OCCASIONS = ("order_lines", "interactions", "ratings")
"""The tables that can say when somebody bought, the best first."""

TRACES = ("order_lines", "interactions", "ratings", "sessions", "contacts", "reviews", "messages")
"""The tables whose rows make somebody known, even without a row in `customers`."""


@dataclass(frozen=True)
class Sources:
    """Ibis tables cut off at the end of a day, and the connection on which they run.

    `tables` have those columns of NEEDED that the caller's tables have, and always their time column. Rows without a
    time are dropped and counted in `undated`; customers who signed up later are not in it, those without a date are.
    `occasions` names the table that says when people bought. `anybody` is False where the check found that nobody is
    known by the day, and None where there was no check.
    """

    tables: dict[str, ir.Table]
    connection: Any
    day: date
    undated: dict[str, int]
    occasions: str | None = None
    ibis_out: bool = False
    anybody: bool | None = None

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table is there with all these columns."""
        return table in self.tables and all(column in self.tables[table].columns for column in columns)

    def nobody(self) -> ir.Table:
        """A table of customer_id without a row."""
        for table in self.tables.values():
            if "customer_id" in table.columns:
                return table.filter(ibis.literal(False)).select("customer_id")
        nobody = ibis.memtable({"customer_id": [0]}, schema={"customer_id": "int64"})
        return nobody.filter(ibis.literal(False))

    def of(self, customers: ir.Table) -> Sources:
        """The same sources, with the rows of these customers only (a table with a column customer_id)."""
        ids = customers.select("customer_id").distinct()
        some_rows = {
            name: table.semi_join(ids, "customer_id") if "customer_id" in table.columns else table
            for name, table in self.tables.items()
        }
        return replace(self, tables=some_rows)

    def since(self, first: date) -> Sources:
        """The same sources, with the rows from the beginning of a day on; customers and products stay whole."""
        start = ibis.timestamp(datetime(first.year, first.month, first.day).isoformat(sep=" "))
        late = {
            name: table.filter(table["timestamp"] >= start) if "timestamp" in table.columns else table
            for name, table in self.tables.items()
        }
        return replace(self, tables=late)


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


def open_sources(tables: Any, as_of: object | None, *, check: bool = True, occasions: str | None = None) -> Sources:
    """Check the tables, bring them into Ibis, and cut them off at the end of the day (None: the last day recorded).

    Frames go to a DuckDB of their own in memory; where one of the tables is an Ibis table with a connection,
    everything runs there.

    Parameters
    ----------
    tables : mapping of table name to table, path of a DuckDB file, or Ibis connection
    as_of : str, date, datetime, Timestamp or datetime64, optional
    check : bool
        Whether to look at every table first: ids, infinite numbers, rows without a date, the first and last day. Costs
        a lazy table one aggregate of one row. Without, rows without a date are passed over uncounted.
    occasions : str, optional
        Which of OCCASIONS says when people bought. Otherwise the best that is there; where it could be interactions or
        ratings, one small aggregate looks whether the interactions have purchases.

    Raises
    ------
    DataError
        The tables are not a mapping, a needed column is missing, holds something else than it should, or ids disagree.
    ParameterError
        as_of is not a day.
    UnavailableError
        The DuckDB file cannot be opened.
    """
    day = None if as_of is None else day_of(as_of)
    named, ibis_out = named_tables(tables)
    given = {name: named[name] for name in NEEDED if name in named and named[name] is not None}
    lazy = {name: as_ibis(name, table) for name, table in given.items() if isinstance(table, ir.Table)}
    arrow = {name: as_arrow(name, table) for name, table in given.items() if name not in lazy}
    connection = connection_of(lazy)
    shared = id_types(arrow, lazy)
    opened: dict[str, ir.Table] = {}
    for name in given:
        if name in arrow:
            opened[name] = ibis.memtable(with_types(arrow[name], shared))
        else:
            opened[name] = lazy[name].cast({c: shared[c] for c in SHARED if c in lazy[name].columns and c in shared})
    surveys = {}
    if check or day is None:
        surveys = {name: survey(name, table, connection, arrow.get(name)) for name, table in opened.items()}
    if day is None:
        day = _last_day(surveys, named)
    opened = {name: cut_off(name, table, day) for name, table in opened.items()}
    dated = {name: found.undated for name, found in surveys.items() if name not in ("customers", "products")}
    return Sources(
        opened,
        connection,
        day,
        undated={name: count for name, count in dated.items() if count},
        occasions=_occasions(opened, connection) if occasions is None else occasions,
        ibis_out=ibis_out,
        anybody=_anybody(surveys, day) if surveys or not opened else None,
    )


def cut_off(name: str, table: ir.Table, day: date) -> ir.Table:
    """The rows of a canonical table up to the end of a day, and of customers those who signed up by then."""
    end = ibis.timestamp((datetime(day.year, day.month, day.day) + timedelta(days=1)).isoformat(sep=" "))
    if name == "customers":
        return table.filter((table["signed_up"] < end) | table["signed_up"].isnull())
    return table.filter(table["timestamp"] < end) if "timestamp" in table.columns else table


def _last_day(surveys: Mapping[str, Survey], tables: Mapping[str, Any]) -> date:
    # A choice about consent may be dated ahead, and no day of the shop is later for it.
    latest = [found.last for name, found in surveys.items() if name != "consents" and found.last is not None]
    if not latest:
        raise DataError(
            f"The tables ({some(tables, 9) or 'none'}) hold no date, so the last day is not known. "
            'Give the day: as_of="2025-12-31".'
        )
    return max(latest).date()


def _anybody(surveys: Mapping[str, Survey], day: date) -> bool:
    """Whether somebody signed up, is known without a date, or did something by the day."""
    early = [name for name, found in surveys.items() if found.first is not None and found.first.date() <= day]
    undated = surveys["customers"].undated if "customers" in surveys else 0
    return bool(undated or set(early) & {"customers", *TRACES})


def _occasions(tables: Mapping[str, ir.Table], connection: Any) -> str | None:
    """Orders, else purchases among the interactions, else ratings."""
    if "order_lines" in tables:
        return "order_lines"
    if "interactions" in tables:
        events = tables["interactions"]["event"]
        if "ratings" not in tables or connection.to_pandas((events == "purchase").sum()) > 0:
            return "interactions"
    return "ratings" if "ratings" in tables else None
