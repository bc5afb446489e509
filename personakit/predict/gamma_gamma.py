"""Gamma-Gamma: what a customer's purchases are worth on average, drawn towards everybody's where little is known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, digamma
from scipy.stats import spearmanr
from sklearn.base import BaseEstimator

from personakit.errors import DataError, NotFittedError, some
from personakit.predict.likelihood import likelihood_peak
from personakit.privacy.binding import check_use, purpose_of
from personakit.profile.frames import by_customer

__all__ = ["GammaGammaModel"]

Floats = NDArray[np.float64]

NAMES = ("p", "q", "v")
LOOSE = 0.3  # a correlation of frequency and value that still passes for none


class GammaGammaModel(BaseEstimator):
    """Values of single purchases vary around a customer's mean, and means vary among customers (Gamma-Gamma).

    A purchase is worth Gamma(p, nu), and nu is Gamma(q, v) among customers. A customer's mean value of x purchases is
    drawn towards the mean of all, the less the larger x is. The model takes it that how often somebody buys says
    nothing of how much: `independence_` says how far that holds, and `fit` warns where it does not.

    Attributes
    ----------
    p_, q_, v_ : float
        v_ in money. The mean value among all customers is p_ v_ / (q_ - 1), where q_ > 1; else it has no end.
    log_likelihood_ : float
    summary_ : DataFrame with index p, q, v and columns value, standard_error, low, high
    correlation_ : float, of frequency and mean value among the customers of the fit
    independence_ : str, what it means, in words
    converged_, n_customers_, purpose_ : as in `BetaGeoModel`

    References
    ----------
    P. S. Fader and B. G. S. Hardie (2013), "The Gamma-Gamma Model of Monetary Value".

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.integers(1, 9, 5000)
    >>> mean = rng.gamma(6 * x) / (x * rng.gamma(4, 1 / 15, 5000))
    >>> GammaGammaModel().fit(x, mean).expected_value([0, 1, 50], [np.nan, 90.0, 90.0]).round(-1).tolist()
    [30.0, 70.0, 90.0]
    """

    p_: float
    q_: float
    v_: float
    log_likelihood_: float
    summary_: pd.DataFrame
    correlation_: float
    independence_: str
    converged_: bool
    n_customers_: int
    purpose_: str | None

    def fit(self, frequency: Any, monetary_value: ArrayLike | None = None) -> GammaGammaModel:
        """Find the most likely parameters; customers with frequency 0 are left out.

        Parameters
        ----------
        frequency : int array of shape (n_customers,), or a frame or what the gate released
            Purchases that the mean is of. A frame has both columns (`purchase_summary`: repeat purchases and their mean
            value, as in the paper), or is one of profiles: then all days with an order count, the first too, and
            monetary / order_days is their value. Profiles whose returns have eaten up all money are left out.
        monetary_value : array of shape (n_customers,)
            Mean value of these purchases, above 0.

        Raises
        ------
        DataError
            Missing, infinite or negative values, or fewer than 5 customers with a purchase.
        """
        rows = _values(frequency, monetary_value, learning=True)
        rows = rows[rows["frequency"] > 0]
        if len(rows) < 5:
            raise DataError(
                f"n_samples={len(rows)} customers with a purchase of known value are too few for Gamma-Gamma (from "
                "purchase_summary, only those with a repeat purchase count). Give at least 5, better some hundreds."
            )
        x, mean = rows["frequency"].to_numpy(), rows["monetary_value"].to_numpy()
        scale = float(mean.mean())
        peak = likelihood_peak(lambda theta: _log_likelihood(theta, x, mean / scale), 3, times=np.ones(len(x)))
        if not peak.converged:
            warnings.warn(
                f"The likelihood of Gamma-Gamma has no clear peak on these {len(x)} customers ({peak.runaway(NAMES)} "
                "run away), as where all spend alike: do not read the parameters.",
                stacklevel=2,
            )
        self.summary_ = peak.table(NAMES, (1, 1, scale))
        self.p_, self.q_, self.v_ = (float(each) for each in self.summary_["value"])
        self.log_likelihood_ = float(_log_likelihood(peak.theta, x, mean / scale)[0].sum() - len(x) * np.log(scale))
        self.converged_, self.n_customers_, self.purpose_ = peak.converged, len(x), purpose_of(frequency)
        self.correlation_, self.independence_ = _independence(x, mean)
        if self.independence_.startswith("Not"):
            warnings.warn(self.independence_, stacklevel=2)
        return self

    def expected_value(self, frequency: Any, monetary_value: ArrayLike | None = None) -> Any:
        """The mean value to expect of a customer's purchases.

        Parameters
        ----------
        frequency, monetary_value : as in `fit`
            Where frequency is 0, the value is not looked at, and the mean of all customers is the answer.

        Returns
        -------
        Series of shape (n_customers,), named "expected_value", with the index of the frame; a float for one customer
        """
        if not hasattr(self, "p_"):
            raise NotFittedError(
                "This GammaGammaModel has no parameters yet. Call fit(frequency, monetary_value) first."
            )
        check_use(self, frequency)
        rows = _values(frequency, monetary_value, learning=False)
        x = rows["frequency"].to_numpy()
        spent = np.where(x > 0, x * rows["monetary_value"].to_numpy(), 0.0)
        with np.errstate(divide="ignore"):
            below = self.p_ * x + self.q_ - 1
            found = np.where(below > 0, self.p_ * (self.v_ + spent) / below, np.inf)
        if np.isscalar(frequency):
            return float(found[0])
        return pd.Series(found, index=rows.index, name="expected_value")


def _log_likelihood(theta: Floats, x: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Equation 1a of the note in logarithms that cannot overflow, and the gradient by ln p, ln q, ln v."""
    p, q, v = np.exp(theta)
    whole = v + x * mean
    of_spent, of_v = np.log(x * mean) - np.log(whole), np.log(v) - np.log(whole)
    value = p * x * of_spent + q * of_v - betaln(p * x, q) - np.log(mean)
    both = digamma(p * x + q)
    slope = np.stack(
        [
            p * x * (both - digamma(p * x) + of_spent),
            q * (both - digamma(q) + of_v),
            q - (p * x + q) * v / whole,
        ]
    )
    return value, slope


