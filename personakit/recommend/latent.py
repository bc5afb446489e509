"""ALS and BPR: matrix factorisation for implicit feedback, by the package implicit."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_random_state
from threadpoolctl import threadpool_limits

from personakit.errors import MissingExtraError, ParameterError
from personakit.recommend.folding import FoldingIn
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.topk import ScoreBlock
from personakit.recommend.weighing import Weighing

__all__ = ["ALS", "BPR"]

Floats = NDArray[np.float64]


class _Factors(Recommender, ABC):
    """Scores that are products of customers' and products' factors, trained by a model of the package implicit."""

    n_factors: int
    regularization: float
    iterations: int
    random_state: int | np.random.RandomState | None
    customer_factors_: Floats
    product_factors_: Floats

    def _requirements(self) -> tuple[str, ...]:
        for name in ("n_factors", "iterations"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise ParameterError(f"{name} must be a whole number >= 1, but is {value!r}.")
        if not 0 <= self.regularization < np.inf:
            raise ParameterError(f"regularization must be 0 or more, but is {self.regularization!r}.")
        return super()._requirements()

    def _trained(self, algorithm: str, matrix: sparse.csr_matrix, **params: Any) -> tuple[Floats, Floats]:
        """The factors of customers and of products, the same for the same seed."""
        try:
            import implicit.cpu.als
            import implicit.cpu.bpr
        except ImportError as error:
            raise MissingExtraError.of("implicit", "implicit", type(self).__name__) from error
        module, name = {
            "als": (implicit.cpu.als, "AlternatingLeastSquares"),
            "bpr": (implicit.cpu.bpr, "BayesianPersonalizedRanking"),
        }[algorithm]
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        # One thread: several would add up in any order, and BPR's would overwrite each other. Threads of BLAS inside
        # the package slow it down, of which it warns; the limit ends with this block.
        with threadpool_limits(1, user_api="blas"):
            model = getattr(module, name)(
                factors=int(self.n_factors),
                regularization=float(self.regularization),
                iterations=int(self.iterations),
                random_state=seed,
                num_threads=1,
                **params,
            )
            model.fit(matrix, show_progress=False)
        return np.asarray(model.user_factors, dtype=float), np.asarray(model.item_factors, dtype=float)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        right = (self.product_factors_ if columns is None else self.product_factors_[columns]).T
        return lambda rows: self.customer_factors_[rows] @ right


class ALS(_Factors, Weighing, FoldingIn):
    """Alternating least squares: hidden factors that say who has what, wrong guesses weighed by how sure one can be.

    Whether a customer has a product is 0 or 1; the confidence is 1 where she has not, and `alpha` times the weight of
    her choice where she has. Hu, Koren and Volinsky 2008, "Collaborative Filtering for Implicit Feedback Datasets".
    Products' factors are trained by the package implicit (extra `implicit`), in one thread, so that the same seed gives
    the same lists. A customer's factors are the exact solution of equation 4, from what she has: newcomers get theirs
    in the same way, and `explain` splits each score over her products (section 5).

    There is no `forget`: the factors of every product have seen every customer. Fit anew without her.

    Parameters
    ----------
    n_factors : int, default 64
    regularization : float, default 0.01
        Strength of the ridge on all factors. More customers want more: 10 to 30 on MovieLens 100K.
    alpha : float, default 1.0
        Confidence in a choice of weight 1, where the lack of one has confidence 1. More alpha, more regularization.
    iterations : int, default 15
    event_weight, half_life_days : optional
        As in `EASE`.
    random_state : int, RandomState or None, default 0

    Attributes
    ----------
    product_factors_ : ndarray of float, shape (n_products, n_factors)
    customer_factors_ : ndarray of float, shape (n_customers, n_factors)

    Examples
    --------
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]})
    >>> ALS(n_factors=2).fit(baskets).explain(3, "pot")[["reason", "product_id"]].to_numpy().tolist()
    [['has this product', 'tea']]
    """

    def __init__(
        self,
        n_factors: int = 64,
        *,
        regularization: float = 0.01,
        alpha: float = 1.0,
        iterations: int = 15,
        event_weight: Mapping[str, float] | None = None,
        half_life_days: float | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_factors = n_factors
        self.regularization = regularization
        self.alpha = alpha
        self.iterations = iterations
        self.event_weight = event_weight
        self.half_life_days = half_life_days
        self.random_state = random_state

    def _requirements(self) -> tuple[str, ...]:
        if not 0 < self.alpha < np.inf:
            raise ParameterError(f"alpha must be above 0, but is {self.alpha!r}.")
        return super()._requirements()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        self._history = self._weigh(frame, customers, products, weights)
        _, self.product_factors_ = self._trained("als", self._history, alpha=float(self.alpha), dtype=np.float64)
        self._gram = self.product_factors_.T @ self.product_factors_
        self.customer_factors_ = self._solved(self._history)

    def _equation(self, history: sparse.csr_matrix, customer: int) -> tuple[Codes, Floats, Floats]:
        """What a customer has, how sure that is, and the matrix of her least squares (equation 4)."""
        held = slice(history.indptr[customer], history.indptr[customer + 1])
        owned, confidence = history.indices[held], self.alpha * history.data[held]
        factors = self.product_factors_[owned]
        matrix = self._gram + (factors.T * (confidence - 1.0)) @ factors
        matrix[np.diag_indices(len(matrix))] += self.regularization + np.finfo(float).eps  # never singular
        return owned, confidence, matrix

    def _solved(self, history: sparse.csr_matrix) -> Floats:
        solution = np.zeros((history.shape[0], self.product_factors_.shape[1]))
        for customer in range(len(solution)):
            owned, confidence, matrix = self._equation(history, customer)
            solution[customer] = np.linalg.solve(matrix, confidence @ self.product_factors_[owned])
        return solution

    def _fold_in(
        self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats, shape: tuple[int, int]
    ) -> dict[str, Any]:
        history = self._weigh_guests(frame, customers, products, weights, shape)
        return {"_history": history, "customer_factors_": self._solved(history)}

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        owned, confidence, matrix = self._equation(self._history, customer)
        towards = np.linalg.solve(matrix, self.product_factors_[product])
        parts = confidence * (self.product_factors_[owned] @ towards)
        return [Reason("has this product", int(name), float(part)) for name, part in zip(owned, parts, strict=True)]


class BPR(_Factors):
    """Bayesian personalised ranking: hidden factors that put what a customer has before what she has not.

    Rendle et al. 2009, "BPR: Bayesian Personalized Ranking from Implicit Feedback", by the package implicit (extra
    `implicit`), in one thread, so that the same seed gives the same lists. Pairs that a customer has are drawn alike:
    neither the weight of an event nor its age can make a difference, only whether it counts at all.

    A customer's factors are found by training alone: there is no `recommend_from` and no `forget`. `explain` gives the
    product's bias and the parts of the hidden factors, which have no meaning that could be named.

    Parameters
    ----------
    n_factors : int, default 64
    learning_rate : float, default 0.01
    regularization : float, default 0.01
    iterations : int, default 100
    event_weight : mapping of event to weight, optional
        Events of weight above 0 count as a choice.
    random_state : int, RandomState or None, default 0

    Attributes
    ----------
    product_factors_ : ndarray of float, shape (n_products, n_factors + 1)
        The last is the bias of the product.
    customer_factors_ : ndarray of float, shape (n_customers, n_factors + 1)
        The last is 1.

    Examples
    --------
    >>> baskets = pd.DataFrame({"customer_id": [1, 1, 2, 2, 3], "product_id": ["tea", "pot", "tea", "pot", "tea"]})
    >>> sorted(BPR(n_factors=1).fit(baskets).explain(3, "pot")["reason"])
    ['hidden factor 1 of 1, which has no name', 'the product itself, for everybody alike (bias)']
    """

    def __init__(
        self,
        n_factors: int = 64,
        *,
        learning_rate: float = 0.01,
        regularization: float = 0.01,
        iterations: int = 100,
        event_weight: Mapping[str, float] | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.n_factors = n_factors
        self.learning_rate = learning_rate
        self.regularization = regularization
        self.iterations = iterations
        self.event_weight = event_weight
        self.random_state = random_state

    def _requirements(self) -> tuple[str, ...]:
        if not 0 < self.learning_rate < np.inf:
            raise ParameterError(f"learning_rate must be above 0, but is {self.learning_rate!r}.")
        return super()._requirements()

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: Floats) -> None:
        rate = float(self.learning_rate)
        self.customer_factors_, self.product_factors_ = self._trained("bpr", self.seen_, learning_rate=rate)

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        parts = self.customer_factors_[customer] * self.product_factors_[product]
        names = [f"hidden factor {place + 1} of {self.n_factors}, which has no name" for place in range(self.n_factors)]
        names.append("the product itself, for everybody alike (bias)")
        return [Reason(name, -1, float(part)) for name, part in zip(names, parts, strict=True)]
