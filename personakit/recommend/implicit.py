"""EASE, a linear autoencoder in closed form, for implicit feedback."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from personakit.errors import ParameterError
from personakit.recommend.downdating import downdated, updated
from personakit.recommend.folding import FoldingIn
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.topk import ScoreBlock
from personakit.recommend.updating import More, Updating
from personakit.recommend.weighing import Weighing

__all__ = ["EASE"]

_logger = logging.getLogger(__name__)
_ROOM_FOR_FLOAT64 = 512 * 2**20
_PRODUCTS_AT_ONCE = 512


class EASE(Weighing, FoldingIn, Forgetting, Updating):
    """Embarrassingly shallow autoencoder: ridge regression of each product on the others, in closed form.

    Scores are `x @ B`, where x is what a customer has and B (products x products, diagonal 0) minimises
    ``|X - X B|^2 + l2 |B|^2``. Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8.

    Memory grows with the square of the products kept: `n_products ** 2` numbers of 8 bytes, or of 4 above 512 MiB
    (8,192 products). It is stated in the log before the work starts, and refused above `max_memory` with the
    `max_items` that would fit. `forget` and `update` hold two more while they work: they correct the inverse of the
    Gram matrix for the customers who leave or change, and solve it anew where that costs more or loses digits.

    Parameters
    ----------
    l2 : float, default 600
        Strength of the ridge; more for more customers.
    max_items : int, optional
        Keep only so many products, those that most customers have. The others are neither reasons nor recommended.
    max_memory : float, default 2.0
        Refuse to start above so many GiB.
    event_weight : mapping of event to weight, optional
        Weights of the values of `event`; a pair counts with its largest, and an event that is left out does not count
        at all. None: every row is 1.
    half_life_days : float, optional
        Age in days, counted back from the last event of the table, at which a choice counts half; needs the column
        `timestamp`. Without it age does not matter.

    Attributes
    ----------
    weights_ : ndarray of float, shape (n_kept, n_kept)
        B: row j is what owning product j adds to each other product.
    kept_ : ndarray of int, shape (n_kept,)
        Positions in `products_` of the products kept.

    Examples
    --------
    >>> things = ["tea", "pot", "tea", "pot", "tea", "cup"]
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 4], "product_id": things})
    >>> EASE(l2=1.0).fit(baskets).recommend([3], k=1)[["customer_id", "product_id", "rank"]].to_numpy().tolist()
    [[3, 'pot', 1]]
    """

    def __init__(
        self,
        l2: float = 600.0,
        *,
        max_items: int | None = None,
        max_memory: float = 2.0,
        event_weight: Mapping[str, float] | None = None,
        half_life_days: float | None = None,
    ) -> None:
        self.l2 = l2
        self.max_items = max_items
        self.max_memory = max_memory
        self.event_weight = event_weight
        self.half_life_days = half_life_days

    def _requirements(self) -> tuple[str, ...]:
        if not 0 < self.l2 < np.inf:
            raise ParameterError(f"l2 must be above 0, but is {self.l2!r}. Usual values lie between 50 and 2000.")
        if self.max_items is not None and (not isinstance(self.max_items, (int, np.integer)) or self.max_items < 1):
            raise ParameterError(
                f"max_items must be a whole number >= 1, or None for all products, but is {self.max_items!r}."
            )
        if not self.max_memory > 0:
            raise ParameterError(f"max_memory must be above 0 GiB, but is {self.max_memory!r}.")
        return super()._requirements()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        matrix = self._weigh(frame, customers, products, weights)
        kept = self._most_owned(matrix)
        self._state_memory(len(kept))
        self.__dict__.update(self._solved(matrix, kept))

    def _state_memory(self, n_kept: int) -> None:
        """Say what is needed before the work starts, and refuse what is too much."""
        name = type(self).__name__
        needed = n_kept**2 * self._bytes_a_pair(n_kept) / 2**30
        if needed > self.max_memory:
            bound = self.max_memory * 2**30
            fits = int(np.sqrt(bound / self._bytes_a_pair(int(np.sqrt(bound / 4)))))  # fewer may be in float64 again
            raise ParameterError(
                f"{name} over {n_kept:,} products needs {needed:.2g} GiB, more than max_memory={self.max_memory:g} "
                f"GiB. Pass max_items={fits} to keep the {fits:,} most popular products, or raise max_memory."
            )
        _logger.info("%s over %d products: %.0f MiB", name, n_kept, needed * 1024)

    def _bytes_a_pair(self, n_kept: int) -> int:
        """Memory for each two products while it works."""
        return _precision(n_kept).itemsize

    def _most_owned(self, matrix: sparse.csr_matrix) -> Codes:
        """Positions of the products to keep, in order."""
        n_products = matrix.shape[1]
        n_kept = n_products if self.max_items is None else min(int(self.max_items), n_products)
        owners = np.bincount(matrix.indices, minlength=n_products)
        return np.sort(np.argsort(-owners, kind="stable")[:n_kept])

    @staticmethod
    def _of_kept(matrix: sparse.csr_matrix, kept: Codes) -> sparse.csr_matrix:
        history = matrix.astype(_precision(len(kept)), copy=False)
        return history[:, kept].tocsr() if len(kept) < matrix.shape[1] else history

    def _solved(
        self,
        matrix: sparse.csr_matrix,
        kept: Codes,
        solution: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    ) -> dict[str, object]:
        """The learnt attributes for the customers of `matrix`; without a solution at hand, in closed form."""
        history = self._of_kept(matrix, kept)
        weights, diagonal = _closed_form(history, float(self.l2)) if solution is None else solution
        place = np.full(matrix.shape[1], -1, dtype=np.intp)
        place[kept] = np.arange(len(kept))
        learnt = {"kept_": kept, "weights_": weights, "_diagonal": diagonal, "_place": place}
        return {**learnt, "_history": history}

    def _without(self, left: Remaining) -> dict[str, object]:
        held = self._kept_choices(left)
        matrix = self._worth(held)
        kept = self._most_owned(matrix)
        # what stays must have been there before, and what goes must have been hers alone
        places = self._place[left.columns[kept]]
        alone = np.setdiff1d(self.kept_, left.columns)
        same = len(places) + len(alone) == len(self.kept_) and (places >= 0).all() and (np.diff(places) > 0).all()
        double = self.weights_.dtype == np.float64 == _precision(len(kept))
        few = len(left.gone) <= len(self.kept_) / 8  # of more, the correction costs more than the solution
        solution = None
        if same and double and few and self._same_age(held):
            gone, stay = self._history[left.gone], self._history[left.rows]
            solution = downdated(self.weights_, self._diagonal, gone, stay[:, places], places, float(self.l2))
        return {**held, **self._solved(matrix, kept, solution)}

    def _with(self, more: More) -> dict[str, Any]:
        held = self._more_choices(more)
        matrix = self._worth(held)
        kept = self._most_owned(matrix)
        self._state_memory(len(kept))
        whole = len(self.kept_) == len(self.products_) and len(kept) == len(more.products)
        double = self.weights_.dtype == np.float64 == _precision(len(kept))
        changed = np.unique(more.customer)
        few = 2 * len(changed) <= len(kept) / 8  # what she had leaves, what she has now enters
        solution = None
        if whole and double and few and self._same_age(held):
            rows, columns = more.moved(self._history)
            before = sparse.csr_matrix((self._history.data, (rows, columns)), shape=matrix.shape)
            solution = updated(
                self.weights_, self._diagonal, before[changed], matrix[changed], matrix, more.columns, float(self.l2)
            )
        return {**held, **self._solved(matrix, kept, solution)}

    def _fold_in(
        self,
        frame: pd.DataFrame,
        customers: Codes,
        products: Codes,
        weights: NDArray[np.float64],
        shape: tuple[int, int],
    ) -> dict[str, Any]:
        matrix = self._weigh_guests(frame, customers, products, weights, shape)
        return {"_history": self._of_kept(matrix, self.kept_)}

    def _has_history(self, codes: Codes) -> NDArray[np.bool_]:
        return (codes >= 0) & (np.diff(self._history.indptr)[codes] > 0)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        if columns is None and len(self.kept_) == len(self.products_):
            return lambda rows: np.asarray(self._history[rows] @ self.weights_)
        places = self._place if columns is None else self._place[columns]
        inside = places >= 0
        right = np.ascontiguousarray(self.weights_[:, places[inside]])

        def among_kept(rows: Codes) -> NDArray[np.floating]:
            block = np.full((len(rows), len(places)), -np.inf, dtype=right.dtype)
            block[:, inside] = self._history[rows] @ right
            return block

        return among_kept

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        place = self._place[product]
        if place < 0:
            return [Reason("no score: not among the max_items products kept", -1, 0.0)]
        history = self._history[[customer]]
        parts = history.data * self.weights_[history.indices, place]
        names = self.kept_[history.indices]
        return [
            Reason("has this product", int(name), float(part)) for name, part in zip(names, parts, strict=True) if part
        ] or [Reason("nothing she has bears on it", -1, 0.0)]


def _precision(n_kept: int) -> np.dtype[np.floating]:
    return np.dtype(np.float64 if n_kept**2 * 8 <= _ROOM_FOR_FLOAT64 else np.float32)


def _closed_form(matrix: sparse.csr_matrix, l2: float) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """B of equation 8, in the memory of one dense matrix: the Gram matrix is inverted in place by Cholesky.

    Also the diagonal of that inverse, from which and B the inverse itself can be had again.
    """
    n_products = matrix.shape[1]
    columns = matrix.tocsc()
    gram = np.empty((n_products, n_products), dtype=matrix.dtype, order="F")
    for start in range(0, n_products, _PRODUCTS_AT_ONCE):  # the sparse Gram matrix would be larger than the dense one
        stop = start + _PRODUCTS_AT_ONCE
        gram[:, start:stop] = (matrix.T @ columns[:, start:stop]).toarray()
    gram[np.diag_indices(n_products)] += l2
    factorise, invert = lapack.get_lapack_funcs(("potrf", "potri"), (gram,))
    gram, failed = factorise(gram, lower=True, overwrite_a=True, clean=False)
    if not failed:
        gram, failed = invert(gram, lower=True, overwrite_c=True)
    if failed:
        raise ParameterError(f"The Gram matrix of EASE cannot be inverted with l2={l2:g}. Raise l2, e.g. to 600.")
    diagonal = np.diag(gram).copy()
    for start in range(0, n_products, _PRODUCTS_AT_ONCE):  # potri fills the lower triangle only
        stop = min(start + _PRODUCTS_AT_ONCE, n_products)
        corner = np.tril(gram[start:stop, start:stop], -1)
        gram[start:stop, start:stop] = corner + corner.T
        gram[start:stop, stop:] = gram[stop:, start:stop].T
    gram = gram.T  # symmetric; by rows, as products with sparse rows want it
    gram /= -diagonal
    gram[np.diag_indices(n_products)] = 0.0
    return gram, diagonal
