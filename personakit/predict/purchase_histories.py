"""A customer's purchases in three numbers: how many repeats, when the last of them was, how long she has been known."""

from __future__ import annotations

from typing import Any, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import Permitted, plain_frame
from personakit.profile.facts_purchases import with_money
from personakit.profile.facts_sums import days_between
from personakit.profile.frames import by_customer
from personakit.profile.sources import open_sources
from personakit.profile.unified import Day

__all__ = ["UNITS", "history", "purchase_summary"]

UNITS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
"""Days in a unit of time."""

MOST = 1_000_000  # repeat purchases of one customer: beyond, a count of days is something else


def purchase_summary(
    order_lines: Any, as_of: Day | None = None, *, unit: Literal["day", "week", "month", "year"] = "week"
) -> Any:
    """Frequency, recency, T and mean value of each customer's purchases, as BG/NBD and Gamma-Gamma take them.

    Purchases of one day are one; so frequency counts the days with a purchase after the first. Lines with a negative
    quantity (returns) are no purchase, and their money is not taken off.

    Parameters
    ----------
    order_lines : DataFrame, Ibis table, or what the gate released
        customer_id, timestamp, unit_price and, if there is one, quantity. Of several gated tables, `order_lines`.
    as_of : day, optional
        The end of the time of observation, that day included; by default the last day with an order.
    unit : {"day", "week", "month", "year"}
        Of recency and T.

    Returns
    -------
    DataFrame of shape (n_customers, 4) with index customer_id, or an Ibis table (with that column) for an Ibis table
        frequency (repeat purchases, int64), recency (from the first to the last purchase; 0 where there was one only),
        T (from the first purchase to as_of), monetary_value (mean money of a day with a repeat purchase; missing where
        there was none). Customers without a purchase by the day are not in it. `attrs`: as_of, unit, purpose.

    Raises
    ------
    DataError
        A column is missing or of another type; nobody bought by the day.
    ParameterError
        No such unit; as_of is no day.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": [1, 1, 1, 2], "unit_price": [9.0, 5.0, 20.0, 7.0], "timestamp":
    ...     pd.to_datetime(["2025-01-01", "2025-01-01", "2025-01-15", "2025-01-08"])})
    >>> purchase_summary(lines, "2025-01-29")
                 frequency  recency    T  monetary_value
    customer_id
    1                    1      2.0  4.0            20.0
    2                    0      0.0  3.0             NaN
    """
    if unit not in UNITS:
        raise ParameterError(f"purchase_summary(unit={unit!r}): give one of {', '.join(UNITS)}.")
    released = isinstance(order_lines, Permitted) and "order_lines" in order_lines.tables
    lines = order_lines.tables["order_lines"] if released else order_lines
    lines = lines if isinstance(lines, ir.Table) else plain_frame(lines)
    columns = getattr(lines, "columns", ())
    # Neither is of use here, and a list of days and amounts has none of them.
    absent = {name: 0 for name in ("order_id", "product_id") if name not in columns}
    if isinstance(lines, ir.Table):
        lines = lines.mutate(**{name: ibis.literal(0) for name in absent})
    elif isinstance(lines, pd.DataFrame):
        lines = (lines.reset_index() if lines.index.name == "customer_id" else lines).assign(**absent)
    sources = open_sources({"order_lines": lines}, as_of)
    rows = with_money(sources.tables["order_lines"])
    table = _summary(rows.filter(rows["pieces"] > 0), sources.day, UNITS[unit])
    if sources.ibis_out:
        return table
    frame = sources.connection.to_pandas(table.order_by("customer_id")).set_index("customer_id")
    if not len(frame):
        raise DataError(
            f"order_lines: nobody bought anything up to {sources.day}. Check as_of, and the signs of quantity."
        )
    stated = {"as_of": sources.day.isoformat(), "unit": unit, "purpose": purpose_of(order_lines)}
    frame.attrs = {name: value for name, value in stated.items() if value is not None}
    return frame


def _summary(rows: ir.Table, end: Any, days: float) -> ir.Table:
    by_day = rows.group_by("customer_id", day=rows["timestamp"].date()).agg(money=rows["money"].sum())
    first = by_day["day"].min().over(group_by="customer_id")
    by_day = by_day.mutate(first=first)
    again = by_day["day"] > by_day["first"]
    found = by_day.group_by("customer_id").agg(
        frequency=by_day.count() - 1,
        first=by_day["first"].min(),
        last=by_day["day"].max(),
        monetary_value=by_day["money"].mean(where=again),
    )
    return found.select(
        "customer_id",
        "frequency",
        recency=days_between(found["last"], found["first"]) / days,
        T=days_between(ibis.date(end.isoformat()), found["first"]) / days,
        monetary_value=found["monetary_value"],
    )


