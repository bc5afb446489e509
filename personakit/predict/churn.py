"""Who will not order again soon: from tables to a churn probability for each customer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from personakit.errors import DataError
from personakit.predict.classifier import ProfileClassifier
from personakit.predict.pipelines import targets_beside
from personakit.predict.splits import stacked
from personakit.predict.targets import labelled
from personakit.privacy.binding import purpose_of
from personakit.privacy.gate_permitted import Permitted, plain_frame
from personakit.privacy.settings import whole
from personakit.profile.frames import by_customer

__all__ = ["ChurnModel"]


class ChurnModel(BaseEstimator):
    """The probability that a customer who ordered before does not order within the horizon.

    Churn is defined by the horizon, as `targets` discusses: in trade without a contract, nobody sees a customer leave.
    Those who never ordered (frequency 0) cannot churn; they are no part of `fit`, and `predict` gives them no number.

    Parameters
    ----------
    horizon_days : int, default 90
    model : classifier, optional
        Any classifier with predict_proba that takes profiles; by default `ProfileClassifier`.
    random_state : int, RandomState or None
        Of the default model.

    Attributes
    ----------
    model_ : fitted classifier, of which class True is churn
    churned_share_ : float, among those learnt from
    n_customers_ : int, rows learnt from
    purpose_ : str or None, for which the gate released the data

    Examples
    --------
    >>> from personakit.profile import build_profiles
    >>> rng, n = np.random.default_rng(0), 1000
    >>> day = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 365, n)), "D")
    >>> lines = pd.DataFrame({"order_id": range(n), "customer_id": rng.geometric(0.01, n), "product_id": 1,
    ...                       "timestamp": day, "quantity": 1, "unit_price": 5.0})
    >>> model = ChurnModel(horizon_days=30, model=ProfileClassifier("logistic")).fit({"order_lines": lines})
    >>> chance = model.predict(build_profiles({"order_lines": lines}))
    >>> chance.name, chance.index.name, bool(chance.between(0, 1).all())
    ('churn_probability', 'customer_id', True)
    """

    model_: Any
    churned_share_: float
    n_customers_: int
    purpose_: str | None

    def __init__(self, horizon_days: int = 90, model: Any = None, *, random_state: Any = None) -> None:
        self.horizon_days = horizon_days
        self.model = model
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> ChurnModel:
        """Learn from tables as of a day, or from profiles and whether each customer churned.

        Parameters
        ----------
        X : mapping of canonical tables or what the gate released of one; or profiles, one row a customer
        y : for tables: a day, several days (their customers are stacked), or None for the latest that leaves the whole
            horizon. For profiles: whether she churned, as in `targets(...).churned`.

        Raises
        ------
        DataError
            The horizon goes beyond the tables; all of them churned, or nobody; nobody ever ordered.
        """
        whole("horizon_days", self.horizon_days, where="ChurnModel", why=", the days without an order")
        profiles, churned = self._labelled(X, y)
        if "frequency" in profiles.columns:
            ordered = (profiles["frequency"] > 0).to_numpy()
            if not ordered.any():
                raise DataError(
                    f"ChurnModel.fit: none of the {len(profiles)} customers has an order (frequency is 0), so nobody "
                    "can churn. Check the as_of date."
                )
            profiles, churned = profiles[ordered], churned[ordered]
        model = ProfileClassifier(random_state=self.random_state) if self.model is None else clone(self.model)
        self.model_ = model.fit(profiles, churned)
        self.purpose_ = purpose_of(X)
        self.n_customers_ = len(profiles)
        self.churned_share_ = float((churned == self.model_.classes_[1]).mean())
        return self

    def predict(self, X: Any) -> pd.Series:
        """The churn probability of each customer.

        Parameters
        ----------
        X : profiles with the columns of those learnt from

        Returns
        -------
        Series named "churn_probability", indexed by customer_id
            Missing for those who never ordered.

        Raises
        ------
        ConsentError
            The profiles were released for another purpose than those learnt from.
        """
        check_is_fitted(self, "model_")
        rows = by_customer(X)
        chance = pd.Series(float("nan"), index=rows.index, name="churn_probability")
        ordered = (rows["frequency"] > 0).to_numpy() if "frequency" in rows.columns else slice(None)
        if len(rows[ordered]):
            chance.loc[ordered] = self.model_.predict_proba(rows[ordered])[:, 1]
        return chance

    def _labelled(self, X: Any, y: Any) -> tuple[pd.DataFrame, NDArray[Any]]:
        several = isinstance(X, Permitted) and set(X.tables) != {"frame"}
        if not several and isinstance(plain_frame(X), pd.DataFrame):
            profiles = by_customer(X)
            if y is None:
                raise DataError(
                    "ChurnModel.fit: profiles alone do not say who churned. Give fit(profiles, churned), or the tables "
                    "and a day."
                )
            return profiles, np.asarray(targets_beside(profiles, y, "ChurnModel.fit"))
        if isinstance(y, (list, tuple, pd.DatetimeIndex)):
            profiles, after = stacked(X, y, self.horizon_days)
        else:
            profiles, after = labelled(X, y, self.horizon_days)
        return profiles, after["churned"].to_numpy()
