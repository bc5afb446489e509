"""The first unified view: one row for each customer, from every table there is, as of the end of a day.

Nothing that happens after that day has any influence: a profile may be used to predict what comes next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from personakit.privacy import ConsentLedger, moment, with_ledger
from personakit.profile import features
from personakit.profile.columns import COLUMNS
from personakit.profile.sources import last_day, sources

__all__ = ["build_profiles", "profile_expression"]

Day = str | date | datetime | np.datetime64 | pd.Timestamp


def build_profiles(tables: Mapping[str, Any], *, as_of: Day | None = None) -> pd.DataFrame:
    """One row for each customer: what she bought, saw, rated and agreed to by the end of a day.

    Any of the canonical tables may be missing; the columns made from it are then empty (see `dictionary`). Without
    order_lines, frequency and recency come from purchases in interactions, or else from ratings.

    Parameters
    ----------
    tables : mapping of name to DataFrame or Ibis table
        Canonical tables; at least one of order_lines, interactions, sessions and ratings, with times. Ibis tables are
        worked on where they are (DuckDB, Spark, BigQuery ...).
    as_of : str, date, datetime or Timestamp, optional
        The day whose end is the end of knowledge, that day included; a time of day is ignored. By default the day of
        the last activity in the tables.

    Returns
    -------
    DataFrame
        Columns as in `dictionary()`, rows by customer_id. It carries the consent ledger for `personakit.privacy.gate`
        where there is a consents table; `attrs["as_of"]` is the day, `attrs["frequency_of"]` what was counted.

    Raises
    ------
    DataError
        No table of activity, times that are no times, ids of different kinds.
    ParameterError
        `as_of` cannot be read.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": [7, 7, 8], "product_id": [1, 2, 1], "quantity": 1,
    ...     "unit_price": [10.0, 20.0, 5.0], "timestamp": pd.to_datetime(["2025-01-01", "2025-01-11", "2025-02-01"])})
    >>> profiles = build_profiles({"order_lines": lines}, as_of="2025-01-31")
    >>> profiles[["customer_id", "recency_days", "monetary"]].values.tolist()
    [[7.0, 20.0, 30.0]]
    """
    found = sources(tables)
    day = moment(as_of, "as_of").normalize() if as_of is not None else last_day(found).normalize()
    expression = _expression(found, day)
    frame = _typed(expression.execute())
    frame.attrs = {"as_of": day.date().isoformat(), "frequency_of": _counted(found)}
    if "consents" in tables:
        consents = tables["consents"]
        frame = with_ledger(
            frame, ConsentLedger(consents if isinstance(consents, pd.DataFrame) else consents.to_pandas())
        )
    return frame


def profile_expression(tables: Mapping[str, Any], *, as_of: Day) -> ir.Table:
    """The same view as an Ibis expression that is not executed yet: for tables too large for this machine.

    Parameters and errors as in `build_profiles`; no ledger travels with it, so pass `consents=` to the gate.

    >>> lines = pd.DataFrame({"order_id": [1], "customer_id": [7], "product_id": [1], "quantity": [1],
    ...     "unit_price": [10.0], "timestamp": pd.to_datetime(["2025-01-01"])})
    >>> profile_expression({"order_lines": lines}, as_of="2025-01-31").columns[:2]
    ('customer_id', 'recency_days')
    """
    return _expression(sources(tables), moment(as_of, "as_of").normalize())


def _counted(found: Mapping[str, ir.Table]) -> str:
    names = {"order_lines": "orders", "interactions": "purchases", "ratings": "ratings"}
    return next((what for table, what in names.items() if table in found), "nothing")


def _expression(found: Mapping[str, ir.Table], day: pd.Timestamp) -> ir.Table:
    cutoff, today = day + pd.Timedelta(days=1), day.date()
    view = features.first_seen(found, cutoff)
    for part in (
        features.orders(found, cutoff),
        features.spending(found, cutoff, today),
        features.views(found, cutoff),
        features.favourite_category(found, cutoff),
        features.favourite_channel(found, cutoff),
        features.email(found, cutoff),
        features.rated(found, cutoff),
        features.consent(found, cutoff),
    ):
        if part is not None:
            joined = view.left_join(part, "customer_id")
            view = joined.drop("customer_id_right") if "customer_id_right" in joined.columns else joined
    now = ibis.literal(today)
    since = ibis.coalesce(view.signed_up, view.first_seen)
    computed: dict[str, ir.Value] = {"tenure_days": now.delta(since, unit="day").cast("float64")}
    if "frequency" in view.columns:
        span = view.last_order.delta(view.first_order, unit="day").cast("float64")
        computed |= {
            "recency_days": now.delta(view.last_order, unit="day").cast("float64"),
            "frequency": view.frequency.fill_null(0),
            "mean_days_between_orders": span / (view.frequency - 1).nullif(0),
        }
    # In a table that is there, no row means none; in one that is not, it means unknown.
    computed |= {name: view[name].fill_null(0) for name in ("monetary", "n_views", "n_ratings") if name in view.columns}
    empty = {"number": "float64", "count": "int64", "text": "string"}
    columns = {
        name: computed.get(name, view[name] if name in view.columns else ibis.null(empty.get(feature.kind, "string")))
        for name, feature in COLUMNS.items()
    }
    return view.select(**columns).order_by("customer_id")


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The same kinds whatever the engine: whole counts, floats with NaN, texts with missing values."""
    columns: dict[str, Any] = {}
    for name, feature in COLUMNS.items():
        column = frame[name]
        if feature.kind == "count" and column.notna().all():
            columns[name] = column.astype("int64")
        elif feature.kind in ("count", "number"):
            columns[name] = column.astype("float64")
        elif feature.kind == "text":
            columns[name] = pd.Series(column.astype(object).where(column.notna(), None).tolist(), index=frame.index)
        else:
            columns[name] = column
    return pd.DataFrame(columns)