def history(frequency: Any, recency: ArrayLike | None = None, T: ArrayLike | None = None) -> pd.DataFrame:
    """Frequency, recency and T of each customer in floats, checked.

    Parameters
    ----------
    frequency : array of shape (n_customers,), or a frame or what the gate released
        A frame has frequency, recency and T, as `purchase_summary` makes it; or it is one of profiles (order_days,
        first_order_days and recency_days, in days). Then recency and T are not given.
    recency, T : arrays of shape (n_customers,)

    Returns
    -------
    DataFrame with columns frequency, recency and T; where profiles have no order, all three are missing.

    Raises
    ------
    DataError
        Columns are missing, lengths differ, a value is missing, infinite or negative, a frequency is not whole, or
        the three contradict each other.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [7], "order_days": [3], "first_order_days": [90], "recency_days": [20]})
    >>> history(people).to_dict("index")
    {7: {'frequency': 2.0, 'recency': 70.0, 'T': 90.0}}
    """
    profiles = False
    if recency is None and T is None:
        frame = by_customer(frequency)
        summary, profiles = ("frequency", "recency", "T"), "T" not in frame.columns
        needed = ("order_days", "first_order_days", "recency_days") if profiles else summary
        if absent := [name for name in needed if name not in frame.columns]:
            raise DataError(
                f"The table has no column {', '.join(absent)} (it has {some(frame.columns, 6)}). Give frequency, "
                "recency and T, as pk.predict.purchase_summary makes them, or profiles with order_days, "
                "first_order_days and recency_days."
            )
        parts = [_floats(frame[name], name) for name in needed]
        if profiles:
            bought = ~(parts[0] == 0)
            parts = [np.where(bought, each, np.nan) for each in (parts[0] - 1, parts[1] - parts[2], parts[1])]
        index = frame.index
    else:
        parts = [
            np.atleast_1d(_floats(each, name))
            for name, each in (("frequency", frequency), ("recency", recency), ("T", T))
        ]
        lengths = [len(each) for each in parts]
        if any(each.ndim > 1 for each in parts) or len(set(lengths)) > 1:
            shapes = ", ".join(str(each.shape) for each in parts)
            raise DataError(f"frequency, recency and T have shapes {shapes}. Give three lists of one length.")
        index = frequency.index if isinstance(frequency, pd.Series) else pd.RangeIndex(lengths[0])
    found = pd.DataFrame(dict(zip(("frequency", "recency", "T"), parts, strict=True)), index=index)
    _check(found, profiles)
    return found


def _floats(values: Any, name: str) -> Any:
    try:
        return pd.to_numeric(pd.Series(values)).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as problem:
        raise DataError(
            f"{name} does not hold numbers ({some(np.ravel(np.asarray(values, dtype=object)))}). Dates become numbers "
            "by pk.predict.purchase_summary(order_lines, as_of)."
        ) from problem


def _check(found: pd.DataFrame, profiles: bool) -> None:
    x, recency, T = (found[name].to_numpy() for name in found)
    nothing = found.isna().all(axis=1).to_numpy() if profiles else np.zeros(len(found), dtype=bool)
    slack = 1e-9 * np.where(np.isfinite(T), np.abs(T), 0)
    # The place of each kind of trouble, what it is and what to do.
    trouble = (
        (~np.isfinite(found.to_numpy()).all(axis=1), "missing or infinite", "Drop these customers, or fill them in"),
        ((found < 0).any(axis=1).to_numpy(), "negative", "Count from the first purchase: both start there"),
        (x != np.floor(x), "not whole (frequency)", "frequency counts days with a repeat purchase"),
        (x > MOST, f"a frequency above {MOST:,}", "frequency counts days with a repeat purchase, not money"),
        (recency > T + slack, "recency above T", "T runs to the end of observation, so recency cannot be longer"),
        ((x == 0) & (recency > 0), "recency above 0 without a repeat purchase", "recency is 0 where frequency is 0"),
    )
    for wrong, what, advice in trouble:
        if (wrong := wrong & ~nothing).any():
            rows = found[wrong].head(3)
            shown = [f"{row.Index}: {row.frequency:g}, {row.recency:g}, {row.T:g}" for row in rows.itertuples()]
            raise DataError(
                f"{int(wrong.sum())} of {len(found)} customers have {what} ("
                f"frequency, recency, T of {'; '.join(shown)}). {advice}; or make the three with "
                "pk.predict.purchase_summary(order_lines, as_of)."
            )
