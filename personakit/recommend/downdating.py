"""Take rows out of a ridge regression that is solved already, or put them in, without solving it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

__all__ = ["downdated", "updated"]

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]
_COLUMNS_AT_ONCE = 512
_TOLERANCE = 1e-11


def downdated(
    weights: Floats, diagonal: Floats, gone: sparse.csr_matrix, stay: sparse.csr_matrix, kept: Codes, l2: float
) -> tuple[Floats, Floats] | None:
    """The weights of EASE after some customers have left, or None where they should be solved anew.

    With P the inverse of ``X'X + l2 I`` and U the rows that leave, Woodbury's identity gives the inverse without them,
    ``P + P U' (I - U P U')^-1 U P``: for k rows some ``k n^2`` operations where a new solution takes ``n^3``. Golub and
    Van Loan 2013, "Matrix Computations", section 2.1.4. A downdate can lose digits: the result is therefore put back
    into the equation on a few probes, and refused where the weights could be off by more than about 1e-11.

    Parameters
    ----------
    weights : ndarray, shape (n, n)
        ``-P / diag(P)`` with a diagonal of 0.
    diagonal : ndarray, shape (n,)
        The diagonal of P.
    gone : scipy.sparse.csr_matrix, shape (k, n)
        Rows that leave.
    stay : scipy.sparse.csr_matrix, shape (m, n_kept)
        Rows that are left, of the columns that are kept.
    kept : ndarray of int, shape (n_kept,)
        Columns to keep; in the others, `stay` would have nothing.
    l2 : float
        Strength of the ridge.

    Returns
    -------
    weights, diagonal : of shapes (n_kept, n_kept) and (n_kept,); or None

    Examples
    --------
    >>> x = sparse.csr_matrix([[1.0, 1.0], [1.0, 0.0]])
    >>> inverse = np.linalg.inv((x.T @ x).toarray() + np.eye(2))
    >>> weights = -inverse / inverse.diagonal() * (1 - np.eye(2))
    >>> weights, diagonal = downdated(weights, inverse.diagonal(), x[:1], x[1:], np.array([0, 1]), 1.0)
    >>> diagonal.round(9).tolist(), bool(np.abs(weights).max() < 1e-12)
    ([0.5, 1.0], True)
    """
    n = len(diagonal)
    inverse = _inverse(weights, diagonal)
    left = np.asarray(gone @ inverse)
    try:
        root = linalg.cholesky(np.eye(gone.shape[0]) - gone @ left.T, lower=True)
    except linalg.LinAlgError:
        return None
    half = linalg.solve_triangular(root, left, lower=True)
    for start in range(0, n, _COLUMNS_AT_ONCE):
        inverse[:, start : start + _COLUMNS_AT_ONCE] += half.T @ half[:, start : start + _COLUMNS_AT_ONCE]
    if len(kept) < n:
        inverse = inverse[np.ix_(kept, kept)]
    return _checked(inverse, stay, l2)


def updated(
    weights: Floats,
    diagonal: Floats,
    before: sparse.csr_matrix,
    after: sparse.csr_matrix,
    whole: sparse.csr_matrix,
    places: Codes,
    l2: float,
) -> tuple[Floats, Floats] | None:
    """The weights of EASE after some rows have changed or come, or None where they should be solved anew.

    As `downdated`, with the rows as they were taken out and as they are put in; a column that is new has the inverse
    ``1 / l2``, as nobody had it.

    Parameters
    ----------
    weights, diagonal : ndarray, shapes (n, n) and (n,)
        As in `downdated`.
    before, after : scipy.sparse.csr_matrix, shape (k, n_all)
        The rows that change, old and new.
    whole : scipy.sparse.csr_matrix, shape (m, n_all)
        All rows as they are now.
    places : ndarray of int, shape (n,)
        Where the old columns stand among the n_all.
    l2 : float
        Strength of the ridge.

    Returns
    -------
    weights, diagonal : of shapes (n_all, n_all) and (n_all,); or None

    Examples
    --------
    >>> nobody, she = sparse.csr_matrix([[0.0, 0.0]]), sparse.csr_matrix([[1.0, 1.0]])
    >>> weights, diagonal = updated(np.zeros((1, 1)), np.ones(1), nobody, she, she, np.array([0]), 1.0)
    >>> np.linalg.inv([[2.0, 1.0], [1.0, 2.0]]).diagonal().round(9).tolist() == diagonal.round(9).tolist()
    True
    """
    inverse = np.eye(whole.shape[1]) / l2
    inverse[np.ix_(places, places)] = _inverse(weights, diagonal)
    changes = sparse.vstack([before, after], format="csr")
    signs = np.repeat([-1.0, 1.0], before.shape[0])
    left = np.asarray(changes @ inverse)
    try:
        right = linalg.solve(np.diag(signs) + changes @ left.T, left, assume_a="sym")
    except linalg.LinAlgError:
        return None
    for start in range(0, len(inverse), _COLUMNS_AT_ONCE):
        inverse[:, start : start + _COLUMNS_AT_ONCE] -= left.T @ right[:, start : start + _COLUMNS_AT_ONCE]
    return _checked(inverse, whole, l2)


def _inverse(weights: Floats, diagonal: Floats) -> Floats:
    inverse = np.asarray(weights * -diagonal)
    inverse[np.diag_indices(len(diagonal))] = diagonal
    return inverse


def _checked(inverse: Floats, stay: sparse.csr_matrix, l2: float) -> tuple[Floats, Floats] | None:
    """Weights and diagonal of an inverse, or None if it does not solve the equation of the rows well enough."""
    probes = np.random.default_rng(0).standard_normal((len(inverse), 2))
    answer = inverse @ probes
    residual = stay.T @ (stay @ answer) + l2 * answer - probes
    lost = inverse @ residual  # to first order, how far the answer is off
    diagonal = inverse.diagonal().copy()
    if not np.abs(lost / diagonal[:, None]).max(initial=0.0) < _TOLERANCE:
        return None
    inverse /= -diagonal
    inverse[np.diag_indices(len(inverse))] = 0.0
    return inverse, diagonal
