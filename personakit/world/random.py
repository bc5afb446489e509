"""Counter-based random numbers: every draw is a pure function of (seed, tag, indices).

A simulated customer must have the same luck whatever is done to her and whoever is simulated beside her. So nothing
here has a state: a draw is a hash of what it is for. Block size, row order and the number of customers cannot matter,
and a counterfactual shares all of its noise with history (common random numbers).

>>> key = Key(7, "visits")
>>> uniform(key.at([1, 2, 3], 14)).round(4).tolist() == uniform(key.at([3, 2, 1], 14)).round(4)[::-1].tolist()
True
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["Key", "beta", "choice", "exponential", "gamma", "gumbel", "integers", "normal", "pick", "uniform"]

Floats = NDArray[np.float64]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BITS30, _BITS27, _BITS31, _BITS11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


def _mix(state: Any) -> Any:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators")."""
    state = state ^ (state >> _BITS30)
    state = state * _FIRST
    state = state ^ (state >> _BITS27)
    state = state * _SECOND
    return state ^ (state >> _BITS31)


class Key:
    """A place to draw from: a seed and a tag, refined by integer indices with `at`.

    Parameters
    ----------
    seed : int
        The world's `random_state`.
    tag : str
        What the draw is for. Two tags never share a draw.
    """

    __slots__ = ("state",)

    def __init__(self, seed: int, tag: str) -> None:
        digest = blake2b(f"{seed}/{tag}".encode(), digest_size=8).digest()
        self.state: NDArray[np.uint64] = np.asarray(int.from_bytes(digest, "little"), dtype=np.uint64)

    def at(self, *indices: ArrayLike) -> Key:
        """The key refined by integer indices, which broadcast against each other like NumPy arrays.

        >>> Key(7, "gumbel").at(np.arange(4)[:, None], np.arange(3)).state.shape
        (4, 3)
        """
        state: Any = self.state
        with np.errstate(over="ignore"):
            for index in indices:
                counter = np.asarray(index).astype(np.int64, copy=False).view(np.uint64)
                state = _mix(state + (counter + np.uint64(1)) * _GOLDEN)
        refined = Key.__new__(Key)
        refined.state = np.asarray(state)
        return refined


def uniform(key: Key) -> Floats:
    """Uniform on the open interval (0, 1); as many as the key's shape."""
    return ((key.state >> _BITS11).astype(np.float64) + 0.5) * 2.0**-53


def normal(key: Key) -> Floats:
    """Standard normal, by inversion."""
    return special.ndtri(uniform(key))


def exponential(key: Key) -> Floats:
    """Exponential with mean 1, by inversion."""
    return -np.log(uniform(key))


def gumbel(key: Key) -> Floats:
    """Standard Gumbel, by inversion: the noise under which the largest utility is a multinomial logit."""
    return -np.log(-np.log(uniform(key)))


def gamma(key: Key, shape: ArrayLike) -> Floats:
    """Gamma with the given shape and scale 1, by inversion."""
    return special.gammaincinv(np.asarray(shape, dtype=float), uniform(key))


def beta(key: Key, a: ArrayLike, b: ArrayLike) -> Floats:
    """Beta(a, b), by inversion."""
    return special.betaincinv(np.asarray(a, dtype=float), np.asarray(b, dtype=float), uniform(key))


def integers(key: Key, high: ArrayLike) -> NDArray[np.int64]:
    """Integers 0 .. high - 1, each as likely (high may be an array)."""
    return np.floor(uniform(key) * np.asarray(high)).astype(np.int64)


def choice(key: Key, probabilities: ArrayLike) -> NDArray[np.int64]:
    """An index drawn along the last axis of `probabilities`, which need not be normalised.

    `probabilities` is one vector of shape (n,) for all draws, or one row a draw, shape (*key shape, n).

    >>> choice(Key(0, "x").at(np.arange(1000)), [0.0, 1.0, 0.0]).tolist() == [1] * 1000
    True
    """
    weights = np.cumsum(np.asarray(probabilities, dtype=float), axis=-1)
    drawn = uniform(key) * weights[..., -1]
    if weights.ndim == 1:
        return np.minimum(np.searchsorted(weights, drawn, side="right"), len(weights) - 1)
    return np.minimum((weights <= drawn[..., None]).sum(axis=-1), weights.shape[-1] - 1)


def pick(key: Key, options: ArrayLike) -> NDArray[Any]:
    """One of `options` each, all as likely.

    >>> sorted(set(pick(Key(0, "x").at(np.arange(99)), ["a", "b"]).tolist()))
    ['a', 'b']
    """
    listed = np.asarray(options)
    return listed[integers(key, len(listed))]
