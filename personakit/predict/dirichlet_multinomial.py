"""Counts of choices smoothed towards the shop's, with the strength that makes what was seen most likely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import digamma, gammaln

__all__ = [
    "fit_dirichlet_multinomial",
    "moved_to_last",
    "shop_shares",
    "smoothed",
    "trace_weights",
    "weight_of_last",
]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


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


def shop_shares(y: Places, n_classes: int) -> Floats:
    """Shares of the classes in y, half a choice added to each."""
    counts = np.bincount(y, minlength=n_classes) + 0.5
    return counts / counts.sum()


def smoothed(traces: Floats, w: Floats, shop: Floats) -> Floats:
    """(shop + sum of w_k traces_k) / its sum, for traces of shape (n_kinds, n_customers, n_classes)."""
    own = np.tensordot(w, traces, axes=1) + shop
    return own / own.sum(axis=1, keepdims=True)


def trace_weights(traces: Floats, y: Places, shop: Floats) -> Floats:
    """Weights of the kinds of traces, in units of the shop's (s = 1), that make what was bought next most likely."""
    hit = traces[:, np.arange(len(y)), y]
    all_of = traces.sum(axis=2)

    def loss(theta: Floats) -> tuple[float, Floats]:
        w = np.exp(theta)
        top, bottom = shop[y] + w @ hit, 1 + w @ all_of
        slope = w * ((all_of / bottom).mean(axis=1) - (hit / top).mean(axis=1))
        return float((np.log(bottom) - np.log(top)).mean()), slope

    begin = np.full(len(traces), -2.0)
    return np.exp(minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=[(-14.0, 9.0)] * len(begin)).x)


def moved_to_last(last: Places, shop: Floats, repeats: float) -> Floats:
    """The shop's shares, with a part of the whole moved to what was last bought."""
    p = np.tile(shop, (len(last), 1))
    some_last = np.flatnonzero(last >= 0)
    p[some_last] *= 1 - repeats
    p[some_last, last[some_last]] += repeats
    return p


def weight_of_last(last: Places, y: Places, shop: Floats) -> float:
    """The share to be moved to what was last bought that makes what was bought next most likely."""
    rows = np.arange(len(y))
    found = minimize_scalar(
        lambda share: -np.log(moved_to_last(last, shop, share)[rows, y]).mean(), bounds=(0.0, 0.999), method="bounded"
    )
    return float(found.x)
