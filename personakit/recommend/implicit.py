"""Item-item models for implicit feedback: EASE, a linear autoencoder in closed form, and nearest neighbours."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import lapack

from personakit.errors import ParameterError
from personakit.recommend.interactions import pair_matrix
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.topk import ScoreBlock

__all__ = ["EASE", "ItemKNN"]

_logger = logging.getLogger(__name__)
_ROOM_FOR_FLOAT64 = 512 * 2**20
_PRODUCTS_AT_ONCE = 512


class EASE(Recommender):
    """Embarrassingly shallow autoencoder: ridge regression of each product on the others, in closed form.

    Scores are `x @ B`, where x is what a customer has and B (products x products, diagonal 0) minimises
    ``|X - X B|^2 + l2 |B|^2``. Steck 2019, "Embarrassingly Shallow Autoencoders for Sparse Data", equation 8.

    Memory grows with the square of the products kept: `n_products ** 2` numbers of 8 bytes, or of 4 above 512 MiB
    (8,192 products). It is stated in the log before the work starts.

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
    ) -> None:
        self.l2 = l2
        self.max_items = max_items
        self.max_memory = max_memory
        self.event_weight = event_weight

    def _requirements(self) -> tuple[str, ...]:
        if not self.l2 > 0:
            raise ParameterError(f"l2 must be above 0, but is {self.l2!r}. Usual values lie between 50 and 2000.")
        if self.max_items is not None and self.max_items < 1:
            raise ParameterError(f"max_items must be at least 1, or None for all products, but is {self.max_items!r}.")
        return ()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        matrix = pair_matrix(customers, products, self.seen_.shape, weights)
        n_products = matrix.shape[1]
        n_kept = n_products if self.max_items is None else min(int(self.max_items), n_products)
        dtype = np.float64 if n_kept**2 * 8 <= _ROOM_FOR_FLOAT64 else np.float32
        needed = n_kept**2 * np.dtype(dtype).itemsize / 2**30
        if needed > self.max_memory:
            fits = int(np.sqrt(self.max_memory * 2**30 / 4))
            raise ParameterError(
                f"EASE over {n_kept:,} products needs {needed:.1f} GiB, more than max_memory={self.max_memory:g} GiB. "
                f"Pass max_items={fits} to keep the {fits:,} most popular products, or raise max_memory."
            )
        _logger.info("EASE over %d products: %.0f MiB as %s", n_kept, needed * 1024, np.dtype(dtype).name)
        owners = np.bincount(matrix.indices, minlength=n_products)
        self.kept_ = np.sort(np.argsort(-owners, kind="stable")[:n_kept])
        matrix = matrix.astype(dtype)
        self._history = matrix if n_kept == n_products else matrix[:, self.kept_].tocsr()
        self.weights_ = _closed_form(self._history, float(self.l2))
        self._place = np.full(n_products, -1, dtype=np.intp)
        self._place[self.kept_] = np.arange(n_kept)

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


class ItemKNN(Recommender):
    """Item-based nearest neighbours: products whose customers are the same as those of what the customer has.

    The score of a product is the sum of its similarities to what the customer has, over each product's nearest
    neighbours. Sarwar et al. 2001, "Item-based collaborative filtering"; Deshpande and Karypis 2004, section 4. Stays
    sparse: memory grows with products x neighbours, and products are taken a block at a time.

    Parameters
    ----------
    similarity : {"cosine", "jaccard", "conditional"}, default "cosine"
        Of customers' weights; Jaccard looks at who has the product only; "conditional" is the share of the owners of
        the one who have the other too.
    n_neighbors : int, default 100
        Neighbours kept for each product; equal similarities go by product id.
    shrinkage : float, default 0
        Added to the denominator, so that a similarity resting on a handful of customers counts less.
    event_weight : mapping of event to weight, optional
        As in `EASE`.

    Attributes
    ----------
    similarity_ : scipy.sparse.csr_matrix, shape (n_products, n_products)
        Entry (j, i): similarity of i to its neighbour j.

    Examples
    --------
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]})
    >>> ItemKNN().fit(baskets).explain(3, "pot").round(3)
                 reason product_id  contribution
    0  has this product        tea         0.816
    """

    def __init__(
        self,
        similarity: Literal["cosine", "jaccard", "conditional"] = "cosine",
        *,
        n_neighbors: int = 100,
        shrinkage: float = 0.0,
        event_weight: Mapping[str, float] | None = None,
    ) -> None:
        self.similarity = similarity
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.event_weight = event_weight

    def _requirements(self) -> tuple[str, ...]:
        if self.similarity not in ("cosine", "jaccard", "conditional"):
            raise ParameterError(
                f"similarity must be 'cosine', 'jaccard' or 'conditional', but is {self.similarity!r}."
            )
        if self.n_neighbors < 1:
            raise ParameterError(f"n_neighbors must be at least 1, but is {self.n_neighbors!r}.")
        if not self.shrinkage >= 0:
            raise ParameterError(f"shrinkage must be 0 or more, but is {self.shrinkage!r}.")
        return ()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        matrix = pair_matrix(customers, products, self.seen_.shape, weights)
        self._history = matrix
        if self.similarity != "cosine":
            matrix = self.seen_
        columns = matrix.tocsc()
        sizes = np.bincount(matrix.indices, weights=matrix.data**2, minlength=matrix.shape[1]).astype(float)
        kept = [
            self._neighbours(columns, sizes, start, min(start + _PRODUCTS_AT_ONCE, matrix.shape[1]))
            for start in range(0, matrix.shape[1], _PRODUCTS_AT_ONCE)
        ]
        # row i holds the neighbours of i; a score sums over what the customer has, so it is wanted the other way round
        self.similarity_ = sparse.vstack(kept, format="csr").T.tocsr()

    def _neighbours(
        self, columns: sparse.csc_matrix, sizes: NDArray[np.float64], start: int, stop: int
    ) -> sparse.csr_matrix:
        """The nearest neighbours of the products from start to stop, one row each."""
        shared = (columns[:, start:stop].T @ columns).tocsr()
        shared.sort_indices()
        rows = np.repeat(np.arange(stop - start), np.diff(shared.indptr))
        both, of_row, of_column = shared.data, sizes[start + rows], sizes[shared.indices]
        if self.similarity == "cosine":
            below = np.sqrt(of_row * of_column)
        elif self.similarity == "jaccard":
            below = of_row + of_column - both
        else:
            below = of_column
        values = both / (below + self.shrinkage)
        values[shared.indices == start + rows] = -1.0  # a product is not its own neighbour
        order = np.lexsort((shared.indices, -values, rows))
        place = np.arange(len(order)) - shared.indptr[rows]  # sorted by row, so rows and order agree on the boundaries
        chosen = order[(place < self.n_neighbors) & (values[order] > 0)]
        shape = (stop - start, columns.shape[1])
        return sparse.csr_matrix((values[chosen], (rows[chosen], shared.indices[chosen])), shape=shape)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        right = self.similarity_ if columns is None else self.similarity_[:, columns]
        return lambda rows: (self._history[rows] @ right).toarray()

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        history = self._history[[customer]]
        parts = history.data * self.similarity_[history.indices, product].toarray().ravel()
        return [
            Reason("has this product", int(name), float(part))
            for name, part in zip(history.indices, parts, strict=True)
            if part
        ] or [Reason("no neighbour of what she has", -1, 0.0)]


def _closed_form(matrix: sparse.csr_matrix, l2: float) -> NDArray[np.floating]:
    """B of equation 8, in the memory of one dense matrix: the Gram matrix is inverted in place by Cholesky."""
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
    return gram
