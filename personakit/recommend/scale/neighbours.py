"""ItemKNN where the interactions are: on DuckDB or Spark, behind the protocol of the other recommenders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import ibis.expr.types as ir

from personakit.privacy.binding import purpose_of
from personakit.recommend.scale.engine import EngineRecommender, engine_table
from personakit.recommend.scale.expressions import choices, item_neighbours, lists_of, within_reach

__all__ = ["IbisItemKNN"]


class IbisItemKNN(EngineRecommender):
    """`ItemKNN` on tables that stay in their engine; the same neighbours and scores to 1e-9.

    `fit` has the engine compute the neighbours and keep them (a temporary table of DuckDB, a cached one of Spark), so
    memory in this process does not grow with the data. Lists end where no neighbour speaks for a product.

    Parameters
    ----------
    similarity, n_neighbors, shrinkage, k1, b, event_weight
        As in `ItemKNN`.

    Attributes
    ----------
    neighbours_ : ibis.Table
        `product_id`, `neighbour_id`, `similarity`.

    Examples
    --------
    >>> import ibis
    >>> baskets = {"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]}
    >>> model = IbisItemKNN().fit(ibis.memtable(baskets))
    >>> model.recommend([3]).round(3).to_dict("records")
    [{'customer_id': 3, 'product_id': 'pot', 'score': 0.816, 'rank': 1}]
    """

    def __init__(
        self,
        similarity: Literal["cosine", "jaccard", "conditional", "lift", "bm25"] = "cosine",
        *,
        n_neighbors: int = 100,
        shrinkage: float = 0.0,
        k1: float = 1.2,
        b: float = 0.75,
        event_weight: Mapping[str, float] | None = None,
    ) -> None:
        self.similarity = similarity
        self.n_neighbors = n_neighbors
        self.shrinkage = shrinkage
        self.k1 = k1
        self.b = b
        self.event_weight = event_weight

    def fit(self, interactions: Any, y: object = None) -> Self:
        """Have the engine find the neighbours.

        Parameters
        ----------
        interactions : ibis.Table or Spark data frame
            As in `item_neighbours`.
        """
        self.purpose_ = purpose_of(interactions)
        table = engine_table(interactions)
        with within_reach(type(self).__name__):
            near = item_neighbours(
                table,
                self.similarity,
                n_neighbors=self.n_neighbors,
                shrinkage=self.shrinkage,
                k1=self.k1,
                b=self.b,
                event_weight=self.event_weight,
            )
            self.neighbours_ = near.cache()
            self.choices_ = choices(table, self.event_weight, check=False)
            self._learn_popularity()
        return self

    def _lists(self, k: int, customers: list[Any] | None, exclude_seen: bool) -> ir.Table:
        held = self.choices_ if customers is None else self._of(customers)
        return lists_of(held, self.neighbours_, k, exclude_seen)

    def _parts(self, customer_id: Any, product_id: Any) -> list[tuple[str, Any, float]]:
        held, near = self._of([customer_id]), self.neighbours_
        near = near.filter(near["product_id"].isin([product_id]))
        joined = held.join(near, held["product_id"] == near["neighbour_id"])
        parts = self._frame(joined.select(about=near["neighbour_id"], part=held["weight"] * near["similarity"]))
        found = [("has this product", about, part) for about, part in zip(parts["about"], parts["part"], strict=True)]
        return found or [("no neighbour of what she has", None, 0.0)]

    def _of(self, customers: list[Any]) -> ir.Table:
        return self.choices_.filter(self.choices_["customer_id"].isin(self._askable("customer_id", customers)))
