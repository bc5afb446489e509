"""From facts to the columns of a profile, for one day: the last of the three steps that `facts` describes."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from personakit.profile.dictionary import COLUMNS
from personakit.profile.facts_sums import days_between, divided
from personakit.profile.facts_visits import CHANNELS

__all__ = ["projection", "recorded_in"]


def projection(facts: ir.Table, recent: ir.Table, day: date, recorded: ir.Table | None = None) -> ir.Table:
    """The columns of `dictionary()`, in their order, sorted by customer_id.

    Parameters
    ----------
    facts, recent : Ibis tables
        One row a customer, as `facts` and `recent` make them; customers of `recent` alone are not taken in.
    day : date
        The last day that both know of.
    recorded : Ibis table of one row, default `recorded_in(facts)`
        What is recorded of anybody. Where the facts are an expression and not a table, `facts.recorded` of the same
        sources saves the engine from making them twice.
    """
    recorded = recorded_in(facts) if recorded is None else recorded
    table = facts.left_join(recent, "customer_id").drop("customer_id_right").cross_join(recorded)
    columns = _columns(table, ibis.date(day.isoformat()))
    return table.select(**{name: columns[name] for name in COLUMNS}).order_by("customer_id")


def recorded_in(facts: ir.Table) -> ir.Table:
    """One row of what is recorded of anybody at all: any_views, any_baskets, any_returns, any_times (flags).

    Noughts for everybody would be a claim where nobody looked.
    """
    back = ibis.greatest(facts["lines_back"].fill_null(0), facts["returns"].fill_null(0))
    most = facts.agg(
        views=facts["n_views"].max(),
        baskets=facts["n_baskets"].max(),
        returns=back.max(),
        times=facts["moments_timed"].max(),
    )
    return most.select(**{f"any_{name}": most[name].fill_null(0) > 0 for name in most.columns})


def _columns(t: ir.Table, day: Any) -> dict[str, Any]:
    def ago(name: str) -> Any:
        return days_between(day, t[name])

    def share(part: str, whole: str) -> Any:
        return divided(t[part], t[whole])

    def lately(name: str, known: str) -> Any:
        """A count of the window: null where there is no such table at all, 0 where nothing was."""
        return ibis.ifelse(t[known].isnull(), ibis.null(t[name].type()), t[name].fill_null(0))

    def noted(name: str, anybody: str) -> Any:
        """A count, null where it would be 0 for everybody, which would be a claim."""
        return ibis.ifelse(t[anybody], t[name], ibis.null("int64"))

    spent = ibis.ifelse((t["n_lines"].notnull()) & (t["n_orders"] == 0), t["money"].fill_null(0.0), t["money"])
    timed = t["any_times"]
    visits, before = lately("visits_30d", "n_visits"), lately("visits_prior_30d", "n_visits")
    trend = ((visits.cast("float64") + 1.0) / (before.cast("float64") + 1.0)).ln()
    others = t["channels_known"]
    for channel in CHANNELS:
        others = others - t[f"by_{channel}"]

    def at_times(name: str) -> Any:
        return ibis.ifelse(timed, share(name, "moments"), ibis.null("float64"))

    gap_days = days_between(t["last_order"], t["first_order"])
    return {
        "customer_id": t["customer_id"],
        "recency_days": ago("last_order"),
        "frequency": t["n_orders"],
        "monetary": spent,
        "tenure_days": days_between(day, t["first_seen"].date()),
        "mean_inter_purchase_days": divided(gap_days, t["order_days"] - 1),
        "order_days": t["order_days"],
        "first_order_days": ago("first_order"),
        "n_items": t["n_items"],
        "n_views": noted("n_views", "any_views"),
        "favourite_department": t["favourite_department"],
        "favourite_channel": t["favourite_channel"],
        "discount_share": share("discounted", "discounts_known"),
        "return_rate": _return_rate(t),
        "email_open_rate": share("emails_opened", "emails_opened_known"),
        "mean_rating": t["mean_rating"],
        "age_band": t["age_band"],
        "gender": t["gender"],
        "region": t["region"],
        "mean_order_value": ibis.ifelse(
            t["n_lines"].notnull(), divided(t["money"], t["n_orders"]), ibis.null("float64")
        ),
        "sd_inter_purchase_days": _spread(t, gap_days),
        "n_visits": t["n_visits"],
        "last_visit_days": ago("last_visit"),
        **{f"{channel}_share": share(f"by_{channel}", "channels_known") for channel in CHANNELS},
        "other_channel_share": divided(others, t["channels_known"]),
        "favourite_department_share": share("favourite_department_lines", "lines_of_department"),
        "favourite_category": t["favourite_category"],
        "favourite_category_share": share("favourite_category_lines", "lines_of_category"),
        "favourite_brand": t["favourite_brand"],
        "favourite_brand_share": share("favourite_brand_lines", "lines_of_brand"),
        "n_departments": t["n_departments"],
        "n_brands": t["n_brands"],
        "mean_discount": share("depths", "depths_known"),
        "night_share": at_times("at_night"),
        "morning_share": at_times("in_morning"),
        "afternoon_share": at_times("in_afternoon"),
        "evening_share": at_times("in_evening"),
        "weekend_share": share("at_weekend", "moments"),
        "favourite_hour": ibis.ifelse(timed, t["favourite_hour"], ibis.null("int64")).cast("float64"),
        "n_baskets": noted("n_baskets", "any_baskets"),
        "n_products_viewed": noted("n_products_viewed", "any_views"),
        "n_emails": t["n_emails"],
        "email_click_rate": share("emails_clicked", "emails_clicked_known"),
        "message_click_rate": share("messages_clicked", "messages_clicked_known"),
        "n_unsubscribes": t["n_unsubscribes"],
        "n_support_messages": t["n_support_messages"],
        "last_support_days": ago("last_support"),
        "n_reviews": t["n_reviews"],
        "last_review_days": ago("last_review"),
        "last_sentiment": t["last_sentiment"],
        "mean_sentiment": t["mean_sentiment"],
        "visits_30d": visits,
        "visits_prior_30d": before,
        "engagement_trend": trend,
        "orders_90d": lately("orders_90d", "n_orders"),
        "monetary_90d": _lately_spent(t),
        "consented_to": t["consented_to"],
    }


def _return_rate(t: ir.Table) -> Any:
    """Returns over lines bought; flags, which have no date, only where no return by the day has one.

    The same return may be booked as a line with a negative quantity and as an event: the larger count is taken.
    """
    dated = ibis.greatest(t["lines_back"].fill_null(0), t["returns"].fill_null(0))
    rate = ibis.least(divided(dated, t["n_items"]), ibis.literal(1.0))
    known = t["flags_known"] - t["flags_known_30d"].fill_null(0)
    settled = divided(t["flagged"] - t["flagged_30d"].fill_null(0), known)
    rate = ibis.ifelse(t["n_items"].fill_null(0) > 0, rate, ibis.null("float64"))
    return ibis.ifelse(t["any_returns"], rate, settled)


def _spread(t: ir.Table, gap_days: Any) -> Any:
    """Standard deviation (n - 1) of the days between order days, from their sum and sum of squares, both whole."""
    gaps = t["order_days"] - 1
    total = gap_days.cast("int64")
    # n times the sum of squares less the square of the sum is a whole number, so nothing cancels.
    scatter = (gaps * t["gap_squares"] - total * total).cast("float64")
    enough = ibis.ifelse(gaps > 1, gaps * (gaps - 1), ibis.null("int64")).cast("float64")
    return (scatter / enough).sqrt()


def _lately_spent(t: ir.Table) -> Any:
    """Money of the window; 0 without a line in it, null where its lines have no price or there are no lines at all."""
    nothing = t["monetary_90d"].isnull() & (t["orders_90d"].fill_null(0) == 0)
    return ibis.ifelse(t["n_lines"].isnull(), ibis.null("float64"), ibis.ifelse(nothing, 0.0, t["monetary_90d"]))
