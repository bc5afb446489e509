"""The features of a profile, each an Ibis expression with one row for each customer who has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pandas as pd

from personakit.profile.sources import past

__all__ = [
    "consent",
    "email",
    "favourite_category",
    "favourite_channel",
    "first_seen",
    "orders",
    "rated",
    "spending",
    "views",
]

RETURN_WINDOW_DAYS = 30
RECENT_RATINGS = 5

Sources = Mapping[str, ir.Table]


def orders(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, frequency, first_order, last_order (dates): from orders, else purchases, else ratings."""
    if "order_lines" in tables:
        lines = _bought(past(tables["order_lines"], cutoff))
        order = [lines.order_id] if "order_id" in lines.columns else [lines.timestamp.date().name("order_id")]
        units = lines.group_by([lines.customer_id, *order]).agg(day=lines.timestamp.min().date())
    elif "interactions" in tables:
        events = past(tables["interactions"], cutoff)
        events = events.filter(events.event == "purchase")
        units = events.select("customer_id", day=events.timestamp.date()).distinct()
    elif "ratings" in tables:
        given = past(tables["ratings"], cutoff)
        units = given.select("customer_id", day=given.timestamp.date())
    else:
        return None
    return units.group_by("customer_id").agg(
        frequency=units.count(), first_order=units.day.min(), last_order=units.day.max()
    )


def _bought(lines: ir.Table) -> ir.Table:
    return lines.filter(lines.quantity > 0) if "quantity" in lines.columns else lines


def spending(tables: Sources, cutoff: pd.Timestamp, as_of: date) -> ir.Table | None:
    """customer_id, monetary, discount_share, return_rate, as far as the columns are there."""
    if "order_lines" not in tables:
        return None
    lines = past(tables["order_lines"], cutoff)
    quantity = lines.quantity.fill_null(0) if "quantity" in lines.columns else ibis.literal(1)
    is_bought = quantity > 0
    aggregates: dict[str, ir.Value] = {"lines": is_bought.sum()}
    if "unit_price" in lines.columns:
        # Sums of floats depend on the order in which threads meet the rows; rounding takes that off again.
        aggregates["monetary"] = (quantity * lines.unit_price).sum().round(6)
    if "discount" in lines.columns:
        aggregates["discount_share"] = (lines.discount > 0).cast("float64").mean(where=is_bought)
    elif "list_price" in lines.columns and "unit_price" in lines.columns:
        aggregates["discount_share"] = (lines.unit_price < lines.list_price).cast("float64").mean(where=is_bought)
    returned = _returns(tables, cutoff)
    if returned is None and "returned" in lines.columns:
        settled = is_bought & (ibis.literal(as_of).delta(lines.timestamp.date(), unit="day") >= RETURN_WINDOW_DAYS)
        aggregates["return_rate"] = lines.returned.cast("float64").mean(where=settled)
    summed = lines.group_by("customer_id").agg(**aggregates)
    if returned is not None:
        joined = summed.left_join(returned, "customer_id")
        rate = joined.n_returns.fill_null(0) / joined.lines.nullif(0)
        summed = joined.mutate(return_rate=ibis.least(rate, 1.0)).drop("customer_id_right", "n_returns")
    return summed.drop("lines")


