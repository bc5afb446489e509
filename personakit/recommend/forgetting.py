"""Exact unlearning: a recommender without some customers, equal to one that was never trained on them.

A model can forget exactly where what it learnt is a sum over customers, or follows from one: counts, co-occurrence, the
Gram matrix of EASE, similarities. In matrix factorisation every factor has seen every customer, so that only a new fit
removes one: such models have no `forget`. Cao and Yang 2015, "Towards making systems forget with machine unlearning",
section 4, calls the first the summation form.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np
from scipy import sparse

from personakit.recommend.interactions import IdIndex, check_types_of_ids
from personakit.recommend.protocol import Codes, Recommender, share_of_owners

__all__ = ["Forgetting", "Remaining", "forget_exactly"]

_Model = TypeVar("_Model", bound=Recommender)


class Remaining(NamedTuple):
    """What is left of a model's data: old positions in their new order, and the new vocabulary.

    `customers` and `products` are the ids left, `rows` and `columns` their old positions, `gone` the old positions of
    the customers who are forgotten, `seen` what is left of `seen_`. `in_order` is False where mixed ids sort another
    way without those that left.
    """

    customers: IdIndex
    products: IdIndex
    rows: Codes
    columns: Codes
    gone: Codes
    seen: sparse.csr_matrix
    in_order: bool

    def of(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        """The rows and columns that are left of a customers x products matrix."""
        kept = matrix[self.rows]
        if len(self.columns) == matrix.shape[1] and self.in_order:
            return kept
        kept = kept[:, self.columns]
        kept.sort_indices()
        return kept

    def places(self, matrix: sparse.csr_matrix) -> Codes:
        """Where the entries of `of(matrix)` stand among those of the matrix."""
        numbered = sparse.csr_matrix((np.arange(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
        return np.asarray(self.of(numbered).data, dtype=np.intp)


class Forgetting(Recommender, ABC):
    """A recommender that can unlearn customers exactly. A model fills in `_without`."""

    #: `forget` puts new arrays in the place of the old, so that a shallow copy is enough for who may want to go back.
    forget_replaces = True

    def forget(self, customer_ids: Any) -> Self:
        """Unlearn customers: afterwards the model is equal to one that was fitted without their rows.

        Products that nobody else had go with them, and the customers count as unknown. Numbers agree with those of a
        new fit to 1e-9, counts exactly. Either all of it happens or, with an error, nothing. What was learnt is
        replaced, not written over, so a shallow copy made before keeps the old state: let go of such copies.

        Parameters
        ----------
        customer_ids : iterable, a single id, or a table with the column `customer_id`
            Whom to forget. Ids that the model does not know are passed over, so that it can be said twice.

        Returns
        -------
        Recommender
            Itself. Where nobody is left, it is as before `fit`, and says so when asked.

        Raises
        ------
        NotFittedError
            Before `fit`.
        DataError
            An id is not known, and one of another type that is written the same is (7 and "7").

        Examples
        --------
        >>> import pandas as pd
        >>> from personakit.recommend import ItemKNN
        >>> things = ["tea", "pot", "tea", "cup", "tea", "pot"]
        >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 3], "product_id": things})
        >>> model = ItemKNN().fit(baskets).forget(2)
        >>> list(model.products_.ids), model.knows([1, 2]).tolist()
        (['pot', 'tea'], [True, False])
        """
        return forget_exactly(self, customer_ids)

    @abstractmethod
    def _without(self, left: Remaining) -> dict[str, Any]:
        """The learnt attributes of the model on what is left, beside those that every recommender has."""


def forget_exactly(model: _Model, customer_ids: Any) -> _Model:
    """What `Forgetting.forget` does, for a model whose class can forget with some algorithms only.

    Parameters
    ----------
    model : fitted recommender with a method `_without`
    customer_ids : iterable, a single id, or a table with the column `customer_id`

    Returns
    -------
    The same model.
    """
    model._check_fitted("forget")
    wanted = model._wanted(customer_ids)
    check_types_of_ids(wanted, model.customers_.ids, f"{type(model).__name__}.forget")
    codes = model.customers_.codes(wanted)
    gone = np.unique(codes[codes >= 0])
    if not len(gone):
        return model
    if len(gone) == len(model.customers_):
        kept = {*model.get_params(deep=False), "_params"}
        for name in [name for name in vars(model) if name not in kept]:
            delattr(model, name)
        return model
    left = _remaining(model, gone)
    learnt = model._without(left)
    common = {"customers_": left.customers, "products_": left.products, "seen_": left.seen}
    model.__dict__.update({**common, "popularity_": share_of_owners(left.seen), **learnt})
    return model


def _remaining(model: Recommender, gone: Codes) -> Remaining:
    stay = np.ones(len(model.customers_), dtype=bool)
    stay[gone] = False
    owned = np.bincount(model.seen_[stay].indices, minlength=len(model.products_)) > 0
    if (offered := model._offered()) is not None:
        owned[model.products_.codes(offered)] = True
    customers, rows = _subset(model.customers_, np.flatnonzero(stay))
    products, columns = _subset(model.products_, np.flatnonzero(owned))
    in_order = bool((np.diff(rows) > 0).all() and (np.diff(columns) > 0).all())
    left = Remaining(customers, products, rows, columns, gone, model.seen_, in_order)
    return left._replace(seen=left.of(model.seen_))


def _subset(vocabulary: IdIndex, positions: Codes) -> tuple[IdIndex, Codes]:
    """The vocabulary of the ids at these positions, and the positions in its order.

    The order is found anew: 7, 10 and "x" together go by type and text, so 10 comes before 7 until "x" has left.
    """
    subset, ranks = IdIndex.encode(vocabulary.take(positions))
    return subset, positions[np.argsort(ranks)]
