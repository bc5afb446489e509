"""Profiles in three steps, all of them Ibis expressions, so that a store may redo only what a new day touched.

1. `facts(sources)`: one row a customer, with everything that depends on the day only as a cut: counts, exact sums,
   first and last times, favourites. It is a function of that customer's own rows (and of `products`). So after a new
   day only these customers' facts can differ: those with a row of that day in any table, those who signed up on it,
   and those whose `holds_until` has passed (a consent ran out). `facts(sources.of(touched))` makes their rows.
2. `recent(sources, day)` (module `recent`): counts in windows of the last days, a function of the rows of the last
   `recent.WINDOW_DAYS` days only: `recent(sources.since(...), day)` is the same table.
3. `projection(facts, recent, day)` (module `features`): the columns of `dictionary()`. Rules about everybody, such as
   "no view of anybody is recorded", are worked out here from the whole table of facts.

`projection(facts(sources), recent(sources, day), day)` is the full build, and equal to any mixture of the above: no
step adds to an older number. (`recorded(sources)` as a fourth argument only saves an engine from making facts that are
no table twice.) Flags of returns, which count once a line is 30 days old, are totals minus recents.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from personakit.profile.dictionary import DEMOGRAPHICS
from personakit.profile.facts_engagement import acts, consents, contacts, ratings, reviews, support
from personakit.profile.facts_purchases import lines, order_gaps, taste
from personakit.profile.facts_visits import channels, hours, moments_timed
from personakit.profile.sources import Sources

__all__ = ["FACTS", "facts", "recorded"]

# column: kind. A count is 0 for a customer without a row in a table that is there, and null where the table, or the
# column it is made of, is not.
FACTS: dict[str, str] = {
    "customer_id": "id",
    "first_seen": "time",
    **dict.fromkeys(DEMOGRAPHICS, "text"),
    "n_orders": "count",
    "n_items": "count",
    "first_order": "day",
    "last_order": "day",
    "order_days": "count",
    "gap_squares": "count",
    "discounts_known": "count",
    "discounted": "count",
    "depths_known": "count",
    "depths": "number",
    "flags_known": "count",
    "flagged": "count",
    "n_lines": "count",
    "money": "number",
    "lines_back": "count",
    "lines_of_department": "count",
    "n_departments": "count",
    "favourite_department": "text",
    "favourite_department_lines": "count",
    "lines_of_category": "count",
    "favourite_category": "text",
    "favourite_category_lines": "count",
    "lines_of_brand": "count",
    "n_brands": "count",
    "favourite_brand": "text",
    "favourite_brand_lines": "count",
    "n_views": "count",
    "n_baskets": "count",
    "n_products_viewed": "count",
    "returns": "count",
    "n_visits": "count",
    "last_visit": "day",
    "channels_known": "count",
    "favourite_channel": "text",
    "by_web": "count",
    "by_app": "count",
    "by_email": "count",
    "by_social": "count",
    "by_store": "count",
    "by_call_centre": "count",
    "moments": "count",
    "moments_timed": "count",
    "at_night": "count",
    "in_morning": "count",
    "in_afternoon": "count",
    "in_evening": "count",
    "at_weekend": "count",
    "favourite_hour": "hour",
    "n_emails": "count",
    "emails_opened_known": "count",
    "emails_opened": "count",
    "emails_clicked_known": "count",
    "emails_clicked": "count",
    "messages_clicked_known": "count",
    "messages_clicked": "count",
    "n_unsubscribes": "count",
    "n_support_messages": "count",
    "last_support": "day",
    "n_reviews": "count",
    "last_review": "day",
    "last_sentiment": "number",
    "mean_sentiment": "number",
    "mean_rating": "number",
    "consented_to": "text",
    "holds_until": "time",
}
TYPES = {
    "text": "string",
    "number": "float64",
    "count": "int64",
    "hour": "int64",
    "day": "date",
    "time": "timestamp(6)",
}


def facts(sources: Sources) -> ir.Table:
    """One row a customer known by the day: what all her rows up to then say, before any day is counted from.

    Parameters
    ----------
    sources : Sources
        Tables cut off at the end of the day, from `open_sources`.

    Returns
    -------
    Ibis table, unsorted, with the columns of FACTS in their order, whatever the sources are
        `money` and `depths` are exact sums (order value, discounts); `gap_squares` is the sum of squared days between
        one order day and the next; `holds_until` is the last moment for which `consented_to` holds (null: no end).

    Examples
    --------
    >>> import pandas as pd
    >>> from personakit.profile.sources import open_sources
    >>> seen = pd.DataFrame({"customer_id": [7, 7], "timestamp": pd.to_datetime(["2025-03-01", "2025-03-09"]),
    ...                      "channel": ["web", "app"]})
    >>> facts(open_sources({"sessions": seen}, "2025-03-10")).select("customer_id", "n_visits", "n_orders").to_pandas()
       customer_id  n_visits  n_orders
    0            7         2      None
    """
    traces = [_people(sources), lines(sources), acts(sources), ratings(sources), hours(sources)]
    traces += [contacts(sources), support(sources), reviews(sources)]
    extras = [order_gaps(sources), channels(sources), consents(sources)]
    extras += [taste(sources, name) for name in ("department", "category", "brand")]
    parts = [part for part in (*traces, *extras) if part is not None]
    seen = [part for part in parts if "first_seen" in part.columns]
    table = _everybody(seen) if seen else sources.nobody().mutate(first_seen=ibis.null(TYPES["time"]))
    # One chain of joins: a step in between would name every column again, and compile for seconds.
    joined = table
    for at, part in enumerate(parts):
        own = part.drop("first_seen") if "first_seen" in part.columns else part
        joined = joined.left_join(own, "customer_id", rname=f"{{name}}_{at}")
    there = {name for part in parts for name in part.columns}
    columns: dict[str, ir.Value] = {"customer_id": joined["customer_id"], "first_seen": joined["first_seen"]}
    for name, kind in FACTS.items():
        if name not in columns and name in there:
            columns[name] = joined[name].cast("int64").fill_null(0) if kind == "count" else joined[name]
        elif name not in columns:
            columns[name] = ibis.null(TYPES[kind])
    kinds = {name: TYPES[kind] for name, kind in FACTS.items() if kind in ("number", "hour", "day", "time")}
    return joined.select(
        **{name: columns[name].cast(kinds[name]) if name in kinds else columns[name] for name in FACTS}
    )


def _everybody(traces: list[ir.Table]) -> ir.Table:
    """Everybody with a row in one of the tables that make somebody known, and her first time in any of them."""
    seen = [trace.select("customer_id", "first_seen") for trace in traces]
    together = seen[0].union(*seen[1:]) if len(seen) > 1 else seen[0]
    return together.group_by("customer_id").agg(first_seen=together["first_seen"].min())


def recorded(sources: Sources) -> ir.Table | None:
    """One row of what is recorded of anybody (None: nothing): any_views, any_baskets, any_returns, any_times (flags).

    It says of the sources what `recorded_in` (module `features`) says of the facts made of them, at less than a tenth
    of the work where the facts are not stored.
    """
    ones: list[ir.Table] = []
    if sources.has("interactions"):
        events = sources.tables["interactions"]
        names = {"any_views": "view", "any_baskets": "basket", "returned": "return"}
        ones.append(events.agg(**{name: (events["event"] == event).any() for name, event in names.items()}))
    if sources.occasions == "order_lines" and sources.has("order_lines", "quantity"):
        ordered = sources.tables["order_lines"]
        ones.append(ordered.agg(sent_back=(ordered["quantity"] < 0).any()))
    timed = moments_timed(sources)
    if timed is not None:
        ones.append(timed.agg(any_times=timed["timed"].any()))
    if not ones:
        return None
    table = ones[0]
    for one in ones[1:]:
        table = table.cross_join(one)
    columns = {
        name: table[name].fill_null(False) if name in table.columns else ibis.literal(False)
        for name in ("any_views", "any_baskets", "returned", "sent_back", "any_times")
    }
    back = columns.pop("returned") | columns.pop("sent_back")
    return table.select(**columns, any_returns=back)


def _people(sources: Sources) -> ir.Table | None:
    if not sources.has("customers"):
        return None
    people = sources.tables["customers"]
    stated = [name for name in DEMOGRAPHICS if sources.has("customers", name)]
    return people.select("customer_id", *stated, first_seen=people["signed_up"])
