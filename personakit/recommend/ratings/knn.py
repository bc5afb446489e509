"""Nearest neighbours for ratings that stay sparse: the formulas of Surprise's kNN, without its table of all pairs."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import ParameterError
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.ratings.estimates import groups
from personakit.recommend.ratings.normalisation import Normalisation
from personakit.recommend.ratings.prediction import RatingPredictor
from personakit.recommend.ratings.similarities import RowSimilarity, als_baselines, checked_similarity
from personakit.recommend.topk import ScoreBlock

__all__ = ["RatingKNN"]

Floats = NDArray[np.float64]
_PAIRS_AT_ONCE = 1 << 21


class RatingKNN(RatingPredictor):
    """Nearest neighbours between products or customers, for ratings, in memory that grows with neighbours only.

    Surprise keeps all similarities, in several dense tables while it learns: its issue 3 is of 150,000 customers, for
    whom each takes 180 GB. Here each row keeps its `n_similar` nearest, found a block of rows at a time.

    With `n_similar=None` nothing is cut, and predictions are those of Surprise's KNNBasic ("none"), KNNWithMeans
    ("mean"), KNNWithZScore ("zscore") and KNNBaseline ("baseline"). They differ in three things. A neighbour who is
    not among the `n_similar` nearest is not asked, even where fewer than k of those have rated: then fewer answer.
    Equal similarities go by id, in Surprise by row of the table, so that here the order of the rows does not matter.
    And for a rating that the model learnt from, Surprise counts that rating itself as the nearest neighbour.

    Parameters
    ----------
    centring : {"baseline", "mean", "zscore", "none"}, default "baseline"
        What a neighbour's rating is compared with. Baselines by alternating least squares with Surprise's defaults.
    similarity : {"pearson_baseline", "msd", "cosine", "pearson"}, default "pearson_baseline"
        The default counts less where few ratings are in common. With the others, a pair with one rating in common may
        be as near as can be: raise `min_support` along with a cut.
    between : {"products", "customers"}, default "products"
        Which side has neighbours. There are usually fewer products, so that it is the faster way.
    k, min_k : int, default 40 and 1
        Neighbours that answer at most, and at least (else the answer is where it starts from).
    n_similar : int or None, default 200
        Neighbours kept of each; at least k.
    min_support : int, default 1
        Ratings in common that a similarity needs.
    shrinkage : float, default 100
        Of `pearson_baseline`.
    clip : bool, default True
        Cut scores to the rating scale.
    rating_scale : (float, float), optional
        Lowest and highest rating; without it, those in the data.

    Attributes
    ----------
    similarity_ : scipy.sparse.csr_matrix, shape (n, n)
        Entry (x, other) of products or customers in the order of their ids; a row's entries stand nearest first.

    Examples
    --------
    >>> pairs = {"customer_id": [1, 1, 2, 2, 3, 3, 4], "product_id": list("abababa")}
    >>> stars = pd.DataFrame({**pairs, "rating": [5, 5, 1, 1, 4, 4, 5]})
    >>> model = RatingKNN("mean", similarity="msd").fit(stars)
    >>> model.predict([4], ["b"]).round(3).tolist()
    [4.583]
    >>> model.explain(4, "b").round(3)
                          reason product_id  contribution
    0  this product's average rating       None         3.333
    1           rated this product 5          a         1.250
    """

    def __init__(
        self,
        centring: Literal["baseline", "mean", "zscore", "none"] = "baseline",
        *,
        similarity: Literal["pearson_baseline", "msd", "cosine", "pearson"] = "pearson_baseline",
        between: Literal["products", "customers"] = "products",
        k: int = 40,
        min_k: int = 1,
        n_similar: int | None = 200,
        min_support: int = 1,
        shrinkage: float = 100.0,
        clip: bool = True,
        rating_scale: tuple[float, float] | None = None,
    ) -> None:
        self.centring = centring
        self.similarity = similarity
        self.between = between
        self.k = k
        self.min_k = min_k
        self.n_similar = n_similar
        self.min_support = min_support
        self.shrinkage = shrinkage
        self.clip = clip
        self.rating_scale = rating_scale

    def _requirements(self) -> tuple[str, ...]:
        if self.centring not in ("baseline", "mean", "zscore", "none"):
            raise ParameterError(f"centring must be 'baseline', 'mean', 'zscore' or 'none', but is {self.centring!r}.")
        if self.between not in ("products", "customers"):
            raise ParameterError(f"between must be 'products' or 'customers', but is {self.between!r}.")
        checked_similarity(self.similarity)
        for name in ("k", "min_k", "n_similar", "min_support"):
            value = getattr(self, name)
            if name == "n_similar" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ParameterError(f"{name} must be a whole number >= 1, but is {value!r}.")
        if self.n_similar is not None and self.n_similar < self.k:
            raise ParameterError(
                f"n_similar is {self.n_similar}, fewer than the k = {self.k} neighbours that are to answer. "
                "Raise n_similar or lower k."
            )
        if not (np.isfinite(self.shrinkage) and self.shrinkage >= 0):
            raise ParameterError(f"shrinkage must be 0 or more, but is {self.shrinkage!r}.")
        return ("rating",)

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        self.rating_scale_ = self._check_ratings(frame, self.rating_scale)
        values = frame["rating"].to_numpy(dtype=float)
        ratings = sparse.coo_matrix((values, (customers, products)), shape=self.seen_.shape).tocsr()
        ratings.sort_indices()
        between_customers = self.between == "customers"
        by_x = ratings if between_customers else ratings.T.tocsr()
        mean = float(ratings.data.mean())
        baselines = None
        if "baseline" in (self.centring, self.similarity.rpartition("_")[2]):
            found = als_baselines(ratings, mean, regularise_rows=15.0, regularise_columns=10.0)
            baselines = found if between_customers else found._replace(rows=found.columns, columns=found.rows)
        self.similarity_ = RowSimilarity(
            by_x,
            self.similarity,
            min_support=self.min_support,
            shrinkage=self.shrinkage,
            baselines=baselines,
        ).nearest(self.n_similar)
        centre, spread = np.zeros(by_x.shape[0]), np.ones(by_x.shape[0])
        of_y = np.zeros(by_x.shape[1])
        if self.centring == "baseline" and baselines is not None:
            centre, of_y = mean + baselines.rows, baselines.columns
        elif self.centring != "none":
            counts = np.diff(by_x.indptr)
            centre = np.asarray(by_x.sum(axis=1)).ravel() / counts
            if self.centring == "zscore":
                x = np.repeat(np.arange(len(counts)), counts)
                squares = np.bincount(x, weights=(by_x.data - centre[x]) ** 2, minlength=len(counts))
                spread = np.sqrt(squares / counts)
                spread = np.where(spread > 0, spread, ratings.data.std() or 1.0)
        self._parts = Normalisation(self.centring, mean, centre, spread, of_y, between_customers)
        self._ratings = by_x.T.tocsr()  # y x x: what each y has
        self._set_up()

    def _set_up(self) -> None:
        """What `similarity_` and the ratings are multiplied as."""
        rated, similar = self._ratings, self.similarity_
        y = np.repeat(np.arange(rated.shape[0]), np.diff(rated.indptr))
        departures = _with(rated, self._parts.departures(rated.data, rated.indices, y))
        ones, kept = _with(rated, np.ones(rated.nnz)), _with(similar, np.ones(similar.nnz))
        if self.between == "products":
            self._left, self._right = (departures, ones, ones), (similar.T.tocsr(), similar.T.tocsr(), kept.T.tocsr())
        else:
            self._left, self._right = (similar, similar, kept), (departures.T.tocsr(), ones.T.tocsr(), ones.T.tocsr())

    def _scale(self) -> tuple[float, float]:
        return self.rating_scale_

    def _rate(self, customers: Codes, products: Codes) -> Floats:
        x, y = (customers, products) if self.between == "customers" else (products, customers)
        ratings = self._parts.alone(x, y)
        known = np.flatnonzero((x >= 0) & (y >= 0))
        ratings[known] = self._of_pairs(x[known], y[known])
        return ratings

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        right = self._right if columns is None else tuple(table[:, columns] for table in self._right)
        every = np.arange(len(self.products_)) if columns is None else columns

        def block(rows: Codes) -> Floats:
            left = tuple(table[rows] for table in self._left)
            weighted, total, count = ((a @ b).toarray() for a, b in zip(left, right, strict=True))
            enough = count >= max(self.min_k, 1)
            np.divide(weighted, total, out=weighted, where=enough)
            customer, product = np.broadcast_arrays(rows[:, None], every)
            x, y = (customer, product) if self.between == "customers" else (product, customer)
            scores = self._parts.estimate(x, y, weighted, enough)
            crowded = np.nonzero(count > self.k)  # there the sums hold more neighbours than may answer
            scores[crowded] = self._of_pairs(x[crowded], y[crowded])
            return np.clip(scores, *self._scale(), out=scores) if self.clip else scores

        return block

    def _of_pairs(self, x: Codes, y: Codes) -> Floats:
        """Unclipped estimates of known pairs: the first k of the nearest of x who have rated y."""
        result = np.empty(len(x))
        n = self.similarity_.shape[0]
        has, departs = np.zeros(n, dtype=bool), np.zeros(n)
        starts = self.similarity_.indptr.astype(np.intp)
        longest = max(int(np.diff(starts).max(initial=0)), 1)
        for owner, places in groups(y, np.arange(len(y))):
            listed = slice(self._ratings.indptr[owner], self._ratings.indptr[owner + 1])
            others = self._ratings.indices[listed]
            has[others], departs[others] = True, self._parts.departures(self._ratings.data[listed], others, owner)
            for start in range(0, len(places), max(1, _PAIRS_AT_ONCE // longest)):
                part = places[start : start + max(1, _PAIRS_AT_ONCE // longest)]
                result[part] = self._answers(x[part], owner, starts, has, departs)
            has[others] = False
        return result

    def _answers(self, x: Codes, y: int, starts: Codes, has: NDArray[np.bool_], departs: Floats) -> Floats:
        lengths = starts[x + 1] - starts[x]
        if not lengths.any():
            return self._parts.estimate(x, y, np.zeros(len(x)), np.zeros(len(x), dtype=bool))
        steps = np.arange(lengths.max())
        places = np.minimum(starts[x][:, None] + steps, self.similarity_.nnz - 1)
        others = self.similarity_.indices[places]
        answers = has[others] & (steps < lengths[:, None])
        answers &= np.cumsum(answers, axis=1, dtype=np.int32) <= self.k
        similar = np.where(answers, self.similarity_.data[places], 0.0)
        enough = np.count_nonzero(answers, axis=1) >= max(self.min_k, 1)
        weighted = (similar * np.where(answers, departs[others], 0.0)).sum(axis=1)
        np.divide(weighted, similar.sum(axis=1), out=weighted, where=enough)
        return self._parts.estimate(x, y, weighted, enough)

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        x, y = (customer, product) if self.between == "customers" else (product, customer)
        row = slice(self.similarity_.indptr[x], self.similarity_.indptr[x + 1])
        others, similar = self.similarity_.indices[row], self.similarity_.data[row]
        listed = slice(self._ratings.indptr[y], self._ratings.indptr[y + 1])
        rating = np.full(len(self.similarity_.indptr) - 1, np.nan)
        rating[self._ratings.indices[listed]] = self._ratings.data[listed]
        near = np.flatnonzero(~np.isnan(rating[others]))[: self.k]
        reasons = self._parts.reasons(
            x,
            y,
            similar[near],
            others[near],
            rating[others[near]],
            enough=len(near) >= max(self.min_k, 1),
        )
        return [*reasons, *self._cut(reasons)]


def _with(table: sparse.csr_matrix, values: Floats) -> sparse.csr_matrix:
    return sparse.csr_matrix((values, table.indices, table.indptr), shape=table.shape)
