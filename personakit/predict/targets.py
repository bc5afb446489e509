"""What happened next: for each customer known by a day, what she did in the days that followed, as targets to learn."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from personakit.errors import DataError
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import Permitted
from personakit.privacy.settings import whole
from personakit.profile.facts_purchases import bought, with_money
from personakit.profile.sources import TRACES, Sources, cut_off, day_of, open_sources
from personakit.profile.sources_forms import named_tables
from personakit.profile.unified import Day, build_profiles

__all__ = ["TARGETS", "labelled", "recorded_from_until", "targets"]

TARGETS: dict[str, str] = {
    "buys": "whether she orders within the horizon",
    "churned": "the reverse: no order within the horizon",
    "n_orders": "orders within the horizon (days with a purchase or rating, where orders are not recorded)",
    "revenue": "money of all lines of the horizon, negative quantities included; missing where prices are not recorded",
    "margin": "money less unit costs, lines flagged as returned left out; missing where unit costs are not recorded",
    "days_to_next_order": "1 is the day after as_of; missing: not within the horizon",
    "next_department": "of the line with most money in the next order; missing: no order, or it is not recorded",
    "next_category": "likewise",
    "next_channel": "channel of that line; missing: no order, or it is not recorded",
    "next_hour": "hour of the day of the next order, 0 to 23; missing: no order, or times of day are not recorded",
}
"""The columns of `targets` and what each means."""

SILENCE = 20
"""So many expected purchases that did not come, before a day counts as one on which purchases were not recorded: by
chance alone this happens once in e^20 times."""


def targets(tables: Any, as_of: Day | None, horizon_days: int, *, recorded_until: Day | None = None) -> pd.DataFrame:
    """What every customer known by the end of a day did in the `horizon_days` days after it.

    In trade without a contract nobody says goodbye, so churn is never seen: `churned` is *defined* as no order within
    the horizon. It mixes those who have dropped out for good with those who are between two orders, the more of the
    latter the shorter the horizon; a customer who buys once a year "churns" from every quarter but one. The latent
    drop-out, which BG/NBD estimates and a simulated world knows (`truth["outlook"].alive`), is another question: it
    cannot be observed, so no classifier can learn it from labels, and it need not be known to decide whom to write to.
    Choose the horizon by what can be done in it, some two or three times the median days between orders. For those
    who never ordered, `churned` says that they did not begin; leave them out (`profiles.frequency > 0`) where the
    question is who is lost.

    Parameters
    ----------
    tables : mapping of canonical tables, what the gate released of one, or the path of a DuckDB file
        As in `build_profiles`. Purchases are those of order_lines, else of purchases in interactions, else ratings.
    as_of : str, date, datetime, Timestamp or datetime64, or None
        The day, by its end. None: the latest day that leaves the whole horizon.
    horizon_days : int
        Days ahead, from 1: the first is the day after as_of.
    recorded_until : day, optional
        The last day on which purchases were recorded. By default the last day in any of the tables, or the last day
        with a purchase, if purchases stop long before the other tables do.

    Returns
    -------
    DataFrame of shape (n_customers, 10), indexed by customer_id, sorted
        The columns of `TARGETS`: buys and churned bool, n_orders int64, names and channels text, others float64, money
        in the shop's currency. `attrs`: as_of, horizon_days, occasions (the table that tells of purchases), purpose.

    Raises
    ------
    DataError
        The horizon goes beyond what is recorded; nobody is known by the day; no table tells of purchases.
    ParameterError
        horizon_days is no whole number from 1, or as_of is not a day.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": [7, 8, 7], "product_id": [1, 1, 2],
    ...                       "timestamp": pd.to_datetime(["2025-03-01T11", "2025-03-05T09", "2025-03-20T14"]),
    ...                       "quantity": [1, 1, 2], "unit_price": [10.0, 10.0, 6.0]})
    >>> after = targets({"order_lines": lines}, "2025-03-10", 10)
    >>> after[["buys", "n_orders", "revenue", "days_to_next_order", "next_hour"]]
                  buys  n_orders  revenue  days_to_next_order  next_hour
    customer_id
    7             True         1     12.0                10.0       14.0
    8            False         0      0.0                 NaN        NaN
    """
    named, sources, last = _opened(tables, horizon_days, recorded_until)
    day = last - timedelta(days=horizon_days) if as_of is None else day_of(as_of)
    _check_horizon(day, horizon_days, last, sources)
    people = people_by(sources, day)
    if not len(people):
        raise DataError(
            f"Nobody is known by {day}: no row of {', '.join(sources.tables)} is about a customer who signed up or did "
            "something up to that day. Check that as_of lies within the dates of the tables."
        )
    found = _outcomes(named, sources, day, horizon_days, people)
    stated = {
        "as_of": day.isoformat(),
        "horizon_days": int(horizon_days),
        "occasions": sources.occasions,
        "purpose": purpose_of(tables),
    }
    found.attrs.update({name: value for name, value in stated.items() if value is not None})
    return found


def labelled(
    tables: Any, as_of: Day | None, horizon_days: int, *, recorded_until: Day | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Profiles as of a day, and beside them what each customer did in the days after: X and the targets.

    Parameters
    ----------
    tables, as_of, horizon_days, recorded_until
        As in `targets`.

    Returns
    -------
    tuple of DataFrame, both indexed by customer_id and in the same order
        The 61 columns of `build_profiles` (with the purpose in `attrs` where the tables came through the gate), and
        those of `targets`.

    Raises
    ------
    DataError, ParameterError
        As in `targets`.

    Examples
    --------
    >>> lines = pd.DataFrame({"order_id": [1, 2, 3], "customer_id": [7, 8, 7], "product_id": [1, 1, 2],
    ...                       "timestamp": pd.to_datetime(["2025-03-01", "2025-03-05", "2025-03-20"]),
    ...                       "quantity": [1, 1, 2], "unit_price": [10.0, 10.0, 6.0]})
    >>> X, y = labelled({"order_lines": lines}, "2025-03-10", 10)
    >>> X["recency_days"].to_dict(), y["buys"].to_dict()
    ({7: 9.0, 8: 5.0}, {7: True, 8: False})
    """
    after = targets(tables, as_of, horizon_days, recorded_until=recorded_until)
    named = tables.tables if isinstance(tables, Permitted) else tables
    profiles: Any = build_profiles(named, as_of=after.attrs["as_of"])
    if isinstance(profiles, ir.Table):
        profiles = profiles.to_pandas()
        profiles.attrs.update(as_of=after.attrs["as_of"], occasions=after.attrs["occasions"])
    profiles = profiles.set_index("customer_id")
    if "purpose" in after.attrs:
        profiles.attrs["purpose"] = after.attrs["purpose"]
    return profiles, after.reindex(profiles.index)


