"""What every study of segments starts from: profiles as a matrix, and one clustering of it by the name of a method."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, UnknownNameError
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import whole
from personakit.profile.encoder import ProfileEncoder
from personakit.segment.stability import fit_of

__all__ = ["METHODS", "counts_of", "labels_of", "matrix_of", "sampled"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

METHODS = ("kmeans", "gaussian_mixture", "hierarchical")
"""Methods that take the number of segments; a density-based one finds its own."""


def matrix_of(profiles: Any, numbers: str = "ranks") -> Floats:
    """Profiles as floats without gaps; an array is standardised column by column.

    Parameters
    ----------
    profiles : DataFrame of shape (n_customers, ...), what a consent gate returned, or array
    numbers : {"ranks", "standard", "keep"}
        As in `ProfileEncoder`.

    >>> matrix_of(pd.DataFrame({"customer_id": [1, 2, 3], "frequency": [1, 5, 9]}), "standard").round(2).tolist()
    [[-1.22], [0.0], [1.22]]
    """
    if not isinstance(plain_frame(profiles), pd.DataFrame) and np.ndim(profiles) != 2:
        raise DataError(
            f"profiles has {np.ndim(profiles)} dimensions. Give a table with one row a customer, or an array of shape "
            "(n_customers, n_features)."
        )
    encoder = ProfileEncoder(numbers=numbers, categories="onehot", missing="fill")  # type: ignore[arg-type]
    return encoder.fit(profiles).transform(profiles)


def sampled(matrix: Floats, max_customers: int, draws: np.random.RandomState) -> Floats:
    """At most so many rows, drawn without replacement."""
    if len(matrix) <= max_customers:
        return matrix
    return matrix[np.sort(draws.choice(len(matrix), max_customers, replace=False))]


def counts_of(n_segments: int | Iterable[int], n_customers: int, least: int = 1) -> list[int]:
    """The numbers of segments to try, ascending, or the error that says why not.

    >>> counts_of(range(2, 5), 100)
    [2, 3, 4]
    >>> counts_of([9], 5)
    Traceback (most recent call last):
        ...
    personakit.errors.DataError: profiles has 5 customers, fewer than n_segments=9 and one more. Try fewer segments...
    """
    asked = [n_segments] if not isinstance(n_segments, Iterable) else list(n_segments)
    if not asked:
        raise ParameterError("n_segments is empty. Give the numbers to try, such as range(2, 9).")
    counts = sorted({whole("n_segments", count, least) for count in asked})
    if n_customers <= counts[-1]:
        raise DataError(
            f"profiles has {n_customers} customers, fewer than n_segments={counts[-1]} and one more. Try fewer "
            "segments, or give more customers."
        )
    return counts


def labels_of(matrix: Floats, n_segments: int, method: str, draws: np.random.RandomState) -> Whole:
    """The segment of each row, 0 to n_segments - 1, by one clustering.

    Raises
    ------
    UnknownNameError
        No such method, or one that does not take the number of segments.
    """
    if method not in METHODS:
        raise UnknownNameError(
            f"method={method!r} takes no number of segments, or does not exist. Give one of {', '.join(METHODS)}."
        )
    if n_segments == 1:
        return np.zeros(len(matrix), dtype=np.int64)
    return fit_of(matrix, method, n_segments, draws).labels
