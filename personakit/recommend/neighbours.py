"""Nearest neighbours between products, for implicit feedback."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.interactions import product_codes
from personakit.recommend.item_to_item import ItemToItem
from personakit.recommend.protocol import Codes
from personakit.recommend.updating import More, Updating

__all__ = ["ItemKNN"]

_PRODUCTS_AT_ONCE = 512
_SIMILARITIES = ("cosine", "jaccard", "conditional", "lift", "bm25")


class ItemKNN(ItemToItem, Forgetting, Updating):
    """Item-based nearest neighbours: products whose customers are the same as those of what the customer has.

    The score of a product is the sum of its similarities to what the customer has, over each product's nearest
    neighbours. Sarwar et al. 2001, "Item-based collaborative filtering"; Deshpande and Karypis 2004, section 4. Stays
    sparse: memory grows with products x neighbours, and products are taken a block at a time.

    Parameters
    ----------
    similarity : {"cosine", "jaccard", "conditional", "lift", "bm25"}, default "cosine"
        Cosine and BM25 are of customers' weights. The others look at who has the product only: "conditional" is the
        share of the owners of the one who have the other too, and "lift" that share over the share of all customers
        (above 1: oftener together than by chance). BM25 is the product of two columns of BM25 weights, in which a
        product is the document and its customers are the words, as in the package `implicit`.
    n_neighbors : int, default 100
        Neighbours kept for each product; equal similarities go by product id.
    shrinkage : float, default 0
        Added to the denominator, so that a similarity resting on a handful of customers counts less.
    k1, b : float, default 1.2 and 0.75
        Of BM25: how soon the weight of a choice is saturated (0: at once), and how much a product that many chose is
        held down (0 to 1). Robertson and Zaragoza 2009, section 3.4.
    event_weight, half_life_days : optional
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

    _silence = "no neighbour of what she has"

    def __init__(
        self,
        similarity: Literal["cosine", "jaccard", "conditional", "lift", "bm25"] = "cosine",
        *,
        n_neighbors: int = 100,
        shrinkage: float = 0.0,
        k1: float = 1.2,
        b: float = 0.75,
        event_weight: Mapping[str, float] | None = None,
        half_life_days: float | None = None,
    ) -> None:
        self.similarity = similarity
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.k1 = k1
        self.b = b
        self.event_weight = event_weight
        self.half_life_days = half_life_days

    def neighbours(self, product_ids: Any = None) -> pd.DataFrame:
        """The products most like each given one, nearest first.

        Parameters
        ----------
        product_ids : iterable of ids, a table with the column `product_id`, or None for all products
            Unknown products have no neighbours.

        Returns
        -------
        pandas.DataFrame
            `product_id`, `neighbour_id`, `similarity`, `rank` (1 is nearest); ties by product id.

        Examples
        --------
        >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]})
        >>> ItemKNN("jaccard").fit(baskets).neighbours(["tea"]).round(3).to_dict("records")
        [{'product_id': 'tea', 'neighbour_id': 'pot', 'similarity': 0.667, 'rank': 1}]
        """
        self._check_fitted("neighbours")
        every = np.arange(len(self.products_))
        asked = every if product_ids is None else product_codes(self.products_, product_ids, "product_ids")
        asked = asked[asked >= 0]
        near = self.similarity_[:, asked].tocoo()
        order = np.lexsort((near.row, -near.data, near.col))
        of, others = near.col[order], near.row[order]
        counts = np.bincount(of, minlength=len(asked))
        ranks = np.arange(len(of)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        return pd.DataFrame(
            {
                "product_id": self.products_.take(asked[of]),
                "neighbour_id": self.products_.take(others),
                "similarity": near.data[order],
                "rank": ranks,
            }
        )

    def _requirements(self) -> tuple[str, ...]:
        if self.similarity not in _SIMILARITIES:
            raise ParameterError(
                f"similarity must be one of {', '.join(map(repr, _SIMILARITIES))}, but is {self.similarity!r}."
            )
        if not isinstance(self.n_neighbors, (int, np.integer)) or self.n_neighbors < 1:
            raise ParameterError(f"n_neighbors must be a whole number >= 1, but is {self.n_neighbors!r}.")
        if not 0 <= self.shrinkage < np.inf:
            raise ParameterError(f"shrinkage must be 0 or more, but is {self.shrinkage!r}.")
        if not 0 <= self.k1 < np.inf or not 0 <= self.b <= 1:
            raise ParameterError(
                f"k1 must be 0 or more and b between 0 and 1, but they are {self.k1!r} and {self.b!r}."
            )
        return super()._requirements()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self._history = self._weigh(frame, customers, products, weights)
        self.similarity_ = self._similarities(self._compared(self._history, self.seen_))

    def _compared(self, history: sparse.csr_matrix, seen: sparse.csr_matrix) -> sparse.csr_matrix:
        """The matrix whose columns are compared: weights, ownership, or BM25 weights."""
        if self.similarity == "bm25":
            return _bm25(history, self.k1, self.b)
        return history if self.similarity == "cosine" else seen

    def _similarities(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        every = np.arange(matrix.shape[1])
        columns, sizes = matrix.tocsc(), _squares(matrix)
        kept = [
            self._neighbours(columns, sizes, every[start : start + _PRODUCTS_AT_ONCE])
            for start in range(0, matrix.shape[1], _PRODUCTS_AT_ONCE)
        ]
        # row i holds the neighbours of i; a score sums over what the customer has, so it is wanted the other way round
        return sparse.vstack(kept, format="csr").T.tocsr()

    def _neighbours(self, columns: sparse.csc_matrix, sizes: NDArray[np.float64], products: Codes) -> sparse.csr_matrix:
        """The nearest neighbours of some products, one row each."""
        rows, others, values = self._alike(columns, sizes, products)
        return nearest(rows, others, values, self.n_neighbors, (len(products), columns.shape[1]))

    def _alike(
        self, columns: sparse.csc_matrix, sizes: NDArray[np.float64], products: Codes, *, as_neighbours: bool = False
    ) -> tuple[Codes, Codes, NDArray[np.float64]]:
        """Row by row of `products`: the place in it, the other product, and its similarity as a neighbour.

        With `as_neighbours`, the similarity of the product as a neighbour of the other; only "conditional" cares.
        """
        shared = (columns[:, products].T @ columns).tocsr()
        shared.sort_indices()
        rows = np.repeat(np.arange(len(products)), np.diff(shared.indptr))
        both, of_row, of_column = shared.data, sizes[products[rows]], sizes[shared.indices]
        if self.similarity == "cosine":
            below = np.sqrt(of_row * of_column)
        elif self.similarity == "jaccard":
            below = of_row + of_column - both
        elif self.similarity == "lift":
            both = both * columns.shape[0]  # whole numbers above and below, so that equal lifts stay equal
            below = of_row * of_column
        elif self.similarity == "conditional":
            below = of_row if as_neighbours else of_column
        else:
            below = np.ones(len(both))
        below = below + self.shrinkage * (columns.shape[0] if self.similarity == "lift" else 1)
        values = np.divide(both, below, out=np.zeros(len(both)), where=below > 0)  # nought: too old to weigh anything
        values[shared.indices == products[rows]] = -1.0  # a product is not its own neighbour
        return rows, shared.indices, values

    def _without(self, left: Remaining) -> dict[str, object]:
        held = self._kept_choices(left)
        history = self._worth(held)
        held["_history"] = history
        matrix, before = self._compared(history, left.seen), self._compared(self._history, self.seen_)
        hers = np.zeros(before.shape[1], dtype=bool)
        hers[before[left.gone].indices] = True
        touched = hers[left.columns]
        # lift and BM25 know the number of all customers or the mean of all products: nothing stays as it was
        alone = self.similarity in ("cosine", "jaccard", "conditional")
        if not (alone and left.in_order and self._same_age(held)) or touched.sum() > len(touched) / 2:
            return {**held, "similarity_": self._similarities(matrix)}
        columns, sizes, some = matrix.tocsc(), _squares(matrix), np.flatnonzero(touched)
        anew = self._neighbours(columns, sizes, some)
        # For the other products nothing changes but their similarity to those that she had. It can only have grown: who
        # had both is as before, who had hers are fewer. So a list takes in some of hers and loses from its end.
        old = self.similarity_[left.columns][:, left.columns].T.tocsr()
        rows, others = np.repeat(np.arange(old.shape[0]), np.diff(old.indptr)), old.indices
        full = np.diff(old.indptr) >= self.n_neighbors
        least = np.where(full, _least(old), 0.0)
        stays = ~touched[rows] & ~touched[others]
        hers_now, other, values = self._alike(columns, sizes, some, as_neighbours=True)
        enters = ~touched[other] & (values >= least[other])
        lists = nearest(
            np.concatenate([rows[stays], other[enters]]),
            np.concatenate([others[stays], some[hers_now[enters]]]),
            np.concatenate([old.data[stays], values[enters]]),
            self.n_neighbors,
            old.shape,
        )
        both = sparse.vstack([lists, anew], format="csr")
        source = np.arange(len(touched))
        source[some] = len(touched) + np.arange(len(some))
        return {**held, "similarity_": both[source].T.tocsr()}

    def _with(self, more: More) -> dict[str, Any]:
        held = self._more_choices(more)
        history = self._worth(held)
        return {**held, "_history": history, "similarity_": self._similarities(self._compared(history, more.seen))}

    @property
    def _spoken(self) -> sparse.csr_matrix:
        return self.similarity_


def _squares(matrix: sparse.csr_matrix) -> NDArray[np.float64]:
    """The sum of the squared weights of each product."""
    return np.bincount(matrix.indices, weights=matrix.data**2, minlength=matrix.shape[1]).astype(float)


def _bm25(history: sparse.csr_matrix, k1: float, b: float) -> sparse.csr_matrix:
    """BM25 weights: who chose many products says little of each, and what many chose is a long text."""
    lengths = np.bincount(history.indices, weights=history.data, minlength=history.shape[1]).astype(float)
    rarity = np.log(history.shape[1]) - np.log1p(np.diff(history.indptr))
    room = k1 * (1.0 - b + b * lengths / lengths.mean())
    saturated = history.data * (k1 + 1.0) / (room[history.indices] + history.data)
    data = saturated * np.repeat(rarity, np.diff(history.indptr))
    return sparse.csr_matrix((data, history.indices, history.indptr), shape=history.shape)


def _least(lists: sparse.csr_matrix) -> NDArray[np.float64]:
    """The smallest value of each row, infinity where it is empty."""
    least = np.full(lists.shape[0], np.inf)
    filled = np.diff(lists.indptr) > 0
    if filled.any():
        least[filled] = np.minimum.reduceat(lists.data, lists.indptr[:-1][filled])
    return least


def nearest(
    rows: Codes, columns: Codes, values: NDArray[np.float64], n_neighbors: int, shape: tuple[int, int]
) -> sparse.csr_matrix:
    """The largest values above 0 of each row, at most so many, ties by column."""
    order = np.lexsort((columns, -values, rows))
    starts = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=shape[0]), out=starts[1:])
    place = np.arange(len(order)) - starts[rows[order]]
    chosen = order[(place < n_neighbors) & (values[order] > 0)]
    return sparse.csr_matrix((values[chosen], (rows[chosen], columns[chosen])), shape=shape)
