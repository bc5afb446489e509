"""A regressor for profiles whose intervals hold as often as they say."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_y, check_is_fitted

from personakit.errors import DataError, NotFittedError
from personakit.predict.intervals import ConformalQuantiles
from personakit.predict.pipelines import boosted, check_choice, customers_of, linear, profile_rows, targets_beside
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.settings import check_between, whole
from personakit.profile.frames import TakesProfiles

__all__ = ["ProfileRegressor"]

Floats = NDArray[np.float64]
SHARES = np.linspace(0, 1, 11)


class ProfileRegressor(TakesProfiles, RegressorMixin, BaseEstimator):
    """Expected amounts from profiles as they are, with conformal intervals.

    Gradient boosting and ridge regression on ranks, blended by the squared error on inner folds, as in
    `ProfileClassifier`. `predict` estimates the mean, which is what sums to a budget; forecasts never leave the range
    of the amounts learnt from. `predict_interval` says where a single customer's amount will be.

    Parameters
    ----------
    model : {"blend", "boosting", "linear"}
    coverage : float in (0, 1) or None, default 0.9
        Of the intervals; None: no intervals, which saves most of the time of `fit`.
    n_folds : int, from 2, default 5
    max_iter : int, default 200
        Trees of each boosting.
    random_state : int, RandomState or None

    Attributes
    ----------
    share_ : float, the part of boosting in the blend
    models_ : dict of name to fitted Pipeline
    range_ : tuple of float, the least and the largest amount learnt from
    intervals_ : ConformalQuantiles or None
    n_features_in_, feature_names_in_ : as in scikit-learn, without customer_id
    purpose_ : str or None

    Notes
    -----
    Coverage is an average over customers like those learnt from, at the same time: intervals learnt from one quarter
    hold in the next as far as trade stays as it was. `interval_coverage` looks, and by group.

    References
    ----------
    Those of `personakit.predict.intervals.ConformalQuantiles`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame({"frequency": rng.poisson(3, 300)}, index=pd.RangeIndex(300, name="customer_id"))
    >>> revenue = 10 * people["frequency"] + rng.normal(0, 5, 300)
    >>> model = ProfileRegressor(max_iter=20, random_state=0).fit(people, revenue)
    >>> model.predict_interval(people).columns.tolist(), model.score(people, revenue) > 0.8
    (['lower', 'predicted', 'upper'], True)
    """

    share_: float
    models_: dict[str, Pipeline]
    range_: tuple[float, float]
    intervals_: ConformalQuantiles | None
    n_features_in_: int
    purpose_: str | None

    def __init__(
        self,
        model: Literal["blend", "boosting", "linear"] = "blend",
        coverage: float | None = 0.9,
        *,
        n_folds: int = 5,
        max_iter: int = 200,
        random_state: Any = None,
    ) -> None:
        self.model = model
        self.coverage = coverage
        self.n_folds = n_folds
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> ProfileRegressor:
        """Learn from profiles and each customer's amount.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, ...), what a consent gate returned, or array of shape (n_customers, n)
        y : Series, or array of shape (n_customers,)
            Finite numbers. A Series about customers is joined by customer_id.

        Raises
        ------
        DataError
            y is missing or about others; infinite values; one customer only, or no usable column.
        ParameterError
            A setting that does not exist.
        """
        check_choice("ProfileRegressor", "model", self.model, ("blend", "boosting", "linear"))
        whole("n_folds", self.n_folds, 2, where="ProfileRegressor", why=", the inner folds")
        whole("max_iter", self.max_iter, where="ProfileRegressor", why=", the trees of each boosting")
        if self.coverage is not None:
            check_between("ProfileRegressor.coverage", self.coverage, example=0.9)
        rows = profile_rows(self, X, reset=True)
        target = _check_y(targets_beside(rows, y, "ProfileRegressor.fit"), y_numeric=True, estimator=self)
        target = target.astype(float)
        self.purpose_ = purpose_of(X)
        self._seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        folds = self._folds(rows)
        names = ("boosting", "linear") if self.model == "blend" else (self.model,)
        self.share_ = self._share(rows, target, folds) if self.model == "blend" else float(self.model == "boosting")
        self.models_ = {name: self._fitted(name, rows, target) for name in names}
        self.range_ = float(target.min()), float(target.max())
        self.intervals_ = None
        if self.coverage is not None:
            self.intervals_ = ConformalQuantiles(self.coverage, self.max_iter, self._seed).fit(rows, target, folds)
        self.n_iter_ = self.max_iter
        return self

    def predict(self, X: Any) -> Floats:
        """Expected amounts of shape (n_customers,)."""
        check_is_fitted(self, "models_")
        check_use(self, X)
        return self._mean(profile_rows(self, X, reset=False))

    def predict_interval(self, X: Any) -> pd.DataFrame:
        """Where each customer's amount will be, in the stated share of cases.

        Returns
        -------
        DataFrame, indexed by customer_id
            lower, predicted (the mean, which may lie outside where amounts are very skew), upper. Bounds are infinite
            where fewer customers were learnt from than 1 / (1 - coverage).

        Raises
        ------
        NotFittedError
            Not fitted, or fitted with coverage=None.
        """
        check_is_fitted(self, "models_")
        check_use(self, X)
        if self.intervals_ is None:
            raise NotFittedError("ProfileRegressor was fitted with coverage=None. Set coverage=0.9 and fit it again.")
        rows = profile_rows(self, X, reset=False)
        lower, upper = self.intervals_.bounds(rows)
        return pd.DataFrame({"lower": lower, "predicted": self._mean(rows), "upper": upper}, index=rows.index)

    def _mean(self, rows: pd.DataFrame) -> Floats:
        found = {name: each.predict(rows) for name, each in self.models_.items()}
        shares = {"boosting": self.share_, "linear": 1 - self.share_}
        return np.clip(np.sum([shares[name] * each for name, each in found.items()], axis=0), *self.range_)

    def _fitted(self, name: str, rows: pd.DataFrame, y: Floats) -> Pipeline:
        if name == "linear":
            return linear(rows, y, "regression")
        return boosted(rows, y, "regression", max_iter=self.max_iter, random_state=self._seed)

    def _folds(self, rows: pd.DataFrame) -> list[NDArray[np.intp]]:
        groups = customers_of(rows)
        most = len(rows) if groups is None else len(np.unique(groups))
        if most < 2:
            raise DataError(
                "ProfileRegressor.fit: there is one customer only (1 sample), so nothing can be held out. Give at "
                "least two, and a hundred for intervals worth having."
            )
        kind = KFold if groups is None else GroupKFold
        splits = kind(min(self.n_folds, most), shuffle=True, random_state=self._seed)
        return [held for _, held in splits.split(rows, groups=groups)]

    def _share(self, rows: pd.DataFrame, y: Floats, folds: list[NDArray[np.intp]]) -> float:
        """The part of boosting with the least squared error on rows left out."""
        found = {name: np.empty(len(y)) for name in ("boosting", "linear")}
        for held in folds:
            seen = np.setdiff1d(np.arange(len(y)), held)
            for name in found:
                found[name][held] = self._fitted(name, rows.iloc[seen], y[seen]).predict(rows.iloc[held])
        boosting, ridge = found["boosting"], found["linear"]
        errors = [float(((share * boosting + (1 - share) * ridge - y) ** 2).mean()) for share in SHARES]
        return float(SHARES[int(np.argmin(errors))])
