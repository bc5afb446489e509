"""Gains of offers in segments: weighted means of logged decisions less those of the baseline, errors and all.

One customer may have met several offers, and every gain of a segment is counted from the same baseline: the errors of
the gains go together, and the covariance says how.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, UnknownNameError, some
from personakit.segment.logged_decisions import weighted_mean

__all__ = ["cell_gains", "foretold"]

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
STEADY = 10  # customers' worth of the segment's own scatter that every cell's error starts with


def foretold(part: pd.DataFrame, covariates: Sequence[str], worth: Floats, weight: Floats, place: Places) -> Floats:
    """What was known before the decisions says of their outcomes, by weighted least squares within cells.

    Parameters
    ----------
    part : DataFrame of shape (n_decisions, ...)
    covariates : sequence of str
    worth, weight : ndarray of shape (n_decisions,)
    place : int ndarray of shape (n_decisions,)
        The cell of each decision.

    Returns
    -------
    ndarray of shape (n_decisions,), nought on average. Taken off the outcomes it narrows intervals and moves no gain,
    for a covariate knows nothing of what was drawn.

    Source: W. Lin (2013), "Agnostic notes on regression adjustments to experimental data", Annals of Applied
    Statistics 7.

    >>> log = pd.DataFrame({"usual": [1.0, 2.0, 1.0, 2.0]})
    >>> foretold(log, ["usual"], np.array([2.0, 4.0, 3.0, 5.0]), np.ones(4), np.array([0, 0, 1, 1])).tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    if not len(covariates):
        return np.zeros(len(worth))
    if absent := [name for name in covariates if name not in part.columns]:
        raise UnknownNameError(f"log has no column {some(map(repr, absent))} (it has {some(part.columns, 8)}).")
    known = part[list(covariates)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    if not np.isfinite(known).all():
        rows = np.flatnonzero(~np.isfinite(known).all(axis=1))
        raise DataError(f"The covariates are missing or infinite in {len(rows)} rows (rows {some(rows)}). Fill them.")
    both = pd.DataFrame(np.column_stack([known, worth])).mul(weight, axis=0)
    means = both.groupby(place).transform("sum").div(pd.Series(weight).groupby(place).transform("sum"), axis=0)
    inside = (np.column_stack([known, worth]) - means.to_numpy()) * np.sqrt(weight)[:, None]
    slopes = np.linalg.lstsq(inside[:, :-1], inside[:, -1], rcond=None)[0]
    return np.asarray((known - np.average(known, axis=0, weights=weight)) @ slopes)


def cell_gains(
    who: pd.Series, worth: Floats, weight: Floats, place: Places, shape: tuple[int, int], *, least: int
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Gains of all cells over the baseline of their segment, the covariance of their errors, and customers behind each.

    Parameters
    ----------
    who : Series of shape (n_decisions,)
        Whose decision it is: her decisions are one witness.
    worth, weight : ndarray of shape (n_decisions,)
        Outcomes, and one over the propensities.
    place : int ndarray of shape (n_decisions,)
        The cell: segment x (offers + 1) + offer, the baseline last.
    shape : (segments, offers without the baseline)
    least : int, at least 2
        Cells with fewer customers have no gain: a mean of so few is no estimate with an error that one could state.

    Returns
    -------
    gains of shape (segments x offers,), NaN where offer or baseline has too few customers; their covariance; the
    customers who met the offer
    """
    n_segments, n_offers = shape
    n_cells = n_segments * (n_offers + 1)
    codes = pd.factorize(who)[0]
    value, scatter, witnesses = np.full(n_cells, np.nan), np.full(n_cells, np.nan), np.zeros(n_cells, dtype=int)
    shifts = np.zeros(len(worth))
    rows_of = {int(str(cell)): rows for cell, rows in pd.Series(place).groupby(place).indices.items()}
    of_segment = place // (n_offers + 1)
    means = {each: weighted_mean(worth, weight, of_segment == each)[0] for each in np.unique(of_segment)}
    for cell, rows in rows_of.items():
        value[cell], shifts[rows] = weighted_mean(worth[rows], weight[rows], np.ones(len(rows), dtype=bool))
        witnesses[cell] = len(np.unique(codes[rows]))
    for each, mean in means.items():
        rows = np.flatnonzero(of_segment == each)
        around = float(np.average((worth[rows] - mean) ** 2, weights=weight[rows]))
        for cell in range(each * (n_offers + 1), (each + 1) * (n_offers + 1)):
            if witnesses[cell]:
                used = np.bincount(codes[rows_of[cell]], weight[rows_of[cell]])
                scatter[cell] = around * (used**2).sum() / used.sum() ** 2
    moves = sparse.csr_matrix((shifts, (codes, place)), shape=(codes.max() + 1, n_cells))
    # A handful of customers may all have bought nothing: the segment's scatter steadies theirs.
    count = np.maximum(witnesses, 2)
    together = (moves.T @ moves).toarray()
    sandwich = np.diag(together) * count / (count - 1)
    steadied = (witnesses * sandwich + STEADY * np.nan_to_num(scatter)) / (witnesses + STEADY)
    scale = np.sqrt(np.divide(steadied, np.diag(together), out=np.ones(n_cells), where=np.diag(together) > 0))
    together = together * np.outer(scale, scale)
    np.fill_diagonal(together, np.maximum(steadied, 1e-12))
    value[witnesses < least] = np.nan
    base = np.repeat(np.arange(n_segments) * (n_offers + 1) + n_offers, n_offers)
    cells = np.setdiff1d(np.arange(n_cells), base)
    over = sparse.csr_matrix(
        (np.repeat([1.0, -1.0], len(cells)), (np.tile(np.arange(len(cells)), 2), np.concatenate([cells, base]))),
        shape=(len(cells), n_cells),
    )
    errors = over @ together @ over.T
    gains = value[cells] - value[base]
    errors[:, ~np.isfinite(gains)] = errors[~np.isfinite(gains)] = np.nan
    return gains, errors, witnesses[cells]
