"""Learn from new interactions without the old table: equal to a fit on all rows so far."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.privacy.binding import check_use, purpose_of
from personakit.recommend.interactions import (
    IdIndex,
    as_index,
    event_weights,
    pair_matrix,
    product_codes,
    read_interactions,
)
from personakit.recommend.protocol import Codes, Recommender, share_of_owners

__all__ = ["More", "Updating"]


class More(NamedTuple):
    """New rows, and the vocabulary of old and new together.

    `rows` and `columns` are the new positions of the customers and products that were there; `frame`, `customer`,
    `product` and `weight` are the new rows, `seen` what everybody has now.
    """

    customers: IdIndex
    products: IdIndex
    rows: Codes
    columns: Codes
    frame: pd.DataFrame
    customer: Codes
    product: Codes
    weight: NDArray[np.float64]
    seen: sparse.csr_matrix

    def moved(self, matrix: sparse.csr_matrix) -> tuple[Codes, Codes]:
        """The new positions of the entries of an old customers x products matrix, in their order."""
        return np.repeat(self.rows, np.diff(matrix.indptr)), self.columns[matrix.indices]


class Updating(Recommender, ABC):
    """A recommender that can learn new rows exactly. A model fills in `_with`.

    What the model keeps of the old rows is what they add up to for each pair of customer and product. So it does not
    matter how the rows are split between `fit` and updates, nor in which order they come.
    """

    def update(self, interactions: Any) -> Self:
        """Learn more rows: afterwards the model is equal to one that was fitted on these and all rows before.

        New customers and products are taken in. Numbers agree with those of a new fit to 1e-9. Either all of it
        happens or, with an error, nothing; what was learnt is replaced, not written over.

        Parameters
        ----------
        interactions : pandas.DataFrame
            The new rows, with the columns that `fit` needs.

        Returns
        -------
        Recommender
            Itself.

        Raises
        ------
        NotFittedError
            Before `fit`.
        DataError
            If the table is not fit to learn from, as in `fit`; or no customer or no product is known, and one of
            another type that is written the same is (7 and "7"): everybody would be there twice.
        ConsentError
            If the table was released for another purpose than the data of `fit`.

        Examples
        --------
        >>> from personakit.recommend import Popular
        >>> monday = pd.DataFrame({"customer_id": [1, 2], "product_id": ["tea", "tea"]})
        >>> tuesday = pd.DataFrame({"customer_id": [2, 3], "product_id": ["tea", "cup"]})
        >>> model = Popular().fit(monday).update(tuesday)
        >>> dict(zip(model.products_.ids, model.scores_.tolist()))
        {'cup': 1.0, 'tea': 2.0}
        """
        self._check_fitted("update")
        check_use(self, interactions)
        frame = read_interactions(interactions, columns=self._requirements(), name=self._table)
        weights = event_weights(frame, getattr(self, "event_weight", None), learning=False)
        frame, weights = frame[weights > 0], weights[weights > 0]
        if frame.empty:
            return self
        self._codes(as_index(frame["customer_id"]).unique(), "update")
        product_codes(self.products_, as_index(frame["product_id"]).unique(), "interactions.product_id")
        more = self._merged(frame, weights)
        learnt = self._with(more)
        common = {"customers_": more.customers, "products_": more.products, "seen_": more.seen}
        purpose = self.purpose_ or purpose_of(interactions)
        popularity = share_of_owners(more.seen)
        self.__dict__.update({**common, "popularity_": popularity, "purpose_": purpose, **learnt})
        return self

    def _merged(self, frame: pd.DataFrame, weights: NDArray[np.float64]) -> More:
        customers = IdIndex(self.customers_.ids.append(as_index(frame["customer_id"])))
        products = IdIndex(self.products_.ids.append(as_index(frame["product_id"])))
        rows, columns = customers.codes(self.customers_.ids), products.codes(self.products_.ids)
        customer, product = customers.codes(frame["customer_id"]), products.codes(frame["product_id"])
        more = More(customers, products, rows, columns, frame, customer, product, weights, self.seen_)
        owners, owned = more.moved(self.seen_)
        pairs = np.concatenate([owners, customer]), np.concatenate([owned, product])
        return more._replace(seen=pair_matrix(*pairs, (len(customers), len(products))))

    @abstractmethod
    def _with(self, more: More) -> dict[str, Any]:
        """The learnt attributes of the model on old and new rows, beside those that every recommender has."""
