"""Surprise's four similarities between customers or products, from sparse products and a block of rows at a time."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError, UnknownNameError
from personakit.recommend.protocol import Codes

__all__ = ["SIMILARITIES", "RowSimilarity", "als_baselines", "checked_similarity"]

Floats = NDArray[np.float64]
_BYTES_A_PAIR = 96  # the sums of one pair of rows, sparse and dense, and what the similarity takes beside
SIMILARITIES = ("cosine", "msd", "pearson", "pearson_baseline")


class Baselines(NamedTuple):
    """The mean of all ratings, and what each row and each column departs from it."""

    mean: float
    rows: Floats
    columns: Floats


class RowSimilarity:
    """Similarities between the rows of a sparse table of ratings, over the columns that both rows have.

    The formulas of `surprise.similarities`, with the same sums in the same order: equal to Surprise's to the last bit.
    Surprise walks through all pairs of ratings of a column into several dense matrices of rows x rows; here a call
    holds some rows only. Where Surprise divides by zero, the similarity is 0.

    Parameters
    ----------
    ratings : scipy.sparse.csr_matrix, shape (n_rows, n_columns)
        Stored entries are ratings, a stored 0 included; indices sorted.
    name : {"cosine", "msd", "pearson", "pearson_baseline"}
    min_support : int, default 1
        Rows with fewer columns in common have similarity 0; `pearson_baseline` wants 2 at least.
    shrinkage : float, default 100
        Of `pearson_baseline`: times (common - 1) / (common - 1 + shrinkage). Koren 2010, section 2.2.
    baselines : Baselines, optional
        Needed by `pearson_baseline`.

    Examples
    --------
    >>> stars = sparse.csr_matrix(np.array([[5.0, 1.0, 0.0], [4.0, 2.0, 3.0]]))
    >>> RowSimilarity(stars, "msd")(np.array([0])).tolist()
    [[1.0, 0.5]]
    """

    def __init__(
        self,
        ratings: sparse.csr_matrix,
        name: str,
        *,
        min_support: int = 1,
        shrinkage: float = 100.0,
        baselines: Baselines | None = None,
    ) -> None:
        self.name = checked_similarity(name)
        self.min_support = max(int(min_support), 2 if self.name == "pearson_baseline" else 1)
        self.shrinkage = float(shrinkage)
        values = ratings.data
        if self.name == "pearson_baseline":
            if baselines is None:
                raise ParameterError("pearson_baseline needs the baselines of rows and columns: pass baselines=.")
            rows = np.repeat(np.arange(ratings.shape[0]), np.diff(ratings.indptr))
            values = values - ((baselines.mean + baselines.columns[ratings.indices]) + baselines.rows[rows])
        self._ones = _like(ratings, np.ones_like(values))
        self._values = _like(ratings, values)
        self._squares = _like(ratings, values**2)
        self._across = tuple(table.T.tocsr() for table in (self._ones, self._values, self._squares))

    def __call__(self, rows: Codes) -> Floats:
        """Similarities of some rows to all, shape (len(rows), n_rows); 1 to itself."""
        ones, values, squares = (table[rows] for table in (self._ones, self._values, self._squares))
        across_ones, across_values, across_squares = self._across
        common = (ones @ across_ones).toarray()
        products = (values @ across_values).toarray()
        of_row, of_other = (squares @ across_ones).toarray(), (ones @ across_squares).toarray()
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.name == "msd":
                result = self._msd(rows, common, products, of_row, of_other)
            elif self.name == "pearson":
                row_sum, other_sum = (values @ across_ones).toarray(), (ones @ across_values).toarray()
                above = common * products - row_sum * other_sum
                below = np.sqrt((common * of_row - row_sum**2) * (common * of_other - other_sum**2))
                result = above / below
            else:
                result = products / np.sqrt(of_row * of_other)
                if self.name == "pearson_baseline":
                    result *= (common - 1) / (common - 1 + self.shrinkage)
        result[(common < self.min_support) | ~np.isfinite(result)] = 0.0
        result[np.arange(len(rows)), rows] = 1.0
        return np.asarray(result, dtype=np.float64)

    def _msd(self, rows: Codes, common: Floats, products: Floats, of_row: Floats, of_other: Floats) -> Floats:
        """1 / (mean squared difference + 1).

        The squared difference is taken apart, (a - b)^2 = a^2 + b^2 - 2ab, which is exact for stars and half stars.
        """
        difference = np.maximum(of_row + of_other - 2 * products, 0.0)
        return 1 / (difference / common + 1)

    def whole(self, *, rows_at_once: int = 512) -> Floats:
        """The dense matrix of rows x rows, as Surprise keeps it; 8 bytes times rows squared."""
        n = self._ones.shape[0]
        every = np.arange(n)
        result = np.empty((n, n))
        for start in range(0, n, rows_at_once):
            part = every[start : start + rows_at_once]
            result[part] = self(part)
        return result

    def nearest(self, n_similar: int | None, *, memory: int = 256 * 2**20, progress: bool = False) -> sparse.csr_matrix:
        """Each row's `n_similar` nearest others and their similarities above 0; None keeps all.

        The entries of a row stand nearest first, equal ones by row number. A block of rows with its temporaries keeps
        to about `memory` bytes; the result takes 12 bytes an entry.
        """
        n = self._ones.shape[0]
        every = np.arange(n)
        at_once = max(1, min(n, memory // (_BYTES_A_PAIR * n)))
        starts = range(0, n, at_once)
        if progress:
            from tqdm.auto import tqdm

            starts = tqdm(starts, desc="similarities", unit="block")
        kept = [self._nearest(every[start : start + at_once], n_similar) for start in starts]
        return sparse.vstack(kept, format="csr")

    def _nearest(self, rows: Codes, n_similar: int | None) -> sparse.csr_matrix:
        block = self(rows)
        block[np.arange(len(rows)), rows] = 0.0
        cut_to_nearest(block, block.shape[1] if n_similar is None else n_similar)
        row, other = np.nonzero(block)
        similar = block[row, other]
        order = np.lexsort((other, -similar, row))
        starts = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=len(rows)), out=starts[1:])
        return sparse.csr_matrix((similar[order], other[order].astype(np.int32), starts), shape=block.shape)


def cut_to_nearest(similar: Floats, k: int) -> Floats:
    """Set all but the k largest values above 0 of each row to 0, in place; among equal ones the first stay.

    >>> cut_to_nearest(np.array([[0.5, 0.9, 0.5, -1.0]]), 2).tolist()
    [[0.5, 0.9, 0.0, 0.0]]
    """
    np.fmax(similar, 0.0, out=similar)  # NaN too becomes 0
    width = similar.shape[1]
    if width <= k:
        return similar
    bound = np.partition(similar, width - k, axis=1)[:, width - k, None]
    reach = similar >= bound
    tied = np.flatnonzero((np.count_nonzero(reach, axis=1) > k) & (bound[:, 0] > 0))
    similar *= reach
    if len(tied):  # of those at the k-th similarity, the first
        some = similar[tied]
        equal = some == bound[tied]
        room = k - np.count_nonzero(some > bound[tied], axis=1)
        equal &= np.cumsum(equal, axis=1) > room[:, None]
        some[equal] = 0.0
        similar[tied] = some
    return similar


def als_baselines(
    ratings: sparse.csr_matrix, mean: float, *, regularise_rows: float, regularise_columns: float, n_epochs: int = 10
) -> Baselines:
    """Baselines by alternating least squares, as `surprise.prediction_algorithms.optimize_baselines` has them.

    Columns first, then rows, each the sum of what is left over (number of ratings + regularisation). Koren 2010,
    section 2.1; Surprise regularises products by 10 and customers by 15.

    >>> stars = sparse.csr_matrix(np.array([[5.0, 3.0]]))
    >>> als_baselines(stars, 4.0, regularise_rows=0.0, regularise_columns=1.0, n_epochs=1).columns.tolist()
    [0.5, -0.5]
    """
    n_rows, n_columns = ratings.shape
    counts = np.diff(ratings.indptr)
    rows, columns = np.repeat(np.arange(n_rows), counts), ratings.indices
    column_counts = np.bincount(columns, minlength=n_columns)
    of_rows, of_columns = np.zeros(n_rows), np.zeros(n_columns)
    centred = ratings.data - mean
    for _ in range(n_epochs):
        left = np.bincount(columns, weights=centred - of_rows[rows], minlength=n_columns)
        of_columns = left / (regularise_columns + column_counts)
        left = np.bincount(rows, weights=centred - of_columns[columns], minlength=n_rows)
        of_rows = left / (regularise_rows + counts)
    return Baselines(mean, of_rows, of_columns)


def checked_similarity(name: Any) -> str:
    """The name in lower case, as Surprise takes it.

    Raises
    ------
    UnknownNameError
    """
    plain = str(name).lower()
    if plain not in SIMILARITIES:
        near = get_close_matches(plain, SIMILARITIES, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise UnknownNameError(f"There is no similarity {name!r}. {hint}There are {', '.join(SIMILARITIES)}.")
    return plain


def _like(table: sparse.csr_matrix, values: Floats) -> sparse.csr_matrix:
    return sparse.csr_matrix((values, table.indices, table.indptr), shape=table.shape)
