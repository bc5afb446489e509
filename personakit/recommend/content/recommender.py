"""Recommending from content: a customer's profile is the sum of what she likes, less what she dislikes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError, UnknownNameError, some
from personakit.recommend.content.catalogued import Catalogued
from personakit.recommend.content.signals import check_signals, signals_of, told_apart
from personakit.recommend.content.taste import Taste, read_taste
from personakit.recommend.folding import FoldingIn
from personakit.recommend.forgetting import Remaining
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.topk import ScoreBlock, best_columns

__all__ = ["ContentRecommender"]

_AT_ONCE = 32 * 2**20
By = Literal["products", "words"]


class ContentRecommender(Catalogued, FoldingIn):
    """Products like those that the customer likes, and unlike those that she does not, by what they are.

    A profile is the sum of the features of the products liked, each times its weight, less `dislike_weight` times that
    of the products disliked: Rocchio 1971, "Relevance feedback in information retrieval", without the division by
    their number, so that each product's part of a score is its own and leaves with it. The score of a product is the
    profile times its features. Every product of the catalogue has a score, whether anybody had it or not.

    Parameters
    ----------
    products : pandas.DataFrame
        The catalogue, one row a product: `product_id` and what `features` reads. Products that only the interactions
        name are known by nothing and score 0; who chose nothing else gets what is popular, as a stranger does.
    features : ProductFeatures or another transformer, optional
        Products to rows that can be multiplied; the default is `ProductFeatures()`.
    event_weight : mapping of event to weight, optional
        How much an event speaks for a product, >= 0; a pair counts with its largest, and an event that is left out
        here and in `disliked_events` does not count at all. None: every row that is no dislike is 1.
    disliked_events : mapping of event to weight, optional
        How much an event speaks against a product, such as ``{"return": 1.0}``. A pair with such an event is a dislike,
        whatever else happened.
    neutral_rating : float, optional
        Read the column `rating`: above this it is a like, by the difference; below, a dislike; equal, neither.
    half_life_days : float, optional
        Days before a customer's own last interaction at which one of hers counts half; needs `timestamp`.
    dislike_weight : float, default 0.5
        How far dislikes push away, in comparison with what likes pull.

    Attributes
    ----------
    features_ : ProductFeatures
        As fitted on the catalogue.
    matrix_ : scipy.sparse.csr_matrix, shape (n_products, n_features)
        The features of `products_`.

    Examples
    --------
    >>> shop = pd.DataFrame({"product_id": [1, 2, 3], "title": ["Linen shirt", "Linen dress", "Steel pan"]})
    >>> bought = pd.DataFrame({"customer_id": ["eve"], "product_id": [1]})
    >>> model = ContentRecommender(shop).fit(bought)
    >>> model.recommend(["eve"], k=1).round(2).to_dict("records")
    [{'customer_id': 'eve', 'product_id': 2, 'score': 0.37, 'rank': 1}]
    >>> model.explain("eve", 2, by="words").round(2).to_dict("records")
    [{'reason': 'word: linen', 'product_id': None, 'contribution': 0.37}]
    >>> model.recommend_for(words="a pan of steel", k=1)["product_id"].tolist()
    [3]
    """

    def __init__(
        self,
        products: pd.DataFrame | None = None,
        *,
        features: Any = None,
        event_weight: Mapping[str, float] | None = None,
        disliked_events: Mapping[str, float] | None = None,
        neutral_rating: float | None = None,
        half_life_days: float | None = None,
        dislike_weight: float = 0.5,
    ) -> None:
        self.products = products
        self.features = features
        self.event_weight = event_weight
        self.disliked_events = disliked_events
        self.neutral_rating = neutral_rating
        self.half_life_days = half_life_days
        self.dislike_weight = dislike_weight

    def recommend_for(
        self,
        *,
        liked: Iterable[Any] = (),
        disliked: Iterable[Any] = (),
        words: str = "",
        avoid: str = "",
        k: int = 10,
        candidates: Iterable[Any] | None = None,
    ) -> pd.DataFrame:
        """A list for somebody of whom nothing is known but what she says now.

        Parameters
        ----------
        liked, disliked : iterable of product ids, or mapping of product id to weight
            Products she points at; they are not recommended again.
        words, avoid : str, default ""
            What she looks for and what not, such as "linen, blue"; each counts as much as one product.
        k : int, default 10
        candidates : iterable of product ids, optional
            Recommend only these.

        Returns
        -------
        pandas.DataFrame
            Columns `product_id`, `score`, `rank`. Where what she says names nothing that the catalogue has, the most
            popular products, and ``attrs["basis"]`` is "popularity" instead of "content"; ``attrs["purpose"]`` is kept.

        Raises
        ------
        UnknownNameError
            A liked or disliked product that is not in the catalogue.
        ParameterError
            k below 1, one product both liked and disliked, or words that are no text.
        """
        self._check_fitted("recommend_for")
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
            raise ParameterError(f"k must be a whole number of products >= 1, but is {k!r}.")
        taste = self._taste(liked, disliked, words, avoid)
        profile = taste.profile(self.matrix_)
        known = bool(profile.nnz)
        scores = np.asarray((self.matrix_ @ profile.T).todense()).T if known else self.popularity_[None, :].copy()
        scores[0, taste.signals.indices] = -np.inf
        if (columns := self._columns(candidates)) is not None:
            scores[:, np.setdiff1d(np.arange(scores.shape[1]), columns)] = -np.inf
        places, values = best_columns(scores, min(int(k), scores.shape[1]))
        places, values = places[0][places[0] >= 0], values[0][places[0] >= 0]
        table = pd.DataFrame({"product_id": self.products_.take(places), "score": values})
        table["rank"] = np.arange(1, len(table) + 1)
        table.attrs["basis"] = "content" if known else "popularity"
        if self.purpose_ is not None:
            table.attrs["purpose"] = self.purpose_
        return table

    def explain_for(
        self,
        product_id: Any,
        *,
        liked: Iterable[Any] = (),
        disliked: Iterable[Any] = (),
        words: str = "",
        avoid: str = "",
        by: By = "products",
    ) -> pd.DataFrame:
        """Why a product scores what it does in `recommend_for`; arguments as there, columns as in `explain`."""
        self._check_fitted("explain_for")
        _check_by(by)
        product, taste = self._position(product_id), self._taste(liked, disliked, words, avoid)
        if not taste.profile(self.matrix_).nnz:
            reason = "popularity: what she says names nothing in the catalogue"
            return self._as_table([Reason(reason, -1, float(self.popularity_[product]))])
        return self._as_table(self._parts(taste, product, by))

    def explain(self, customer_id: Any, product_id: Any, *, by: By = "products") -> pd.DataFrame:
        """Why this product scores what it does for this customer, by what she had or by what it is.

        Parameters
        ----------
        customer_id, product_id : hashable
        by : {"products", "words"}, default "products"
            "products": one row for each product of hers that is like or unlike it; "words": one for each word, value of
            an attribute, or other feature that moved the score.

        Returns
        -------
        pandas.DataFrame
            `reason`, `product_id`, `contribution`, the largest first; the contributions add up to the score.
        """
        _check_by(by)
        if by == "products":
            return super().explain(customer_id, product_id)
        self._check_fitted("explain")
        customer, product = self.customers_.codes([customer_id]), self.products_.codes([product_id])
        if product[0] < 0 or not self._has_history(customer)[0]:
            return super().explain(customer_id, product_id)
        return self._as_table(self._parts(self._taste_of(int(customer[0])), int(product[0]), by))

    def score_without(
        self, customer_id: Any, product_id: Any, *, products: Iterable[Any] = (), features: Iterable[str] = ()
    ) -> float:
        """The score as it would be had she not had these products, or did no product have these features.

        To check an explanation: the score falls by the contribution of what is taken away. It is calculated anew from
        what is left, not from the contributions.

        Parameters
        ----------
        customer_id, product_id : hashable
        products : iterable of product ids
            Taken out of the customer's history.
        features : iterable of str
            As `explain(..., by="words")` names them, such as "word: linen".

        Raises
        ------
        UnknownNameError
            A customer, product or feature that the model does not know.
        """
        self._check_fitted("score_without")
        customer = int(self.customers_.codes([customer_id])[0])
        if customer < 0:
            raise UnknownNameError(f"customer_id {customer_id!r} is not in the data of fit.")
        names = self.features_.get_feature_names_out()
        gone = list(features)
        if unknown := sorted(set(gone) - set(names)):
            raise UnknownNameError(f"features has {some(map(repr, unknown))}, which no product has. See by='words'.")
        signals = self._signals[[customer]].toarray()
        signals[0, [self._position(each) for each in products]] = 0.0
        matrix = self.matrix_[:, ~np.isin(names, gone)]
        return float((sparse.csr_matrix(signals) @ matrix @ matrix[[self._position(product_id)]].T).sum())

    def _requirements(self) -> tuple[str, ...]:
        self._check_catalogue()
        return check_signals(
            self.event_weight, self.disliked_events, self.neutral_rating, self.half_life_days, self.dislike_weight
        )

    def _row_weights(self, frame: pd.DataFrame, *, learning: bool = True) -> NDArray[np.float64]:
        likes, dislikes = told_apart(frame, self.event_weight, self.disliked_events, learning=learning)
        return ((likes > 0) | (dislikes > 0)).astype(float)

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self.__dict__.update(self._fold_in(frame, customers, products, weights, self.seen_.shape))
        self._learn_features()

    def _fold_in(
        self,
        frame: pd.DataFrame,
        customers: Codes,
        products: Codes,
        weights: NDArray[np.float64],
        shape: tuple[int, int],
    ) -> dict[str, Any]:
        signals = signals_of(
            frame,
            customers,
            products,
            shape,
            event_weight=self.event_weight,
            disliked_events=self.disliked_events,
            neutral_rating=self.neutral_rating,
            half_life_days=self.half_life_days,
            dislike_weight=self.dislike_weight,
        )
        return {"_signals": signals}

    def _without(self, left: Remaining) -> dict[str, Any]:
        return {"_signals": left.of(self._signals), "matrix_": self.matrix_[left.columns]}

    def _has_history(self, codes: Codes) -> NDArray[np.bool_]:
        described = (np.diff(self.matrix_.indptr) > 0).astype(float)  # of the others nothing is known to go by
        return (codes >= 0) & ((abs(self._signals) @ described)[codes] > 0)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        matrix = self.matrix_ if columns is None else self.matrix_[columns]
        size = max(1, _AT_ONCE // (8 * max(matrix.shape[1], 1)))

        def score(rows: Codes) -> NDArray[np.float64]:
            block = np.empty((len(rows), matrix.shape[0]))
            for start in range(0, len(rows), size):  # a profile is dense over all words, so only so many at once
                profiles = (self._signals[rows[start : start + size]] @ self.matrix_).toarray()
                block[start : start + size] = (matrix @ profiles.T).T
            return block

        return score

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        return self._parts(self._taste_of(customer), product, "products")

    def _taste_of(self, customer: int) -> Taste:
        return Taste(self._signals[[customer]], sparse.csr_matrix((1, self.matrix_.shape[1])))

    def _taste(self, liked: Iterable[Any], disliked: Iterable[Any], words: str, avoid: str) -> Taste:
        return read_taste(self.products_, self.features_, liked, disliked, words, avoid, float(self.dislike_weight))

    def _parts(self, taste: Taste, product: int, by: By) -> list[Reason]:
        if by == "words":
            return taste.by_feature(self.matrix_, product, self.features_.get_feature_names_out())
        return taste.by_product(self.matrix_, product)


def _check_by(by: str) -> None:
    if by not in ("products", "words"):
        raise ParameterError(f"by must be 'products' or 'words', but is {by!r}.")
