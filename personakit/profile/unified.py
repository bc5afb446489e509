"""The unified view: one row for each customer with what all the tables together said about her by the end of a day."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, overload

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.consent.carried import with_ledger
from personakit.privacy.consent.ledger import ConsentLedger
from personakit.privacy.moments import latest_now
from personakit.profile.dictionary import COLUMNS
from personakit.profile.facts import facts, recorded
from personakit.profile.features import projection
from personakit.profile.plan_steps import Plan, plan_of, translated, within_reach
from personakit.profile.recent import recent
from personakit.profile.sources import Sources, open_sources
from personakit.profile.sources_forms import named_tables

__all__ = ["build_profiles", "plan"]

Day = str | date | np.datetime64  # of which a datetime and a Timestamp are dates


@overload
def build_profiles(tables: Mapping[str, ir.Table], as_of: Day | None = None, *, check: bool = True) -> ir.Table: ...
@overload
def build_profiles(tables: Any, as_of: Day | None = None, *, check: bool = True) -> pd.DataFrame: ...
def build_profiles(tables: Any, as_of: Day | None = None, *, check: bool = True) -> pd.DataFrame | ir.Table:
    """One row for each customer: what she did, likes and answers to, as it was known at the end of one day.

    Nothing that is dated after the day has any influence, so profiles of an earlier day may stand beside what
    happened later, as a model's input beside its target. Rows without a date count for nothing, with a warning that
    counts them; customers without a sign-up date are taken as known.

    Parameters
    ----------
    tables : mapping of table name to table, path of a DuckDB file, or Ibis connection
        Canonical tables: those of a world, of `pk.load_dataset` or of `pk.read_tables`, or any mapping with some of
        customers, products, sessions, interactions, order_lines, ratings, reviews, messages, contacts and consents. A
        table is a pandas DataFrame (or Arrow or polars, by `to_pandas`) or an Ibis table of any backend; Ibis tables
        are worked on where they are. A table that is missing makes its columns null, as `dictionary()` says.
    as_of : str, date, datetime, Timestamp or datetime64, default the last day that the tables record
        The day, by its end. A time of day is cut off; a time zone is read as the day on its own clock.
    check : bool
        Whether to look at each table first (ids, infinite numbers, undated rows), which costs a table of Ibis one
        aggregate of one row. Without, repeated customers give repeated rows, and undated rows are not counted.

    Returns
    -------
    DataFrame of shape (n_customers, 62), sorted by customer_id; an Ibis table where one of the tables is one
        The columns of `dictionary()`: when and how much she buys, likes, visits, answers to mail, writes and agreed
        to. Counts are int64 (float64 and null where they are not recorded), other numbers float64. `attrs` holds
        `as_of` (2025-12-31), `occasions` (the table that says when people bought: order_lines, interactions or
        ratings) and, where there is a table of consents, the ledger that `pk.privacy.gate` looks for. The ledger has
        later choices too: whoever opens the gate on a later day must find what was withdrawn meanwhile. An Ibis table
        is an expression, not yet run, and carries nothing: give the gate the consents,
        `gate(profiles, purpose, at=..., consents=tables["consents"].to_pandas())`. A DuckDB file or connection gives a
        DataFrame; a connection of another engine an Ibis table.

    Raises
    ------
    DataError
        Nobody is known by the day; a table lacks a column, holds values of a wrong kind, missing or repeated ids, or
        ids of another kind than the other tables; the tables are not a mapping.
    ParameterError
        as_of is not a day.
    UnavailableError
        The DuckDB file cannot be opened, or the engine lacks an operation: it and the columns concerned are named.

    Notes
    -----
    Sums are made exactly, in decimals of 12 places, so the result does not depend on the order of the rows or the
    number of threads. Memory grows with the tables and the number of customers, never with their product.

    References
    ----------
    P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "RFM and CLV: Using iso-value curves for customer base analysis",
    Journal of Marketing Research 42(4), for recency, frequency and monetary value as all that a purchase history says.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 1, 2, 3], "customer_id": [7, 7, 7, 8], "product_id": [1, 2, 1, 2],
    ...                       "timestamp": pd.to_datetime(["2025-03-01", "2025-03-01", "2025-03-11", "2025-04-02"]),
    ...                       "quantity": [1, 2, 1, 1], "unit_price": [10.0, 5.0, 10.0, 5.0]})
    >>> profiles = build_profiles({"order_lines": lines}, as_of="2025-03-31")
    >>> profiles[["customer_id", "recency_days", "frequency", "monetary", "mean_inter_purchase_days"]]
       customer_id  recency_days  frequency  monetary  mean_inter_purchase_days
    0            7          20.0          2      30.0                      10.0
    """
    sources, ledger = _opened(tables, as_of, check=check)
    expression = projection(facts(sources), recent(sources), sources.day, recorded(sources))
    if sources.ibis_out:
        translated(expression, sources.connection)  # an engine that lacks an operation says so now, not later
        return expression
    with within_reach(sources.connection, expression):
        found = sources.connection.to_pandas(expression)
    if not len(found):
        raise DataError(_nobody(tables, sources))
    profiles = typed(found)
    profiles.attrs["as_of"] = sources.day.isoformat()
    if sources.occasions is not None:
        profiles.attrs["occasions"] = sources.occasions
    return profiles if ledger is None else with_ledger(profiles, ledger)


def plan(tables: Any, as_of: Day | None = None, *, check: bool = True) -> Plan:
    """What `build_profiles` would ask of the engine, and how the engine would go about it; nothing is built.

    Parameters
    ----------
    tables, as_of, check
        As in `build_profiles`, with the same errors.

    Returns
    -------
    Plan
        `.engine`, `.sql` and `.steps` (EXPLAIN of DuckDB or Spark); `print` it.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1], "customer_id": [7], "product_id": [1], "unit_price": [10.0],
    ...                       "timestamp": pd.to_datetime(["2025-03-01"])})
    >>> steps = plan({"order_lines": lines}, "2025-03-31")
    >>> steps.engine, "group" in steps.steps.lower()
    ('duckdb', True)
    """
    sources, _ = _opened(tables, as_of, check=check)
    return plan_of(projection(facts(sources), recent(sources), sources.day, recorded(sources)), sources.connection)


def _opened(tables: Any, as_of: Day | None, *, check: bool) -> tuple[Sources, ConsentLedger | None]:
    """Checked sources, with the ledger that goes along with frames; a warning where rows have no date."""
    named, ibis_out = named_tables(tables)
    ledger = None if ibis_out else _ledger(named)
    if ledger is not None and not isinstance(named["consents"], ir.Table):
        named = {**named, "consents": _as_read(named["consents"], ledger)}
    sources = open_sources(named, as_of, check=check)
    sources = replace(sources, ibis_out=ibis_out)
    if sources.undated:
        counts = ", ".join(f"{count:,} of {name}" for name, count in sources.undated.items())
        warnings.warn(
            f"Rows without a timestamp cannot be placed before or after {sources.day} and count for nothing: {counts}. "
            "Fill in the timestamps, or leave the table out.",
            stacklevel=3,
        )
    if sources.anybody is False:
        raise DataError(_nobody(named, sources))
    return sources, ledger


def _nobody(tables: Mapping[str, Any], sources: Sources) -> str:
    names = ", ".join(sources.tables)
    if not names:
        return (
            f"None of the tables ({some(tables, 9) or 'there are none'}) says who the customers are. "
            "Give at least one of customers, order_lines, interactions, ratings, sessions and contacts."
        )
    without = f" ({sum(sources.undated.values()):,} rows have no date)" if sources.undated else ""
    return (
        f"Nobody is known by {sources.day}: no row of {names} is about a customer who signed up or did something up to "
        f"that day{without}. Check that as_of lies within the dates of the tables, and that the tables have rows."
    )


def typed(found: pd.DataFrame) -> pd.DataFrame:
    """The columns in the types that pandas users count on: counts whole where they are known of everybody."""
    columns: dict[str, pd.Series[Any]] = {}
    for name, (kind, *_) in COLUMNS.items():
        values = found[name]
        if kind not in ("id", "text"):
            values = pd.to_numeric(values)
            values = values.astype("int64" if kind == "count" and not values.isna().any() else "float64")
        columns[name] = values
    return pd.DataFrame(columns)


def _ledger(tables: Mapping[str, Any]) -> ConsentLedger | None:
    given = tables.get("consents")
    if given is None:
        return None
    last = [each for name, table in tables.items() if name != "consents" and (each := _last(table)) is not None]
    return ConsentLedger(_frame(given), now=ahead_of_the_clock(max(last, default=None)))


def ahead_of_the_clock(last: pd.Timestamp | None) -> pd.Timestamp | None:
    """The last moment of a shop that is simulated into the future, where its choices lie, too; None for all others."""
    return last if last is not None and last > latest_now() else None


def _last(table: Any) -> pd.Timestamp | None:
    if not isinstance(table, pd.DataFrame) or "timestamp" not in table.columns:
        return None
    times = table["timestamp"]
    dated = isinstance(times.dtype, np.dtype) and times.dtype.kind == "M" and times.notna().any()
    return times.max() if dated else None


def _frame(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else table.to_pandas()


def _as_read(consents: Any, ledger: ConsentLedger) -> pd.DataFrame:
    """The consents with the values as the ledger read them: "yes" and "no" as flags, text as times."""
    read = ledger.records
    columns = {name: read[name].to_numpy() for name in ("purpose", "granted", "timestamp")}
    return _frame(consents).reset_index(drop=True).assign(**columns)
