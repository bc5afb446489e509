"""The best k products of every customer, block by block: bounded memory, exact order, ties by product id."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError

__all__ = ["DEFAULT_MEMORY", "best_columns", "block_rows", "top_k"]

Codes = NDArray[np.intp]
Floats = NDArray[np.floating]
ScoreBlock = Callable[[Codes], Floats]

DEFAULT_MEMORY = 64 * 2**20
_BYTES_A_SCORE = 32  # the float64 score and what ranking it may take beside: a copy to partition, masks, running counts
_LEAST_GROUPS = 256
_LOWEST = np.finfo(np.float32).min


def block_rows(n_columns: int, *, block_size: int | None = None, memory: int = DEFAULT_MEMORY) -> int:
    """How many customers are scored at once: `block_size`, or as many as fit into `memory` bytes.

    >>> block_rows(4629), block_rows(10**9)
    (453, 1)
    """
    if block_size is None:
        return max(1, memory // (_BYTES_A_SCORE * max(n_columns, 1)))
    if isinstance(block_size, bool) or not isinstance(block_size, (int, np.integer)) or block_size < 1:
        raise ParameterError(
            f"block_size must be a whole number of customers >= 1, or None for the default: {block_size!r}."
        )
    return int(block_size)


def top_k(
    score: ScoreBlock,
    rows: Codes,
    *,
    n_columns: int,
    k: int,
    seen: sparse.csr_matrix | None = None,
    block_size: int | None = None,
    memory: int = DEFAULT_MEMORY,
    progress: bool = False,
) -> tuple[Codes, NDArray[np.float64]]:
    """The k best columns of each row of a score matrix that is never held whole.

    Parameters
    ----------
    score : callable
        Takes row numbers, shape (b,), and returns their scores, shape (b, n_columns), without NaN; -inf is "never". The
        array is overwritten here, and may be one buffer that `score` uses again.
    rows : ndarray of int, shape (n_rows,)
        The rows that are wanted.
    n_columns, k : int
        Width of the score matrix; length of the lists.
    seen : scipy.sparse.csr_matrix, optional
        Entries stored in it are left out; its rows are numbered as `rows` are.
    block_size : int, optional
        Rows scored at once. Without it, blocks of about `memory` bytes.
    memory : int, default 64 MiB
        Budget in bytes of one block with its temporaries.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    columns : ndarray of int, shape (n_rows, k)
        Best first; among equal scores the smaller column first, at the k-th place too. -1 where there are fewer than k.
    scores : ndarray of float64, shape (n_rows, k)
        Their scores, -inf where there is none.

    Examples
    --------
    >>> matrix = np.array([[1.0, 3.0, 3.0, 3.0]])
    >>> columns, scores = top_k(lambda rows: matrix[rows], np.array([0]), n_columns=4, k=2)
    >>> columns.tolist(), scores.tolist()
    ([[1, 2]], [[3.0, 3.0]])
    """
    size = block_rows(n_columns, block_size=block_size, memory=memory)
    columns = np.full((len(rows), k), -1, dtype=np.intp)
    scores = np.full((len(rows), k), -np.inf)
    width = min(k, n_columns)
    if width == 0:
        return columns, scores
    starts = range(0, len(rows), size)
    if progress:
        from tqdm.auto import tqdm

        starts = tqdm(starts, desc="recommend", unit="block")
    for start in starts:
        part = rows[start : start + size]
        block = score(part)
        if seen is not None:
            owned = seen[part]
            block[np.repeat(np.arange(len(part)), np.diff(owned.indptr)), owned.indices] = -np.inf
        chosen, values = best_columns(block, width)
        columns[start : start + size, :width] = chosen
        scores[start : start + size, :width] = values
    return columns, scores


def best_columns(block: Floats, k: int) -> tuple[Codes, NDArray[np.float64]]:
    """The k best columns of each row of one block, best first, ties by column; k <= the number of columns.

    A bound first: the columns are dealt into groups, and the k-th largest of the groups' maxima cannot exceed the k-th
    largest score. What reaches the bound is little more than k, and only that is sorted: two passes over the block at
    the speed of memory, where a partition of each row (tried first) takes three times as long.
    """
    n_rows, n_columns = block.shape
    n_groups = max(_LEAST_GROUPS, 8 * k)
    if n_columns < 4 * n_groups:
        return _best_by_partition(block, k)
    depth = n_columns // n_groups
    maxima = block[:, : depth * n_groups].reshape(n_rows, depth, n_groups).max(axis=1)
    _refuse_nan(
        maxima, block[:, depth * n_groups :]
    )  # a maximum passes NaN on, so that the block need not be read again
    maxima.partition(n_groups - k, axis=1)
    bound = np.maximum(maxima[:, n_groups - k], _LOWEST)  # above -inf, so that what is left out stays out
    row_of, column_of = np.divmod(np.flatnonzero(block >= bound[:, None]), n_columns)
    counts = np.bincount(row_of, minlength=n_rows)
    crowded = counts > 16 * k + 64  # so many equal scores (clipped ratings) that sorting them would cost more
    columns = np.full((n_rows, k), -1, dtype=np.intp)
    scores = np.full((n_rows, k), -np.inf)
    if crowded.any():
        columns[crowded], scores[crowded] = _best_by_partition(block[crowded], k)
        kept = ~crowded[row_of]
        row_of, column_of = row_of[kept], column_of[kept]
        counts[crowded] = 0
    padded = np.full((n_rows, max(int(counts.max(initial=0)), k)), -np.inf)
    place = np.arange(len(row_of)) - np.repeat(np.cumsum(counts) - counts, counts)
    padded[row_of, place] = block[row_of, column_of]
    names = np.full(padded.shape, -1, dtype=np.intp)
    names[row_of, place] = column_of
    order = np.argsort(-padded, axis=1, kind="stable")[:, :k]  # the columns stand in order: stable means by column
    plain = ~crowded
    columns[plain] = np.take_along_axis(names, order, axis=1)[plain]
    scores[plain] = np.take_along_axis(padded, order, axis=1)[plain]
    return columns, scores


def _best_by_partition(block: Floats, k: int) -> tuple[Codes, NDArray[np.float64]]:
    """The same by partition of each row: exact for any number of ties."""
    _refuse_nan(block)
    n_rows, n_columns = block.shape
    kth = np.partition(block, n_columns - k, axis=1)[:, n_columns - k, None]
    above, equal = block > kth, block == kth
    room = k - above.sum(axis=1, keepdims=True)
    crowded = equal.sum(axis=1) > room[:, 0]
    if crowded.any():  # of those at the k-th score, the first columns
        equal[crowded] &= np.cumsum(equal[crowded], axis=1, dtype=np.int32) <= room[crowded]
    columns = (np.flatnonzero(above | equal) % n_columns).reshape(n_rows, k)
    scores = np.take_along_axis(block, columns, axis=1).astype(np.float64, copy=False)
    order = np.argsort(-scores, axis=1, kind="stable")
    columns, scores = np.take_along_axis(columns, order, axis=1), np.take_along_axis(scores, order, axis=1)
    columns[np.isneginf(scores)] = -1
    return columns, scores


def _refuse_nan(*parts: Floats) -> None:
    if any(np.isnan(part).any() for part in parts):
        raise DataError(
            "Some scores are NaN, which no order can be made of. Look for NaN or a division by 0 in what the model "
            "learnt; a product that must not be listed scores -inf."
        )
