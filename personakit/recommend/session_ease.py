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
    it works, and a third of it afterwards. On MovieLens 100K nDCG@10 gains about 4 %: see benchmarks/recommenders.md,
    also for where it gains nothing.

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

    def _choices(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats, shape: tuple[int, int]
    ) -> dict[str, Any]:
        held = super()._choices(frame, customers, products, weights, shape)
        when, day = ticks(frame)
        order = np.lexsort((when, products, customers))
        last = order[np.flatnonzero(np.r_[np.diff(customers[order]) | np.diff(products[order]), 1])]
        # in the order of the matrix's entries, and from 1: a time of 0 would be lost on the way in _kept_choices
        minutes = (when[last] - when.min()) * (1440.0 / day) + 1.0
        pairs = held["_pairs"]
        return {**held, "_minutes": sparse.csr_matrix((minutes, pairs.indices, pairs.indptr), shape=shape)}

    def _kept_choices(self, left: Remaining) -> dict[str, Any]:
        return {**super()._kept_choices(left), "_minutes": left.of(self._minutes)}

    def _solved(
        self,
        matrix: sparse.csr_matrix,
        kept: Codes,
        solution: tuple[NDArray[np.floating], NDArray[np.floating]] | None = None,
    ) -> dict[str, object]:
        return super()._solved(matrix, kept, solution or self._in_sessions(matrix, self._minutes, kept))

    def _without(self, left: Remaining) -> dict[str, object]:
        held = self._kept_choices(left)
        matrix = held["_pairs"]
        kept = self._most_owned(matrix)
        return {**held, **self._solved(matrix, kept, self._in_sessions(matrix, held["_minutes"], kept))}

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
