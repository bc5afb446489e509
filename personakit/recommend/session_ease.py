"""EASE in which what a customer chose in one sitting goes together more than what she chose months apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve

from personakit.errors import ParameterError
from personakit.recommend.forgetting import Remaining
from personakit.recommend.implicit import EASE
from personakit.recommend.interactions import ticks
from personakit.recommend.protocol import Codes
from personakit.recommend.updating import More

__all__ = ["SessionEASE"]

Floats = NDArray[np.float64]


class SessionEASE(EASE):
    """EASE whose co-occurrences count by how close together in time the same customer made the two choices.

    Each entry of the Gram matrix of Steck 2019, equation 8, is a sum over customers who have both products. Here such a
    customer counts ``across + (1 - across) * exp(-minutes apart / session_minutes)``: 1 for two choices at the same
    moment, `across` for two that have nothing to do with each other in time. The exponential is a positive definite
    kernel, so the problem stays a ridge regression with one solution in closed form. It is between two known models:
    ``across=1`` is EASE, and ``across=0`` with long gaps between visits is EASE with each visit as a customer. What is
    learnt of products is then applied to all that a customer has, whenever she chose it.

    The time of a pair that occurs several times is its last. Memory is 3 x `n_products ** 2` numbers of 8 bytes while
    it works, which `max_memory` bounds, and a third of it afterwards; `forget` and `update` solve anew. On MovieLens
    100K nDCG@10 gains about 2 %: see benchmarks/recommenders.md, also for where it gains nothing.

    Parameters
    ----------
    l2 : float, default 250
        Strength of the ridge; less than for EASE, since the co-occurrences are smaller.
    session_minutes : float, default 5
        Time between two choices after which their closeness has fallen to 1/e. About the time that somebody stays with
        one page or one thought.
    across : float, default 0.2
        What two choices of one customer count that are far apart in time, from 0 to 1.
    max_items, max_memory, event_weight
        As in `EASE`.

    Attributes
    ----------
    weights_, kept_ : ndarray
        As in `EASE`.

    Examples
    --------
    >>> shop = pd.DataFrame({"customer_id": [1, 1, 1, 2], "product_id": ["tea", "pot", "saw", "tea"]})
    >>> shop["timestamp"] = pd.to_datetime(["2025-01-01"] * 2 + ["2025-06-01", "2025-02-01"])
    >>> SessionEASE(l2=1.0).fit(shop).recommend([2], k=2)["product_id"].tolist()
    ['pot', 'saw']
    """

    half_life_days = None
    _latest_at: NDArray[Any]

    def __init__(
        self,
        l2: float = 250.0,
        *,
        session_minutes: float = 5.0,
        across: float = 0.2,
        max_items: int | None = None,
        max_memory: float = 2.0,
        event_weight: Mapping[str, float] | None = None,
    ) -> None:
        self.l2 = l2
        self.session_minutes = session_minutes
        self.across = across
        self.max_items = max_items
        self.max_memory = max_memory
        self.event_weight = event_weight

    def _requirements(self) -> tuple[str, ...]:
        if not 0 < self.session_minutes < np.inf:
            raise ParameterError(f"session_minutes must be above 0 and finite, but is {self.session_minutes!r}.")
        if not 0 <= self.across <= 1:
            raise ParameterError(f"across must lie between 0 and 1, but is {self.across!r}. 1 is EASE.")
        return ("timestamp", *super()._requirements())

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        self.__dict__.update(self._from_choices(self._choices(frame, customers, products, weights, self.seen_.shape)))

    def _without(self, left: Remaining) -> dict[str, Any]:
        return self._from_choices(self._kept_choices(left))

    def _with(self, more: More) -> dict[str, Any]:
        return self._from_choices(self._more_choices(more))

    def _from_choices(self, held: dict[str, Any]) -> dict[str, Any]:
        matrix = held["_pairs"]
        kept = self._most_owned(matrix)
        self._state_memory(len(kept))
        when = held["_latest_at"]
        minutes = (when - when.min()) * (1440.0 / held["_day"])
        timed = sparse.csr_matrix((minutes, matrix.indices, matrix.indptr), shape=matrix.shape)
        return {**held, **self._solved(matrix, kept, self._in_sessions(matrix, timed, kept))}

    def _bytes_a_pair(self, n_kept: int) -> int:
        return 3 * 8

    def _choices(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats, shape: tuple[int, int]
    ) -> dict[str, Any]:
        when, day = ticks(frame)
        held = super()._choices(frame, customers, products, weights, shape)
        return {**held, "_latest_at": _latest(customers, products, when), "_day": day}

    def _kept_choices(self, left: Remaining) -> dict[str, Any]:
        latest_at = self._latest_at[left.places(self._pairs)]
        return {**super()._kept_choices(left), "_latest_at": latest_at, "_day": self._day}

    def _more_choices(self, more: More) -> dict[str, Any]:
        when, day = ticks(more.frame)
        self._check_day(day)
        customers, products = more.moved(self._pairs)
        customers, products = np.concatenate([customers, more.customer]), np.concatenate([products, more.product])
        latest_at = _latest(customers, products, np.concatenate([self._latest_at, when]))
        return {**super()._more_choices(more), "_latest_at": latest_at, "_day": day}

    def _in_sessions(self, matrix: sparse.csr_matrix, minutes: sparse.csr_matrix, kept: Codes) -> tuple[Floats, Floats]:
        """B, and the diagonal of the inverse that it comes from."""
        matrix, minutes = matrix[:, kept].tocsr(), minutes[:, kept].tocsr()
        gram = np.zeros((len(kept), len(kept)))
        for start, stop in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
            when, weights = minutes.data[start:stop], matrix.data[start:stop]
            apart = np.abs(when[:, None] - when)
            close = self.across + (1 - self.across) * np.exp(-apart / self.session_minutes)
            hers = matrix.indices[start:stop]
            gram[hers[:, None], hers] += close * np.outer(weights, weights)
        gram[np.diag_indices(len(kept))] += self.l2
        inverse = cho_solve(cho_factor(gram, lower=True, overwrite_a=True), np.eye(len(kept)), overwrite_b=True)
        diagonal = np.diag(inverse).copy()
        inverse /= -diagonal
        inverse[np.diag_indices(len(kept))] = 0.0
        return np.ascontiguousarray(inverse), diagonal


def _latest(customers: Codes, products: Codes, when: NDArray[Any]) -> NDArray[Any]:
    """The last time of each pair, in the order of the entries of `pair_matrix`."""
    order = np.lexsort((when, products, customers))
    last = np.flatnonzero(np.r_[np.diff(customers[order]) | np.diff(products[order]), 1])
    return when[order[last]]
