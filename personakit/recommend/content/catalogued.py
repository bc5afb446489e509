"""Recommenders that know a catalogue: they score products that nobody had, and forget a customer's reviews too."""

from __future__ import annotations

from abc import ABC
from typing import Any, Self

import pandas as pd
from scipy import sparse
from sklearn.base import clone

from personakit.errors import DataError, UnknownNameError
from personakit.recommend.content.catalogue import read_products, read_reviews
from personakit.recommend.content.features import ProductFeatures
from personakit.recommend.forgetting import Forgetting
from personakit.recommend.interactions import as_index

__all__ = ["Catalogued"]


class Catalogued(Forgetting, ABC):
    """A recommender with the parameters `products` and `features`.

    Attributes
    ----------
    features_ : ProductFeatures
        As fitted on the catalogue.
    matrix_ : scipy.sparse.csr_matrix, shape (n_products, n_features)
        The features of `products_`; a product that is not in the catalogue has none.
    """

    products: pd.DataFrame | None
    features: Any
    features_: Any
    matrix_: sparse.csr_matrix

    def forget(self, customer_ids: Any) -> Self:
        """Unlearn customers, the words of their reviews included; see `Forgetting.forget`.

        Raises
        ------
        NotFittedError, DataError
            As there; and where the reviews do not tell who wrote them.
        """
        self._check_fitted("forget")
        wanted = self._wanted(customer_ids)
        before = self.features, self.features_, self.matrix_
        try:
            self._leave_out_reviews(wanted)
            return super().forget(wanted)
        except Exception:
            self.features, self.features_, self.matrix_ = before
            raise

    def held_about(self, customer_id: Any) -> pd.DataFrame:
        """The products of hers, and in `review` her words on them where reviews are among the features."""
        held, reviews = super().held_about(customer_id), getattr(self.features, "reviews", None)
        if reviews is None or "customer_id" not in reviews.columns:
            return held
        hers = reviews.loc[reviews["customer_id"] == customer_id, ["product_id", "text"]]
        return held.merge(hers.rename(columns={"text": "review"}), on="product_id", how="outer")

    def _leave_out_reviews(self, customers: pd.Index) -> None:
        reviews = getattr(self.features, "reviews", None)
        if reviews is None:
            return
        if "customer_id" not in reviews.columns:
            raise DataError(
                "reviews has no column 'customer_id', so that the words of a customer cannot be forgotten. "
                "Fit with reviews that tell who wrote them, or without reviews."
            )
        hers = read_reviews(reviews)["customer_id"].isin(customers).to_numpy()
        if hers.any():
            self.features = clone(self.features).set_params(reviews=reviews[~hers])
            self._learn_features()

    def _check_catalogue(self) -> None:
        if self.products is None:
            name = type(self).__name__
            raise DataError(f"{name} needs the table of products: {name}(products=tables['products']).")
        read_products(self.products)

    def _offered(self) -> pd.Index:
        return as_index(read_products(self.products)["product_id"])

    def _learn_features(self) -> None:
        catalogue = read_products(self.products)
        features = ProductFeatures() if self.features is None else clone(self.features)
        self.features_ = features.fit(catalogue)
        rows = sparse.csr_matrix(self.features_.transform(catalogue))
        place = as_index(catalogue["product_id"]).get_indexer(self.products_.ids)
        empty = sparse.csr_matrix((1, rows.shape[1]))  # stands last, where -1 points: products beside the catalogue
        self.matrix_ = sparse.vstack([rows, empty], format="csr")[place]

    def _position(self, product_id: Any) -> int:
        place = int(self.products_.codes([product_id])[0])
        if place < 0:
            raise UnknownNameError(f"product_id {product_id!r} is neither in the catalogue nor in the data of fit.")
        return place