def _returns(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, n_returns from dated returns, where the tables record any."""
    dated = []
    if "interactions" in tables:
        events = past(tables["interactions"], cutoff)
        dated.append(events.filter(events.event == "return"))
    lines = past(tables["order_lines"], cutoff)
    if "quantity" in lines.columns:
        dated.append(lines.filter(lines.quantity < 0))
    for rows in dated:
        if rows.count().execute():
            return rows.group_by("customer_id").agg(n_returns=rows.count())
    return None


def views(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, n_views."""
    if "interactions" not in tables:
        return None
    seen = past(tables["interactions"], cutoff)
    return seen.group_by("customer_id").agg(n_views=(seen.event == "view").sum())


def favourite_category(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, favourite_category: most bought (or rated), then most seen, then first by name."""
    if "products" not in tables or not {"product_id", "category"} <= set(tables["products"].columns):
        return None
    parts = []
    if "order_lines" in tables and "product_id" in tables["order_lines"].columns:
        lines = _bought(past(tables["order_lines"], cutoff))
        pieces = lines.quantity.cast("float64") if "quantity" in lines.columns else ibis.literal(1.0)
        parts.append(lines.select("customer_id", "product_id", bought=pieces, seen=ibis.literal(0)))
    elif "ratings" in tables:
        given = past(tables["ratings"], cutoff)
        parts.append(given.select("customer_id", "product_id", bought=ibis.literal(1.0), seen=ibis.literal(0)))
    if "interactions" in tables and "product_id" in tables["interactions"].columns:
        events = past(tables["interactions"], cutoff)
        events = events.filter(events.event == "view")
        parts.append(events.select("customer_id", "product_id", bought=ibis.literal(0.0), seen=ibis.literal(1)))
    if not parts:
        return None
    met = ibis.union(*parts) if len(parts) > 1 else parts[0]
    goods = tables["products"].select("product_id", "category")
    kinds = met.inner_join(goods, "product_id")
    kinds = kinds.filter(kinds.category.notnull())
    counted = kinds.group_by(["customer_id", "category"]).agg(bought=kinds.bought.sum(), seen=kinds.seen.sum())
    order = [ibis.desc("bought"), ibis.desc("seen"), ibis.asc("category")]
    first = _first(counted, order)
    return first.select("customer_id", favourite_category=first.category)


def favourite_channel(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, favourite_channel: most visits, then first by name."""
    for name in ("sessions", "interactions", "order_lines"):
        if name in tables and "channel" in tables[name].columns:
            visits = past(tables[name], cutoff)
            visits = visits.filter(visits.channel.notnull())
            counted = visits.group_by(["customer_id", "channel"]).agg(visits=visits.count())
            first = _first(counted, [ibis.desc("visits"), ibis.asc("channel")])
            return first.select("customer_id", favourite_channel=first.channel)
    return None


def _first(table: ir.Table, order: list[ir.Value]) -> ir.Table:
    """The first row of each customer in that order."""
    ranked = table.mutate(place=ibis.row_number().over(group_by="customer_id", order_by=order))
    return ranked.filter(ranked.place == 0)


def email(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, email_open_rate."""
    if "contacts" not in tables or "opened" not in tables["contacts"].columns:
        return None
    sent = past(tables["contacts"], cutoff)
    sent = sent.filter(sent.channel == "email")
    return sent.group_by("customer_id").agg(email_open_rate=sent.opened.cast("float64").mean())


def rated(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, n_ratings, recent_rating."""
    if "ratings" not in tables or "rating" not in tables["ratings"].columns:
        return None
    given = past(tables["ratings"], cutoff)
    ties = [ibis.desc("product_id")] if "product_id" in given.columns else []
    order = [ibis.desc("timestamp"), *ties, ibis.desc("rating")]
    ranked = given.mutate(place=ibis.row_number().over(group_by="customer_id", order_by=order))
    recent = ranked.rating.cast("float64").mean(where=ranked.place < RECENT_RATINGS).round(9)
    return ranked.group_by("customer_id").agg(n_ratings=ranked.count(), recent_rating=recent)


def consent(tables: Sources, cutoff: pd.Timestamp) -> ir.Table | None:
    """customer_id, consent: the purposes agreed to, by the ledger's rule: the latest choice, of equals the refusal."""
    if "consents" not in tables or not {"purpose", "granted"} <= set(tables["consents"].columns):
        return None
    said = past(tables["consents"], cutoff)
    order = [ibis.desc("timestamp"), ibis.asc("granted")]
    ranked = said.mutate(place=ibis.row_number().over(group_by=["customer_id", "purpose"], order_by=order))
    latest = ranked.filter(ranked.place == 0)
    named = latest.purpose.group_concat(" ", where=latest.granted.cast("boolean"), order_by=latest.purpose)
    return latest.group_by("customer_id").agg(consent=named.fill_null(""))


def first_seen(tables: Sources, cutoff: pd.Timestamp) -> ir.Table:
    """customer_id, first_seen (date), signed_up (date): everybody who is known by the cutoff."""
    parts = []
    for name in ("order_lines", "interactions", "sessions", "ratings"):
        if name in tables:
            rows = past(tables[name], cutoff)
            parts.append(rows.group_by("customer_id").agg(first_seen=rows.timestamp.min().date()))
    parts = [part.mutate(signed_up=ibis.null("date")) for part in parts]
    if "customers" in tables:
        people = tables["customers"]
        people = people.filter(people.customer_id.notnull())
        if "signed_up" in people.columns:
            signed = people.signed_up.cast("timestamp")
            people = people.filter(signed.isnull() | (signed < ibis.literal(cutoff)))
            parts.append(people.select("customer_id", first_seen=ibis.null("date"), signed_up=signed.date()))
        else:
            parts.append(people.select("customer_id", first_seen=ibis.null("date"), signed_up=ibis.null("date")))
    everybody = ibis.union(*parts) if len(parts) > 1 else parts[0]
    return everybody.group_by("customer_id").agg(
        first_seen=everybody.first_seen.min(), signed_up=everybody.signed_up.min()
    )
