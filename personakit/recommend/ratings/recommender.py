"""Any scikit-surprise algorithm behind the recommender protocol, with top-N lists for everybody that fit in memory."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from personakit.recommend.forgetting import Remaining, forget_exactly
from personakit.recommend.protocol import Codes, Reason
from personakit.recommend.ratings.algorithms import estimates_of, fit_algorithm, make_algorithm
from personakit.recommend.ratings.factors import FactorEstimates, FactorForm
from personakit.recommend.ratings.neighbourhoods import is_neighbourhood, refitted
from personakit.recommend.ratings.prediction import RatingPredictor
from personakit.recommend.ratings.trainset import assemble
from personakit.recommend.topk import ScoreBlock

if TYPE_CHECKING:
    from surprise import AlgoBase, Trainset

__all__ = ["SurpriseRecommender"]

_OWN = ("algorithm", "random_state", "clip", "rating_scale")


def _can_forget(model: SurpriseRecommender) -> bool:
    if is_neighbourhood(model.algorithm):
        return True
    name = model.algorithm if isinstance(model.algorithm, str) else getattr(model.algorithm, "__name__", None)
    raise AttributeError(
        f"SurpriseRecommender with {name or type(model.algorithm).__name__} has no forget: each customer is in "
        "everything that it learnt. Fit it again without her. Surprise's kNN algorithms, EASE, ItemKNN and Popular can "
        "forget."
    )


class SurpriseRecommender(RatingPredictor):
    """Recommend by predicted rating, with any algorithm of scikit-surprise.

    The top-N recipe of Surprise's FAQ predicts every missing rating one by one and holds all of them (issues 44, 261,
    368 and 451 there: it runs out of memory). Here the lists of SVD, SVD++, NMF, BaselineOnly and CoClustering come
    from matrix products over blocks of customers, with the recipe's scores and order; memory grows with the block, not
    with customers x products. So do the lists of the kNN algorithms and SlopeOne, a product or a customer at a time. An
    algorithm of the reader's own is asked for each estimate.

    Numbers are Surprise's own to 1e-9, by whichever way an algorithm is named. `predict`, `score` and how to
    cross-validate and search with scikit-learn: see `RatingPredictor`.

    Parameters
    ----------
    algorithm : str, class or instance, default "SVD"
        A name in `surprise`, a class derived from `surprise.AlgoBase`, or an instance (it is copied, and takes no
        `params`).
    random_state : int, RandomState or None, default None
        Handed to the algorithm, where it takes one.
    clip : bool, default True
        Cut scores to the rating scale, as the recipe does. Then several products often share the highest rating and go
        by id: for a ranking, `clip=False` is the better choice.
    rating_scale : (float, float), optional
        Lowest and highest rating; without it, those in the data.
    **params
        The algorithm's own parameters, e.g. `n_factors=50`. Unless given, `verbose` is off, and SVD++
        has `cache_ratings` on: the same numbers sooner.

    Attributes
    ----------
    algorithm_ : surprise.AlgoBase
        The fitted algorithm.
    factors_ : FactorForm or None
        Its factor form, in Surprise's inner numbering.

    Examples
    --------
    >>> stars = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product_id": list("abba"), "rating": [5, 1, 2, 4]})
    >>> model = SurpriseRecommender("SVD", n_factors=2, random_state=0).fit(stars)
    >>> model.recommend([2], k=1)[["customer_id", "product_id", "rank"]].to_numpy().tolist()
    [[2, 'a', 1]]
    """

    forget_replaces = True  # as in `Forgetting`

    def __init__(
        self,
        algorithm: str | type[AlgoBase] | AlgoBase = "SVD",
        *,
        random_state: int | np.random.RandomState | None = None,
        clip: bool = True,
        rating_scale: tuple[float, float] | None = None,
        **params: Any,
    ) -> None:
        self.algorithm = algorithm
        self.random_state = random_state
        self.clip = clip
        self.rating_scale = rating_scale
        self._params = tuple(params)
        for name, value in params.items():
            setattr(self, name, value)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, those of the algorithm included, as scikit-learn's `clone` and searches want them."""
        return {name: getattr(self, name) for name in (*_OWN, *self._params)}

    def set_params(self, **params: Any) -> SurpriseRecommender:
        """Set parameters, those of the algorithm included; a wrong name is reported by `fit`."""
        for name, value in params.items():
            setattr(self, name, value)
        self._params += tuple(name for name in params if name not in (*_OWN, *self._params))
        return self

    @property
    def trainset_(self) -> Trainset:
        """Surprise's training set that the algorithm was fitted on."""
        return self.algorithm_.trainset

    @property
    def ratings_(self) -> pd.DataFrame:
        """The ratings that the model learnt from: `customer_id`, `product_id`, `rating`, customer by customer."""
        self._check_fitted("ratings_")
        customers, products, ratings = zip(*self.trainset_.all_ratings(), strict=True)
        return pd.DataFrame(
            {
                "customer_id": self.customers_.take(np.argsort(self._inner_customers)[list(customers)]),
                "product_id": self.products_.take(np.argsort(self._inner_products)[list(products)]),
                "rating": np.array(ratings),
            }
        )

    @available_if(_can_forget)
    def forget(self, customer_ids: Any) -> Self:
        """Unlearn customers exactly, as `Forgetting.forget` does; only with Surprise's own kNN algorithms.

        With other algorithms there is no such method (`hasattr` is False). Between customers, similarities are taken
        over; between products, those of two products that she rated are computed anew. With the similarity
        `pearson_baseline`, everything is: still without the table of ratings at hand, but in the time of a fit.

        >>> stars = pd.DataFrame({"customer_id": [1, 1, 2, 3], "product_id": list("abba"), "rating": [5, 1, 2, 4]})
        >>> model = SurpriseRecommender("KNNBasic").fit(stars).forget([1])
        >>> model.knows([1, 2, 3]).tolist(), hasattr(SurpriseRecommender("SVD"), "forget")
        ([False, True, True], False)
        """
        return forget_exactly(self, customer_ids)

    def _without(self, left: Remaining) -> dict[str, Any]:
        customers, products, ratings = self._rows
        stay = ~np.isin(customers, left.gone)
        place, product_place = np.full(len(self.customers_), -1), np.full(len(self.products_), -1)
        place[left.rows], product_place[left.columns] = np.arange(len(left.rows)), np.arange(len(left.columns))
        rows = (place[customers[stay]], product_place[products[stay]], ratings[stay])
        trainset, customer_order, product_order = assemble(
            pd.DataFrame({"rating": rows[2]}), self.rating_scale, left.customers, rows[0], left.products, rows[1]
        )
        inner, inner_products = np.argsort(customer_order), np.argsort(product_order)
        hers = product_place[np.unique(products[~stay])]
        algorithm = refitted(
            self._make(),
            self.algorithm_,
            trainset,
            customers=self._inner_customers[left.rows[customer_order]],
            products=self._inner_products[left.columns[product_order]],
            touched=np.sort(inner_products[hers[hers >= 0]]),
        )
        learnt = {"_inner_customers": inner, "_inner_products": inner_products, "_rows": rows, "algorithm_": algorithm}
        return {**learnt, "_estimates": estimates_of(algorithm)}

    def _requirements(self) -> tuple[str, ...]:
        self._make()
        return ("rating",)

    def _make(self) -> AlgoBase:
        params = {name: getattr(self, name) for name in self._params}
        return make_algorithm(self.algorithm, params, self.random_state)

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        self._check_ratings(frame, self.rating_scale)
        trainset, customer_order, product_order = assemble(
            frame, self.rating_scale, self.customers_, customers, self.products_, products
        )
        self._inner_customers, self._inner_products = np.argsort(customer_order), np.argsort(product_order)
        if is_neighbourhood(self.algorithm):  # the order of the rows, which Surprise's lists do not keep
            self._rows = (customers, products, frame["rating"].to_numpy(dtype=float))
        algorithm = self._make()
        name = type(algorithm).__name__
        if name in ("CoClustering", "SlopeOne") and (frame["rating"].to_numpy(dtype=float) % 1 != 0).any():
            warnings.warn(
                f"Surprise's {name} cuts ratings to whole numbers while it learns (3.5 counts as 3). Double half-star "
                "ratings first, or choose another algorithm.",
                UserWarning,
                stacklevel=3,
            )
        self.seed_ = None
        if name == "NormalPredictor":
            state = self.random_state
            drawn = check_random_state(state).randint(2**31 - 1)
            self.seed_ = int(state) if isinstance(state, (int, np.integer)) else int(drawn)
        self._finish(fit_algorithm(algorithm, trainset))

    def _finish(self, algorithm: AlgoBase) -> None:
        self.algorithm_: AlgoBase = algorithm
        self._estimates = estimates_of(algorithm, self.seed_)
        form = self._estimates.form if isinstance(self._estimates, FactorEstimates) else None
        self.factors_: FactorForm | None = form

    def _rate(self, customers: Codes, products: Codes) -> NDArray[np.float64]:
        inner = np.where(customers >= 0, self._inner_customers[customers], -1)
        return self._estimates.pairs(inner, np.where(products >= 0, self._inner_products[products], -1))

    def _scale(self) -> tuple[float, float]:
        low, high = self.trainset_.rating_scale
        return float(low), float(high)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        inner_products = self._inner_products if columns is None else self._inner_products[columns]
        score = self._estimates.scorer(inner_products)
        low, high = self._scale()

        def block(rows: Codes) -> NDArray[np.float64]:
            estimates = score(self._inner_customers[rows])
            return np.clip(estimates, low, high, out=estimates) if self.clip else estimates

        return block

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        reasons = self._estimates.reasons(int(self._inner_customers[customer]), int(self._inner_products[product]))
        places = np.argsort(self._inner_products)
        reasons = [
            reason if reason.product < 0 else reason._replace(product=int(places[reason.product])) for reason in reasons
        ]
        reasons += self._cut(reasons)
        return [reason for reason in reasons if reason.contribution != 0.0] or reasons[:1]
