"""Which department or category she buys from next: her own history, smoothed towards the shop's, and her profile."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_is_fitted

from personakit.errors import DataError, ParameterError, some
from personakit.predict.choice_scores import score_choices
from personakit.predict.dirichlet_multinomial import (
    moved_to_last,
    shop_shares,
    smoothed,
    trace_weights,
    weight_of_last,
)
from personakit.predict.preferences import customers_in
from personakit.predict.targets import goods_of, people_by, targets
from personakit.predict.traces import kinds_of, traces_of
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import Permitted
from personakit.privacy.settings import generator_of
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.sources import Sources, open_sources
from personakit.profile.unified import Day, build_profiles

__all__ = ["NextCategory"]

Floats = NDArray[np.float64]
FOLDS = 5
PENALTIES = (0.003, 0.03, 0.3)
"""Values of C of scikit-learn's LogisticRegression among which the inner validation chooses."""


class NextCategory(BaseEstimator):
    """The probability of each department (or category) for the next order of each customer, if she places one.

    `shares`: what she bought and viewed, by its age, are pseudo-counts beside those of the shop,

        p(c) = (s * shop(c) + sum_k w_k n_k(c)) / (s + sum_k w_k n_k),

    the predictive distribution of the Dirichlet-multinomial, with a concentration s and one weight for each kind of
    trace, all fitted by maximum likelihood of what was bought next. `logistic`: a multinomial logistic regression on
    the logarithms of these probabilities and on the profile. Auto takes the logistic regression only if it has the
    lower log-loss on customers that neither was fitted on.

    Parameters
    ----------
    level : {"department", "category"}
        Without departments in `products`, departments are the categories.
    model : {"auto", "shares", "logistic"}
    windows : sequence of int, days, default (30, 180)
        A trace of the last 30 days, of the 150 before and of earlier have weights of their own.
    random_state : int, RandomState, Generator or None
        Draws the folds of the inner validation.

    Attributes
    ----------
    classes_ : ndarray of str, the options in the order of the columns of a prediction
    shop_ : ndarray of shape (n_classes,), the shop's shares of what was bought next, half a purchase added to each
    weights_ : Series, a weight for each kind of trace, the largest is 1
    concentration_ : float, s in units of the trace with weight 1; infinite where history says nothing
    model_ : {"shares", "logistic"}, the one in use
    validation_ : Series, log-loss of each model on the held-out folds
    repeats_ : float, how much the baseline "last bought again" trusts the last purchase
    as_of_, horizon_days_ : the day up to which history was known in fit, and the days after it
    purpose_ : str or None, for which the gate released the tables

    Examples
    --------
    >>> import personakit as pk
    >>> tables = pk.load_world().tables
    >>> interest = NextCategory(model="shares").fit(tables, "2025-07-01", 90)
    >>> forecast = interest.predict(tables, "2025-09-29", customer_ids=[1, 3])
    >>> forecast.shape, forecast.sum(axis=1).round(6).tolist()
    ((2, 6), [1.0, 1.0])

    Source: G. J. Goodhardt, A. S. C. Ehrenberg and C. Chatfield (1984), "The Dirichlet: A Comprehensive Model of Buying
    Behaviour", JRSS A 147(5).
    """

    classes_: NDArray[Any]
    shop_: Floats
    weights_: pd.Series
    concentration_: float
    model_: str
    validation_: pd.Series
    repeats_: float
    as_of_: date
    horizon_days_: int
    purpose_: str | None

    def __init__(
        self,
        level: Literal["department", "category"] = "department",
        *,
        model: Literal["auto", "shares", "logistic"] = "auto",
        windows: Sequence[int] = (30, 180),
        random_state: Any = 0,
    ) -> None:
        self.level = level
        self.model = model
        self.windows = windows
        self.random_state = random_state

    def fit(self, tables: Any, as_of: Day | None = None, horizon_days: int = 90) -> NextCategory:
        """Learn from what was known by a day and what was bought first in the days after it.

        Parameters
        ----------
        tables : mapping of canonical tables, or what the gate released of one
        as_of : day, optional
            By default the latest that leaves the whole horizon.
        horizon_days : int, default 90

        Raises
        ------
        DataError
            The horizon goes beyond what is recorded; products have no categories; nobody bought within the horizon.
        ParameterError
            A setting that does not exist.
        """
        self._check_settings()
        after = targets(tables, as_of, horizon_days)
        self.purpose_, self.horizon_days_ = purpose_of(tables), int(horizon_days)
        self.as_of_ = date.fromisoformat(after.attrs["as_of"])
        named = _named(tables)
        next_one = self._next(named, after)
        sources = open_sources(named, self.as_of_)
        labels = self._labels(named)
        self.classes_ = np.array(sorted({*labels.dropna().unique(), *next_one.unique()}), dtype=object)
        traces, last = self._counts(sources, labels, next_one.index)
        y = pd.Index(self.classes_).get_indexer(pd.Index(next_one))
        self.shop_ = shop_shares(y, len(self.classes_))
        self._w = trace_weights(traces, y, self.shop_)
        largest = float(self._w.max())
        self.concentration_ = 1 / largest if largest > 1e-5 else np.inf
        self.weights_ = pd.Series(self._w / largest, kinds_of(sources, self.windows), name="weight")
        self.repeats_ = weight_of_last(last, y, self.shop_)
        self._learn_model(named, traces, y, next_one.index)
        return self

    def predict(self, tables: Any, as_of: Day | None = None, *, customer_ids: Any = None) -> pd.DataFrame:
        """Probabilities of the next order's department or category, customer x option; each row sums to 1.

        Parameters
        ----------
        tables : as in `fit`
            With the history up to the day; a fitted model keeps no customer's history.
        as_of : day, optional
            By default the last day in the tables.
        customer_ids : sequence, or profile frame, optional
            Of whom; by default of everybody known by the day. One without history gets the shop's shares.

        Raises
        ------
        DataError
            Somebody is not known by the day.
        ConsentError
            The tables were released for another purpose than those of `fit`.
        """
        check_is_fitted(self, "classes_")
        check_use(self, tables)
        named = _named(tables)
        sources = open_sources(named, as_of)
        known = people_by(sources, sources.day)
        ids = customers_in(customer_ids, known, sources.day)
        labels = self._labels(named)
        if unseen := sorted(set(labels.dropna().unique()) - set(self.classes_)):
            warnings.warn(
                f"{some(unseen)} is a {self.level} unseen in training: what was viewed or bought there is passed over, "
                "and it has no probability. Fit again on tables in which it is.",
                stacklevel=2,
            )
        p = self._shares(self._counts(sources, labels, ids)[0])
        if self.model_ == "logistic":
            p = self._corrected(p, self._profiles(named, sources.day, ids))
        found = pd.DataFrame(p, index=ids, columns=pd.Index(self.classes_, name=self.level))
        if self.purpose_ is not None:
            found.attrs["purpose"] = self.purpose_
        return found

    def evaluate(
        self,
        tables: Any,
        as_of: Day | None = None,
        horizon_days: int | None = None,
        *,
        hits_at: int = 3,
        n_bootstrap: int = 1000,
        random_state: Any = 0,
    ) -> pd.DataFrame:
        """Score on a later period beside popularity (the shop's shares) and "last bought again".

        The second baseline gives the department of her last purchase the weight `repeats_`, fitted on the training
        period, and the rest to the shop's shares, so that its log-loss is finite.

        Returns
        -------
        DataFrame, one row a forecast
            As of `score_choices`; over the customers who ordered within the horizon.

        Raises
        ------
        DataError
            The period begins before that of the training ends; a category was bought that is unseen in training.
        """
        check_is_fitted(self, "classes_")
        horizon = self.horizon_days_ if horizon_days is None else horizon_days
        after = targets(tables, as_of, horizon)
        day = date.fromisoformat(after.attrs["as_of"])
        if day < (end := self.as_of_ + timedelta(days=self.horizon_days_)):
            raise DataError(
                f"as_of={day.isoformat()!r} lies before the end of what was learnt from ({end}), so that the score "
                f"would be of answers already seen. Score from as_of={end.isoformat()!r} on, or fit on an earlier day."
            )
        named = _named(tables)
        next_one = self._next(named, after)
        own = self.predict(tables, day, customer_ids=next_one.index)
        _, last = self._counts(open_sources(named, day), self._labels(named), next_one.index)
        frames = {
            "model": own,
            "last bought again": _frame(moved_to_last(last, self.shop_, self.repeats_), own),
            "popularity": _frame(np.tile(self.shop_, (len(own), 1)), own),
        }
        chosen = pd.get_dummies(next_one.astype(object)).astype(int)
        return score_choices(chosen, frames, hits_at=hits_at, n_bootstrap=n_bootstrap, random_state=random_state)

    def _check_settings(self) -> None:
        for name, known in (("level", ("department", "category")), ("model", ("auto", "shares", "logistic"))):
            if getattr(self, name) not in known:
                raise ParameterError(f"NextCategory({name}={getattr(self, name)!r}): give one of {', '.join(known)}.")
        days = list(self.windows)
        if not all(isinstance(each, (int, np.integer)) and each > 0 for each in days) or days != sorted(set(days)):
            raise ParameterError(
                f"NextCategory(windows={self.windows!r}): give rising whole numbers of days from 1, such as (30, 180)."
            )

    def _next(self, named: Mapping[str, Any], after: pd.DataFrame) -> pd.Series:
        next_one: pd.Series = after[f"next_{self.level}"].dropna().astype(str)
        if not len(next_one):
            self._labels(named)
            raise DataError(
                f"Nobody bought anything of a known {self.level} in the {after.attrs['horizon_days']} days after "
                f"{after.attrs['as_of']}. Take a longer horizon or an earlier day."
            )
        return next_one

    def _labels(self, named: Mapping[str, Any]) -> pd.Series:
        """The department or category of each product."""
        table = goods_of(named)
        name = "category" if self.level == "department" and "department" not in table else self.level
        if name not in table or table[name].isna().all():
            lacking = name if name == self.level else f"{self.level} and no {name}"
            raise DataError(
                f"products has no {lacking}, so interests by {self.level} cannot be told. Give products with a column "
                "department or category."
            )
        return table[name].where(table[name].isna(), table[name].astype(str)).astype(object)

    def _counts(self, sources: Sources, labels: pd.Series, ids: pd.Index) -> tuple[Floats, NDArray[np.intp]]:
        classes = labels.astype(pd.CategoricalDtype(list(self.classes_)))
        return traces_of(sources, classes, ids, self.windows)

    def _shares(self, traces: Floats) -> Floats:
        return smoothed(traces, self._w, self.shop_)

    def _profiles(self, named: Mapping[str, Any], day: date, ids: pd.Index) -> pd.DataFrame:
        made: Any = build_profiles(named, as_of=day)
        frame = made if isinstance(made, pd.DataFrame) else made.to_pandas()
        frame = frame.set_index("customer_id").loc[ids]
        frame.attrs["as_of"] = day.isoformat()
        return frame

    def _learn_model(self, named: Mapping[str, Any], traces: Floats, y: NDArray[np.intp], ids: pd.Index) -> None:
        """Choose between the models on customers held out, and fit the chosen one on all."""
        few = len(np.unique(y)) < 2 or len(y) < 10 * FOLDS
        self.model_, self.validation_ = "shares", pd.Series(dtype=float, name="log_loss")
        if self.model == "shares" or few:
            return
        profiles = self._profiles(named, self.as_of_, ids)
        self._encoder = ProfileEncoder(numbers="ranks", categories="onehot", missing="fill").fit(profiles)
        facts = self._encoder.transform(profiles)
        generator = generator_of(self.random_state)
        seed = None if generator is None else int(generator.integers(2**31))
        losses: dict[str | float, list[Floats]] = {name: [] for name in ("shares", *PENALTIES)}
        for train, test in KFold(FOLDS, shuffle=True, random_state=seed).split(y):
            shop = shop_shares(y[train], len(self.classes_))
            w = trace_weights(traces[:, train], y[train], shop)
            p, p_train = smoothed(traces[:, test], w, shop), smoothed(traces[:, train], w, shop)
            losses["shares"].append(-np.log(p[np.arange(len(test)), y[test]]))
            for strength in PENALTIES:
                fitted = _logistic(strength).fit(_inputs(p_train, facts[train]), y[train])
                q = _completed(fitted, _inputs(p, facts[test]), p)
                losses[strength].append(-np.log(q[np.arange(len(test)), y[test]]))
        mean = {name: float(np.concatenate(each).mean()) for name, each in losses.items()}
        best = min(PENALTIES, key=lambda strength: mean[strength])
        self.validation_ = pd.Series({"shares": mean["shares"], "logistic": mean[best]}, name="log_loss")
        if self.model == "logistic" or mean[best] < mean["shares"]:
            self.model_ = "logistic"
            self._logistic = _logistic(best).fit(_inputs(self._shares(traces), facts), y)

    def _corrected(self, p: Floats, profiles: pd.DataFrame) -> Floats:
        return _completed(self._logistic, _inputs(p, self._encoder.transform(profiles)), p)


def _named(tables: Any) -> Mapping[str, Any]:
    return tables.tables if isinstance(tables, Permitted) else tables


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, solver="newton-cg", max_iter=500)


def _inputs(p: Floats, facts: Floats) -> Floats:
    # Three times larger, so that the penalty hardly keeps the regression from following the shares.
    return np.column_stack([3 * np.log(p), facts])


def _completed(model: LogisticRegression, inputs: Floats, p: Floats) -> Floats:
    """The probabilities of the classes that were bought in training; the others keep those of the shares."""
    q = p.copy()
    q[:, model.classes_] = model.predict_proba(inputs) * p[:, model.classes_].sum(axis=1, keepdims=True)
    return q


def _frame(p: Floats, like: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(p, index=like.index, columns=like.columns)
