"""What is popular among customers like this one, or in this situation: the first answer to somebody new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.interactions import IdIndex, as_index, pair_matrix
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.topk import ScoreBlock, best_columns

__all__ = ["SegmentPopular"]


class SegmentPopular(Forgetting):
    """The products that most customers of the same segment, or in the same situation, chose.

    The score of a product in a segment is the share of its n customers who have it, drawn towards the share p among
    all: ``(n_with_it + shrinkage * p) / (n + shrinkage)``, as if `shrinkage` customers of the average kind were added
    (the posterior mean under a beta prior). A segment of few customers so says little, and one of many speaks for
    itself.

    Parameters
    ----------
    customers : pandas.DataFrame, optional
        `customer_id` and the columns of `by`. A customer in it who did nothing yet gets her segment's list. Without it
        the columns of `by` are looked for in the interactions (channel, device, season): a customer then belongs where
        most of her interactions are, and `recommend_in` answers for a situation.
    by : column name or sequence of column names, default "segment"
        What makes a segment. Where one of them is missing, the customer belongs to none and gets what all like.
    shrinkage : float, default 20
        In customers; 0 trusts every segment as it is.
    event_weight : mapping of event to weight, optional
        Which events count: those with a weight above 0; a customer counts once for a product.

    Attributes
    ----------
    segments_ : pandas.Index
        Names of the segments.
    sizes_ : ndarray of int, shape (n_segments,)
        Customers of each with interactions.
    scores_ : ndarray of float, shape (n_segments, n_products)
        Between 0 and 1. Memory grows with segments x products.

    Examples
    --------
    >>> people = pd.DataFrame({"customer_id": [1, 2, 3, 4], "segment": ["young", "young", "old", "young"]})
    >>> bought = pd.DataFrame({"customer_id": [1, 2, 3, 3], "product_id": ["cap", "cap", "hat", "tea"]})
    >>> model = SegmentPopular(people, shrinkage=1.0).fit(bought)
    >>> model.recommend([4], k=1)["product_id"].tolist(), model.recommend_in("old", k=1)["product_id"].tolist()
    (['cap'], ['hat'])
    """

    def __init__(
        self,
        customers: pd.DataFrame | None = None,
        *,
        by: str | Sequence[str] = "segment",
        shrinkage: float = 20.0,
        event_weight: Mapping[str, float] | None = None,
    ) -> None:
        self.customers = customers
        self.by = by
        self.shrinkage = shrinkage
        self.event_weight = event_weight

    def recommend_in(self, segment: Any, k: int = 10, *, candidates: Iterable[Any] | None = None) -> pd.DataFrame:
        """The list of a segment or situation, for somebody of whom nothing else is known.

        Parameters
        ----------
        segment : value of `by`, or a tuple of values where there are several columns
        k : int, default 10
        candidates : iterable of product ids, optional

        Returns
        -------
        pandas.DataFrame
            Columns `product_id`, `score`, `rank`.

        Raises
        ------
        UnknownNameError
            There is no such segment.
        """
        self._check_fitted("recommend_in")
        if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 1:
            raise ParameterError(f"k must be a whole number of products >= 1, but is {k!r}.")
        names = list(self.segments_)
        if segment not in names:
            raise UnknownNameError(f"There is no segment {segment!r}. There are: {some(map(repr, names), 12)}.")
        scores = self.scores_[[names.index(segment)]].copy()
        if (columns := self._columns(candidates)) is not None:
            scores[:, np.setdiff1d(np.arange(scores.shape[1]), columns)] = -np.inf
        places, values = best_columns(scores, min(int(k), scores.shape[1]))
        places, values = places[0][places[0] >= 0], values[0][places[0] >= 0]
        table = pd.DataFrame({"product_id": self.products_.take(places), "score": values})
        table["rank"] = np.arange(1, len(table) + 1)
        return table

    def forget(self, customer_ids: Any) -> Self:
        """Unlearn customers, their rows in `customers` included; see `Forgetting.forget`."""
        self._check_fitted("forget")
        wanted = self._wanted(customer_ids)
        super().forget(wanted)
        if self.customers is not None and (hers := self.customers["customer_id"].isin(wanted)).any():
            self.customers = self.customers[~hers]
        return self

    def held_about(self, customer_id: Any) -> pd.DataFrame:
        """The products of hers, and the segment that she is counted in; one row without a product if she has none."""
        held = super().held_about(customer_id)
        code = int(self.customers_.codes([customer_id])[0])
        if code < 0 or self._of_customer[code] < 0:
            return held
        name = self.segments_[self._of_customer[code]]
        rows = held if len(held) else pd.DataFrame({"product_id": [None]})
        return rows.assign(segment=[name] * len(rows))

    def _requirements(self) -> tuple[str, ...]:
        if not (np.isfinite(self.shrinkage) and self.shrinkage >= 0):
            raise ParameterError(f"shrinkage must be finite and >= 0, but is {self.shrinkage!r}.")
        if not self._by:
            raise ParameterError("by names no column. Name what makes a segment, e.g. by='age_band'.")
        if self.customers is not None:
            people = _read(self.customers, self._by)
            twice = people["customer_id"].duplicated()
            if twice.any():
                raise DataError(
                    f"customers.customer_id has {twice.sum()} repeated values ({some(people['customer_id'][twice])}). "
                    "Keep one row a customer."
                )
        return ()

    @property
    def _by(self) -> list[str]:
        return [self.by] if isinstance(self.by, str) else list(self.by)

    def _enrolled(self) -> pd.Index | None:
        return None if self.customers is None else as_index(self.customers["customer_id"])

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        if self.customers is not None:
            names, segments = _segments(self.customers, self._by)
            here = self.customers_.codes(self.customers["customer_id"])
            of_customer = np.full(len(self.customers_), -1, dtype=np.intp)
            of_customer[here] = segments
            of_row = of_customer[customers]
        else:
            names, of_row = _segments(_read(frame, self._by, "interactions"), self._by)
            acts = np.zeros((len(self.customers_), len(names)))
            np.add.at(acts, (customers[of_row >= 0], of_row[of_row >= 0]), 1)
            of_customer = np.where(acts.any(axis=1), acts.argmax(axis=1), -1) if len(names) else np.full(len(acts), -1)
        choices = [
            pair_matrix(customers[of_row == each], products[of_row == each], self.seen_.shape)
            for each in range(len(names))
        ]
        self.__dict__.update(self._counted(names, choices, of_customer, self.seen_))

    def _counted(
        self, names: pd.Index, choices: list[sparse.csr_matrix], of_customer: Codes, seen: sparse.csr_matrix
    ) -> dict[str, Any]:
        """The learnt attributes; segments without a customer leave."""
        alive = [each for each in range(len(names)) if choices[each].nnz or (of_customer == each).any()]
        moved = np.full(len(names) + 1, -1, dtype=np.intp)  # one place more, for -1
        moved[alive] = np.arange(len(alive))
        choices = [choices[each] for each in alive]
        n_active = max(int(np.count_nonzero(np.diff(seen.indptr))), 1)
        share = np.bincount(seen.indices, minlength=seen.shape[1]) / n_active
        sizes = np.array([np.count_nonzero(np.diff(each.indptr)) for each in choices], dtype=np.intp)
        counts = np.array([np.bincount(each.indices, minlength=seen.shape[1]) for each in choices], dtype=float)
        below = np.maximum(sizes + self.shrinkage, np.finfo(float).tiny)[:, None]
        return {
            "segments_": names[alive],
            "sizes_": sizes,
            "scores_": (counts.reshape(len(choices), seen.shape[1]) + self.shrinkage * share) / below,
            "_share": share,
            "_choices": choices,
            "_of_customer": moved[of_customer],
        }

    def _without(self, left: Remaining) -> dict[str, Any]:
        choices = [left.of(each) for each in self._choices]
        return self._counted(self.segments_, choices, self._of_customer[left.rows], left.seen)

    def _has_history(self, codes: Codes) -> NDArray[np.bool_]:
        return (codes >= 0) & (self._of_customer[codes] >= 0)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        scores = self.scores_ if columns is None else self.scores_[:, columns]
        return lambda rows: scores[self._of_customer[rows]]

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        segment = self._of_customer[customer]
        size, name = self.sizes_[segment], self.segments_[segment]
        drawn = float(self.shrinkage * self._share[product] / max(size + self.shrinkage, np.finfo(float).tiny))
        with_it = float(self.scores_[segment, product]) - drawn
        what = name if isinstance(name, str) else ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)
        return [
            Reason(f"popular in the segment {what} ({size} customers)", -1, with_it),
            Reason("popular with all customers", -1, drawn),
        ]


def _read(frame: Any, columns: list[str], name: str = "customers") -> pd.DataFrame:
    """A table with customers and the columns that make segments; nulls in these are allowed."""
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{name} is a {type(frame).__name__}. Pass a data frame with customer_id and {some(columns)}.")
    for column in ("customer_id", *columns):
        if column not in frame.columns:
            raise DataError(
                f"{name} has no column {column!r} (columns: {some(frame.columns, 12)}). "
                "Name what makes a segment in by."
            )
    missing = frame["customer_id"].isna()
    if missing.any():
        raise DataError(f"{name}.customer_id has {missing.sum()} missing values (rows {some(frame.index[missing])}).")
    return frame


def _segments(frame: pd.DataFrame, by: list[str]) -> tuple[pd.Index, Codes]:
    """Names of the segments, sorted, and that of each row; -1 where a column is missing."""
    held = frame[by].astype(object)
    whole = held.notna().all(axis=1).to_numpy()
    values = list(held.itertuples(index=False, name=None)) if len(by) > 1 else held[by[0]].tolist()
    index, codes = IdIndex.encode([value for value, there in zip(values, whole, strict=True) if there])
    result = np.full(len(frame), -1, dtype=np.intp)
    result[whole] = codes
    return index.ids, result
