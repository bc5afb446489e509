"""Where and when a customer comes: channels, hours of the day, weekends."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir

from personakit.profile.facts_sums import favourite, times
from personakit.profile.sources import Sources

__all__ = ["CHANNELS", "PARTS_OF_DAY", "channel_counts", "channels", "hour_counts", "hours", "moments_timed"]

CHANNELS = ("web", "app", "email", "social", "store", "call_centre")
"""The canonical channels of a visit; others count together."""

PARTS_OF_DAY = {"at_night": (0, 5), "in_morning": (6, 11), "in_afternoon": (12, 17), "in_evening": (18, 23)}
"""Column: the first and the last hour."""


def _source_of_channels(sources: Sources) -> str | None:
    """The table whose channels count: sessions, else interactions, else order lines."""
    return next((t for t in ("sessions", "interactions", "order_lines") if sources.has(t, "channel")), None)


def _source_of_hours(sources: Sources) -> str | None:
    """The table whose times count: sessions, else interactions, else order lines, else ratings."""
    return next((t for t in ("sessions", "interactions", "order_lines", "ratings") if sources.has(t)), None)


def channels(sources: Sources) -> ir.Table | None:
    """By customer: the favourite channel, and visits by each."""
    counts = channel_counts(sources)
    if counts is None:
        return None
    by_channel = {f"by_{c}": counts["times"].sum(where=counts["channel"] == c) for c in CHANNELS}
    return counts.group_by("customer_id").agg(
        channels_known=counts["times"].sum(), favourite_channel=favourite(counts, "channel"), **by_channel
    )


def channel_counts(sources: Sources) -> ir.Table | None:
    """By customer and channel: `times` it was used, and `latest` when."""
    name = _source_of_channels(sources)
    if name is None:
        return None
    rows = sources.tables[name]
    rows = rows.filter(rows["channel"].notnull())
    return rows.group_by(["customer_id", "channel"]).agg(times=rows.count(), latest=rows["timestamp"].max())


def hours(sources: Sources) -> ir.Table | None:
    """By customer: the favourite hour, visits by part of the day and at the weekend; of sessions, how many and when."""
    counts = hour_counts(sources)
    if counts is None:
        return None
    found: dict[str, Any] = {
        "moments": counts["times"].sum(),
        "moments_timed": counts["timed"].sum(),
        "at_weekend": counts["late"].sum(),
        "favourite_hour": favourite(counts, "hour"),
    }
    for part, (first, last) in PARTS_OF_DAY.items():
        found[part] = counts["times"].sum(where=counts["hour"].between(first, last))
    if _source_of_hours(sources) == "sessions":
        found["first_seen"] = counts["earliest"].min()
        found["n_visits"] = counts["times"].sum()
        found["last_visit"] = counts["latest"].max().date()
    return counts.group_by("customer_id").agg(**found)


def moments_timed(sources: Sources) -> ir.Table | None:
    """One row a visit: whether its time of day is recorded, that is, not midnight."""
    name = _source_of_hours(sources)
    return None if name is None else sources.tables[name].select(timed=_timed(sources.tables[name]["timestamp"]))


def _timed(at: Any) -> Any:
    return at != at.truncate("D")


def hour_counts(sources: Sources) -> ir.Table | None:
    """By customer and hour of the day: `times`, the `earliest` and `latest`, and how many at weekends or `timed`."""
    name = _source_of_hours(sources)
    if name is None:
        return None
    rows = sources.tables[name]
    at = rows["timestamp"]
    weekend = at.day_of_week.index() >= 5
    rows = rows.select("customer_id", "timestamp", hour=at.hour().cast("int64"), late=weekend, timed=_timed(at))
    return rows.group_by(["customer_id", "hour"]).agg(
        times=rows.count(),
        latest=rows["timestamp"].max(),
        earliest=rows["timestamp"].min(),
        late=times(rows["late"]),
        timed=times(rows["timed"]),
    )
