"""Predict ratings of pairs, and score by them, in the shapes that scikit-learn's cross-validation and searches want."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use
from personakit.recommend.interactions import as_index, frame_in, product_codes, read_interactions
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.ratings.trainset import checked_scale

__all__ = ["RatingPredictor"]

Floats = NDArray[np.float64]


class RatingPredictor(Recommender, ABC):
    """A recommender that predicts ratings. A model fills in `_rate` and `_scale`.

    Cross-validation and search are scikit-learn's own, on a table of ratings that is split by rows. Without `scoring`
    they use `score`, the RMSE with a minus; with the ratings as y, scikit-learn's scorers by name work too. Give the
    model its `rating_scale`, as the ratings of a fold need not reach both ends.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV, KFold, cross_validate
    >>> from personakit.recommend import SurpriseRecommender
    >>> pairs = {"customer_id": [1, 1, 2, 2, 3, 3], "product_id": list("ababab")}
    >>> stars = pd.DataFrame({**pairs, "rating": [5, 4, 2, 1, 4, 3]})
    >>> model = SurpriseRecommender("BaselineOnly", rating_scale=(1, 5))
    >>> folds = KFold(3, shuffle=True, random_state=0)
    >>> measures = ["neg_root_mean_squared_error", "neg_mean_absolute_error"]
    >>> found = cross_validate(model, stars, stars["rating"], cv=folds, scoring=measures)
    >>> found["test_neg_mean_absolute_error"].shape
    (3,)
    >>> search = GridSearchCV(model, {"bsl_options": [{"reg_u": 15}, {"reg_u": 1}]}, cv=folds).fit(stars)
    >>> search.best_params_
    {'bsl_options': {'reg_u': 1}}
    """

    needs_ratings = True
    _table = "ratings"
    clip: bool

    def predict(self, customer_ids: Any, product_ids: Iterable[Any] | None = None) -> Floats:
        """Predicted ratings of pairs, known or not.

        Parameters
        ----------
        customer_ids, product_ids : iterables of ids, shape (n_pairs,)
            The pairs; or one table with the columns `customer_id` and `product_id`.

        Returns
        -------
        ndarray of float, shape (n_pairs,)
            Ratings, cut to the scale if `clip`. The model's answer to a stranger is the mean of all ratings, and what
            is known of the other side where the method has such a part.

        Raises
        ------
        NotFittedError, DataError, ParameterError, ConsentError
        """
        self._check_fitted("predict")
        if product_ids is None:
            check_use(self, customer_ids)
            customer_ids, product_ids = _pairs_of(customer_ids)
        else:
            customer_ids, product_ids = _collection(customer_ids), _collection(product_ids)
            check_use(self, customer_ids)  # a column carries the purpose of its table
        customers = self._codes(as_index(customer_ids), "predict")
        products = product_codes(self.products_, product_ids, "product_ids")
        if len(customers) != len(products):
            raise ParameterError(
                f"predict takes pairs, but got {len(customers)} customers and {len(products)} products. "
                "Pass as many of each."
            )
        ratings = self._rate(customers, products)
        return np.clip(ratings, *self._scale()) if self.clip else ratings

    def score(self, ratings: Any, y: Any = None) -> float:
        """Minus the root mean squared error of the predictions, so that greater is better.

        Parameters
        ----------
        ratings : pandas.DataFrame
            `customer_id`, `product_id` and, without y, `rating`.
        y : array-like of float, shape (n_pairs,), optional
            The true ratings.

        Raises
        ------
        NotFittedError, DataError, ConsentError
        ParameterError
            y is not one finite number for each row.
        """
        self._check_fitted("score")
        check_use(self, ratings)
        frame = read_interactions(ratings, columns=() if y is not None else ("rating",), name="ratings")
        true = np.asarray(frame["rating"] if y is None else y, dtype=float)
        if true.shape != (len(frame),) or not np.isfinite(true).all():
            raise ParameterError(
                f"score takes one finite rating for each of {len(frame)} rows, but y has the shape {true.shape} and "
                f"{(~np.isfinite(true)).sum()} values that are not finite. Pass a column of ratings without gaps."
            )
        return -float(np.sqrt(np.mean((self.predict(frame) - true) ** 2)))

    @abstractmethod
    def _rate(self, customers: Codes, products: Codes) -> Floats:
        """Unclipped ratings of pairs of positions, -1 for unknown."""

    @abstractmethod
    def _scale(self) -> tuple[float, float]:
        """The lowest and the highest rating."""

    def _cut(self, reasons: list[Reason]) -> list[Reason]:
        """What clipping takes from the sum of the reasons, or adds, as a last reason."""
        total = sum(reason.contribution for reason in reasons)
        cut = float(np.clip(total, *self._scale())) - total if self.clip else 0.0
        return [Reason("cut to the rating scale", -1, cut)] if cut else []

    def _check_ratings(self, frame: pd.DataFrame, rating_scale: tuple[float, float] | None) -> tuple[float, float]:
        """Refuse a pair that was rated twice, and ratings off the scale."""
        if self.seen_.nnz < len(frame):
            twice = frame.duplicated(["customer_id", "product_id"]).to_numpy()
            rows = some(frame.index[twice])
            raise DataError(
                f"ratings has {twice.sum()} repeated pairs of customer_id and product_id (rows {rows}). "
                'Keep one of each, e.g. the last: ratings.drop_duplicates(["customer_id", "product_id"], keep="last").'
            )
        return checked_scale(frame["rating"], rating_scale)


def _pairs_of(table: Any) -> tuple[pd.Series, pd.Series]:
    frame = frame_in(table, "ratings")
    if not isinstance(frame, pd.DataFrame):
        raise ParameterError(
            f"predict got a {type(table).__name__} and no product_ids. Pass both, or a table with the columns "
            "customer_id and product_id."
        )
    missing = [column for column in ("customer_id", "product_id") if column not in frame.columns]
    if missing:
        raise DataError(
            f"predict got a table without {some(missing)} (columns: {some(frame.columns, 12)}). Rename the columns "
            "that hold the ids."
        )
    return frame["customer_id"], frame["product_id"]


def _collection(ids: Any) -> Any:
    """Refuse a text, which would be taken for a list of letters."""
    if isinstance(ids, (str, bytes)) or not isinstance(ids, Iterable):
        raise ParameterError(f"predict takes collections of ids, but got {ids!r}. Pass a list, e.g. [{ids!r}].")
    return ids
