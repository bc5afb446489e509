"""What a customer did lately: counts in windows that end on the day."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from personakit.profile.facts_purchases import bought, with_money
from personakit.profile.facts_sums import exact_sum, times
from personakit.profile.sources import Sources

__all__ = ["RECENT", "SETTLED_DAYS", "WINDOW_DAYS", "recent"]

WINDOW_DAYS = 90
"""`recent` reads the rows of the last so many days, the day itself being one of them, and no other."""

SETTLED_DAYS = 30
"""A flag of a return has no date: of younger lines it may tell of a return that is still to come."""

RECENT = {
    "customer_id": "id",
    "visits_30d": "int64",
    "visits_prior_30d": "int64",
    "orders_90d": "int64",
    "monetary_90d": "float64",
    "flags_known_30d": "int64",
    "flagged_30d": "int64",
}


def recent(sources: Sources, day: date | None = None) -> ir.Table:
    """One row a customer with something in the last 90 days: the columns of RECENT, null where nothing was.

    Parameters
    ----------
    sources : Sources
        Whole, or from the first day of the window on (`sources.since(day - timedelta(days=WINDOW_DAYS - 1))`).
    day : date, default that of the sources
        The last day of the windows.

    Examples
    --------
    >>> import pandas as pd
    >>> from personakit.profile.sources import open_sources
    >>> seen = pd.DataFrame({"customer_id": [7, 7], "timestamp": pd.to_datetime(["2025-02-08", "2025-02-09"]),
    ...                      "channel": "web"})
    >>> table = recent(open_sources({"sessions": seen}, "2025-03-10"))
    >>> table.select("visits_30d", "visits_prior_30d").to_pandas().values.tolist()
    [[1, 1]]
    """
    last = sources.day if day is None else day
    parts = [part for part in (_visits(sources, last), _orders(sources, last)) if part is not None]
    if not parts:
        parts = [sources.nobody()]
    table = parts[0]
    if len(parts) == 2:
        both = table.outer_join(parts[1], "customer_id")
        table = both.mutate(customer_id=ibis.coalesce(both["customer_id"], both["customer_id_right"]))
    return table.select(
        "customer_id",
        **{
            name: table[name].cast(kind) if name in table.columns else ibis.null(kind)
            for name, kind in RECENT.items()
            if kind != "id"
        },
    )


def _aged(rows: ir.Table, last: date, days: int) -> ir.Table:
    """The rows of the last so many days, with their age: 0 on the day itself."""
    age = ibis.date(last.isoformat()).delta(rows["timestamp"].date(), unit="day")
    aged = rows.mutate(age=age)
    return aged.filter((aged["age"] >= 0) & (aged["age"] < days))


def _visits(sources: Sources, last: date) -> ir.Table | None:
    if not sources.has("sessions"):
        return None
    rows = _aged(sources.tables["sessions"], last, 60)
    return rows.group_by("customer_id").agg(
        visits_30d=times(rows["age"] < 30), visits_prior_30d=times(rows["age"] >= 30)
    )


def _orders(sources: Sources, last: date) -> ir.Table | None:
    rows = bought(sources)
    if rows is None:
        return None
    rows = _aged(rows, last, WINDOW_DAYS)
    found: dict[str, Any] = {"orders_90d": rows["order"].nunique()}
    if "flagged" in rows.columns:
        young = rows["age"] < SETTLED_DAYS
        found["flags_known_30d"] = times(young & rows["flagged"].notnull())
        found["flagged_30d"] = times(young & rows["flagged"])
    made = rows.group_by("customer_id").agg(**found)
    if sources.occasions != "order_lines":
        return made
    money = _aged(with_money(sources.tables["order_lines"]), last, WINDOW_DAYS)
    paid = money.group_by("customer_id").agg(monetary_90d=exact_sum(money["money"]), n_lines_90d=money.count())
    return paid.left_join(made, "customer_id").drop("customer_id_right")
