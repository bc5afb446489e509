"""What was bought, when and for how much: the facts of order lines, or of purchases or ratings in their place."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from personakit.profile.facts_sums import exact_sum, favourite, times
from personakit.profile.sources import Sources

__all__ = ["bought", "lines", "order_gaps", "taste", "taste_counts", "with_discounts", "with_money"]


def bought(sources: Sources) -> ir.Table | None:
    """One row for each line bought (or product bought or rated): customer_id, product_id, timestamp, order, flagged."""
    if sources.occasions is None or not sources.has(sources.occasions):
        return None
    rows = sources.tables[sources.occasions]
    if sources.occasions != "order_lines":
        rows = rows.filter(rows["event"] == "purchase") if sources.occasions == "interactions" else rows
        return rows.select("customer_id", "product_id", "timestamp", order=rows["timestamp"].date())
    kept = rows.filter(rows["quantity"].fill_null(1) > 0) if "quantity" in rows.columns else rows
    flag = {"flagged": kept["returned"]} if "returned" in rows.columns else {}
    return kept.select("customer_id", "product_id", "timestamp", order=kept["order_id"], **flag)


def lines(sources: Sources) -> ir.Table | None:
    """By customer: orders, lines, discounts and flags of what was bought, and of order lines the money."""
    if sources.occasions != "order_lines":
        rows = bought(sources)
        return None if rows is None else rows.group_by("customer_id").agg(**_purchases(rows, None))
    rows = with_money(with_discounts(sources.tables["order_lines"]))
    kept = rows["pieces"] > 0
    return rows.group_by("customer_id").agg(
        first_seen=rows["timestamp"].min(),
        n_lines=rows.count(),
        money=exact_sum(rows["money"]),
        lines_back=times(rows["pieces"] < 0),
        **_purchases(rows, kept if "quantity" in rows.columns else None),
    )


def _purchases(rows: ir.Table, kept: Any) -> dict[str, Any]:
    """Aggregates over the rows that were bought (None: all of them)."""
    found = {
        "n_orders": rows["order"].nunique(where=kept),
        "n_items": rows.count(where=kept),
        "first_order": rows["timestamp"].min(where=kept).date(),
        "last_order": rows["timestamp"].max(where=kept).date(),
    }
    if "discounted" in rows.columns:
        off, depth = rows["discounted"], rows["depth"]
        found["discounts_known"] = off.count(where=kept)
        found["discounted"] = rows.count(where=off if kept is None else off & kept)
        found["depths_known"] = depth.count(where=kept)
        found["depths"] = exact_sum(depth, where=kept)
    if "flagged" in rows.columns:
        flag = rows["flagged"]
        found["flags_known"] = flag.count(where=kept)
        found["flagged"] = rows.count(where=flag if kept is None else flag & kept)
    return found


def with_discounts(rows: ir.Table) -> ir.Table:
    """Order lines with order, discounted, depth and flagged, as far as these are recorded."""
    more: dict[str, Any] = {"order": rows["order_id"]}
    if "discount" in rows.columns:
        more |= {"discounted": rows["discount"] > 0, "depth": rows["discount"]}
    elif "list_price" in rows.columns:
        listed, paid = rows["list_price"], rows["unit_price"]
        less = listed > paid * (1 + 1e-9)
        more |= {"discounted": less, "depth": ibis.ifelse(less, 1 - paid / listed, paid * 0.0)}
    if "returned" in rows.columns:
        more["flagged"] = rows["returned"]
    return rows.mutate(**more)


def with_money(rows: ir.Table) -> ir.Table:
    """Order lines with their pieces (1 where quantity is missing) and their money, what came back being negative."""
    pieces = rows["quantity"].fill_null(1.0) if "quantity" in rows.columns else ibis.literal(1.0)
    return rows.mutate(pieces=pieces, money=pieces * rows["unit_price"])


def order_gaps(sources: Sources) -> ir.Table | None:
    """By customer: different days with an order, and the sum of the squared days between one and the next."""
    rows = bought(sources)
    if rows is None:
        return None
    days = rows.select("customer_id", day=rows["timestamp"].date()).distinct()
    before = days["day"].lag().over(group_by="customer_id", order_by="day")
    gaps = days.mutate(gap=days["day"].delta(before, unit="day").cast("int64"))
    return gaps.group_by("customer_id").agg(order_days=gaps.count(), gap_squares=(gaps["gap"] * gaps["gap"]).sum())


def taste(sources: Sources, level: str) -> ir.Table | None:
    """By customer: the favourite department, category or brand of what was bought, its lines, and how many there are.

    Where products have no department, the category stands in for it.
    """
    counts = taste_counts(sources, level)
    if counts is None:
        return None
    found = {
        f"lines_of_{level}": counts["times"].sum(),
        f"favourite_{level}": favourite(counts, level),
        f"favourite_{level}_lines": counts["times"].max(),
    }
    if level != "category":
        found[{"department": "n_departments", "brand": "n_brands"}[level]] = counts.count()
    return counts.group_by("customer_id").agg(**found)


def taste_counts(sources: Sources, level: str) -> ir.Table | None:
    """By customer and department, category or brand: `times` it was bought, and `latest` when."""
    rows = bought(sources)
    column = next((c for c in (level, "category")[: 1 + (level == "department")] if sources.has("products", c)), None)
    if rows is None or column is None:
        return None
    goods = sources.tables["products"].select("product_id", **{level: sources.tables["products"][column]})
    joined = rows.select("customer_id", "product_id", "timestamp").inner_join(goods, "product_id")
    named = joined.filter(joined[level].notnull())
    return named.group_by(["customer_id", level]).agg(times=named.count(), latest=named["timestamp"].max())
