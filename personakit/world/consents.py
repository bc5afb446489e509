"""What each customer of Larkspur agreed to, when, and what she changed her mind about later.

The choice depends on privacy concern, which also goes with age, income and how messages are taken: consent is missing
not at random, so what is learnt from those who agreed need not hold for those who did not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from personakit.world.random import Key, exponential, uniform

__all__ = ["MESSAGE_PURPOSES", "PURPOSES", "consent_at_signup", "consent_records"]

Bools = NDArray[np.bool_]


class _Asked(NamedTuple):
    asked: float  # share of customers who are asked at sign-up
    agree: float  # log odds of agreeing at average concern
    concern: float  # what one standard deviation of concern takes off them
    withdraw: float  # withdrawals a year at average concern; those of messages come from unsubscribing alone
    again: float  # later grants a year, of those who refused or withdrew


_PURPOSES = {
    "analytics": _Asked(1.0, 2.0, 0.9, 0.06, 0.10),
    "recommendations": _Asked(1.0, 1.5, 1.0, 0.08, 0.12),
    "marketing_email": _Asked(1.0, 0.8, 0.8, 0.0, 0.12),
    "marketing_sms": _Asked(1.0, -0.5, 0.8, 0.0, 0.06),
    "marketing_push": _Asked(1.0, 0.1, 0.7, 0.0, 0.08),
    "personalised_pricing": _Asked(0.8, -0.3, 1.1, 0.12, 0.06),
    "voice": _Asked(0.45, -0.4, 1.2, 0.10, 0.05),
    "image": _Asked(0.6, 0.0, 1.1, 0.10, 0.05),
}
PURPOSES: tuple[str, ...] = tuple(_PURPOSES)
MESSAGE_PURPOSES: tuple[str, ...] = ("marketing_email", "marketing_sms", "marketing_push")
_AT_MOST = 4  # changes of mind that are simulated; a fifth within the history is rarer than one in a million
_VERSIONS = (("2024-03", -np.inf), ("2025-02", 215.0))  # the shop changed its text once
_YEAR = 365.25

_asked, _agree, _slope, _withdraw, _again = (np.array(column) for column in zip(*_PURPOSES.values(), strict=True))
_MESSAGE_AT = np.array([PURPOSES.index(purpose) for purpose in MESSAGE_PURPOSES])


def _at_signup(seed: int, ids: NDArray[np.int64], concern: NDArray[np.float64]) -> tuple[Bools, Bools]:
    """Asked and granted, each of shape (n, purposes)."""
    key = Key(seed, "consent").at(ids[:, None], np.arange(len(PURPOSES)))
    asked = uniform(key.at(0)) < _asked
    odds = _agree - _slope * concern[:, None]
    return asked, asked & (uniform(key.at(1)) < 1 / (1 + np.exp(-odds)))


def consent_at_signup(seed: int, customer_ids: ArrayLike, concern: ArrayLike) -> dict[str, Bools]:
    """What each customer agreed to when she signed up; False also where she was not asked.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    customer_ids : integer array, shape (n,)
    concern : array, shape (n,)
        Privacy concern, standard normal.

    Returns
    -------
    dict of bool arrays
        One of shape (n,) for each of `PURPOSES`, and `messages` of shape (n, 3): e-mail, sms and push.

    Examples
    --------
    >>> agreed = consent_at_signup(7, [1, 2, 3], [-9.0, 0.0, 9.0])
    >>> agreed["messages"].shape, bool(agreed["analytics"][0]), bool(agreed["analytics"][2])
    ((3, 3), True, False)
    """
    ids, worry = np.asarray(customer_ids, dtype=np.int64), np.asarray(concern, dtype=float)
    _, granted = _at_signup(seed, ids, worry)
    columns = {purpose: granted[:, at] for at, purpose in enumerate(PURPOSES)}
    return {**columns, "messages": granted[:, _MESSAGE_AT]}


def consent_records(
    seed: int,
    customer_ids: ArrayLike,
    *,
    concern: ArrayLike,
    signed_up_day: ArrayLike,
    n_days: int,
    unsubscribed: tuple[ArrayLike, ArrayLike, ArrayLike] = ((), (), ()),
    start: np.datetime64 | str = "2024-07-01",
) -> pd.DataFrame:
    """The `consents` table of a block of customers: choices at sign-up, later changes, and every unsubscribing.

    Consent to messages ends only by unsubscribing, so a campaign that keeps to `consent_at_signup` and to the list of
    those who left never writes to somebody without consent. A channel that was left stays closed.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    customer_ids : integer array, shape (n,)
    concern : array, shape (n,)
        Privacy concern, standard normal.
    signed_up_day : array, shape (n,)
        Days from `start`, fractions allowed; nothing is recorded before it.
    n_days : int
        Nothing is recorded from this day on.
    unsubscribed : (customer ids, days, channels), three arrays of one length
        Who left which list when: days from `start`; channel 0 e-mail, 1 sms, 2 push. Customers outside `customer_ids`
        are passed over, so that the whole world's list may be given with each block.
    start : datetime64 or str
        Day 0.

    Returns
    -------
    DataFrame of customer_id, purpose, granted, timestamp, source, version
        By customer in the order given, then by time.
    """
    ids, worry = np.asarray(customer_ids, dtype=np.int64), np.asarray(concern, dtype=float)
    signed = np.asarray(signed_up_day, dtype=float)
    asked, granted = _at_signup(seed, ids, worry)
    left_row, left_day, left_at = _unsubscribed(ids, unsubscribed)
    closed = np.full(asked.shape, np.inf)  # the first unsubscribing of each list
    np.minimum.at(closed, (left_row, left_at), left_day)

    row, at = np.nonzero(asked)
    parts = [(row, at, granted[row, at], signed[row], np.zeros(len(row), dtype=np.int64))]
    now, state = np.broadcast_to(signed[:, None], asked.shape), granted
    key = Key(seed, "consent/changes").at(ids[:, None], np.arange(len(PURPOSES)))
    withdraw = _withdraw * np.exp(0.5 * worry[:, None]) / _YEAR
    again = _again * np.exp(-0.5 * worry[:, None]) / _YEAR
    for k in range(_AT_MOST):
        rate = np.where(state, withdraw, again)
        with np.errstate(divide="ignore"):
            now = now + exponential(key.at(k)) / rate
        state = ~state
        row, at = np.nonzero((now < n_days) & (now < closed))
        parts.append((row, at, state[row, at], now[row, at], np.where(state[row, at], 2, 1)))
    parts.append((left_row, left_at, np.zeros(len(left_row), dtype=bool), left_day, np.full(len(left_row), 3)))
    row, at, yes, day, source = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = day < n_days
    row, at, yes, day, source = row[kept], at[kept], yes[kept], day[kept], source[kept]
    order = np.lexsort((at, day, row))
    row, at, yes, day, source = row[order], at[order], yes[order], day[order], source[order]
    seconds = np.floor(day * 86_400 + 0.5).astype("timedelta64[s]")
    version = np.searchsorted([since for _, since in _VERSIONS], day, side="right") - 1
    return pd.DataFrame(
        {
            "customer_id": ids[row],
            "purpose": np.array(PURPOSES, dtype=object)[at],
            "granted": yes,
            "timestamp": (np.datetime64(start).astype("datetime64[s]") + seconds).astype("datetime64[us]"),
            "source": np.array(("sign_up", "account_settings", "prompt", "unsubscribe_link"), dtype=object)[source],
            "version": np.array([name for name, _ in _VERSIONS], dtype=object)[version],
        }
    )


def _unsubscribed(
    ids: NDArray[np.int64], unsubscribed: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Rows of `ids`, days and purposes of those who left a list, without customers that are not in `ids`."""
    who, day, channel = (np.asarray(column) for column in unsubscribed)
    order = np.argsort(ids, kind="stable")
    place = np.searchsorted(ids[order], who).clip(max=max(len(ids) - 1, 0))
    row = order[place] if len(ids) else place
    here = ids[row] == who if len(ids) else np.zeros(len(who), dtype=bool)
    return row[here], day[here].astype(float), _MESSAGE_AT[channel[here].astype(np.int64)]
