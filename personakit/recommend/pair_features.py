"""What is known of a customer and a product together beside the scores of recommenders: popularity, time, taste."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, some
from personakit.recommend.interactions import IdIndex, as_index, pair_matrix, ticks

__all__ = ["PairFeatures", "release_days"]

Codes = NDArray[np.intp]
Floats = NDArray[np.float64]

_DAYS = (2.0, 10.0, 40.0)
_PRIOR = 10.0  # ratings of average height that every product is credited with
_FEW = 3.0  # customers: below that many, ratios of popularity stay near 1
_RARE = 0.01  # the same for shares of attributes


class PairFeatures:
    """Numbers about pairs of a customer and a product, learnt from one table of interactions and no row beside it.

    Always `popularity`, the logarithm of 1 + a product's customers, and `activity`, that of a customer's products.

    With a column `rating`: `mean rating`, where every product is credited with ten average ones.

    With `timestamp`, a customer's time being the median of her choices: `popularity then (2 days)`, `(10 days)` and
    `(40 days)`, the log ratio of how often the product was chosen about her time, with that e-folding, to how often on
    the whole; `first choice` and `last choice` of the product, in days before her time.

    With a catalogue: `taste`, the log ratio of the share of her products that have an attribute to its share in what
    everybody has, in the mean of the product's attributes. With a column of dates also `age` of the product at her
    time, and `age gap` between it and the mean of her products, both in years.

    A pair that occurs several times counts with its last row. Memory grows with the days of the data, and with
    customers x products only in what `of` returns.

    Parameters
    ----------
    frame : pandas.DataFrame
        Checked interactions.
    customers, products : IdIndex
        Who and what the positions stand for; some may not occur in `frame`.
    catalogue : pandas.DataFrame, optional
        With `product_id` and the columns that are read.
    features : transformer, optional
        From the catalogue to attributes, which count where they are above 0.
    released : str, optional
        The column of dates.

    Attributes
    ----------
    names : list of str
        Of the features, in order.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": ["ann", "ann", "eve"], "product_id": ["cup", "tea", "tea"]})
    >>> pairs = PairFeatures(visits, IdIndex(["ann", "eve"]), IdIndex(["cup", "tea"]))
    >>> pairs.names, np.expm1(pairs.of(np.array([0]))).round(6).tolist()
    (['popularity', 'activity'], [[[1.0, 2.0]], [[2.0, 2.0]]])
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        customers: IdIndex,
        products: IdIndex,
        *,
        catalogue: pd.DataFrame | None = None,
        features: Any = None,
        released: str | None = None,
    ) -> None:
        who, what = customers.codes(frame["customer_id"]), products.codes(frame["product_id"])
        timed, rated = "timestamp" in frame.columns, "rating" in frame.columns
        ticked, day = ticks(frame) if timed else (np.zeros(len(frame)), 1.0)
        when = np.asarray(ticked / day, dtype=float)
        stars = frame["rating"].to_numpy(dtype=float) if rated else np.zeros(len(frame))
        order = np.lexsort((stars, when, what, who))
        order = order[np.flatnonzero(np.r_[np.diff(who[order]) | np.diff(what[order]), 1])]
        who, what, when, stars = who[order], what[order], when[order], stars[order]

        self._history = pair_matrix(who, what, (len(customers), len(products)))
        self._n_products = np.diff(self._history.indptr).astype(float)
        self._n_customers = np.bincount(what, minlength=len(products)).astype(float)
        self._of_product = {"popularity": np.log1p(self._n_customers)}
        if rated:
            total = np.bincount(what, weights=stars, minlength=len(products))
            self._of_product["mean rating"] = (total + _PRIOR * stars.mean()) / (self._n_customers + _PRIOR)
        self.names = [*self._of_product, "activity"]
        if timed:
            self._time = _grouped(when, who, len(customers), "median")
            self._first = _grouped(when, what, len(products), "min")
            self._last = _grouped(when, what, len(products), "max")
            self._start, self._bin = when.min(), min(_DAYS) / 2
            place = ((when - self._start) / self._bin).astype(np.intp)
            shape = (int(place.max()) + 1, len(products))
            self._by_time = sparse.csr_matrix((np.ones(len(when)), (place, what)), shape=shape)
            self.names += [f"popularity then ({days:g} days)" for days in _DAYS] + ["first choice", "last choice"]
        self._attributes = None if catalogue is None else _attributes(catalogue, features, products)
        if self._attributes is not None:
            self.names.append("taste")
        self._dates = None
        if catalogue is not None and released is not None:
            days_of = release_days(catalogue, released)
            row = as_index(catalogue["product_id"]).get_indexer(products.ids)
            self._dates = np.where(row >= 0, days_of[row], np.nan)
            self.names += ["age", "age gap"]

    def of(self, rows: Codes) -> Floats:
        """The features of some customers with all products.

        Parameters
        ----------
        rows : ndarray of int, shape (n_rows,)
            Positions of the customers.

        Returns
        -------
        ndarray of float, shape (n_features, n_rows, n_products)
            NaN where a feature is unknown, such as the age of a product without a date.
        """
        made: list[Any] = [*self._of_product.values(), np.log1p(self._n_products[rows])[:, None]]
        if "first choice" in self.names:
            time = self._time[rows][:, None]
            made += [*self._popularity_then(time), time - self._first, time - self._last]
        if self._attributes is not None:
            made.append(self._taste(rows, self._attributes))
        if self._dates is not None:
            history = self._history[rows]
            known = np.isfinite(self._dates)
            dated = np.where(known, self._dates, 0.0)
            number = history @ known.astype(float)
            mean = np.where(number > 0, (history @ dated) / np.maximum(number, 1.0), np.nan)
            made += [(time - self._dates) / 365.25, (self._dates - mean[:, None]) / 365.25]
        shape = (len(rows), self._history.shape[1])
        return np.stack([np.broadcast_to(each, shape) for each in made])

    def _popularity_then(self, time: Floats) -> list[Floats]:
        middles = self._start + (np.arange(self._by_time.shape[0]) + 0.5) * self._bin
        choices = np.asarray(self._by_time.sum(axis=1)).ravel()
        apart = np.abs(np.nan_to_num(time, nan=middles[-1]) - middles)
        few, usual = _FEW / len(self._n_products), self._n_customers / len(self._n_products)
        made = []
        for days in _DAYS:
            # from the nearest time at which there was anything, so that the weights of a lonely customer do not vanish
            close = np.exp(-(apart - np.where(choices > 0, apart, np.inf).min(axis=1, keepdims=True)) / days)
            about = (close @ self._by_time) / (close @ choices)[:, None] * self._n_products.mean()
            made.append(np.log((about + few) / (usual + few)))
        return made

    def _taste(self, rows: Codes, attributes: sparse.csr_matrix) -> Floats:
        hers = (self._history[rows] @ attributes).toarray() / np.maximum(self._n_products[rows], 1.0)[:, None]
        usual = (self._n_customers @ attributes) / self._n_customers.sum()
        ratio = np.log((hers + _RARE) / (usual + _RARE))
        number = np.asarray(attributes.sum(axis=1)).ravel()
        return np.where(number > 0, (attributes @ ratio.T).T / np.maximum(number, 1.0), np.nan)


