"""The unified view: one row for each customer with what all the tables together said about her by the end of a day."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from personakit.errors import DataError, some
from personakit.privacy.consent import ConsentLedger, with_ledger
from personakit.profile.dictionary import COLUMNS
from personakit.profile.features import features, occasions_of
from personakit.profile.sources import Sources, open_sources

if TYPE_CHECKING:
    from datetime import date

__all__ = ["build_profiles"]


def build_profiles(tables: Mapping[str, Any], as_of: str | date | np.datetime64 | None = None) -> pd.DataFrame:
    """One row for each customer: what she did, likes and answers to, as it was known at the end of one day.

    Nothing that is dated after the day has any influence, so profiles of an earlier day may stand beside what
    happened later, as a model's input beside its target. Rows without a date count for nothing, with a warning that
    counts them; customers without a sign-up date are taken as known.

    Parameters
    ----------
    tables : mapping of table name to table
        Canonical tables: those of a world, of `pk.load_dataset` or of `pk.read_tables`, or any mapping with some of
        customers, products, sessions, interactions, order_lines, ratings, contacts and consents. A table is a
        pandas DataFrame (or Arrow or polars, by `to_pandas`) or an Ibis table; Ibis tables are worked on where they
        are. A table that is missing makes its columns null, as `dictionary()` says.
    as_of : str, date, datetime, Timestamp or datetime64, default the last day that the tables record
        The day, by its end. A time of day is cut off; a time zone is read as the day on its own clock.

    Returns
    -------
    DataFrame of shape (n_customers, 19), sorted by customer_id
        The columns of `dictionary()`: customer_id; recency_days, frequency (orders), monetary, tenure_days,
        mean_inter_purchase_days, order_days, first_order_days, n_items, n_views; favourite_department,
        favourite_channel; discount_share, return_rate, email_open_rate, mean_rating; age_band, gender, region. Counts
        are int64 (float64 and null where they are not recorded), other numbers float64. `attrs` holds `as_of`
        (2025-12-31), `occasions` (the table that says when people bought: order_lines, interactions or ratings) and,
        where there is a table of consents, the ledger that `pk.privacy.gate` looks for. The ledger has later choices
        too: whoever opens the gate on a later day must find what was withdrawn meanwhile.

    Raises
    ------
    DataError
        Nobody is known by the day; a table lacks a column, holds values of a wrong kind, missing or repeated ids, or
        ids of another kind than the other tables; the tables are not a mapping.
    ParameterError
        as_of is not a day.

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
    sources = open_sources(tables, as_of)
    if sources.undated:
        counts = ", ".join(f"{count:,} of {name}" for name, count in sources.undated.items())
        warnings.warn(
            f"Rows without a timestamp cannot be placed before or after {sources.day} and count for nothing: {counts}. "
            "Fill in the timestamps, or leave the table out.",
            stacklevel=2,
        )
    ledger = _ledger(tables)
    occasions = occasions_of(sources)
    found = sources.connection.to_pandas(features(sources, occasions))
    if not len(found):
        raise DataError(_nobody(tables, sources))
    profiles = _finished(found, occasions)
    profiles.attrs["as_of"] = sources.day.isoformat()
    if occasions is not None:
        profiles.attrs["occasions"] = occasions
    return profiles if ledger is None else with_ledger(profiles, ledger)


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


def _finished(found: pd.DataFrame, occasions: str | None) -> pd.DataFrame:
    """The columns of the dictionary, with noughts where nothing happened and nulls where nothing is recorded."""
    found["return_rate"] = _return_rate(found)
    if occasions == "order_lines":
        found["monetary"] = found["monetary"].where(found["monetary"].notna() | (found["frequency"] > 0), 0.0)
    # Nought views for everybody would be a claim.
    recorded = {"n_views": pd.to_numeric(found["n_views"]).fillna(0).any()}
    columns: dict[str, pd.Series[Any]] = {}
    for name, (kind, *_) in COLUMNS.items():
        values = found[name]
        if kind == "count" and recorded.get(name, occasions is not None):
            values = pd.to_numeric(values).fillna(0).astype("int64")
        elif kind == "count":
            values = pd.Series(np.nan, index=found.index)
        elif kind not in ("id", "text"):
            values = pd.to_numeric(values).astype("float64")
        columns[name] = values
    return pd.DataFrame(columns)


def _return_rate(found: pd.DataFrame) -> pd.Series[Any]:
    """Returns over lines bought; flags, which have no date, only where no return by the day has one.

    The same return may be booked as a line with a negative quantity and as an event: the larger count is taken.
    """
    dated_ways = [name for name in ("lines_back", "returns") if name in found]
    counted = [pd.to_numeric(found[name]).fillna(0).to_numpy(dtype=float) for name in dated_ways]
    if counted and (dated := np.maximum.reduce(counted)).any():
        return (dated / found["n_items"].astype("float64")).clip(upper=1.0)
    flagged = found["flagged_share"] if "flagged_share" in found else found["return_rate"]
    return pd.to_numeric(flagged).astype("float64")


def _ledger(tables: Mapping[str, Any]) -> ConsentLedger | None:
    given = tables.get("consents")
    if given is None:
        return None
    return ConsentLedger(given if isinstance(given, pd.DataFrame) else given.to_pandas())
