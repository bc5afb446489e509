"""One reading of the moment at which a question about people is asked."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Literal

import numpy as np
import pandas as pd

from personakit.errors import ParameterError

__all__ = ["moment"]

_DAY = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}\s*")


def moment(
    at: str | date | datetime | np.datetime64 | pd.Timestamp, name: str = "at", *, day: Literal["end", "start"] = "end"
) -> pd.Timestamp:
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
