"""What the tables say about each customer, as Ibis expressions that run on DuckDB, Spark or where the data is."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from personakit.profile.dictionary import COLUMNS, DEMOGRAPHICS
from personakit.profile.sources import Sources

__all__ = ["OCCASIONS", "features", "occasions_of"]

OCCASIONS = ("order_lines", "interactions", "ratings")
"""The tables that can say when somebody bought, the best first."""

_TRACES = ("order_lines", "interactions", "ratings", "sessions", "contacts")
_PURCHASE, _RETURN, _VIEW = "purchase", "return", "view"
_SETTLED_DAYS = 30  # a flag has no date: of younger lines it may tell of a return that is still to come


def occasions_of(sources: Sources) -> str | None:
    """The table that says when people bought: orders, else purchases among the interactions, else ratings."""
    if sources.has("order_lines"):
        return "order_lines"
    if sources.has("interactions"):
        acts = sources.tables["interactions"]
        if not sources.has("ratings") or sources.connection.to_pandas((acts["event"] == _PURCHASE).sum()) > 0:
            return "interactions"
    return "ratings" if sources.has("ratings") else None


def features(sources: Sources, occasions: str | None) -> ir.Table:
    """One row a customer: the columns of a profile, and those that stand in for another (see `unified`).

    The expression is made of one small table of one row a customer for each source, joined to all the customers;
    columns for which there is no source are null.
    """
    day = ibis.date(sources.day.isoformat())
    parts = []
    if occasions is not None:
        bought = _bought(sources, occasions)
        parts += [_purchases(bought, occasions, day), _favourite_department(sources, bought)]
    if occasions == "order_lines":
        parts += [_money(sources.tables["order_lines"])]
    parts += [_acts(sources), _favourite_channel(sources), _emails(sources), _ratings(sources), _demographics(sources)]
    table = _everybody(sources, day)
    for part in parts:
        if part is not None:
            table = table.left_join(part, "customer_id").drop("customer_id_right")
    unknown = {
        name: ibis.null("string" if kind == "text" else "float64")
        for name, (kind, *_) in COLUMNS.items()
        if name not in table.columns
    }
    return table.mutate(**unknown).order_by("customer_id")


def _exact_sum(values: ir.Value) -> ir.Value:
    """A sum that does not depend on the order of the rows, so that neither threads nor engines change a digit."""
    return values.cast("decimal(38, 12)").sum().cast("float64")


def _share(condition: ir.Value) -> ir.Value:
    """The share of the rows, among those where the condition is known, in which it holds."""
    known = condition.count()
    return condition.cast("int64").sum().cast("float64") / ibis.ifelse(known > 0, known, ibis.null("int64"))


def _days(day: ir.Value, earlier: ir.Value) -> ir.Value:
    return day.delta(earlier, unit="day").cast("float64")


def _everybody(sources: Sources, day: ir.Value) -> ir.Table:
    """Everybody known by the day, and for how long."""
    traces = [sources.tables[name].select("customer_id", "timestamp") for name in _TRACES if sources.has(name)]
    if sources.has("customers"):
        known = sources.tables["customers"]
        traces.append(known.select("customer_id", timestamp=known["signed_up"]))
    if not traces:
        nobody = ibis.memtable({"customer_id": [0]}, schema={"customer_id": "int64"})
        return nobody.filter(nobody["customer_id"] > 0).mutate(tenure_days=ibis.null("float64"))
    together = traces[0].union(*traces[1:]) if len(traces) > 1 else traces[0]
    first = together.group_by("customer_id").agg(first=together["timestamp"].min())
    return first.select("customer_id", tenure_days=_days(day, first["first"].date()))


def _bought(sources: Sources, occasions: str) -> ir.Table:
    """One row for each line bought (or product rated): customer_id, product_id, timestamp, order, and how."""
    rows = sources.tables[occasions]
    if occasions == "order_lines":
        kept = rows.filter(rows["quantity"].fill_null(1) > 0) if "quantity" in rows.columns else rows
        off: Any = ibis.null("boolean")
        if "discount" in rows.columns:
            off = kept["discount"] > 0
        elif "list_price" in rows.columns:
            off = kept["list_price"] > kept["unit_price"] * (1 + 1e-9)
        back = kept["returned"] if "returned" in rows.columns else ibis.null("boolean")
        return kept.select(
            "customer_id", "product_id", "timestamp", order=kept["order_id"], discounted=off, flagged=back
        )
    if occasions == "interactions":
        rows = rows.filter(rows["event"] == _PURCHASE)
    return rows.select(
        "customer_id", "product_id", "timestamp", order=rows["timestamp"].date(),
        discounted=ibis.null("boolean"), flagged=ibis.null("boolean"),
    )  # fmt: skip


def _purchases(bought: ir.Table, occasions: str, day: ir.Value) -> ir.Table:
    dated = bought.mutate(day=bought["timestamp"].date())
    settled = day.delta(dated["day"], unit="day") >= _SETTLED_DAYS
    dated = dated.mutate(flagged=ibis.ifelse(settled, dated["flagged"], ibis.null("boolean")))
    made = dated.group_by("customer_id").agg(
        frequency=dated["order"].nunique(),
        order_days=dated["day"].nunique(),
        n_items=dated.count(),
        first=dated["day"].min(),
        last=dated["day"].max(),
        discount_share=_share(dated["discounted"]),
        flagged_share=_share(dated["flagged"]),
    )
    gaps = made["order_days"] - 1
    return made.select(
        "customer_id", "frequency", "order_days", "n_items", "discount_share", "flagged_share",
        recency_days=_days(day, made["last"]),
        first_order_days=_days(day, made["first"]),
        mean_inter_purchase_days=_days(made["last"], made["first"]) / ibis.ifelse(gaps > 0, gaps, ibis.null("int64")),
    )  # fmt: skip


def _money(lines: ir.Table) -> ir.Table:
    quantity = lines["quantity"].fill_null(1.0) if "quantity" in lines.columns else ibis.literal(1.0)
    by_customer = lines.mutate(pieces=quantity)
    by_customer = by_customer.mutate(money=by_customer["pieces"] * by_customer["unit_price"])
    return by_customer.group_by("customer_id").agg(
        monetary=_exact_sum(by_customer["money"]),
        lines_back=(by_customer["pieces"] < 0).cast("int64").sum(),
    )


def _acts(sources: Sources) -> ir.Table | None:
    if not sources.has("interactions"):
        return None
    acts = sources.tables["interactions"]
    return acts.group_by("customer_id").agg(
        n_views=(acts["event"] == _VIEW).cast("int64").sum(),
        returns=(acts["event"] == _RETURN).cast("int64").sum(),
    )


def _favourite(rows: ir.Table, column: str, name: str) -> ir.Table:
    """The value that occurs most in a customer's rows; ties go to the latest, then to the first in the alphabet."""
    named = rows.filter(rows[column].notnull())
    counts = named.group_by(["customer_id", column]).agg(times=named.count(), last=named["timestamp"].max())
    order = [ibis.desc(counts["times"]), ibis.desc(counts["last"]), counts[column]]
    ranked = counts.mutate(place=ibis.row_number().over(group_by="customer_id", order_by=order))
    return ranked.filter(ranked["place"] == 0).select("customer_id", **{name: ranked[column]})