def _independence(x: Floats, mean: Floats) -> tuple[float, str]:
    if np.ptp(x) == 0 or np.ptp(mean) == 0:
        return np.nan, "All customers have the same frequency or value: whether the two go together cannot be told."
    pearson, ranks = float(np.corrcoef(x, mean)[0, 1]), float(spearmanr(x, mean).statistic)
    figures = f"frequency and mean value correlate by {pearson:.2f} (ranks: {ranks:.2f})"
    if max(abs(pearson), abs(ranks)) <= LOOSE:
        return pearson, f"Nearly independent: {figures}, as Gamma-Gamma supposes."
    whom = "too little" if ranks > 0 else "too much"
    return pearson, (
        f"Not independent: {figures}, but Gamma-Gamma supposes that they do not. It expects {whom} of those who have "
        "bought seldom so far and come often later; compare with a model that learns both, LifetimeValue('boosted')."
    )


def _values(frequency: Any, monetary_value: Any, learning: bool) -> pd.DataFrame:
    """Frequency and mean value in floats, checked."""
    profiles = False
    if monetary_value is None:
        frame = by_customer(frequency)
        profiles = "monetary_value" not in frame.columns
        needed = ("order_days", "monetary") if profiles else ("frequency", "monetary_value")
        if absent := [name for name in needed if name not in frame.columns]:
            raise DataError(
                f"The table has no column {', '.join(absent)} (it has {some(frame.columns, 6)}). Give frequency and "
                "monetary_value, as pk.predict.purchase_summary makes them, or profiles with order_days and monetary."
            )
        x, value = (pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan) for name in needed)
        index = frame.index
        if profiles:
            value = np.divide(value, x, out=np.full(len(x), np.nan), where=x > 0)
            value = np.where(x > 0, np.maximum(value, 0.0), np.nan)
            x = np.where((value == 0) & learning, 0.0, x)
    else:
        x, value = (np.atleast_1d(np.asarray(each, dtype=float)) for each in (frequency, monetary_value))
        if x.ndim > 1 or x.shape != value.shape:
            raise DataError(f"frequency and monetary_value have shapes {x.shape} and {value.shape}. Give two lists.")
        index = frequency.index if isinstance(frequency, pd.Series) else pd.RangeIndex(len(x))
    found = pd.DataFrame({"frequency": x, "monetary_value": value}, index=index)
    low = (value < 0) if profiles else (value <= 0)
    trouble = (
        (~np.isfinite(x) | (x < 0) | (x != np.floor(x)), "a frequency that is no whole number from 0"),
        ((x > 0) & ~np.isfinite(value), "purchases without a finite value"),
        ((x > 0) & low, "a value of 0 or less"),
    )
    for wrong, what in trouble:
        if wrong.any():
            shown = [
                f"{row.Index}: {row.frequency:g}, {row.monetary_value:g}" for row in found[wrong].head(3).itertuples()
            ]
            raise DataError(
                f"{int(wrong.sum())} of {len(found)} customers have {what} (frequency, value of {'; '.join(shown)}). "
                "Give the mean money of their purchases, returns not taken off, or drop them."
            )
    return found
