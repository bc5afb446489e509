"""What a customer looked at, answered to, wrote and agreed to: the facts of the tables beside orders and visits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from personakit.profile.facts_sums import divided, exact_sum, times
from personakit.profile.sources import Sources

__all__ = ["acts", "consents", "contacts", "ratings", "reviews", "support"]


def acts(sources: Sources) -> ir.Table | None:
    """By customer: views, baskets, returns and different products viewed."""
    if not sources.has("interactions"):
        return None
    rows = sources.tables["interactions"]
    viewed = rows["event"] == "view"
    return rows.group_by("customer_id").agg(
        first_seen=rows["timestamp"].min(),
        n_views=times(viewed),
        n_baskets=times(rows["event"] == "basket"),
        returns=times(rows["event"] == "return"),
        n_products_viewed=rows["product_id"].nunique(where=viewed),
    )


def contacts(sources: Sources) -> ir.Table | None:
    """By customer: e-mails and other messages sent, opened, clicked, and lists left."""
    if not sources.has("contacts"):
        return None
    rows = sources.tables["contacts"]
    email = rows["channel"] == "email"
    other = ~rows["channel"].isin(["email", "none"])
    found: dict[str, Any] = {"first_seen": rows["timestamp"].min(), "n_emails": times(email)}
    if "opened" in rows.columns:
        found["emails_opened_known"] = times(email & rows["opened"].notnull())
        found["emails_opened"] = times(email & rows["opened"])
    if "clicked" in rows.columns:
        known = rows["clicked"].notnull()
        found["emails_clicked_known"] = times(email & known)
        found["emails_clicked"] = times(email & rows["clicked"])
        found["messages_clicked_known"] = times(other & known)
        found["messages_clicked"] = times(other & rows["clicked"])
    if "unsubscribed" in rows.columns:
        found["n_unsubscribes"] = times(rows["unsubscribed"])
    return rows.group_by("customer_id").agg(**found)


def support(sources: Sources) -> ir.Table | None:
    """By customer: messages to the support desk."""
    if not sources.has("messages"):
        return None
    rows = sources.tables["messages"]
    return rows.group_by("customer_id").agg(
        first_seen=rows["timestamp"].min(),
        n_support_messages=rows.count(),
        last_support=rows["timestamp"].max().date(),
    )


def reviews(sources: Sources) -> ir.Table | None:
    """By customer: reviews, and how kind they are; those written at one moment count with their mean."""
    if not sources.has("reviews"):
        return None
    rows = sources.tables["reviews"]
    rows = rows.select("customer_id", "timestamp", kind=_sentiment(rows))
    # First by moment: which of two reviews of one moment is the latest must not depend on the order of the rows.
    at = rows.group_by(["customer_id", "timestamp"]).agg(
        written=rows.count(), known=rows["kind"].count(), total=exact_sum(rows["kind"])
    )
    at = at.mutate(mean=divided(at["total"], at["known"]))
    known = at["mean"].notnull()
    means = at.group_by("customer_id").agg(
        first_seen=at["timestamp"].min(),
        n_reviews=at["written"].sum(),
        last_review=at["timestamp"].max().date(),
        last_sentiment=at["mean"].argmax(at["timestamp"], where=known),
        known=at["known"].sum(),
        total=exact_sum(at["total"]),
    )
    return means.mutate(mean_sentiment=divided(means["total"], means["known"])).drop("known", "total")


def _sentiment(reviews: ir.Table) -> Any:
    """Their sentiment, -1 to 1; of reviews without, from 1 to 5 stars; other ratings say nothing."""
    stars: Any = ibis.null("float64")
    if "rating" in reviews.columns:
        stars = ibis.ifelse(reviews["rating"].between(1, 5), (reviews["rating"] - 3) / 2, stars)
    return reviews["sentiment"].fill_null(stars) if "sentiment" in reviews.columns else stars


def ratings(sources: Sources) -> ir.Table | None:
    """By customer: the mean rating."""
    if not sources.has("ratings"):
        return None
    rows = sources.tables["ratings"]
    mean = divided(exact_sum(rows["rating"]), rows["rating"].count())
    return rows.group_by("customer_id").agg(first_seen=rows["timestamp"].min(), mean_rating=mean)


def consents(sources: Sources) -> ir.Table | None:
    """By customer who was ever asked: the purposes agreed to at the end of the day, and until when that holds.

    The latest choice about a purpose counts; of two at one moment, the refusal; of two endings, the earlier.
    """
    if not sources.has("consents"):
        return None
    rows = sources.tables["consents"]
    yes = rows["granted"].fill_null(False)
    # After a refusal only a new consent counts: no other basis outvotes her.
    own = yes & (rows["basis"].fill_null("consent") == "consent") if "basis" in rows.columns else yes
    choices = rows.group_by(["customer_id", "purpose"]).agg(
        yes=rows["timestamp"].max(where=yes),
        consent=rows["timestamp"].max(where=own),
        no=rows["timestamp"].max(where=~yes),
    )
    holds = choices["yes"].notnull() & (choices["no"].isnull() | (choices["consent"] > choices["no"]).fill_null(False))
    held = choices.select("customer_id", "purpose", agreed_at=choices["yes"], holds=holds)
    ends: Any = ibis.null("timestamp(6)")
    if "expires" in rows.columns:
        day = sources.day
        last_moment = datetime(day.year, day.month, day.day) + timedelta(days=1, microseconds=-1)
        given = rows.filter(yes)
        ending = given.group_by(["customer_id", "purpose", "timestamp"]).agg(ends=given["expires"].min())
        keys = ["customer_id", "purpose", (held["agreed_at"], ending["timestamp"])]
        held = held.left_join(ending, keys).select(*(held[name] for name in held.columns), ending["ends"])
        running = held["ends"].isnull() | (held["ends"] >= ibis.timestamp(last_moment.isoformat(sep=" ")))
        held = held.mutate(holds=held["holds"] & running)
        ends = held["ends"].min(where=held["holds"])
    # A purpose has one row here, so nothing need be made distinct.
    agreed = ibis.ifelse(held["holds"], held["purpose"], ibis.null("string"))
    said = held.mutate(agreed=agreed)
    said = said.group_by("customer_id").agg(consented_to=said["agreed"].collect().sort().join(","), holds_until=ends)
    return said.mutate(consented_to=said["consented_to"].fill_null(""))
