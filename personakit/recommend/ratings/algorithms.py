"""Surprise's algorithms: made from a name, a class or an instance, fitted faster where the numbers stay the same."""

from __future__ import annotations

import copy
import inspect
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from personakit.errors import ParameterError, UnknownNameError, some
from personakit.recommend.ratings.estimates import (
    Estimates,
    NormalEstimates,
    OneByOne,
    SlopeOneEstimates,
    rating_lists,
)
from personakit.recommend.ratings.factors import FactorEstimates, factor_form
from personakit.recommend.ratings.nearest import NeighbourEstimates
from personakit.recommend.ratings.neighbourhoods import is_neighbourhood
from personakit.recommend.ratings.similarities import Baselines, RowSimilarity, checked_similarity

if TYPE_CHECKING:
    from surprise import AlgoBase, Trainset

__all__ = ["estimates_of", "fit_algorithm", "make_algorithm"]

_ROWS_AT_ONCE = 512


def make_algorithm(given: str | type[AlgoBase] | AlgoBase, params: dict[str, Any], random_state: Any) -> AlgoBase:
    """A new, unfitted algorithm.

    Parameters
    ----------
    given : str, class or instance
        An instance is copied.
    params : dict
        For a name or a class. `verbose` is off, and SVD++ keeps its lists of ratings (`cache_ratings`, the same
        numbers sooner), unless given.
    random_state : int, RandomState or None
        Handed on where the algorithm takes one.

    Raises
    ------
    UnknownNameError, ParameterError

    Examples
    --------
    >>> make_algorithm("SVD", {"n_factors": 3}, 0).n_factors
    3
    """
    import surprise

    if isinstance(given, surprise.AlgoBase):
        if params:
            raise ParameterError(
                f"algorithm is an instance of {type(given).__name__}, so {some(params)} cannot be set here. "
                "Set them where the instance is made, or pass the class."
            )
        return _checked(copy.deepcopy(given))
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
    # Surprise writes its defaults into the options it is given; the caller's dictionaries stay as they are
    params = {name: dict(value) if isinstance(value, dict) else value for name, value in params.items()}
    if "random_state" in accepted:
        params["random_state"] = random_state
    for name, value in (("verbose", False), ("cache_ratings", True)):
        if name in accepted:
            params.setdefault(name, value)
    return _checked(given(**params))


def fit_algorithm(algorithm: AlgoBase, trainset: Trainset) -> AlgoBase:
    """Fit, with the numbers of the algorithm's own `fit`.

    Similarities of the kNN algorithms and deviations of SlopeOne come from sparse products; everything else is
    Surprise's own.
    """
    import surprise

    if type(algorithm) is surprise.SlopeOne:
        return _fit_slope_one(algorithm, trainset)
    if not is_neighbourhood(algorithm):
        return algorithm.fit(trainset)
    options = algorithm.sim_options
    between_customers = bool(options["user_based"])
    lists, n, n_others = (
        (trainset.ur, trainset.n_users, trainset.n_items)
        if between_customers
        else (trainset.ir, trainset.n_items, trainset.n_users)
    )

    def similarities() -> Any:
        name = checked_similarity(options.get("name", "msd"))
        ratings = rating_lists(lists, n).matrix(None, n_others, ratings=True)
        if name == "msd" and (ratings.data * 8 % 1).any():  # sums of squares would be rounded, and ties with them
            return type(algorithm).compute_similarities(algorithm)
        baselines = None
        if name == "pearson_baseline":
            biases = algorithm.compute_baselines()
            baselines = Baselines(float(trainset.global_mean), *(biases if between_customers else biases[::-1]))
        return RowSimilarity(
            ratings,
            name,
            min_support=options.get("min_support", 1),
            shrinkage=options.get("shrinkage", 100),
            baselines=baselines,
        ).whole()

    algorithm.compute_similarities = similarities  # stands before the method of its class while it is fitted
    try:
        return algorithm.fit(trainset)
    finally:
        del algorithm.compute_similarities


def estimates_of(algorithm: AlgoBase, seed: int | None = None) -> Estimates:
    """The fitted algorithm's estimates in blocks. Exact classes only: a subclass may estimate in another way.

    >>> import pandas as pd
    >>> from personakit.recommend import build_trainset
    >>> stars = pd.DataFrame({"customer_id": [1, 1, 2], "product_id": list("aba"), "rating": [5, 1, 3]})
    >>> algorithm = fit_algorithm(make_algorithm("SlopeOne", {}, None), build_trainset(stars))
    >>> estimates_of(algorithm).pairs(np.array([1]), np.array([1])).tolist()
    [-1.0]
    """
    import surprise

    if type(algorithm) is surprise.NormalPredictor and seed is not None:
        return NormalEstimates(algorithm, seed)
    if type(algorithm) is surprise.SlopeOne:
        return SlopeOneEstimates(algorithm)
    if is_neighbourhood(algorithm):
        return NeighbourEstimates(algorithm)
    form = factor_form(algorithm)
    return OneByOne(algorithm) if form is None else FactorEstimates(form, algorithm.trainset)


def _fit_slope_one(algorithm: Any, trainset: Trainset) -> AlgoBase:
    import surprise

    surprise.AlgoBase.fit(algorithm, trainset)
    lists = rating_lists(trainset.ur, trainset.n_users)
    ratings = lists.matrix(None, trainset.n_items, ratings=True)
    ratings.data = np.trunc(ratings.data)  # as Surprise does
    ones = ratings.copy()
    ones.data = np.ones_like(ratings.data)
    of_products, who = ratings.T.tocsr(), ones.T.tocsr()
    n = trainset.n_items
    algorithm.freq = np.empty((n, n), dtype=np.int32)
    algorithm.dev = np.empty((n, n))
    for start in range(0, n, _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        common = (who[part] @ ones).toarray()
        difference = (of_products[part] @ ones).toarray() - (who[part] @ ratings).toarray()
        algorithm.freq[part] = common
        algorithm.dev[part] = difference / np.maximum(common, 1)
    algorithm.user_mean = [np.mean(lists.ratings(customer)) for customer in range(trainset.n_users)]
    return algorithm


def _checked(algorithm: AlgoBase) -> AlgoBase:
    """An algorithm whose options Surprise would refuse only while it fits, or not at all."""
    if is_neighbourhood(algorithm):
        checked_similarity(algorithm.sim_options.get("name", "msd"))
        if isinstance(algorithm.k, bool) or algorithm.k != int(algorithm.k) or algorithm.k < 1:
            raise ParameterError(f"k must be a whole number of neighbours >= 1, but is {algorithm.k!r}.")
    return algorithm


def _is_algorithm(value: object) -> bool:
    from surprise import AlgoBase

    return inspect.isclass(value) and issubclass(value, AlgoBase) and value is not AlgoBase
