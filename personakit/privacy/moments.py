"""One reading of the moment at which a question about people is asked."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd

from personakit.errors import ParameterError

__all__ = ["Moment", "clock", "end_of", "latest_now", "moment", "moment_or_now"]

Moment = str | date | datetime | np.datetime64 | pd.Timestamp

_EAST = pd.Timedelta(hours=14)  # the tables have no time zone: nowhere on Earth is it later than UTC+14
_DAY = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}\s*")


def moment(at: Moment, name: str = "at", *, day: Literal["end", "start"] = "end") -> pd.Timestamp:
    """A moment from what was given; a day without a time means the end of that day.

    Parameters
    ----------
    at : str, date, datetime, datetime64 or Timestamp
        `"2025-12-31"` and `date(2025, 12, 31)` mean the last microsecond of that day; whatever carries a time, a
        Timestamp at midnight included, means that time. Naive, in the time zone of the tables.
    name : str
        How the caller calls it, for errors.
    day : "end" or "start"
        What a day without a time means.

    Raises
    ------
    ParameterError
        Where it cannot be read, is missing, or carries a time zone.

    Examples
    --------
    >>> moment("2025-12-31"), moment("2025-12-31 10:30")
    (Timestamp('2025-12-31 23:59:59.999999'), Timestamp('2025-12-31 10:30:00'))
    """
    whole_day = (
        (isinstance(at, str) and _DAY.fullmatch(at) is not None)
        or (isinstance(at, date) and not isinstance(at, datetime))
        or (isinstance(at, np.datetime64) and np.datetime_data(at.dtype)[0] in ("D", "M", "Y", "W"))
    )
    try:
        if not isinstance(at, (str, date, np.datetime64)):  # a number would be read as nanoseconds since 1970
            raise ValueError(f"{type(at).__name__} is not a time")
        read = pd.Timestamp(at)
        if pd.isna(read):
            raise ValueError("it is missing")
    except (ValueError, TypeError, OverflowError) as problem:
        raise ParameterError(
            f"{name}={at!r} cannot be read as a moment. Write it as '2025-12-31' (the end of that day) or "
            f"'2025-12-31 10:30', or pass a datetime."
        ) from problem
    if read.tzinfo is not None:
        raise ParameterError(
            f"{name}={at!r} has a time zone, and the tables have none. Convert it to the shop's own time zone and drop "
            f"the zone: {name}={name}.tz_convert('Europe/London').tz_localize(None)."
        )
    if whole_day and day == "end":
        return read.normalize() + pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    return read


def clock() -> pd.Timestamp:
    """The present in UTC, without a zone, to the microsecond."""
    return pd.Timestamp.now("UTC").tz_localize(None).floor("us")


def latest_now() -> pd.Timestamp:
    """The latest time that any clock on Earth shows: what is dated after it lies in the future.

    >>> latest_now() - clock() > pd.Timedelta(hours=13)
    True
    """
    return clock() + _EAST


def moment_or_now(at: Moment | None, name: str = "at") -> pd.Timestamp:
    """The moment that was given, or the present.

    >>> moment_or_now("2025-12-31 10:00")
    Timestamp('2025-12-31 10:00:00')
    """
    return clock() if at is None else moment(at, name)


def end_of(
    when: pd.Timestamp, expires: Moment | None, valid_for: str | timedelta | pd.DateOffset | None
) -> pd.Timestamp | Any:
    """The last moment of what begins at `when`, from an end or from a span; NaT where neither is given.

    Raises
    ------
    ParameterError
        Both are given, or the span cannot be read or is not positive.

    Examples
    --------
    >>> end_of(pd.Timestamp("2025-01-01"), None, "30 days")
    Timestamp('2025-01-31 00:00:00')
    """
    if expires is not None and valid_for is not None:
        raise ParameterError(
            "expires and valid_for are both given. Pass one of them, so that it is clear which counts."
        )
    if valid_for is None:
        return pd.NaT if expires is None else moment(expires, "expires")
    try:
        span = valid_for if isinstance(valid_for, pd.DateOffset) else pd.Timedelta(valid_for)
        end = when + span
        if pd.isna(end) or end <= when:
            raise ValueError("it is not positive")
    except (ValueError, TypeError, OverflowError) as problem:
        raise ParameterError(
            f"valid_for={valid_for!r} cannot be read as a span of time. Write it as '365 days', or pass a timedelta or "
            "a pandas DateOffset, longer than nothing."
        ) from problem
    return end
