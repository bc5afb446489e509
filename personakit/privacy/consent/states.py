"""How choices become what holds: the latest counts, of equals the refusal, and an end is an end."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["choices_of", "microseconds", "states_at"]

_NEVER, _ALWAYS = np.iinfo(np.int64).min, np.iinfo(np.int64).max  # the former is also how NaT is stored


def states_at(choices: pd.DataFrame, until: pd.Timestamp) -> pd.Series:
    """What holds at a moment for each customer: granted, expired, refused or withdrawn.

    Parameters
    ----------
    choices : DataFrame of customer_id, granted, timestamp, basis, expires
        About one purpose, made at `until` or before.
    until : Timestamp

    Returns
    -------
    Series of str, index customer_id in the order of their first choice

    Examples
    --------
    >>> choices = pd.DataFrame({"customer_id": [1, 1], "granted": [False, True], "basis": "legitimate_interests",
    ...                         "timestamp": pd.to_datetime(["2025-01-01", "2025-02-01"]), "expires": pd.NaT})
    >>> states_at(choices, pd.Timestamp("2025-03-01")).tolist()  # an objection is not outvoted by the shop
    ['refused']
    """
    codes, ids = pd.factorize(choices["customer_id"])
    yes, times, ends = (
        choices["granted"].to_numpy(),
        microseconds(choices["timestamp"]),
        microseconds(choices["expires"]),
    )
    consent = yes & (choices["basis"] == "consent").to_numpy()
    first, last, last_consent, last_no, end = (
        np.full(len(ids), start, dtype=np.int64) for start in (_ALWAYS, _NEVER, _NEVER, _NEVER, _ALWAYS)
    )
    np.minimum.at(first, codes[yes], times[yes])
    np.maximum.at(last, codes[yes], times[yes])
    np.maximum.at(last_consent, codes[consent], times[consent])
    np.maximum.at(last_no, codes[~yes], times[~yes])
    ending = yes & (times == last[codes]) & (ends != _NEVER)  # of several at once, the earliest end counts
    np.minimum.at(end, codes[ending], ends[ending])
    no = (last_no > _NEVER) & (last_consent <= last_no)
    over = end < microseconds(pd.Series([until]))[0]
    words = np.select([no & (first <= last_no), no, over], ["withdrawn", "refused", "expired"], "granted")
    return pd.Series(words, index=pd.Index(ids, name="customer_id"), dtype=object)


def choices_of(choices: pd.DataFrame) -> pd.DataFrame:
    """One customer's choices in plain order: the oldest first, each in a word.

    >>> choices = pd.DataFrame({"purpose": "image", "granted": [False, True], "basis": "consent", "source": "app",
    ...     "version": None, "timestamp": pd.to_datetime(["2025-02-01", "2025-01-01"]), "expires": pd.NaT})
    >>> choices_of(choices)["choice"].tolist()
    ['granted', 'withdrawn']
    """
    ordered = choices.sort_values(["timestamp", "granted"], ascending=[True, False], kind="stable")
    before = ordered.groupby("purpose")["granted"].cummax()
    words = np.select([ordered["granted"], before], ["granted", "withdrawn"], "refused")
    named = ordered.assign(choice=pd.Series(words, index=ordered.index, dtype=object))
    columns = ["timestamp", "purpose", "choice", "basis", "expires", "source", "version"]
    return named[columns].reset_index(drop=True)


def microseconds(times: pd.Series) -> NDArray[np.int64]:
    """Times as whole microseconds since 1970; a missing one is the smallest whole number.

    >>> microseconds(pd.Series(pd.to_datetime(["1970-01-01 00:00:01"]))).tolist()
    [1000000]
    """
    return times.to_numpy(dtype="datetime64[us]").view(np.int64)
