"""The peak of a likelihood, whether it is one, and how sharp it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import norm

__all__ = ["Peak", "likelihood_peak"]

Floats = NDArray[np.float64]

FAR = 12.0  # |ln parameter|, in units in which the data are about 1: so far out, the likelihood is flat


@dataclass(frozen=True)
class Peak:
    """Logarithms of the parameters, whether they are a peak, and their standard errors (missing where they are not)."""

    theta: Floats
    converged: bool
    spread: Floats

    def runaway(self, names: Sequence[str]) -> str:
        """The parameters that went far off, for a warning."""
        far = [name for name, each in zip(names, self.theta, strict=True) if abs(each) > FAR / 2]
        return ", ".join(far) or "the parameters"

    def table(self, names: Sequence[str], units: Sequence[float]) -> pd.DataFrame:
        """One row a parameter: value, standard_error (delta method), and low and high of 95 % intervals in the log."""
        value = np.exp(self.theta) * np.asarray(units)
        bound = norm.ppf(0.975) * self.spread
        return pd.DataFrame(
            {
                "value": value,
                "standard_error": value * self.spread,
                "low": value * np.exp(-bound),
                "high": value * np.exp(bound),
            },
            index=pd.Index(names, name="parameter"),
        )


def likelihood_peak(
    log_likelihood: Callable[[Floats], tuple[Floats, Floats]], n_parameters: int, *, times: Floats
) -> Peak:
    """Maximise a likelihood over logarithms of positive parameters, from 1 each.

    Parameters
    ----------
    log_likelihood : function of theta of shape (k,) to the values of shape (n,) and the gradients of shape (k, n)
    n_parameters : int, k
    times : array of shape (n,), how often each row counts

    Examples
    --------
    >>> data = np.array([0.5, 1.5, 4.0])  # exponential: the rate is 1 over the mean
    >>> def exponential(t):
    ...     return t[0] - np.exp(t[0]) * data, (1 - np.exp(t) * data)[None]
    >>> peak = likelihood_peak(exponential, 1, times=np.ones(3))
    >>> float(np.exp(peak.theta[0]).round(6)), float(peak.spread[0].round(4)), peak.converged
    (0.5, 0.5774, True)
    """
    total = float(times.sum())
    share = times / total

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, slope = log_likelihood(theta)
        return -float(share @ value), -(slope @ share)

    limits = [(-FAR, FAR)] * n_parameters
    found = minimize(loss, np.zeros(n_parameters), jac=True, method="L-BFGS-B", bounds=limits, options={"maxiter": 500})
    theta = found.x
    curved = _curvature(loss, theta)
    for _ in range(
        5
    ):  # L-BFGS-B stops at six digits; Newton's steps bring the rest, so that no unit makes a difference
        value, slope = loss(theta)
        if np.abs(slope).max() < 1e-12 or np.linalg.eigvalsh(curved)[0] <= 1e-9:
            break
        step = theta - np.linalg.solve(curved, slope)
        if np.abs(step).max() > FAR or loss(step)[0] > value:
            break
        theta, curved = step, _curvature(loss, step)
    peak = np.abs(loss(theta)[1]).max() < 1e-6 and np.abs(theta).max() < FAR - 1e-6
    if not peak or np.linalg.eigvalsh(curved)[0] <= 1e-9:
        return Peak(theta, False, np.full(n_parameters, np.nan))
    return Peak(theta, True, np.sqrt(np.diag(np.linalg.inv(curved)) / total))


def _curvature(loss: Callable[[Floats], tuple[float, Floats]], theta: Floats, step: float = 1e-4) -> Floats:
    """The Hessian, by differences of the exact gradient."""
    moves = np.eye(len(theta)) * step
    found = np.stack([(loss(theta + move)[1] - loss(theta - move)[1]) / (2 * step) for move in moves])
    return (found + found.T) / 2
