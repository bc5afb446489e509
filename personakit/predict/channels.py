"""By which channel and at what hour she comes: her own history, shrunk to that of people like her."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from personakit.errors import DataError
from personakit.predict.dirichlet_multinomial import fit_dirichlet_multinomial
from personakit.predict.preferences import Preference
from personakit.profile.facts_visits import channel_counts, hour_counts
from personakit.profile.sources import Sources
from personakit.profile.unified import Day

__all__ = ["PreferredChannel", "PreferredHour"]

Floats = NDArray[np.float64]
HOURS = np.arange(24)


class PreferredChannel(Preference):
    """The probability of each channel for a customer's next visit.

    Dirichlet-multinomial: within a group, customers' mixes of channels are spread around the group's with a
    concentration s, both fitted by maximum likelihood, and a customer with n visits gets
    (s * group(c) + n(c)) / (s + n). It is what she does, not what works: a channel by which she was never addressed has
    a low share for that reason alone.

    Parameters
    ----------
    by : str, sequence of str or None
        Columns of `customers` that say who is alike; by default age_band, where customers have it. Members of a group
        with fewer than `min_group` visitors, and those without a row in `customers`, are compared with everybody.
    min_group : int, default 50

    Attributes
    ----------
    options_ : ndarray of str, channels
    groups_ : DataFrame, one row a group: n_customers with a visit, and the share of each channel
    concentration_ : Series by group, s in visits: with so many of her own, she counts as much as her group
    as_of_, purpose_ : the last day of the visits; for which the gate released them

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1, 1, 1, 2, 2, 3, 3], "timestamp": pd.Timestamp("2025-03-01 10:00"),
    ...                        "channel": ["app", "app", "web", "web", "web", "app", "web"]})
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "signed_up": pd.Timestamp("2025-01-01")})
    >>> channel = PreferredChannel().fit({"customers": people, "sessions": visits})
    >>> channel.predict([1, 4]).round(2).loc[4].to_dict()
    {'app': 0.43, 'web': 0.57}

    Source: T. P. Minka (2000, revised 2012), "Estimating a Dirichlet distribution"; J. E. Mosimann (1962), "On the
    compound multinomial distribution", Biometrika 49.
    """

    concentration_: pd.Series
    _alpha: Floats

    def fit(self, tables: Any, as_of: Day | None = None) -> PreferredChannel:
        super().fit(tables, as_of)
        self.concentration_ = pd.Series(self._alpha.sum(axis=1), self.groups_.index, name="concentration")
        return self

    fit.__doc__ = Preference.fit.__doc__

    def _visits(self, sources: Sources) -> pd.DataFrame:
        rows = channel_counts(sources)
        if rows is None:
            raise DataError(
                "None of the tables says by which channel customers come. Give sessions, interactions or order_lines "
                "with a column channel."
            )
        return _wide(sources.connection.to_pandas(rows), "channel")

    def _learn(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        shop = fit_dirichlet_multinomial(counts)
        parts = [fit_dirichlet_multinomial(counts[group == each], shop) for each in range(1, group.max() + 1)]
        self._alpha = np.array([shop, *parts])
        return self._alpha / self._alpha.sum(axis=1, keepdims=True)

    def _forecast(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        own = counts + self._alpha[group]
        return own / own.sum(axis=1, keepdims=True)


class PreferredHour(Preference):
    """The probability of each hour of the day for a customer's next visit.

    Hours are a circle: 23 and 0 are neighbours. Each of her visits counts for its hour and its neighbours (a wrapped
    kernel of von Mises), and beside her own visits stand `s` of her group,

        p(h) = (s * group(h) + sum over her visits of K(h - hour)) / (s + n).

    The group's density is the mean of its members' own, each smoothed with the same kernel. The width of K and s make
    the visits most likely, each with itself left out of her history, and her left out of her group. Visits that are at
    midnight to the second count as without a time of day.

    Parameters
    ----------
    by, min_group
        As in `PreferredChannel`.

    Attributes
    ----------
    options_ : ndarray of int, 0 to 23
    groups_ : DataFrame, one row a group: n_customers with a visit, and the share of each hour
    concentration_ : float, s in visits
    width_ : float, hours: standard deviation of the kernel
    as_of_, purpose_ : the last day of the visits; for which the gate released them

    Examples
    --------
    >>> import personakit as pk
    >>> hour = PreferredHour().fit(pk.load_world().tables, "2025-06-30")
    >>> hour.predict([1]).shape, round(float(hour.predict([1]).sum(axis=1).iloc[0]), 9)
    ((1, 24), 1.0)

    Source: C. C. Taylor (2008), "Automatic bandwidth selection for circular density estimation", CSDA 52(7), for the
    kernel and its choice by likelihood.
    """

    concentration_: float
    width_: float

    def _visits(self, sources: Sources) -> pd.DataFrame:
        rows = hour_counts(sources)
        if rows is None:
            raise DataError("None of the tables says when customers come. Give sessions, interactions or order_lines.")
        found = sources.connection.to_pandas(rows)
        if len(found) and not found["timed"].sum():
            raise DataError(
                "Times of the day are not recorded: every visit is at midnight. Give timestamps with hours, or do "
                "without preferred hours."
            )
        # To the second at midnight: a day without its time, as of accounts opened; it would pass for a habit of hour 0.
        timed = found[found["timed"] > 0].drop(columns="times").rename(columns={"timed": "times"})
        return _wide(timed, "hour").reindex(columns=pd.Index(HOURS, name="hour"), fill_value=0)

    def _learn(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        totals = counts.sum(axis=1, keepdims=True)
        places = np.eye(group.max() + 1)[:, group].astype(float)  # (n_groups, n_customers)
        places[0] = 1.0

        def loss(theta: Floats) -> float:
            kernel, s = _kernel(np.exp(theta[0])), np.exp(theta[1])
            own = counts @ kernel
            shares = own / totals
            sums, sizes = (places @ shares)[group], places.sum(axis=1)[group, None]
            others = (sums - shares) / np.maximum(sizes - 1, 1)
            alone = (sizes == 1).ravel()
            others[alone] = 1 / len(HOURS)
            p = (s * others + own - kernel[0, 0]) / (s + totals - 1)
            return float(-(counts / totals * np.log(np.maximum(p, 1e-300))).sum() / len(counts))

        found = minimize(loss, np.log([4.0, 5.0]), method="Nelder-Mead", bounds=[(-3.0, 5.0), (-4.0, 9.0)],
                         options={"xatol": 0.01, "fatol": 1e-6, "maxiter": 120})  # fmt: skip
        self._own_kernel, self.concentration_ = _kernel(np.exp(found.x[0])), float(np.exp(found.x[1]))
        away = (HOURS + 12) % 24 - 12
        self.width_ = float(np.sqrt(self._own_kernel[0] @ away**2))
        self._density: Floats = places @ (counts @ self._own_kernel / totals) / places.sum(axis=1, keepdims=True)
        return self._density

    def _forecast(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        own = counts @ self._own_kernel
        both = self.concentration_ * self._density[group] + own
        return both / both.sum(axis=1, keepdims=True)


def _kernel(precision: float) -> Floats:
    """Von Mises weights from each hour to each hour, rows sum to 1."""
    angle = 2 * np.pi * HOURS / len(HOURS)
    weights = np.exp(precision * (np.cos(angle[:, None] - angle) - 1))
    return weights / weights.sum(axis=1, keepdims=True)


def _wide(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    wide = rows.pivot(index="customer_id", columns=column, values="times").fillna(0.0)
    return wide.sort_index().sort_index(axis=1)
