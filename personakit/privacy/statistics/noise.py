"""Noise for private statistics: whole numbers from OpenDP's exact sampler, and how far off they put an answer.

Laplace noise drawn in floating point gives the answer away by its last bits (Mironov 2012). Every answer here is
therefore made of whole numbers (counts, and sums on a fixed grid), to which OpenDP adds the discrete Laplace, sampled
exactly (Canonne, Kamath and Steinke 2020). It cannot be seeded, and should not: who repeats the noise takes it off.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from personakit.errors import MissingExtraError

__all__ = [
    "add_laplace",
    "discrete_laplace",
    "laplace_accuracy",
    "laplace_scale",
    "released_counts",
    "shares_between",
    "threshold_for",
    "weighted_laplace_accuracy",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def opendp() -> Any:
    """OpenDP with the features that these mechanisms need, or the error that says how to install it.

    Raises
    ------
    MissingExtraError
        OpenDP is not installed.
    """
    try:
        import opendp.prelude as prelude
    except ImportError as missing:
        raise MissingExtraError.of("opendp", "privacy", "PrivateStatistics") from missing
    prelude.enable_features("contrib")  # OpenDP's switch for mechanisms with a proof but without its review
    return prelude


def laplace_scale(sensitivity: int, epsilon: float) -> float:
    """The least scale at which whole numbers that one person moves by `sensitivity` in all are epsilon-private.

    >>> laplace_scale(1, 0.5)
    2.0
    """
    return sensitivity / epsilon


def add_laplace(
    values: ArrayLike, *, sensitivity: int, epsilon: float, rng: np.random.Generator | None = None
) -> tuple[Ints, float]:
    """Whole numbers with discrete Laplace noise: OpenDP's, or with a generator NumPy's, which protects nobody.

    Parameters
    ----------
    values : int array of shape (n,)
        The exact answers.
    sensitivity : int
        The most by which one person changes all of them together (L1).
    epsilon : float
        What the answers may cost.
    rng : Generator, optional
        Seeded noise of the same distribution, for teaching and tests.

    Returns
    -------
    noisy : int64 array of shape (n,)
    scale : float
        Of the noise: P(k) is proportional to exp(-|k| / scale).
    """
    exact = np.asarray(values, dtype=np.int64)
    scale = laplace_scale(sensitivity, epsilon)
    if rng is not None:
        return exact + discrete_laplace(scale, exact.shape, rng), scale
    dp = opendp()
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    mechanism = dp.m.make_laplace(*space, scale=scale)
    while mechanism.map(sensitivity) > epsilon:  # OpenDP rounds the cost up by the last bit
        scale = math.nextafter(scale, math.inf)
        mechanism = dp.m.make_laplace(*space, scale=scale)
    return np.array(mechanism([int(value) for value in exact]), dtype=np.int64), scale


def discrete_laplace(scale: float, size: int | tuple[int, ...], rng: np.random.Generator) -> Ints:
    """Seeded draws of the discrete Laplace as the difference of two geometrics: not private, for teaching and tests.

    >>> discrete_laplace(2.0, 5, np.random.default_rng(0)).shape
    (5,)
    """
    stop = -math.expm1(-1 / scale)
    return np.asarray(rng.geometric(stop, size) - rng.geometric(stop, size), dtype=np.int64)


def laplace_accuracy(scale: float, confidence: float = 0.95) -> int:
    """The least whole number that discrete Laplace noise exceeds with probability at most 1 - confidence.

    From P(|X| > k) = 2 a^(k+1) / (1 + a) with a = exp(-1 / scale).

    >>> laplace_accuracy(2.0)
    6
    """
    a = math.exp(-1 / scale)
    k = max(0, math.ceil(scale * math.log(2 / ((1 - confidence) * (1 + a))) - 1))
    while k > 0 and 2 * a**k / (1 + a) <= 1 - confidence:  # the logarithm's last bit may be off by one
        k -= 1
    return k if 2 * a ** (k + 1) / (1 + a) <= 1 - confidence else k + 1


def weighted_laplace_accuracy(scale: float, first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Floats:
    """What |first X - second Y| exceeds with probability 1 - confidence, X and Y Laplace noise of that scale.

    With b and c the two scales, P(|.| > t) = (b² exp(-t/b) - c² exp(-t/c)) / (b² - c²), and exp(-t/b) (1 + t/2b) where
    they are equal; solved by bisection.

    >>> round(float(weighted_laplace_accuracy(1.0, 1.0, 0.0)), 3)  # one Laplace alone: log 20
    2.996
    """
    b, c = np.broadcast_arrays(scale * np.abs(first), scale * np.abs(second))
    b, c = np.maximum(b, c).astype(float), np.minimum(b, c).astype(float)
    equal = (b - c) < 1e-6 * b
    low, high = np.zeros_like(b), b * (2 * math.log(1 / (1 - confidence)) + 10)
    for _ in range(60):
        middle = (low + high) / 2
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            single = np.exp(-middle / b) * (1 + middle / (2 * b))
            smaller = np.where(c > 0, c**2 * np.exp(-middle / c), 0.0)
            tail = np.where(equal, single, (b**2 * np.exp(-middle / b) - smaller) / (b**2 - c**2))
        above = tail > 1 - confidence
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.asarray(high)


def shares_between(above: Ints, below: Ints, scale: float, confidence: float) -> tuple[Floats, Floats, Floats]:
    """The share A / (A + B) in [0, 1] of each group and the ends of its interval, from the noisy sums A and B.

    The interval holds every share m with |(1 - m) A - m B| no more than what noise alone exceeds at 1 - confidence.

    >>> [round(float(part[0]), 3) for part in shares_between(np.array([300]), np.array([700]), 1.0, 0.95)]
    [0.3, 0.298, 0.302]
    """
    total = above + below
    share = np.clip(np.where(total > 0, above / np.where(total > 0, total, 1), 0.5), 0.0, 1.0)
    grid, reach = _reach_by_share(confidence)
    reach = scale * reach
    lowest, highest = np.empty_like(share), np.empty_like(share)
    for group, (a, b) in enumerate(zip(above, below, strict=True)):
        low, high = 0.0, 1.0
        for _ in range(3):  # each time within the ends found before, so that an interval in 10,000 people is fine too
            points = np.linspace(low, high, len(grid))
            inside = points[np.abs((1 - points) * a - points * b) <= np.interp(points, grid, reach)]
            found = (inside[0], inside[-1]) if len(inside) else (share[group], share[group])
            step = (high - low) / (len(grid) - 1)
            low, high = max(0.0, found[0] - step), min(1.0, found[1] + step)
        lowest[group], highest[group] = low, high
    return share, lowest, highest


@lru_cache(maxsize=8)
def _reach_by_share(confidence: float) -> tuple[Floats, Floats]:
    """What |(1 - m) X - m Y| exceeds with probability 1 - confidence at scale 1, on a grid of m."""
    grid = np.linspace(0.0, 1.0, 2001)
    return grid, weighted_laplace_accuracy(1.0, 1 - grid, grid, confidence)


def threshold_for(scale: float, delta: float, max_rows: int) -> int:
    """The count below which a category is kept back, so that one which a single person opens shows with delta at most.

    A person with `max_rows` rows opens at most so many categories with at most so many rows in each, and a category
    that only she opens passes where the noise lifts it from `max_rows` to the threshold or above.

    >>> threshold_for(1.0, 1e-6, 1)
    15
    """
    a = math.exp(-1 / scale)
    # P(X >= t - max_rows) = a^(t - max_rows) / (1 + a); a union over the categories that she may open.
    return (
        max_rows + math.ceil(scale * math.log(max_rows / (delta * (1 + a)))) if delta < max_rows / 2 else max_rows + 1
    )


def released_counts(
    counts: pd.Series, *, max_rows: int, epsilon: float, delta: float, rng: np.random.Generator | None = None
) -> tuple[pd.Series, float, int]:
    """Noisy counts of categories that the data name, those alone that reach a threshold (Korolova et al. 2009).

    Parameters
    ----------
    counts : int Series by category (str)
        Exact counts, none of them 0.
    max_rows : int
        Rows that one person has in them at most.
    epsilon, delta : float
        What the answer may cost.

    Returns
    -------
    released : int Series by category, sorted by category
    scale : float
        Of the noise.
    threshold : int
    """
    scale = laplace_scale(max_rows, epsilon)
    if rng is not None:
        threshold = threshold_for(scale, delta, max_rows)
        noisy = counts + discrete_laplace(scale, len(counts), rng)
        return noisy[noisy >= threshold].sort_index(), scale, threshold
    dp = opendp()
    space = (
        dp.map_domain(dp.atom_domain(T=str), dp.atom_domain(T="i64")),
        dp.l01inf_distance(dp.absolute_distance(T="i64")),
    )
    distance = (max_rows, max_rows, max_rows)  # categories, rows in all, rows in one category
    while dp.m.make_laplace_threshold(*space, scale=scale, threshold=10**9).map(distance)[0] > epsilon:
        scale = math.nextafter(scale, math.inf)
    threshold = threshold_for(scale, delta, max_rows)
    while dp.m.make_laplace_threshold(*space, scale=scale, threshold=threshold).map(distance)[1] > delta:
        threshold += 1
    mechanism = dp.m.make_laplace_threshold(*space, scale=scale, threshold=threshold)
    answered = mechanism({str(name): int(count) for name, count in counts.items()})
    return pd.Series(answered, dtype="int64").sort_index(), scale, threshold