def recorded_from_until(tables: Any, horizon_days: int, *, recorded_until: Day | None = None) -> tuple[date, date]:
    """The first and the last day on which purchases are recorded."""
    _, sources, last = _opened(tables, horizon_days, recorded_until)
    rows: Any = bought(sources)
    return pd.Timestamp(sources.connection.to_pandas(rows["timestamp"].min())).date(), last


def _opened(tables: Any, horizon_days: int, until: Day | None) -> tuple[Mapping[str, Any], Sources, date]:
    """The tables by name and as sources, and the last day on which purchases are recorded."""
    whole("horizon_days", horizon_days, where="targets", why=", the days to look ahead")
    named, _ = named_tables(tables.tables if isinstance(tables, Permitted) else tables)
    sources = open_sources(named, None)
    if sources.occasions is None:
        raise DataError(
            f"None of the tables ({', '.join(named)}) tells of purchases. Give order_lines, interactions with the "
            "event 'purchase', or ratings."
        )
    if undated := sources.undated.get(sources.occasions):
        warnings.warn(
            f"{sources.occasions} has {undated:,} rows without a timestamp: they are no part of any target. Fill in "
            "the timestamps.",
            stacklevel=3,
        )
    if until is not None:
        return named, sources, day_of(until)
    rows: Any = bought(sources)
    ends = sources.connection.to_pandas(
        rows.agg(first=rows["timestamp"].min(), last=rows["timestamp"].max(), n=rows.count())
    ).iloc[0]
    if not ends["n"]:
        raise DataError(f"{sources.occasions} holds no purchase, so there is nothing to predict. Check the table.")
    first, last = pd.Timestamp(ends["first"]).date(), pd.Timestamp(ends["last"]).date()
    daily = ends["n"] / ((last - first).days + 1)
    return named, sources, last if (sources.day - last).days * daily > SILENCE else sources.day


def _check_horizon(day: date, horizon_days: int, last: date, sources: Sources) -> None:
    if (left := (last - day).days) >= horizon_days:
        return
    longest = (
        f"The longest horizon from there is {left} days; a horizon of {horizon_days} days can begin by "
        f"as_of={(last - timedelta(days=horizon_days)).isoformat()!r}."
        if left > 0
        else f"Nothing after as_of is recorded; a horizon of {horizon_days} days can begin by "
        f"as_of={(last - timedelta(days=horizon_days)).isoformat()!r}."
    )
    raise DataError(
        f"horizon_days={horizon_days} from as_of={day.isoformat()!r} ends on {day + timedelta(days=horizon_days)}, and "
        f"purchases ({sources.occasions}) are recorded to {last} only: those who order later would count as churned. "
        f"{longest}"
    )


