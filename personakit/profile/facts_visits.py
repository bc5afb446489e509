"""Where and when a customer comes: channels, hours of the day, weekends."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir

from personakit.profile.facts_sums import favourite, times
from personakit.profile.sources import Sources

__all__ = ["CHANNELS", "PARTS_OF_DAY", "channels", "hours", "source_of_channels", "source_of_hours"]

CHANNELS = ("web", "app", "email", "social", "store", "call_centre")
"""The canonical channels of a visit; others count together."""

PARTS_OF_DAY = {"at_night": (0, 5), "in_morning": (6, 11), "in_afternoon": (12, 17), "in_evening": (18, 23)}
"""Column: the first and the last hour."""


def source_of_channels(sources: Sources) -> str | None:
    """The table whose channels count: sessions, else interactions, else order lines."""
    return next((t for t in ("sessions", "interactions", "order_lines") if sources.has(t, "channel")), None)


def source_of_hours(sources: Sources) -> str | None:
    """The table whose times count: sessions, else interactions, else order lines, else ratings."""
    return next((t for t in ("sessions", "interactions", "order_lines", "ratings") if sources.has(t)), None)


def channels(sources: Sources) -> ir.Table | None:
    """By customer: the favourite channel, and visits by each."""
    name = source_of_channels(sources)
    if name is None:
        return None
    rows = sources.tables[name]
    rows = rows.filter(rows["channel"].notnull())
    counts = rows.group_by(["customer_id", "channel"]).agg(times=rows.count(), latest=rows["timestamp"].max())
    by_channel = {f"by_{c}": counts["times"].sum(where=counts["channel"] == c) for c in CHANNELS}
    return counts.group_by("customer_id").agg(
        channels_known=counts["times"].sum(),
        favourite_channel=favourite(counts, "channel", sources.connection.name),
        **by_channel,
    )


def hours(sources: Sources) -> ir.Table | None:
    """By customer: the favourite hour, visits by part of the day and at the weekend; of sessions, how many and when."""
    name = source_of_hours(sources)
    if name is None:
        return None
    rows = sources.tables[name]
    at = rows["timestamp"]
    rows = rows.select(
        "customer_id", "timestamp", hour=at.hour().cast("int64"), late=at.day_of_week.index() >= 5,
        timed=at != at.truncate("D"),
    )  # fmt: skip
    counts = rows.group_by(["customer_id", "hour"]).agg(
        times=rows.count(),
        latest=rows["timestamp"].max(),
        earliest=rows["timestamp"].min(),
        late=times(rows["late"]),
        timed=times(rows["timed"]),
    )
    found: dict[str, Any] = {
        "moments": counts["times"].sum(),
        "moments_timed": counts["timed"].sum(),
        "at_weekend": counts["late"].sum(),
        "favourite_hour": favourite(counts, "hour", sources.connection.name),
    }
    for part, (first, last) in PARTS_OF_DAY.items():
        found[part] = counts["times"].sum(where=counts["hour"].between(first, last))
    if name == "sessions":
        found["first_seen"] = counts["earliest"].min()
        found["n_visits"] = counts["times"].sum()
        found["last_visit"] = counts["latest"].max().date()
    return counts.group_by("customer_id").agg(**found)
