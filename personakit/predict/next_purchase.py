"""When will she buy next: time to the next purchase with censoring, by survival regression on profiles."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from personakit.errors import DataError, MissingExtraError, NotFittedError, ParameterError, some
from personakit.predict.beta_geo import BetaGeoModel
from personakit.predict.targets import labelled
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.settings import is_number, whole
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import by_customer
from personakit.profile.sources import day_of

__all__ = ["NEXT_PURCHASE_COLUMNS", "NextPurchase"]

Floats = NDArray[np.float64]

NEXT_PURCHASE_COLUMNS = (
    "recency_days", "order_days", "first_order_days", "tenure_days", "mean_inter_purchase_days", "orders_90d",
    "mean_order_value", "n_visits", "last_visit_days", "visits_30d", "engagement_trend", "n_baskets",
    "last_support_days", "email_click_rate", "mean_discount", "return_rate", "mean_rating",
)  # fmt: skip
"""Columns of profiles that are used by default, those of them that are there."""

_FITTERS = {
    "weibull": "WeibullAFTFitter", "lognormal": "LogNormalAFTFitter", "loglogistic": "LogLogisticAFTFitter",
    "cox": "CoxPHFitter",
}  # fmt: skip


class NextPurchase(BaseEstimator):
    """Days from a day to the next purchase of each customer, by lifelines' survival regression.

    Customers who had not bought by the end of the window are censored: all that is known is that it takes them longer.
    Covariates are normal scores of the profile's numbers (`ProfileEncoder`), gaps filled and marked. Some customers
    never come back, which these models do not know: beyond the window their chances are extrapolated, and for long
    times BG/NBD, which knows of drop-out, is the better guide.

    Parameters
    ----------
    model : {"lognormal", "weibull", "loglogistic", "cox"}
        Accelerated failure time by distribution, or proportional hazards (which says nothing beyond the window).
        On Larkspur's last window before the end their Brier scores are 0.1445, 0.1458, 0.1446 and 0.1460.
    window_days : int, default 90
        For how long customers are followed.
    columns : sequence of str, optional
        Columns of the profiles; by default those of NEXT_PURCHASE_COLUMNS that are there.
    penalizer : float, default 0.01
        Of lifelines: keeps coefficients of like columns finite.

    Attributes
    ----------
    model_ : lifelines' fitted model, with its `print_summary` and `summary`
    comparison_ : DataFrame or None
        From tables: the model and BG/NBD on the last window, which neither has learnt from. Rows survival and bg_nbd;
        columns concordance (of the chance of buying with the times, 0.5 is chance), brier, expected and actual (share
        that buys within the window).
    n_customers_, n_purchases_ : int
    purpose_ : str or None

    References
    ----------
    C. Davidson-Pilon (2019), "lifelines: survival analysis in Python", Journal of Open Source Software 4(40).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> people = pd.DataFrame({"customer_id": range(500), "recency_days": rng.uniform(1, 100, 500)})
    >>> days = pd.Series(rng.exponential(people["recency_days"]))  # who bought lately will buy soon
    >>> model = NextPurchase(window_days=60).fit(people, days.where(days <= 60))
    >>> chance = model.probability_within(people, 30)
    >>> bool(chance[people["recency_days"].idxmin()] > chance[people["recency_days"].idxmax()])
    True
    """

    model_: Any
    comparison_: pd.DataFrame | None
    n_customers_: int
    n_purchases_: int
    purpose_: str | None

    def __init__(
        self,
        model: Literal["weibull", "lognormal", "loglogistic", "cox"] = "lognormal",
        window_days: int = 90,
        *,
        columns: Sequence[str] | None = None,
        penalizer: float = 0.01,
    ) -> None:
        self.model = model
        self.window_days = window_days
        self.columns = columns
        self.penalizer = penalizer

    def fit(self, X: Any, y: Any) -> NextPurchase:
        """Learn from tables up to a day, or from profiles and the days until their customers bought.

        Parameters
        ----------
        X : mapping of canonical tables or what the gate released of one, or profiles
        y : day, or array of shape (n_customers,)
            With tables: as_of, the last day that is used. With profiles: days to the next purchase, missing where there
            was none within the window (`targets(...).days_to_next_order`).

        Raises
        ------
        MissingExtraError
            lifelines is not installed.
        DataError
            Nobody bought within the window; days that are no times; a history shorter than two windows.
        ParameterError
            A setting that does not exist.
        """
        self._check_settings()
        _lifelines()
        self.purpose_, self.comparison_ = purpose_of(X), None
        if isinstance(y, (pd.Series, np.ndarray, list, tuple)):
            return self._learn(by_customer(X), y)
        end = day_of(y)
        window = timedelta(days=self.window_days)
        before, came = labelled(X, end - window, self.window_days, recorded_until=end)
        first = int(before["first_order_days"].max()) if before["first_order_days"].notna().any() else 0
        if first < self.window_days + 14:
            raise DataError(
                f"window_days={self.window_days}, but purchases before {end - window} go back {first} days only: two "
                "windows are needed, one to learn and one to compare. Give a shorter window_days, or a later as_of."
            )
        earlier, then = labelled(X, end - 2 * window, self.window_days, recorded_until=end)
        self._learn(earlier, then["days_to_next_order"])
        self.comparison_ = self._compared(before, came["days_to_next_order"].to_numpy(dtype=float))
        return self._learn(before, came["days_to_next_order"])

    def probability_within(self, profiles: Any, days: float) -> pd.Series:
        """The chance of a purchase within so many days, by customer: a Series named "probability"."""
        if not is_number(days) or not 0 < days < np.inf:
            raise ParameterError(f"probability_within(days={days!r}): give a number of days above 0.")
        if self.model == "cox" and days > self.window_days:
            raise ParameterError(
                f"probability_within(days={days!r}): Cox's model says nothing beyond its window of {self.window_days} "
                "days. Use model='lognormal', or a longer window_days."
            )
        matrix = self._covariates(profiles)
        still = self.model_.predict_survival_function(matrix, times=[float(days)]).to_numpy()[0]
        return pd.Series(1 - still, index=matrix.index, name="probability")

    def median_days(self, profiles: Any) -> pd.Series:
        """Days by which half of such customers have bought: a Series named "median_days"; infinite where never."""
        matrix = self._covariates(profiles)
        found = np.asarray(self.model_.predict_median(matrix), dtype=float).ravel()
        return pd.Series(np.where(np.isnan(found), np.inf, found), index=matrix.index, name="median_days")

    def _learn(self, frame: pd.DataFrame, days: ArrayLike) -> NextPurchase:
        waited = _days(days, frame, self.window_days)
        bought = np.isfinite(waited)
        if not bought.any():
            raise DataError(
                f"None of the {len(frame)} customers bought within {self.window_days} days, so nothing can be learnt "
                "of when they do. Give a longer window_days."
            )
        chosen = list(self.columns or [name for name in NEXT_PURCHASE_COLUMNS if name in frame.columns])
        if not chosen:
            raise DataError(
                f"profiles has none of the columns {some(NEXT_PURCHASE_COLUMNS)} (it has {some(frame.columns, 6)}). "
                "Name those to use: NextPurchase(columns=[...])."
            )
        if absent := [name for name in chosen if name not in frame.columns]:
            raise _absent(absent, frame)
        self._encoder = ProfileEncoder(numbers="ranks", categories="onehot", missing="fill").fit(frame[chosen])
        matrix = self._matrix(frame)
        # Columns that are the same for these customers, or twins of others, would leave no unique answer.
        kept = matrix.loc[:, matrix.std() > 0].T.drop_duplicates().index
        self._columns = list(kept)
        table = matrix[self._columns].assign(
            waited=np.where(bought, np.maximum(waited, 0.5), self.window_days + 0.5), bought=bought
        )
        self.model_ = getattr(_lifelines(), _FITTERS[self.model])(penalizer=self.penalizer)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # lifelines on the pandas of today, and on rare marks of gaps
            self.model_.fit(table, duration_col="waited", event_col="bought")
        self.n_customers_, self.n_purchases_ = len(frame), int(bought.sum())
        return self

    def _compared(self, profiles: pd.DataFrame, waited: Floats) -> pd.DataFrame:
        bought = np.isfinite(waited)
        ends = np.where(bought, waited, self.window_days + 1)
        known = BetaGeoModel().fit(profiles)
        nothing = known.probability_of_n_purchases(0, self.window_days, frequency=profiles)
        never = profiles["first_order_days"].isna().to_numpy()
        # BG/NBD has nothing to say of those who never bought: compared are the others.
        chances = {
            "survival": self.probability_within(profiles, self.window_days).to_numpy()[~never],
            "bg_nbd": (1 - nothing).to_numpy()[~never],
        }
        rows = {
            name: {
                "concordance": _lifelines().utils.concordance_index(ends[~never], -chance, bought[~never]),
                "brier": np.mean((chance - bought[~never]) ** 2),
                "expected": chance.mean(),
                "actual": bought[~never].mean(),
            }
            for name, chance in chances.items()
        }
        return pd.DataFrame(rows).T.rename_axis("forecast")

    def _matrix(self, frame: pd.DataFrame) -> pd.DataFrame:
        used = list(self._encoder.feature_names_in_)
        if absent := [name for name in used if name not in frame.columns]:
            raise _absent(absent, frame)
        names = self._encoder.get_feature_names_out()
        return pd.DataFrame(self._encoder.transform(frame[used]), index=frame.index, columns=names)

    def _covariates(self, profiles: Any) -> pd.DataFrame:
        if not hasattr(self, "model_"):
            raise NotFittedError("This NextPurchase has not learnt anything yet. Call fit(tables, as_of) first.")
        check_use(self, profiles)
        return self._matrix(by_customer(profiles))[self._columns]

    def _check_settings(self) -> None:
        if self.model not in _FITTERS:
            raise ParameterError(f"NextPurchase(model={self.model!r}): give one of {', '.join(_FITTERS)}.")
        whole("window_days", self.window_days, where="NextPurchase", why=", for how long customers are followed")
        if not is_number(self.penalizer) or self.penalizer < 0:
            raise ParameterError(f"NextPurchase(penalizer={self.penalizer!r}): give a number from 0.")


def _absent(absent: list[str], frame: pd.DataFrame) -> DataError:
    return DataError(
        f"profiles has no column {some(map(repr, absent))} (it has {some(frame.columns, 6)}). Give profiles with the "
        "columns that the model is fitted on."
    )


def _lifelines() -> Any:
    try:
        import lifelines
        import lifelines.utils
    except ImportError as problem:
        raise MissingExtraError.of("lifelines", "survival", "NextPurchase") from problem
    return lifelines


def _days(days: ArrayLike, frame: pd.DataFrame, window: int) -> Floats:
    if isinstance(days, pd.Series) and frame.index.name == days.index.name == "customer_id":
        days = days.reindex(frame.index)
    try:
        found = np.asarray(days, dtype=float)
    except (TypeError, ValueError) as problem:
        raise DataError(
            f"y does not hold numbers of days ({some(np.ravel(np.asarray(days, dtype=object)))})."
        ) from problem
    if found.shape != (len(frame),):
        raise DataError(f"y has shape {found.shape} for {len(frame)} customers. Give the days of each.")
    wrong = np.isinf(found) | (found < 0) | (found > window)
    if wrong.any():
        raise DataError(
            f"y has {int(wrong.sum())} values that are infinite, negative or beyond window_days={window} "
            f"({some(found[wrong])}). Put a missing value where nothing was bought within the window."
        )
    return found
