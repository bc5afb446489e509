"""Customers grouped by what profiles say of them: five ways of clustering behind one protocol, with steady names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from personakit.errors import DataError, ParameterError, some
from personakit.privacy.binding import check_use, purpose_of
from personakit.privacy.gate_permitted import plain_frame
from personakit.privacy.settings import whole
from personakit.profile.encoder import ProfileEncoder
from personakit.profile.frames import by_customer
from personakit.segment.clustering_methods import METHODS, Fitted, fitted

__all__ = ["NO_SEGMENT", "CustomerSegments"]

Floats = NDArray[np.float64]

NO_SEGMENT = "No segment"
"""Customers that the density-based method puts into no group; their label is -1."""


def _is_mixture(model: CustomerSegments) -> bool:
    return model.method == "gaussian_mixture"


class CustomerSegments(ClusterMixin, TransformerMixin, BaseEstimator):
    """Clusters of customers from profile frames as they are, numbered so that another seed does not rename them.

    Each column of the profile, number or category, has the same say before the clustering: a number becomes its normal
    score (or is standardised), a category a column for each value, and both are scaled to a total variance of 1.
    Columns that say the same share that say: a column's squared weight is 1 over the sum of its similarities (RV
    coefficient, for two numbers the squared correlation) to all columns, so that a column given twice counts once. A
    missing number is put at the median, with a column that marks the gap.

    Segment 1 is the one with the highest mean of `order_by`, and so on downwards; without such a column, the largest.

    Parameters
    ----------
    n_segments : int, default 5
        How many segments; "hdbscan" finds the number itself.
    method : {"kmeans", "gaussian_mixture", "hierarchical", "hdbscan", "mixed"}
        k-means, the best of ten starts. Gaussian mixture with a diagonal covariance for each segment, which gives
        probabilities too. Hierarchical: Ward's criterion; a new customer goes to the nearest centre, which for one
        that `fit` saw may differ from `labels_`; memory grows with the square of the customers (64 MB for 4,000), so
        above 10,000 only the ten nearest neighbours of each are considered for merging. HDBSCAN: customers in sparse
        places are in no segment; a new customer takes the segment of the nearest customer that `fit` saw, unless she is
        further off than any of its members is from the next. Mixed: k-prototypes, a mean for numbers and the most
        frequent value for categories, squared distance and weighted mismatch.
    features, leave_out : sequence of str, optional
        Columns to use (default: all that can be used) and not to use.
    numbers : {"ranks", "standard", "keep"}
        What is made of numbers: see `ProfileEncoder`. Ranks tame counts and money with long tails. "keep" leaves
        numbers of one unit, such as `taste_features`, as they are, and balances nothing: differences of scale count.
    order_by : str, optional
        The column by which segments are numbered; by default monetary, where the profiles have it.
    min_segment_size : int, optional
        "hdbscan" only: the least number of customers of a segment; by default 2 % of the customers, at least 5.
    random_state : int, RandomState or None

    Attributes
    ----------
    labels_ : int ndarray of shape (n_customers,), 0 for Segment 1; -1 for no segment
    segments_ : DataFrame, one row a segment: segment, customers, share
    names_ : list of str, the categories of the result
    features_ : list of str, columns of the profile in use
    left_out_ : dict of column to the reason why it is not
    centers_ : ndarray of shape (n_segments, n_numbers), the mean of each segment in the numbers of `transform`
    weights_ : ndarray of shape (n_numbers,), by which encoded numbers are multiplied
    encoder_ : ProfileEncoder
    ordered_by_ : str
    purpose_ : str or None, for which the gate released the profiles

    References
    ----------
    J. H. Ward (1963), "Hierarchical grouping to optimize an objective function", JASA 58; Z. Huang (1998),
    "Extensions to the k-means algorithm for clustering large data sets with categorical values", DMKD 2; R. Campello,
    D. Moulavi and J. Sander (2013), "Density-based clustering based on hierarchical density estimates"; P. Robert and
    Y. Escoufier (1976), "A unifying tool for linear multivariate statistical methods: the RV-coefficient".

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "monetary": [9.0, 10.0, 900.0, 950.0],
    ...                        "favourite_channel": ["store", "store", "app", "app"]})
    >>> CustomerSegments(2, random_state=0).fit_predict(people).to_dict()
    {1: 'Segment 2', 2: 'Segment 2', 3: 'Segment 1', 4: 'Segment 1'}
    """

    labels_: NDArray[np.int64]
    segments_: pd.DataFrame
    names_: list[str]
    features_: list[str]
    left_out_: dict[str, str]
    centers_: Floats
    weights_: Floats
    encoder_: ProfileEncoder
    ordered_by_: str
    purpose_: str | None

    def __init__(
        self,
        n_segments: int = 5,
        method: Literal["kmeans", "gaussian_mixture", "hierarchical", "hdbscan", "mixed"] = "kmeans",
        *,
        features: Sequence[str] | None = None,
        leave_out: Sequence[str] = (),
        numbers: Literal["ranks", "standard", "keep"] = "ranks",
        order_by: str | None = None,
        min_segment_size: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.n_segments = n_segments
        self.method = method
        self.features = features
        self.leave_out = leave_out
        self.numbers = numbers
        self.order_by = order_by
        self.min_segment_size = min_segment_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> CustomerSegments:
        """Find the segments.

        Parameters
        ----------
        X : DataFrame of shape (n_customers, ...), what a consent gate returned, or array of shape (n_customers, n)
        y : ignored

        Raises
        ------
        DataError
            Fewer (different) customers than segments; infinite values; a customer in two rows; no usable column.
        ParameterError
            An unknown method, or a number of segments that is none.
        """
        if self.method not in METHODS:
            raise ParameterError(f"CustomerSegments(method={self.method!r}): give one of {', '.join(METHODS)}.")
        whole("n_segments", self.n_segments, where="CustomerSegments")
        if self.min_segment_size is not None:
            whole("min_segment_size", self.min_segment_size, 2, where="CustomerSegments")
        encoder = ProfileEncoder(
            self.features, self.leave_out, numbers=self.numbers, categories="onehot", missing="fill"
        )
        encoded = encoder.fit_transform(X)
        self.encoder_, self.purpose_, self.n_features_in_ = encoder, purpose_of(X), encoder.n_features_in_
        if hasattr(encoder, "feature_names_in_"):
            self.feature_names_in_ = encoder.feature_names_in_
        self.features_, self.left_out_ = list(encoder.kinds_), encoder.left_out_
        self.weights_ = np.ones(encoded.shape[1]) if self.numbers == "keep" else _weights(encoded, encoder.sources_)
        matrix = encoded * self.weights_
        self._check_enough(matrix)
        places = {name: place for place, name in enumerate(encoder.categories_)}
        groups = np.array([places.get(name, -1) for name in encoder.sources_])
        least = self.min_segment_size or max(5, len(matrix) // 50)
        found = fitted(self.method, matrix, self.n_segments, groups, least, self.random_state)
        self._name(found, matrix, self._values(X))
        return self

    def predict(self, X: Any) -> Any:
        """The segment of each customer.

        Returns
        -------
        Series "segment", categorical, with the index of the profiles (customer_id); for an array, int labels.
        """
        numbers = self.transform(X)
        return self._shown(self._label(self._fitted.assign(numbers)), X)

    def fit_predict(self, X: Any, y: Any = None, **kwargs: Any) -> Any:
        """`fit`, and the segments that it found for the same customers (`labels_`, by name)."""
        return self.fit(X).segments_of(X)

    def segments_of(self, X: Any) -> Any:
        """`labels_` in the form of `predict`, for the very customers that `fit` saw."""
        check_is_fitted(self, "labels_")
        return self._shown(self.labels_, X)

    def transform(self, X: Any) -> Floats:
        """The numbers in which distances are taken, shape (n_customers, n_numbers)."""
        check_is_fitted(self, "labels_")
        check_use(self, X)
        numbers: Floats = self.encoder_.transform(X) * self.weights_
        return numbers

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """The name of each column of `transform`."""
        check_is_fitted(self, "labels_")
        return self.encoder_.get_feature_names_out()

    @available_if(_is_mixture)
    def predict_proba(self, X: Any) -> Any:
        """Gaussian mixtures: the probability of each segment, columns as `names_`; an array for an array."""
        numbers = self.transform(X)
        probabilities = self._fitted.model.predict_proba(numbers)[:, np.argsort(self._order)]
        if not isinstance(plain_frame(X), pd.DataFrame):
            return probabilities
        return pd.DataFrame(probabilities, index=by_customer(X).index, columns=self.names_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags

    def _check_enough(self, matrix: Floats) -> None:
        if self.method == "hdbscan":
            if len(matrix) < 2:
                raise DataError("profiles: n_samples=1 customer cannot be grouped. Give more customers.")
            return
        if len(matrix) < self.n_segments:
            raise DataError(
                f"profiles: n_samples={len(matrix)} customers are fewer than n_segments={self.n_segments}. Ask for "
                "fewer segments, or give more customers."
            )
        if (different := len(np.unique(matrix, axis=0))) < self.n_segments:
            raise DataError(
                f"profiles: only {different} of the {len(matrix)} customers differ in {some(self.features_)}, fewer "
                f"than n_segments={self.n_segments}. Ask for fewer segments, or give more columns."
            )

    def _values(self, X: Any) -> Floats | None:
        """The column by which segments are numbered, if there is one."""
        frame = plain_frame(X)
        name = self.order_by or "monetary"
        there = isinstance(frame, pd.DataFrame) and name in frame.columns
        if self.order_by and not there:
            raise DataError(f"profiles has no column {name!r} to order the segments by. Name one of its columns.")
        values = pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan) if there else None
        if values is None or np.isnan(values).all():
            values = None
        self.ordered_by_ = "size" if values is None else name
        return values

    def _name(self, found: Fitted, matrix: Floats, values: Floats | None) -> None:
        """Number the segments by value or size; of equals, the one whose centre has the larger first number."""
        there = np.unique(found.labels[found.labels >= 0])
        centers = np.array([matrix[found.labels == each].mean(axis=0) for each in there]).reshape(-1, matrix.shape[1])
        sizes = np.array([(found.labels == each).sum() for each in there], dtype=float)
        height = sizes if values is None else np.array([_mean(values[found.labels == each]) for each in there])
        first = np.lexsort((*(-centers.round(9).T), -height.round(9)))
        rank = np.full(found.n, -1)
        rank[there[first]] = np.arange(len(there))
        rank[rank < 0] = np.arange(len(there), found.n)  # a component of a mixture that nobody belongs to
        self._fitted, self._order = found, rank
        self.labels_ = self._label(found.labels)
        self.centers_ = centers[first]
        self.names_ = [f"Segment {place + 1}" for place in range(found.n)]
        if self.method == "hdbscan":
            self.names_ = [*self.names_, NO_SEGMENT]
        counted = np.bincount(self.labels_ % len(self.names_), minlength=len(self.names_))
        self.segments_ = pd.DataFrame(
            {"segment": self.names_, "customers": counted, "share": counted / len(self.labels_)}
        )

    def _label(self, raw: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.append(self._order, -1)[raw]  # -1, no segment, is the last place and stays -1

    def _shown(self, labels: NDArray[np.int64], X: Any) -> Any:
        if not isinstance(plain_frame(X), pd.DataFrame):
            return labels
        index = by_customer(X).index
        if len(index) != len(labels):
            raise DataError(f"profiles has {len(index)} customers, and {len(labels)} were fitted. Use predict.")
        named = pd.Categorical.from_codes(labels % len(self.names_), pd.Index(self.names_))
        segments = pd.Series(named, index=index, name="segment")
        if (purpose := purpose_of(X)) is not None:
            segments.attrs["purpose"] = purpose
        return segments


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else -np.inf


def _weights(encoded: Floats, sources: list[str]) -> Floats:
    """One weight a number: each source has a variance of 1 in total, shared by those that say the same."""
    starts = np.flatnonzero([place == 0 or sources[place] != sources[place - 1] for place in range(len(sources))])
    covariance = np.atleast_2d(np.cov(encoded, rowvar=False, bias=True)) if len(encoded) > 1 else np.eye(len(sources))
    totals = np.add.reduceat(np.diag(covariance), starts)
    shared = np.add.reduceat(np.add.reduceat(covariance**2, starts, axis=0), starts, axis=1)
    own = np.sqrt(np.diag(shared))
    similar = np.divide(shared, np.outer(own, own), out=np.eye(len(own)), where=np.outer(own, own) > 0)
    squared = 1 / (np.where(totals > 0, totals, 1.0) * similar.sum(axis=0))
    return np.repeat(np.sqrt(squared), np.diff(np.append(starts, len(sources))))