def people_by(sources: Sources, day: date) -> pd.Index:
    """Everybody who signed up or did something by the end of the day."""
    known = [
        cut_off(name, sources.tables[name], day).select("customer_id")
        for name in ("customers", *TRACES)
        if sources.has(name, "customer_id")
    ]
    together = known[0].union(*known[1:]) if len(known) > 1 else known[0]
    return pd.Index(sources.connection.to_pandas(together.distinct())["customer_id"], name="customer_id").sort_values()


def _outcomes(named: Mapping[str, Any], sources: Sources, day: date, days: int, people: pd.Index) -> pd.DataFrame:
    rows = _lines(named, sources, day, days)
    rows = rows[rows["customer_id"].isin(people)]
    kept = rows[rows["pieces"] > 0]
    orders = kept.groupby("customer_id")["order"].nunique().reindex(people, fill_value=0)
    sums = rows.groupby("customer_id")[["money", "gain"]].sum(min_count=1).reindex(people)
    # The next order is the earliest; of its lines, the one with most money says what it was about.
    order = kept.sort_values(["timestamp", "money", "product_id"], ascending=[True, False, True], kind="stable")
    following = order.drop_duplicates("customer_id").set_index("customer_id").reindex(people)
    when = pd.to_datetime(following["timestamp"])
    timed = bool((rows["timestamp"].dt.normalize() != rows["timestamp"]).any())
    known = {name: bool(rows[name].notna().any()) for name in ("money", "gain")}
    return pd.DataFrame(
        {
            "buys": orders > 0,
            "churned": orders == 0,
            "n_orders": orders.astype("int64"),
            "revenue": sums["money"].fillna(0.0) if known["money"] else np.nan,
            "margin": sums["gain"].fillna(0.0) if known["gain"] else np.nan,
            "days_to_next_order": (when.dt.normalize() - pd.Timestamp(day)).dt.days.astype("float64"),
            **{f"next_{name}": following[name] for name in ("department", "category", "channel")},
            "next_hour": when.dt.hour.astype("float64") if timed else np.nan,
        },
        index=people,
    )


def _lines(named: Mapping[str, Any], sources: Sources, day: date, days: int) -> pd.DataFrame:
    """What was bought or sent back within the horizon, with money, gain and names of products."""
    first = datetime(day.year, day.month, day.day) + timedelta(days=1)
    name = str(sources.occasions)
    table = sources.tables[name]
    start, end = (ibis.timestamp(each.isoformat(sep=" ")) for each in (first, first + timedelta(days=days)))
    table = table.filter((table["timestamp"] >= start) & (table["timestamp"] < end))
    if name == "order_lines":
        table = with_money(table).mutate(order=table["order_id"])
    elif name == "interactions":
        table = table.filter(table["event"] == "purchase")
    wanted = ["customer_id", "product_id", "timestamp", "order", "pieces", "money", "channel", "returned"]
    rows: pd.DataFrame = sources.connection.to_pandas(table.select(*(c for c in wanted if c in table.columns)))
    rows = rows.assign(**{c: np.nan for c in ("money", "channel") if c not in rows})
    if name != "order_lines":
        rows = rows.assign(order=rows["timestamp"].dt.normalize(), pieces=1.0)
    goods = goods_of(named)
    for column in ("department", "category", "unit_cost"):
        rows[column] = rows["product_id"].map(goods[column]) if column in goods else np.nan
    if "department" not in goods:
        rows["department"] = rows["category"]
    back = rows["returned"].fillna(False).astype(bool) if "returned" in rows else False
    rows["gain"] = (rows["money"] - rows["pieces"] * rows["unit_cost"]).where(~(back & rows["unit_cost"].notna()), 0.0)
    return rows


def goods_of(named: Mapping[str, Any]) -> pd.DataFrame:
    """What is known of each product, by product_id: department, category and unit_cost, as far as they are there."""
    given = named.get("products")
    if given is None:
        return pd.DataFrame()
    columns = [c for c in ("product_id", "department", "category", "unit_cost") if c in given.columns]
    chosen = given[columns] if isinstance(given, pd.DataFrame) else given.select(*columns).to_pandas()
    return chosen.drop_duplicates("product_id").set_index("product_id")