def _favourite_department(sources: Sources, bought: ir.Table) -> ir.Table | None:
    column = next((name for name in ("department", "category") if sources.has("products", name)), None)
    if column is None:
        return None
    goods = sources.tables["products"].select("product_id", column)
    joined = bought.select("customer_id", "product_id", "timestamp").inner_join(goods, "product_id")
    return _favourite(joined, column, "favourite_department")


def _favourite_channel(sources: Sources) -> ir.Table | None:
    for name in ("sessions", "interactions", "order_lines"):
        if sources.has(name, "channel"):
            return _favourite(sources.tables[name], "channel", "favourite_channel")
    return None


def _emails(sources: Sources) -> ir.Table | None:
    if not sources.has("contacts", "opened"):
        return None
    contacts = sources.tables["contacts"]
    sent = contacts.filter(contacts["channel"] == "email")
    return sent.group_by("customer_id").agg(email_open_rate=_share(sent["opened"]))


def _ratings(sources: Sources) -> ir.Table | None:
    if not sources.has("ratings"):
        return None
    ratings = sources.tables["ratings"]
    given = ratings["rating"].count()
    mean = _exact_sum(ratings["rating"]) / ibis.ifelse(given > 0, given, ibis.null("int64"))
    return ratings.group_by("customer_id").agg(mean_rating=mean)


def _demographics(sources: Sources) -> ir.Table | None:
    there = [name for name in DEMOGRAPHICS if sources.has("customers", name)]
    return sources.tables["customers"].select("customer_id", *there) if there else None
