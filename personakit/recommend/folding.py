"""Lists for customers whose history is given now: a recommender's knowledge of products, applied to newcomers."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.privacy.binding import check_use, purpose_of
from personakit.recommend.interactions import IdIndex, pair_matrix, product_codes, read_interactions, wanted_ids
from personakit.recommend.protocol import Codes, Recommender

__all__ = ["FoldingIn"]


class FoldingIn(Recommender, ABC):
    """A recommender that can score a history that was not in `fit`. A model fills in `_fold_in`.

    That is where a score follows from what the customer has and from what was learnt of products. Where a customer has
    parameters of her own that only training finds, there is no `recommend_from`: fit the model again.
    """

    def recommend_from(
        self, interactions: Any, k: int = 10, *, exclude_seen: bool = True, candidates: Iterable[Any] | None = None
    ) -> pd.DataFrame:
        """The k best products for customers by the histories given here, whether the model knows them or not.

        Parameters
        ----------
        interactions : pandas.DataFrame
            Histories, with the columns that `fit` needs. A known customer counts by what is given here alone. Products
            that the model does not know are passed over; age is counted from the last event of the data of `fit`, or
            from her own last where that is later.
        k, exclude_seen, candidates
            As in `recommend`; "seen" is what the histories hold.

        Returns
        -------
        pandas.DataFrame
            As of `recommend`, for each customer of the table. Who has no product that the model knows gets what is
            popular. The model stays as it is.

        Raises
        ------
        NotFittedError
            Before `fit`.
        DataError
            If the table is not fit to learn from, as in `fit`; or no product is known, and one of another type that is
            written the same is (7 and "7").
        ConsentError
            If the table was released for another purpose than the data of `fit`.

        Examples
        --------
        >>> from personakit.recommend import ItemKNN
        >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2], "product_id": ["tea", "pot", "cup", "jug"]})
        >>> visitor = pd.DataFrame({"customer_id": ["new"], "product_id": ["cup"]})
        >>> ItemKNN().fit(baskets).recommend_from(visitor, k=1)[["customer_id", "product_id"]].to_numpy().tolist()
        [['new', 'jug']]
        """
        self._check_fitted("recommend_from")
        check_use(self, interactions)
        frame = read_interactions(interactions, columns=self._requirements(), name=self._table)
        weights = self._row_weights(frame, learning=False)
        everybody = wanted_ids(frame)
        products = product_codes(self.products_, frame["product_id"], "interactions.product_id")
        useful = (products >= 0) & (weights > 0)
        frame, products, weights = frame[useful], products[useful], weights[useful]
        guests = copy.copy(self)
        guests.purpose_ = self.purpose_ or purpose_of(interactions)
        guests.customers_, customers = IdIndex.encode(frame["customer_id"])
        shape = len(guests.customers_), len(self.products_)
        guests.seen_ = pair_matrix(customers, products, shape)
        if len(frame):
            guests.__dict__.update(self._fold_in(frame, customers, products, weights, shape))
        return guests.recommend(everybody, k, exclude_seen=exclude_seen, candidates=candidates)

    @abstractmethod
    def _fold_in(
        self,
        frame: pd.DataFrame,
        customers: Codes,
        products: Codes,
        weights: NDArray[np.float64],
        shape: tuple[int, int],
    ) -> dict[str, Any]:
        """The attributes of the model that are about customers, for the customers of these rows in place of its own."""
