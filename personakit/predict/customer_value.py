"""Lifetime value: what each customer will bring within a horizon, by the model that a past period speaks for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import KFold
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from personakit.errors import DataError, ParameterError
from personakit.predict.customer_value_btyd import NEEDED, PurchasesTimesValue
from personakit.predict.customer_value_scores import compare_forecasts, poisson_deviance
from personakit.predict.targets import labelled
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import Permitted, plain_frame
from personakit.privacy.settings import is_number, whole
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import TakesProfiles, by_customer
from personakit.profile.sources import day_of
from personakit.profile.unified import build_profiles

__all__ = ["LifetimeValue"]

Floats = NDArray[np.float64]

MODELS = ("auto", "btyd", "boosted")
LEAST = 1e-6  # a mean of nought has no logarithm


class LifetimeValue(TakesProfiles, RegressorMixin, BaseEstimator):
    """Margin or revenue of each customer within a horizon: "buy till you die" or gradient boosting, chosen by data.

    "btyd" multiplies the purchases that BG/NBD expects by the value that Gamma-Gamma expects, and by the share of
    revenue that is margin. It sees three numbers a customer and needs no past outcome. "boosted" is scikit-learn's
    histogram boosting with the Poisson loss on all columns of the profiles and on what the first says; it learns from
    what customers did in a period before. As trade grows or shrinks, the total of that period need not be that of the
    next: the total over the customers known at the end is set to that of "btyd", so that boosting says who, and "btyd"
    how much in all. "auto" takes boosting where it is surely better on a past period.

    Parameters
    ----------
    horizon_days : int, default 365
    model : {"auto", "btyd", "boosted"}
    discount_rate : float, default 0
        A year: 0.1 makes 1.10 in a year worth 1 now.
    value : {"margin", "revenue"}
        What is forecast, where tables are given. Margin needs `products.unit_cost`.
    n_bootstrap : int, default 200
        Resamples for the intervals of `comparison_`.
    random_state : int, default 0

    Attributes
    ----------
    model_ : {"btyd", "boosted"}, in use
    comparison_ : DataFrame or None
        The forecasts naive (money a day so far, carried on), btyd and boosted on the past period: see
        `compare_forecasts` for the columns. From tables: boosting learnt from one period and forecast the next. From
        profiles and outcomes: five folds of customers of the one period that there is.
    verdict_ : str, why this model
    period_days_ : int, length of the past period: the horizon, or a third of the history where that is shorter
    btyd_ : PurchasesTimesValue or None, with purchases_ (BetaGeoModel) and values_ (GammaGammaModel)
    share_ : float, of the expected money that is value (margin)
    as_of_ : Timestamp or None, the day of the profiles that it is meant for
    purpose_ : str or None, for which the gate released the data

    References
    ----------
    P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis",
    Journal of Marketing Research 42(4).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame({"customer_id": range(300), "visits_30d": rng.poisson(4, 300)})
    >>> brought = people["visits_30d"] * rng.gamma(2, 5, 300)
    >>> model = LifetimeValue(90).fit(people, brought)  # without past purchases there is boosting only
    >>> value = model.predict(people)
    >>> value.name, value.index.name, model.model_, bool(abs(value.sum() / brought.sum() - 1) < 1e-9)
    ('lifetime_value', 'customer_id', 'boosted', True)
    """

    model_: str
    comparison_: pd.DataFrame | None
    verdict_: str
    period_days_: int
    btyd_: PurchasesTimesValue | None
    share_: float
    as_of_: pd.Timestamp | None
    purpose_: str | None

    def __init__(
        self,
        horizon_days: int = 365,
        model: Literal["auto", "btyd", "boosted"] = "auto",
        *,
        discount_rate: float = 0.0,
        value: Literal["margin", "revenue"] = "margin",
        n_bootstrap: int = 200,
        random_state: int = 0,
    ) -> None:
        self.horizon_days = horizon_days
        self.model = model
        self.discount_rate = discount_rate
        self.value = value
        self.n_bootstrap = n_bootstrap
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> LifetimeValue:
        """Learn from tables up to a day, or from profiles and what their customers brought afterwards.

        Parameters
        ----------
        X : mapping of canonical tables or what the gate released of one, or profiles
            Profiles: a frame, what the gate released of one, or an array of shape (n_customers, n).
        y : day, or array of shape (n_customers,)
            With tables: as_of, the last day that is used. With profiles: the value of each
            customer in the `horizon_days` days after their day. Values below 0 count as 0 for the shape of the
            forecast, and fully for the total.

        Raises
        ------
        DataError
            The history is too short for the horizon to be learnt, nobody brought anything, or tables say nothing of
            the value.
        ParameterError
            A setting that does not exist.
        """
        self._check_settings()
        self.purpose_ = purpose_of(X)
        if _are_tables(X):
            return self._fit_tables(X, y)
        if y is None:
            raise DataError(
                "LifetimeValue requires y to be passed, but the target y is None. Give what each customer brought, or "
                "fit(tables, as_of)."
            )
        return self._fit_outcomes(X, y)

    def predict(self, X: Any) -> Any:
        """The value of each customer within the horizon.

        Parameters
        ----------
        X : profiles as of the day of `fit`, or an array like that of `fit`

        Returns
        -------
        Series named "lifetime_value" with customer_id as its index; an array of shape (n_customers,) for an array
        """
        check_is_fitted(self, "model_")
        check_use(self, X)
        frame = _frame(X)
        found = self._forecast(X, frame, self.model_)
        return found if frame is None else pd.Series(found, index=frame.index, name="lifetime_value")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags

    def _fit_tables(self, tables: Any, as_of: Any) -> LifetimeValue:
        end = day_of(as_of)
        named = tables.tables if isinstance(tables, Permitted) else tables
        today = by_customer(build_profiles(named, as_of=end.isoformat()))
        for name in NEEDED:
            if name not in today.columns or today[name].isna().all():
                raise DataError(f"tables: {name} is not known of anybody, but value needs order_lines with unit_price.")
        # From the first order on: before it there was nothing to learn.
        history = int(today["first_order_days"].max())
        days = min(self.horizon_days, history // 3)
        if days < 14:
            raise DataError(
                f"horizon_days={self.horizon_days}, but purchases before {end} go back {history} days only. A model of "
                "value needs three periods (to know customers, to learn, to compare) of at least 14 days each: give a "
                "longer history, or a later as_of."
            )
        learnt_at, compared_at = end - timedelta(days=2 * days), end - timedelta(days=days)
        before, known = self._labelled(tables, learnt_at, days, end)
        between, came = self._labelled(tables, compared_at, days, end)
        self.period_days_ = days
        # What the model of the first period says of the second, beside what came.
        self._learn(before, before, known, days)
        self.btyd_ = PurchasesTimesValue().fit(between)  # of purchases up to that day: nothing of what came
        self._set_level(between, days)
        made = {name: self._forecast(between, between, name, days) for name in ("btyd", "boosted")}
        self._choose({"naive": self._naive(between, days), **made}, came["value"].to_numpy(dtype=float))
        self._learn(between, between, came, days)
        self.btyd_ = PurchasesTimesValue().fit(today)
        self._set_level(today, self.horizon_days)
        self.as_of_ = pd.Timestamp(end)
        return self

    def _labelled(self, tables: Any, day: Any, days: int, end: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
        profiles, after = labelled(tables, day, days, recorded_until=end)
        if after[self.value].isna().all():
            advice = 'add products.unit_cost, or pass value="revenue"' if self.value == "margin" else "add unit_price"
            raise DataError(f"tables: the {self.value} of orders is not recorded; {advice}.")
        return profiles, after.assign(value=after[self.value])[["value", "revenue"]]

    def _fit_outcomes(self, X: Any, y: ArrayLike) -> LifetimeValue:
        frame = _frame(X)
        if frame is not None and isinstance(y, pd.Series) and y.index.name == "customer_id":
            if absent := frame.index.difference(y.index).size:
                raise DataError(f"y lacks {absent} of the {len(frame)} customers of the profiles. Give their values.")
            y = y.reindex(frame.index)
        ProfileEncoder().fit(X)  # says what is wrong with X before anything is said of y
        came = _outcome(X, y)
        known = pd.DataFrame({"value": came})
        self.period_days_ = self.horizon_days
        self.as_of_ = None if frame is None or "as_of" not in frame.attrs else pd.Timestamp(frame.attrs["as_of"])
        self._learn(X, frame, known, self.horizon_days)
        if self.btyd_ is None or frame is None:
            if self.model == "btyd":
                raise DataError(
                    f"LifetimeValue(model='btyd') needs profiles with the columns {', '.join(NEEDED)}; these have not "
                    "all of them. Give profiles as build_profiles makes them, or model='boosted'."
                )
            self.model_, self.comparison_ = "boosted", None
            self.verdict_ = f"Boosting: the columns of BG/NBD ({', '.join(NEEDED)}) are not there."
        else:
            self._choose(
                {
                    "naive": self._naive(frame, self.horizon_days),
                    "btyd": self._forecast(X, frame, "btyd"),
                    "boosted": self._out_of_fold(frame, known),
                },
                came,
            )
        return self

    def _out_of_fold(self, frame: pd.DataFrame, known: pd.DataFrame) -> Floats:
        found = np.zeros(len(frame))
        folds = KFold(min(5, len(frame)), shuffle=True, random_state=self.random_state)
        for learn, test in folds.split(frame):
            part = LifetimeValue(**self.get_params())
            part._learn(frame.iloc[learn], frame.iloc[learn], known.iloc[learn], self.horizon_days)
            found[test] = part._forecast(frame.iloc[test], frame.iloc[test], "boosted")
        return found

    def _learn(self, X: Any, frame: pd.DataFrame | None, known: pd.DataFrame, days: int) -> None:
        """Both models of one period: profiles at its beginning, and what came."""
        value = known["value"].to_numpy(dtype=float)
        positive = np.maximum(value, 0.0)
        if not positive.sum() > 0:
            raise DataError(
                f"None of the {len(value)} customers brought anything in the {days} days, so there is nothing to "
                "learn. Take a longer period."
            )
        self.btyd_, self.share_, self.newcomer_ = None, 1.0, 0.0
        if frame is not None and all(name in frame.columns for name in NEEDED):
            self.btyd_ = PurchasesTimesValue().fit(frame)
            new = (frame["order_days"].fillna(0) == 0).to_numpy()
            money = self.btyd_.columns(frame, days)["expected_money"].to_numpy(dtype=float)
            # What share of money is value: of the period's own revenue, where that is known.
            spent = known["revenue"].sum() if "revenue" in known else np.nansum(money[~new])
            self.share_ = float(value.sum() / spent) if "revenue" in known else float(value[~new].sum() / spent)
            self.newcomer_ = max(float(value[new].mean()), 0.0) / days if new.any() else 0.0
        self.days_ = days
        self._encoder = ProfileEncoder().fit(X)
        if hasattr(self._encoder, "feature_names_in_"):
            self.feature_names_in_ = self._encoder.feature_names_in_
        self.n_features_in_ = self._encoder.n_features_in_
        self._boosted = HistGradientBoostingRegressor(
            loss="poisson", learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=min(40, max(1, len(value) // 10)),
            l2_regularization=1.0, early_stopping=False, random_state=self.random_state,
        )  # fmt: skip
        matrix = self._matrix(X, frame)
        self._boosted.fit(matrix, positive)
        made = self._boosted.predict(matrix).sum()
        self.level_ = float(max(value.sum(), LEAST) / made)

    def _set_level(self, today: pd.DataFrame, days: int) -> None:
        """The total of boosting over these customers becomes that of "btyd"."""
        made = self._boosted.predict(self._matrix(today, today)).sum()
        self.level_ = float(self._forecast(today, today, "btyd", days).sum() / made)

    def _matrix(self, X: Any, frame: pd.DataFrame | None) -> Floats:
        encoded = self._encoder.transform(X)
        if self.btyd_ is None or frame is None:
            return encoded
        return np.column_stack([encoded, self.btyd_.columns(frame, self.days_)])

    def _forecast(self, X: Any, frame: pd.DataFrame | None, model: str, days: int | None = None) -> Floats:
        ahead = self.horizon_days if days is None else days
        if model == "boosted":
            return self._boosted.predict(self._matrix(X, frame)) * self.level_
        assert self.btyd_ is not None and frame is not None
        rate = self.discount_rate if days is None or days == self.horizon_days else 0.0
        money = self.btyd_.columns(frame, ahead, rate)["expected_money"].to_numpy(dtype=float)
        return np.where(np.isnan(money), self.newcomer_ * ahead, np.maximum(money * self.share_, 0.0))

    def _naive(self, frame: pd.DataFrame, days: int) -> Floats:
        """Money a day since the first order (at least 30 days), carried on."""
        a_day = frame["monetary"] / frame["first_order_days"].clip(lower=30)
        return np.maximum(a_day.fillna(0.0).to_numpy(dtype=float) * self.share_, 0.0) * days

    def _choose(self, forecasts: Mapping[str, Floats], came: Floats) -> None:
        self.comparison_ = compare_forecasts(
            forecasts, came, n_bootstrap=self.n_bootstrap, random_state=self.random_state
        )
        gain = poisson_deviance(forecasts["btyd"], came) - poisson_deviance(forecasts["boosted"], came)
        mean, error = float(gain.mean()), float(gain.std() / np.sqrt(len(gain)))
        best = "boosted" if mean > 1.96 * error else "btyd"
        self.model_ = best if self.model == "auto" else self.model
        self.verdict_ = (
            f"Poisson deviance of boosting less by {mean:.2f} a customer (95 %: {mean - 1.96 * error:.2f} to "
            f"{mean + 1.96 * error:.2f}) over {self.period_days_} days of {len(gain)} customers: "
            + ("boosting." if best == "boosted" else "not surely better, so the simpler one, BG/NBD.")
        )

    def _check_settings(self) -> None:
        whole("horizon_days", self.horizon_days, where="LifetimeValue", why=", the days ahead")
        for name, known in (("model", MODELS), ("value", ("margin", "revenue"))):
            if getattr(self, name) not in known:
                raise ParameterError(f"LifetimeValue({name}={getattr(self, name)!r}): give one of {', '.join(known)}.")
        if not is_number(self.discount_rate) or not 0 <= self.discount_rate < 10:
            raise ParameterError(
                f"LifetimeValue(discount_rate={self.discount_rate!r}): give a rate a year from 0, such as 0.1."
            )


def _are_tables(X: Any) -> bool:
    if isinstance(X, Permitted):
        return "frame" not in X.tables
    return isinstance(X, (Mapping, str, Path)) and not issparse(X)  # a sparse matrix by keys is a mapping, too


def _frame(X: Any) -> pd.DataFrame | None:
    return by_customer(X) if isinstance(plain_frame(X), pd.DataFrame) else None


def _outcome(X: Any, y: ArrayLike) -> Floats:
    came = column_or_1d(y, warn=True)
    try:
        came = came.astype(float)
    except (TypeError, ValueError) as problem:
        raise DataError("y does not hold numbers. Give what each customer brought, in money.") from problem
    check_consistent_length(plain_frame(X), came)
    if not np.isfinite(came).all():
        raise DataError(f"y has {int((~np.isfinite(came)).sum())} values that are NaN or infinity. Give 0 for nothing.")
    if (came < 0).any():
        warnings.warn(
            f"y is below 0 for {int((came < 0).sum())} customers: they count as 0 but for the total.", stacklevel=4
        )
    return came
