"""By which channel and at what hour she comes: her own history, shrunk to that of people like her."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import digamma, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from personakit.errors import DataError, ParameterError, some
from personakit.predict.choice_scores import score_choices
from personakit.predict.interests import check_known
from personakit.predict.targets import people_by
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import Permitted, plain_frame
from personakit.privacy.settings import whole
from personakit.profile.facts_visits import channel_counts, hour_counts
from personakit.profile.sources import Sources, cut_off, open_sources
from personakit.profile.unified import Day

__all__ = ["PreferredChannel", "PreferredHour", "fit_dirichlet_multinomial"]

Floats = NDArray[np.float64]
HOURS = np.arange(24)
SHOP = "everybody"
"""The group of customers who belong to no other, or whose own group is too small."""


class _Preference(BaseEstimator):
    """What the two have in common: visits by customer and option, groups of people alike, prediction and scoring."""

    options_: NDArray[Any]
    groups_: pd.DataFrame
    as_of_: date
    purpose_: str | None
    _counts: pd.DataFrame
    _group_of: pd.Series

    def __init__(self, by: str | Sequence[str] | None = None, *, min_group: int = 50) -> None:
        self.by = by
        self.min_group = min_group

    @abstractmethod
    def _visits(self, sources: Sources) -> pd.DataFrame:
        """Counts of shape (n_customers with a visit, n_options)."""

    @abstractmethod
    def _learn(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        """Learn what the class needs; gives the probabilities of each group, the whole shop first."""

    @abstractmethod
    def _forecast(self, counts: Floats, group: NDArray[np.intp]) -> Floats:
        """Probabilities for customers with these counts, of these groups."""

    def fit(self, tables: Any, as_of: Day | None = None) -> Any:
        """Learn from the visits up to the end of a day.

        Parameters
        ----------
        tables : mapping of canonical tables, or what the gate released of one
            Visits are those of sessions, else interactions, else order_lines.
        as_of : day, optional
            By default the last day in the tables.

        Raises
        ------
        DataError
            No visit is recorded by the day, or not what is to be learnt; customers have no such column.
        ParameterError
            min_group is no whole number from 1.
        """
        whole("min_group", self.min_group, where=type(self).__name__, why=", the customers that make a group")
        named = tables.tables if isinstance(tables, Permitted) else tables
        self.purpose_ = purpose_of(tables)
        sources = open_sources(named, as_of)
        self.as_of_ = sources.day
        counts = self._visits(sources)
        if not len(counts):
            raise DataError(
                f"No visit is recorded by {sources.day}, so no preference can be learnt. Give sessions, interactions or "
                "order_lines, or a later as_of."
            )
        self.options_ = counts.columns.to_numpy()
        people = people_by(sources, sources.day)
        self._counts = counts.reindex(people, fill_value=0)
        self._group_of = self._groups(named.get("customers"), people, counts.index)
        names = [SHOP, *sorted(set(self._group_of) - {SHOP})]
        group = pd.Index(names).get_indexer(pd.Index(self._group_of.loc[counts.index]))
        shares = self._learn(counts.to_numpy(dtype=float), group)
        sizes = [len(counts), *(int((group == place).sum()) for place in range(1, len(names)))]
        columns = pd.Index(self.options_, name=counts.columns.name)
        self.groups_ = pd.DataFrame(shares, index=pd.Index(names, name="group"), columns=columns)
        self.groups_.insert(0, "n_customers", sizes)
        return self

    def predict(self, customer_ids: Sequence[Any] | None = None) -> pd.DataFrame:
        """Probabilities of a customer's next visit, customer x option; each row sums to 1.

        Parameters
        ----------
        customer_ids : sequence, optional
            By default everybody known by the day of `fit`. One without a visit gets what holds for her group. A profile
            frame, or what the gate released, gives the customers in it.

        Raises
        ------
        DataError
            Somebody is not known by that day.
        ConsentError
            The customers were released for another purpose.
        """
        check_is_fitted(self, "options_")
        check_use(self, customer_ids)
        ids = _ids(customer_ids, self._counts.index)
        check_known(ids, self._counts.index, self.as_of_)
        group = self.groups_.index.get_indexer(pd.Index(self._group_of.loc[ids]))
        p = self._forecast(self._counts.loc[ids].to_numpy(dtype=float), group)
        found = pd.DataFrame(p, index=ids, columns=self.groups_.columns[1:])
        if self.purpose_ is not None:
            found.attrs["purpose"] = self.purpose_
        return found

    def evaluate(
        self,
        tables: Any,
        until: Day | None = None,
        *,
        hits_at: int = 1,
        n_bootstrap: int = 1000,
        random_state: Any = 0,
    ) -> pd.DataFrame:
        """Score on the visits after the day of `fit`, of the customers known by then, beside three baselines.

        `own history` is her own visits with half a visit added to each option; `group` and `everybody` are the shares
        of her group and of the shop.

        Parameters
        ----------
        tables : as in `fit`
        until : day, optional
            The last day scored; by default the last in the tables.
        hits_at, n_bootstrap, random_state
            As in `score_choices`, whose frame is what comes back.

        Raises
        ------
        DataError
            Nobody known came after the day of `fit`, or by an option that was unseen in training.
        """
        check_is_fitted(self, "options_")
        check_use(self, tables)
        later = self._after(open_sources(tables.tables if isinstance(tables, Permitted) else tables, until))
        if not len(later):
            raise DataError(
                f"No visit after {self.as_of_} is in the tables, so there is nothing to score. Fit on an earlier day."
            )
        ids = later.index
        own = self._counts.loc[ids] + 0.5
        shares = self.groups_.drop(columns="n_customers")
        frames = {
            "model": self.predict(ids),
            "own history": own.div(own.sum(axis=1), axis=0),
            "group": shares.loc[self._group_of.loc[ids]].set_axis(ids),
            SHOP: shares.loc[[SHOP] * len(ids)].set_axis(ids),
        }
        return score_choices(later, frames, hits_at=hits_at, n_bootstrap=n_bootstrap, random_state=random_state)

    def _after(self, sources: Sources) -> pd.DataFrame:
        """Visits after the day of fit, of the customers known by then."""
        before = {name: cut_off(name, table, self.as_of_) for name, table in sources.tables.items()}
        upto = Sources(before, sources.connection, self.as_of_, {}, sources.occasions)
        whole_of = self._visits(sources)
        past = self._visits(upto).reindex(index=whole_of.index, columns=whole_of.columns, fill_value=0)
        known = whole_of.index.intersection(self._counts.index)
        later = (whole_of - past).loc[known]
        later = later.loc[later.sum(axis=1) > 0]
        return later.loc[:, (later > 0).any() | later.columns.isin(self.options_)]

    def _groups(self, customers: Any, people: pd.Index, visitors: pd.Index) -> pd.Series:
        """The group of everybody; who is in a small one belongs to the whole shop."""
        frame = None if customers is None else plain_frame(customers)
        if frame is not None and not isinstance(frame, pd.DataFrame):
            frame = frame.to_pandas()
        columns = [] if frame is None else list(frame.columns)
        wanted = [self.by] if isinstance(self.by, str) else list(self.by or ())
        if self.by is None:
            wanted = [name for name in ("age_band",) if name in columns]
        if absent := [name for name in wanted if name not in columns]:
            raise DataError(
                f"customers has no column {some(map(repr, absent))} (it has {some(columns, 6) or 'none'}). Name columns "
                "that say who is alike in by=."
            )
        if frame is None or not wanted:
            return pd.Series(SHOP, people)
        traits = frame.drop_duplicates("customer_id").set_index("customer_id")[wanted].astype(object)
        names = traits.where(traits.notna(), "not known").astype(str).agg(", ".join, axis=1)
        names = names.reindex(people).fillna(SHOP)
        many = names.loc[visitors].value_counts()
        return names.where(names.isin(many.index[many >= self.min_group]), SHOP)


class PreferredChannel(_Preference):
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

    fit.__doc__ = _Preference.fit.__doc__

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


class PreferredHour(_Preference):
    """The probability of each hour of the day for a customer's next visit.

    Hours are a circle: 23 and 0 are neighbours. Each of her visits counts for its hour and its neighbours (a wrapped
    kernel of von Mises), and beside her own visits stand `s` of her group,

        p(h) = (s * group(h) + sum over her visits of K(h - hour)) / (s + n).

    The group's density is the mean of its members' own, each smoothed with the same kernel. The width of K and s make
    the visits most likely, each with itself left out of her history, and her left out of her group.

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
        return _wide(found, "hour").reindex(columns=pd.Index(HOURS, name="hour"), fill_value=0)

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
        return (self.concentration_ * self._density[group] + own) / (self.concentration_ + own.sum(axis=1, keepdims=True))