def release_days(catalogue: pd.DataFrame, released: str) -> Floats:
    """The dates of a catalogue in days since 1970, shape (n_rows,); NaN where there is none.

    Raises
    ------
    DataError
        The column does not hold dates.

    Examples
    --------
    >>> release_days(pd.DataFrame({"since": ["1970-01-11", None]}), "since").tolist()
    [10.0, nan]
    """
    column = catalogue[released]
    try:
        if pd.api.types.is_numeric_dtype(column.dtype):
            raise TypeError("they are numbers")
        dates = pd.DatetimeIndex(pd.to_datetime(column, utc=True, format="ISO8601")).tz_localize(None)
    except (TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"products.{released} holds {column.dtype} values ({some(column)}) that are no dates: {error}. "
            f"Convert them first: pd.to_datetime(products[{released!r}])."
        ) from error
    days = dates.to_numpy(dtype="datetime64[s]").astype(np.int64) / 86_400.0
    return np.asarray(np.where(dates.isna(), np.nan, days), dtype=float)


def _grouped(values: Floats, groups: Codes, n_groups: int, how: str) -> Floats:
    """Median, min or max of each group, NaN where it is empty."""
    found = pd.Series(values).groupby(groups).agg(how)
    result = np.full(n_groups, np.nan)
    result[found.index.to_numpy()] = found.to_numpy()
    return result


def _attributes(catalogue: pd.DataFrame, features: Any, products: IdIndex) -> sparse.csr_matrix:
    """Which attributes each product has, as noughts and ones; a product beside the catalogue has none."""
    rows = sparse.csr_matrix(features.fit(catalogue).transform(catalogue) > 0).astype(float)
    none = sparse.csr_matrix((1, rows.shape[1]))  # stands last, where -1 points
    place = as_index(catalogue["product_id"]).get_indexer(products.ids)
    return sparse.vstack([rows, none], format="csr")[place]
