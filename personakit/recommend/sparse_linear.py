"""SLIM, a sparse linear model of each product on the others, for implicit feedback."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import enet_path

from personakit.errors import ParameterError
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.item_to_item import ItemToItem
from personakit.recommend.protocol import Codes

__all__ = ["SLIM"]


class SLIM(ItemToItem, Forgetting):
    """Sparse linear method: each product explained by a few others, with weights of 0 or more.

    Scores are ``x @ W``, where x is what a customer has and W minimises
    ``|X - X W|^2 / 2 + l2 / 2 |W|^2 + l1 |W|_1`` with ``W >= 0`` and a diagonal of 0. Ning and Karypis 2011, "SLIM:
    Sparse Linear Methods for Top-N Recommender Systems", equation 3. Where EASE has an answer for every two products,
    SLIM has a few reasons for each, and none that speaks against.

    One elastic net for each product, by coordinate descent on the Gram matrix, which all of them share: memory grows
    with products squared (8 bytes each, stated by the error above `max_memory`), the result stays sparse.

    Parameters
    ----------
    l1 : float, default 2
        More makes W sparser.
    l2 : float, default 300
        Strength of the ridge; more for more customers.
    max_iter : int, default 500
        Rounds of coordinate descent for a product at most.
    tol : float, default 1e-4
        A product is done when the duality gap is below `tol` times its squared weights.
    max_memory : float, default 2.0
        Refuse to start above so many GiB.
    event_weight, half_life_days : optional
        As in `EASE`.

    Attributes
    ----------
    weights_ : scipy.sparse.csr_matrix, shape (n_products, n_products)
        W: row j is what owning product j adds to each other product.

    Examples
    --------
    >>> things = ["tea", "pot", "tea", "pot", "tea", "cup"]
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3, 4], "product_id": things})
    >>> SLIM(l1=0.1, l2=1.0).fit(baskets).explain(3, "pot").round(3)
                 reason product_id  contribution
    0  has this product        tea         0.475
    """

    _silence = "nothing she has bears on it"

    def __init__(
        self,
        l1: float = 2.0,
        l2: float = 300.0,
        *,
        max_iter: int = 500,
        tol: float = 1e-4,
        max_memory: float = 2.0,
        event_weight: Mapping[str, float] | None = None,
        half_life_days: float | None = None,
    ) -> None:
        self.l1 = l1
        self.l2 = l2
        self.max_iter = max_iter
        self.tol = tol
        self.max_memory = max_memory
        self.event_weight = event_weight
        self.half_life_days = half_life_days

    def _requirements(self) -> tuple[str, ...]:
        if not 0 < self.l1 < np.inf or not 0 < self.l2 < np.inf:
            raise ParameterError(f"l1 and l2 must be above 0, but they are {self.l1!r} and {self.l2!r}.")
        if self.max_iter < 1 or not self.tol > 0:
            raise ParameterError(
                f"max_iter must be at least 1 and tol above 0, but they are {self.max_iter!r} and {self.tol!r}."
            )
        if not self.max_memory > 0:
            raise ParameterError(f"max_memory must be above 0 GiB, but is {self.max_memory!r}.")
        return super()._requirements()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self._history = self._weigh(frame, customers, products, weights)
        self.weights_ = self._solved(self._history)

    def _without(self, left: Remaining) -> dict[str, Any]:
        held = self._kept_choices(left)
        history = self._worth(held)
        # An elastic net has no closed form to correct: the weights are found anew from the pairs that are left.
        return {**held, "_history": history, "weights_": self._solved(history)}

    def _solved(self, history: sparse.csr_matrix) -> sparse.csr_matrix:
        n_customers, n_products = history.shape
        needed = n_products**2 * 8 / 2**30
        if needed > self.max_memory:
            raise ParameterError(
                f"SLIM over {n_products:,} products needs {needed:.1f} GiB for the Gram matrix, more than "
                f"max_memory={self.max_memory:g} GiB. Drop products that hardly anybody has, or raise max_memory."
            )
        gram = np.ascontiguousarray((history.T @ history).toarray())
        # enet_path divides the squares by the number of rows, and splits one strength by a ratio
        strength = (self.l1 + self.l2) / n_customers
        target, table = np.zeros(n_customers), np.empty((n_customers, n_products), order="F")
        inputs, values, unfinished = [], [], 0
        for product in range(n_products):
            own = gram[product].copy()
            wanted = own.copy()
            wanted[product] = 0.0
            gram[product] = gram[:, product] = 0.0  # a column of noughts is passed over: the diagonal stays 0
            target[0] = np.sqrt(own[product])  # only its square is used
            with warnings.catch_warnings(record=True) as caught, config_context(skip_parameter_validation=True):
                warnings.simplefilter("always", ConvergenceWarning)
                _, found, _ = enet_path(
                    table,
                    target,
                    l1_ratio=self.l1 / (self.l1 + self.l2),
                    alphas=[strength],
                    precompute=gram,
                    Xy=wanted,
                    positive=True,
                    check_input=False,
                    max_iter=self.max_iter,
                    tol=self.tol,
                )
            unfinished += bool(caught)
            gram[product], gram[:, product] = own, own
            inputs.append(np.flatnonzero(found[:, 0]))
            values.append(found[inputs[-1], 0])
        if unfinished:
            warnings.warn(
                f"SLIM: {unfinished} of {n_products} products had not settled after max_iter={self.max_iter} rounds. "
                "Raise max_iter, l1 or l2.",
                ConvergenceWarning,
                stacklevel=2,
            )
        pointers = np.cumsum([0, *map(len, inputs)])
        shape = (n_products, n_products)
        return sparse.csc_matrix((np.concatenate(values), np.concatenate(inputs), pointers), shape=shape).tocsr()

    @property
    def _spoken(self) -> sparse.csr_matrix:
        return self.weights_
