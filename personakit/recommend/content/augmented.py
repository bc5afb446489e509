"""EASE with content: products by who has them and by what they are, so that one that nobody had yet has scores too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError
from personakit.recommend.content.catalogued import Catalogued
from personakit.recommend.forgetting import Remaining
from personakit.recommend.implicit import EASE, _closed_form, _precision
from personakit.recommend.protocol import Codes

__all__ = ["FeatureAugmented"]


class FeatureAugmented(Catalogued, EASE):
    """EASE whose data are augmented with the features of the products, as if each feature were one more customer.

    B minimises ``|X - X B|^2 + content_weight |F' - F' B|^2 + l2 |B|^2`` with a diagonal of 0, F being the features:
    the Gram matrix has the likeness of products added to it. Jeunen, Van Balen and Goethals 2020, "Closed-form models
    for collaborative filtering with side-information", section 3.1 (collective EASE). A product that nobody had has no
    column in X, and its scores come from what it is. Burke 2002, section 3.6, calls this feature augmentation.

    Scores grow with the customers that stand behind a product, so a new one seldom comes before an old one. Rank new
    products among themselves, by `candidates`, or let a `SwitchingHybrid` put them beside the others.

    Memory as in `EASE`, for all products of the catalogue.

    Parameters
    ----------
    products : pandas.DataFrame
        The catalogue; see `ContentRecommender`.
    features : ProductFeatures or another transformer, optional
        The default is `ProductFeatures()`.
    content_weight : float, default 100
        How many customers a feature counts as; 0 is EASE.
    l2, max_items, max_memory, event_weight, half_life_days
        As in `EASE`. With `max_items` only the products that most customers have are kept, new ones last.

    Attributes
    ----------
    weights_, kept_ : ndarray
        As in `EASE`.
    features_, matrix_
        As in `ContentRecommender`.

    Examples
    --------
    >>> shop = pd.DataFrame({"product_id": [1, 2, 3, 4], "title": ["Tea", "Tea pot", "Steel pan", "Steel pot"]})
    >>> bought = pd.DataFrame({"customer_id": ["eve", "eve", "ann"], "product_id": [1, 2, 3]})
    >>> FeatureAugmented(shop, l2=1.0).fit(bought).recommend(["ann"], k=1)["product_id"].tolist()
    [4]
    """

    def __init__(
        self,
        products: pd.DataFrame | None = None,
        *,
        features: Any = None,
        content_weight: float = 100.0,
        l2: float = 600.0,
        max_items: int | None = None,
        max_memory: float = 2.0,
        event_weight: Mapping[str, float] | None = None,
        half_life_days: float | None = None,
    ) -> None:
        super().__init__(
            l2, max_items=max_items, max_memory=max_memory, event_weight=event_weight, half_life_days=half_life_days
        )
        self.products = products
        self.features = features
        self.content_weight = content_weight

    def _requirements(self) -> tuple[str, ...]:
        self._check_catalogue()
        if not (np.isfinite(self.content_weight) and self.content_weight >= 0):
            raise ParameterError(f"content_weight must be finite and >= 0, but is {self.content_weight!r}.")
        return super()._requirements()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self._learn_features()
        super()._learn(frame, customers, products, weights)

    def _solved(
        self,
        matrix: sparse.csr_matrix,
        kept: Codes,
        solution: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    ) -> dict[str, object]:
        return super()._solved(matrix, kept, self._augmented(matrix, self.matrix_, kept))

    def _without(self, left: Remaining) -> dict[str, object]:
        held, features = self._kept_choices(left), self.matrix_[left.columns]
        matrix = self._worth(held)
        kept = self._most_owned(matrix)
        solved = super()._solved(matrix, kept, self._augmented(matrix, features, kept))
        return {**held, **solved, "matrix_": features}

    def _augmented(
        self, matrix: sparse.csr_matrix, features: sparse.csr_matrix, kept: Codes
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """The solution with the features as further rows of the matrix."""
        as_customers = np.sqrt(self.content_weight) * features[kept].T
        rows = sparse.vstack([matrix[:, kept], as_customers], format="csr")
        return _closed_form(rows.astype(_precision(len(kept))), float(self.l2))