def fit_dirichlet_multinomial(counts: Floats, begin: Floats | None = None) -> Floats:
    """The parameters of a Dirichlet-multinomial that make the counts most likely.

    Parameters
    ----------
    counts : array of shape (n_customers, n_options)
    begin : array of shape (n_options,), optional
        Where the search begins; with it, half a visit of these shares is added as a weak prior, so that an option which
        a group never took keeps a probability.

    Returns
    -------
    ndarray of shape (n_options,)
        The concentration is the sum, the mean mix is this divided by it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> mixes = rng.dirichlet([2.0, 1.0, 0.5], size=4000)
    >>> fit_dirichlet_multinomial(rng.multinomial(30, mixes)).round(1).tolist()
    [2.0, 1.0, 0.5]
    """
    n = counts.sum(axis=1)
    shares = (counts.sum(axis=0) + 0.5) / (counts.sum() + 0.5 * counts.shape[1])
    start = shares * 3.0 if begin is None else np.asarray(begin, dtype=float)
    prior = 0.5 * start / start.sum()

    def loss(theta: Floats) -> tuple[float, Floats]:
        alpha = np.exp(theta)
        s = alpha.sum()
        value = (gammaln(s) - gammaln(s + n)).sum() + (gammaln(counts + alpha) - gammaln(alpha)).sum()
        slope = (digamma(s) - digamma(s + n)).sum() + (digamma(counts + alpha) - digamma(alpha)).sum(axis=0)
        value += prior @ np.log(alpha / s)
        slope = slope + prior / alpha - prior.sum() / s
        return -value / len(counts), -alpha * slope / len(counts)

    found = minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=[(-12.0, 8.0)] * counts.shape[1])
    return np.exp(found.x)


def _kernel(precision: float) -> Floats:
    """Von Mises weights from each hour to each hour, rows sum to 1."""
    angle = 2 * np.pi * HOURS / len(HOURS)
    weights = np.exp(precision * (np.cos(angle[:, None] - angle) - 1))
    return weights / weights.sum(axis=1, keepdims=True)


def _wide(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    wide = rows.pivot(index="customer_id", columns=column, values="times").fillna(0.0)
    return wide.sort_index().sort_index(axis=1)


def _ids(given: Any, everybody: pd.Index) -> pd.Index:
    if given is None:
        return everybody
    plain = plain_frame(given)
    if isinstance(plain, pd.DataFrame):
        given = plain["customer_id"] if "customer_id" in plain else plain.index
    if isinstance(given, str) or not hasattr(given, "__len__"):
        raise ParameterError(f"customer_ids={given!r}: give a list of customers, or None for all of them.")
    return pd.Index(given, name="customer_id")
