"""Any scikit-surprise algorithm behind the recommender protocol, with top-N lists for everybody that fit in memory."""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from personakit.errors import DataError, ParameterError, UnknownNameError, some
from personakit.recommend.forgetting import Remaining, forget_exactly
from personakit.recommend.interactions import as_index
from personakit.recommend.protocol import Codes, Reason, Recommender
from personakit.recommend.ratings.estimates import estimate_block, estimate_one
from personakit.recommend.ratings.factors import FactorForm, factor_form, pair_ratings
from personakit.recommend.ratings.neighbourhoods import is_neighbourhood, refitted
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


class SurpriseRecommender(Recommender):
    """Recommend by predicted rating, with any algorithm of scikit-surprise.

    The top-N recipe of Surprise's FAQ predicts every missing rating one by one and holds all of them (issues 44, 261,
    368 and 451 there: it runs out of memory). Here the lists of SVD, SVD++, NMF, BaselineOnly and CoClustering come
    from matrix products over blocks of customers, with the recipe's scores and order; memory grows with the block, not
    with customers x products. Other algorithms are asked for their estimates customer by customer, and need no
    anti-testset either.

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
        The algorithm's own parameters, e.g. `n_factors=50`. `verbose` is off unless given.

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

    needs_ratings = True
    forget_replaces = True  # as in `Forgetting`
    _table = "ratings"

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

    def predict(self, customer_ids: Iterable[Any], product_ids: Iterable[Any]) -> NDArray[np.float64]:
        """Predicted ratings of pairs, known or not, as Surprise's `predict` gives them.

        Parameters
        ----------
        customer_ids, product_ids : iterable of ids, shape (n_pairs,)
            The pairs.

        Returns
        -------
        ndarray of float, shape (n_pairs,)
            Ratings, cut to the scale if `clip`.
        """
        self._check_fitted("predict")
        customers, products = self.customers_.codes(as_index(customer_ids)), self.products_.codes(as_index(product_ids))
        if len(customers) != len(products):
            raise ParameterError(
                f"predict takes pairs, but got {len(customers)} customers and {len(products)} products. "
                "Pass as many of each."
            )
        inner = np.where(customers >= 0, self._inner_customers[customers], -1)
        inner_products = np.where(products >= 0, self._inner_products[products], -1)
        if self.factors_ is None:
            ratings = np.array(
                [self._estimate_pair(int(u), int(i)) for u, i in zip(inner, inner_products, strict=True)], dtype=float
            )
        else:
            ratings = pair_ratings(self.factors_, inner, inner_products, float(self.trainset_.global_mean))
        return np.clip(ratings, *self.trainset_.rating_scale) if self.clip else ratings

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
        return {**learnt, "factors_": factor_form(algorithm)}

    def _requirements(self) -> tuple[str, ...]:
        self._make()
        return ("rating",)

    def _learn(self, frame: pd.DataFrame, customers: Codes, products: Codes, weights: NDArray[np.float64]) -> None:
        if self.seen_.nnz < len(frame):
            twice = frame.duplicated(["customer_id", "product_id"]).to_numpy()
            rows = some(frame.index[twice])
            raise DataError(
                f"ratings has {twice.sum()} repeated pairs of customer_id and product_id (rows {rows}). "
                'Keep one of each, e.g. the last: ratings.drop_duplicates(["customer_id", "product_id"], keep="last").'
            )
        trainset, customer_order, product_order = assemble(
            frame, self.rating_scale, self.customers_, customers, self.products_, products
        )
        self._inner_customers, self._inner_products = np.argsort(customer_order), np.argsort(product_order)
        if is_neighbourhood(self.algorithm):  # the order of the rows, which Surprise's lists do not keep
            self._rows = (customers, products, frame["rating"].to_numpy(dtype=float))
        algorithm = self._make()
        name = type(algorithm).__name__
        if name in ("CoClustering", "SlopeOne") and (frame["rating"] % 1 != 0).any():
            warnings.warn(
                f"Surprise's {name} cuts ratings to whole numbers while it learns (3.5 counts as 3). Double half-star "
                "ratings first, or choose another algorithm.",
                UserWarning,
                stacklevel=3,
            )
        self.seed_ = (
            int(check_random_state(self.random_state).randint(2**31 - 1)) if name == "NormalPredictor" else None
        )
        self.algorithm_: AlgoBase = algorithm.fit(trainset)
        self.factors_: FactorForm | None = factor_form(algorithm)

    def _scorer(self, columns: Codes | None) -> ScoreBlock:
        inner_products = self._inner_products if columns is None else self._inner_products[columns]
        low, high = self.trainset_.rating_scale
        if self.factors_ is None:

            def estimated(rows: Codes) -> NDArray[np.float64]:
                block = estimate_block(self.algorithm_, self._inner_customers[rows], inner_products, seed=self.seed_)
                return np.clip(block, low, high, out=block) if self.clip else block

            return estimated
        form = self.factors_
        n_factors = form.customer_factors.shape[1]
        # the biases travel as two more factors, so that a block is one matrix product and no further pass
        right = np.empty((n_factors + 2, len(inner_products)))
        right[:n_factors] = form.product_factors[inner_products].T
        right[n_factors], right[n_factors + 1] = 1.0, form.product_bias[inner_products]
        buffers: dict[int, NDArray[np.float64]] = {}

        def product(rows: Codes) -> NDArray[np.float64]:
            inner = self._inner_customers[rows]
            left = np.empty((len(rows), n_factors + 2))
            left[:, :n_factors] = form.customer_factors[inner]
            left[:, n_factors], left[:, n_factors + 1] = form.mean + form.customer_bias[inner], 1.0
            if len(rows) not in buffers:
                buffers.clear()
                buffers[len(rows)] = np.empty((len(rows), right.shape[1]))
            block = np.matmul(left, right, out=buffers[len(rows)])
            return np.clip(block, low, high, out=block) if self.clip else block

        return product

    def _reasons(self, customer: int, product: int) -> list[Reason]:
        inner, inner_product = int(self._inner_customers[customer]), int(self._inner_products[product])
        form = self.factors_
        if form is None:
            score = float(self._scorer(np.array([product]))(np.array([customer]))[0, 0])
            return [Reason(f"estimate of {type(self.algorithm_).__name__}", -1, score)]
        taste = float(form.customer_factors[inner] @ form.product_factors[inner_product])
        reasons = [
            Reason("average rating", -1, form.mean),
            Reason("how this customer rates", -1, float(form.customer_bias[inner])),
            Reason("how this product is rated", -1, float(form.product_bias[inner_product])),
        ]
        if form.implicit_factors is not None:
            rated = np.array([item for item, _ in self.trainset_.ur[inner]])
            pulls = form.implicit_factors[rated] @ form.product_factors[inner_product] / np.sqrt(len(rated))
            names = np.argsort(self._inner_products)[rated]
            reasons += [
                Reason("rated this product", int(name), float(pull)) for name, pull in zip(names, pulls, strict=True)
            ]
            taste -= float(pulls.sum())
        reasons.append(Reason("match of taste", -1, taste))
        if self.clip:
            total = sum(reason.contribution for reason in reasons)
            cut = float(np.clip(total, *self.trainset_.rating_scale)) - total
            if cut:
                reasons.append(Reason("cut to the rating scale", -1, cut))
        return [reason for reason in reasons if reason.contribution != 0.0] or reasons[:1]

    def _estimate_pair(self, customer: int, product: int) -> float:
        if self.seed_ is not None and customer >= 0 and product >= 0:
            return float(
                estimate_block(self.algorithm_, np.array([customer]), np.array([product]), seed=self.seed_)[0, 0]
            )
        return estimate_one(self.algorithm_, customer, product)

    def _make(self) -> AlgoBase:
        """A new, unfitted algorithm."""
        import surprise

        params = {name: getattr(self, name) for name in self._params}
        given = self.algorithm
        if isinstance(given, surprise.AlgoBase):
            if params:
                raise ParameterError(
                    f"algorithm is an instance of {type(given).__name__}, so {some(params)} cannot be set here. "
                    "Set them where the instance is made, or pass the class."
                )
            return copy.deepcopy(given)
        names = [name for name in surprise.__all__ if _is_algorithm(getattr(surprise, name))]
        if isinstance(given, str):
            if given not in names:
                near = get_close_matches(given.lower(), [name.lower() for name in names], n=1)
                hint = "".join(f"Did you mean {name!r}? " for name in names if name.lower() in near)
                raise UnknownNameError(f"Surprise has no algorithm {given!r}. {hint}It has {', '.join(sorted(names))}.")
            given = getattr(surprise, given)
        if not _is_algorithm(given):
            raise ParameterError(
                f"algorithm must be a name ({some(sorted(names))}), a class derived from surprise.AlgoBase or an "
                f"instance of one, but is {given!r}."
            )
        accepted = inspect.signature(given.__init__).parameters
        open_ended = any(each.kind is each.VAR_KEYWORD for each in accepted.values())
        for name in params:
            if name not in accepted and not open_ended:
                takes = [each for each in accepted if each not in ("self", "random_state")]
                near = get_close_matches(name, takes, n=1)
                raise ParameterError(
                    f"{given.__name__} takes no parameter {name!r}. "
                    + (f"Did you mean {near[0]!r}? " if near else "")
                    + f"It takes {', '.join(takes) or 'none'}."
                )
        if "random_state" in accepted:
            params["random_state"] = self.random_state
        if "verbose" in accepted:
            params.setdefault("verbose", False)
        # Surprise writes its defaults into the options it is given; the caller's dictionaries stay as they are
        return given(**{name: dict(value) if isinstance(value, dict) else value for name, value in params.items()})


def _is_algorithm(value: object) -> bool:
    from surprise import AlgoBase

    return inspect.isclass(value) and issubclass(value, AlgoBase) and value is not AlgoBase
