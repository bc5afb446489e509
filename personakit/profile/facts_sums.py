"""Sums, shares and favourites that do not depend on the order of the rows, the threads or the engine."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

__all__ = ["days_between", "divided", "exact_sum", "favourite", "times"]

_LATE = "2200-01-01"  # later than any day that `as_of` may be


def exact_sum(values: Any, where: Any = None) -> Any:
    """A sum that does not depend on the order of the rows, so that neither threads nor engines change a digit."""
    return values.cast("decimal(38, 12)").sum(where=where).cast("float64")


def times(condition: Any) -> Any:
    """In how many rows a condition holds; null counts as not."""
    return condition.ifelse(1, None).count()


def divided(part: Any, whole: Any) -> Any:
    """A quotient as float64, null where it would be by nought."""
    return part.cast("float64") / whole.cast("float64").nullif(0.0)


def days_between(day: Any, earlier: Any) -> Any:
    """Calendar days from one date to a later one, as float64."""
    return day.delta(earlier, unit="day").cast("float64")


def favourite(counts: ir.Table, column: str) -> Any:
    """An aggregate of `counts` by customer: the value of most `times`; ties go to the `latest`, then to the lowest.

    `counts` has one row for each customer and value, with columns `times` and `latest` (a time).
    """
    early = ibis.timestamp(_LATE).delta(counts["latest"], unit="microsecond")
    return counts[column].argmin(ibis.struct({"times": -counts["times"], "latest": early, "value": counts[column]}))
