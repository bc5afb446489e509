"""The two baselines that every recommender has to beat: what is popular, and chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils import check_random_state

from personakit.recommend.folding import FoldingIn
from personakit.recommend.forgetting import Forgetting, Remaining
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.topk import ScoreBlock
from personakit.recommend.updating import More, Updating
from personakit.recommend.weighing import Weighing
from personakit.world.random import Key, uniform

__all__ = ["Popular", "Random"]


class Popular(Weighing, FoldingIn, Forgetting, Updating):
    """The same list for everybody: the products that most customers chose, recent choices first if asked.

    Each customer counts once for a product, by her strongest and latest event, so that one eager visitor cannot make a
    bestseller.

    Parameters
    ----------
    half_life_days : float, optional
        Age in days at which a choice counts half; needs the column `timestamp`. Without it age does not matter.
    event_weight : mapping of event to weight, optional
        Weights of the values of `event`; an event that is left out weighs nothing and is not "seen". None: every row
        is 1.

    Attributes
    ----------
    scores_ : ndarray of float, shape (n_products,)
        Weighted number of customers.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1, 2, 3, 3], "product_id": ["tea", "tea", "tea", "cup"]})
    >>> Popular().fit(visits).recommend([1], k=2)
       customer_id product_id  score  rank
    0            1        cup    1.0     1
    """

    def __init__(self, half_life_days: float | None = None, *, event_weight: Mapping[str, float] | None = None) -> None:
        self.half_life_days = half_life_days
        self.event_weight = event_weight

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self.scores_ = _by_product(self._weigh(frame, customers, products, weights))

    def _without(self, left: Remaining) -> dict[str, Any]:
        held = self._kept_choices(left)
        return {**held, "scores_": _by_product(self._worth(held))}

    def _with(self, more: More) -> dict[str, Any]:
        held = self._more_choices(more)
        return {**held, "scores_": _by_product(self._worth(held))}

    def _fold_in(
        self,
        frame: pd.DataFrame,
        customers: Codes,
        products: Codes,
        weights: NDArray[np.float64],
        shape: tuple[int, int],
    ) -> dict[str, Any]:
        return {}  # the same list for everybody

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        scores = self.scores_ if columns is None else self.scores_[columns]
        return lambda rows: np.tile(scores, (len(rows), 1))

    def _for_strangers(self) -> NDArray[np.float64]:
        return self.scores_  # strangers too get what is popular lately

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        return [Reason("popular: customers who chose it, weighted", -1, float(self.scores_[product]))]


class Random(Forgetting):
    """Products by chance: the floor of any comparison. A score is the luck of one customer with one product.

    A stranger gets popular products, as from any other model: between cold customers, this is no floor.

    Parameters
    ----------
    random_state : int, RandomState or None, default None
        The same number gives the same lists, whatever the block size and whoever else is asked for.

    Examples
    --------
    >>> visits = pd.DataFrame({"customer_id": [1, 2, 3], "product_id": ["tea", "cup", "pot"]})
    >>> model = Random(random_state=0).fit(visits)
    >>> model.recommend([2]).equals(model.recommend([1, 2], block_size=1).iloc[2:].reset_index(drop=True))
    True
    """

    def __init__(self, random_state: int | np.random.RandomState | None = None) -> None:
        self.random_state = random_state

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self.seed_ = int(check_random_state(self.random_state).randint(2**31 - 1))

    def _without(self, left: Remaining) -> dict[str, Any]:
        return {}  # chance has learnt nothing but the number of products

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        every = np.arange(len(self.products_)) if columns is None else columns
        key = Key(self.seed_, "recommend.random")
        return lambda rows: uniform(key.at(rows[:, None], every))

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        luck = self._scorer(np.array([product]))(np.array([customer]))
        return [Reason("chance", -1, float(luck[0, 0]))]


def _by_product(pairs: sparse.csr_matrix) -> NDArray[np.float64]:
    return np.bincount(pairs.indices, weights=pairs.data, minlength=pairs.shape[1]).astype(float)
