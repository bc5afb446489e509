"""The recommender protocol: fit on interactions, recommend to anybody, and say why."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator

from personakit.errors import NotFittedError, ParameterError
from personakit.privacy.binding import check_use, purpose_of
from personakit.recommend.interactions import (
    IdIndex,
    as_index,
    check_types_of_ids,
    event_weights,
    pair_matrix,
    product_codes,
    read_interactions,
    wanted_ids,
)
from personakit.recommend.topk import ScoreBlock, block_rows, top_k

__all__ = ["Reason", "Recommender"]

Codes = NDArray[np.intp]


class Reason(NamedTuple):
    """One part of a score: what it is, the position of the product it comes from (-1: none), and how much it adds."""

    reason: str
    product: int
    contribution: float


class Recommender(BaseEstimator, ABC):
    """What every recommender of this room can do. A model fills in `_learn`, `_scorer` and `_reasons`.

    Attributes
    ----------
    customers_, products_ : IdIndex
        The ids seen in `fit`, sorted; a product's position decides ties.
    seen_ : scipy.sparse.csr_matrix, shape (n_customers, n_products)
        What each customer already has.
    popularity_ : ndarray of float, shape (n_products,)
        Share of the customers who have the product: the answer to a customer nobody knows.
    purpose_ : str or None
        The purpose for which the gate released the data; tables released for another are refused.
    """

    _table: str = "interactions"

    def fit(self, interactions: Any, y: object = None) -> Self:
        """Learn from a table of interactions.

        Parameters
        ----------
        interactions : pandas.DataFrame
            One row an interaction: `customer_id`, `product_id`, and the columns that the model names.
        y : ignored
            For pipelines.

        Returns
        -------
        Recommender
            Itself.

        Raises
        ------
        DataError
            If a column is missing, the table is empty, or an id or a needed value is null.
        """
        frame = read_interactions(interactions, columns=self._requirements(), name=self._table)
        weights = self._row_weights(frame)
        self.__dict__.pop("popularity_", None)  # a fit that fails from here on must not leave half a model behind
        self.purpose_: str | None = purpose_of(interactions)
        if not weights.all():
            frame, weights = frame[weights > 0], weights[weights > 0]
        self.customers_, customers = _vocabulary(frame["customer_id"], self._enrolled())
        self.products_, products = _vocabulary(frame["product_id"], self._offered())
        self.seen_ = pair_matrix(customers, products, (len(self.customers_), len(self.products_)))
        self._learn(frame, customers, products, weights)
        self.popularity_ = share_of_owners(self.seen_)
        return self

    def recommend(
        self,
        customer_ids: Any = None,
        k: int = 10,
        *,
        exclude_seen: bool = True,
        candidates: Iterable[Any] | None = None,
        block_size: int | None = None,
        progress: bool = False,
    ) -> pd.DataFrame:
        """The k best products for each customer.

        Parameters
        ----------
        customer_ids : iterable, a single id, a table with the column `customer_id`, or None
            For whom; None is everybody in the data, a repeated id counts once. A customer whom the model does not know
            gets the most popular products, whose scores are then `popularity_`; `knows` tells who that is.
        k : int, default 10
            Length of a list, shorter only where the products run out.
        exclude_seen : bool, default True
            Leave out what the customer already has.
        candidates : iterable of product ids, optional
            Recommend only these (in stock, in the campaign); a table is taken by its column `product_id`. Products that
            the model never saw have no score and are left out.
        block_size : int, optional
            Customers scored at once; the default keeps a block and its temporaries within about 64 MiB.
        progress : bool, default False
            Show a progress bar.

        Returns
        -------
        pandas.DataFrame
            Columns `customer_id`, `product_id`, `score`, `rank` (1 is best); customers in the order asked for.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ParameterError
            If k or block_size is below 1, or the candidates are a text or a mask.
        DataError
            No customer or no candidate is known, and one of another type that is written the same is (7 and "7").
        ConsentError
            If `customer_ids` is a table released for another purpose than the data of `fit`.
        """
        self._check_fitted("recommend")
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
            raise ParameterError(f"k must be a whole number of products >= 1, but is {k!r}.")
        wanted = self._wanted(customer_ids)
        codes = self._codes(wanted, "recommend")
        columns = self._columns(candidates)
        width = len(self.products_) if columns is None else len(columns)
        k = min(int(k), width)
        block_rows(width, block_size=block_size)
        known = self._has_history(codes)
        places, scores = np.full((len(wanted), k), -1, dtype=np.intp), np.full((len(wanted), k), -np.inf)
        if width and known.any():
            seen = self.seen_ if columns is None or not exclude_seen else self.seen_[:, columns].tocsr()
            places[known], scores[known] = top_k(
                self._scorer(columns),
                codes[known],
                n_columns=width,
                k=k,
                seen=seen if exclude_seen else None,
                block_size=block_size,
                progress=progress,
            )
        if width and not known.all():
            popular = self._for_strangers() if columns is None else self._for_strangers()[columns]
            places[~known], scores[~known] = top_k(
                lambda rows: popular[None, :].copy(),
                np.zeros(1, dtype=np.intp),
                n_columns=width,
                k=k,
                block_size=1,
            )
        filled = places >= 0
        lengths = filled.sum(axis=1)
        chosen = places[filled]
        result = pd.DataFrame(
            {
                "customer_id": wanted.repeat(lengths),
                "product_id": self.products_.take(chosen if columns is None else columns[chosen]),
                "score": scores[filled],
                "rank": np.broadcast_to(np.arange(1, k + 1), places.shape)[filled],
            }
        )
        if (purpose := self.purpose_ or purpose_of(customer_ids)) is not None:
            result.attrs["purpose"] = purpose
        return result

    def scores(self, customer_ids: Any, product_ids: Any) -> NDArray[np.float64]:
        """The score of every given customer for every given product, what she has included.

        For blends and re-rankers, which need numbers that line up; lists for everybody come from `recommend`.

        Parameters
        ----------
        customer_ids : iterable, a single id, a table with the column `customer_id`, or None for everybody in the data
        product_ids : iterable of ids, a table with the column `product_id`, or None for all products in the data
            Memory grows with customers x products: ask for a block of customers at a time.

        Returns
        -------
        ndarray of float, shape (n_customers, n_products)
            In the order asked for, a repeated customer once. `popularity_` for a customer who is unknown, -inf for a
            product that has no score.

        Raises
        ------
        NotFittedError, ParameterError, DataError, ConsentError
            As in `recommend`.
        """
        self._check_fitted("scores")
        rows = self._codes(self._wanted(customer_ids), "scores")
        every = np.arange(len(self.products_))
        columns = every if product_ids is None else product_codes(self.products_, product_ids, "product_ids")
        known, there = self._has_history(rows), columns >= 0
        wanted, places = np.unique(columns[there], return_inverse=True)
        result = np.full((len(rows), len(columns)), -np.inf)
        if len(wanted):
            result[np.ix_(~known, there)] = self._for_strangers()[columns[there]]
        if len(wanted) and known.any():
            result[np.ix_(known, there)] = self._scorer(wanted)(rows[known])[:, places]
        return result

    def explain(self, customer_id: Any, product_id: Any) -> pd.DataFrame:
        """Why this product scores what it does for this customer: true parts of the score, not a story about it.

        Parameters
        ----------
        customer_id, product_id : hashable
            Either may be unknown; the one row then says so.

        Returns
        -------
        pandas.DataFrame
            Columns `reason`, `product_id` (the product that the reason is about, or None) and `contribution`, the
            largest first. The contributions add up to the score, which is also in `attrs["score"]`.
        """
        self._check_fitted("explain")
        customer, product = int(self.customers_.codes([customer_id])[0]), int(self.products_.codes([product_id])[0])
        if product >= 0 and self._has_history(np.array([customer]))[0]:
            reasons = self._reasons(customer, product)
        elif product >= 0:
            popular = float(self._for_strangers()[product])
            reasons = [Reason("popularity: nothing is known of the customer", -1, popular)]
        else:
            reasons = [Reason("no score: the product is unknown", -1, 0.0)]
        return self._as_table(reasons)

    def _as_table(self, reasons: list[Reason]) -> pd.DataFrame:
        """Reasons as `explain` returns them."""
        reasons = sorted(reasons, key=lambda reason: -reason.contribution)
        about = [self.products_.ids[reason.product] if reason.product >= 0 else None for reason in reasons]
        table = pd.DataFrame(
            {
                "reason": [reason.reason for reason in reasons],
                "product_id": pd.Series(about, dtype=object),
                "contribution": np.array([reason.contribution for reason in reasons], dtype=float),
            }
        )
        table.attrs["score"] = float(table["contribution"].sum())
        return table

    def knows(self, customer_ids: Any = None) -> NDArray[np.bool_]:
        """Whether each customer was in the data of `fit`, shape (n_customers,); the others get popular products."""
        self._check_fitted("knows")
        return self._has_history(self.customers_.codes(self._wanted(customer_ids)))

    def held_about(self, customer_id: Any) -> pd.DataFrame:
        """What the model learnt from about one customer: the products she has, column `product_id`; empty if unknown.

        For the right of access (GDPR, article 15), which `personakit.privacy.Holdings` answers.
        """
        self._check_fitted("held_about")
        code = int(self.customers_.codes(self._wanted([customer_id]))[0])
        products = self.seen_[[code]].indices if code >= 0 else np.empty(0, dtype=np.intp)
        return pd.DataFrame({"product_id": self.products_.take(products)})

    def _requirements(self) -> tuple[str, ...]:
        """Check the parameters, and name the columns that the model needs beside the two ids."""
        return ()

    def _row_weights(self, frame: pd.DataFrame, *, learning: bool = True) -> NDArray[np.float64]:
        """How much each row counts, >= 0; rows of weight 0 are left out and are not "seen"."""
        return event_weights(frame, getattr(self, "event_weight", None), learning=learning)

    def _offered(self) -> pd.Index | None:
        """Products that the model can score although nobody had them, such as those of a catalogue; None: no such."""
        return None

    def _enrolled(self) -> pd.Index | None:
        """Customers whom the model knows something of although they did nothing yet; None: no such."""
        return None

    def _has_history(self, codes: Codes) -> NDArray[np.bool_]:
        """Which of the customer positions the model can tell from a stranger."""
        return codes >= 0

    def _for_strangers(self) -> NDArray[np.float64]:
        """The scores of all products for a customer of whom nothing is known."""
        return self.popularity_

    @abstractmethod
    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        """Learn from the checked rows: their customer and product positions, and the weights of their events."""

    @abstractmethod
    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        """A function from customer positions to their scores of the products at `columns` (None: all of them)."""

    @abstractmethod
    def _reasons(self, customer: int, product: int) -> list[Reason]:
        """Parts of the score of a known customer and a known product."""

    def _check_fitted(self, method: str) -> None:
        if not hasattr(self, "popularity_"):
            name = type(self).__name__
            raise NotFittedError(f"{name}.{method} was called before fit. Call {name}(...).fit(interactions) first.")

    def _wanted(self, customer_ids: Any) -> pd.Index:
        """The customers asked for, each once, after the check of their table's purpose."""
        if customer_ids is None:
            return self.customers_.ids
        check_use(self, customer_ids if not isinstance(customer_ids, str) else None)
        return wanted_ids(customer_ids)

    def _codes(self, wanted: pd.Index, method: str) -> Codes:
        """Positions of the customers, -1 for strangers; where all are, ids of the wrong type are refused."""
        codes = self.customers_.codes(wanted)
        if len(codes) and (codes < 0).all():
            check_types_of_ids(wanted, self.customers_.ids, f"{type(self).__name__}.{method}")
        return codes

    def _columns(self, candidates: Iterable[Any] | None) -> Codes | None:
        """Sorted positions of the candidates that the model knows."""
        if candidates is None:
            return None
        codes = product_codes(self.products_, candidates, "candidates")
        return np.unique(codes[codes >= 0])


def share_of_owners(seen: sparse.csr_matrix) -> NDArray[np.float64]:
    """Share of the customers who have each product, shape (n_products,)."""
    return np.asarray(np.bincount(seen.indices, minlength=seen.shape[1]) / seen.shape[0])


def _vocabulary(values: pd.Series, more: pd.Index | None) -> tuple[IdIndex, Codes]:
    """The ids in the data and those beside it, and the position of each value."""
    if more is None:
        return IdIndex.encode(values)
    known = IdIndex([*as_index(values).unique(), *more])
    return known, known.codes(values)
